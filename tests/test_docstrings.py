"""What a docstring or a comment of the library names is there: nobody is sent to a module that has moved."""

import ast
import importlib
import inspect
import re
from collections import defaultdict

from daleslaw_lib import HOME
from helpers import ROOT

FILES = sorted(HOME.rglob("*.py"))
NAMED = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)+)`")
A_FILE = re.compile(r".*\.(py|cpp|cu|json|parquet|npy|npz|csv)")
OTHERS = {"torch", "distributed", "tools", "plt", "ax", "E"}  # packages, and what a line of code is called by


def by_name():
    """Modules by all that a sentence may call them, `summary` or `evidence.summary`, and by their classes."""
    found = defaultdict(list)
    for file in FILES:
        parts = file.relative_to(ROOT).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        for k in range(len(parts)):
            found[".".join(parts[k:])].append((".".join(parts), ()))
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append((".".join(parts), (node.name,)))
    return found


KNOWN = by_name()


def holds(owner, names):
    """Whether a module or a class has what these names say, one in another; of a class, its instances too."""
    if not names:
        return True
    first, *others = names
    if hasattr(owner, first):
        return holds(getattr(owner, first), others)
    if not inspect.isclass(owner):
        return False
    return first in owner.__annotations__ or f"self.{first}" in inspect.getsource(owner)


def is_there(name):
    parts = name.split(".")
    return any(
        holds(importlib.import_module(module), [*inside, *parts[k:]])
        for k in range(1, len(parts) + 1)
        for module, inside in KNOWN.get(".".join(parts[:k]), ())
    )


def test_what_is_named_in_words_is_there():
    named = {(name, file.name) for file in FILES for name in NAMED.findall(file.read_text("utf-8"))}
    ours = {(n, f) for n, f in named if not A_FILE.fullmatch(n) and n.split(".")[0] not in OTHERS}
    assert len(ours) > 40 and {(name, file) for name, file in ours if not is_there(name)} == set()


def test_a_name_that_has_moved_is_found():
    assert is_there("experiment.NEW_SEEDS") and is_there("daleslaw_lib.tasks.data") and is_there("Job.origin")
    assert not any(map(is_there, ("grids.NEW_SEEDS", "daleslaw_lib.data", "Job.beginning")))
