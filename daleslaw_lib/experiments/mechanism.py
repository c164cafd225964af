"""The experiments of chapter 9: which part of ColEI's spectrum harms, in which matrix, what else might."""

from __future__ import annotations

from collections.abc import Iterator

from .configs import RunConfig
from .experiment import COLEI, DIGITS, RNN, SUBSET, Claim, Experiment, Where, grid, less, new, own, read_late

RATE, CLIP = 0.010772, 10.0  # of the paper's transplants
FIVE_RATES = (0.0025, 0.005, 0.01, 0.02, 0.04)
VARIATIONS = (0.25, 0.5, 1.0, 2.0, 4.0)  # standard deviation over mean of a weight
PARTS = ("outlier", "group", "outlier+group", "outlier+group-matched")
SPLIT = dict(DIGITS, n_train=50_000, n_valid=10_000)


# --- parts of the spectrum, and parts of the network -----------------------------------------------


def _parts(*, seeds, **settings) -> Iterator[RunConfig]:
    """An RNN; with parts of ColEI's spectrum in W; with all of it in one matrix alone; and the reverse into
    ColEI.

    All are free weights at one rate and clip, so that they differ in their start alone.
    """
    common = dict(settings, kind="rnn", preset="both", lr=RATE, clip=CLIP)
    conditions = [
        dict(vectors="rnn", spectrum="rnn"),
        *(dict(start=part) for part in PARTS),
        *(dict(vectors="rnn", spectrum="colei", parts=matrix) for matrix in ("W", "U", "readout")),
        dict(vectors="colei", spectrum="colei"),
        *(dict(vectors="colei", spectrum="rnn", parts=matrix) for matrix in ("W", "U", "readout")),
    ]
    return grid(common, conditions, seeds)


SPECTRUM_PARTS = Experiment(
    name="spectrum_parts",
    title="An RNN with one part of ColEI's spectrum, and transplants of one matrix alone",
    figure="Chapter 9",
    grids={
        "smoke": lambda: _parts(**SUBSET, seeds=2, updates=60, eval_every=60),
        "laptop": lambda: _parts(**DIGITS, seeds=3, updates=5_625, eval_every=1_125),
        "paper": lambda: _parts(**DIGITS, seeds=new(20), **read_late(46_800)),
    },
    by=("kind", "vectors", "spectrum", "parts", "start"),
)


# --- controls of what H cannot see -----------------------------------------------------------------


def _controls(*, seeds, lrs, **settings) -> Iterator[RunConfig]:
    """ColEI; its H kept and its outlying eigenvalues gone, or its gain set to 1; an RNN of ColEI's radius."""
    networks = (
        dict(kind="colei"),
        dict(kind="colei", start="row-balanced", start_a=1.5),
        dict(kind="colei", start="unit-gain"),
        dict(kind="rnn", rho=1.5),
    )
    conditions = [dict(network, lr=lr) for network in networks for lr in lrs]
    return grid(dict(settings, preset="both", clip=CLIP), conditions, seeds)


CONTROLS = Experiment(
    name="controls",
    title="ColEI with balanced rows or at gain 1, and an RNN of its radius, each at its best of five rates",
    figure="Chapter 9",
    grids={
        "smoke": lambda: _controls(
            **SUBSET | dict(n_train=3_000, n_valid=1_000), seeds=2, lrs=(0.05,), updates=60, eval_every=60
        ),
        "laptop": lambda: _controls(**SPLIT, seeds=3, lrs=(0.005, 0.02), updates=2_340, eval_every=1_170),
        "paper": lambda: _controls(**SPLIT, seeds=new(5), lrs=FIVE_RATES, **read_late(46_800)),
    },
    by=("kind", "rho", "start", "lr"),
    chosen_on="late_valid_error",
)


# --- H inside one cell -----------------------------------------------------------------------------


def _cell(*, seeds, variations=VARIATIONS, **settings) -> Iterator[RunConfig]:
    """ColEI of 100 units, 10 of them inhibitory, its weights varying more or less: H changes, N does not."""
    conditions = [
        dict(start=law, start_a=cv, start_b=1.5) for law in ("gamma", "lognormal") for cv in variations
    ]
    return grid(dict(settings, kind="colei", preset="both", lr=0.01, clip=CLIP), conditions, seeds)


ONE_CELL = Experiment(
    name="one_cell",
    title="ColEI of one size and share, its weights varying more or less about their means",
    figure="Chapter 9",
    grids={
        "smoke": lambda: _cell(**SUBSET, variations=(0.5, 2.0), seeds=2, updates=60, eval_every=60),
        "laptop": lambda: _cell(**DIGITS, seeds=3, updates=2_340, eval_every=1_170),
        "paper": lambda: _cell(**DIGITS, seeds=new(10), **read_late(23_400)),
    },
    by=("start", "start_a"),
)


# --- the mechanism while learning ------------------------------------------------------------------


