"""Execute notebooks in place and leave in the file only what a reader or a diff needs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from . import colab_cell, notebooks

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def join_streams(outputs: list) -> list:
    """Pieces of one stream, however they happened to arrive, as one."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def strip(notebook) -> None:
    """Drop what differs from run to run: times, widget models, the interpreter's version."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}} | {
        k: v for k, v in notebook.metadata.items() if k in ("mystnb", "orphan")
    }
    for cell in notebook.cells:
        for volatile in ("execution", "ExecuteTime", "collapsed", "scrolled"):
            cell.metadata.pop(volatile, None)
        if cell.cell_type != "code":
            continue
        cell.outputs = join_streams(cell.outputs)
        for output in cell.outputs:
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def execute(path: Path) -> None:
    started = time.perf_counter()
    notebook = notebooks.read(path)
    colab_cell.prepare(notebook)
    notebook.metadata["kernelspec"] = KERNEL
    NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    strip(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    size = path.stat().st_size / 1e6
    print(f"{path}  {time.perf_counter() - started:.0f} s  {size:.2f} MB", flush=True)


def main(arguments: list[str]) -> None:
    try:
        for name in arguments:
            execute(Path(name))
    except notebooks.Unreadable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
