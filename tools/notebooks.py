"""Notebooks as the book keeps them, whatever has been done to them since.

    python -m tools.notebooks chapters/*.ipynb     # one line for each that cannot be read, or needs mending

Colab, VS Code and others write what they like: another kernel's name, an older format in which cells have no
ids, settings of their own. `read` undoes that; `make notebooks` writes the result.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import nbformat

ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # nbformat's rule
THEIRS = (
    "colab",
    "outputId",
    "executionInfo",
    "vscode",
    "papermill",
    "pycharm",
    "id",
)  # in a cell's metadata
MEND = "run: make notebooks CHAPTERS={}"


class Unreadable(ValueError):
    """A file that is not a notebook of ours: one line."""


def load(path: Path) -> dict:
    """The file's JSON, as it is.

    Raises: Unreadable if it is not a notebook in Python of format 4.
    """
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"{path}: expected a notebook, got a file that cannot be read: {reason}") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        version = content.get("nbformat") if isinstance(content, dict) else None
        raise Unreadable(f"{path}: expected a notebook of format 4, got {version or 'none'}")
    language = content.get("metadata", {}).get("language_info", {}).get("name", "python")
    if language.lower() not in ("python", "ipython"):
        raise Unreadable(f"{path}: expected a notebook in python, got {language}")
    return content


def read(path: Path):
    """The notebook in the format of today, with an id in every cell, and ids that moved in their place."""
    content = load(path)
    with_ids(content)
    content["nbformat"], content["nbformat_minor"] = 4, 5
    try:
        notebook = nbformat.reads(json.dumps(content), as_version=4)
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise Unreadable(
            f"{path}: expected a valid notebook of format 4, got {error.message.splitlines()[0]}"
        ) from None
    return notebook


def with_ids(content: dict) -> None:
    """Every cell gets the id that it had, else one made from its words; all differ."""
    taken: set[str] = set()
    for cell in content["cells"]:
        metadata = cell.setdefault("metadata", {})
        figure = "figure" in metadata.get("mystnb", {})
        wanted = str(cell.get("id") or metadata.get("id") or "")
        for name in THEIRS if not figure else THEIRS[:-1]:  # a figure's cell keeps its id where Colab looks
            metadata.pop(name, None)
        if not ID.fullmatch(wanted) or wanted in taken:
            words = "".join(cell.get("source", ""))
            wanted = hashlib.sha256(words.encode()).hexdigest()[:8]
            while wanted in taken:
                wanted = hashlib.sha256(wanted.encode()).hexdigest()[:8]
        taken.add(wanted)
        cell["id"] = wanted
        if figure:
            metadata["id"] = wanted


def faults(path: Path) -> list[str]:
    """What the book cannot use of a notebook as it is on disk, one line each."""
    try:
        content = load(path)
        read(path)
    except Unreadable as error:
        return [str(error)]
    minor = content.get("nbformat_minor")
    if any("id" not in cell for cell in content["cells"]):
        return [f"{path}: expected format 4.5, in which cells have ids, got 4.{minor}; {MEND.format(path)}"]
    if "widgets" in content.get("metadata", {}):
        return [f"{path}: expected no stored state of widgets; {MEND.format(path)}"]
    return []


def main(arguments: list[str]) -> None:
    if found := [line for name in arguments for line in faults(Path(name))]:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main(sys.argv[1:])
