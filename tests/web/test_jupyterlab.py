"""A chapter in a live JupyterLab and Notebook 7: code folded, prose rendered, and whose keys are whose."""

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from helpers import ROOT
from helpers.web import CHROMIUM, INSTALL, NODE, answer, installed, needs, run
from tools.browser import JUPYTER

CHAPTER, PLAYED = (ROOT / "play" / f"{name}.ipynb" for name in ("01_dales_law", "08_svd_entropy"))
HERE = {name: importlib.util.find_spec(name) for name in JUPYTER}
PAGES = {"JupyterLab": "lab/tree", "Notebook 7": "notebooks"}
pytestmark = needs(node=NODE, chromium=CHROMIUM, **{INSTALL: installed("playwright-core")}, **HERE)


def shortened(folder):
    """The chapter's prose and what is folded in it: a figure, another chapter's playground, a solution."""
    notebook = nbformat.read(CHAPTER, 4)
    (played,) = [cell for cell in nbformat.read(PLAYED, 4).cells if "widgets.play" in cell.source]
    imports = "from daleslaw_lib import widgets\nfrom daleslaw_lib.studies import entropy\n"
    played.source = f"# @title Played\n{imports}{played.source}"
    played.metadata["jupyter"] = {"source_hidden": True}
    kept = {"colab", "imports", "solution"}
    notebook.cells = [played] + [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" or cell.id in kept or "show_laboratory" in cell.source
    ]
    notebook.cells.sort(key=lambda cell: cell.cell_type == "markdown")  # what is played with, in sight
    nbformat.write(notebook, folder / "chapter.ipynb")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    shortened(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--IdentityProvider.token=", "--expose-app-in-browser", f"--notebook-dir={folder}"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    environment = os.environ | own | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with open(folder / "log", "w") as log:
        lab = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=5)
                break
            except OSError:
                assert lab.poll() is None, (folder / "log").read_text()
                time.sleep(0.25)
        pages = [f"{address}/{page}/chapter.ipynb" for page in PAGES.values()]
        yield dict(zip(PAGES, answer(run("book/lab.mjs", CHROMIUM, folder / "page", *pages, seconds=480))))
    finally:
        lab.terminate()
        lab.wait(30)


@pytest.fixture(params=PAGES)
def seen(request, reports):
    return reports[request.param]


def test_the_cell_for_colab_and_folded_code_are_closed_and_so_are_solutions(seen):
    cells = seen["folded"]
    assert cells[0]["source"]  # the cell for Colab
    assert all("@title" in cell["label"] for cell in cells if cell["source"])
    assert all(cell["source"] for cell in cells)  # all that is kept here is folded in the book
    closed = [one for cell in seen["prose"] for one in cell["closed"]]
    assert closed and all(closed)


def test_prose_is_rendered_and_no_markup_is_left(seen):
    text = "\n".join(cell["text"] for cell in seen["prose"])
    assert "Dale" in text and len(text) > 2000
    assert ":::" not in text and "{admonition}" not in text and "{dropdown}" not in text
    assert not re.search(r"\{[a-z:]+\}|fig-|eq-|\$|<details|\*\*|^> ", text, re.M)


def test_figures_have_captions_and_numbers_and_citations_have_authors(seen):
    text = "\n".join(cell["text"] for cell in seen["prose"])
    assert re.search(r"^Fig\. 1\.1\. \w", text, re.M) and "References" in text
    assert re.search(r"\(Li et al\., 2023\)", text)
    assert all(cell["width"] <= cell["room"] for cell in seen["prose"])


@pytest.mark.parametrize("control", ["figure", "playground"])
def test_keys_pressed_in_a_control_move_it_and_leave_the_notebook_alone(seen, control):
    steps = seen["keys"][control]
    assert [step["keys"] for step in steps] == ["ArrowRight", "ArrowUp", "d d", "a", "Escape"]
    right, up, *others = steps
    assert up["value"] > right["value"]
    assert [step["value"] for step in others] == [up["value"]] * 3
    assert len({(step["cells"], step["active"]) for step in steps}) == 1
    assert all(step["focused"] for step in steps)
