r"""Eigenvalues, singular values, and what the paper does with them. NumPy only.

Every function takes one matrix or a stack of them, `(..., n, m)`.

Eigenvalues say what the recurrence does to one direction over many steps; singular values say how
much one step stretches or shrinks each direction, and so what happens to a gradient on its way back.
For the lopsided matrices of excitatory-inhibitory networks the two differ wildly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .checks import matrices, numbers
from .scaling import back, ordinary


def eigenvalues(W) -> np.ndarray:
    """Eigenvalues of `W (..., n, n)`, complex `(..., n)`, in no particular order.

    Raises: ValueError unless W is a stack of square matrices with finite entries.

    >>> eigenvalues([[0, -1], [1, 0]]).imag.tolist()  # a quarter turn
    [1.0, -1.0]
    """
    W = matrices("W", W)
    if W.shape[-1] != W.shape[-2]:
        raise ValueError(f"W: expected square matrices (..., n, n), got shape {W.shape}")
    W, e = ordinary(W)
    with _found("W", "eigenvalues"):
        found = np.linalg.eigvals(W).astype(np.result_type(W.dtype, np.complex64), copy=False)
    return back("W", "eigenvalues", found, e[..., 0])


def spectral_radius(W) -> np.ndarray:
    """Largest modulus of an eigenvalue of `W (..., n, n)`: shape `(...)`.

    Raises: ValueError as in `eigenvalues`.

    >>> float(spectral_radius([[0.5, 9], [0, -2]]))  # the largest modulus, not the largest value
    2.0
    """
    with np.errstate(over="ignore"):
        radius = np.abs(eigenvalues(W)).max(-1)
    return back("W", "eigenvalues' moduli", radius, np.zeros((), int))


def singular_values(W) -> np.ndarray:
    """Singular values of `W (..., n, m)`, largest first: `(..., min(n, m))`.

    Raises: ValueError unless W is a stack of matrices with finite entries.

    >>> singular_values([[0, -3], [2, 0], [0, 0]]).round(12).tolist()
    [3.0, 2.0]
    """
    W, e = ordinary(matrices("W", W))
    return back("W", "singular values", _singular_values("W", W), e[..., 0])


def svd_entropy(W=None, *, singular_values=None) -> np.ndarray:
    r"""Normalised SVD entropy: H = -sum_i p_i log p_i / log N, with p_i = s_i / sum_j s_j.

    1 when all singular values are equal (an orthogonal matrix), 0 when only one is not zero (rank
    one), and blind to the scale of W.

    Shapes: `W (..., n, m)`, or `singular_values (..., N)` instead, N = min(n, m) -> `(...)`.
    Raises: ValueError if both or neither are given, if N < 2, if a singular value is negative or
            not finite, or if all of them are zero.
    Source: the paper, section 5 and Fig. 7.

    >>> round(float(svd_entropy(np.eye(3))), 6), round(float(svd_entropy(singular_values=[8, 2])), 3)
    (1.0, 0.722)
    """
    if (W is None) == (singular_values is None):
        raise ValueError("svd_entropy: expected a matrix or its singular values, got both or neither")
    if W is not None:
        singular_values = _singular_values("W", ordinary(matrices("W", W))[0])
    s = numbers("singular_values", singular_values).astype(float)
    if s.ndim < 1 or s.shape[-1] < 2:
        raise ValueError(f"svd_entropy: expected at least two singular values, got shape {s.shape}")
    if not np.isfinite(s).all() or (s < 0).any():
        raise ValueError("svd_entropy: expected finite singular values >= 0, got negative ones or not finite")
    s, _ = ordinary(s, axes=1)
    total = s.sum(-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("svd_entropy: expected a matrix that is not zero, got all-zero singular values")
    p = s / total
    log_p = np.log(p, out=np.zeros_like(p), where=p > 0)  # p log p -> 0 as p -> 0
    return -(p * log_p).sum(-1) / np.log(s.shape[-1])


def transplant(vectors_from, spectrum_from) -> np.ndarray:
    r"""The singular values of one matrix with the singular vectors of another: U diag(s) V^T.

    The k-th largest singular value of `spectrum_from` takes the place of the k-th largest of
    `vectors_from`. The matrices may be rectangular, and of different shapes, as long as they have
    equally many singular values.

    Shapes: `vectors_from (..., n, m)`, `spectrum_from (..., p, q)`, min(n, m) = min(p, q)
            -> `(..., n, m)`.
    Raises: ValueError if the numbers of singular values differ, or stacks do not fit one another.
    Source: the paper, section 4 and Fig. 4.

    >>> W = transplant(np.diag([1.0, 2.0, 3.0]), 4 * np.eye(3))  # directions of one, stretches of the other
    >>> W.round(12).tolist()
    [[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]]
    """
    vectors_from, _ = ordinary(matrices("vectors_from", vectors_from))
    spectrum_from, e = ordinary(matrices("spectrum_from", spectrum_from))
    s = _singular_values("spectrum_from", spectrum_from)
    if s.shape[-1] != min(vectors_from.shape[-2:]):
        raise ValueError(
            f"transplant: expected as many singular values as the vectors' matrix of shape "
            f"{vectors_from.shape} has, {min(vectors_from.shape[-2:])}, got {s.shape[-1]}"
        )
    if not _fit(vectors_from.shape[:-2], s.shape[:-1]):
        got = f"{vectors_from.shape} and {spectrum_from.shape}"
        raise ValueError(f"transplant: expected stacks of one size, or one matrix for all, got shapes {got}")
    with _found("vectors_from", "singular vectors"):
        U, _, Vt = np.linalg.svd(vectors_from, full_matrices=False)
    return back("spectrum_from", "singular values", (U * s[..., None, :]) @ Vt, e)


def without_column_means(W) -> np.ndarray:
    """W `(..., n, m)` with the mean of every column taken away, of the same shape; complex if W is.

    ColEI's largest singular value goes with them: repeated in every row, they are a matrix of rank one
    (chapter 3).

    Raises: ValueError unless W is a stack of matrices with finite entries.

    >>> without_column_means([[1.0, 5.0], [3.0, 5.0]]).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    W, e = ordinary(matrices("W", W))
    return back("W", "entries without means", W - W.mean(-2, keepdims=True), e)


def _singular_values(name: str, W: np.ndarray) -> np.ndarray:
    with _found(name, "singular values"):
        return np.linalg.svd(W, compute_uv=False)


def _fit(*shapes: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(*shapes) is not None
    except ValueError:
        return False


@contextmanager
def _found(name: str, what: str) -> Iterator[None]:
    """An iteration that does not converge raises one line in place of NumPy's exception."""
    try:
        yield
    except np.linalg.LinAlgError:
        raise ValueError(f"{name}: expected a matrix whose {what} can be found, got none of them") from None
