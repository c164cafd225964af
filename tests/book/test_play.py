"""The chapters' copies in plain Markdown: nothing of MyST is left, nothing of the chapter is lost."""

import re

import nbformat
import pytest

from helpers import ROOT
from tools import colab_cell, play

CHAPTERS = play.chapters()
chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
HERE = "03.ipynb"
LABELS = play.Labels(
    {
        "fig-a": (HERE, "Fig. 3.1"),
        "fig-b": ("02_building_ei_networks.ipynb", "Fig. 2.4"),
        "eq-a": (HERE, "(3.1)"),
    },
    {"notes": "../appendix/reproduction-notes.md", "own": HERE},
)


def plain(text):
    prose = play.Prose(HERE, LABELS, [])
    return prose.plain(text)


def pair(chapter):
    return nbformat.read(chapter, 4), nbformat.read(play.PLAY / chapter.name, 4)


# --- what is committed -----------------------------------------------------------------------------


def test_every_copy_is_what_its_chapter_makes():
    assert play.outdated() == [], "run: python -m tools.play"


@chapters
def test_a_copy_has_every_cell_of_its_chapter_and_the_same_code(chapter):
    notebook, copy = pair(chapter)
    nbformat.validate(copy)
    kept = {cell.id: cell for cell in copy.cells}
    order = [cell.id for cell in copy.cells]
    assert [one for one in order if one in {cell.id for cell in notebook.cells}] == [
        c.id for c in notebook.cells
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert re.sub(r"\A# @title .*\n", "", kept[cell.id].source) == cell.source
            assert kept[cell.id].metadata.get("jupyter") == cell.metadata.get("jupyter")
            assert kept[cell.id].outputs == [] and kept[cell.id].execution_count is None


@chapters
def test_a_figure_has_its_number_and_caption_under_it_and_an_id_that_colab_finds(chapter):
    notebook, copy = pair(chapter)
    figures = [cell for cell in notebook.cells if "figure" in cell.metadata.get("mystnb", {})]
    position = CHAPTERS.index(chapter) + 1
    for k, cell in enumerate(figures, 1):
        at = [one.id for one in copy.cells].index(cell.id)
        drawn, caption = copy.cells[at : at + 2]
        first_words = re.split(r"[{$*`]", cell.metadata["mystnb"]["figure"]["caption"])[0]
        number = f"Fig. {k}" if chapter.stem.startswith("11_") else f"Fig. {position}.{k}"
        assert f"**{number}.**" in caption.source or f"<summary>{number}</summary>" in caption.source
        assert first_words in caption.source
        assert drawn.metadata["id"] == cell.id


@chapters
def test_nothing_of_myst_is_left_and_solutions_are_closed(chapter):
    notebook, copy = pair(chapter)
    prose = "\n".join(cell.source for cell in copy.cells if cell.cell_type == "markdown")
    for markup in (":::", "{numref}", "{cite", "{eq}", "{ref}", "{doc}", ")=\n", "```{"):
        assert markup not in prose
    folds = sum(len(re.findall(r"dropdown", cell.source)) for cell in notebook.cells)
    hidden = [cell for cell in notebook.cells if "hide-cell" in cell.metadata.get("tags", [])]
    captions = sum("figure" in cell.metadata.get("mystnb", {}) for cell in hidden)
    assert prose.count("<details>") == prose.count("</details>") == folds + captions
    assert "<details open" not in prose


@chapters
def test_links_lead_to_files_that_are_there(chapter):
    _, copy = pair(chapter)
    for cell in copy.cells:
        if cell.cell_type == "markdown" and cell.id != "references":
            for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
                assert re.match(r"https?:", target) or (play.PLAY / target).is_file(), target


@chapters
def test_folded_code_says_what_it_is_and_the_colab_cell_comes_first(chapter):
    _, copy = pair(chapter)
    code = [cell for cell in copy.cells if cell.cell_type == "code"]
    assert code[0].id == colab_cell.ID and colab_cell.SETTING in code[0].source
    for cell in code:
        assert cell.source.startswith("# @title ") == (cell.metadata.get("cellView") == "form")


# --- its parts -------------------------------------------------------------------------------------


def test_a_box_is_a_quotation_with_its_title_and_mathematics_on_one_line():
    text = plain(":::{admonition} Mind\n:class: tip\n\nSo $a +\nb$:\n\n$$\nx\n$$ (eq-a)\n:::\nAfter.")
    assert text == "> **Mind**\n>\n> So $a + b$:\n>\n> $$ x \\tag{3.1}$$\n\nAfter."


def test_what_opens_on_a_click_is_closed_details_with_markdown_inside():
    expected = "<details>\n<summary>Solution</summary>\n\n*So.*\n\n</details>"
    assert plain(":::{dropdown} Solution\n*So.*\n:::") == expected
    assert plain(":::{admonition} Solution\n:class: tip dropdown\n*So.*\n:::") == expected


def test_a_box_in_a_box_is_inside_it():
    text = plain("::::{admonition} Predict\nWhich?\n:::{dropdown} Look\nThis.\n:::\n::::")
    assert text.startswith("> **Predict**") and "> <summary>Look</summary>" in text
    assert all(line.startswith(">") for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("In {numref}`fig-a`.", "In Fig. 3.1."),
        ("In {numref}`fig-b`.", "In [Fig. 2.4](02_building_ei_networks.ipynb)."),
        ("By {eq}`eq-a`.", "By (3.1)."),
        ("As {cite:p}`dale1935,li2023` say.", "As (Dale, 1935; Li et al., 2023) say."),
        ("As {cite:t}`li2023` say.", "As Li et al. (2023) say."),
        ("See [note E5](notes).", "See [note E5](../appendix/reproduction-notes.md)."),
        ("See {ref}`the notes <notes>`.", "See [the notes](../appendix/reproduction-notes.md)."),
        ("See [claims](../appendix/claims).", "See [claims](../appendix/claims.md)."),
        ("See [above](own).", "See above."),
        ("See [it](https://example.org/a#b).", "See [it](https://example.org/a#b)."),
        ("(own)=\n# Title", "# Title"),
        ("$$\nx\n$$ (eq-a)", "$$\nx \\tag{3.1}\n$$"),
        ("$$\nx\n$$\n\nand\n\n$$\ny\n$$ (eq-a)", "$$\nx\n$$\n\nand\n\n$$\ny \\tag{3.1}\n$$"),
        (":::{note}\nSo.\n:::", "> **Note**\n>\n> So."),
        (":::{margin}\nAside.\n:::", "> Aside."),
        (":::{margin} By the way\nAside.\n:::", "> **By the way**\n>\n> Aside."),
        ("```{warning} Not\nthis.\n```", "> **Warning**\n>\n> Not\n>\n> this."),
        ("```python\nx = {1}\n```", "```python\nx = {1}\n```"),
    ],
)
def test_a_phrase_has_its_plain_form(text, wanted):
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (":::{figure} a.png\n:::", "got ':::{figure} a.png'"),
        ("A {term}`word`.", "got '{term}`word`.'"),
        (":::{note}\nSo.", "expected ::: after ':::{note}', got none"),
        ("[x](nowhere.ipynb)", "got 'nowhere.ipynb'"),
        ("{numref}`fig-c`", "expected a label of the book, got 'fig-c'"),
        ("{cite:p}`nobody1900`", "expected an entry of references.bib, got 'nobody1900'"),
    ],
)
def test_what_has_no_plain_form_is_named_in_one_line(text, said):
    with pytest.raises(play.Unreadable) as caught:
        plain(text)
    message = str(caught.value)
    assert said in message and message.startswith(f"{HERE}: expected") and "\n" not in message


def test_a_chapter_that_changes_makes_its_copy_out_of_date(monkeypatch, tmp_path):
    for file in play.PLAY.glob("*.ipynb"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(play, "PLAY", tmp_path)
    changed, gone = sorted(tmp_path.glob("*.ipynb"))[:2]
    changed.write_text(changed.read_text("utf-8").replace("Dale", "Dahl"), "utf-8")
    (tmp_path / "99_none.ipynb").write_bytes(gone.read_bytes())
    gone.unlink()
    assert play.outdated() == [changed.name, gone.name, "99_none.ipynb"]
    assert play.main(["--check"]) == 1
    play.write()
    assert play.outdated() == [] and play.main(["--check"]) == 0


def test_every_way_of_writing_chapters_writes_their_copies():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("notebooks", "generated"):
        recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.M)[1]
        assert "python -m tools.play" in recipe
