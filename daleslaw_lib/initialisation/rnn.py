"""Initial weights of a standard RNN: entries of either sign everywhere."""

from __future__ import annotations

import math

import numpy as np

from ..checks import generator, scale, size
from .kind import Draw, Kind

PYTORCH_RHO = 1 / math.sqrt(3)  # spectral radius of Uniform(-1/sqrt(N), 1/sqrt(N)), PyTorch's default


def rnn_weights(n: int, *, rho: float = PYTORCH_RHO, rng: np.random.Generator) -> np.ndarray:
    """Recurrent weights of a standard RNN: uniform, mean 0, variance rho^2 / n; shape (n, n).

    Eigenvalues fill a disc of radius about rho. The default is PyTorch's: U(-1/sqrt(n), 1/sqrt(n)).
    """
    n, rho = size("n", n), scale("rho", rho)
    bound = rho * math.sqrt(3 / n)
    return generator(rng).uniform(-bound, bound, (n, n))


def rnn_input_weights(n: int, n_in: int, *, rng: np.random.Generator) -> np.ndarray:
    """Input weights of a standard RNN: U(-1/sqrt(n), 1/sqrt(n)), n the receiving units; (n, n_in)."""
    n, n_in = size("n", n), size("n_in", n_in)
    return generator(rng).uniform(-1 / math.sqrt(n), 1 / math.sqrt(n), (n, n_in))


def rnn_he_input_weights(n: int, n_in: int, *, rng: np.random.Generator) -> np.ndarray:
    """Input weights of the RNN in the size sweep: normal, variance 2 / n_in (He; E12); (n, n_in)."""
    n, n_in = size("n", n), size("n_in", n_in)
    return generator(rng).normal(0, math.sqrt(2 / n_in), (n, n_in))


def rnn_readout_weights(n_out: int, n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Readout of a standard RNN: normal, variance 2 / n (He); shape (n_out, n)."""
    n_out, n = size("n_out", n_out), size("n", n)
    return generator(rng).normal(0, math.sqrt(2 / n), (n_out, n))


class RNNDraw(Draw):
    """How each weight of a standard RNN is drawn."""

    RHO = PYTORCH_RHO

    def __init__(self, *, input_init=None, **common):
        super().__init__(**common)
        self.draw_input = rnn_input_weights if input_init is None else rnn_he_input_weights

    def input(self, n, n_in):
        return (self.draw_input(n, n_in, rng=self.rng),)

    def feedforward(self, n, n_pre):
        return (rnn_input_weights(n, n_pre, rng=self.rng),)

    def recurrent(self, n):
        return (rnn_weights(n, rho=self.rho, rng=self.rng),)

    def readout(self, n_out, n):
        return (rnn_readout_weights(n_out, n, rng=self.rng),)


RNN = Kind("rnn", "RNN", "#0072B2", "-", "o", RNNDraw, options=("frozen", "input_init", "vectors"))
