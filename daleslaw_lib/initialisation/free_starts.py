r"""Recurrent matrices of an unconstrained RNN that start with another spectrum. NumPy only.

Controls for what starts under Dale's law do (`dale_starts`): a long memory without a mean, and an RNN's
matrix with one part of ColEI's spectrum. Signs are free; `gain` is the root mean square of the singular
values.
"""

from __future__ import annotations

import numpy as np

from ..checks import SQUARABLE, generator, one_of, scale, size, square
from ..spectra import singular_values
from .colei import colei_weights
from .dale_starts import masked_gain
from .populations import split_population

PARTS = ("outlier", "group", "both", "both, matched")


def identity(n: int, *, gain: float = 1.0) -> np.ndarray:
    """gain I. Raises: ValueError if a number is out of range. Source: Le, Jaitly and Hinton 2015."""
    return scale("gain", gain) * np.eye(size("n", n))


def permutation(n: int, *, gain: float = 1.0, rng: np.random.Generator) -> np.ndarray:
    """gain P, P a permutation drawn evenly. Raises: ValueError if a number is out of range."""
    return identity(n, gain=gain)[generator(rng).permutation(n)]


def orthogonal(n: int, *, gain: float = 1.0, rng: np.random.Generator) -> np.ndarray:
    """gain Q, Q orthogonal and drawn evenly (Haar). Raises: ValueError if a number is out of range.

    Source: Mezzadri 2007: the Q of a normal matrix's QR decomposition, columns signed as R's diagonal.
    """
    n, gain = size("n", n), scale("gain", gain)
    Q, R = np.linalg.qr(generator(rng).standard_normal((n, n)))
    return gain * Q * np.sign(np.diag(R))


def with_part(W, part: str, *, ei_ratio: float = 9.0, rng: np.random.Generator) -> np.ndarray:
    """Initial W: its own singular vectors and values, but for a part of the values that is a new ColEI's.

    "outlier": the largest. "group": the n_i after it, which inhibitory columns make. "both". "both,
    matched": both, the whole then scaled to W's own `masked_gain`. ColEI's diagonal is as drawn, as in the
    paper's transplants (E8).

    Raises: ValueError for another part, a W that is not square, or a ratio that leaves a population empty.
    """
    W = square("W", W)
    if float(np.abs(W).max()) > SQUARABLE[1]:
        raise ValueError(f"W: expected entries of at most {SQUARABLE[1]:g}, got larger ones")
    one_of("part", part, PARTS)
    _, n_i = split_population(len(W), ei_ratio)
    A, s, B = np.linalg.svd(W)
    colei = singular_values(colei_weights(len(W), ei_ratio, zero_diagonal=False, rng=rng))
    taken = slice(1 if part == "group" else 0, 1 if part == "outlier" else n_i + 1)
    s[taken] = colei[taken]
    changed = (A * s) @ B
    if part != "both, matched":
        return changed
    return changed * (masked_gain(W, rng=rng) / masked_gain(changed, rng=rng))
