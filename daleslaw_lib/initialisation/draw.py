"""The kinds there are, and whole networks, drawn: of one kind, or with the singular values of another."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import numpy as np

from ..checks import generator, matrices, one_of, positive_integer, scale, shown, size
from ..spectra import transplant
from .colei import COLEI, colei_input_weights, colei_weights
from .dann import DANN
from .kind import Draw, Kind, OfKinds
from .populations import column_signs
from .rnn import RNN

# `networks.register_kind` adds to it.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (RNN, COLEI, DANN)}
NAMES = OfKinds(KINDS, lambda kind: kind.label)  # for readers
DEFAULT_RHO = OfKinds(KINDS, lambda kind: kind.draw.RHO)
PARTS = {"W": "layer0/W", "U": "layer0/U", "readout": "readout/W"}  # that can be transplanted by themselves
DEEPEST = 1_000  # layers
EMBEDDING_STD = 0.4  # of the numbers in a learned word vector before learning; the paper has none


def drawing(kind: str, ei_ratio: float, *, rho: float | None, rng: np.random.Generator, **options) -> Draw:
    """How the weights of one new network are drawn. Options that the kind does not have are left out.

    Raises: ValueError for an unknown kind or a ratio out of range.
    """
    it = KINDS[one_of("kind", kind, KINDS)]
    options = {name: value for name, value in options.items() if name in it.options}
    return it.draw(rho=rho, ei_ratio=scale("ei_ratio", ei_ratio), rng=generator(rng), **options)


def draw_network(
    kind: str,
    n_in: int,
    n: int,
    n_out: int,
    *,
    layers: int = 1,
    dense: int = 0,
    words: int | None = None,
    ei_ratio: float = 9.0,
    rho: float | None = None,
    n_inhibitory: int | None = None,
    random_ix: bool = False,
    input_init: str | None = None,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """All initial arrays of one network, by name: "layer0/U", ..., "dense0/U", ..., "readout/b".

    ColEI's weights are given as magnitudes (>= 0), DANN's as their three parts `_ex`, `_ix`, `_ei`.
    Biases are zero, in the first layer too (E7).

    Shapes: U (n, n_in or n), W (n, n), b (n,); readout W (n_out, n), b (n_out,).
    Args:   dense: feed-forward ReLU layers after the recurrent ones; words: None, or how many words
            have vectors of n_in numbers, "embedding/E (words, n_in)", drawn last; rho: None for the kind's
            default; n_inhibitory, random_ix: of DANN's recurrent W alone, None for
            `count_interneurons(n, ei_ratio)` (E4, E5); input_init: "he" for `rnn_he_input_weights`.
    Raises: ValueError for an unknown kind or an argument out of range.
    """
    layers = positive_integer("layers", layers, DEEPEST)
    if not (type(dense) is int and dense == 0):
        dense = positive_integer("dense", dense, DEEPEST)
    options = dict(n_inhibitory=n_inhibitory, random_ix=random_ix)
    make = drawing(kind, ei_ratio, rho=rho, rng=rng, input_init=input_init, **options)
    arrays: dict[str, np.ndarray] = {}

    def add(block: str, n_out: int, **weights) -> None:
        for name, parts in weights.items():
            arrays.update({f"{block}/{name}{part}": w for part, w in zip(make.parts, parts)})
        arrays[f"{block}/b"] = np.zeros(n_out)

    for k in range(layers):
        add(f"layer{k}", n, U=make.feedforward(n, n) if k else make.input(n, n_in), W=make.recurrent(n))
    for k in range(dense):
        add(f"dense{k}", n, U=make.feedforward(n, n))
    add("readout", n_out, W=make.readout(n_out, n))
    if words is not None:
        shape = (size("words", words), size("n_in", n_in))
        arrays["embedding/E"] = rng.normal(0, EMBEDDING_STD, shape)
    return arrays


def effective_weight(
    arrays: Mapping[str, np.ndarray], kind: str, name: str, ei_ratio: float = 9.0
) -> np.ndarray:
    """The matrix that an initial weight amounts to, such as "layer0/W", from a drawn network's arrays.

    Raises: ValueError for an unknown kind, or if arrays of that name are missing or no matrices.
    """
    make, ei_ratio = KINDS[one_of("kind", kind, KINDS)].draw, scale("ei_ratio", ei_ratio)
    names = [f"{name}{part}" for part in make.parts]
    if missing := [name for name in names if name not in arrays]:
        raise ValueError(f"arrays: expected one named {shown(missing[0])}, got none")
    parts = [matrices(name, arrays[name]) for name in names]
    return make.effective(parts, ei_ratio, outside=name == "layer0/U")


def draw_transplant(
    vectors: str,
    spectrum: str,
    n_in: int,
    n: int,
    n_out: int,
    *,
    parts: str | None = None,
    ei_ratio: float = 9.0,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """A one-layer network of free weights: singular vectors of one kind's, singular values of another's.

    The two networks are those that one random stream gives each kind by itself, but for ColEI's
    diagonal, which is as drawn (E8). Input, recurrent and readout weights are transplanted alike; if
    both kinds are the same the weights are that kind's own. With `parts`, "W", "U" or "readout", only that
    matrix is transplanted, and the others are those of `vectors`.

    Raises: ValueError for another kind than "rnn" and "colei", other parts, or an argument out of range.
    Source: the paper, section 4 and Fig. 4.
    """
    for name, kind in {"vectors": vectors, "spectrum": spectrum}.items():
        one_of(name, kind, ("rnn", "colei"))
    wanted = None if parts is None else PARTS[one_of("parts", parts, PARTS)]
    drawn = {}
    for kind in dict.fromkeys((vectors, spectrum)):
        stream = deepcopy(generator(rng))
        drawn[kind] = draw_network(kind, n_in, n, n_out, ei_ratio=ei_ratio, rng=stream)
        if kind == "colei":
            stream = deepcopy(rng)
            colei_input_weights(n, n_in, rng=stream)  # W comes after U in the stream
            drawn[kind]["layer0/W"] = colei_weights(n, ei_ratio, zero_diagonal=False, rng=stream)
            drawn[kind]["readout/W"] *= column_signs(n, ei_ratio)
    if vectors == spectrum:
        return drawn[vectors]
    return {
        name: w if w.ndim == 1 or wanted not in (None, name) else transplant(w, drawn[spectrum][name])
        for name, w in drawn[vectors].items()
    }


def draw_matrix(
    kind: str,
    n: int,
    ei_ratio: float,
    *,
    rho: float | None = None,
    random_ix: bool = False,
    zero_diagonal: bool = True,
    rng: np.random.Generator,
) -> np.ndarray:
    """The effective recurrent matrix `(n, n)` of one new network; `rho` None: the kind's default.

    Raises: ValueError as the function of `initialisation` that it calls.
    """
    options = dict(random_ix=random_ix, full_diagonal=not zero_diagonal)
    return drawing(kind, ei_ratio, rho=rho, rng=rng, **options).matrix(n)


def weight_generator(seed: int) -> np.random.Generator:
    """The random stream of a network's initial weights, by seed; the order of its data has another one
    (E18).
    """
    return np.random.default_rng([seed, 0])


def start_generator(seed: int) -> np.random.Generator:
    """The random stream of a network's start, by seed, so that all weights but W are those without one."""
    return np.random.default_rng([seed, 3])
