r"""What an initial spectral radius does to signals: their gain over the steps of a sequence. NumPy only.

A small change v of the state travels forward by v_t = P_t W v_{t-1}, a gradient travels back by
g_{t-1} = W^T P_t g_t; P_t is the diagonal matrix of zeros and ones that says which units were active.
Both pass through the same matrices. Multiplying W by a constant multiplies each of them by it, and
leaves the shape of the spectrum, and so the entropy H, as it is.

For independent entries of variance rho^2 / N and half of the units active, the mean square grows by
rho^2 / 2 a step: the gain of k steps is (rho / sqrt 2)^k. He's radius, sqrt 2, makes it 1.
"""

from __future__ import annotations

import math

import numpy as np

from ...checks import positive
from ...initialisation.draw import draw_network, effective_weight
from ...initialisation.rnn import PYTORCH_RHO
from ...jacobians import LayerWithReadout

INITIALISATIONS = {"PyTorch": PYTORCH_RHO, "Xavier": 1.0, "He": math.sqrt(2)}  # their radii, in an RNN


def draw_weights(
    kind: str,
    rho: float,
    *,
    n: int = 100,
    n_in: int = 28,
    ei_ratio: float = 9.0,
    random_ix: bool = False,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Chapter 5: effective `U (n, n_in)` and `W (n, n)` of one new network, W at spectral radius rho.

    The same stream gives the same network at every rho, but for the factor of W.

    Args:   random_ix: DANN's W_ix is drawn, as in the public code's radius sweep (E5).
    Raises: ValueError as `initialisation.draw_network`.
    """
    options = dict(ei_ratio=ei_ratio, rho=positive("rho", rho), random_ix=random_ix)
    arrays = draw_network(kind, n_in, n, 10, **options, rng=rng)
    U, W = (effective_weight(arrays, kind, f"layer0/{name}", ei_ratio) for name in "UW")
    return U, W


def activity(U: np.ndarray, W: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Chapter 5: which units are active at each step: h_t = relu(U x_t + W h_{t-1}) > 0, from h = 0.

    Shapes: `U (n, n_in)`, `W (n, n)`, `x (T, B, n_in)` -> bool `(T, B, n)`.
    """
    return LayerWithReadout.alone(U, W).states(x) > 0


def gains(W: np.ndarray, active: np.ndarray, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Chapter 5: by how much changes of the state grow forward, and gradients backward, after 0 .. T-1 steps.

    Each of B sequences has one random direction of length 1 either way, at the first step and at the
    last; a gain is the root of the mean square length over sequences.

    Shapes: `W (n, n)`, `active (T, B, n)` -> `(T,)`, `(T,)`.
    """
    v, g = rng.standard_normal((2, *active.shape[1:]))
    v, g = (a / np.linalg.norm(a, axis=-1, keepdims=True) for a in (v, g))
    forward, backward = [v], [g]
    for t in range(1, len(active)):
        forward.append(active[t] * (forward[-1] @ W.T))
        backward.append((active[-t] * backward[-1]) @ W)
    return _length(forward), _length(backward)


def _length(vectors) -> np.ndarray:
    return np.sqrt(np.square(np.stack(vectors)).sum(-1).mean(-1))


def drawn_gains(
    kind: str, rho: float, x: np.ndarray, *, draws: int, seed: int = 0, **options
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chapter 5: `gains` of several new networks that read x `(T, B, n_in)`; draw k is a function of seed and
    k.

    Shapes: forward `(draws, T)`, backward `(draws, T)`, share of units that are active `(draws,)`.
    """
    rows = []
    for k in range(draws):
        rng = np.random.default_rng([seed, k])
        U, W = draw_weights(kind, rho, n_in=x.shape[2], rng=rng, **options)
        active = activity(U, W, x)
        rows.append((*gains(W, active, rng=rng), active.mean()))
    forward, backward, share = (np.stack(column) for column in zip(*rows))
    return forward, backward, share


def predicted_gain(rho, steps) -> np.ndarray:
    """Chapter 5: (rho / sqrt 2)^steps: an RNN's gain while half of its units are active."""
    return (np.asarray(rho, float) / math.sqrt(2)) ** steps
