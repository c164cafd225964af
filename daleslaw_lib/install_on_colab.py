"""On Colab: install the library and what is missing beside it, and leave the rest alone.

The first cell of every chapter calls `install` there (`tools/colab_cell.py`). Colab comes with torch, numpy
and most of the rest. Until that is done, Python's own modules are all that can be imported.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

# What pip takes as a version in a constraint; the system's own packages have others.
VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+([.][a-z0-9]+)*)?")


def installed() -> dict[str, str]:
    """Name -> version of every distribution that this Python finds; of two, the one that is imported."""
    found: dict[str, str] = {}
    for d in metadata.distributions():
        if d.metadata["Name"]:
            found.setdefault(d.metadata["Name"], d.version)
    return dict(sorted(found.items()))


def constraints(versions: dict[str, str]) -> str:
    """Lines for pip that keep each of these at its version."""
    return "".join(f"{name}=={v}\n" for name, v in versions.items() if VERSION.fullmatch(v))


def add(folder: Path) -> str:
    """pip installs the library from `folder`, and only what is missing; what that changed, in words.

    Raises: RuntimeError with pip's words if it cannot, and if anything else that was here has changed.
    """
    before = installed()
    with tempfile.TemporaryDirectory() as scratch:
        fixed = Path(scratch, "constraints.txt")
        fixed.write_text(constraints(before), "utf-8")
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"]
        command += ["--constraint", str(fixed), "--editable", f"{folder}[widgets]"]
        done = subprocess.run(command, capture_output=True, text=True)
    importlib.invalidate_caches()
    after = installed()
    said, others = differences(before, after)
    if done.returncode:
        raise RuntimeError(
            f"pip cannot add the library to what is installed here ({said}). Run this cell again "
            f"once it can:\n{done.stderr.strip()}"
        )
    if others:
        raise RuntimeError(f"pip: expected to change nothing that was here, changed {', '.join(others)}")
    return said


def differences(before: dict[str, str], after: dict[str, str]) -> tuple[str, list[str]]:
    """What was added and what became of the library, in words; and everything else that changed."""
    new = [f"{name} {version}" for name, version in after.items() if name not in before]
    changed = {
        name: f"{name} {version} to {after.get(name, 'nothing')}"
        for name, version in before.items()
        if after.get(name) != version
    }
    said = [f"added {', '.join(new)}"] if new else []
    if library := changed.pop("daleslaw_lib", None):
        said.append(f"changed {library}")
    return "; ".join(said) or "added nothing", list(changed.values())


def install(folder: Path, source: str) -> None:
    """Add the library that lies in `folder`, the archive of runs beside it, and say what there is.

    Raises: RuntimeError as `add`.
    """
    started = time.perf_counter()
    said = add(folder)
    from .archive.reading import archived_scales
    from .devices import device_name, pick_device
    from .experiments import EXPERIMENTS

    archived = sum(bool(archived_scales(name)) for name in EXPERIMENTS)
    seconds = time.perf_counter() - started
    print(f"The library and {archived} archived experiments, from {source}.")
    print(f"In {seconds:.0f} s pip {said}; nothing else was changed.")
    print(f"Live cells train on: {device_name(pick_device('auto'))}.")
