"""What is kept between two builds of the book, and when it is too old to keep.

jupyter-cache compares a notebook's cells and nothing else, and Sphinx does not repeat the warnings of
pages it has already read. So:

    python -m tools.book_cache fresh    status 0 if nothing has changed since the last build, else 1
    python -m tools.book_cache check    before a build: drops what is stale; all pages if the last one failed
    python -m tools.book_cache done     after a build that succeeded
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from daleslaw_lib import code_digests, setting

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
KEY, READ, DONE = BUILD / ".cache-key", BUILD / ".read", BUILD / ".built"
INPUTS = (
    "requirements.txt",
    "_config.yml",
    "_ext/*.py",
    "tools/execute_ahead.py",
    "results/**/manifest.json",
)
NOT_READ = ("_build", "node_modules", "__pycache__")
LIBRARY = (".py", ".cpp", ".cu", ".npz", ".js", ".css", ".html", ".json", ".png")  # as in pyproject.toml


def key() -> str:
    """A digest of all that an executed chapter depends on besides its own cells."""
    files = [path for pattern in INPUTS for path in ROOT.glob(pattern)]
    files += [p for p in (ROOT / "daleslaw_lib").rglob("*") if p.suffix in LIBRARY]
    if elsewhere := setting("DALESLAW_RESULTS"):
        files += elsewhere.resolve().rglob("manifest.json")
    digest = hashlib.sha256()
    digest.update(f"{platform.python_version()} {os.environ.get('DALESLAW_SCALE', '')}".encode())
    for path in sorted(files):
        digest.update(f"\n{path.as_posix()} ".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def stamps(paths: Iterable[Path]) -> str:
    """A digest of names, sizes and times of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        stat = path.stat()
        digest.update(f"{path.as_posix()} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """The files of a checkout, without what is hidden, built or installed."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in NOT_READ or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from sources(path)
        elif path.is_file():
            yield path


def written() -> str:
    """A digest of the built pages, and of what they say besides their sources: settings and the commit."""
    files = [path for name in ("html", "pdf") for path in (BUILD / name).rglob("*") if path.is_file()]
    settings = sorted(item for item in os.environ.items() if item[0].startswith("DALESLAW_"))
    config = ROOT / ".git" / "config"  # the address of the repository
    git = code_digests.commit(), config.read_text("utf-8") if config.is_file() else None
    return hashlib.sha256(f"{key()} {stamps(files)} {settings} {git}".encode()).hexdigest()


def fresh() -> bool:
    """Whether a build would find everything as the last one left it."""
    built = DONE.is_file() and (BUILD / "html" / "index.html").is_file()
    return built and DONE.read_text() == f"{stamps(sources(ROOT))} {written()}"


def drop(*names: str) -> None:
    for name in names:
        shutil.rmtree(BUILD / name, ignore_errors=True)


def check() -> None:
    elsewhere = setting("DALESLAW_RESULTS")
    if elsewhere and not elsewhere.is_dir():
        sys.exit(f"DALESLAW_RESULTS: expected a folder with archived runs, got {elsewhere}")
    BUILD.mkdir(exist_ok=True)
    READ.write_text(stamps(sources(ROOT)))  # what changes during the build is not in it
    current = key()
    if not KEY.exists() or KEY.read_text() != current:
        if (BUILD / ".jupyter_cache").exists():
            print("The library, the lock or the archive has changed: executing every chapter again.")
        drop(".jupyter_cache", ".doctrees", "jupyter_execute")
        KEY.write_text(current)
    if not DONE.exists():
        drop(".doctrees", "html")
    DONE.unlink(missing_ok=True)


def done() -> None:
    read = READ.read_text() if READ.is_file() else "nothing"
    DONE.write_text(f"{read} {written()}")


def main(arguments: list[str]) -> None:
    if arguments == ["fresh"]:
        sys.exit(0 if fresh() else 1)
    elif arguments == ["check"]:
        check()
    elif arguments == ["done"]:
        done()
    else:
        sys.exit("usage: python -m tools.book_cache fresh | check | done")


if __name__ == "__main__":
    main(sys.argv[1:])
