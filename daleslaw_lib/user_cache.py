"""The user cache: what was fetched or compiled once, kept for the next time."""

from __future__ import annotations

import os
import secrets
import warnings
from pathlib import Path

from . import setting


def folder() -> Path:
    """Where the user cache is: $DALESLAW_CACHE, else where this system keeps caches."""
    if place := setting("DALESLAW_CACHE"):
        return place
    import pooch

    return Path(pooch.os_cache("daleslaw"))


def keep(name: str, content: bytes) -> None:
    """Into the cache, under a name of its own first: no reader ever sees half a file."""
    path = folder() / name
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
