"""Whole networks, drawn: of one kind, or with one kind's singular vectors and another's singular values."""

from __future__ import annotations

from copy import deepcopy

import numpy as np

from ..checks import generator, one_of, positive, positive_integer
from ..spectra import transplant
from .colei import RHO, ColEIDraw, colei_input_weights, colei_weights
from .dann import DANNDraw, dann_weights, effective_dann
from .populations import column_signs, count_interneurons
from .rnn import PYTORCH_RHO, RNNDraw, rnn_weights

KINDS = ("rnn", "colei", "dann")
NAMES = {"rnn": "RNN", "colei": "ColEI", "dann": "DANN"}  # of kinds, for readers
PARTS = {"W": "layer0/W", "U": "layer0/U", "readout": "readout/W"}  # that can be transplanted by themselves
EMBEDDING_STD = 0.4  # of the numbers in a learned word vector before learning; the paper has none


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
    one_of("kind", kind, KINDS)
    layers, ei_ratio, rng = positive_integer("layers", layers), positive("ei_ratio", ei_ratio), generator(rng)
    if kind == "rnn":
        make = RNNDraw(rho, input_init, rng)
    elif kind == "colei":
        make = ColEIDraw(rho, ei_ratio, rng)
    else:
        make = DANNDraw(rho, ei_ratio, n_inhibitory, random_ix, rng)
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
        size = (positive_integer("words", words), positive_integer("n_in", n_in))
        arrays["embedding/E"] = rng.normal(0, EMBEDDING_STD, size)
    return arrays


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


DEFAULT_RHO = {"rnn": PYTORCH_RHO, "colei": RHO, "dann": PYTORCH_RHO}


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
    rho = DEFAULT_RHO[one_of("kind", kind, KINDS)] if rho is None else rho
    if kind == "rnn":
        return rnn_weights(n, rho=rho, rng=rng)
    if kind == "colei":
        return colei_weights(n, ei_ratio, rho=rho, zero_diagonal=zero_diagonal, rng=rng)
    n_i = count_interneurons(n, ei_ratio)
    return effective_dann(*dann_weights(n, n_i, rho=rho, random_ix=random_ix, rng=rng))
