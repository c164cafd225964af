"""Miniatures of jobs, by which the library is recognised: which there are for a set of runs. No torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..experiments.configs import DrawConfig, RunConfig
from ..tasks import TASKS

MAKE = (  # the fields that decide which code trains a run; numbers alone do not
    "task", "kind", "layers", "dense", "vectors", "spectrum", "frozen", "random_ix", "ablated", "input_init",
    "n_inhibitory", "clip_by", "parts", "start", "start_a", "start_b", "optimiser",
)  # fmt: skip
DRAWN = ("ei_ratio", "rho", "random_ix", "full_diagonal")  # the same for a draw, besides its kind
LEAST = {"ablated": 3, "n_inhibitory": 20}  # of 40 units


def of_training(runs: Iterable[RunConfig]) -> list[RunConfig]:
    """Miniatures of jobs that train, one for each make of network: 4 updates on a little data, in float64.

    Steps are large and clips small, so that clipping and projection show in the numbers.
    """
    makes = dict.fromkeys(
        (*(getattr(run, name) for name in MAKE), run.rho is None, run.clip is None) for run in runs
    )
    return [_of_make(dict(zip(MAKE, make)), own_rho, no_clip) for *make, own_rho, no_clip in makes]


def _of_make(make: dict, own_rho: bool, no_clip: bool) -> RunConfig:
    smaller = {name: min(make[name], most) for name, most in LEAST.items() if make[name]}
    return RunConfig(
        preset="both", n_valid=0, hidden=40, ei_ratio=9.0, rho=None if own_rho else 1.0, lr=0.3,
        lr_decay=None, clip=None if no_clip else 0.05, updates=4, eval_every=4, end_every=None, spectra=None,
        mechanism=None, seed=0, dtype="float64",
        **TASKS[make["task"]].small | make | smaller,
    )  # fmt: skip


def of_drawing(draws: Iterable[DrawConfig]) -> list[DrawConfig]:
    """Miniatures of jobs that draw: 40 units, one for each way to draw and each ratio."""
    return list(dict.fromkeys(replace(draw, preset="both", hidden=40, seed=0) for draw in draws))
