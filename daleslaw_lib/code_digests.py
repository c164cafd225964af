"""Which code this is: its digests, in which workers and checkpoints must agree, and its commit. No torch."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from . import HOME, own_files

NUMBERS = (  # what decides the numbers of a run
    "checks.py", "regular_files.py", "checkpoints.py", "evaluation_times.py", "scaling.py", "spectra.py",
    "magnitudes.py", "jacobians.py", "user_cache.py",
    "initialisation", "tasks", "fused.py", "fused.cpp", "fused_gpu.py", "fused.cu", "networks", "training",
    "jobs",
)  # fmt: skip


def library() -> str:
    """The digest of all the library's code, and the reader's own files: a worker must have the driver's."""
    return _library(own_files.loaded())


def training_code() -> str:
    """The digest of the code that trains and draws: a checkpoint goes on with the code that wrote it.

    Figures and pages are not in it, so that a long run survives a change of a label.
    """
    return _training_code(own_files.loaded())


@cache
def _library(others: tuple[Path, ...]) -> str:
    return _digest(_sources(HOME), others)


@cache
def _training_code(others: tuple[Path, ...]) -> str:
    places = [HOME / name for name in NUMBERS]
    own = (path for place in places for path in ([place] if place.is_file() else _sources(place)))
    return _digest(own, others)


def _sources(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".py", ".cpp", ".cu")]


def _digest(own: Iterable[Path], others: Iterable[Path]) -> str:
    names = {path: str(path.relative_to(HOME)) for path in sorted(own)}
    content = hashlib.sha256()
    for path, name in (names | {path: path.name for path in others}).items():
        content.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:16]


def commit() -> str | None:
    """The commit of this code: the checkout's, with "+" where its files differ from it; None without one.

    git is told where the checkout is: left to itself it would also take an enclosing repository, and refuse
    another user's.
    """
    top = HOME if (HOME / ".git").exists() else HOME.parent

    def git(*words: str) -> str:
        command = ["git", f"--git-dir={top / '.git'}", f"--work-tree={top}", *words]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno", "--", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
