"""Excitatory and inhibitory units: how many there are, the signs of their columns, and Dale's law itself."""

from __future__ import annotations

import math

import numpy as np

from ..checks import matrices, scale, size, warn


def split_population(n: int, ei_ratio: float) -> tuple[int, int]:
    """Split n units into `(n_e, n_i)` at `ei_ratio` excitatory ones per inhibitory one (ColEI).

    n_i = ceil(n / (ei_ratio + 1)), the rest are excitatory. A ratio below one makes inhibition the majority;
    it is taken as it stands, with a warning, since a fraction such as 0.8 may have been meant.

    Raises: ValueError if n or ei_ratio is not positive and finite, or a population is left empty.
    """
    n, ei_ratio = size("n", n), scale("ei_ratio", ei_ratio)
    n_i = math.ceil(n / (ei_ratio + 1) - 1e-9)  # the slack forgives rounding, as in 1 / 0.1 - 1
    n_e = n - n_i
    if n_e < 1 or n_i < 1:
        raise ValueError(
            f"ei_ratio: expected a split that leaves both populations units, "
            f"got {n_e} excitatory and {n_i} inhibitory of {n} at ratio {ei_ratio:g}"
        )
    _mind_fractions(ei_ratio)
    return n_e, n_i


def share(ei_ratio: float) -> float:
    """How many per cent of the units are inhibitory at `ei_ratio` excitatory ones per inhibitory one.

    >>> share(9.0)
    10.0
    """
    return 100 / (ei_ratio + 1)


SHARES = {ratio: f"{share(ratio):.0f} %" for ratio in (99.0, 9.0, 1.0)}  # by the ratios E : I of the paper


def count_interneurons(n: int, ei_ratio: float) -> int:
    """Interneurons that a DANN layer of n excitatory units adds: max(floor(n / (ei_ratio + 1)), 1).

    Raises: ValueError if n or ei_ratio is not positive and finite.
    """
    n, ei_ratio = size("n", n), scale("ei_ratio", ei_ratio)
    _mind_fractions(ei_ratio)
    return max(math.floor(n / (ei_ratio + 1) + 1e-9), 1)


def _mind_fractions(ratio: float) -> None:
    """A ratio below one gets a word on what it would be as a fraction."""
    if ratio < 1:
        warn(
            f"ei_ratio: {ratio:g} is read as {ratio:g} excitatory units per inhibitory one, "
            f"{ratio / (1 + ratio):.0%} excitatory; for {ratio:.0%} excitatory give {ratio / (1 - ratio):g}"
        )


def column_signs(n: int, ei_ratio: float) -> np.ndarray:
    """+1 for the excitatory senders, then -1 for the inhibitory ones: shape (n,).

    Raises: ValueError as in `split_population`.
    """
    n_e, n_i = split_population(n, ei_ratio)
    return np.repeat([1.0, -1.0], [n_e, n_i])


def obeys_dale(W) -> tuple[bool, str]:
    """Whether a population's `W (..., n, m)` has one sign a column, and why (not). Zeros have any sign.

    Returns: `(ok, reason)`; the reason names the first column that mixes signs.
    Raises:  ValueError unless W is a stack of matrices of finite real numbers.
    """
    W = _real(W)
    mixed = (W > 0).any(-2) & (W < 0).any(-2)  # (..., m)
    if not mixed.any():
        return True, "every column has one sign"
    *member, column = (int(i) for i in np.argwhere(mixed)[0])
    where = f"column {column}" + (f" of matrix {tuple(member)}" if member else "")
    others = f" ({mixed.sum()} such columns in all)" if mixed.sum() > 1 else ""
    return False, f"{where} has entries of both signs{others}"


def columns_of_one_sign(W) -> int:
    """How many units of a population, columns of `W (n, m)`, obey Dale's law; zeros have any sign.

    Raises: ValueError unless W is one matrix of finite real numbers.
    """
    W = _real(W)
    if W.ndim != 2:
        raise ValueError(f"W: expected one matrix (n, m), got shape {W.shape}")
    return int(((W >= 0).all(0) | (W <= 0).all(0)).sum())


def _real(W) -> np.ndarray:
    W = matrices("W", W)
    if np.iscomplexobj(W):
        raise ValueError(f"W: expected real numbers, got {W.dtype}")
    return W
