"""The chapters that go beyond the paper: what each owes its reader besides what every chapter does."""

import nbformat
import pytest

from helpers import ROOT

BEYOND = [*ROOT.glob("chapters/09_*.ipynb"), *ROOT.glob("chapters/10_*.ipynb")]
beyond = pytest.mark.parametrize("chapter", BEYOND, ids=lambda path: path.stem)
HIDING = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def cells(chapter, kind):
    return [c for c in nbformat.read(chapter, 4).cells if c.cell_type == kind]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def figure_of(cell):
    return cell.metadata.get("mystnb", {}).get("figure", {})


def text_of(chapter):
    return "\n".join(cell.source for cell in cells(chapter, "markdown"))


def test_both_are_there():
    assert len(BEYOND) == 2


@beyond
def test_what_a_page_hides_is_folded_in_a_notebook(chapter):
    for cell in cells(chapter, "code"):
        hidden = bool(tags(cell) & HIDING)
        assert cell.metadata.get("jupyter", {}).get("source_hidden", False) == hidden
        assert (cell.metadata.get("cellView") == "form") == hidden


@beyond
def test_what_only_reads_archives_or_draws_them_is_folded(chapter):
    for cell in cells(chapter, "code")[1:]:
        if any(word in cell.source for word in ("archive(", "judged(", "set_num_threads")):
            assert tags(cell) & HIDING, cell.source


@beyond
def test_every_figure_has_a_caption_a_description_and_a_name_that_no_chapter_has(chapter):
    """Those too that wait for their runs."""
    pages = ROOT.glob("chapters/*.ipynb")
    taken = [figure_of(cell).get("name") for page in pages for cell in cells(page, "code")]
    for cell in cells(chapter, "code"):
        if figure_of(cell):
            assert figure_of(cell).get("caption") and cell.metadata["mystnb"]["image"]["alt"]
            assert cell.metadata["id"] == cell.id and taken.count(figure_of(cell)["name"]) == 1


@beyond
def test_it_was_executed_without_an_error(chapter):
    for cell in cells(chapter, "code")[1:]:
        assert cell.execution_count, cell.source
        assert all(output.output_type != "error" for output in cell.outputs)


@beyond
def test_a_reader_plays_and_trains_and_most_exercises_have_executed_solutions(chapter):
    text, code = text_of(chapter), cells(chapter, "code")
    assert "**Play.**" in text
    assert sum("live" in tags(cell) for cell in code) == 1
    assert any("show_laboratory(starts=True" in cell.source for cell in code)
    assert text.partition("## Exercises")[2].count(":::{dropdown}") >= 6
    solved = [cell for cell in code if "hide-cell" in tags(cell)]
    assert len(solved) >= 5 and all(cell.outputs for cell in solved)


def test_chapter_10_has_a_place_for_a_readers_own_matrix():
    (chapter,) = (path for path in BEYOND if path.stem.startswith("10"))
    assert any(cell.source == "better_colei.show_own_matrix()" for cell in cells(chapter, "code"))
    assert 'class="own-matrix"' in str([cell.outputs for cell in cells(chapter, "code")])
    assert "dataset-fashion-mnist" in text_of(chapter)
