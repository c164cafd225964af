"""Streams that are closed, full or left: one line, no traceback, and nothing of it in another file."""

import io
import os
import subprocess
import sys

import pytest

from daleslaw_lib import __main__, __version__
from daleslaw_lib.command import streams, words
from helpers import PYTHONPATH, ROOT

DALESLAW = f"{sys.executable} -m daleslaw_lib"
FULL = "daleslaw: standard output: expected one that can be written, got No space left on device\n"
CLOSED = "daleslaw: standard output: expected one that can be written, got a closed one\n"

linux = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")


def shell(command: str, **settings: str) -> tuple[int, str, str]:
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": PYTHONPATH} | settings,
        capture_output=True, text=True, errors="surrogateescape", timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@linux
@pytest.mark.parametrize(
    ("command", "code", "out", "said"),
    [
        ("list > /dev/full", 1, "", FULL),
        ("list >&-", 1, "", CLOSED),
        ("--version 2>&-", 0, f"daleslaw {__version__}\n", ""),
        ("show nonsense 2>&- >&-", 1, "", ""),
        ("show nonsense 2> /dev/full", 1, "", ""),
        ("list | true", 0, "", ""),
        ("list | head -c 1", 0, "a", ""),
    ],
)
def test_a_stream_that_cannot_be_written_is_one_line_or_none(command, code, out, said):
    assert shell(f"{DALESLAW} {command}") == (code, out, said)


@linux
def test_no_file_takes_the_number_of_a_closed_stream():
    """What a library prints would go into it."""
    script = (
        "import os, tempfile; from daleslaw_lib.command import streams\n"
        "with streams.ready():\n"
        "    with tempfile.TemporaryFile() as file: os._exit(file.fileno())"
    )
    assert shell(f'{sys.executable} -c "{script}" <&- >&- 2>&-')[0] > 2


@linux
def test_a_results_folder_that_is_not_utf_8_is_named(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    code, out, said = shell(f"{DALESLAW} verify", DALESLAW_RESULTS=folder)
    assert (code, out) == (1, "") and said.count("\n") == 1
    assert said.startswith("daleslaw: nothing to check: expected archives in ")
    assert "\\udcff, got none" in said


def test_what_a_stream_cannot_encode_is_printed_in_other_letters(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    with streams.ready():
        print("\u00e9 \udcff")
    assert written.getvalue() == b"\\xe9 \\udcff\n"


def test_an_unwritable_stream_is_said_once_and_the_status_is_that_of_a_fault(monkeypatch, capsys):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(streams, "give_up", lambda: None)
    assert __main__.main(["list"]) == 1
    assert capsys.readouterr().err == FULL


def test_an_error_of_the_system_names_file_and_reason(capsys):
    assert words.fail(OSError(21, "Is a directory", "/a/b")) == 1
    assert words.fail(OSError(22, "expected a regular file, got a named pipe", "/a/b"), 3) == 3
    assert capsys.readouterr().err.splitlines() == [
        "daleslaw: /a/b: cannot be used (Is a directory)",
        "daleslaw: /a/b: expected a regular file, got a named pipe",
    ]
