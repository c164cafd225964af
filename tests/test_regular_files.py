"""Only a regular file of a bounded size is opened; what stands in its place is named, and stays."""

import errno
import gzip
import hashlib
import os

import numpy as np
import pytest

from daleslaw_lib import checks, regular_files
from helpers import odd

SAID = {
    "fifo": "expected a regular file, got a named pipe",
    "folder": "expected a regular file, got a folder",
    "unix_socket": "expected a regular file, got a socket",
    "device": "expected a regular file, got a device",
    "loop": os.strerror(errno.ELOOP),
    "sparse": "expected at most 1,000 bytes, got 4,294,967,296",
}


@pytest.mark.parametrize("read", ["opened", "content", "text", "sha256"])
@pytest.mark.parametrize("kind", odd.KINDS)
def test_what_is_no_file_is_named_at_once_and_stays(kind, read, tmp_path):
    path = tmp_path / "file"
    odd.put(path, kind)
    with odd.bounded(5, 5), pytest.raises(OSError) as error:
        getattr(regular_files, read)(path, 1_000)
    assert (error.value.strerror, str(error.value.filename)) == (SAID[kind], str(path))
    assert odd.is_there(path, kind)


def test_a_file_is_read_as_it_is_also_through_a_link(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes("ein Maß\n".encode())
    link.symlink_to(path)
    for one in (path, link, str(path)):
        assert regular_files.content(one, 9) == path.read_bytes()
        assert regular_files.text(one, 9) == "ein Maß\n"
        assert regular_files.sha256(one, 9) == hashlib.sha256(path.read_bytes()).hexdigest()
        with regular_files.opened(one, 9) as file:
            assert file.read() == path.read_bytes()
    with pytest.raises(OSError, match="at most 8 bytes, got 9"):
        regular_files.content(path, 8)


def test_a_pipe_put_in_the_place_between_two_looks_is_refused_too(tmp_path, monkeypatch):
    path, other, stat = tmp_path / "pipe", tmp_path / "file", os.stat
    os.mkfifo(path)
    other.write_bytes(b"before")
    monkeypatch.setattr(regular_files.os, "stat", lambda name: stat(other))
    with odd.bounded(5), pytest.raises(OSError, match="got a named pipe"):
        regular_files.opened(path, 100)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    size = os.fstat(os.open(path, os.O_RDONLY))
    path.write_bytes(b"123456789")
    monkeypatch.setattr(regular_files.os, "fstat", lambda number: size)
    with pytest.raises(OSError, match="it grew while it was read"):
        regular_files.content(path, 100)


def test_gzip_is_unpacked_no_further_than_expected():
    bomb = gzip.compress(bytes(40_000_000), 1)
    with odd.bounded(20, 5), pytest.raises(ValueError, match="expected at most 1,000,000 bytes, got more"):
        regular_files.unpacked(bomb, 1_000_000)
    for n in (0, 1, 999, 1000):
        assert regular_files.unpacked(gzip.compress(bytes(n)), 1000) == bytes(n)
    with pytest.raises(EOFError):
        regular_files.unpacked(gzip.compress(bytes(1000))[:-1], 1000)


@pytest.mark.parametrize("kind", [kind for kind in odd.KINDS if kind != "sparse"])
def test_nothing_is_written_where_something_else_stands(kind, tmp_path):
    path = tmp_path / "lock"
    regular_files.check_place(path)
    path.touch()
    regular_files.check_place(path)
    odd.put(path, kind)
    with pytest.raises(OSError) as error:
        regular_files.check_place(path)
    assert str(error.value.filename) == str(path) and odd.is_there(path, kind)


@pytest.mark.parametrize(
    ("write", "content"),
    [(regular_files.mark, b""), (lambda path: _write(path, b"new"), b"new")],
    ids=["mark", "anew"],
)
@pytest.mark.parametrize("kind", ["nothing", "link", "dangling", "fifo", "device", "loop", "unix_socket"])
def test_what_is_written_takes_the_place_of_what_stands_there_and_follows_no_link(
    kind, write, content, tmp_path
):
    path, target = tmp_path / "file", tmp_path / "precious"
    if kind == "link":
        target.write_text("precious")
    if kind in ("link", "dangling"):
        path.symlink_to(target)
    elif kind != "nothing":
        odd.put(path, kind)
    with odd.bounded(20):
        write(path)
    assert path.is_file() and not path.is_symlink() and path.read_bytes() == content
    assert (target.read_text() == "precious") if kind == "link" else not target.exists()
    assert {file.name for file in tmp_path.iterdir()} <= {"file", "precious"}


def test_a_mark_that_stands_stays_and_a_folder_is_refused(tmp_path):
    (tmp_path / "stands").write_text("as it was")
    regular_files.mark(tmp_path / "stands")
    assert (tmp_path / "stands").read_text() == "as it was"
    (tmp_path / "folder").mkdir()
    for write in (regular_files.mark, lambda path: _write(path, b"new")):
        with pytest.raises(OSError):
            write(tmp_path / "folder")
    assert {file.name for file in tmp_path.iterdir()} == {"stands", "folder"}


def test_a_file_that_is_not_written_to_its_end_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), regular_files.anew(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def _write(path, content):
    with regular_files.anew(path) as file:
        file.write(content)


def test_a_failure_that_names_no_file_names_this_one():
    with pytest.raises(OSError) as error, regular_files.naming("runs.parquet"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert error.value.filename == "runs.parquet" and "runs.parquet" in str(error.value)
    with pytest.raises(OSError) as error, regular_files.naming("runs.parquet"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "its own")
    assert error.value.filename == "its own"


def test_a_header_says_how_long_its_array_is_and_objects_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    for array in (np.zeros((3, 4)), np.array("text"), np.zeros(0, "i1")):
        np.save(path, array)
        with open(path, "rb") as file:
            assert regular_files.array_bytes(file) == array.nbytes == path.stat().st_size - file.tell()
    np.save(path, np.array([{}]), allow_pickle=True)
    with open(path, "rb") as file, pytest.raises(ValueError, match="got pickled objects"):
        regular_files.array_bytes(file)


def test_what_an_error_says_is_one_short_line():
    assert checks.in_short("a\n  b\tc") == "a b c"
    assert checks.in_short("x" * 1000, 50) == "x" * 47 + "..."
