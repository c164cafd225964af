"""What a page says about itself is a folded line, in which time and needs are seen."""

import json
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from _ext import about
from helpers import ROOT

PAGES = sorted((ROOT / "chapters").glob("*.ipynb"))


def page(title, *texts):
    made = new_document("page")
    box = nodes.admonition("", nodes.title("", title), *[nodes.paragraph("", text) for text in texts])
    made += nodes.section("", nodes.title("", "A chapter"), box, nodes.paragraph("", "It begins."))
    return made


def folded(document, format="html"):
    about.fold(SimpleNamespace(builder=SimpleNamespace(format=format)), document, "page")
    return document.children[0].children


def test_the_box_becomes_details_with_all_that_it_held():
    parts = folded(page("About this page", "Reproduces it.", "Reading time 15 minutes; you need vectors."))
    assert [type(part).__name__ for part in parts] == "title raw paragraph paragraph raw paragraph".split()
    assert "<summary><b>About this page</b>: 15 minutes; you need vectors</summary>" in parts[1].astext()
    opened = "".join(part.astext() for part in parts if isinstance(part, nodes.raw))
    assert all(opened.count(f"<{tag}") == opened.count(f"</{tag}>") == 1 for tag in ("details", "div"))


def test_other_boxes_and_other_formats_stay_as_they_are():
    assert isinstance(folded(page("Predict", "Which?"))[1], nodes.admonition)
    assert isinstance(folded(page("About this page", "Which?"), format="latex")[1], nodes.admonition)


@pytest.mark.parametrize(
    "text, said",
    [
        ("Reading time 5 minutes. Every line", ": 5 minutes"),
        (
            "Reading time 20\nminutes; you need chapters 1 and 2, and Fig. 3.2. More",
            ": 20 minutes; you need chapters 1 and 2, and Fig. 3.2",
        ),
        ("Reading time 25 minutes; you need chapter 1; kinds", ": 25 minutes; you need chapter 1"),
        ("Reading time 9 minutes; you need x < y.", ": 9 minutes; you need x &lt; y"),
        ("Nothing is said", ""),
    ],
)
def test_the_line_says_time_and_needs_to_the_end_of_their_sentence(text, said):
    assert about.summary(text) == f"<b>About this page</b>{said}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_chapter_has_the_box_by_that_name_before_its_first_section(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    first = "".join(cells[0]["source"])
    assert ":::{admonition} About this page" in first and "\n## " not in first
