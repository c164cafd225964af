"""How wide a terminal is: asked of it, and assumed where there is none. Who is there to be told something."""

import fcntl
import io
import os
import struct
import sys
import termios
from types import SimpleNamespace

import pytest

from daleslaw_lib.terminal import columns, say


@pytest.mark.parametrize("wide", [40, 200])
def test_a_terminal_says_how_wide_it_is(wide):
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, wide, 0, 0))
    with open(theirs, "w") as stream:
        assert columns(stream, otherwise=7) == wide
    os.close(ours)


def test_a_terminal_that_does_not_know_counts_as_none():
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    with open(theirs, "w") as stream:
        assert columns(stream, otherwise=7) == 7
    os.close(ours)


def test_a_file_a_stand_in_and_no_stream_at_all_are_no_terminals(tmp_path):
    with open(tmp_path / "file", "w") as file:
        for stream in (file, io.StringIO(), None, object()):
            assert columns(stream, otherwise=7) == 7


def said(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    say("wait")


def test_a_line_is_said_at_a_terminal_and_not_into_a_log_or_nowhere(tmp_path, monkeypatch):
    ours, theirs = os.openpty()
    with open(theirs, "w") as stream:
        said(monkeypatch, stream)
    assert os.read(ours, 100).decode().splitlines() == ["wait"]
    os.close(ours)
    with open(tmp_path / "log", "w") as log:
        said(monkeypatch, log)
    said(monkeypatch, log)  # closed by now
    said(monkeypatch, None)
    assert (tmp_path / "log").read_text() == ""


def test_a_terminal_that_was_closed_is_no_obstacle(monkeypatch):
    ours, theirs = os.openpty()
    stream = open(theirs, "w")
    os.close(ours)
    os.close(theirs)
    said(monkeypatch, stream)
    with pytest.raises(OSError):
        stream.close()


@pytest.mark.parametrize("asks, lines", [(True, ["wait"]), (False, [])])
def test_in_a_notebook_it_is_said_to_a_reader_and_not_to_a_program(asks, lines, monkeypatch):
    stream, kernel = io.StringIO(), SimpleNamespace(_allow_stdin=asks)
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    said(monkeypatch, stream)
    assert stream.getvalue().splitlines() == lines


def test_a_kernel_knows_whether_a_reader_or_a_program_runs_its_cells():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    try:
        found, code = [], "from daleslaw_lib.terminal import say; say('wait')"

        def hook(message):
            found.append((message["msg_type"], message["content"].get("text")))

        for reader in (True, False):
            client.execute_interactive(code, allow_stdin=reader, timeout=60, output_hook=hook)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert [text for kind, text in found if kind == "stream"] == ["wait\n"]
