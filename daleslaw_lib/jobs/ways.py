"""Which job an ensemble is: `job_of` is the one place that looks whether it is trained or only drawn."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import torch

from ..experiments.configs import DrawConfig, RunConfig, ensembles
from ..tasks import TASKS
from .drawing_job import DrawingJob
from .job import CPU, Job
from .training_job import TrainingJob

WAYS = {RunConfig: TrainingJob, DrawConfig: DrawingJob}


def job_of(ensemble: Iterable[RunConfig] | Iterable[DrawConfig], place: torch.device = CPU) -> Job:
    """The job that an ensemble is, on a device; draws stay on the CPU.

    Raises: ValueError if there is nothing in it, or something else than runs of one sort.
    """
    ensemble = list(ensemble)
    sorts = {type(run) for run in ensemble}
    if len(sorts) != 1 or not sorts <= set(WAYS):
        names = ", ".join(sorted(sort.__name__ for sort in sorts)) or "none"
        raise ValueError(f"ensemble: expected runs, all to be trained or all to be drawn, got {names}")
    return WAYS[sorts.pop()](ensemble, place)


def blocks(runs: Iterable, place: torch.device) -> list[list]:
    """The ensembles that runs make on a device, in order of first appearance."""
    groups = ensembles(runs)
    return [block for group in groups for block in ensembles(group, job_of(group, place).members_at_once)]


def data_digests(todo: Iterable[list]) -> dict[str, str]:
    """SHA-256 of every data file that jobs on these ensembles read, by name; draws read none."""
    sources = sorted({source for ensemble in todo if (source := job_of(ensemble).source)})
    return {n: value for task, source in sources for n, value in TASKS[task].digests(source).items()}


def all_probes(runs: Iterable) -> list:
    """Miniatures of jobs of either sort, those to train first; see `Job.probes`."""
    runs = list(runs)
    return [p for sort, way in WAYS.items() for p in way.probes([r for r in runs if type(r) is sort])]


def curves_table(todo: list[list], trained: list) -> pd.DataFrame:
    """Curves of jobs that are done: thinned, a row a run and evaluation; of draws, a row a singular value."""
    parts = [job_of(ensemble).table(training) for ensemble, training in zip(todo, trained)]
    return pd.concat(parts, ignore_index=True)
