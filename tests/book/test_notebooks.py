"""Notebooks that come back from elsewhere: read as ours, or refused in one line."""

import json

import nbformat
import pytest

from helpers import ROOT
from tools import colab_cell, execute_notebooks, notebooks

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


def as_from_colab(path, folder, keep_ids=True):
    """The notebook as Colab saves it: format 4.0, ids in the cells' metadata, settings of its own."""
    content = json.loads(path.read_text("utf-8"))
    content["nbformat_minor"] = 0
    content["metadata"]["colab"] = {"provenance": []}
    content["metadata"]["kernelspec"] = {"name": "my-env", "display_name": "My environment"}
    for cell in content["cells"]:
        metadata = cell["metadata"]
        metadata |= {"id": cell.pop("id"), "outputId": "x", "executionInfo": {"user": {}}}
        if not keep_ids:
            del metadata["id"]
    file = folder / path.name
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return file


@chapters
def test_a_chapter_of_ours_is_read_as_it_is(chapter):
    assert nbformat.writes(notebooks.read(chapter)) + "\n" == chapter.read_text("utf-8")
    assert notebooks.faults(chapter) == []


@chapters
def test_a_chapter_that_was_on_colab_is_read_as_before(chapter, tmp_path):
    back = notebooks.read(as_from_colab(chapter, tmp_path))
    assert back.cells == notebooks.read(chapter).cells


def test_ids_that_were_lost_are_made_again_always_the_same(tmp_path):
    file = as_from_colab(CHAPTERS[0], tmp_path, keep_ids=False)
    first, second = notebooks.read(file), notebooks.read(file)
    ids = [cell.id for cell in first.cells]
    assert ids == [cell.id for cell in second.cells] and len(set(ids)) == len(ids)


def test_a_cell_for_colab_without_its_id_is_renewed_not_doubled(tmp_path):
    notebook = notebooks.read(as_from_colab(CHAPTERS[0], tmp_path, keep_ids=False))
    colab_cell.prepare(notebook)
    assert [cell.id for cell in notebook.cells].count(colab_cell.ID) == 1
    assert sum(cell.source.startswith(colab_cell.CELL[:40]) for cell in notebook.cells) == 1


def test_two_cells_of_one_id_get_two(tmp_path):
    content = json.loads(CHAPTERS[0].read_text("utf-8"))
    content["cells"].append(content["cells"][0])
    (tmp_path / "n.ipynb").write_text(json.dumps(content))
    ids = [cell.id for cell in notebooks.read(tmp_path / "n.ipynb").cells]
    assert len(set(ids)) == len(ids) == len(content["cells"])


def test_execution_takes_this_environments_kernel_and_writes_todays_format(tmp_path):
    cells = [{"cell_type": "code", "source": f"{k}", "metadata": {}, "outputs": [], "execution_count": None}
             for k in range(2)]  # fmt: skip
    metadata = {"kernelspec": {"name": "my-env", "display_name": "x"}, "widgets": {}}
    file = tmp_path / "n.ipynb"
    file.write_text(
        "\ufeff" + json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 0}),
        "utf-8",
    )
    assert len(notebooks.faults(file)) == 1
    execute_notebooks.main([str(file)])
    notebook = nbformat.read(file, 4)
    assert notebook.nbformat_minor == 5 and notebook.metadata.kernelspec.name == "python3"
    assert [c.outputs[0]["data"]["text/plain"] for c in notebook.cells if c.id != colab_cell.ID] == ["0", "1"]
    assert notebooks.faults(file) == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<<<<<<< HEAD\n{}", "cannot be read"),
        ("[]", "format 4, got none"),
        ('{"nbformat": 3, "worksheets": []}', "format 4, got 3"),
        ('{"nbformat": 4, "cells": [], "metadata": {"language_info": {"name": "R"}}}', "in python, got R"),
        ('{"nbformat": 4, "cells": [{"cell_type": "odd", "source": ""}]}', "a valid notebook"),
        ('{"nbformat": 4, "nbformat_minor": 0, "cells": [{"cell_type": "raw", "source": "", "metadata": {}}],'
         ' "metadata": {}}', "got 4.0; run: make notebooks CHAPTERS="),
        ('{"nbformat": 4, "cells": [], "metadata": {"widgets": {}}}', "state of widgets"),
    ],
)  # fmt: skip
def test_what_the_book_cannot_use_is_named_in_one_line(tmp_path, content, fault):
    file = tmp_path / "n.ipynb"
    file.write_text(content)
    (line,) = notebooks.faults(file)
    assert line.startswith(f"{file}: expected ") and fault in line and "\n" not in line
    with pytest.raises(SystemExit, match=r"n\.ipynb: expected "):
        notebooks.main([str(file)])


def test_a_notebook_that_is_not_there_is_one_line(tmp_path):
    (line,) = notebooks.faults(tmp_path / "n.ipynb")
    assert "No such file" in line and "\n" not in line


def test_the_build_runs_every_notebook_on_its_own_kernel():
    yaml = pytest.importorskip("yaml")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert config["sphinx"]["config"]["nb_kernel_rgx_aliases"] == {".*": "python3"}
