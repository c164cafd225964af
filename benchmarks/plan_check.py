"""Does `daleslaw plan` tell the truth? Plans beside real runs of the same networks.

    python benchmarks/plan_check.py [--processes 2]

Each case is planned, and then trained through the ordinary runner for some hundred updates, with evaluations
and tables; the planned time of those very runs stands beside the time they took. Within 30 % is the promise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from daleslaw_lib import experiments, planning
from daleslaw_lib.running import executors, runner

CASES = {  # experiment and scale, how many of its runs a kind, how many updates
    "1 layer x 100": ("one_layer_mnist", "paper", 10, 900),
    "3 layers x 100": ("three_layer_mnist", "paper", 10, 300),
    "N = 300": ("size", "laptop", 3, 400),
    "adding": ("adding", "paper", 10, 600),
}
PROMISE = 0.30


def some_runs(name: str, scale: str, members: int, updates: int, processes: int) -> tuple:
    """Runs of each kind, shortened, evaluated as often as in the original for their number of updates."""
    found = []
    originals = experiments.get(name).runs(scale)
    if name == "size":
        originals = [run for run in originals if run.hidden == 300]
    for kind in ("rnn", "colei", "dann"):
        run = next(run for run in originals if run.kind == kind)
        every = min(run.eval_every, updates)
        found += [
            replace(run, seed=seed, updates=updates, eval_every=every) for seed in range(members * processes)
        ]
    return tuple(found)


def seconds_of(runs: tuple, processes: int) -> float:
    """Of training them: sums of chunks; with several processes, as the longest of them would take."""
    toy = experiments.Experiment("check", "A check of plans", "", {"smoke": lambda: runs})
    experiments.EXPERIMENTS["check"] = toy
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DALESLAW_RESULTS"] = str(Path(folder) / "results")
        if processes == 1:
            return runner.run("check", "smoke", quiet=True).seconds
        with executors.processes(processes) as pool:
            return runner.run("check", "smoke", executor=pool, threads=1, quiet=True).seconds / processes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=1)
    processes = parser.parse_args().processes
    torch.set_num_threads(1)
    errors = []
    for case, words in CASES.items():
        runs = some_runs(*words, processes)
        if processes == 1:
            planned = planning.plan(runs, torch.device("cpu")).seconds()
        else:
            planned = planning.side_by_side(runs, processes).seconds(processes)
        took = seconds_of(runs, processes)
        errors.append(abs(planned / took - 1))
        print(f"{case:<16}planned {planned:6.1f} s   took {took:6.1f} s   ratio {planned / took:.2f}")
    print(f"median error {statistics.median(errors):.0%}, largest {max(errors):.0%}; promised {PROMISE:.0%}")


if __name__ == "__main__":
    main()
