"""Arguments as nobody should give them: strategies of hypothesis, and what must hold of any call."""

from __future__ import annotations

import copy
import dataclasses
import re
import warnings
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import torch
from hypothesis import strategies as st

REFUSAL = re.compile(r"[^\n]+: expected [^\n]+, got [^\n]+")


# --- arrays, however they are held -------------------------------------------------------------------


def _strided(a):
    return np.repeat(a, 2, -1)[..., ::2] if a.ndim else a


def _read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


HOLDERS = {  # whose numbers are the same
    "array": lambda a: a,
    "fortran": np.asfortranarray,
    "strided": _strided,
    "backwards": lambda a: a[..., ::-1].copy()[..., ::-1],
    "read-only": _read_only,
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(a.tolist()) if a.ndim else a.item(),
    "tensor": lambda a: torch.tensor(np.ascontiguousarray(a)),
    "tensor in a graph": lambda a: torch.tensor(np.ascontiguousarray(a), requires_grad=a.dtype.kind == "f"),
    "frame": lambda a: pd.DataFrame(a) if a.ndim == 2 else a,
}


def _one(value):
    def put(a):
        a = np.array(a, float)
        if a.size:
            a.flat[a.size // 2] = value
        return a

    return put


def _quietly(change):
    def changed(a):
        with np.errstate(all="ignore"):
            return change(a)

    return changed


DISTORTIONS = {
    "huge": lambda a: a * 1e300,
    "largest": lambda a: np.sign(a * 1.0) * np.finfo(float).max,
    "large": lambda a: a * 1e160,
    "float32, huge": lambda a: (a * 1e37).astype("f4"),
    "tiny": lambda a: a * 1e-300,
    "denormal": lambda a: np.sign(a * 1.0) * 5e-324,
    "small": lambda a: a * 1e-160,
    "float32, tiny": lambda a: (a * 1e-40).astype("f4"),
    "wide": lambda a: a * 10.0 ** np.linspace(-300, 300, a.size).reshape(a.shape),
    "NaN": _one(np.nan),
    "infinite": _one(np.inf),
    "all NaN": lambda a: np.full(a.shape, np.nan),
    "zeros": np.zeros_like,
    "equal": np.ones_like,
    "whole": lambda a: np.round(a).astype("i8"),
    "bytes": lambda a: np.round(a).astype("i1"),
    "truth": lambda a: a > 0,
    "half": lambda a: a.astype("f2"),
    "single": lambda a: a.astype("f4"),
    "long": lambda a: a.astype(np.longdouble),
    "complex": lambda a: a + 1j,
    "objects": lambda a: a.astype(object),
    "words": lambda a: a.astype(str),
    "dates": lambda a: np.zeros(a.shape, "M8[s]"),
    "masked": lambda a: np.ma.masked_greater(a, 0),
    "bfloat16": lambda a: torch.tensor(np.ascontiguousarray(a)).to(torch.bfloat16),
    "sparse": lambda a: torch.tensor(np.ascontiguousarray(a)).to_sparse(),
    "meta": lambda a: torch.empty(a.shape, device="meta"),
    "empty": lambda a: a[..., :0],
    "none of them": lambda a: a[:0] if a.ndim else a,
    "fewer axes": lambda a: a[0] if a.ndim else a,
    "more axes": lambda a: a[None],
    "flat": np.ravel,
    "one number": lambda a: a.flat[0] if a.size else 0.0,
    "narrower": lambda a: a[..., :-1] if a.ndim else a,
    "shorter": lambda a: a[:-1] if a.ndim else a,
    "single entry": lambda a: a[(slice(0, 1),) * a.ndim],
    "ragged": lambda a: [[1.0], [1.0, 2.0]],
    "broadcast": lambda a: np.broadcast_to(a[(slice(0, 1),) * a.ndim], a.shape),
}
STRANGE = [
    None, "", "one", "1", b"1", True, False, 0, -1, 1, 2, 10**30, -(10**30), 0.0, -0.0, 0.5, -2.5, 1e-300,
    5e-324, 1e300, float("nan"), float("inf"), -float("inf"), 1j, Fraction(1, 3), Decimal("0.5"), (), [],
    {}, set(), [1.0], (2,), {"a": 1}, object(), len, np.float32(0.5), np.float64(2), np.int8(3),
    np.bool_(True), np.array(2.0), np.array(3), np.array([]), np.array([2]), np.ma.masked, np.nan, pd.NA,
    pd.NaT, np.datetime64("2020-01-01"), torch.tensor(2.0), torch.tensor(2.0, requires_grad=True),
    torch.tensor(3), torch.empty(0), slice(None), Ellipsis, range(3), "\n", "a\nb",
]  # fmt: skip


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@st.composite
def arrays(draw, *shape):
    """Normal numbers of that shape."""
    return normal(*shape, seed=draw(st.integers(0, 1000)))


@st.composite
def matrices(draw, *, square=False, one=False):
    """Normal matrices: one, or a stack."""
    n, m = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    lead = () if one else draw(st.sampled_from([(), (), (3,), (1,), (2, 2)]))
    return draw(arrays(*lead, n, n if square else m))


def distorted(value):
    """Something else in the place of a good argument: often of its kind, sometimes not at all."""
    strange = st.sampled_from(STRANGE)
    if isinstance(value, np.ndarray):
        changes = st.sampled_from(sorted(DISTORTIONS)).map(lambda name: _quietly(DISTORTIONS[name])(value))
        held = st.tuples(st.sampled_from(sorted(DISTORTIONS)), st.sampled_from(sorted(HOLDERS))).map(
            lambda names: _held(_quietly(DISTORTIONS[names[0]])(value), names[1])
        )
        return st.one_of(changes, changes, held, strange)
    if isinstance(value, bool) or isinstance(value, np.random.Generator):
        return strange if not isinstance(value, bool) else st.just(value)
    if isinstance(value, int):
        near = [value - 1, value + 1, -value, float(value), np.int32(value), np.float64(value), str(value)]
        return st.sampled_from(near) | strange
    if isinstance(value, float):
        near = [
            -value,
            1 / value if value else 1.0,
            value * 1e200,
            value * 1e-200,
            np.float32(value),
            int(value),
        ]
        return st.sampled_from(near) | st.floats() | strange
    return strange


def _held(value, name):
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        return value
    if "tensor" in name and value.dtype.itemsize > 8:
        return value
    return HOLDERS[name](value)


def held(value):
    """The same numbers held otherwise, where they are an array."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        return st.just(value)
    return st.sampled_from(sorted(HOLDERS)).map(lambda name: HOLDERS[name](value))


@st.composite
def some_distorted(draw, good: dict) -> dict:
    """Arguments, none to two of which are distorted; the others are held in any way."""
    names = sorted(good)
    bad = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
    return {name: draw(distorted(value) if name in bad else held(value)) for name, value in good.items()}


# --- what must hold of any call ----------------------------------------------------------------------


def call(function, arguments: dict, promise, met: Counter, *, finite: bool = True) -> None:
    """The call keeps its promise, with finite numbers, or is refused in one line; its arguments stay as they
    are. `met` counts both.
    """
    before = _snapshot(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        try:
            result = function(**arguments)
        except (ValueError, TypeError) as error:
            if type(error) not in (ValueError, TypeError) or not REFUSAL.fullmatch(str(error)):
                raise
            met["refused"] += 1
        else:
            if finite:
                is_finite(result)
            promise(result, **arguments)
            met["taken"] += 1
    assert _snapshot(arguments) == before, "an argument was changed"


def is_finite(result) -> None:
    """No NaN and no infinity anywhere in it."""
    if isinstance(result, torch.Tensor):
        assert torch.isfinite(result).all()
    elif isinstance(result, (np.ndarray, np.number, float, complex)):
        assert np.isfinite(result).all(), result
    elif isinstance(result, dict):
        is_finite(list(result.values()))
    elif isinstance(result, (list, tuple)):
        for item in result:
            is_finite(item)
    elif dataclasses.is_dataclass(result):
        is_finite(list(vars(result).values()))


def _snapshot(value):
    """All that can be changed of it, as something that can be compared."""
    if isinstance(value, dict):
        return {name: _snapshot(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_snapshot(item) for item in value]
    if isinstance(value, torch.Tensor):
        dense = value.detach().to_dense() if value.layout != torch.strided else value.detach()
        numbers = None if value.is_meta else dense.to(torch.complex128).numpy().tobytes()
        return tuple(value.shape), value.dtype, value.requires_grad, value.grad is None, numbers
    if isinstance(value, np.ma.MaskedArray):
        return value.shape, value.data.tobytes(), np.ma.getmaskarray(value).tobytes()
    if isinstance(value, np.ndarray):
        numbers = value.tolist().__repr__() if value.dtype == object else value.tobytes()
        return value.shape, value.dtype, value.flags.writeable, value.strides, numbers
    if isinstance(value, pd.DataFrame):
        return value.to_numpy().tobytes()
    return repr(value) if not isinstance(value, np.random.Generator) else None


def copied(arguments: dict) -> dict:
    """Arguments with the same random numbers to come."""
    return {
        name: copy.deepcopy(value) if isinstance(value, np.random.Generator) else value
        for name, value in arguments.items()
    }
