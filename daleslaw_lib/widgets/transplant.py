"""Choose whose singular vectors and whose singular values a matrix gets; see what becomes of its signs."""

from __future__ import annotations

import ipywidgets
import numpy as np

from .. import figures, figures_transplants
from ..checks import one_of
from ..initialisation import colei_weights, rnn_weights
from ..spectra import singular_values, svd_entropy, transplant
from .playground import Playground

SOURCES = ("rnn", "colei")


def draw_pair(n: int, *, ei_ratio: float = 9.0, seed: int) -> dict[str, np.ndarray]:
    """One recurrent matrix of an RNN and one of ColEI, from one seed; ColEI's diagonal is as drawn (E8).

    Raises: ValueError as `initialisation.rnn_weights` and `colei_weights`.
    """
    return {
        "rnn": rnn_weights(n, rng=np.random.default_rng(seed)),
        "colei": colei_weights(n, ei_ratio, zero_diagonal=False, rng=np.random.default_rng(seed)),
    }


def combine(pair: dict[str, np.ndarray], vectors: str, spectrum: str) -> np.ndarray:
    """The matrix with one's singular vectors and the other's singular values; if they are one, its own.

    Raises: ValueError for another name than "rnn" and "colei".
    """
    one_of("vectors", vectors, SOURCES)
    one_of("spectrum", spectrum, SOURCES)
    return pair[vectors] if vectors == spectrum else transplant(pair[vectors], pair[spectrum])


def signs_kept(W: np.ndarray, before: np.ndarray) -> str:
    """One line: how many columns of W have one sign, and how many entries the sign they had before."""
    columns = int(((W >= 0).all(0) | (W <= 0).all(0)).sum())
    same = 100 * np.mean(np.sign(W) == np.sign(before))
    return f"columns of one sign: {columns} of {W.shape[1]}; entries with the sign they had: {same:.0f} %"


def transplant_bench() -> Playground:
    """Controls: `vectors` and `spectrum` (RNN or ColEI), `n`, `seed`. One unit in ten is inhibitory."""
    label = {"style": {"description_width": "6em"}, "continuous_update": False}
    kinds = [(figures.KIND_STYLE[kind]["label"], kind) for kind in SOURCES]
    buttons = {"options": kinds, "style": {"button_width": "5em", "description_width": "6em"}}
    controls = {
        "vectors": ipywidgets.ToggleButtons(value="colei", description="vectors of", **buttons),
        "spectrum": ipywidgets.ToggleButtons(value="rnn", description="spectrum of", **buttons),
        "n": ipywidgets.SelectionSlider(options=[10, 20, 50, 100], value=50, description="units N", **label),
        "seed": ipywidgets.IntSlider(0, min=0, max=20, description="draw", **label),
    }

    def draw(vectors, spectrum, n, seed):
        pair = draw_pair(n, seed=seed)
        W = combine(pair, vectors, spectrum)
        s = {kind: singular_values(matrix) for kind, matrix in pair.items()}
        words = f"{signs_kept(W, pair[vectors])}; largest singular value: {s[spectrum][0]:.2f}"
        picture = figures_transplants.bench(W, s, spectrum, entropy=float(svd_entropy(W)))
        return words, picture

    return Playground(draw, **controls)
