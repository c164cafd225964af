"""Bad input gets one line: the name, what was expected, what came."""

from __future__ import annotations

import math
import os
import re
import sys
import warnings
from numbers import Integral, Real

import numpy as np

from . import HOME

MOST = 2**20  # of what a matrix has a row for; more than fits in memory
SQUARABLE = (1e-100, 1e100)  # numbers whose squares, and sums and products of these, are numbers still


def shown(value) -> str:
    """`value` for the end of a message: on one line, and not much of it.

    >>> shown(np.eye(2))
    'array([[1., 0.], [0., 1.]])'
    """
    words = " ".join(repr(value).split())
    return words if len(words) <= 80 else f"{words[:77]}..."


def warn(message: str) -> None:
    """Warn at the reader's line that led here, whatever of the library stands between: so it is said once."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(f"{HOME}{os.sep}"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def whole_numbers(name: str, values) -> list[int]:
    """`values` as a list of ints, or ValueError unless each is a whole number >= 0.

    >>> whole_numbers("seeds", range(2))
    [0, 1]
    >>> whole_numbers("seeds", 3)
    Traceback (most recent call last):
    ValueError: seeds: expected whole numbers >= 0, got 3
    """
    try:
        found = list(values.tolist() if hasattr(values, "tolist") else values)
    except TypeError:
        found = [None]
    if isinstance(values, str) or any(
        isinstance(n, bool) or not isinstance(n, Integral) or n < 0 for n in found
    ):
        raise ValueError(f"{name}: expected whole numbers >= 0, got {shown(values)}")
    return [int(n) for n in found]


def positive(name: str, value) -> float:
    """`value` as a float, or ValueError unless it is a positive finite number.

    >>> positive("lr", 2)
    2.0
    >>> positive("lr", -3)
    Traceback (most recent call last):
    ValueError: lr: expected a positive finite number, got -3
    """
    number = _real(value)
    if not 0 < number < math.inf:
        raise ValueError(f"{name}: expected a positive finite number, got {shown(value)}")
    return number


def not_negative(name: str, value) -> float:
    """`value` as a float, or ValueError unless it is a finite number of at least zero.

    >>> not_negative("floor", -1)
    Traceback (most recent call last):
    ValueError: floor: expected a finite number >= 0, got -1
    """
    number = _real(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"{name}: expected a finite number >= 0, got {shown(value)}")
    return number


def _real(value) -> float:
    """`value` as a float: NaN if it is not a real number, infinite if it is an int too large for a float."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def scale(name: str, value) -> float:
    """`positive`, and neither so large nor so small that arithmetic with it would end in infinity or zero.

    >>> scale("rho", 1e300)
    Traceback (most recent call last):
    ValueError: rho: expected a positive number from 1e-100 to 1e+100, got 1e+300
    """
    number, (least, most) = positive(name, value), SQUARABLE
    if not least <= number <= most:
        raise ValueError(f"{name}: expected a positive number from {least:g} to {most:g}, got {shown(value)}")
    return number


def positive_integer(name: str, value, most: int | None = None) -> int:
    """`value` as an int, or ValueError unless it is a whole number of at least one, and not above `most`.

    >>> positive_integer("hidden", 0)
    Traceback (most recent call last):
    ValueError: hidden: expected a whole number >= 1, got 0
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: expected a whole number >= 1, got {shown(value)}")
    if most is not None and value > most:
        raise ValueError(f"{name}: expected a whole number from 1 to {most:,}, got {shown(value)}")
    return int(value)


def count(name: str, value) -> int:
    """`value` as an int, or ValueError unless it is a whole number of at least zero, as a seed is too.

    >>> count("n_valid", -1)
    Traceback (most recent call last):
    ValueError: n_valid: expected a whole number >= 0, got -1
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: expected a whole number >= 0, got {shown(value)}")
    return int(value)


def size(name: str, value) -> int:
    """`positive_integer` of what a matrix has a row for: at most MOST.

    >>> size("n", 10**9)
    Traceback (most recent call last):
    ValueError: n: expected a whole number from 1 to 1,048,576, got 1000000000
    """
    return positive_integer(name, value, MOST)


def one_of(name: str, value, choices) -> str:
    """`value`, or ValueError naming the choices.

    >>> one_of("kind", "lstm", ("rnn", "colei"))
    Traceback (most recent call last):
    ValueError: kind: expected one of rnn, colei, got 'lstm'
    """
    choices = tuple(choices)
    if not any(value is choice or (_alike(value, choice) and value == choice) for choice in choices):
        raise ValueError(f"{name}: expected one of {', '.join(map(str, choices))}, got {shown(value)}")
    return value


def _alike(a, b) -> bool:
    """Whether two values can be asked whether they are equal: of one type, or numbers both."""
    return type(a) is type(b) or all(isinstance(x, (Real, np.bool_)) for x in (a, b))


def named(what: str, value) -> str:
    """`value`, or ValueError unless it can name a folder and a column: letters, digits, underscores.

    >>> named("name", "my task")
    Traceback (most recent call last):
    ValueError: name: expected small letters, digits and underscores, got 'my task'
    """
    if not isinstance(value, str) or not re.fullmatch("[a-z][a-z0-9_]*", value):
        raise ValueError(f"{what}: expected small letters, digits and underscores, got {shown(value)}")
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
    """`value` as an array of numbers in this machine's byte order, whatever holds them: lists, pandas, a
    tensor of torch's.

    Raises: ValueError for what has gaps (a masked array), or holds anything but numbers.
    """
    if isinstance(value, (list, tuple)) and any(hasattr(item, "detach") for item in value):
        value = [numbers(name, item, complex_too=True) for item in value]
    if hasattr(value, "detach"):  # a tensor, perhaps in a graph
        if value.is_meta or value.is_nested or str(value.layout) != "torch.strided":
            kind = "a nested one" if value.is_nested else "a sparse one"
            kind = "one without numbers" if value.is_meta else kind
            raise ValueError(f"{name}: expected a dense tensor of real numbers, got {kind}")
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
    widest = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind, array.dtype)
    with np.errstate(over="ignore"):  # a long double, which no linear algebra takes
        wide = array.dtype.itemsize > np.dtype(widest).itemsize
        return array.astype(widest if wide else array.dtype.newbyteorder("="), copy=False)


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


def square(name: str, value) -> np.ndarray:
    """`value` as a float array (n, n), or ValueError unless it is one square matrix of finite real numbers.

    >>> square("W", np.ones((2, 3)))
    Traceback (most recent call last):
    ValueError: W: expected one square matrix (n, n), got shape (2, 3)
    """
    array = matrices(name, value)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"{name}: expected one square matrix (n, n), got shape {array.shape}")
    if np.iscomplexobj(array):
        raise ValueError(f"{name}: expected real numbers, got {array.dtype}")
    return array


def in_short(said: object, most: int = 200) -> str:
    """What an error says, in one line of at most so many characters.

    >>> in_short("cannot open   the file", most=14)
    'cannot open...'
    """
    line = " ".join(str(said).split())
    return line if len(line) <= most else line[: most - 3] + "..."


def first_line(error: Exception) -> str:
    """The first line of what an error says; its name if it says nothing.

    >>> first_line(ValueError("n: expected 3, got 4")), first_line(KeyboardInterrupt())
    ('n: expected 3, got 4', 'KeyboardInterrupt')
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0]
