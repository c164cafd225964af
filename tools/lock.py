"""Derive requirements.txt from pyproject.toml: what pip would install now, every version pinned.

The part of it that chapters run on goes to binder/requirements.txt, with the build of torch for CPUs.

The first lines carry a digest of the ranges that were resolved, so that a test can tell when
pyproject.toml has moved on and the lock has not.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from .oldest import pyproject

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.txt"
BINDER = ROOT / "binder" / "requirements.txt"
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
# Only for some builds of torch, which asks for them itself.
ACCELERATOR = re.compile(r"^(nvidia-|cuda-|triton$)")


def wanted() -> list[str]:
    """Every requirement that the lock is derived from, sorted."""
    declared = pyproject()
    project, lock = declared["project"], declared["tool"]["daleslaw"]["lock"]
    extras = [r for extra in lock["extras"] for r in project["optional-dependencies"][extra]]
    return sorted([*project["dependencies"], *extras, *lock["pins"]])


def digest() -> str:
    return hashlib.sha256("\n".join(wanted()).encode()).hexdigest()[:16]


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def live() -> list[str]:
    """What the chapters need to run: the library's own requirements and those of live widgets."""
    project = pyproject()["project"]
    return sorted([*project["dependencies"], *project["optional-dependencies"]["widgets"]])


def resolve(*requirements: str) -> dict[str, str]:
    """Name -> version of all that pip would install for these into an empty environment."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "-qq"]
    report = subprocess.run(
        [*command, "--report", "-", *requirements], check=True, stdout=subprocess.PIPE, text=True
    )
    packages = [item["metadata"] for item in json.loads(report.stdout)["install"]]
    pins = {normalised(p["name"]): p["version"].split("+")[0] for p in packages}
    return {name: pins[name] for name in sorted(pins) if not ACCELERATOR.match(name)}


def write_binder() -> None:
    """The locked versions of what the chapters need to run."""
    pins = resolve("--constraint", str(LOCK), *live())
    pins["torch"] += "+cpu"
    head = "# The part of ../requirements.txt that the chapters run on; by `make lock`, not by hand."
    BINDER.parent.mkdir(exist_ok=True)
    lines = [head, f"--extra-index-url {CPU_BUILDS}", *(f"{n}=={v}" for n, v in pins.items())]
    BINDER.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    pins = resolve(*wanted())
    head = [
        "# Derived from pyproject.toml by `make lock`; not edited by hand.",
        f"# ranges: {digest()}",
    ]
    LOCK.write_text("\n".join([*head, *(f"{n}=={v}" for n, v in pins.items())]) + "\n", "utf-8")
    write_binder()
    print(f"{LOCK.name}: {len(pins)} packages")


if __name__ == "__main__":
    main()
