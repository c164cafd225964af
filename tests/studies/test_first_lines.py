"""What a study makes says which chapter it is of, so that nobody looks for it among what all share."""

import ast
import re

import pytest

from daleslaw_lib import HOME
from helpers import ROOT

STUDIES = sorted(path.parent for path in (HOME / "studies").glob("*/__init__.py"))


def chapter_of(study):
    return int(
        re.match(r"Chapter (\d+)", ast.get_docstring(ast.parse((study / "__init__.py").read_text("utf-8"))))[
            1
        ]
    )


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.name)
def test_every_public_function_of_a_study_begins_with_its_chapter(study):
    number = chapter_of(study)
    assert [*ROOT.glob(f"chapters/{number:02}_*.ipynb")]
    others = [
        f"{path.name}: {node.name}"
        for path in sorted(study.glob("*.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        if not (ast.get_docstring(node) or "").startswith(f"Chapter {number}: ")
    ]
    assert others == []
