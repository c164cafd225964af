"""What chapters need outside the book: a first cell that brings the library to Colab, folded code, ids.

    python -m tools.colab_cell chapters/*.ipynb     # put it there, or renew it

`tools/execute_notebooks.py` does so too. The published copies know where they come from: the book writes
REPOSITORY and REF into them (`_ext/launching.py`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from . import notebooks

ID = "colab"
TAGS = ["remove-cell"]
SOURCE_HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
OUTPUT_HIDDEN = {"hide-cell"}
CELL = """\
# On Colab this fetches the book's library and its archived runs. Where the library is, it does nothing.
REPOSITORY, REF = "", "main"  # empty: the repository and branch that this notebook was opened from

import importlib.util
import os

here, colab = importlib.util.find_spec("daleslaw_lib"), "COLAB_RELEASE_TAG" in os.environ
if not here and not colab:
    print(f"No daleslaw_lib here. Clone {REPOSITORY or 'the repository'}; pip install -e FOLDER[widgets]")
if not here and colab:
    import io
    import re
    import sys
    import urllib.parse
    import urllib.request
    import zipfile
    from pathlib import Path

    if not REPOSITORY:
        sessions = "http://{COLAB_JUPYTER_IP}:{KMP_TARGET_PORT}/api/sessions".format_map(os.environ)
        with urllib.request.urlopen(sessions) as reply:
            opened = urllib.parse.unquote(reply.read().decode())
        opened = re.search(r"github(?:\\.com)?/([^/]+/[^/]+)/blob/(.+?)/(?:chapters|play)/", opened)
        if opened is None:
            raise RuntimeError('REPOSITORY: expected "https://github.com/OWNER/NAME" in this cell, got ""')
        REPOSITORY, REF = f"https://github.com/{opened[1]}", opened[2]
    with urllib.request.urlopen(f"{REPOSITORY}/archive/{REF}.zip") as reply:
        archive = zipfile.ZipFile(io.BytesIO(reply.read()))
    archive.extractall("daleslaw")
    folder = Path("daleslaw", archive.namelist()[0].split("/")[0]).resolve()
    sys.path.insert(0, str(folder))
    try:
        from daleslaw_lib import install_on_colab

        install_on_colab.install(folder, source=f"{REPOSITORY} at {archive.comment.decode()[:10] or REF}")
    except BaseException:  # leave nothing half done that would pass for the library when this runs again
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "daleslaw_lib"]:
            del sys.modules[name]
        raise
"""
SETTING = 'REPOSITORY, REF = "", "main"'


def stamped(source: str, repository: str, ref: str) -> str:
    """The cell as published: it knows its repository and branch, tag or commit."""
    for name, value in {"repository": repository, "ref": ref}.items():
        if not re.fullmatch(r"[\w./:+-]+", value):
            raise ValueError(f"{name}: expected a plain address or name, got {value!r}")
    return source.replace(SETTING, f'REPOSITORY, REF = "{repository}", "{ref}"')


def prepare(notebook) -> None:
    """The cell for Colab after the title, and ids where Colab looks for them in a link to a figure's cell."""
    first_line = CELL.partition("\n")[0]  # an editor may have dropped its id
    before = [c for c in notebook.cells if c.get("id") == ID or c.source.startswith(first_line)]
    notebook.cells = [cell for cell in notebook.cells if cell not in before]
    cell = nbformat.v4.new_code_cell(CELL.rstrip("\n"), id=ID, metadata={"tags": TAGS})
    if before:  # keep the record that it has been executed
        cell.execution_count = before[0].execution_count
    notebook.cells.insert(1, cell)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "figure" in cell.metadata.get("mystnb", {}):
            cell.metadata["id"] = cell.id
        if cell.cell_type == "code":
            fold(cell)


def fold(cell) -> None:
    """What the book hides is closed in JupyterLab and Notebook 7 (`jupyter`) and Colab (`cellView`)."""
    tags = set(cell.metadata.get("tags", []))
    hidden = {"source_hidden": True} if tags & SOURCE_HIDDEN else {}
    hidden |= {"outputs_hidden": True} if tags & OUTPUT_HIDDEN else {}
    others = {k: v for k, v in cell.metadata.get("jupyter", {}).items() if not k.endswith("_hidden")}
    for name, value in {"jupyter": others | hidden, "cellView": "form" if hidden else None}.items():
        cell.metadata.pop(name, None)
        if value:
            cell.metadata[name] = value


if __name__ == "__main__":
    for name in map(Path, sys.argv[1:]):
        notebook = notebooks.read(name)
        prepare(notebook)
        nbformat.write(notebook, name)
