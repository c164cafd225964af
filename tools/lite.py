"""Chapters that run in the browser: a JupyterLite site in _build/lite, by `make lite`.

Pyodide has NumPy, SciPy, pandas and Matplotlib, and no torch: the NumPy half of the library runs there, as a
wheel that asks for no torch, and so do chapters 1 and 3. Pyodide itself is not in the site: a browser fetches
it from where jupyterlite-pyodide-kernel says.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from . import colab_cell

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build" / "lite"
ABSENT = ("torch", "tqdm", "pooch")  # needed for training and for fetching data only
# Chapters, and their cells that need torch after all: verdicts are corrected for all claims at once.
CHAPTERS = {"01_dales_law": (), "03_spectra_at_initialisation": ("assert", "facts-stand")}
ARCHIVES = ("spectra",)
WHEELS = ("ipywidgets", "jupyterlab-widgets", "anywidget", "psygnal", "filelock")
CELL = """\
# The library and its widgets, from wheels beside this page. The first time takes a minute.
%pip install -q daleslaw_lib[widgets]"""


def without_torch(pyproject: str) -> str:
    """pyproject.toml with fewer requirements: those that a browser can have.

    Raises: ValueError if one of ABSENT is not among them.
    """
    for name in ABSENT:
        pyproject, found = re.subn(rf'^    "{name}>=[^"]*",\n', "", pyproject, flags=re.MULTILINE)
        if found != 1:
            raise ValueError(f"pyproject.toml: expected {name} once among the dependencies, got {found}")
    return pyproject


def for_the_browser(notebook, leave_out: tuple[str, ...]) -> None:
    """The cell for Colab becomes one for JupyterLite; cells to leave out say why they are."""
    for cell in notebook.cells:
        if cell.id == colab_cell.ID:
            cell.source = CELL
        if cell.id in leave_out:
            cell.source, cell.outputs = "# This cell needs torch, which a browser does not have.", []


def wheel(folder: Path) -> Path:
    """The library's wheel for the browser, built into `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(ROOT / "daleslaw_lib", Path(scratch, "daleslaw_lib"))
        for name in ("README.md", "LICENSE"):
            shutil.copy(ROOT / name, scratch)
        pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
        Path(scratch, "pyproject.toml").write_text(without_torch(pyproject), "utf-8")
        pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder), scratch]
        subprocess.run(pip, check=True)
    return next(folder.glob("daleslaw_lib-*.whl"))


def contents(folder: Path) -> None:
    """The chapters, and the archive that they read, as JupyterLite's files."""
    for name, leave_out in CHAPTERS.items():
        notebook = nbformat.read(ROOT / "play" / f"{name}.ipynb", as_version=4)
        for_the_browser(notebook, leave_out)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    for name in ARCHIVES:
        shutil.copytree(ROOT / "results" / name, folder / "results" / name)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        wheels, files = Path(scratch, "wheels"), Path(scratch, "files")
        wheels.mkdir()
        files.mkdir()
        wheel(wheels)
        contents(files)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(wheels)]
        pure = ["--platform", "any", "--only-binary", ":all:"]
        subprocess.run([*pip, *pure, *WHEELS], check=True)
        shutil.rmtree(OUT, ignore_errors=True)
        build = [sys.executable, "-m", "jupyterlite_core", "build", "--apps", "lab"]
        build += ["--contents", str(files), "--output-dir", str(OUT)]
        for file in sorted(wheels.iterdir()):
            build += ["--piplite-wheels", str(file)]
        subprocess.run(build, check=True, cwd=scratch)
    print(f"The browser's chapters are built: {OUT.relative_to(ROOT)}/lab/index.html")


if __name__ == "__main__":
    main()
