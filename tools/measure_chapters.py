"""How much memory the kernel of each chapter takes at most.

    python -m tools.measure_chapters [chapters/*.ipynb]     # writes benchmarks/chapters.json

Chapters run one after the other, each in a new kernel with one thread, as on Binder. The page
"Run it yourself" has the table (tools/generated.py).
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import date
from pathlib import Path

import nbformat
import torch
from nbclient import NotebookClient

from daleslaw_lib import machine

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "chapters.json"
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def measure(path: Path) -> dict:
    """Runs a chapter; its kernel's peak memory in MB, which other work on the machine does not change."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=600, resources=resources).execute()
    kibibytes = int(notebook.cells[-1].outputs[0].text)
    return {"chapter": path.stem, "peak_megabytes": round(kibibytes * 1024 / 1e6)}


def main() -> None:
    for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[pool] = "1"
    chapters = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "chapters").glob("*.ipynb"))
    rows = []
    for path in chapters:
        rows.append(measure(path))
        print(rows[-1], flush=True)
    measured = {
        "machine": f"{platform.machine()}, one thread of {machine.cores()} cores",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "date": date.today().isoformat(),
        "chapters": rows,
    }
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
