"""A notebook run from top to bottom in a process of its own, its live cells left out."""

import os
import subprocess
import sys

import nbformat

from _ext import where_from

RUN = """
import os
import sys
import matplotlib
import nbformat

matplotlib.use("Agg")
import matplotlib.pyplot

notebook, reading, *folders = sys.argv[1:]
names = {"__name__": "__main__"}
for folder in folders:
    os.environ["DALESLAW_RESULTS"] = folder
    print("results in", folder, file=sys.stderr)
    for cell in nbformat.read(notebook, 4).cells:
        if cell.cell_type != "code" or "live" in cell.metadata.get("tags", []):
            continue
        if folder == folders[0] or cell.id in reading.split():
            exec(compile(cell.source, cell.id, "exec"), names)
    matplotlib.pyplot.close("all")
"""


def opens(notebook, *results, seconds=600):
    """Whether it runs over each of these folders of results, without a traceback.

    One process takes them one after another: half of its time would else be the packages' imports. What reads
    no results is run once, with the first of them.
    """
    cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    sources = where_from.traced(cell.source for cell in cells)
    reading = " ".join(cell.id for cell, found in zip(cells, sources) if found)
    command = [sys.executable, "-c", RUN, str(notebook), reading, *map(str, results)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr[-2000:]
