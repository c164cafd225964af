r"""Recurrent matrices under Dale's law that start with another spectrum than ColEI's. NumPy only.

Every function returns signed weights `(n, n)`: rows receive, columns send, excitatory columns first, as many
of them as `populations.split_population` says. Two scales are in use:

* `rho`: the spectral radius, as in `colei_weights`, for what is ColEI with one thing changed;
* `gain`: the root mean square of the singular values, |W|_F / sqrt(n), for the others. An RNN's is its
  radius.

**Orthogonal and column-signed means monomial.** Let D = diag(+-1) hold the columns' signs and M = W D >= 0.
If W is orthogonal so is M: two of its columns have inner product 0, a sum of terms >= 0, so no row has an
entry in both. n columns that are not zero share n rows, one each: M is a permutation, and W a signed one. So
under Dale's law H = 1 at one input a unit and nowhere else (but for the scale).

How many inputs a unit can have at a given spectrum, and which H is then possible, is in `magnitudes`.
"""

from __future__ import annotations

import math

import numpy as np

from ..checks import SQUARABLE, generator, matrices, numbers, one_of, scale, size, square
from ..scaling import back, ordinary
from ..spectra import singular_values, spectral_radius
from .colei import RHO, colei_weights
from .populations import column_signs, split_population
from .rnn import PYTORCH_RHO, rnn_weights

LAWS = ("gamma", "lognormal")


# --- one entry a column: H = 1 ---------------------------------------------------------------------


def signed_identity(n: int, ei_ratio: float, *, gain: float = 1.0) -> np.ndarray:
    """gain D: a unit sends to itself alone. Excitatory units remember, inhibitory ones silence themselves.

    Raises: ValueError if a population is empty or gain is not positive and finite.
    Source: Le, Jaitly and Hinton 2015, with Dale's signs.
    """
    return scale("gain", gain) * np.diag(column_signs(n, ei_ratio))


def signed_permutation(n: int, ei_ratio: float, *, gain: float = 1.0, rng: np.random.Generator) -> np.ndarray:
    """gain P D, P a permutation drawn evenly: a unit sends to one unit and hears one. All s are `gain`.

    The only orthogonal matrices that Dale's law by columns allows; see above.

    Raises: ValueError if a population is empty, so at n = 1, or gain is not positive and finite.
    """
    signs, gain = column_signs(n, ei_ratio), scale("gain", gain)
    return gain * np.eye(len(signs))[generator(rng).permutation(len(signs))] * signs


def identity_and_colei(
    n: int, ei_ratio: float, *, gain: float = 1.0, rho: float = 0.5, rng: np.random.Generator
) -> np.ndarray:
    """gain D + ColEI of spectral radius rho. Raises: ValueError as for each."""
    return signed_identity(n, ei_ratio, gain=gain) + colei_weights(n, ei_ratio, rho=rho, rng=rng)


def permutation_and_colei(
    n: int, ei_ratio: float, *, gain: float = 1.0, rho: float = 0.5, rng: np.random.Generator
) -> np.ndarray:
    """gain P D + ColEI of spectral radius rho. Raises: ValueError as for each."""
    return signed_permutation(n, ei_ratio, gain=gain, rng=rng) + colei_weights(n, ei_ratio, rho=rho, rng=rng)


# --- few inputs ------------------------------------------------------------------------------------


def sparse_inputs(
    n: int, ei_ratio: float, *, inputs: int = 10, gain: float = 1.0, rng: np.random.Generator
) -> np.ndarray:
    """Each unit hears `inputs` others: k_i inhibitory ones, as many as their share, at least one; k_e
    excitatory.

    Weights are exponential, of mean 1 and -k_e / k_i before scaling, so that a row sums to 0 on average. No
    unit hears itself.

    Raises: ValueError if a population is empty, or has too few other units to hear.
    """
    k_e, k_i = split_inputs(n, ei_ratio, inputs)
    (n_e, n_i), gain, rng = split_population(n, ei_ratio), scale("gain", gain), generator(rng)
    W = np.zeros((n, n))
    for i in range(n):
        for first, there, k, mean in ((0, n_e, k_e, 1.0), (n_e, n_i, k_i, -k_e / k_i)):
            others = np.setdiff1d(np.arange(first, first + there), i)
            k = min(k, len(others))  # a single inhibitory unit hears no other
            W[i, rng.choice(others, k, replace=False)] = mean * rng.exponential(size=k)
    return _scaled(W, gain)


