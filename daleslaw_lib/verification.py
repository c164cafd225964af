"""Is an archive still what the library would make? Damaged tables, changed definitions, other numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from . import experiments, results
from .experiments import RunConfig
from .runs import build, data_digests, load_task


def probes(todo: list[list[RunConfig]]) -> list[RunConfig]:
    """A miniature of each ensemble's first run: 4 updates of 64 digits of the subset, in float64.

    Steps are large and clips small, so that clipping and projection show in the numbers.
    """
    small = dict(
        source="subset", n_train=512, n_valid=0, batch=64, updates=4, eval_every=4, dtype="float64"
    )  # fmt: skip
    firsts = [ensemble[0] for ensemble in todo]
    return list(
        dict.fromkeys(
            replace(run, **small, lr=max(run.lr, 0.3), clip=run.clip and run.clip / 100) for run in firsts
        )
    )


def fingerprint(probe: RunConfig) -> list[float]:
    """What the library makes of a probe: training loss, test loss and error after its updates.

    Recorded in a manifest, and recomputed to see whether the library still gives the same numbers:
    comments and speed may change, results may not.
    """
    place = torch.device("cpu")
    training = build([probe], load_task(probe, place), place)
    training.run()
    return [float(training.history[k][-1][0]) for k in ("train_loss", "test_loss", "test_error")]


def verify(experiment: str, scale: str) -> list[str]:
    """What is wrong with an archive, a line each: damaged, or stale. Empty when all is well."""
    try:
        archive = results.load(experiment, scale)
    except results.ArchiveError as error:
        return [f"damaged: {error}"]
    manifest, definition = archive.manifest, archive.experiment
    again = f"run: daleslaw run {experiment} --scale {scale} --fresh"
    runs = definition.runs(scale)
    problems = []
    if manifest.get("definition") != definition.definition(scale):
        problems.append(f"stale: the definition of {experiment} has changed since; {again}")
    elif sorted(archive.runs.run_id) != sorted(r.run_id for r in runs):
        problems.append(f"damaged: its table does not hold the runs of its definition; {again}")
    todo = experiments.ensembles(runs)
    if manifest.get("data") != data_digests(todo):
        problems.append(f"stale: the data files of {experiment} have changed since; {again}")
    recorded = manifest.get("fingerprint", {})
    for probe in probes(todo):
        if probe.run_id not in recorded:
            problems.append(f"stale: no fingerprint of {probe.kind} ({probe.preset}); {again}")
        elif not _same_numbers(recorded[probe.run_id], fingerprint(probe)):
            what = f"{probe.kind} ({probe.preset})"
            problems.append(f"stale: the library trains {what} differently since; {again}")
    return problems


def _same_numbers(recorded: list[float], now: list[float]) -> bool:
    close = dict(rtol=1e-7, atol=0, equal_nan=True)
    return len(recorded) == len(now) and np.allclose(recorded, now, **close)
