"""What a newcomer does first, done in a copy of the checkout: read an archive and draw it, train a network of
seconds, build a page. The walks of `tools.environments` change one thing around it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 900  # seconds for one command
FIRST = """
import io
from daleslaw_lib.notebook import archive
from daleslaw_lib.figures import learning_curves
found = archive("one_layer_mnist")
assert found, found
assert len(found.runs) > 1, len(found.runs)
learning_curves(found).savefig(io.BytesIO())
"""
CHAPTER = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "somebodys", "display_name": "x", "language": "python"}},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# A chapter"]},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"mystnb": {"image": {"alt": "a line"}}},
            "source": [
                "from daleslaw_lib.spectra import svd_entropy\n",
                "import matplotlib.pyplot as plt\n",
                "plt.plot([1, 2]);",
            ],
            "outputs": [],
            "execution_count": None,
        },
    ],
}
SMOKE = ("-m", "daleslaw_lib", "run", "one_layer_mnist", "--scale", "smoke", "--fresh", "--device", "cpu")
LEFT_OUT = (
    ".venv",
    "_build",
    "node_modules",
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    "*.egg-info",
    "build",
)


class Skip(Exception):
    """What this machine lacks."""


class Failed(Exception):
    """What went wrong, in a line."""


def copy(folder: Path, name: str = "book", git: bool = True) -> Path:
    """The checkout as it is on disk, in a new folder; without what is built and, if told so, without git."""
    target = folder / name
    ignore = shutil.ignore_patterns(*LEFT_OUT, ".git")
    shutil.copytree(ROOT, target, ignore=ignore, symlinks=True)
    if git:
        run(["git", "init", "-q"], target)
        run(["git", "add", "-A"], target)
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        run(["git", *who, "commit", "-qm", "as it is"], target)
    return target


def environment(book: Path, **changes: str | None) -> dict[str, str]:
    """This process's, with the copy's library first, and changes; None takes a variable away."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DALESLAW", "PYTHON"))}
    settings = kept | {"PYTHONPATH": str(book), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    settings["PYTHONDONTWRITEBYTECODE"] = "1"
    for name, value in changes.items():
        settings.pop(name, None)
        if value is not None:
            settings[name] = value
    return settings


def run(command: list, folder: Path, env: dict | None = None, **options) -> str:
    """What a command says.

    Raises: Failed with its last line, if it fails or takes longer than LIMIT.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=folder, env=env, capture_output=True, text=True, errors="replace", timeout=LIMIT,
            stdin=subprocess.DEVNULL, **options,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(words[:4])}: no end after {LIMIT} s") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing said").splitlines()
        raise Failed(f"{' '.join(words[:4])}: status {done.returncode}: {said[-1][:300]}")
    return done.stdout + done.stderr


def first_steps(book: Path, env: dict, python: str | Path = sys.executable, **options) -> None:
    """An archive read and drawn where a notebook would do so, without a word; and a network trained."""
    said = run([python, "-c", FIRST], book / "chapters", env, **options)
    if said.strip():
        raise Failed(f"reading an archive: expected silence, got {said.strip().splitlines()[-1][:300]}")
    run([python, *SMOKE], book, env | {"DALESLAW_RESULTS": str(book / "runs")}, **options)


def page(book: Path, env: dict, **options) -> Path:
    """The folder of a book of one page and one executed chapter, built by this environment's Jupyter Book."""
    small = book / "small"
    shutil.copytree(book / "_static", small / "_static")
    for name in (
        "_ext",
        "tools",
        "daleslaw_lib",
        "references.bib",
        "CITATION.cff",
        "results",
        "requirements.txt",
    ):
        (small / name).symlink_to(book / name)
    config = (book / "_config.yml").read_text("utf-8")
    (small / "_config.yml").write_text(
        config.replace("execute_notebooks: cache", "execute_notebooks: force"), "utf-8"
    )
    (small / "_toc.yml").write_text("format: jb-book\nroot: intro\nchapters:\n  - file: chapter\n")
    (small / "intro.md").write_text("# First page\n\nText {cite:p}`li2023`.\n\n```{bibliography}\n```\n")
    (small / "chapter.ipynb").write_text(json.dumps(CHAPTER), "utf-8")
    jupyter_book = Path(sys.executable).parent / "jupyter-book"
    if not jupyter_book.exists():
        raise Skip("Jupyter Book is not installed here")
    path = f"{jupyter_book.parent}{os.pathsep}{env.get('PATH', '')}"
    run([jupyter_book, "build", ".", "-n", "-W", "--keep-going"], small, env | {"PATH": path}, **options)
    html = small / "_build" / "html"
    run([sys.executable, "-m", "tools.check_html", html], book, env, **options)
    return html


def own_folders(book: Path) -> dict[str, str]:
    """What the Makefile hands on so that a home folder is not needed."""
    makefile = (book / "Makefile").read_text("utf-8")
    names = [
        line.split()[1]
        for line in makefile.splitlines()
        if line.startswith("export ") and "/$(VENV)/" in line
    ]
    return {name: str(book / ".own" / name.lower()) for name in names} | {"JUPYTER_PREFER_ENV_PATH": "1"}
