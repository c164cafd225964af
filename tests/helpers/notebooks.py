"""A notebook run from top to bottom in a process of its own, its live cells left out."""

import os
import subprocess
import sys

RUN = """
import sys
import matplotlib
import nbformat

matplotlib.use("Agg")
names = {"__name__": "__main__"}
for cell in nbformat.read(sys.argv[1], 4).cells:
    if cell.cell_type == "code" and "live" not in cell.metadata.get("tags", []):
        exec(compile(cell.source, cell.id, "exec"), names)
"""


def opens(notebook, results, seconds=300):
    """Whether it runs over these results, without a traceback."""
    environment = os.environ | {"DALESLAW_RESULTS": str(results), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", RUN, str(notebook)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr[-2000:]
