"""Figure 3: spectra at initialisation, nothing trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .configs import DrawConfig
from .experiment import COLEI, DANN, RNN, Claim, Experiment, Published, Term, Where, less


def _spectra(draws: Mapping[int, int]) -> Iterator[DrawConfig]:
    """`draws` of each size N; a fifth of them, two at least, of the variants that Figure 3 does not show.

    The paper has 1,000 draws at N = 100 and does not say how many at 300 and 1,000; ours are 100 and 20, as
    one draw at N = 1,000 takes as long as 200 at N = 100. RNN has no inhibitory units, so one ratio.

    Faithful: DANN's W_ix is drawn, which is the public code's default and not what Figure 3 shows (E5).
    The other variant: ColEI's diagonal is as drawn, as in the paper's transplants and entropies (E8).
    """
    for hidden, n_draws in draws.items():
        few = max(n_draws // 5, 2)
        conditions = [(dict(kind="rnn", preset="both", ei_ratio=9.0), n_draws)]
        for ei_ratio in (99.0, 9.0, 1.0):
            colei = dict(kind="colei", preset="both", ei_ratio=ei_ratio)
            dann = dict(kind="dann", ei_ratio=ei_ratio)
            conditions += [
                (colei, n_draws),
                (dict(colei, full_diagonal=True), few),
                (dict(dann, preset="corrected"), n_draws),
                (dict(dann, preset="faithful", random_ix=True), few),
            ]
        common = dict(hidden=hidden, rho=None, random_ix=None, full_diagonal=None)
        for condition, n in conditions:
            yield from (DrawConfig(**{**common, **condition, "seed": seed}) for seed in range(n))


RIGHT_END = "Fig. 3, where it ends"
SPECTRA = Experiment(
    name="spectra",
    title="Spectra at initialisation: size and E:I ratio, nothing trained",
    figure="Figure 3",
    grids={
        "smoke": lambda: _spectra({30: 10, 100: 10}),
        "laptop": lambda: _spectra({100: 100, 300: 20, 1000: 4}),
        "paper": lambda: _spectra({100: 1000, 300: 100, 1000: 20}),
    },
    by=("kind", "hidden", "ei_ratio", "full_diagonal"),
    quantity="largest",
    published=(  # where the histograms end: the largest of all draws, not their mean
        Published(1.15, RIGHT_END, dict(kind="rnn")),
        Published(18.0, RIGHT_END, dict(kind="colei", hidden=100, ei_ratio=9.0, full_diagonal=None)),
        Published(1.15, RIGHT_END, dict(kind="dann", preset="corrected")),
    ),
    trains=False,
)


def _start(kind: Where, hidden: int = 100, ei_ratio: float = 9.0) -> Where:
    """Draws of a kind, of Figure 3; an RNN has one ratio."""
    return dict(kind, hidden=hidden, ei_ratio=ei_ratio, full_diagonal=None)


def _fact(name: str, text: str, terms: tuple[Term, ...], claimed: str = "better", **options) -> Claim:
    """A fact about random matrices; a seed is a draw."""
    options = dict(test="difference", quantity="entropy", learning=False) | options
    return Claim(name, text, "3", "spectra", terms, claimed, **options)


# --- what the paper claims ----------------------------------------------------------------------------

CLAIMS = (
    # Spectra at initialisation. DANN's W_ix is the mean row, as Figure 3 shows (E5)
    _fact("spectra-outlier", "ColEI starts with an outlier: its largest singular value is above an RNN's",
          less(_start(RNN), _start(COLEI)), quantity="largest"),
    _fact("spectra-colei", "ColEI starts from a more dispersed spectrum than an RNN: lower SVD entropy",
          less(_start(COLEI), _start(RNN))),
    _fact("spectra-dann", "DANN starts from an RNN's spectrum: the same SVD entropy",
          less(_start(RNN), _start(DANN)), "same", margin=0.01, preset="corrected"),
    _fact("spectra-dann-edge", "DANN starts without an outlier: its largest singular value is an RNN's",
          less(_start(RNN), _start(DANN)), "same", margin=0.1, quantity="largest", preset="corrected"),
    _fact("spectra-size", "ColEI's SVD entropy rises with size: 1,000 units above 100",
          less(_start(COLEI), _start(COLEI, hidden=1000))),
    _fact("spectra-ratio", "ColEI's SVD entropy rises with inhibition: 50 % above 1 %",
          less(_start(COLEI, ei_ratio=99.0), _start(COLEI, ei_ratio=1.0))),
)  # fmt: skip
