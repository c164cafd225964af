"""The page "Add your own" is a program that runs: its file, its commands, its picture."""

import os
import re
import subprocess
import sys

import pytest

from daleslaw_lib.figures import KIND_STYLE
from helpers import ROOT
from helpers.archives import file_of, whole

PAGE = (ROOT / "appendix" / "add-your-own.md").read_text("utf-8")
FILE = "\n\n".join(re.findall(r"```\{code-block\} python\n:caption: mine.py\n\n(.*?)```", PAGE, re.S))
COMMANDS = re.findall(r"^\$ daleslaw (.*)$", PAGE, re.M)
(NOTEBOOK,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of somebody's own with the page's file in it."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "mine.py").write_text(FILE, "utf-8")
    return folder


def daleslaw(folder, *words):
    variables = {"DALESLAW_RESULTS": str(folder / "results"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    variables["OPENBLAS_NUM_THREADS"] = "1"
    command = [sys.executable, "-m", "daleslaw_lib", *words]
    return subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True)


@pytest.fixture(scope="module")
def archived(folder):
    """What the page's commands print, one after the other."""
    done = [daleslaw(folder, *command.split()) for command in COMMANDS]
    assert [one.returncode for one in done] == [0] * len(COMMANDS), [one.stderr for one in done]
    return [one.stdout for one in done]


def test_a_kind_a_task_and_an_experiment_take_fewer_than_sixty_lines_in_all():
    lines = [line for line in f"{FILE}\n{NOTEBOOK}".splitlines() if line.strip()]
    assert len(lines) + len(COMMANDS) < 60


def test_the_experiment_is_trained_archived_and_verified(archived, folder):
    ran, verified = archived
    assert re.match(r"6 runs trained in \d+ s and archived in .*results/memory/smoke\n", ran)
    assert re.search(r"^memory +smoke +ok$", verified, re.M) and "1 archives, 0 with problems" in verified
    assert whole(folder / "results/memory/smoke")


def test_the_notebooks_lines_make_the_table_and_the_figure(archived, folder, registries, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", str(folder / "results"))
    monkeypatch.chdir(folder)
    names = {}
    exec(NOTEBOOK, names)
    assert list(names["table"].network) == ["RNN", "Sparse RNN"]
    colours = [line.get_color() for line in names["figure"].axes[0].lines]
    assert set(colours) == {KIND_STYLE["rnn"]["color"], "#CC79A7"}
    assert names["figure"].axes[0].get_ylabel() == "test error (%)"


def test_connections_that_were_missing_are_missing_still(folder, registries):
    import torch

    from daleslaw_lib import jobs, own_files
    from daleslaw_lib.experiments import get

    own_files.load(folder / "mine.py")
    runs = [run for run in get("memory").runs("smoke") if run.kind == "sparse"]
    training = jobs.job_of(runs).start()
    before = training.network.layers[0].W.detach().clone()
    training.run()
    after = training.network.layers[0].W.detach()
    assert torch.equal(before == 0, after == 0) and not torch.equal(before, after)
    assert (before != 0).double().mean() == pytest.approx(0.1, abs=0.02)


def test_processes_know_the_file_too_and_give_the_same_numbers(archived, folder):
    alone = file_of(folder / "results/memory/smoke", "curves.parquet").read_bytes()
    done = daleslaw(folder, "--module", "mine.py", "run", "memory", "--fresh", "--processes", "2")
    assert done.returncode == 0, done.stderr
    assert file_of(folder / "results/memory/smoke", "curves.parquet").read_bytes() == alone


def test_a_plan_measures_it_in_other_processes_too(folder):
    done = daleslaw(folder, "--module", "mine.py", "plan", "memory", "--seconds", "0.1", "--processes", "1")
    assert done.returncode == 0 and "with --processes 1, 1 thread each" in done.stdout, done.stderr


def test_a_change_of_the_file_makes_the_archive_stale(archived, folder):
    changed = FILE.replace("< 0.1) / np.sqrt(0.1)", "< 0.2) / np.sqrt(0.2)")
    assert changed != FILE
    (folder / "other.py").write_text(changed, "utf-8")
    done = daleslaw(folder, "--module", "other.py", "verify")
    assert done.returncode == 1
    assert "stale: the library trains sparse" in done.stdout
    assert "daleslaw --module other.py run memory --scale smoke --fresh" in done.stdout


def test_without_the_file_the_experiment_is_not_known(archived, folder):
    done = daleslaw(folder, "run", "memory")
    assert done.returncode == 1 and "got 'memory'" in done.stderr and done.stderr.count("\n") == 1
