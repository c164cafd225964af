"""Figure 4: singular vectors of one kind of network, singular values of another, signs frozen or not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .configs import RunConfig
from .experiment import DIGITS, SUBSET, Claim, Experiment, Published, grid, less, new, read_late

FEW, MANY = 0.010772, 0.01  # learning rates of the runs with five seeds, and with thirty
PRINTED = {  # test error (%) in Figure 4, by vectors, spectrum and whether signs are frozen
    ("rnn", "rnn", None): 1.646,  # probably of three layers (E1)
    ("rnn", "rnn", True): 2.466,
    ("rnn", "colei", None): 3.042,
    ("rnn", "colei", True): 3.496,
    ("colei", "rnn", None): 2.318,  # sign-frozen as shipped (E2)
    ("colei", "rnn", True): 2.722,
    ("colei", "colei", None): 3.620,
}
FROM = 3.946  # ColEI's
DECREASES = {"spectrum": 1.9, "vectors": 1.2, "signs": 1.0}  # from ColEI's, by what it is rescued from


def cell(vectors: str, spectrum: str, frozen: bool | None = None, lr: float = FEW) -> dict:
    """The experiment's runs with free weights of these origins."""
    return dict(kind="rnn", vectors=vectors, spectrum=spectrum, frozen=frozen, lr=lr)


def colei(lr: float = FEW) -> dict:
    """The experiment's ColEI itself: signs of input, recurrence and readout are kept by construction."""
    return dict(kind="colei", lr=lr)


def _transplants(*, seeds, colei_seeds, **settings) -> Iterator[RunConfig]:
    """Vectors x spectrum x sign freeze, all of them free weights otherwise; and ColEI proper.

    The paper's ablation of ColEI compares four of these at 30 seeds and another learning rate. ColEI proper
    differs from its partners in clipping and in the signs of U, too; so what decides here compares free
    weights with free weights, all nine at one rate.
    """
    rnn, colei = (dict(kind=kind, preset="both", clip=10.0) for kind in ("rnn", "colei"))
    factorial = [
        dict(rnn, vectors=v, spectrum=s, frozen=frozen)
        for v, s, frozen in product(("rnn", "colei"), ("rnn", "colei"), (None, True))
    ]
    proper = dict(colei, clip_by="tensor")
    yield from grid(dict(settings, lr=FEW), [*factorial, proper], seeds)
    ablation = [
        proper,
        dict(rnn, vectors="colei", spectrum="rnn", frozen=True),
        dict(rnn, vectors="rnn", spectrum="colei", frozen=True),
        dict(rnn, vectors="colei", spectrum="colei", frozen=None),
    ]
    yield from grid(dict(settings, lr=MANY), ablation, colei_seeds)


TRANSPLANTS = Experiment(
    name="transplants",
    title="Spectral transplants: singular vectors of one kind, singular values of another",
    figure="Figure 4",
    grids={
        "smoke": lambda: _transplants(**SUBSET, seeds=2, colei_seeds=2, updates=60, eval_every=60),
        "laptop": lambda: _transplants(**DIGITS, seeds=3, colei_seeds=3, updates=5_625, eval_every=375),
        "paper": lambda: (
            *_transplants(**DIGITS, seeds=5, colei_seeds=30, updates=46_800, eval_every=936),
            *_transplants(**DIGITS, seeds=new(30), colei_seeds=0, **read_late(46_800)),
        ),
    },
    by=("kind", "vectors", "spectrum", "frozen", "lr"),
    published=(
        *(Published(value, "Fig. 4", cell(*origins)) for origins, value in PRINTED.items()),
        Published(FROM, "Fig. 4", colei()),
    ),
)


PLAIN_RNN = cell("rnn", "rnn", None)
WITH_SPECTRUM = cell("rnn", "colei", None)
WITH_VECTORS = cell("colei", "rnn", None)
WITH_SIGNS = cell("rnn", "rnn", True)


