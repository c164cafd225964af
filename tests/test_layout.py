"""How tests are kept: what they share is in helpers, and where Python looks is in pyproject.toml."""

import ast
import re

import pytest

from helpers import ROOT, TESTS
from tools import architecture

FILES = sorted(TESTS.rglob("*.py"))


def imported(file):
    """Every module that a file imports, whole or in part."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_no_test_imports_another(file):
    parts = {part for module in imported(file) for part in module.split(".")}
    assert not {part for part in parts if part.startswith("test_") or part == "conftest"}


@pytest.mark.parametrize("folder", ["tests", "daleslaw_lib"])
def test_nobody_changes_where_python_looks(folder):
    pattern = re.compile(r"sys\.path(\.(insert|append|extend)\(|\[[^\]]*\] *=| *=)")
    files = sorted((ROOT / folder).rglob("*.py"))
    assert len(files) > 5
    assert [str(file) for file in files if pattern.search(file.read_text("utf-8"))] == []


def test_a_folder_of_tests_is_no_package():
    """Files of different folders may then share a name."""
    assert not [file for file in FILES if file.name == "__init__.py" and file.parent.name != "helpers"]


ROOMS = {architecture.room(module) for module in architecture.modules()} - {""}
ABOUT_ALL = {  # of the whole library, or of what it does in other processes
    "archive/test_faults.py", "running/test_determinism.py", "studies/test_first_lines.py",
}  # fmt: skip


def room_of(file) -> str | None:
    """The room that a file of tests has the name of, or lies in the folder of."""
    first, *rest = file.relative_to(TESTS).parts
    name = first if rest else first.removeprefix("test_").removesuffix(".py")
    if name not in ROOMS:
        return None
    return f"{name}.{rest[0]}" if name == "studies" and len(rest) > 1 else name


@pytest.mark.parametrize("room", sorted(ROOMS - {"__main__", "later", "evaluation_times"}))
def test_every_room_has_tests_which_are_of_that_room(room):
    files = [f for f in FILES if f.name.startswith("test_") and (room_of(f) or "").split(".")[0] == room]
    assert files
    for file in files:
        if str(file.relative_to(TESTS)) not in ABOUT_ALL:
            own = f"daleslaw_lib.{room_of(file)}."
            assert any(f"{module}.".startswith(own) for module in imported(file)), file