def split_inputs(n: int, ei_ratio: float, inputs: int) -> tuple[int, int]:
    """How many excitatory and inhibitory units each unit hears, `(k_e, k_i)`; see `sparse_inputs`.

    Raises: ValueError as there.
    """
    n_e, n_i = split_population(n, ei_ratio)
    inputs = size("inputs", inputs)
    k_i = max(round(inputs * n_i / n), 1)
    k_e = inputs - k_i
    if not 1 <= k_e < n_e or k_i > max(n_i - 1, 1):
        raise ValueError(
            f"inputs: expected at least 2, and fewer of each sign than the {n_e} excitatory and {n_i} "
            f"inhibitory units, got {inputs}: {k_e} and {k_i}"
        )
    return k_e, k_i


def split_three(n: int, ei_ratio: float) -> tuple[int, int]:
    """Initial W: `split_population` of at least three units; of two, each hears one, which nothing balances.

    Raises: ValueError as there, or if there are fewer.
    """
    split = split_population(n, ei_ratio)
    if n < 3:
        raise ValueError(f"n: expected at least 3 units for this start, got {n}")
    return split


# --- ColEI with one thing changed ------------------------------------------------------------------


def colei_of_law(
    n: int,
    ei_ratio: float,
    *,
    law: str = "gamma",
    cv: float = 1.0,
    rho: float = RHO,
    rng: np.random.Generator,
) -> np.ndarray:
    """Initial W: ColEI whose weights have a gamma or log-normal law with standard deviation cv times the
    mean.

    At gamma and cv = 1 this is ColEI; the smaller cv, the more of W is its mean, and the lower H. A
    log-normal law with a large cv has heavy tails: few weights carry a unit's input.

    Raises: ValueError if a population is empty or a number is out of range.
    """
    n_e, n_i = split_population(n, ei_ratio)
    one_of("law", law, LAWS)
    cv, rho, rng = scale("cv", cv), scale("rho", rho), generator(rng)
    if law == "gamma":
        W = rng.gamma(1 / cv**2, cv**2, (n, n))
    else:
        width = math.sqrt(math.log1p(cv**2))
        W = rng.lognormal(-(width**2) / 2, width, (n, n))
    return _at_radius(W * np.repeat([1, -n_e / n_i], [n_e, n_i]), rho)


def equal_strength(n: int, ei_ratio: float, *, rho: float = RHO, rng: np.random.Generator) -> np.ndarray:
    """Initial W: ColEI whose inhibitory weights are no larger than its excitatory ones, so do not balance
    them.

    Raises: ValueError if a population is empty or rho is not positive and finite.
    """
    signs, rho = column_signs(n, ei_ratio), scale("rho", rho)
    return _at_radius(generator(rng).exponential(size=(n, n)) * signs, rho)


def row_balanced(n: int, ei_ratio: float, *, rho: float = RHO, rng: np.random.Generator) -> np.ndarray:
    """Initial W: ColEI in which every row's inhibition is scaled to cancel its excitation exactly, W 1 = 0.

    The singular values hardly change, but the outlying eigenvalues go (Rajan and Abbott 2006; Tao 2013).
    Where a unit is the only inhibitory one its own row stays as it is: its zero diagonal leaves nothing to
    scale.

    Raises: ValueError if a population is empty, there are fewer than three units, or rho is not positive and
            finite.
    """
    n_e = split_three(n, ei_ratio)[0]
    W, rho = colei_weights(n, ei_ratio, rng=rng), scale("rho", rho)
    excitation, inhibition = W[:, :n_e].sum(1), -W[:, n_e:].sum(1)
    there = inhibition > 0
    W[there, n_e:] *= (excitation[there] / inhibition[there])[:, None]
    return _at_radius(W, rho)


def colei_of_unit_gain(n: int, ei_ratio: float, *, steps: int = 10, rng: np.random.Generator) -> np.ndarray:
    """Initial W: ColEI at the scale at which changes neither grow nor shrink over `steps` steps; see
    `masked_gain`.

    Raises: ValueError if a population is empty, there are fewer than three units, or steps is not a whole
            number >= 1.
    """
    split_three(n, ei_ratio)
    W = colei_weights(n, ei_ratio, rng=rng)
    return W / masked_gain(W, steps=steps, rng=rng)


def masked_gain(W, *, steps: int = 10, trials: int = 100, rng: np.random.Generator) -> float:
    """By how much a step of an initial W changes the length of a small change, half of the units being
    active.

    The root mean square of |P_k W .. P_1 W v| over masks P and directions v, to the power 1 / k; in
    proportion to W.

    Raises: ValueError unless W is one square matrix, or if nothing is left of the changes.
    """
    W, e = ordinary(square("W", W).astype(float))
    steps, trials, rng = size("steps", steps), size("trials", trials), generator(rng)
    v = rng.standard_normal((trials, len(W)))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    log_length = 0.0
    for _ in range(steps):
        v = (v @ W.T) * (rng.random(v.shape) < 0.5)
        length = np.sqrt(np.square(v).sum(1).mean())
        if length == 0:
            raise ValueError("W: expected a matrix that passes changes on, got one that ends them all")
        log_length += math.log(length)
        v /= length
    return float(back("W", "gains", np.array(math.exp(log_length / steps)), e.reshape(())))


