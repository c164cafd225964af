"""One at a time: a file that is locked by one process, and says by which. No torch."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from . import regular_files

MOST = 1_000  # bytes of a lock file that are read: it names one process


class LockedError(RuntimeError):
    """A lock that somebody else holds; its text says who."""


@contextmanager
def held(lock: Path, seconds: float = 0) -> Iterator[None]:
    """Hold a lock file, waiting for it no longer than told; afterwards the file is gone.

    The lock goes with its process, however that ends; a file that is left behind locks nobody out.

    Raises: LockedError, naming the holder, when the time is up; OSError if the file cannot be made.
    """
    regular_files.check_place(lock)  # filelock follows links before 3.30
    file, holder = FileLock(lock), _holder(lock)
    try:
        _acquire(file, lock, time.monotonic() + seconds)
    except Timeout:
        raise LockedError(_still_named(lock, holder)) from None
    try:
        with suppress(OSError):  # the holder's name is a courtesy: the lock holds without it
            lock.write_text(_me())
        yield
    finally:
        with suppress(OSError):  # removed while still held: whoever waits then locks a new file
            lock.unlink()
        file.release()


def _acquire(file: FileLock, lock: Path, until: float) -> None:
    """Lock the file that has this name, and no other that had it a moment ago.

    Whoever held it may remove it between our opening and our locking, which filelock sees from 3.21 on. A
    file that we keep open loses its name once, and for good: if it has it afterwards, it is what we locked.
    """
    while True:
        ours = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            file.acquire(timeout=max(until - time.monotonic(), 0))
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(ours), lock.stat()):
                    return
            file.release()
        finally:
            os.close(ours)


def _me() -> str:
    since = datetime.now(timezone.utc).isoformat(" ", timespec="seconds").replace("+00:00", " UTC")
    return f"process {os.getpid()} on {platform.node() or 'this machine'}, since {since}"


def _holder(lock: Path) -> str:
    try:
        return regular_files.content(lock, MOST).decode(errors="replace").splitlines()[0][:200]
    except (OSError, IndexError):
        return ""


def _still_named(lock: Path, before: str) -> str:
    """Who holds a lock. Before 3.30 filelock empties the file that it tries in vain: the name is put back."""
    now = _holder(lock)
    if before and not now:
        with suppress(OSError):
            lock.write_text(before)
    return now or before or "another process"
