"""Every experiment of the book as data: which networks are trained, or drawn, and what is claimed of them.

An `Experiment` is a name, the figure it belongs to, and for each scale the list of its runs:
`RunConfig`, or `DrawConfig` where nothing is trained. Nothing here trains anything, or
needs torch. The settings are the paper's; where its public code differs from its text, the run is labelled
with the preset and the E-number is given beside it (appendix: reproduction notes).

A file a question: its grid, the paper's numbers, and what is claimed of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..checks import one_of
from . import (
    adding,
    better_colei,
    entropy,
    mechanism,
    mnist,
    penn_treebank,
    radius,
    size,
    spectra,
    transplants,
)
from .adding import ADDING
from .better_colei import (
    BETTER_COLEI,
    BETTER_LAYERS,
    FASHION,
    IDENTITY_SHARES,
    LONG_ADDING,
    START_SCREEN,
    STEPS,
)
from .checking import check
from .configs import DrawConfig, RunConfig, digest, ensembles
from .entropy import ENTROPY_GRID
from .experiment import NEW_SEEDS, SCALES, Claim, Experiment, Published, Term, again, grid
from .mechanism import CONTROLS, JACOBIANS, ONE_CELL, SPECTRUM_PARTS
from .mnist import ONE_LAYER_MNIST, REPLAY, THREE_LAYER_MNIST
from .penn_treebank import PENN_TREEBANK, PENN_TREEBANK_GLOVE
from .radius import RADIUS_SWEEP
from .size import EI_RATIO, II_ABLATION, SECOND_SAMPLE, SIZE
from .spectra import SPECTRA
from .transplants import TRANSPLANTS

__all__ = [
    "CLAIMS", "EXPERIMENTS", "NEW_SEEDS", "SCALES", "Claim", "DrawConfig", "Experiment", "Published",
    "RunConfig", "Term", "again", "digest", "ensembles", "get", "grid", "like", "register_experiment",
]  # fmt: skip


EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        ADDING, ONE_LAYER_MNIST, THREE_LAYER_MNIST, PENN_TREEBANK, PENN_TREEBANK_GLOVE, RADIUS_SWEEP,
        SPECTRA, TRANSPLANTS, SIZE, EI_RATIO, SECOND_SAMPLE, ENTROPY_GRID, II_ABLATION, REPLAY,
        SPECTRUM_PARTS, CONTROLS, ONE_CELL, JACOBIANS, START_SCREEN, BETTER_COLEI, IDENTITY_SHARES,
        BETTER_LAYERS, STEPS, FASHION, LONG_ADDING,
    )
}  # fmt: skip


CLAIMS: list[Claim] = [
    *adding.CLAIMS,
    *mnist.CLAIMS,
    *penn_treebank.CLAIMS,
    *radius.CLAIMS,
    *spectra.CLAIMS,
    *transplants.CLAIMS,
    *size.CLAIMS,
    *entropy.CLAIMS,
    *mechanism.CLAIMS,
    *better_colei.CLAIMS,
]
OURS = frozenset(EXPERIMENTS)


def register_experiment(experiment: Experiment, claims: Iterable[Claim] = ()) -> Experiment:
    """Make an experiment of your own known, with what is claimed about it; its grids are made and checked.

    Registering a name again, as a notebook does when a cell is run twice, replaces it and its claims.

    Raises: ValueError, naming what does not fit; then nothing has changed.
    """
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiment: expected an Experiment, got {type(experiment).__name__}")
    claims, name = tuple(claims), experiment.name
    if name in OURS:
        raise ValueError(f"name: expected one that no experiment of the book has, got {name!r}")
    check(experiment, claims)
    for claim in claims:
        if claim.second is not None:
            one_of(f"claim {claim.name}: second", claim.second, tuple(EXPERIMENTS))
    others = [claim for claim in CLAIMS if claim.experiment != name]
    if taken := {claim.name for claim in others} & {claim.name for claim in claims}:
        raise ValueError(f"claims: expected names of their own, got {sorted(taken)[0]!r}")
    EXPERIMENTS[name] = experiment
    CLAIMS[:] = [*others, *claims]
    return experiment


def get(name: str) -> Experiment:
    """The experiment of that name.

    Raises: ValueError naming those there are.
    """
    return EXPERIMENTS[one_of("experiment", name, tuple(EXPERIMENTS))]


def like(name: str, where: Mapping[str, object] | None = None, **changes) -> RunConfig:
    """A run like those of an experiment's smoke scale, with other settings: what a live cell trains.

    The first whose fields have the values of `where`, and as mended where the presets differ.

    Raises: ValueError if there is none, or a changed setting is out of range.

    >>> run = like("size", dict(kind="colei"), updates=10, eval_every=5, seed=3)
    >>> run.kind, run.updates, run.seed
    ('colei', 10, 3)
    """
    where = where or {}
    runs = get(name).runs("smoke")
    alike = [run for run in runs if all(getattr(run, field) == value for field, value in where.items())]
    if not alike:
        raise ValueError(f"where: expected fields of a run of {name} at smoke scale, got {dict(where)}")
    mended = [run for run in alike if run.preset != "faithful"]
    return replace((mended or alike)[0], **changes)
