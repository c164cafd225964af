r"""What random-matrix theory predicts of spectra at initialisation. NumPy only.

RNN and DANN: independent entries of one variance, so the quarter-circle law. ColEI: every column is noise
of a standard deviation that equals its mean, `W = 1 mu^T + X`, so a law of Marchenko and Pastur for two
variances, and what the mean adds to it. Both hold for many units; nothing here is fitted to a draw.

ColEI's singular values are in units of `m_E`, the mean excitatory weight. What that is once a matrix has been
given its spectral radius is random even for many units, and the last part has its law; the normalised SVD
entropy does not see the difference.

Source: Marchenko and Pastur 1967; Silverstein and Bai 1995; Benaych-Georges and Nadakuditi 2012. Eigenvalues:
Rajan and Abbott 2006; Tao 2013; Bordenave, Chafai and Garcia-Zelada 2022; Harris et al. 2023.
"""

from __future__ import annotations

import math

import numpy as np

from .checks import SQUARABLE, count, generator, numbers, scale, size
from .initialisation.colei import RHO
from .initialisation.populations import split_population
from .initialisation.rnn import PYTORCH_RHO
from .spectra import svd_entropy

ENTROPY_DEFICIT = math.log(3 * math.pi / 2) - 4 / 3  # of the quarter circle: H = 1 - this / log N


# --- one variance: RNN and DANN ------------------------------------------------------------------


def quarter_circle(s, rho: float = PYTORCH_RHO) -> np.ndarray:
    """Density of the singular values of a large matrix with independent entries of variance rho^2 / n.

    It ends at 2 rho.

    Raises: ValueError if rho is not positive and finite, or s holds anything but finite numbers.

    >>> s = np.linspace(0, 2, 5)  # with rho = 1 it ends at 2
    >>> quarter_circle(s, rho=1).round(3).tolist()
    [0.637, 0.616, 0.551, 0.421, 0.0]
    """
    rho, s = scale("rho", rho), _places(s)
    return np.where(s >= 0, np.sqrt(np.maximum(4 * rho**2 - s**2, 0)) / (np.pi * rho**2), 0)


def quarter_circle_values(n: int, rho: float = PYTORCH_RHO) -> np.ndarray:
    """n typical singular values, largest first: the quantiles (k - 1/2) / n of the quarter circle.

    Raises: ValueError if an argument is not positive and finite.

    >>> quarter_circle_values(4, rho=1).round(2).tolist()
    [1.55, 1.03, 0.6, 0.2]
    """
    n, rho = size("n", n), scale("rho", rho)
    angle = np.linspace(0, np.pi / 2, 4001)  # s = 2 rho sin(angle)
    below = (2 * angle + np.sin(2 * angle)) / np.pi
    return 2 * rho * np.sin(np.interp(_middles(n), below, angle))[::-1]


def quarter_circle_entropy(n: int, *, zeros: int = 0) -> float:
    r"""Normalised SVD entropy of the quarter circle: H = 1 - (log(3 pi / 2) - 4/3) / log n.

    For s distributed as the law, -sum_k p_k log p_k = log n - E[(s / Es) log(s / Es)], and that
    expectation is log(3 pi / 2) - 4/3 = 0.217, whatever rho is. `zeros` values are exactly zero
    (DANN: one).

    Raises: ValueError if fewer than two values are not zero.

    >>> round(quarter_circle_entropy(100), 3), round(quarter_circle_entropy(100, zeros=1), 3)
    (0.953, 0.951)
    """
    n, zeros = size("n", n), count("zeros", zeros)
    if n - zeros < 2:
        raise ValueError(f"n: expected at least two values that are not zero, got {n} with {zeros} zeros")
    return (math.log(n - zeros) - ENTROPY_DEFICIT) / math.log(n)


# --- two variances and a mean: ColEI -------------------------------------------------------------


def colei_noise_density(s, n_e: int, n_i: int) -> np.ndarray:
    r"""Density of the singular values of ColEI's noise X, in units of m_E: the E bulk and the I group.

    With t_E = N, t_I = N (n_e / n_i)^2 the Stieltjes transform m of X X^T at s^2 = z solves

        z = -1/m + (1/N) sum_j t_j / (1 + t_j m),

    a cubic for two variances; the density of s is 2 s Im m / pi.

    Shapes: any -> the same.
    Raises: ValueError if a population is empty.

    >>> s = np.linspace(0, 500, 20_001)  # 90 excitatory and 10 inhibitory units
    >>> density = colei_noise_density(s, 90, 10)
    >>> round(float(density.sum() * (s[1] - s[0])), 2)
    1.0
    """
    n_e, n_i = size("n_e", n_e), size("n_i", n_i)
    s = _places(s)
    z = np.maximum(s.ravel(), 1e-12) ** 2
    a, b = _column_strengths(n_e, n_i)
    e, i = n_e / (n_e + n_i), n_i / (n_e + n_i)
    # z a b m^3 + z (a + b) m^2 + (z + i a + e b) m + 1 = 0, as a companion matrix for each z
    companion = np.zeros((len(z), 3, 3))
    companion[:, 1, 0] = companion[:, 2, 1] = 1
    companion[:, 0, 2] = -1 / (z * a * b)
    companion[:, 1, 2] = -(z + i * a + e * b) / (z * a * b)
    companion[:, 2, 2] = -(a + b) / (a * b)
    m = np.linalg.eigvals(companion).imag.max(-1)
    m[m < 1e-7 / np.sqrt(a * b)] = 0  # rounding of a real root that is nearly double
    return (2 * np.sqrt(z) * m / np.pi).reshape(s.shape)


