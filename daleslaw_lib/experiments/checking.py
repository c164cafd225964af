"""Whether an experiment's parts fit together: its grids, what tells its conditions apart, what is claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

from ..checks import named, one_of
from ..tasks import TASKS
from .configs import DrawConfig, RunConfig
from .experiment import SCALES, Claim, Experiment


def check(experiment: Experiment, claims: Iterable[Claim] = ()) -> None:
    """Check that an experiment of the reader's own can be run, archived and judged.

    Raises: ValueError, naming what does not fit.
    """
    named("name", experiment.name)
    if not experiment.grids:
        raise ValueError(f"grids: expected one for each scale, {', '.join(SCALES)}, or some, got none")
    for scale in experiment.grids:
        one_of("grids: scale", scale, SCALES)
        _check_runs(experiment, scale)
    known = [f.name for f in fields(RunConfig if experiment.trains else DrawConfig)]
    for name in experiment.by:
        one_of("by", name, known)
    for number in experiment.published:
        _check_where("published", number.where, known)
    for claim in claims:
        one_of(f"claim {claim.name}: experiment", claim.experiment, (experiment.name,))
        for term in claim.terms:
            _check_where(f"claim {claim.name}", term.where, known)


def _check_where(what: str, where: Mapping[str, object], known: list[str]) -> None:
    for name in where:
        one_of(what, name, known)


def _check_runs(experiment: Experiment, scale: str) -> None:
    runs, sort = experiment.runs(scale), RunConfig if experiment.trains else DrawConfig
    if not runs:
        raise ValueError(f"grids, {scale}: expected some runs, got none")
    if strange := [run for run in runs if not isinstance(run, sort)]:
        got = type(strange[0]).__name__
        raise ValueError(f"grids, {scale}: expected every run to be a {sort.__name__}, got a {got}")
    if experiment.trains:
        for task in dict.fromkeys(run.task for run in runs):
            one_of(f"quantity: of {task}", experiment.quantity, TASKS[task].quantities)
