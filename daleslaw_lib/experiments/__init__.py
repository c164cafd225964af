"""Every experiment of the book as data: which networks are trained, or drawn, how, at which scale.

An `Experiment` is a name, the figure it belongs to, and for each scale the list of its runs:
`RunConfig`, or `DrawConfig` where nothing is trained. Nothing here trains anything, or
needs torch. The settings are the paper's; where its public code differs from its text, the run is labelled
with the preset and the E-number is given beside it (appendix: reproduction notes).

A file a question: its grid, the paper's numbers, and what is claimed of it.
"""

from __future__ import annotations

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
from .better_colei import BETTER_COLEI, BETTER_LAYERS, FASHION, LONG_ADDING, START_SCREEN, STEPS
from .configs import DrawConfig, RunConfig, digest, ensembles
from .entropy import ENTROPY_GRID
from .experiment import NEW_SEEDS, SCALES, Claim, Experiment, Published, again
from .mechanism import CONTROLS, JACOBIANS, ONE_CELL, SPECTRUM_PARTS
from .mnist import ONE_LAYER_MNIST, REPLAY, THREE_LAYER_MNIST
from .penn_treebank import PENN_TREEBANK, PENN_TREEBANK_GLOVE
from .radius import RADIUS_SWEEP
from .size import EI_RATIO, II_ABLATION, SIZE
from .spectra import SPECTRA
from .transplants import TRANSPLANTS

__all__ = [
    "CLAIMS", "EXPERIMENTS", "NEW_SEEDS", "SCALES", "Claim", "DrawConfig", "Experiment", "Published",
    "RunConfig", "again", "digest", "ensembles", "get",
]  # fmt: skip


EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        ADDING, ONE_LAYER_MNIST, THREE_LAYER_MNIST, PENN_TREEBANK, PENN_TREEBANK_GLOVE, RADIUS_SWEEP,
        SPECTRA, TRANSPLANTS, SIZE, EI_RATIO, ENTROPY_GRID, II_ABLATION, REPLAY, SPECTRUM_PARTS, CONTROLS,
        ONE_CELL, JACOBIANS, START_SCREEN, BETTER_COLEI, BETTER_LAYERS, STEPS, FASHION, LONG_ADDING,
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
    *mechanism.CLAIMS,
    *better_colei.CLAIMS,
)


def get(name: str) -> Experiment:
    """The experiment of that name.

    Raises: ValueError naming those there are.
    """
    return EXPERIMENTS[one_of("experiment", name, tuple(EXPERIMENTS))]
