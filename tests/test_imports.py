"""What can be imported, and used, where torch and the rest are not installed."""

import importlib
import os
import subprocess
import sys

import pytest

from helpers import ROOT

BLOCK = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent!r}:
            raise ImportError(name + " is not installed")

sys.meta_path.insert(0, Absent())
"""
ALL_BUT_NUMPY = ("torch", "scipy", "pandas", "pyarrow", "matplotlib", "pooch", "tqdm", "ipywidgets")
NUMPY_ONLY = ("checks", "spectra", "initialisation", "theory", "tasks.mnist")


def run_without(absent, code):
    """Runs `code` in a fresh interpreter in which `absent` cannot be imported."""
    code = BLOCK.format(absent=absent) + code
    command, environment = [sys.executable, "-c", code], os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("absent", ALL_BUT_NUMPY)
def test_the_blocker_blocks(absent):
    done = run_without(ALL_BUT_NUMPY, f"import {absent}")
    assert done.returncode != 0 and f"ImportError: {absent} is not installed" in done.stderr


@pytest.mark.parametrize("module", NUMPY_ONLY)
def test_numpy_is_enough_to_import(module):
    done = run_without(ALL_BUT_NUMPY, f"import daleslaw_lib.{module}")
    assert done.returncode == 0, done.stderr


def test_a_network_is_drawn_and_its_spectrum_computed_without_torch():
    done = run_without(
        ("torch",),
        "import numpy as np\n"
        "from daleslaw_lib import initialisation, spectra\n"
        "rng = np.random.default_rng(0)\n"
        "for kind in initialisation.KINDS:\n"
        "    initialisation.draw_network(kind, 28, 20, 10, rng=rng)\n"
        "W = initialisation.colei_weights(20, 9, rng=rng)\n"
        "print(round(float(spectra.spectral_radius(W)), 9), 'torch' in sys.modules)",
    )
    assert done.stdout.split() == ["1.5", "False"], done.stderr


def test_importing_the_library_imports_no_torch():
    done = run_without((), "import daleslaw_lib\nprint('torch' in sys.modules)")
    assert done.stdout.split() == ["False"], done.stderr


NO_TORCH = """
checks checkpoints evaluation_times spectra theory initialisation tasks.mnist tasks.adding tasks.penn_treebank
experiments archive.reading archive.writing running costs jobs jobs.drawing code_digests statistics
evidence.summary evidence.starts evidence.claims figures widgets studies.initial_spectra
studies.initial_spectra.draws
studies.initial_spectra.laboratory studies.initial_spectra.ellipse studies.learning studies.radius
studies.entropy studies.size studies.transplants studies.building notebook install_on_colab
""".split()


def test_what_a_chapter_in_the_browser_needs_imports_without_torch():
    """Package by package, in one interpreter; what needs torch is imported when it is asked for."""
    code = "import importlib, sys\n" + "".join(
        f"importlib.import_module('daleslaw_lib.{module}')\n" for module in NO_TORCH
    )
    done = run_without(("torch",), code + "print('torch' in sys.modules)")
    assert done.stdout.split() == ["False"], done.stderr


@pytest.mark.parametrize("words", [["list"], ["status"], ["show", "adding"]], ids=" ".join)
def test_what_is_there_is_looked_at_without_torch(words):
    """So each of them answers in a second."""
    done = run_without(("torch",), f"from daleslaw_lib.__main__ import main\nraise SystemExit(main({words}))")
    assert done.returncode == 0 and "adding" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "package, name",
    [("running", "train_here"), ("studies.size", "share_clipped"), ("studies.transplants", "until")],
)
def test_a_package_hands_on_what_needs_torch_when_it_is_asked_for(package, name):
    code = f"import daleslaw_lib.{package} as package\n"
    done = run_without(("torch",), code + f"package.{name}")
    assert "ImportError: torch is not installed" in done.stderr
    done = run_without((), code + f"print(package.{name}.__name__, '{name}' in package.__all__)")
    assert done.stdout.split() == [name, "True"], done.stderr
    done = run_without((), code + "package.no_such_name")
    assert f"AttributeError: module 'daleslaw_lib.{package}' has no attribute 'no_such_name'" in done.stderr


@pytest.mark.parametrize("package", ["daleslaw_lib", "daleslaw_lib.running", "daleslaw_lib.jobs"])
def test_the_tab_key_finds_every_name_that_a_package_hands_on(package):
    module = importlib.import_module(package)
    names = {name for names in module.LATER.values() for name in names}
    assert names | set(module.LATER) | {"__name__"} <= set(dir(module)) and "no_such_name" not in dir(module)
