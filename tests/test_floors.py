"""Which module may import which: floors, no circle, and studies that know nothing of each other.

The floors stand in tools/architecture.py, which also draws them.
"""

import ast
import importlib
import inspect
import runpy

import pytest

from helpers import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "architecture.py"))
FLOORS, imports, imported = TOOL["FLOORS"], TOOL["imports"], TOOL["imported"]
FOUND = imports()
MODULES = sorted(name for name in FOUND if name)


# An import that breaks the order: "module -> module": why. There is none.
EXCEPTIONS: dict[str, str] = {}


def test_the_order_of_the_floors_is_the_books():
    """From the ground up; a new room gets its place here and in the picture."""
    order = [name for names in FLOORS for name in names]
    wanted = (
        "checks checkpoints spectra initialisation tasks networks training experiments archive jobs "
        "verification running planning "
        "evidence figures studies notebook"
    )
    assert [name for name in order if name in wanted.split()] == wanted.split()
    assert len(set(order)) == len(order)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_the_floors_below_alone(module):
    room = TOOL["room"]
    above = [
        other
        for other in sorted(FOUND[module])
        if not TOOL["may_import"](room(module), room(other)) and f"{module} -> {other}" not in EXCEPTIONS
    ]
    assert above == []


def test_no_module_imports_itself_by_way_of_others():
    done, under_way = set(), []

    def visit(module):
        assert module not in under_way, " -> ".join([*under_way[under_way.index(module) :], module])
        if module in done:
            return
        under_way.append(module)
        for other in sorted(FOUND[module]):
            visit(other)
        done.add(under_way.pop())

    for module in MODULES:
        visit(module)


def test_studies_do_not_import_each_other():
    def study(module):
        return module.split(".")[1] if module.startswith("studies.") else None

    pairs = {(study(a), study(b)) for a, names in FOUND.items() for b in names if study(a) and study(b)}
    assert {a for a, b in pairs if a != b} == set()


def test_torch_is_not_imported_at_the_top_of_the_numpy_half():
    half = "checks checkpoints evaluation_times later spectra theory initialisation tasks experiments archive"
    half += " code_digests statistics costs"
    half = {*half.split(), "figures", "evidence", "widgets", "notebook"}
    for module, path in TOOL["modules"]().items():
        if module and (TOOL["room"](module) in half or module.startswith("studies.initial_spectra")):
            for node in ast.parse(path.read_text("utf-8")).body:
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert not any(name.split(".")[0] == "torch" for name in names), module


def hidden_modules() -> set[str]:
    """Modules whose name their package gives to a function."""
    found = set()
    for package in {module.rpartition(".")[0] for module in MODULES} - {""}:
        face = importlib.import_module(f"daleslaw_lib.{package}")
        inside = [name for name in getattr(face, "__all__", ()) if f"{package}.{name}" in FOUND]
        found |= {f"{package}.{name}" for name in inside if not inspect.ismodule(getattr(face, name))}
    return found


def test_no_module_is_imported_by_a_name_that_its_package_gives_to_a_function():
    """`from .gains import activity`, not `from . import gains`: the study's `gains` is a function."""
    hidden = hidden_modules()
    assert "studies.radius.gains" in hidden
    for module, path in TOOL["modules"]().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                start = TOOL["begins"](node, module, path.stem == "__init__")
                assert not hidden & {f"{start}.{a.name}" for a in node.names}, (
                    f"{module}: {ast.unparse(node)}"
                )


@pytest.mark.parametrize(
    "source, module, is_package, expected",
    [
        ("from . import b", "p.a", False, {"p.b"}),
        ("from .b import f", "p.a", False, {"p.b"}),
        ("from .b import f", "p", True, {"p.b"}),
        ("from .. import q", "p.a", False, {"q"}),
        ("from ..q.c import f", "p.a", False, {"q.c"}),
        ("from daleslaw_lib.q import f", "p.a", False, {"q"}),
        ("import daleslaw_lib.q.c", "p.a", False, {"q.c"}),
        ("import numpy\nfrom numpy import array", "p.a", False, set()),
        ("def late():\n    from ..q import c, f", "p.a", False, {"q", "q.c"}),
        ("if TYPE_CHECKING:\n    from ..q.c import T", "p.a", False, {"q.c"}),
        ("from .. import __version__", "p.a", False, set()),
    ],
)
def test_every_form_of_import_is_seen(source, module, is_package, expected):
    assert imported(source, module, is_package, {"p", "p.a", "p.b", "q", "q.c"}) == expected


def test_an_import_from_above_is_seen():
    assert not TOOL["may_import"]("archive", "running") and TOOL["may_import"]("running", "archive")
    assert not TOOL["may_import"]("training", "experiments") and not TOOL["may_import"](
        "experiments", "training"
    )
    with pytest.raises(ValueError, match="nowhere: expected it on a floor"):
        TOOL["may_import"]("nowhere", "running")
