"""A matrix from a reader's .npy or .csv file; what is wrong with one is said in a line. NumPy only.

`web/own/files.js` reads the same files in a page, in the same words.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np

from ... import regular_files

BYTES = 32 * 2_000**2  # of a file, at most: a number in text has about 25
ENDINGS = (".npy", ".csv")
MAGIC = b"\x93NUMPY"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)


def name_of(path: Path) -> str:
    """Chapter 10: a file's name for the beginning of a message, on one line."""
    return _on_one_line(path.name) or "matrix"


def _on_one_line(path: Path | str) -> str:
    return " ".join(str(path).encode(errors="replace").decode().split()).replace("\0", "?")


def from_file(path: Path) -> np.ndarray:
    """Chapter 10: the array in a .npy file, or the rows of numbers in a .csv file, of any shape and type.

    Raises: ValueError in one line: no such file, another kind of file, something in it that is not a number.
    """
    name = name_of(path)
    if path.suffix.lower() not in ENDINGS:
        raise ValueError(f"{name}: expected a .npy or .csv file, got {path.suffix or 'no ending'!r}")
    try:
        data = regular_files.content(path, BYTES)
    except FileNotFoundError:
        raise ValueError(f"{name}: expected a file, got none in {_on_one_line(path.parent)}") from None
    except OSError as error:
        raise _unreadable(name, f"one that cannot ({error.strerror})") from None
    except ValueError:  # a zero byte, or half a pair of UTF-16
        raise ValueError(f"{name}: expected a file, got a name that no file has") from None
    if not data:
        raise _unreadable(name, "an empty one")
    if path.suffix.lower() == ".npy":
        return from_npy(name, data)
    try:
        return from_text(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _unreadable(name, "one that is not text in UTF-8") from None


def from_npy(where: str, data: bytes) -> np.ndarray:
    """Chapter 10: the array in the bytes of a .npy file, in either order of bytes and of storage.

    Raises: ValueError as `from_file`.
    """
    if not data.startswith(MAGIC):
        raise _unreadable(where, "one that does not begin as .npy files do")
    file = io.BytesIO(data)
    try:
        if regular_files.array_bytes(file) > len(data) - file.tell():  # no memory for what is not there
            raise ValueError("its header says more than there is")
        file.seek(0)
        found = np.load(file, allow_pickle=False)
    except (ValueError, TypeError, SyntaxError, OSError, EOFError, MemoryError, OverflowError) as error:
        pickled = "pickled" in str(error) or "allow_pickle" in str(error)
        got = "Python objects, which are not opened" if pickled else "one that is damaged"
        raise _unreadable(where, got) from None
    if found.dtype.kind not in "biufc":
        got = "records" if found.dtype.names else f"the type {found.dtype.str}"
        raise ValueError(f"{where}: expected numbers, got {got}")
    return found


def from_text(where: str, text: str) -> np.ndarray:
    """Chapter 10: the numbers in lines of text, between commas, semicolons or blanks; comments follow a #.

    Raises: ValueError as `from_file`.
    """
    rows: list[list[float]] = []
    for k, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        fields = re.split(r"\s*[,;]\s*|\s+", line)
        for field in fields:
            if not NUMBER.fullmatch(field):
                got = f"'{_short(field)}'" if field else "an empty field"
                raise ValueError(f"{where}: expected numbers, got {got} in line {k}")
        if rows and len(fields) != len(rows[0]):
            got = f"{len(fields)} in line {k} after {len(rows[0])}"
            raise ValueError(f"{where}: expected numbers in rows of one length, got {got}")
        rows.append([float(field) for field in fields])
    if not rows:
        raise ValueError(f"{where}: expected a square matrix (n, n), got no numbers")
    return np.array(rows)


def _short(field: str) -> str:
    return field if len(field) <= 20 else f"{field[:20]}…"


def _unreadable(where: str, got: str) -> ValueError:
    return ValueError(f"{where}: expected a file that can be read, got {got}")
