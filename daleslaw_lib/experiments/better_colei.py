"""The experiments of chapter 10: starts under Dale's law that might learn as well as an RNN, and other ways
to step.

Two stages. `start_screen`, at laptop scale, trains every start at three rates and three inhibitory shares on
50,000 digits and looks at 10,000 more. By the rule in `studies.better_colei.selection` it chooses rates and
the starts that go on; the choice is written down here, and a test holds it to the archive. The other
experiments use it on new seeds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..initialisation import populations
from .configs import RunConfig
from .experiment import (
    COLEI,
    DIGITS,
    NEW_SEEDS,
    RNN,
    SUBSET,
    Experiment,
    Where,
    grid,
    less,
    new,
    own,
    read_late,
)

CLIP = 10.0
RATES = (0.005, 0.01, 0.02)
RATIOS = populations.SHARES  # all three, and what share of the units inhibits
STARTS = (  # under Dale's law: name, its one or two numbers
    ("permutation", 1.0, None),
    ("permutation", 0.7, None),
    ("identity", 1.0, None),
    ("permutation+colei", 1.0, 0.2),
    ("permutation+colei", 0.7, 0.5),
    ("identity+colei", 0.9, 0.5),
    ("sparse", 3.0, 1.0),
    ("sparse", 10.0, 1.0),
    ("raised", 0.8, None),
    ("compact", 1.0, None),
    ("lognormal", 5.0, 1.5),
    ("equal", 1.5, None),
)
RADII = (None, 1.0, math.sqrt(2))  # of an RNN: PyTorch's, Xavier's, He's
CONTROLS = ("identity", "permutation")  # of an RNN


@dataclass(frozen=True)
class Chosen:
    """What the screen of an experiment chose: a start and its rate; `start` None: the kind's own, at radius
    rho.
    """

    lr: float
    start: str | None = None
    a: float | None = None
    b: float | None = None
    rho: float | None = None

    @property
    def settings(self) -> dict:
        """Its fields of a run, rate included."""
        return self.where | dict(lr=self.lr)

    @property
    def where(self) -> dict:
        """Its fields of a run, but for the rate."""
        return dict(start=self.start, start_a=self.a, start_b=self.b, rho=self.rho)


# What the screen chose, best first: four starts at 10 %, two at the other shares.
BEST: Mapping[float, tuple[Chosen, ...]] = {
    99.0: (
        Chosen(0.005, "permutation", 1.0),
        Chosen(0.02, "permutation+colei", 1.0, 0.2),
    ),
    9.0: (
        Chosen(0.01, "identity+colei", 0.9, 0.5),
        Chosen(0.01, "identity", 1.0),
        Chosen(0.005, "permutation+colei", 1.0, 0.2),
        Chosen(0.005, "permutation", 1.0),
    ),
    1.0: (
        Chosen(0.01, "permutation", 1.0),
        Chosen(0.02, "permutation+colei", 1.0, 0.2),
    ),
}
CHOSEN_COLEI: Mapping[float, Chosen] = {
    99.0: Chosen(0.02),
    9.0: Chosen(0.01),
    1.0: Chosen(0.01),
}
CHOSEN_RNN = Chosen(0.02, None, None, None, 1.0)
RNN_CONTROLS = {
    "identity": Chosen(0.02, "identity", 1.0),
    "permutation": Chosen(0.01, "permutation", 1.0),
}
FOUR, TWO = 4, 2  # starts that go on at 10 % and at the other shares

# Where only permutations went on: of the starts from an identity the better on the screen, at its best rate.
IDENTITIES: Mapping[float, Chosen] = {
    99.0: Chosen(0.02, "identity", 1.0),
    1.0: Chosen(0.02, "identity", 1.0),
}


# --- the screen --------------------------------------------------------------------------------------


def _screen(*, seeds, lrs, starts, ratios, **settings) -> Iterator[RunConfig]:
    """Every start, and ColEI, at every rate and share; the RNN at its radii and from its controls."""
    under_dale = [
        dict(kind="colei", ei_ratio=ratio, lr=lr, **dict(zip(("start", "start_a", "start_b"), start)))
        for ratio in ratios
        for start in [(None, None, None), *starts]
        for lr in lrs
    ]
    free = [dict(kind="rnn", rho=rho, lr=lr) for rho in RADII for lr in lrs]
    free += [dict(kind="rnn", start=name, start_a=1.0, lr=lr) for name in CONTROLS for lr in lrs]
    return grid(dict(settings, preset="both", clip=CLIP), under_dale + free, seeds)


START_SCREEN = Experiment(
    name="start_screen",
    title="Starts under Dale's law at three rates and three shares: what goes on to the long runs",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _screen(
            **SUBSET | dict(n_train=3_000, n_valid=1_000), seeds=2, lrs=(0.05,), starts=STARTS[:2],
            ratios=(9.0,), updates=60, eval_every=60,
        ),
        "laptop": lambda: _screen(
            **DIGITS | dict(n_train=50_000, n_valid=10_000), seeds=3, lrs=RATES, starts=STARTS,
            ratios=tuple(RATIOS), updates=9_360, eval_every=1_560,
        ),
    },
    by=("kind", "ei_ratio", "rho", "start", "start_a", "start_b", "lr"),
    chosen_on="late_valid_error",
)  # fmt: skip


# --- the chosen, at length ---------------------------------------------------------------------------


def _chosen(*, seeds, best: int | None = None, controls: bool = True, ratios=tuple(RATIOS), **settings):
    """The RNN, perhaps its controls; at each share ColEI and at most `best` of the chosen starts."""
    networks = [dict(kind="rnn", **CHOSEN_RNN.settings)]
    if controls:
        networks += [dict(kind="rnn", **chosen.settings) for chosen in RNN_CONTROLS.values()]
    for ratio in ratios:
        networks += [
            dict(kind="colei", ei_ratio=ratio, **chosen.settings)
            for chosen in (CHOSEN_COLEI[ratio], *BEST[ratio][:best])
        ]
    return grid(dict(settings, preset="both", clip=CLIP), networks, seeds)


BY = ("kind", "ei_ratio", "start", "start_a", "start_b")
BETTER_COLEI = Experiment(
    name="better_colei",
    title="ColEI from the starts that the screen chose, beside ColEI, an RNN and its controls; one layer",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _chosen(**SUBSET, seeds=2, best=1, ratios=(9.0,), updates=60, eval_every=60),
        "laptop": lambda: _chosen(**DIGITS, seeds=3, updates=4_680, eval_every=2_340),
        "paper": lambda: _chosen(**DIGITS, seeds=new(20), **read_late(46_800)),
    },
    by=BY,
)


def _identities(*, seeds, **settings) -> Iterator[RunConfig]:
    """The RNN, and ColEI from an identity at the shares where only permutations went on."""
    networks = [dict(kind="rnn", **CHOSEN_RNN.settings)]
    networks += [dict(kind="colei", ei_ratio=ratio, **start.settings) for ratio, start in IDENTITIES.items()]
    return grid(dict(settings, preset="both", clip=CLIP), networks, seeds)


IDENTITY_SHARES = Experiment(
    name="identity_shares",
    title="ColEI from an identity at 1 and 50 % inhibition, beside an RNN; declared after the runs above",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _identities(**SUBSET, seeds=2, updates=60, eval_every=60),
        "laptop": lambda: _identities(**DIGITS, seeds=3, updates=4_680, eval_every=2_340),
        # seeds that the runs above have not seen
        "paper": lambda: _identities(
            **DIGITS, seeds=range(NEW_SEEDS + 20, NEW_SEEDS + 40), **read_late(46_800)
        ),
    },
    by=BY,
)


def _layers(*, seeds, ratios=tuple(RATIOS), **settings) -> Iterator[RunConfig]:
    """The RNN, and the best start at each share."""
    networks = [dict(kind="rnn", **CHOSEN_RNN.settings)]
    networks += [dict(kind="colei", ei_ratio=ratio, **BEST[ratio][0].settings) for ratio in ratios]
    return grid(dict(settings, preset="both", clip=CLIP, layers=3), networks, seeds)


BETTER_LAYERS = Experiment(
    name="better_layers",
    title="The best start at each share, beside an RNN; three layers",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _layers(**SUBSET, seeds=2, ratios=(9.0,), updates=60, eval_every=60),
        "laptop": lambda: _layers(**DIGITS, seeds=3, updates=2_340, eval_every=1_170),
        "paper": lambda: _layers(**DIGITS, seeds=new(20), **read_late(18_700)),
    },
    by=BY,
)


# --- other steps -------------------------------------------------------------------------------------

EG_RATES, ADAM_RATES = (0.03, 0.1, 0.3), (0.0003, 0.001, 0.003)
DENSE = dict(  # a weight of zero could not grow by a factor
    start="permutation+colei", start_a=1.0, start_b=0.2
)


def _steps(*, seeds, eg, adam, ratio=9.0, **settings) -> Iterator[RunConfig]:
    """ColEI and a dense start by exponentiated gradient; ColEI, best start, RNN by Adam; all by SGD."""
    colei, best, rnn = dict(kind="colei"), dict(kind="colei", **BEST[ratio][0].where), dict(kind="rnn")
    dense = dict(kind="colei", **DENSE)
    conditions = [dict(network, optimiser="eg", lr=lr) for network in (colei, dense) for lr in eg]
    conditions += [dict(network, optimiser="adam", lr=lr) for network in (colei, best, rnn) for lr in adam]
    plain = [
        dict(colei, **CHOSEN_COLEI[ratio].settings),
        dict(best, lr=BEST[ratio][0].lr),
        dict(rnn, **CHOSEN_RNN.settings),
        dict(dense, lr=CHOSEN_RNN.lr),
    ]
    conditions += [condition for k, condition in enumerate(plain) if condition not in plain[:k]]
    common = dict(settings, preset="both", clip=CLIP, ei_ratio=ratio, mechanism=True, spectra=True)
    return grid(common, conditions, seeds)


STEPS = Experiment(
    name="steps",
    title="Exponentiated gradient, Adam with projection, and plain SGD, each at its best rate",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _steps(
            **SUBSET | dict(n_train=3_000, n_valid=1_000), seeds=2, eg=(0.3,), adam=(0.001,), updates=60,
            eval_every=60,
        ),
        "laptop": lambda: _steps(
            **DIGITS | dict(n_train=50_000, n_valid=10_000), seeds=3, eg=EG_RATES, adam=ADAM_RATES,
            updates=2_340, eval_every=1_170,
        ),
        "paper": lambda: _steps(
            **DIGITS | dict(n_train=50_000, n_valid=10_000), seeds=new(5), eg=EG_RATES, adam=ADAM_RATES,
            **read_late(18_700),
        ),
    },
    by=("kind", "optimiser", "start", "start_a", "start_b", "lr"),
    chosen_on="late_valid_error",
)  # fmt: skip


# --- other tasks -------------------------------------------------------------------------------------

CLOTHES = dict(task="mnist", source="fashion", n_train=60_000)


def _three(*, seeds, **settings) -> Iterator[RunConfig]:
    """RNN, ColEI and the best start at 10 %, at the rates that the digits chose."""
    networks = (
        dict(kind="rnn", **CHOSEN_RNN.settings),
        dict(kind="colei", **CHOSEN_COLEI[9.0].settings),
        dict(kind="colei", **BEST[9.0][0].settings),
    )
    return grid(dict(settings, preset="both", clip=CLIP), networks, seeds)


FASHION = Experiment(
    name="fashion",
    title="Fashion-MNIST, row by row: RNN, ColEI and the best start",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _three(**SUBSET, seeds=2, updates=60, eval_every=60),
        "laptop": lambda: _three(**CLOTHES, seeds=3, updates=4_680, eval_every=2_340),
        "paper": lambda: _three(**CLOTHES, seeds=new(20), **read_late(46_800)),
    },
    by=BY,
)
LENGTHS = (20, 50, 100)


def _adding(*, seeds, lengths=LENGTHS, **settings) -> Iterator[RunConfig]:
    """RNN, ColEI and the best start on the adding problem of several lengths; clips as the paper's ColEI."""
    networks = (dict(kind="rnn"), dict(kind="colei"), dict(kind="colei", **BEST[9.0][0].where))
    common = dict(settings, task="adding", source="generated", preset="both", hidden=50, batch=64, lr=0.02)
    conditions = [dict(network, length=T) for T in lengths for network in networks]
    return grid(dict(common, clip=7.0), conditions, seeds)


