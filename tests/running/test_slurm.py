"""The script for Slurm asks for what it says; no Slurm is needed to see that."""

import ast
import importlib.util

import pytest

from helpers import ROOT

jobqueue = pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed (extra [cluster])")

SCRIPT = ROOT / "tools" / "slurm_sweep.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("slurm_sweep", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_job_has_the_workers_threads_and_limit_of_the_settings(script):
    quiet = {"dashboard_address": None}
    with jobqueue.SLURMCluster(**script.SETTINGS, scheduler_options=quiet) as cluster:
        job = cluster.job_script()
    for line in (
        "#SBATCH -p normal",
        "#SBATCH --cpus-per-task=8",
        "#SBATCH -t 04:00:00",
        "export OMP_NUM_THREADS=1",
    ):
        assert line in job.splitlines()
    assert "--nthreads 1" in job and "--nworkers 8" in job and "--lifetime 230m" in job


def test_it_calls_the_runner_with_arguments_that_the_runner_has(script):
    import inspect

    from daleslaw_lib.running import runner

    calls = [node for node in ast.walk(ast.parse(SCRIPT.read_text())) if isinstance(node, ast.Call)]
    (call,) = [node for node in calls if ast.unparse(node.func) == "runner.run"]
    inspect.signature(runner.run).bind(*call.args, **{word.arg: word.value for word in call.keywords})


@pytest.mark.parametrize("arguments", [[], ["size"], ["size", "paper", "more"]])
def test_it_says_in_a_line_which_words_it_takes(script, arguments):
    with pytest.raises(SystemExit) as end:
        script.main(arguments)
    assert end.value.code == "usage: python -m tools.slurm_sweep EXPERIMENT SCALE"
