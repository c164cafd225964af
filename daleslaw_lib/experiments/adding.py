"""Figure 2a: three kinds of network learn the adding problem."""

from __future__ import annotations

from collections.abc import Iterator

from .configs import RunConfig
from .experiment import COLEI, DANN, RNN, Claim, Experiment, grid, less, new, published


def _adding(*, seeds, **settings) -> Iterator[RunConfig]:
    """Faithful: RNN does not clip though its label says 7, ColEI clips each tensor by itself (E3).

    lr falls by 0.99 eight times in an epoch of 141 updates, of which ours evaluates every 20.
    """
    common = dict(
        task="adding", source="generated", length=20, hidden=10, batch=64, lr=0.1,
        eval_every=20, lr_decay=0.99 ** (8 * 20 / 141), **settings,
    )  # fmt: skip
    conditions = (
        dict(kind="rnn", preset="faithful"),
        dict(kind="rnn", preset="corrected", clip=7.0),
        dict(kind="colei", preset="faithful", clip=7.0, clip_by="tensor"),
        dict(kind="colei", preset="corrected", clip=7.0),
        dict(kind="dann", preset="both", clip=3.0),
    )
    return grid(common, conditions, seeds)


ADDING = Experiment(
    name="adding",
    title="The adding problem, 20 steps, 10 units",
    figure="Figure 2a",
    grids={
        "smoke": lambda: _adding(seeds=2, n_train=9_024, updates=400),
        "laptop": lambda: _adding(seeds=3, n_train=9_024, updates=14_100),
        # Whether a network breaks is the finding here, and a rate needs many.
        "paper": lambda: _adding(seeds=[*range(5), *new(200)], n_train=9_024, updates=14_100),
    },
    quantity="test_loss",
    published=tuple(published("Fig. 2a", None, {"rnn": 0.038, "colei": 0.078, "dann": 0.0105})),
)


# --- what the paper claims ----------------------------------------------------------------------------

CLAIMS = (
    Claim("adding-colei", "ColEI learns the adding problem worse than an RNN", "2a", "adding",
          less(RNN, COLEI, (0.038, 0.078))),
    Claim("adding-dann", "DANN is no worse than an RNN on the adding problem", "2a", "adding",
          less(DANN, RNN, (0.0105, 0.038)), "no worse"),
)  # fmt: skip
