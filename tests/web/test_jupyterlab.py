"""A chapter in a live JupyterLab: code and solutions are folded, prose is rendered, sliders take arrows."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from helpers import ROOT
from helpers.web import CHROMIUM, INSTALL, NODE, answer, installed, needs, run
from tools import launch_cell

CHAPTER = ROOT / "chapters" / "01_dales_law.ipynb"
HERE = {name: importlib.util.find_spec(name) for name in ("jupyterlab", "jupyterlab_myst", "anywidget")}
pytestmark = needs(node=NODE, chromium=CHROMIUM, **{INSTALL: installed("playwright-core")}, **HERE)


def shortened(folder):
    """The chapter's prose with all that is folded in it, a figure, a playground, a solution."""
    notebook = nbformat.read(CHAPTER, 4)
    kept = {"launch", "imports", "solution"}
    figures = "show_laboratory", "widgets.play"
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" or cell.id in kept or any(word in cell.source for word in figures)
    ]
    notebook.cells.sort(key=lambda cell: cell.cell_type == "markdown")  # what is played with, in sight
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    launch_cell.prepare(notebook)
    nbformat.write(notebook, folder / "chapter.ipynb")


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    shortened(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--IdentityProvider.token=", "--expose-app-in-browser", f"--notebook-dir={folder}"]
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
        page = f"{address}/lab/tree/chapter.ipynb"
        yield answer(run("book/lab.mjs", page, CHROMIUM, folder / "page.png", seconds=240))
    finally:
        lab.terminate()
        lab.wait(30)


def test_the_launch_cell_and_folded_code_are_closed_and_so_are_solutions(seen):
    cells = seen["folded"]
    assert cells[0]["source"]  # the launch cell
    assert all(cell["source"] for cell in cells)  # all that is kept here is folded in the book
    closed = [one for cell in seen["prose"] for one in cell["closed"]]
    assert closed and all(closed)


def test_prose_is_rendered_and_no_markup_is_left(seen):
    text = "\n".join(cell["text"] for cell in seen["prose"])
    assert "Dale" in text and len(text) > 2000
    assert ":::" not in text and "{admonition}" not in text and "{dropdown}" not in text


def test_arrows_move_a_playgrounds_slider(seen):
    play = seen["playground"]
    assert play["moved"] != play["before"] and play["focused"]
