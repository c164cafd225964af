"""Figure 2c: Penn Treebank, word by word; with learned word vectors, or the reader's GloVe file."""

from __future__ import annotations

from collections.abc import Iterator

from .configs import RunConfig
from .experiment import COLEI, DANN, RNN, Claim, Experiment, grid, less, published


def _penn_treebank(*, seeds: int, **settings) -> Iterator[RunConfig]:
    """Faithful: RNN is sign-frozen (E2), DANN's W_ix is drawn (E5), ColEI clips by tensor (E3)."""
    common = dict(task="penn_treebank", length=50, layers=3, dense=2, batch=64, clip=1.0, lr_decay=0.99)
    conditions = (
        dict(kind="rnn", preset="faithful", lr=0.805, frozen=True),
        dict(kind="rnn", preset="corrected", lr=0.805),
        dict(kind="colei", preset="faithful", lr=1.554, clip_by="tensor"),
        dict(kind="colei", preset="corrected", lr=1.554),
        dict(kind="dann", preset="faithful", lr=0.805, random_ix=True),
        dict(kind="dann", preset="corrected", lr=0.805),
    )
    return grid({**common, **settings}, conditions, seeds)


SMOKE_WORDS = dict(n_train=20_000, hidden=24, embedding=16, dense=1, seeds=2, updates=40, eval_every=20)
WORDS = dict(n_train=929_589)
LAPTOP_WORDS = dict(WORDS, hidden=100, seeds=3, updates=450, eval_every=150, lr_decay=0.8)
PAPER_WORDS = dict(WORDS, hidden=500, embedding=300, seeds=5, updates=43_600, eval_every=50)
PENN_TREEBANK = Experiment(
    name="penn_treebank",
    title="Word by word through Penn Treebank, 3 recurrent and 2 dense layers, learned word vectors",
    figure="Figure 2c",
    grids={
        "smoke": lambda: _penn_treebank(source="small", **SMOKE_WORDS),
        "laptop": lambda: _penn_treebank(source="full", embedding=100, **LAPTOP_WORDS),
        "paper": lambda: _penn_treebank(source="full", **PAPER_WORDS),
    },
    quantity="test_perplexity",
    published=tuple(published("Fig. 2c", None, {"rnn": 156.0, "colei": 179.0, "dann": 137.0})),
)
PENN_TREEBANK_GLOVE = Experiment(
    name="penn_treebank_glove",
    title="The same with fixed GloVe vectors, as in the paper: for readers who have the file",
    figure="Figure 2c",
    grids={
        "smoke": lambda: _penn_treebank(source="drawn", **SMOKE_WORDS),
        "laptop": lambda: _penn_treebank(source="glove", embedding=300, **LAPTOP_WORDS),
        "paper": lambda: _penn_treebank(source="glove", **PAPER_WORDS),
    },
    quantity=PENN_TREEBANK.quantity,
    published=PENN_TREEBANK.published,
)


# --- what the paper claims ----------------------------------------------------------------------------

CLAIMS = (
    Claim("words-colei", "ColEI is worse than an RNN on Penn Treebank", "2c", "penn_treebank",
          less(RNN, COLEI, (156.0, 179.0))),
    Claim("words-dann", "DANN is no worse than an RNN on Penn Treebank", "2c", "penn_treebank",
          less(DANN, RNN, (137.0, 156.0)), "no worse"),
)  # fmt: skip
