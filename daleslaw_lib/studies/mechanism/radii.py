"""Spectral radii of Dale matrices beside the random series that predicts them. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ... import theory
from ...checks import generator
from ...spectra import spectral_radius

# Units, inhibitory ones, variation of the weights that are there, and how likely a connection is.
CASES: Mapping[str, tuple[int, int, float, float]] = {
    "10 of 100 inhibitory": (100, 10, 1.0, 1.0),
    "50 of 100": (100, 50, 1.0, 1.0),
    "30 of 60": (60, 30, 1.0, 1.0),
    "weights vary half as much": (100, 10, 0.5, 1.0),
    "half of the connections": (100, 50, 1.0, 0.5),
    "2 of 100": (100, 2, 1.0, 1.0),
}
DRAWS, ROOTS, TERMS = 150, 2_000, 32  # matrices a case; draws of the series, cut off after so many terms


def drawn_radii(n: int, n_i: int, cv: float, p: float, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Chapter 9: rho / R `(draws,)` of Dale matrices of n units, n_i of them inhibitory.

    Their diagonals are zero. Weights are gamma variables of variation cv, each there with probability p;
    inhibition balances excitation. R is the radius of the disc (`theory.eigenvalue_radius`).
    """
    rng = generator(rng)
    n_e = n - n_i
    W = rng.gamma(1 / cv**2, cv**2, (draws, n, n)) * np.repeat([1, -n_e / n_i], [n_e, n_i])
    W *= rng.random(W.shape) < p
    W[:, range(n), range(n)] = 0
    return spectral_radius(W) / theory.eigenvalue_radius(n_e, n_i, cv=cv, p=p)


def compared(
    cases: Mapping[str, tuple[int, int, float, float]] = CASES,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Chapter 9: rho / R of every case, drawn `(DRAWS,)` and by the series `(ROOTS,)`; nothing is fitted."""
    drawn, predicted = {}, {}
    for name, (n, n_i, cv, p) in cases.items():
        drawn[name] = drawn_radii(n, n_i, cv, p, draws=DRAWS, rng=np.random.default_rng(1))
        c = theory.effective_variation(cv, p)
        predicted[name] = theory.outlier_growth(ROOTS, c=c, terms=TERMS, rng=np.random.default_rng(2))
    return drawn, predicted
