"""The oldest versions that pyproject.toml allows: listed, installed, and tried on what matters.

    python -m tools.oldest                   # name==version, a line each, for pip
    python -m tools.oldest try [FOLDER]      # install them into a new environment in FOLDER, and run CHECKS

A lower bound is a promise. What nobody declares, pip chooses: the newest that goes with these.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("widgets", "test")  # what a live notebook and the suite need; the book is built from the lock
NOT_RUN = {"ruff"}  # it checks how the code is written, not what it does
CHECKS = {
    "suite": "pytest -q tests/initialisation tests/networks tests/training tests/tasks tests/archive "
    "tests/evidence tests/figures tests/studies tests/widgets tests/test_checks.py tests/test_spectra.py "
    "tests/test_theory.py tests/test_notebook.py tests/test_imports.py tests/test_checkpoints.py "
    "tests/test_locks.py",
    "verify": "daleslaw_lib verify",
    "claims": "daleslaw_lib claims",
    "smoke": "daleslaw_lib run one_layer_mnist --scale smoke --fresh --device cpu",
    "archives": "tools.oldest read",
}


def pyproject() -> dict:
    """What the project declares of itself."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def requirements(declared: dict, extras=EXTRAS) -> list[Requirement]:
    """What is declared: of the library, and of these extras."""
    project = declared["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    found = {r.name: r for r in map(Requirement, lines) if not r.name.startswith("daleslaw")}
    return [found[name] for name in sorted(found) if name not in NOT_RUN]


def oldest(requirement: Requirement) -> str:
    """The lower bound of a requirement.

    Raises: ValueError if it has none, or one that cannot be installed as it stands.
    """
    bounds = [s.version for s in requirement.specifier if s.operator in (">=", "==")]
    if len(bounds) != 1 or "*" in bounds[0]:
        raise ValueError(
            f"{requirement.name}: expected one lower bound, got {requirement.specifier or 'none'}"
        )
    return bounds[0]


def pins(declared: dict, extras=EXTRAS) -> list[str]:
    return [f"{r.name}=={oldest(r)}" for r in requirements(declared, extras)]


def read_all() -> int:
    """Every archive, read whole; how many."""
    from daleslaw_lib import experiments
    from daleslaw_lib.archive import reading

    n = 0
    for name in experiments.EXPERIMENTS:
        for scale in reading.archived_scales(name):
            archive = reading.load(name, scale)
            n += 1
            print(f"{name} {scale}: {len(archive.runs):,} runs, {len(archive.curves):,} lines of curves")
    return n


def attempt(folder: Path, pinned: list[str]) -> list[str]:
    """Install into a new environment and run the checks there; the names of those that fail."""
    venv.create(folder, with_pip=True, clear=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, *pinned], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", str(ROOT)], check=True)
    failed = []
    with tempfile.TemporaryDirectory() as results:
        for name, command in CHECKS.items():
            settings = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            if name == "smoke":  # into a folder of its own: the archive stays as it is
                settings["DALESLAW_RESULTS"] = results
            print(f"--- {name}: python -m {command}", flush=True)
            clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DALESLAW_RES"))}
            done = subprocess.run([python, "-m", *command.split()], cwd=ROOT, env=clean | settings)
            failed += [name] if done.returncode else []
    return failed


def main(arguments: list[str]) -> int:
    match arguments:
        case ["read"]:
            return 0 if read_all() else 1
        case []:
            print("\n".join(pins(pyproject())))
            return 0
        case ["try", *rest] if len(rest) < 2:
            pinned = pins(pyproject())
            with tempfile.TemporaryDirectory() as scratch:
                failed = attempt(Path(*rest) if rest else Path(scratch, "venv"), pinned)
            print(f"oldest versions: {', '.join(failed) or 'nothing'} failed on {', '.join(pinned)}")
            return 1 if failed else 0
    sys.exit("usage: python -m tools.oldest [try [FOLDER] | read]")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
