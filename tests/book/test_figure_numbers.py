"""Numbers of figures and pages: a chapter's stay when others join, a page without a number gives none."""

import json
import re

import yaml

from _ext.figure_numbers import without_lone_numbers
from helpers import ROOT

NAMED = re.compile(r"(?m)^\s*:?name: (\S+)\s*$")
FIGURE = '<figure id="f"><figcaption><p><span class="caption-number">Fig. {} </span>Words.</p></figcaption>'


def parts():
    return yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]


def text_of(file):
    """What an author wrote on a page, captions included."""
    path = next(path for path in (ROOT / f"{file}.md", ROOT / f"{file}.ipynb") if path.exists())
    if path.suffix == ".md":
        return path.read_text("utf-8")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    figures = [cell["metadata"].get("mystnb", {}).get("figure", {}) for cell in cells]
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return "\n".join(
        [*words, *(f"{figure.get('caption')}\nname: {figure.get('name')}" for figure in figures)]
    )


def test_a_figure_has_the_number_of_its_chapter_or_none():
    assert without_lone_numbers(FIGURE.format("6.2")) == FIGURE.format("6.2")
    alone = without_lone_numbers(FIGURE.format("3"))
    assert "Fig." not in alone and "<p>Words.</p>" in alone
    listing = FIGURE.format("3").replace("Fig.", "Listing")
    assert without_lone_numbers(listing) == listing


def test_chapters_are_numbered_as_their_files_are():
    numbered = [page["file"] for part in parts() if part.get("numbered") for page in part["chapters"]]
    assert [int(re.search(r"/(\d+)_", file)[1]) for file in numbered] == [*range(1, len(numbered) + 1)]


def test_the_last_page_has_no_number_that_could_change_when_chapters_join():
    files = {page["file"]: part.get("numbered", False) for part in parts() for page in part["chapters"]}
    assert files["chapters/11_is_the_law_to_blame"] is False


def test_no_page_calls_a_figure_by_a_number_that_it_has_not():
    alone = ["intro", *(p["file"] for part in parts() if not part.get("numbered") for p in part["chapters"])]
    every = {
        file: text_of(file) for file in {"intro", *(p["file"] for part in parts() for p in part["chapters"])}
    }
    without = {name for file in alone for name in NAMED.findall(every[file])}
    called = {
        name for text in every.values() for name in re.findall(r"\{numref\}`(?:[^`<]*<)?([^`>]+)", text)
    }
    assert "fig-cover" in without and "fig-growth-time" in without and called
    assert not {name for name in called & without if name.startswith("fig")}
