"""Every experiment of the book as data: which networks are trained, or drawn, how, at which scale.

An `Experiment` is a name, the figure it belongs to, and for each scale the list of its runs:
`configs.RunConfig`, or `drawing.DrawConfig` where nothing is trained. Nothing here trains anything, or
needs torch. The settings are the paper's; where its public code differs from its text, the run is labelled
with the preset and the E-number is given beside it (appendix: reproduction notes).

The grids stand in `grids_learning.py` (Figure 2a-c) and `grids_spectrum.py` (Figures 2d to 7).
"""

from __future__ import annotations

from .checks import one_of
from .configs import RunConfig, digest, ensembles
from .grids import SCALES, Experiment, Published
from .grids_learning import (
    ADDING,
    ONE_LAYER_MNIST,
    PENN_TREEBANK,
    PENN_TREEBANK_GLOVE,
    REPLAY,
    THREE_LAYER_MNIST,
)
from .grids_spectrum import EI_RATIO, ENTROPY_GRID, II_ABLATION, RADIUS_SWEEP, SIZE, SPECTRA, TRANSPLANTS

__all__ = ["EXPERIMENTS", "SCALES", "Experiment", "Published", "RunConfig", "digest", "ensembles", "get"]

EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        ADDING, ONE_LAYER_MNIST, THREE_LAYER_MNIST, PENN_TREEBANK, PENN_TREEBANK_GLOVE, RADIUS_SWEEP,
        SPECTRA, TRANSPLANTS, SIZE, EI_RATIO, ENTROPY_GRID, II_ABLATION, REPLAY,
    )
}  # fmt: skip


def get(name: str) -> Experiment:
    """The experiment of that name.

    Raises: ValueError naming those there are.
    """
    return EXPERIMENTS[one_of("experiment", name, tuple(EXPERIMENTS))]
