"""Bad input gets one line: the name, what was expected, what came."""

from __future__ import annotations

import math
import re
from numbers import Integral, Real

import numpy as np


def positive(name: str, value) -> float:
    """`value` as a float, or ValueError unless it is a positive finite number.

    >>> positive("lr", 2)
    2.0
    >>> positive("lr", -3)
    Traceback (most recent call last):
    ValueError: lr: expected a positive finite number, got -3
    """
    try:
        if (
            isinstance(value, Real)
            and not isinstance(value, bool)
            and 0 < (number := float(value)) < math.inf
        ):
            return number
    except OverflowError:  # an int too large for a float
        pass
    raise ValueError(f"{name}: expected a positive finite number, got {value!r}")


def positive_integer(name: str, value) -> int:
    """`value` as an int, or ValueError unless it is a whole number of at least one.

    >>> positive_integer("hidden", 0)
    Traceback (most recent call last):
    ValueError: hidden: expected a whole number >= 1, got 0
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: expected a whole number >= 1, got {value!r}")
    return int(value)


def one_of(name: str, value, choices) -> str:
    """`value`, or ValueError naming the choices.

    >>> one_of("kind", "lstm", ("rnn", "colei"))
    Traceback (most recent call last):
    ValueError: kind: expected one of rnn, colei, got 'lstm'
    """
    if value not in tuple(choices):
        raise ValueError(f"{name}: expected one of {', '.join(map(str, choices))}, got {value!r}")
    return value


def named(what: str, value) -> str:
    """`value`, or ValueError unless it can name a folder and a column: letters, digits, underscores.

    >>> named("name", "my task")
    Traceback (most recent call last):
    ValueError: name: expected small letters, digits and underscores, got 'my task'
    """
    if not isinstance(value, str) or not re.fullmatch("[a-z][a-z0-9_]*", value):
        raise ValueError(f"{what}: expected small letters, digits and underscores, got {value!r}")
    return value


def generator(value) -> np.random.Generator:
    """`value`, or TypeError unless it is a numpy.random.Generator.

    >>> generator(42)
    Traceback (most recent call last):
    TypeError: rng: expected a numpy.random.Generator, got int; make one with numpy.random.default_rng(seed)
    """
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"rng: expected a numpy.random.Generator, got {type(value).__name__}; "
            "make one with numpy.random.default_rng(seed)"
        )
    return value


def numbers(name: str, value, *, complex_too: bool = False) -> np.ndarray:
    """`value` as an array of numbers, whatever holds them: lists, pandas, a tensor of torch's.

    Raises: ValueError for what has gaps (a masked array), or holds anything but numbers.
    """
    if isinstance(value, (list, tuple)) and any(hasattr(item, "detach") for item in value):
        value = [numbers(name, item, complex_too=True) for item in value]
    if hasattr(value, "detach"):  # a tensor, perhaps in a graph
        value = value.detach().cpu().resolve_conj().resolve_neg()
        short = value.dtype.is_floating_point and value.dtype.itemsize < 4  # NumPy has no bfloat16
        value = (value.float() if short else value).numpy()
    if np.ma.isMaskedArray(value):
        raise ValueError(f"{name}: expected numbers without gaps, got a masked array; fill it first")
    try:
        if hasattr(value, "isna"):  # pandas
            if np.any(value.isna()):
                raise ValueError("gaps")
            value = value.astype(float) if value.to_numpy().dtype == object else value
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected numbers, got gaps, or rows of unequal lengths") from None
    if array.dtype.kind not in ("biufc" if complex_too else "biuf"):
        raise ValueError(f"{name}: expected {'' if complex_too else 'real '}numbers, got {array.dtype}")
    return array


def matrices(name: str, value) -> np.ndarray:
    """`value` as a float array (..., n, m), or ValueError unless it is a stack of finite matrices.

    >>> matrices("W", [[1, 2], [3, 4]]).dtype
    dtype('float64')
    >>> matrices("W", [1, 2])
    Traceback (most recent call last):
    ValueError: W: expected matrices of shape (..., n, m), got shape (2,)
    """
    array = numbers(name, value, complex_too=True)
    array = np.asarray(array, dtype=np.result_type(array.dtype, np.float32))
    if array.ndim < 2 or 0 in array.shape:
        raise ValueError(f"{name}: expected matrices of shape (..., n, m), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite entries, got NaN or infinity")
    return array
