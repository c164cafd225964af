"""Initial weights of ColEI ("column E-I"): every column has one sign, that of the unit that sends.

Exp(s) is the exponential distribution of mean s.
"""

from __future__ import annotations

import math

import numpy as np

from ..checks import generator, scale, size
from ..spectra import spectral_radius
from .kind import Draw, Kind
from .populations import column_signs, split_population

RHO = 1.5  # ColEI's spectral radius


def colei_weights(
    n: int, ei_ratio: float, *, rho: float = RHO, zero_diagonal: bool = True, rng: np.random.Generator
) -> np.ndarray:
    """Recurrent weights of a ColEI network: signed, (n, n), excitatory columns first.

    As `colei_feedforward_weights`, then the diagonal set to 0 and the whole rescaled to spectral
    radius rho. The paper's transplants and entropies leave the diagonal as it is drawn (E8).

    Raises: ValueError if a population is empty or an argument is not positive and finite.
    Source: Song et al. 2016; the paper, section 2. Differs: the zero diagonal holds only here, at
            initialisation (E8).
    """
    rho = scale("rho", rho)
    W = unscaled_colei_weights(n, ei_ratio, zero_diagonal=zero_diagonal, rng=rng)
    return W * (rho / spectral_radius(W))


def unscaled_colei_weights(
    n: int, ei_ratio: float, *, zero_diagonal: bool = True, rng: np.random.Generator
) -> np.ndarray:
    """What `colei_weights` gives its spectral radius: (n, n), the diagonal 0, or as it is drawn (E8).

    Its singular values are right but for their scale, and so is its entropy; the eigenvalues that the
    scale takes would be most of the work.

    Raises: ValueError if a population is empty or n is not positive.
    """
    W = colei_feedforward_weights(n, n, ei_ratio, rng=rng)
    if zero_diagonal:
        np.fill_diagonal(W, 0)
    return W


def colei_feedforward_weights(n: int, n_pre: int, ei_ratio: float, *, rng: np.random.Generator) -> np.ndarray:
    r"""Weights from a ColEI population to n units: signed, (n, n_pre), excitatory columns first.

    Excitatory columns are Exp(s_E), inhibitory ones -Exp(s_I) with s_I = (n_e / n_i) s_E, so that
    excitation and inhibition cancel on average; s_E = 1 / sqrt((2 pi - 1) / (2 pi) (n_e + n_e^2 / n_i))
    keeps the variance of a ReLU layer's activity. Readouts and deeper layers' inputs use it as it is.
    """
    n = size("n", n)
    n_e, n_i = split_population(n_pre, ei_ratio)
    s_e = 1 / math.sqrt((2 * math.pi - 1) / (2 * math.pi) * (n_e + n_e**2 / n_i))
    means = np.repeat([s_e, n_e / n_i * s_e], [n_e, n_i])
    return generator(rng).exponential(means, (n, n_pre)) * column_signs(n_pre, ei_ratio)


def colei_input_weights(n: int, n_in: int, *, rng: np.random.Generator) -> np.ndarray:
    """Weights of the network's input in a ColEI network: all excitatory, Exp(1/sqrt(n_in)); (n, n_in)."""
    n, n_in = size("n", n), size("n_in", n_in)
    return generator(rng).exponential(1 / math.sqrt(n_in), (n, n_in))


class ColEIDraw(Draw):
    """How each weight of a ColEI network is drawn; magnitudes."""

    RHO = RHO
    LEAST = 3
    RATIO = True
    MAGNITUDES = True

    def __init__(self, *, full_diagonal=None, **common):
        super().__init__(**common)
        self.zero_diagonal = not full_diagonal

    def input(self, n, n_in):
        return (np.abs(colei_input_weights(n, n_in, rng=self.rng)),)

    def feedforward(self, n, n_pre):
        return (np.abs(colei_feedforward_weights(n, n_pre, self.ei_ratio, rng=self.rng)),)

    def recurrent(self, n):
        return (np.abs(self.matrix(n)),)

    readout = feedforward

    def matrix(self, n):
        rho, zero_diagonal = self.rho, self.zero_diagonal
        return colei_weights(n, self.ei_ratio, rho=rho, zero_diagonal=zero_diagonal, rng=self.rng)

    @staticmethod
    def effective(parts, ei_ratio, *, outside=False):
        (magnitudes,) = parts
        return magnitudes if outside else magnitudes * column_signs(magnitudes.shape[1], ei_ratio)

    @classmethod
    def inhibitory(cls, n, ei_ratio):
        return split_population(n, ei_ratio)[1]

    def above_the_bulk(self, n):
        """The outlier, the I group, and the rest of the E mean.

        With as many inhibitory units as excitatory ones all but the outlier merge with the bulk.
        """
        n_e, n_i = split_population(n, self.ei_ratio)
        return 1 if n_i >= n_e else n_i + 1


COLEI = Kind("colei", "ColEI", "#D55E00", "--", "s", ColEIDraw, options=("ablated", "full_diagonal"))