def _jacobians(*, seeds=3, **settings) -> Iterator[RunConfig]:
    """The three kinds, both transplants, ColEI from a permutation; Jacobians measured at each evaluation."""
    networks = (
        dict(kind="rnn"),
        dict(kind="colei"),
        dict(kind="dann"),
        dict(kind="rnn", vectors="rnn", spectrum="colei"),
        dict(kind="rnn", vectors="colei", spectrum="rnn"),
        dict(kind="colei", start="permutation", start_a=1.0),
    )
    common = dict(settings, preset="both", lr=RATE, clip=CLIP, mechanism=True, spectra=True)
    return grid(common, networks, seeds)


JACOBIANS = Experiment(
    name="jacobians",
    title="What changes and gradients do on their way through digits, while networks learn",
    figure="Chapter 9",
    grids={
        "smoke": lambda: _jacobians(**SUBSET, seeds=2, updates=60, eval_every=30),
        "laptop": lambda: _jacobians(**DIGITS, updates=4_680, eval_every=468),
        "paper": lambda: _jacobians(**DIGITS, updates=46_800, eval_every=2_340),
    },
    by=("kind", "vectors", "spectrum", "start"),
)


# --- conditions that the claims weigh -----------------------------------------------------------------


def _part(start: str) -> Where:
    return dict(kind="rnn", start=start)


def _matrix(vectors: str, spectrum: str, parts: str) -> Where:
    return dict(kind="rnn", vectors=vectors, spectrum=spectrum, parts=parts)


PLAIN_RNN_9 = dict(kind="rnn", vectors="rnn", spectrum="rnn")
PLAIN_COLEI_9 = dict(kind="rnn", vectors="colei", spectrum="colei")


# --- what the book claims ------------------------------------------------------------------------------

CLAIMS = (
    # Chapter 9: parts of the spectrum, and of the network
    own("part-outlier", "ColEI's outlier alone makes an RNN worse", 9, "spectrum_parts",
         less(PLAIN_RNN_9, _part("outlier"))),
    own("part-group", "ColEI's inhibitory group alone makes an RNN worse", 9, "spectrum_parts",
         less(PLAIN_RNN_9, _part("group"))),
    own("part-both", "Outlier and inhibitory group together make an RNN worse", 9, "spectrum_parts",
         less(PLAIN_RNN_9, _part("outlier+group"))),
    own("part-matched", "At an RNN's own gain outlier and group still make it worse", 9, "spectrum_parts",
         less(PLAIN_RNN_9, _part("outlier+group-matched"))),
    own("part-gain", "Scaled to the RNN's gain, outlier and group harm less", 9, "spectrum_parts",
         less(_part("outlier+group-matched"), _part("outlier+group"))),
    own("part-order", "The outlier harms more than the inhibitory group", 9, "spectrum_parts",
         less(_part("group"), _part("outlier"))),
    own("matrix-w", "ColEI's spectrum in W alone makes an RNN worse", 9, "spectrum_parts",
         less(PLAIN_RNN_9, _matrix("rnn", "colei", "W"))),
    own("matrix-u", "ColEI's spectrum in U alone makes no difference to an RNN", 9, "spectrum_parts",
         less(PLAIN_RNN_9, _matrix("rnn", "colei", "U")), "same"),
    own("matrix-readout", "ColEI's spectrum in the readout alone makes no difference to an RNN",
         9, "spectrum_parts",
         less(PLAIN_RNN_9, _matrix("rnn", "colei", "readout")), "same"),
    own("matrix-rescue-w", "An RNN's spectrum in W alone makes ColEI better", 9, "spectrum_parts",
         less(_matrix("colei", "rnn", "W"), PLAIN_COLEI_9)),
    own("matrix-rescue-u", "An RNN's spectrum in U alone makes no difference to ColEI", 9, "spectrum_parts",
         less(_matrix("colei", "rnn", "U"), PLAIN_COLEI_9), "same"),
    own("matrix-rescue-readout", "An RNN's spectrum in the readout alone makes no difference to ColEI",
         9, "spectrum_parts",
         less(_matrix("colei", "rnn", "readout"), PLAIN_COLEI_9), "same"),
    # Chapter 9: what H cannot see
    own("control-balanced", "ColEI with balanced rows, of the same H, is better than ColEI", 9, "controls",
         less(dict(COLEI, start="row-balanced"), dict(COLEI, start=None)), best=("lr",)),
    own("control-gain", "ColEI at gain 1 is better than ColEI", 9, "controls",
         less(dict(COLEI, start="unit-gain"), dict(COLEI, start=None)), best=("lr",)),
    own("control-gain-rnn", "ColEI at gain 1 is worse than an RNN of radius 1.5", 9, "controls",
         less(dict(RNN, rho=1.5), dict(COLEI, start="unit-gain")), best=("lr",)),
    own("control-radius", "An RNN of ColEI's radius, 1.5, is better than ColEI", 9, "controls",
         less(dict(RNN, rho=1.5), dict(COLEI, start=None)), best=("lr",)),
    Claim("one-cell-entropy", "In one cell, too, error falls as H rises with the variation of the weights",
          "chapter 9", "one_cell", (), test="rank"),
    own("one-cell-law", "Of one variation, 2, log-normal weights learn as gamma weights do", 9, "one_cell",
         less(dict(start="lognormal", start_a=2.0), dict(start="gamma", start_a=2.0)), "same"),
)  # fmt: skip