LONG_ADDING = Experiment(
    name="long_adding",
    title="The adding problem of 20, 50 and 100 steps: RNN, ColEI and the best start",
    figure="Chapter 10",
    grids={
        "smoke": lambda: _adding(n_train=2_000, lengths=(20,), seeds=2, updates=60, eval_every=60),
        "laptop": lambda: _adding(n_train=9_024, seeds=3, updates=2_820, eval_every=1_410),
        "paper": lambda: _adding(n_train=9_024, seeds=new(20), **read_late(14_100)),
    },
    by=("kind", "length", "start"),
    quantity="test_loss",
)


# --- conditions that the claims weigh -----------------------------------------------------------------

POINTS = 0.3  # of error: how much worse than an RNN a better ColEI may be


def _start_of(ratio: float) -> Where:
    """The start that the screen found best at a share."""
    return dict(kind="colei", ei_ratio=ratio) | {k: v for k, v in BEST[ratio][0].where.items() if k != "rho"}


def _start_name(ratio: float) -> Where:
    return dict(kind="colei", start=BEST[ratio][0].start)


def _share(ratio: float) -> str:
    return f"{populations.share(ratio):.0f}"


RNN_10 = dict(kind="rnn", start=None)


# --- what the book claims ------------------------------------------------------------------------------

