"""Files that anybody may have put there: read only if regular, and no larger than expected. No torch.

A pipe in the place of a file would wait for its writer, a device has no end, and a sparse file of a terabyte
takes a second to make. Every reader of data, archives, checkpoints and locks goes through `opened`. Nothing
that is written by `anew` or `mark` goes through a link.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import math
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .checks import in_short

KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFDIR: "a folder",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
AT_ONCE = 1 << 20  # bytes


def opened(path: str | Path, most: int) -> BinaryIO:
    """A regular file of at most `most` bytes, open to be read. Nothing else is opened, so nothing waits.

    Raises: OSError, whose `strerror` says what came in its place.
    """
    _check(os.stat(path), path, most)
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))
    try:
        _check(os.fstat(file.fileno()), path, most)  # it may be another one by now
    except OSError:
        file.close()
        raise
    return file


def content(path: str | Path, most: int) -> bytes:
    """All of a regular file of at most `most` bytes.

    Raises: OSError, as `opened`.
    """
    with opened(path, most) as file:
        size = min(os.fstat(file.fileno()).st_size, most)
        found = file.read(size + 1)
    if len(found) > size:
        raise OSError(errno.EAGAIN, "it grew while it was read", str(path))
    return found


def text(path: str | Path, most: int) -> str:
    """All that is in a regular file, as text in UTF-8.

    Raises: OSError, as `opened`; UnicodeDecodeError, a ValueError.
    """
    return content(path, most).decode()


def sha256(path: str | Path, most: int) -> str:
    """SHA-256 of a regular file, in hex, which is not held in memory.

    Raises: OSError, as `opened`.
    """
    with opened(path, most) as file:
        return digest(file)


def digest(file: BinaryIO) -> str:
    """SHA-256 of an open file from where it stands, in hex."""
    found = hashlib.sha256()
    while part := file.read(AT_ONCE):
        found.update(part)
    return found.hexdigest()


def unpacked(packed: bytes, most: int) -> bytes:
    """What gzip packed, unpacked no further than to one byte more than expected.

    Raises: ValueError if it is more than `most` bytes; EOFError, OSError or zlib.error if it is damaged.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError(f"expected at most {most:,} bytes, got more")
    return found


def array_bytes(file: BinaryIO) -> int:
    """How many bytes follow the header of a .npy file by what it says of shape and type; it is read to there.

    Raises: ValueError if it is not a header, or one of objects, which would be unpickled.
    """
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    headers[3, 0] = headers[2, 0]  # which differ in how names of columns are written
    version = np.lib.format.read_magic(file)
    if version not in headers:
        raise ValueError(f"expected an array of format 1.0, 2.0 or 3.0, got {version[0]}.{version[1]}")
    shape, _, dtype = headers[version](file)
    if dtype.hasobject:
        raise ValueError("expected numbers or text, got pickled objects")
    return math.prod(shape) * dtype.itemsize


def check_place(path: Path) -> None:
    """See that what is in the place of a file that is to be written is a regular file, or nothing.

    Raises: OSError if it is a link, which is not followed, or anything else.
    """
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(there.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    _check(there, path, None)


@contextmanager
def anew(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes its name, and the place of what has it, when it is whole and on the disk.

    Until then it has a name that no other process uses and no file had before: no link is followed, and
    nobody reads half a file.

    Raises: OSError if it cannot be written; what was there is then unchanged.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with naming(path):
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def mark(path: Path) -> None:
    """See that a file is there, which says something by that; a new one is empty. A link is removed, not
    followed.

    Raises: OSError if it cannot be made.
    """
    if path.is_symlink() or not path.is_file():
        path.unlink(missing_ok=True)
        with suppress(FileExistsError):  # another process has just made it
            path.touch(exist_ok=False)


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """An OSError that names no file, as that of a write to a full disk, names this one."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(path)
        raise


def _check(there: os.stat_result, path: str | Path, most: int | None) -> None:
    if not stat.S_ISREG(there.st_mode):
        kind = KINDS.get(stat.S_IFMT(there.st_mode), "something else")
        number = errno.EISDIR if stat.S_ISDIR(there.st_mode) else errno.EINVAL
        raise OSError(number, f"expected a regular file, got {kind}", str(path))
    if most is not None and there.st_size > most:
        raise OSError(errno.EFBIG, f"expected at most {most:,} bytes, got {there.st_size:,}", str(path))


def reason_of(error: Exception) -> str:
    """Why a file cannot be read, in one short line."""
    return in_short(error.strerror if isinstance(error, OSError) and error.strerror else repr(error))
