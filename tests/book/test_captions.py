"""Panels stand side by side on a wide page, and one below the other on a phone: captions suit both."""

import json
import re

import pytest

from helpers import ROOT

# Where a panel is, in words that are true of one layout alone: panels have an order, titles and colours.
SIDE = "left|right|top|bottom|upper|lower|middle"
PLACES = re.compile(
    rf"(?:^|[.;:] )(?:{SIDE}|far right|far left)(?: and (?:{SIDE}))?[:,]"
    rf"|\bon the (?:{SIDE})(?![\w-])"
    rf"|\b(?:at|to) the (?:bottom|top) (?:{SIDE})\b"
    rf"|\b(?:{SIDE})(?:-hand|most)? (?:panel|picture|plot|matrix|map|row|column|one)\b"
    rf"|\((?:{SIDE})\)|`, (?:{SIDE})\)",
    re.IGNORECASE,
)
IN_A_CAPTION = re.compile(
    r"(?:^|[.;] )(?:above|below)[:,]|\((?:rows?|columns?|above|below)[);]", re.IGNORECASE
)
# Within one panel, an axis, or a formula left and right stay what they are.
TRUE_EVERYWHERE = (
    "The first term on the right is there because the diagonal",  # of an equation
)


def places(text, caption=False):
    """What a text says that holds in one layout alone."""
    for exempt in TRUE_EVERYWHERE:
        text = text.replace(exempt, "")
    rules = (PLACES, IN_A_CAPTION) if caption else (PLACES,)
    return [text[max(0, m.start() - 30) : m.end() + 30] for rule in rules for m in rule.finditer(text)]


def test_the_rule_finds_what_holds_in_one_layout_alone_and_nothing_else():
    for wrong in (
        "Left: singular values.",
        "Two maps. Right, the error.",
        "Left and middle: gains.",
        "as on the left",
        "the left matrix breaks the rule",
        "({numref}`fig-a`, right)",
        "over size (rows)",
        "those at the bottom right",
        "Far right: three spectra",
        "Above: discs.",
    ):
        assert places(wrong, caption=True), wrong
    for right in (
        "Marks at the right: the paper's final errors.",
        "what is left of it",
        "one dot lies far to the right",
        r"\left(g_t + W^\top\right)",
        "directions that are left, and the size",
        "right singular vectors",
        "five rows of dots, each a network",
    ):
        assert not places(right, caption=True), right


def figures(path):
    """Caption and alternative text of each figure of a notebook, by name."""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        shown = cell["metadata"].get("mystnb", {})
        if "figure" in shown:
            yield (
                shown["figure"]["name"],
                shown["figure"].get("caption", ""),
                shown.get("image", {}).get("alt", ""),
            )


NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_captions_do_not_say_where_a_panel_is(path):
    found = {name: places(caption, True) + places(alt, True) for name, caption, alt in figures(path)}
    assert not {name: said for name, said in found.items() if said}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_neither_does_the_text(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = [line for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"]]
    assert not [said for line in text for said in places(line)]


# A caption that holds in the light alone: in the dark the lightness of a figure is turned round.
SHADES = re.compile(
    r"\b(?:dark|darker|darkest|bright|brighter|pale|paler|light|lighter|black|white)\b", re.IGNORECASE
)
KEEP_THEIR_SHADES = (
    "show_laboratory(",
    "show_replay(",
    "show_run_explorer(",
)  # figures with a dark form of their own


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_captions_do_not_speak_of_light_and_dark(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source, shown = "".join(cell["source"]), cell["metadata"].get("mystnb", {})
        if "figure" in shown and not any(name in source for name in KEEP_THEIR_SHADES):
            assert not SHADES.search(shown["figure"].get("caption", "")), shown["figure"]["name"]


# "Fig. 4" alone could be the book's: one of the paper is called the paper's.
OF_THE_PAPER = re.compile(r"\bFigs?\. \d+[a-d]?\b(?!\.\d)")


@pytest.mark.parametrize("path", sorted((ROOT / "chapters").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_figure_of_the_paper_is_called_the_papers(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    texts = [" ".join("".join(cell["source"]).split()) for cell in cells if cell["cell_type"] == "markdown"]
    texts += [caption for _, caption, _ in figures(path)]
    for text in texts:
        for found in OF_THE_PAPER.finditer(text):
            around = text[max(0, found.start() - 40) : found.end() + 20]
            owned = re.search(r"(?:paper's|[Ii]ts|that) $", text[: found.start()])
            assert owned or re.match(r"(?:, b and c)? of (?:the paper|\{cite:t\})", text[found.end() :]), (
                around
            )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_laboratory_without_theory_is_not_said_to_show_any(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source, shown = "".join(cell["source"]), cell["metadata"].get("mystnb", {})
        if "show_laboratory(" in source and "detail=True" not in source and "starts=" not in source:
            assert not re.search(r"theory|E mean|drawn \$W", shown["figure"]["caption"]), shown["figure"][
                "name"
            ]


def test_nor_is_that_of_the_first_page():
    caption = (
        (ROOT / "intro.md").read_text("utf-8").partition("**Spectral laboratory.**")[2].partition("```")[0]
    )
    assert caption and not re.search(r"theory|E mean|drawn", caption)


def test_nor_do_the_first_page_and_the_appendix():
    pages = [ROOT / "intro.md", *sorted((ROOT / "appendix").glob("*.md"))]
    found = {
        path.name: [s for line in path.read_text("utf-8").splitlines() for s in places(line)]
        for path in pages
    }
    assert not {name: said for name, said in found.items() if said}
