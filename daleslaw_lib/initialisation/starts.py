"""Named starts: what else than its kind's own matrix a network's recurrence can begin with. NumPy only.

A run names its start and at most two numbers, `start_a` and `start_b`; what they mean is in the table. Only
W changes: input weights and readout are those of the same seed without a start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..checks import matrices, one_of, scale, shown
from . import dale_starts as dale
from . import free_starts as free
from .populations import split_population

WHOLE = "inputs"  # the one number that counts something


REPEATS = 1e-7  # where nothing magnifies rounding


@dataclass(frozen=True)
class Start:
    """A way to draw an initial W: what it is called in a table, what its numbers are, and how it is done.

    `way`: a network starts "from" such a matrix, or is one "with" such a part or property.
    `draw(W, ei_ratio, a, b, rng)` gives signed weights `(n, n)`; W are the kind's own, of the same shape.
    `repeats`: how far, as a share of it, a number of four updates may be off where LAPACK rounds otherwise.
    """

    words: str
    draw: Callable[[np.ndarray, float, float | None, float | None, np.random.Generator], np.ndarray]
    a: str | None = None
    b: str | None = None
    possible: Callable[[int, float, float | None], object] = lambda n, ei_ratio, a: None  # or ValueError
    way: str = "from"
    repeats: float = REPEATS


def _with(function, *names: str, **fixed) -> Callable:
    """A draw that calls function(n, ei_ratio, name of a = a, .., rng=rng)."""

    def draw(W, ei_ratio, a, b, rng):
        numbers = {name: int(x) if name == WHOLE else x for name, x in zip(names, (a, b))}
        return function(len(W), ei_ratio, **numbers, **fixed, rng=rng)

    return draw


def _law(name: str) -> Callable:
    return _with(dale.colei_of_law, "cv", "rho", law=name)


def _split(n: int, ei_ratio: float, a: float | None) -> object:
    return split_population(n, ei_ratio)


def _three(n: int, ei_ratio: float, a: float | None) -> object:
    return dale.split_three(n, ei_ratio)


def _part(name: str) -> Callable:
    return lambda W, ei_ratio, a, b, rng: free.with_part(W, name, ei_ratio=ei_ratio, rng=rng)


STARTS: Mapping[str, Mapping[str, Start]] = {
    "colei": {
        "identity": Start(
            "signed identity", lambda W, r, a, b, rng: dale.signed_identity(len(W), r, gain=a), "gain"
        ),
        "permutation": Start("signed permutation", _with(dale.signed_permutation, "gain"), "gain"),
        "identity+colei": Start(
            "signed identity and ColEI", _with(dale.identity_and_colei, "gain", "rho"), "gain", "rho"
        ),
        "permutation+colei": Start(
            "signed permutation and ColEI", _with(dale.permutation_and_colei, "gain", "rho"), "gain", "rho"
        ),
        "sparse": Start(
            "few inputs",
            _with(dale.sparse_inputs, "inputs", "gain"),
            "inputs",
            "gain",
            possible=lambda n, r, a: dale.split_inputs(n, r, int(a)),
            way="with",
        ),
        # near the top of its climb the direction is that of rounding: in a probe of forty units an error of
        # 1e-16 changes losses by up to 2e-3; a start of a hundred units by 1e-11
        "raised": Start(
            "H raised within the signs", _with(dale.raised_entropy, "gain"), "gain", way="with", repeats=1e-2
        ),
        "compact": Start("an RNN's spectrum, nearly", _with(dale.spectrum_of_rnn, "rho"), "rho", way="with"),
        "gamma": Start("gamma weights", _law("gamma"), "cv", "rho", way="with"),
        "lognormal": Start("log-normal weights", _law("lognormal"), "cv", "rho", way="with"),
        "equal": Start("equal E and I strength", _with(dale.equal_strength, "rho"), "rho", way="with"),
        "row-balanced": Start(
            "rows balanced", _with(dale.row_balanced, "rho"), "rho", possible=_three, way="with"
        ),
        "unit-gain": Start("ColEI at gain 1", _with(dale.colei_of_unit_gain), possible=_three),
    },
    "rnn": {
        "identity": Start("identity", lambda W, r, a, b, rng: free.identity(len(W), gain=a), "gain"),
        "permutation": Start(
            "permutation", lambda W, r, a, b, rng: free.permutation(len(W), gain=a, rng=rng), "gain"
        ),
        "orthogonal": Start(
            "orthogonal", lambda W, r, a, b, rng: free.orthogonal(len(W), gain=a, rng=rng), "gain"
        ),
        "outlier": Start("ColEI's outlier", _part("outlier"), possible=_split, way="with"),
        "group": Start("ColEI's inhibitory group", _part("group"), possible=_split, way="with"),
        "outlier+group": Start(
            "ColEI's outlier and inhibitory group", _part("both"), possible=_split, way="with"
        ),
        "outlier+group-matched": Start(
            "both, at the RNN's gain", _part("both, matched"), possible=_split, way="with"
        ),
    },
}
NAMES = tuple(dict.fromkeys(name for starts in STARTS.values() for name in starts))


def get(kind: str, name: str) -> Start:
    """The start of that name for a kind of network.

    Raises: ValueError naming those there are.
    """
    if not isinstance(kind, str) or kind not in STARTS:
        words = shown(kind).strip("'")
        raise ValueError(f"start: expected None for {words}, got {shown(name)}")
    return STARTS[kind][one_of("start", name, STARTS[kind])]


def check(
    kind: str,
    name: str,
    a: float | None,
    b: float | None,
    n: int | None = None,
    ei_ratio: float | None = None,
) -> tuple[float | None, float | None]:
    """The two numbers of a way to draw an initial W, as floats.

    Raises: ValueError if the kind has no such start; if a number is missing, not wanted, or not positive;
            or if n units at this ratio cannot start so.
    """
    start, found = get(kind, name), []
    for field, meaning, value in (("start_a", start.a, a), ("start_b", start.b, b)):
        if meaning is None and value is not None:
            raise ValueError(f"{field}: expected None for the start {name}, got {value!r}")
        if meaning is not None and value is None:
            raise ValueError(f"{field}: expected the {meaning} of the start {name}, got None")
        if value is not None:
            value = scale(field, value)
            if meaning == WHOLE and not value.is_integer():
                raise ValueError(f"{field}: expected a whole number of {meaning}, got {value:g}")
        found.append(value)
    if n is not None:
        if kind == "colei":
            split_population(n, ei_ratio)
        start.possible(n, ei_ratio, found[0])
    return tuple(found)


def put(
    arrays: Mapping[str, np.ndarray],
    kind: str,
    name: str,
    a: float | None = None,
    b: float | None = None,
    *,
    ei_ratio: float,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """A network's initial arrays with every recurrent W from this start, ColEI's as magnitudes.

    Raises: ValueError as `check`, or if there is no such matrix at this size and ratio.
    """
    a, b = check(kind, name, a, b)
    found = dict(arrays)
    for block in sorted(key for key in arrays if key.startswith("layer") and key.endswith("/W")):
        W = get(kind, name).draw(matrices(block, arrays[block]), ei_ratio, a, b, rng)
        found[block] = np.abs(W) if kind == "colei" else W
    return found
