"""Packages whose names are imported when they are first asked for, so that unused ones cost no time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def hand_on(package: str, later: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """The `__getattr__` of a package: `later[module]` are names of its modules that it hands on, and so are
    these modules themselves.

    >>> hand_on("daleslaw_lib.running", {"chunks": ("Chunk",)})("Chunk").__name__
    'Chunk'
    """
    modules = {name: module for module, names in later.items() for name in names}

    def find(name: str):
        if name in modules:
            return getattr(import_module(f"{package}.{modules[name]}"), name)
        if name in later:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
