r"""How large a matrix's weights are, whatever their signs, and what that leaves to its spectrum. NumPy only.

Let the columns of W `(n, n)` have one sign each, D = diag(+-1), M = W D >= 0; signs of columns do not change
singular values. With 1 the vector of ones sum |w| = 1^T M 1 <= n s_1, and sum w^2 = n mean(s^2). So a unit's
effective number of inputs, K = (sum |w|)^2 / (n sum w^2), is at most s_1^2 / mean(s^2): under Dale's law
units with many inputs mean a large singular value, whatever else is done.
"""

from __future__ import annotations

import numpy as np

from .checks import matrices, not_negative, numbers, shown, size
from .scaling import ordinary
from .spectra import svd_entropy

MEASURES = ("zeros", "inputs", "variation", "log_skew")


def effective_inputs(W) -> float:
    """How many inputs a unit has in effect: K = (sum |w|)^2 / (n sum w^2) of `W (n, m)`.

    k if every row has k entries of one size.

    Raises: ValueError unless W is a matrix with finite entries, not all zero.
    """
    W, _ = ordinary(_one(W).astype(float))
    if not W.any():
        raise ValueError("W: expected a matrix that is not zero, got zeros")
    return float(np.abs(W).sum() ** 2 / (len(W) * np.square(W).sum()))


def most_entropy(inputs, n: int) -> np.ndarray:
    r"""The highest H that magnitudes leave a column-signed matrix of n units with so many effective inputs.

    s_1 is at least sqrt(K) times the root mean square; H is highest where it is just that and all other
    singular values are equal: s = (sqrt(K), sqrt((n - K) / (n - 1)), ..). 1 up to one input, 0 at n.

    Raises: ValueError unless 0 < inputs <= n, n >= 2.
    """
    n, K = size("n", n), numbers("inputs", inputs).astype(float)
    if n < 2 or not ((K > 0) & (K <= n)).all():
        raise ValueError(
            f"inputs: expected numbers from 0 to n, n at least 2, got {shown(inputs)} and n = {n}"
        )
    K = np.maximum(K, 1)
    others = np.broadcast_to(np.sqrt((n - K) / (n - 1))[..., None], (*K.shape, n - 1))
    return svd_entropy(singular_values=np.concatenate([np.sqrt(K)[..., None], others], -1))


def measure(W, floor: float = 1e-8) -> dict[str, float]:
    """MEASURES of the magnitudes of `W (n, n)`; the diagonal, which some starts leave out, does not count.

    zeros: the share of entries not above `floor`. inputs: `effective_inputs`. Of the other entries, each
    over its column's mean, so that excitatory and inhibitory columns compare: variation, standard deviation
    over mean, and log_skew, the skewness of logarithms: 0 for a log-normal law, -1.14 for an exponential
    one. NaN where fewer than three entries are left, or all are equal.

    Raises: ValueError as `effective_inputs`.
    """
    W = _one(W)
    floor = not_negative("floor", floor)
    if W.shape[0] != W.shape[1] or len(W) < 2:
        raise ValueError(f"W: expected a square matrix of at least two units, got shape {W.shape}")
    inputs, off = effective_inputs(W), ~np.eye(*W.shape, dtype=bool)
    w = np.where(off, np.abs(W), 0)
    there = w > np.float64(floor)  # as it is, whatever the precision of w
    zeros, w = 1 - there.sum() / off.sum(), ordinary(w)[0]
    there &= w > 0  # beside entries larger by more than numbers reach
    means = w.sum(0) / np.maximum(there.sum(0), 1)  # of the entries that are not zero
    scaled = (w / np.where(means > 0, means, 1))[there]
    variation = log_skew = np.nan
    if len(scaled) > 2 and np.ptp(scaled) > 1e-6:
        variation, logs = scaled.std() / scaled.mean(), np.log(scaled)
        log_skew = ((logs - logs.mean()) ** 3).mean() / logs.std() ** 3
    return dict(zip(MEASURES, map(float, (zeros, inputs, variation, log_skew))))


def _one(W) -> np.ndarray:
    W = matrices("W", W)
    if W.ndim != 2 or np.iscomplexobj(W):
        what = "complex numbers" if np.iscomplexobj(W) else f"shape {W.shape}"
        raise ValueError(f"W: expected one matrix (n, m) of real numbers, got {what}")
    return W
