"""The user cache: what was fetched or compiled once, kept for the next time."""

from __future__ import annotations

import warnings
from pathlib import Path

from . import regular_files, setting


def folder() -> Path:
    """Where the user cache is: $DALESLAW_CACHE, else where this system keeps caches."""
    if place := setting("DALESLAW_CACHE"):
        return place
    import pooch

    return Path(pooch.os_cache("daleslaw"))


def keep(name: str, content: bytes) -> None:
    """Into the cache, whole and on the disk before it has its name: no reader ever sees half a file."""
    path = folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with regular_files.anew(path) as file:
            file.write(content)
    except OSError as problem:
        warnings.warn(
            f"{name}: not kept in the cache, so the next use fetches it again: {problem}",
            stacklevel=2,
        )
