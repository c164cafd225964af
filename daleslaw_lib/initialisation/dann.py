"""Initial weights of DANN ("Dale's ANN"): N excitatory units, and linear interneurons that settle at once.

`W = W_ex - W_ei W_ix`, with all three parts >= 0. Exp(s) is the exponential distribution of mean s.
"""

from __future__ import annotations

import math

import numpy as np

from ..checks import generator, matrices, scale, size
from .kind import Draw, Kind
from .populations import count_interneurons
from .rnn import PYTORCH_RHO


def dann_weights(
    n: int,
    n_inhibitory: int,
    *,
    rho: float = PYTORCH_RHO,
    random_ix: bool = False,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recurrent weights of a DANN: `W_ex (n, n)`, `W_ix (n_inhibitory, n)`, `W_ei (n, n_inhibitory)`.

    W_ex is Exp(s) with s^2 = rho^2 / (n - 1); every row of W_ix is the mean row of W_ex, and rows
    of W_ei sum to one. So W_ei W_ix is the mean row of W_ex, and W = W_ex - W_ei W_ix is W_ex with
    its columns centred: variance rho^2 / n, like that of an RNN.

    With `random_ix` W_ix is drawn from Exp(s) like W_ex, as the public code does in two of its
    experiments (E5). It no longer cancels the mean, and a large singular value comes back.

    Source: Cornford et al. 2021; the paper, section 2.
    """
    n, rho = size("n", n), scale("rho", rho)
    if n < 2:
        raise ValueError(f"n: expected at least 2 units, so that a column can be centred, got {n}")
    s = rho / math.sqrt(n - 1)
    W_ex, W_ix, W_ei = _dann(n, n, n_inhibitory, s, rng)
    return W_ex, rng.exponential(s, W_ix.shape) if random_ix else W_ix, W_ei


def dann_input_weights(
    n: int, n_in: int, n_inhibitory: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Input weights of a DANN: `U_ex (n, n_in)`, `U_ix (n_inhibitory, n_in)`, `U_ei (n, n_inhibitory)`.

    Scaled by the receiving n, like `rnn_input_weights`, not by n_in (E12).
    """
    n = size("n", n)
    if n < 2:
        raise ValueError(f"n: expected at least 2 units, so that a column can be centred, got {n}")
    return _dann(n, n_in, n_inhibitory, PYTORCH_RHO / math.sqrt(n - 1), rng)


def dann_readout_weights(
    n_out: int, n: int, n_inhibitory: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Readout of a DANN: `W_ex (n_out, n)`, `W_ix (n_inhibitory, n)`, `W_ei (n_out, n_inhibitory)`.

    Effective variance 2 / n. With one output the mean row is the row itself, and the effective
    readout starts at exactly zero (E6).
    """
    n_out, n = size("n_out", n_out), size("n", n)
    centring = n_out / (n_out - 1) if n_out > 1 else 1
    return _dann(n_out, n, n_inhibitory, math.sqrt(2 / n * centring), rng)


def _dann(n_post, n_pre, n_inhibitory, s, rng):
    n_pre = size("n_in", n_pre)
    n_inhibitory = size("n_inhibitory", n_inhibitory)
    W_ex = generator(rng).exponential(s, (n_post, n_pre))
    W_ix = np.tile(W_ex.mean(0), (n_inhibitory, 1))
    W_ei = rng.exponential(1.0, (n_post, n_inhibitory))
    return W_ex, W_ix, W_ei / W_ei.sum(1, keepdims=True)


def effective_dann(W_ex, W_ix, W_ei) -> np.ndarray:
    """What the weights of a DANN, as drawn, amount to: W = W_ex - W_ei W_ix; `(..., n_post, n_pre)`.

    Raises: ValueError if shapes do not fit one another, or numbers are not finite.
    """
    parts = {"W_ex": W_ex, "W_ix": W_ix, "W_ei": W_ei}
    ex, ix, ei = (matrices(name, part) for name, part in parts.items())
    *lead, n_post, n_pre = ex.shape
    if ix.shape != (*lead, ei.shape[-1], n_pre) or ei.shape != (*lead, n_post, ix.shape[-2]):
        raise ValueError(
            "effective_dann: expected W_ex (..., n_post, n_pre), W_ix (..., n_i, n_pre) and "
            f"W_ei (..., n_post, n_i), got shapes {ex.shape}, {ix.shape} and {ei.shape}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        W = ex - ei @ ix
    return matrices("effective_dann: W_ex - W_ei W_ix", W)


class DANNDraw(Draw):
    """How each weight of a DANN is drawn: W_ex, W_ix, W_ei."""

    parts = ("_ex", "_ix", "_ei")
    RHO = PYTORCH_RHO
    LEAST = 2
    RATIO = True
    MAGNITUDES = True

    def __init__(self, *, n_inhibitory=None, random_ix=None, **common):
        super().__init__(**common)
        self.n_inhibitory, self.random_ix = n_inhibitory, bool(random_ix)

    def input(self, n, n_in):
        return dann_input_weights(n, n_in, count_interneurons(n, self.ei_ratio), rng=self.rng)

    def recurrent(self, n):
        n_i = count_interneurons(n, self.ei_ratio) if self.n_inhibitory is None else self.n_inhibitory
        return dann_weights(n, n_i, rho=self.rho, random_ix=self.random_ix, rng=self.rng)

    def readout(self, n_out, n):
        return dann_readout_weights(n_out, n, count_interneurons(n_out, self.ei_ratio), rng=self.rng)

    @staticmethod
    def effective(parts, ei_ratio, *, outside=False):
        return effective_dann(*parts)

    @classmethod
    def inhibitory(cls, n, ei_ratio):
        return count_interneurons(n, ei_ratio)

    def above_the_bulk(self, n):
        """A drawn W_ix leaves an outlier (E5)."""
        return int(self.random_ix)


DANN = Kind("dann", "DANN", "#009E73", "-.", "^", DANNDraw, options=("random_ix", "n_inhibitory"))
