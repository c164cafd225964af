"""Drop the stored execution of the chapters when something that they depend on has changed.

jupyter-cache compares a notebook's cells and nothing else, and Sphinx does not repeat the warnings of
pages it has already read. So:

    python -m tools.book_cache check    before a build: drops what is stale; all pages if the last one failed
    python -m tools.book_cache done     after a build that succeeded
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from pathlib import Path

from daleslaw_lib import setting

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
KEY, DONE = BUILD / ".cache-key", BUILD / ".built"
INPUTS = ("requirements.txt", "_config.yml", "_ext/*.py", "results/**/manifest.json")
LIBRARY = (".py", ".npz", ".js", ".css", ".html", ".json")


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


def drop(*names: str) -> None:
    for name in names:
        shutil.rmtree(BUILD / name, ignore_errors=True)


def check() -> None:
    elsewhere = setting("DALESLAW_RESULTS")
    if elsewhere and not elsewhere.is_dir():
        sys.exit(f"DALESLAW_RESULTS: expected a folder with archived runs, got {elsewhere}")
    BUILD.mkdir(exist_ok=True)
    current = key()
    if not KEY.exists() or KEY.read_text() != current:
        if (BUILD / ".jupyter_cache").exists():
            print("The library, the lock or the archive has changed: executing every chapter again.")
        drop(".jupyter_cache", ".doctrees", "jupyter_execute")
        KEY.write_text(current)
    if not DONE.exists():
        drop(".doctrees", "html")
    DONE.unlink(missing_ok=True)


def main(arguments: list[str]) -> None:
    if arguments == ["check"]:
        check()
    elif arguments == ["done"]:
        DONE.touch()
    else:
        sys.exit("usage: python -m tools.book_cache check | done")


if __name__ == "__main__":
    main(sys.argv[1:])