# --- a wanted spectrum within the signs ------------------------------------------------------------


def raised_entropy(
    n: int, ei_ratio: float, *, gain: float = 1.0, steps: int = 50, rng: np.random.Generator
) -> np.ndarray:
    r"""Initial W: from ColEI uphill in H, signs kept, by `steps` projected gradient steps; the scale is held.

    For W = A diag(s) B^T the gradient is A diag(dH/ds) B^T with dH/ds_i = -(log p_i + H log n) / (S log n),
    S the sum of s. Entries that would change sign are set to zero. It soon stands at H = 0.99, with most of
    ColEI's effective inputs and its outlier left, and then creeps: what is left to gain costs inputs
    (`magnitudes.most_entropy`).

    Raises: ValueError if a population is empty, or gain or steps is out of range.
    """
    signs, gain, steps = column_signs(n, ei_ratio), scale("gain", gain), size("steps", steps)
    W = _scaled(np.abs(colei_weights(n, ei_ratio, rng=rng)), 1.0)
    for _ in range(steps):
        A, s, B = np.linalg.svd(W)
        p = s / s.sum()
        log_p = np.log(np.maximum(p, 1e-300))
        G = (A * ((p * log_p).sum() - log_p)) @ B
        W = _scaled(np.maximum(W + 0.3 * G / np.abs(G).max(), 0), 1.0)
    return gain * W * signs


def towards_spectrum(W, s, signs, *, rounds: int = 100) -> np.ndarray:
    """Initial W: the nearest with these columns' signs that alternating projections find to a wanted
    spectrum.

    In turn: give the matrix the singular values s (the nearest matrix that has them), then set to zero what
    lacks its column's sign (the nearest that obeys). It need not arrive: s must leave room for the inputs
    that W has, s_1^2 >= K mean(s^2); the rounds take inputs away until that holds, and end nearly always
    close to s.

    Shapes: W `(n, n)`, s `(n,)`, signs `(n,)` of +1 and -1 -> `(n, n)`.
    Raises: ValueError for other shapes, or values of s that are negative or not finite.
    """
    W, s, signs = matrices("W", W), numbers("s", s).astype(float), numbers("signs", signs).astype(float)
    if W.ndim != 2 or s.shape != W.shape[:1] or signs.shape != s.shape or W.shape[0] != W.shape[1]:
        raise ValueError(
            "towards_spectrum: expected W (n, n), s (n,) and signs (n,), "
            f"got shapes {W.shape}, {s.shape} and {signs.shape}"
        )
    if not np.isfinite(s).all() or (s < 0).any() or (s > SQUARABLE[1]).any():
        raise ValueError("s: expected finite singular values >= 0, got negative ones or not finite")
    if not np.isin(signs, (-1, 1)).all():
        raise ValueError("signs: expected +1 and -1, got other numbers")
    s, W = np.sort(s)[::-1], ordinary(W)[0]
    for _ in range(size("rounds", rounds)):
        A, _, B = np.linalg.svd(W)
        W = np.maximum((A * s) @ B * signs, 0) * signs
    return W


def spectrum_of_rnn(
    n: int, ei_ratio: float, *, rho: float = PYTORCH_RHO, rounds: int = 100, rng: np.random.Generator
) -> np.ndarray:
    """Initial W: ColEI on its way to the singular values of an RNN of radius rho; see `towards_spectrum`.

    Raises: ValueError if a population is empty, or rho or rounds is out of range.
    """
    W, signs = colei_weights(n, ei_ratio, rng=rng), column_signs(n, ei_ratio)
    return towards_spectrum(W, singular_values(rnn_weights(n, rho=rho, rng=rng)), signs, rounds=rounds)


def _scaled(W: np.ndarray, gain: float) -> np.ndarray:
    """W with singular values of root mean square `gain`."""
    return W * (gain * math.sqrt(len(W)) / np.linalg.norm(W))


def _at_radius(W: np.ndarray, rho: float) -> np.ndarray:
    """W with a zero diagonal and spectral radius rho."""
    np.fill_diagonal(W, 0)
    radius = spectral_radius(W)
    if not radius >= SQUARABLE[0]:
        raise ValueError(
            f"W: expected a draw whose spectral radius is at least {SQUARABLE[0]:g}, got {radius:g}; "
            "weights of less variation have one"
        )
    return W * (rho / radius)
