"""Every experiment of the book as data: which networks are trained, or drawn, how, at which scale.

An `Experiment` is a name, the figure it belongs to, and for each scale the list of its runs:
`RunConfig`, or `DrawConfig` where nothing is trained. Nothing here trains anything, or
needs torch. The settings are the paper's; where its public code differs from its text, the run is labelled
with the preset and the E-number is given beside it (appendix: reproduction notes).

A file a question: its grid, the paper's numbers, and what the paper claims.
"""

from __future__ import annotations

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
    "RunConfig", "again", "digest", "ensembles", "get",
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