def colei_spikes(n_e: int, n_i: int) -> tuple[float, float | None]:
    r"""The two singular values that the mean of ColEI's weights adds, in units of m_E.

    The outlier, and what is left of the mean of the excitatory columns (None where it has sunk into the
    bulk). With t_j as in `colei_noise_density`, s^2 = y (1 + 1/N) for the roots y of

        sum_j t_j / (y - t_j) = 1 .

    Raises: ValueError if a population is empty.

    >>> outlier, left = colei_spikes(90, 10)
    >>> round(outlier), round(left)
    (314, 29)
    """
    n_e, n_i = size("n_e", n_e), size("n_i", n_i)
    n = n_e + n_i
    a, b = _column_strengths(n_e, n_i)
    A, B = n_e * a, n_i * b
    y = np.roots([1, -(a + b + A + B), a * b + A * b + B * a]).real  # A (y-b) + B (y-a) = (y-a)(y-b)
    outlier, left = np.sqrt(y.max() * (1 + 1 / n)), None
    low = y.min()
    if low > a and b > low:  # between the two variances, and outside the spectrum of the noise
        slope = 1 - (n_e * (a / (low - a)) ** 2 + n_i * (b / (low - b)) ** 2) / n
        left = float(np.sqrt(low * (1 + 1 / n))) if slope > 0 else None
    return float(outlier), left


def colei_values(n: int, ei_ratio: float) -> np.ndarray:
    """n typical singular values of a ColEI matrix, largest first, in units of m_E.

    Quantiles of the noise, of which the outlier takes the largest, and what is left of the mean of the
    excitatory columns the largest of the bulk.

    Raises: ValueError if a population is empty.

    >>> colei_values(100, 9)[:3].round().tolist()  # the outlier, then the inhibitory group
    [314.0, 106.0, 101.0]
    """
    n_e, n_i = split_population(n, ei_ratio)
    outlier, left = colei_spikes(n_e, n_i)
    a, b = _column_strengths(n_e, n_i)
    grid = np.linspace(0, 2.05 * np.sqrt(max(a, b)), 3_001) ** 2 / (2.05 * np.sqrt(max(a, b)))
    density = colei_noise_density(grid, n_e, n_i)
    below = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    noise = np.interp(_middles(n), below / below[-1], grid)[::-1]
    kept = np.delete(noise, [0] if left is None else [0, n_i])
    return np.sort([outlier, *([] if left is None else [left]), *kept])[::-1]


def colei_entropy(n: int, ei_ratio: float) -> float:
    """Normalised SVD entropy of `colei_values`: what theory predicts of a ColEI matrix.

    Raises: ValueError as there.

    >>> round(colei_entropy(100, 9), 2), round(quarter_circle_entropy(100), 2)  # ColEI, RNN
    (0.8, 0.95)
    """
    return float(svd_entropy(singular_values=colei_values(n, ei_ratio)))


# --- eigenvalues: sparse Dale matrices, and ColEI's spectral radius --------------------------------


def effective_variation(cv: float = 1.0, p: float = 1.0) -> float:
    r"""Standard deviation over mean of a weight that is there with probability p, else zero.

    cv: the same of a weight that is there. Both together: c = sqrt((cv^2 + 1 - p) / p).

    Raises: ValueError if cv is not positive and finite, or p not above 0 and at most 1.
    """
    cv, p = scale("cv", cv), _probability(p)
    return math.sqrt((cv**2 + 1 - p) / p)


def eigenvalue_radius(
    n_e: int, n_i: int, *, mean_e: float = 1.0, mean_i: float | None = None, cv: float = 1.0, p: float = 1.0
) -> float:
    r"""Radius of the disc that the eigenvalues of a Dale matrix fill, but for a few outliers.

        R^2 = n_e s_e^2 + n_i s_i^2 ,    s = p mean c ,    c = sqrt((cv^2 + 1 - p) / p) .

    A weight is there with probability p and then has this mean (a magnitude) and the variation cv. By default
    excitatory weights have mean 1 and inhibitory ones n_e / n_i, so that the two balance: ColEI's.

    Raises: ValueError if a number is not positive and finite, or p above 1.
    Source: Rajan and Abbott 2006 (p = 1); Harris et al. 2023.
    """
    n_e, n_i, mean_e, mean_i = _populations(n_e, n_i, mean_e, mean_i)
    return _probability(p) * effective_variation(cv, p) * math.sqrt(n_e * mean_e**2 + n_i * mean_i**2)


