"""Is an archive still what the library would make? Damaged tables, changed definitions, other numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch

from .. import experiments
from ..archive import reading
from ..experiments.configs import DrawConfig, RunConfig
from ..tasks import TASKS
from . import jobs
from .drawing import measure
from .jobs import build, load_task

MAKE = (  # the fields that decide which code trains a run; numbers alone do not
    "task", "kind", "layers", "dense", "vectors", "spectrum", "frozen", "random_ix", "ablated", "input_init",
    "n_inhibitory", "clip_by",
)  # fmt: skip


def probes(configs: Iterable[RunConfig | DrawConfig]) -> list[RunConfig | DrawConfig]:
    """A miniature of each make of network among the runs: 4 updates on a little data, in float64.

    Steps are large and clips small, so that clipping and projection show in the numbers. Draws have one of
    40 units for each way to draw and ratio.
    """
    configs = list(configs)
    small = dict(preset="both", hidden=40, seed=0)
    drawn = [replace(run, **small) for run in configs if isinstance(run, DrawConfig)]
    makes = dict.fromkeys(
        (*(getattr(run, name) for name in MAKE), run.rho is None, run.clip is None)
        for run in configs
        if isinstance(run, RunConfig)
    )
    trained = [_probe(dict(zip(MAKE, make)), own_rho, no_clip) for *make, own_rho, no_clip in makes]
    return trained + list(dict.fromkeys(drawn))


def _probe(make: dict, own_rho: bool, no_clip: bool) -> RunConfig:
    smaller = {name: min(make[name], most) for name, most in LEAST.items() if make[name]}
    return RunConfig(
        preset="both", n_valid=0, hidden=40, ei_ratio=9.0, rho=None if own_rho else 1.0, lr=0.3,
        lr_decay=None, clip=None if no_clip else 0.05, updates=4, eval_every=4, end_every=None, spectra=None,
        seed=0, dtype="float64",
        **TASKS[make["task"]].small | make | smaller,
    )  # fmt: skip


LEAST = {"ablated": 3, "n_inhibitory": 20}  # of 40 units


def fingerprint(probe: RunConfig | DrawConfig) -> list[float]:
    """What the library makes of a probe: training loss, test loss and error after its updates; of a draw,
    what is measured on it.

    Recorded in a manifest, and recomputed to see whether the library still gives the same numbers:
    comments and speed may change, results may not.
    """
    if isinstance(probe, DrawConfig):
        return list(measure(probe)[0].values())
    place = torch.device("cpu")
    training = build([probe], load_task(probe, place), place)
    training.run()
    return [float(v[-1][0]) for k, v in training.history.items() if k != "update"]


def data_digests(todo: list[list]) -> dict[str, str]:
    """SHA-256 of every data file that ensembles read, by name; draws read none."""
    return jobs.data_digests([ensemble for ensemble in todo if isinstance(ensemble[0], RunConfig)])


def changed_data(archive: reading.Archive) -> list[str]:
    """A line if the data files of the archived runs are not those that they were trained on."""
    name, recorded = archive.experiment.name, archive.manifest["data"]
    now = data_digests([[run] for run in archive.configs])
    if all(recorded.get(file) == value for file, value in now.items()):
        return []
    again = f"run: {experiments.again(name, archive.scale, '--fresh')}"
    return [f"stale: the data files of {name} have changed since; {again}"]


def changed_numbers(archive: reading.Archive) -> list[str]:
    """Makes of network in the archive that the library trains differently since, a line each."""
    again = f"run: {experiments.again(archive.experiment.name, archive.scale, '--fresh')}"
    recorded, problems = archive.manifest["fingerprint"], []
    makes = "trains" if archive.experiment.trains else "draws"
    for probe in probes(archive.configs):
        what = f"{probe.kind} ({', '.join(f'{k} {v}' for k, v in _unusual(probe).items())})"
        if probe.run_id not in recorded:
            problems.append(f"stale: no fingerprint of {what}; {again}")
        elif not _same_numbers(recorded[probe.run_id], fingerprint(probe)):
            problems.append(f"stale: the library {makes} {what} differently since; {again}")
    return problems


def _unusual(probe: RunConfig | DrawConfig) -> dict:
    drawn = isinstance(probe, DrawConfig)
    names = ("ei_ratio", "rho", "random_ix", "full_diagonal") if drawn else MAKE
    values = {name: getattr(probe, name) for name in names if name != "kind"}
    return {name: value for name, value in values.items() if value is not None}


def verify(experiment: str, scale: str) -> list[str]:
    """What is wrong with an archive, a line each: damaged, or stale. Empty when all is well.

    Runs that are not there yet are no fault: `Archive.total` says how many there are to be.
    """
    try:
        archive = reading.load(experiment, scale)
    except reading.ArchiveError as error:
        return [f"damaged: {error}"]
    again = f"run: {experiments.again(experiment, scale)}"
    problems, configs = [], archive.configs
    if archive.runs.run_id.duplicated().any():
        problems.append(f"damaged: its table holds a run twice; {again} --fresh")
    elif strange := len(archive.runs) - len(configs):
        problems.append(
            f"stale: {strange} of its {len(archive.runs)} runs are not in the definition of {experiment} "
            f"any more; {again} to replace them"
        )
    if sorted(set(archive.curves.run_id)) != sorted(archive.runs.run_id):
        problems.append(f"damaged: its curves are not those of its runs; {again} --fresh")
    return problems + changed_data(archive) + changed_numbers(archive)


def _same_numbers(recorded: list[float], now: list[float]) -> bool:
    close = dict(rtol=1e-7, atol=0, equal_nan=True)
    return len(recorded) == len(now) and np.allclose(recorded, now, **close)
