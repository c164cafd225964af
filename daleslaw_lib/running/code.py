"""Digests of the library's code: workers and driver must agree in it, and checkpoints carry it. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .. import HOME

NUMBERS = (  # what decides the numbers of a run
    "checks.py", "checkpoints.py", "schedule.py", "spectra.py", "initialisation", "tasks", "networks",
    "training", "running/drawing.py", "running/jobs.py",
)  # fmt: skip


@cache
def library() -> str:
    """Of all the library's code: a worker must have the driver's."""
    return _digest(HOME.rglob("*.py"))


@cache
def training_code() -> str:
    """Of the code that trains and draws: a checkpoint goes on with the code that wrote it.

    Figures and pages are not in it, so that a long run survives a change of a label.
    """
    places = [HOME / name for name in NUMBERS]
    return _digest(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")))


def _digest(paths: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for path in sorted(paths):
        content.update(str(path.relative_to(HOME)).encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:16]
