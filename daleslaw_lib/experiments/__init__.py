"""Every experiment of the book as data: which networks are trained, or drawn, how, at which scale.

An `Experiment` is a name, the figure it belongs to, and for each scale the list of its runs:
`RunConfig`, or `DrawConfig` where nothing is trained. Nothing here trains anything, or
needs torch. The settings are the paper's; where its public code differs from its text, the run is labelled
with the preset and the E-number is given beside it (appendix: reproduction notes).

A file a question: its grid, the paper's numbers, and what the paper claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..checks import one_of
from . import adding, entropy, mnist, penn_treebank, radius, size, spectra, transplants
from .adding import ADDING
from .configs import DrawConfig, RunConfig, digest, ensembles
from .entropy import ENTROPY_GRID
from .experiment import NEW_SEEDS, SCALES, Claim, Experiment, Published, again
from .mnist import ONE_LAYER_MNIST, REPLAY, THREE_LAYER_MNIST
from .penn_treebank import PENN_TREEBANK, PENN_TREEBANK_GLOVE
from .radius import RADIUS_SWEEP
from .size import EI_RATIO, II_ABLATION, SIZE
from .spectra import SPECTRA
from .transplants import TRANSPLANTS

__all__ = [
    "CLAIMS", "EXPERIMENTS", "NEW_SEEDS", "SCALES", "Claim", "DrawConfig", "Experiment", "Published",
    "RunConfig", "again", "digest", "ensembles", "get", "like",
]  # fmt: skip


EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        ADDING, ONE_LAYER_MNIST, THREE_LAYER_MNIST, PENN_TREEBANK, PENN_TREEBANK_GLOVE, RADIUS_SWEEP,
        SPECTRA, TRANSPLANTS, SIZE, EI_RATIO, ENTROPY_GRID, II_ABLATION, REPLAY,
    )
}  # fmt: skip


CLAIMS: tuple[Claim, ...] = (
    *adding.CLAIMS,
    *mnist.CLAIMS,
    *penn_treebank.CLAIMS,
    *radius.CLAIMS,
    *spectra.CLAIMS,
    *transplants.CLAIMS,
    *size.CLAIMS,
    *entropy.CLAIMS,
)


def get(name: str) -> Experiment:
    """The experiment of that name.

    Raises: ValueError naming those there are.
    """
    return EXPERIMENTS[one_of("experiment", name, tuple(EXPERIMENTS))]


def like(name: str, where: Mapping[str, object] | None = None, **changes) -> RunConfig:
    """A run of an experiment's smoke scale with other settings: what a live cell trains.

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