def eigenvalue_of_the_mean(
    n_e: int, n_i: int, *, mean_e: float = 1.0, mean_i: float | None = None, p: float = 1.0
) -> float:
    """The eigenvalue of the mean matrix, p (n_e mean_e - n_i mean_i): 0 if the populations balance.

    Where it is well outside the disc of `eigenvalue_radius` a drawn matrix has an eigenvalue near it. A
    balanced matrix has outliers too, at random places: `outlier_growth`.

    Raises: ValueError as there.
    Source: Rajan and Abbott 2006; Harris et al. 2023.
    """
    n_e, n_i, mean_e, mean_i = _populations(n_e, n_i, mean_e, mean_i)
    return _probability(p) * (n_e * mean_e - n_i * mean_i)


def outlier_growth(
    draws: int, *, c: float = 1.0, zero_diagonal: bool = True, terms: int = 48, rng: np.random.Generator
) -> np.ndarray:
    r"""rho / R of balanced Dale matrices, `(draws,)`: largest eigenvalue modulus over the disc's radius.

    W = 1 mu^T + X, mu_j the mean of column j, X noise of c times its size, R^2 = c^2 |mu|^2. Outside the disc
    an eigenvalue is a zero of 1 - mu^T (lambda - X)^{-1} 1, a series of terms mu^T X^k 1 / lambda^{k+1}.
    The first is zero, since mu sums to zero. X^k 1 has nearly independent normal entries of variance R^{2k},
    new ones for each k, so that mu^T X^k 1 is R^{k+1} / c times a standard normal number. With w = R/lambda

        1 = -[w^2 / c^2] + (1 / c) sum_{k >= 2} xi_k w^k ,    rho / R = 1 / |w|

    at its root nearest to 0. The bracket is there if the diagonal is set to zero: that takes mu_j from entry
    (j, j), and mu^T diag(mu) 1 = |mu|^2. Nothing is fitted. The series has roots in the unit disc almost
    surely, so that a balanced Dale matrix has outliers however large it is.

    `terms` of the series are kept; a matrix has as many as units, and more than 30 change little.

    Raises: ValueError if draws, c or terms is not positive and finite, or terms below 2.
    Source: Tao 2013, for noise of one variance (outliers as zeros of a random Laurent series); the reverse
            characteristic polynomial of Bordenave, Chafai and Garcia-Zelada 2022. Two variances, c and the
            diagonal are this book's. It needs many units in each population: see chapter 9 for where it ends.
    """
    draws, c, terms = size("draws", draws), scale("c", c), size("terms", terms)
    if terms < 2:
        raise ValueError(f"terms: expected at least 2, since the series starts at the second, got {terms}")
    x = generator(rng).standard_normal((draws, terms - 1)) / c
    if zero_diagonal:
        x[:, 0] -= 1 / c**2
    companion = np.zeros((draws, terms, terms))  # (1 / w)^terms = sum_k x_k (1 / w)^(terms - k)
    companion[:, 0, 1:] = x
    k = np.arange(terms - 1)
    companion[:, k + 1, k] = 1
    return np.abs(np.linalg.eigvals(companion)).max(-1)


def colei_mean_weight(
    n: int, ei_ratio: float, *, rho: float = RHO, draws: int = 1_000, rng: np.random.Generator
) -> np.ndarray:
    """m_E of ColEI matrices of spectral radius rho, `(draws,)`: rho over R times `outlier_growth`.

    Raises: ValueError if a population is empty or a number is not positive and finite.
    """
    n_e, n_i = split_population(n, ei_ratio)
    return scale("rho", rho) / (eigenvalue_radius(n_e, n_i) * outlier_growth(draws, rng=rng))


def _probability(p) -> float:
    p = scale("p", p)
    if p > 1:
        raise ValueError(f"p: expected a probability above 0 and at most 1, got {p:g}")
    return p


def _populations(n_e, n_i, mean_e, mean_i):
    n_e, n_i, mean_e = size("n_e", n_e), size("n_i", n_i), scale("mean_e", mean_e)
    return n_e, n_i, mean_e, n_e / n_i * mean_e if mean_i is None else scale("mean_i", mean_i)


def _column_strengths(n_e: int, n_i: int) -> tuple[float, float]:
    """t_E and t_I: N times the variance of an excitatory and of an inhibitory column, in units of m_E^2."""
    return float(n_e + n_i), (n_e + n_i) * (n_e / n_i) ** 2


def _places(s) -> np.ndarray:
    """Where a density is asked for: numbers, those beyond any spectrum as far out as can be squared."""
    s = numbers("s", s).astype(float)
    if not np.isfinite(s).all():
        raise ValueError("s: expected finite numbers, got NaN or infinity")
    return np.clip(s, -SQUARABLE[1], SQUARABLE[1])


def _middles(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / n