# The rescue: free weights with ColEI's vectors and spectrum, each entry's sign frozen, against partners that
# differ from it in one thing. The paper gives decreases from ColEI's error.
COLEI_FROZEN = cell("colei", "colei", True)
LESS_SPECTRUM = cell("colei", "rnn", True)
LESS_VECTORS = cell("rnn", "colei", True)
LESS_SIGNS = cell("colei", "colei", None)
NO_SPECTRUM, NO_VECTORS, NO_SIGNS = (FROM - taken for taken in DECREASES.values())
THREE_LAYERS = PRINTED["rnn", "rnn", None]  # Figure 4's RNN (E1)
ONE_LAYER = 2.25  # an RNN of the others' depth
SPECTRUM, VECTORS, SIGNS = (
    PRINTED["rnn", "colei", None],
    PRINTED["colei", "rnn", None],
    PRINTED["rnn", "rnn", True],
)


# --- what the paper claims ----------------------------------------------------------------------------

CLAIMS = (
    # Transplants into the RNN: as printed, and beside an RNN of the same depth (E1)
    Claim("transplant-spectrum", "ColEI's spectrum makes an RNN worse", "4", "transplants",
          less(PLAIN_RNN, WITH_SPECTRUM, (THREE_LAYERS, SPECTRUM))),
    Claim("transplant-spectrum-matched", "ColEI's spectrum makes an RNN of the same depth worse (E1)", "4",
          "transplants", less(PLAIN_RNN, WITH_SPECTRUM, (ONE_LAYER, SPECTRUM))),
    Claim("transplant-vectors", "ColEI's singular vectors make an RNN worse", "4", "transplants",
          less(PLAIN_RNN, WITH_VECTORS, (THREE_LAYERS, VECTORS))),
    Claim("transplant-vectors-matched",
          "ColEI's vectors make no difference to an RNN of the same depth (E1)", "4", "transplants",
          less(PLAIN_RNN, WITH_VECTORS, (ONE_LAYER, VECTORS)), "same"),
    Claim("transplant-signs", "Frozen signs make an RNN worse", "4", "transplants",
          less(PLAIN_RNN, WITH_SIGNS, (THREE_LAYERS, SIGNS))),
    Claim("transplant-signs-matched", "Frozen signs make an RNN of the same depth worse (E1)", "4",
          "transplants", less(PLAIN_RNN, WITH_SIGNS, (ONE_LAYER, SIGNS))),
    Claim("transplant-spectrum-vectors", "In an RNN the spectrum matters more than the vectors", "4",
          "transplants", less(WITH_VECTORS, WITH_SPECTRUM, (VECTORS, SPECTRUM)), published_p=0.0043),
    Claim("transplant-spectrum-signs", "In an RNN the spectrum matters more than frozen signs", "4",
          "transplants", less(WITH_SIGNS, WITH_SPECTRUM, (SIGNS, SPECTRUM)), published_p=0.0216),
    # Transplants into ColEI
    Claim("rescue-spectrum", "An RNN's spectrum makes ColEI better", "4", "transplants",
          less(LESS_SPECTRUM, COLEI_FROZEN, (NO_SPECTRUM, FROM))),
    Claim("rescue-vectors", "An RNN's singular vectors make ColEI better", "4", "transplants",
          less(LESS_VECTORS, COLEI_FROZEN, (NO_VECTORS, FROM))),
    Claim("rescue-signs", "ColEI without frozen signs is better", "4", "transplants",
          less(LESS_SIGNS, COLEI_FROZEN, (NO_SIGNS, FROM))),
    Claim("rescue-spectrum-vectors", "In ColEI the spectrum matters more than the vectors", "4",
          "transplants", less(LESS_SPECTRUM, LESS_VECTORS, (NO_SPECTRUM, NO_VECTORS))),
    Claim("rescue-spectrum-signs", "In ColEI the spectrum matters more than the signs", "4", "transplants",
          less(LESS_SPECTRUM, LESS_SIGNS, (NO_SPECTRUM, NO_SIGNS))),
)  # fmt: skip
