"""Chapters that wait for their archives keep the book's conventions already; boxes stand where runs will."""

import nbformat
import pytest

from helpers import ROOT
from helpers.notebooks import opens
from tools import colab_cell, typed_numbers

DRAFTS = sorted((ROOT / "drafts").glob("*.ipynb"))
drafts = pytest.mark.parametrize("draft", DRAFTS, ids=lambda path: path.stem)
HIDING = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def cells(draft, kind=None):
    return [c for c in nbformat.read(draft, 4).cells if kind in (None, c.cell_type)]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def figure_of(cell):
    return cell.metadata.get("mystnb", {}).get("figure", {})


def text_of(draft):
    return "\n".join(cell.source for cell in cells(draft, "markdown"))


@drafts
def test_it_begins_with_the_cell_for_colab_and_folds_what_a_page_hides(draft):
    first = cells(draft, "code")[0]
    assert first.id == colab_cell.ID and first.source == colab_cell.CELL.rstrip("\n")
    for cell in cells(draft, "code"):
        hidden = bool(tags(cell) & HIDING)
        assert cell.metadata.get("jupyter", {}).get("source_hidden", False) == hidden
        assert (cell.metadata.get("cellView") == "form") == hidden


@drafts
def test_what_only_reads_archives_or_draws_them_is_folded(draft):
    for cell in cells(draft, "code")[1:]:
        if any(word in cell.source for word in ("archive(", "judged(", "set_num_threads")):
            assert tags(cell) & HIDING, cell.source


@drafts
def test_every_figure_has_a_caption_a_description_and_a_name_that_no_chapter_has(draft):
    taken = [
        figure_of(cell).get("name")
        for page in [*ROOT.glob("chapters/*.ipynb"), *DRAFTS]
        for cell in cells(page, "code")
    ]
    for cell in cells(draft, "code"):
        pictures = any("image/png" in output.get("data", {}) for output in cell.outputs)
        if pictures or figure_of(cell):
            assert figure_of(cell).get("caption") and cell.metadata["mystnb"]["image"]["alt"]
            assert cell.metadata["id"] == cell.id and taken.count(figure_of(cell)["name"]) == 1


@drafts
def test_it_was_executed_without_an_error_or_a_path(draft):
    for cell in cells(draft, "code")[1:]:
        assert cell.execution_count, cell.source
        for output in cell.outputs:
            assert output.output_type != "error" and str(ROOT) not in str(output)


@drafts
def test_no_number_is_typed_that_no_cell_shows(draft):
    assert typed_numbers.found(draft) == []


@drafts
def test_a_reader_plays_and_trains_and_most_exercises_have_executed_solutions(draft):
    text, code = text_of(draft), cells(draft, "code")
    assert "**Play.**" in text
    assert sum("live" in tags(cell) for cell in code) == 1
    assert any("show_laboratory(starts=True" in cell.source for cell in code)
    assert text.partition("## Exercises")[2].count(":::{dropdown}") >= 6
    solved = [cell for cell in code if "hide-cell" in tags(cell)]
    assert len(solved) >= 5 and all(cell.outputs for cell in solved)


def test_chapter_10_has_a_place_for_a_readers_own_matrix():
    (draft,) = (path for path in DRAFTS if path.stem.startswith("10"))
    assert any(cell.source == "better_colei.show_own_matrix()" for cell in cells(draft, "code"))
    assert 'class="own-matrix"' in str([cell.outputs for cell in cells(draft, "code")])
    assert "dataset-fashion-mnist" in text_of(draft)


@drafts
@pytest.mark.slow
def test_it_runs_without_an_archive(draft, tmp_path):
    opens(draft, tmp_path, seconds=600)