CLAIMS = (
    # Chapter 10: starts under Dale's law
    *(own(f"better-{_share(ratio)}",
           f"With {share} inhibition the best Dale start is no worse than an RNN, within 0.3 points",
           10, "better_colei", less(_start_of(ratio), RNN_10), "no worse",
           test="difference", margin=POINTS) for ratio, share in RATIOS.items()),
    *(own(f"better-than-colei-{_share(ratio)}", f"With {share} inhibition that start is better than ColEI",
           10,
           "better_colei", less(_start_of(ratio), dict(COLEI, ei_ratio=ratio, start=None)))
      for ratio, share in RATIOS.items()),
    *(own(f"identity-{_share(ratio)}",
           f"With {RATIOS[ratio]} inhibition ColEI from an identity is no worse than an RNN, "
           "within 0.3 points",
           10, "identity_shares",
           less(dict(kind="colei", ei_ratio=ratio, start="identity", start_a=1.0), RNN_10), "no worse",
           test="difference", margin=POINTS) for ratio in IDENTITIES),
    *(own(f"better-layers-{_share(ratio)}",
           f"In three layers, {share} inhibition: no worse than an RNN, within 0.3 points",
           10,
           "better_layers", less(_start_of(ratio), RNN_10), "no worse", test="difference", margin=POINTS)
      for ratio, share in RATIOS.items()),
    own("memory-rnn", "An RNN, too, learns better from a permutation", 10, "better_colei",
         less(dict(RNN, start="permutation"), RNN_10)),
    own("memory-identity", "An RNN does as well from the identity as from a permutation", 10, "better_colei",
         less(dict(RNN, start="identity"), dict(RNN, start="permutation")), "same"),
    own("memory-signs", "The best start under Dale's law is no worse than an RNN from a permutation", 10,
         "better_colei", less(_start_of(9.0), dict(RNN, start="permutation")), "no worse"),
    # Chapter 10: other steps
    own("steps-eg", "Exponentiated gradient makes ColEI better than plain SGD", 10, "steps",
         less(dict(COLEI, optimiser="eg", start=None), dict(COLEI, optimiser=None, start=None)),
         best=("lr",)),
    own("steps-eg-gap", "ColEI by exponentiated gradient is no worse than an RNN by plain SGD", 10, "steps",
         less(dict(COLEI, optimiser="eg", start=None), dict(RNN, optimiser=None)), "no worse",
         best=("lr",)),
    own("steps-adam", "Adam makes ColEI better than plain SGD", 10, "steps",
         less(dict(COLEI, optimiser="adam", start=None), dict(COLEI, optimiser=None, start=None)),
         best=("lr",)),
    own("steps-adam-gap", "By Adam, ColEI is no worse than an RNN by Adam", 10, "steps",
         less(dict(COLEI, optimiser="adam", start=None), dict(RNN, optimiser="adam")), "no worse",
         best=("lr",)),
    # Chapter 10: other tasks
    own("fashion-better", "On Fashion-MNIST the best start is no worse than an RNN, within 0.5 points", 10,
         "fashion", less(_start_of(9.0), RNN_10), "no worse", test="difference", margin=0.5),
    own("fashion-colei", "On Fashion-MNIST ColEI is worse than an RNN", 10, "fashion",
         less(RNN_10, dict(COLEI, start=None))),
    *(own(f"adding-better-{T}", f"Adding in {T} steps the best start is no worse than an RNN", 10,
           "long_adding", less(dict(_start_name(9.0), length=T), dict(RNN, length=T)), "no worse")
      for T in LENGTHS),
)  # fmt: skip
