"""Scaling of numbers too large or too small to be squared: near one by a power of two, exactly, and back.

What is of ordinary size is left alone, to the bit.
"""

from __future__ import annotations

import numpy as np

from .checks import SQUARABLE


def ordinary(x: np.ndarray, axes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Numbers scaled to where they can be squared, `x / 2**e`, and the e of what lies along the last `axes`.

    e is a whole number, and 0 where nothing needs to be done.

    Shapes: x finite `(..., n, m)` with two axes -> `(..., n, m)`, `(..., 1, 1)`.

    >>> x, e = ordinary(np.array([[1e300, 1e299]]))
    >>> x.round(3).tolist(), e.tolist()
    ([[0.747, 0.075]], [[997]])
    """
    over = tuple(range(-axes, 0))
    sizes = np.maximum(np.abs(x.real), np.abs(x.imag)) if np.iscomplexobj(x) else np.abs(x)
    largest = sizes.max(over, keepdims=True).astype(float)
    strange = (largest > 0) & ~((largest >= SQUARABLE[0]) & (largest <= SQUARABLE[1]))
    e = np.where(strange, np.frexp(largest)[1], 0)
    return (times(x, -e) if strange.any() else x), e


def times(x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Numbers scaled by a power of two, `x * 2**e`, complex ones too; infinite where that is too large."""
    with np.errstate(over="ignore"):
        if np.iscomplexobj(x):
            found = np.empty(np.broadcast_shapes(x.shape, e.shape), x.dtype)
            found.real, found.imag = np.ldexp(x.real, e), np.ldexp(x.imag, e)
            return found
        return np.ldexp(x, e)


def back(name: str, what: str, x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Scaled numbers as they were, `times(x, e)`.

    Raises: ValueError where that is too large for a number of this kind.
    """
    x = times(x, e) if np.any(e) else x
    if not np.isfinite(x).all():
        most = np.finfo(x.dtype).max
        raise ValueError(f"{name}: expected entries whose {what} are at most {most:.2g}, got larger ones")
    return x
