"""Packages whose names are imported when they are first asked for, so that unused ones cost no time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def hand_on(package: str, later: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """The `__getattr__` of a package: `later[module]` are names of its modules that it hands on, and so are
    these modules themselves. `dir` of the package, and so the Tab key, knows them all.

    >>> import daleslaw_lib.running
    >>> hand_on("daleslaw_lib.running", daleslaw_lib.running.LATER)("Chunk").__name__
    'Chunk'
    """
    modules = {name: module for module, names in later.items() for name in names}

    def find(name: str):
        if name in modules:
            return getattr(import_module(f"{package}.{modules[name]}"), name)
        if name in later:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    itself = sys.modules[package]
    itself.__dir__ = lambda: sorted({*vars(itself), *modules, *later})
    return find
