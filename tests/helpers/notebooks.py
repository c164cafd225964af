"""A notebook run from top to bottom in a process of its own, its live cells left out."""

import os
import subprocess
import sys

RUN = """
import os
import sys
import matplotlib
import nbformat

matplotlib.use("Agg")
import matplotlib.pyplot

notebook, *folders = sys.argv[1:]
for folder in folders:
    os.environ["DALESLAW_RESULTS"] = folder
    print("results in", folder, file=sys.stderr)
    names = {"__name__": "__main__"}
    for cell in nbformat.read(notebook, 4).cells:
        if cell.cell_type == "code" and "live" not in cell.metadata.get("tags", []):
            exec(compile(cell.source, cell.id, "exec"), names)
    matplotlib.pyplot.close("all")
"""


def opens(notebook, *results, seconds=600):
    """Whether it runs over each of these folders of results, without a traceback.

    One process takes them one after another: half of its time would else be the packages' imports.
    """
    command = [sys.executable, "-c", RUN, str(notebook), *map(str, results)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr[-2000:]
