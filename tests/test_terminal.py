"""How wide a terminal is: asked of it, and assumed where there is none."""

import fcntl
import io
import os
import struct
import termios

import pytest

from daleslaw_lib.terminal import columns


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
