"""What may stand in the place of a file, and limits of time and memory for whoever meets it."""

import os
import signal
import socket
import tracemalloc
from contextlib import contextmanager
from pathlib import Path

HUGE = 4 << 30  # bytes


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    before = os.getcwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as there:
            there.bind(path.name)
    finally:
        os.chdir(before)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def sparse(path: Path) -> None:
    """Four gibibytes that take no room."""
    with open(path, "wb") as file:
        file.truncate(HUGE)


KINDS = {made.__name__: made for made in (fifo, folder, unix_socket, device, loop, sparse)}


def put(path: Path, kind: str) -> None:
    """One of KINDS in the place of a file."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    KINDS[kind](path)


def is_there(path: Path, kind: str) -> bool:
    """Whether it is still what `put` made."""
    if kind == "loop":
        return os.readlink(path) == path.name
    there = path.stat()
    return {"fifo": path.is_fifo, "folder": path.is_dir, "unix_socket": path.is_socket}.get(
        kind, path.is_char_device if kind == "device" else lambda: there.st_size == HUGE
    )()


@contextmanager
def bounded(seconds: float = 20, megabytes: float = 100):
    """What is done within takes no longer and no more memory: what waits is woken, and fails."""

    def too_long(*_):
        raise AssertionError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
