r"""What a network does to many directions at once, step by step, while it reads a digit. NumPy only.

A network at rest, with weights U and W, reads an image row by row: h_t = relu(U x_t + W h_{t-1}), P_t the
diagonal matrix of zeros and ones that says which units are active. A small change of its state travels
forward as dh_t = P_t W dh_{t-1}; a gradient with respect to the state travels back as g_{t-1} = W^T P_t g_t.
Both are products of W and masks, and one is the other transposed.

A cloud is N directions at right angles to each other. After k steps it has a size, the root mean square
of its lengths, and a number of directions, the participation ratio (sum_k s_k^2)^2 / sum_k s_k^4 of the
product's singular values: N if all are alike, 1 if the cloud is a line.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...checks import matrices, one_of, positive_integer
from ...initialisation.colei import colei_input_weights, colei_weights
from ...initialisation.dann import dann_input_weights, dann_weights, effective_dann
from ...initialisation.populations import count_interneurons
from ...initialisation.rnn import rnn_input_weights, rnn_weights
from ...jacobians import LayerWithReadout, participation_ratio
from ...spectra import without_column_means
from ...tasks import mnist

FIRST = 8  # the row after which the cloud starts, in the middle of the digit
STEPS = 10


def of_equal_variances(W) -> np.ndarray:
    """Chapter 3: W with its columns' means, and one variance around them in every column: the mean of what
    they were.

    Raises: ValueError if a column is constant.
    """
    W = matrices("W", W)
    mean = W.mean(-2, keepdims=True)
    variance = W.var(-2, keepdims=True)
    if (variance == 0).any():
        raise ValueError("W: expected columns that vary, got a constant one")
    return mean + (W - mean) * np.sqrt(variance.mean(-1, keepdims=True) / variance)


CHANGES = {  # of ColEI's matrix, to see which of its features does what
    "colei": lambda W: W,
    "no_outlier": without_column_means,
    "equal": of_equal_variances,
    "neither": lambda W: without_column_means(of_equal_variances(W)),
}
MATRICES = ("rnn", *CHANGES, "dann")


def network(
    name: str, n: int = 100, ei_ratio: float = 9.0, *, n_in: int = mnist.N_IN, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Chapter 3: effective `U (n, n_in)` and `W (n, n)` of a new network: of a kind, or ColEI's with W
    changed.

    Raises: ValueError for a name that is not in `MATRICES`.
    """
    one_of("name", name, MATRICES)
    if name == "rnn":
        return rnn_input_weights(n, n_in, rng=rng), rnn_weights(n, rng=rng)
    if name == "dann":
        n_i = count_interneurons(n, ei_ratio)
        U = dann_input_weights(n, n_in, n_i, rng=rng)
        return effective_dann(*U), effective_dann(*dann_weights(n, n_i, rng=rng))
    U = colei_input_weights(n, n_in, rng=rng)
    return U, CHANGES[name](colei_weights(n, ei_ratio, rng=rng))


def active(U, W, x) -> np.ndarray:
    """Chapter 3: which units are active at each step, from rest: `x (T, n_in)` -> bool `(T, n)`."""
    U, W, x = (np.asarray(array, float) for array in (U, W, x))
    if x.ndim != 2 or U.shape != (len(W), x.shape[1]):
        raise ValueError(
            f"x: expected (T, n_in) for U (n, n_in) of {len(W)} units, got {x.shape} for {U.shape}"
        )
    return LayerWithReadout.alone(U, W).states(x[:, None])[:, 0] > 0


def products(W, masks, *, backward: bool = False) -> np.ndarray:
    """Chapter 3: what the steps make of the identity, none to all of them: `masks (K, n)` -> `(K + 1, n, n)`.

    Forward, the first mask comes first; backward, the last, and W is transposed.
    """
    W, masks = matrices("W", W), np.asarray(masks, bool)
    if masks.ndim != 2 or W.shape != (masks.shape[1],) * 2:
        raise ValueError(f"masks: expected (K, n) for W (n, n), got {masks.shape} for {W.shape}")
    found = [np.eye(len(W))]
    for mask in masks[::-1] if backward else masks:
        found.append(W.T @ (mask[:, None] * found[-1]) if backward else mask[:, None] * (W @ found[-1]))
    return np.array(found)


def directions(M) -> np.ndarray:
    """Chapter 3: participation ratio of the squared singular values of `M (..., n, n)`; 0 if nothing is
    left.
    """
    return participation_ratio(M)


def log_gain(M) -> np.ndarray:
    """Chapter 3: log10 of the root mean square length that `M (..., n, n)` gives to unit vectors; -inf if it
    is zero.
    """
    M = matrices("M", M)
    with np.errstate(divide="ignore"):
        return np.log10(np.linalg.norm(M, axis=(-2, -1)) / np.sqrt(M.shape[-1]))


def positions(M, cloud) -> np.ndarray:
    """Chapter 3: the cloud `(n, p)`, carried by `M (n, n)`, in the plane of its two longest axes: `(2, p)`.

    In units of the root mean square along the longest. Each axis points to where the sum of the cloud's
    positions along it is positive.
    """
    _, s, Vt = np.linalg.svd(matrices("M", M))
    along = np.sqrt(len(Vt)) * (Vt[:2] @ cloud) * (s[:2, None] / s[0])
    return along * np.where(along.sum(1, keepdims=True) < 0, -1, 1)


def survey(
    names=MATRICES,
    *,
    draws: int = 100,
    n: int = 100,
    ei_ratio: float = 9.0,
    steps: int = STEPS,
    seed: int = 0,
) -> pd.DataFrame:
    """Chapter 3: many draws, each reading a test digit of its own, carry a cloud forward: a row a matrix,
    draw and step.

    Columns: name, draw, step, directions, log_gain. The seed of draw k is (seed, k); the digits are the
    first of the embedded test images.

    Raises: ValueError for an unknown name or a number out of range.
    """
    draws, steps = positive_integer("draws", draws), positive_integer("steps", steps)
    if steps > mnist.T - FIRST:
        raise ValueError(f"steps: expected at most {mnist.T - FIRST}, the rows that are left, got {steps}")
    images = mnist.load(source="subset").x_test
    rows = []
    for name in names:
        for k in range(draws):
            U, W = network(name, n, ei_ratio, rng=np.random.default_rng((seed, k)))
            masks = active(U, W, mnist.scaled(images[k % len(images)], float))
            carried = products(W, masks[FIRST : FIRST + steps])
            columns = {"directions": directions(carried), "log_gain": log_gain(carried)}
            rows.append(pd.DataFrame({"name": name, "draw": k, "step": range(steps + 1)} | columns))
    return pd.concat(rows, ignore_index=True)
