"""Choose whose singular vectors and whose singular values a matrix gets; see what becomes of its signs.

The bench runs in the reader's browser. Its draws follow the formulas of `initialisation`, from a random
stream of their own.
"""

from __future__ import annotations

import numpy as np
import traitlets

from ... import figures
from ...checks import one_of
from ...initialisation.colei import colei_weights
from ...initialisation.populations import columns_of_one_sign
from ...initialisation.rnn import rnn_weights
from ...spectra import singular_values, svd_entropy, transplant
from ...widgets.page import (
    FigureWidget,
    anywidget,
    as_bytes,
    checked,
    few_colours,
    module,
    show_figure,
    square,
)
from ...widgets.playground import png
from . import figures as transplants_figures

NAME = "transplant-bench"
SOURCES = ("rnn", "colei")
MATCHINGS = ("ranked", "shuffled", "reversed")  # the first is the paper's, and `spectra.transplant`
CHOICES = {"vectors": SOURCES, "spectrum": SOURCES, "matching": MATCHINGS}
RANGES = {"n": (10, 200), "inhibitory": (1, 50)}
START = {"vectors": "colei", "spectrum": "rnn", "matching": "ranked", "n": 100, "inhibitory": 10, "seed": 1}


def draw_pair(n: int, *, ei_ratio: float = 9.0, seed: int) -> dict[str, np.ndarray]:
    """Chapter 6: one recurrent matrix of an RNN and one of ColEI, from one seed; ColEI's diagonal is as drawn
    (E8).

    Raises: ValueError as `initialisation.rnn_weights` and `colei_weights`.
    """
    return {
        "rnn": rnn_weights(n, rng=np.random.default_rng(seed)),
        "colei": colei_weights(n, ei_ratio, zero_diagonal=False, rng=np.random.default_rng(seed)),
    }


def combine(
    pair: dict[str, np.ndarray], vectors: str, spectrum: str, matching: str = "ranked", seed: int = 0
) -> np.ndarray:
    """Chapter 6: the matrix with one's singular vectors and the other's singular values; if they are one, its
    own.

    `matching`: which value takes whose place. "ranked": the k-th largest the k-th largest's; "reversed":
    the largest the smallest's; "shuffled": in an order drawn from `seed`.

    Raises: ValueError for another name than "rnn" and "colei", or another matching.
    """
    one_of("vectors", vectors, SOURCES)
    one_of("spectrum", spectrum, SOURCES)
    if one_of("matching", matching, MATCHINGS) == "ranked":
        return pair[vectors] if vectors == spectrum else transplant(pair[vectors], pair[spectrum])
    U, _, Vt = np.linalg.svd(pair[vectors])
    s = singular_values(pair[spectrum])
    return U * (s[::-1] if matching == "reversed" else np.random.default_rng(seed).permutation(s)) @ Vt


def signs_changed(W: np.ndarray, before: np.ndarray) -> float:
    """Chapter 6: the share of entries whose sign is the opposite of what it was."""
    return float(np.mean(W * before < 0))


class TransplantBench(FigureWidget):
    """Chapter 6: the bench in a live notebook: settings go both ways, results come back.

    Settings: `vectors` and `spectrum` ("rnn", "colei"), `matching` ("ranked", "shuffled", "reversed"), `n`
    (10 to 200 units), `inhibitory` (1 to 50 per cent, of ColEI), `seed`.
    Results, None before the first drawing: `entropy`, `columns_of_one_sign` and `signs_changed` (a share) at
    once; `W`, a quarter of a second after the last change.

    Raises: ValueError for a setting out of range; ImportError without the package anywidget.
    """

    _esm = module(NAME)

    vectors = traitlets.Enum(SOURCES, START["vectors"]).tag(sync=True)
    spectrum = traitlets.Enum(SOURCES, START["spectrum"]).tag(sync=True)
    matching = traitlets.Enum(MATCHINGS, START["matching"]).tag(sync=True)
    n = traitlets.Int(START["n"], min=10, max=200).tag(sync=True)
    inhibitory = traitlets.Float(START["inhibitory"], min=1, max=50).tag(sync=True)
    seed = traitlets.Int(START["seed"], min=0).tag(sync=True)
    entropy = traitlets.Float(None, allow_none=True).tag(sync=True)
    columns_of_one_sign = traitlets.Int(None, allow_none=True).tag(sync=True)
    signs_changed = traitlets.Float(None, allow_none=True).tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True, from_json=as_bytes)

    def __init__(self, **settings):
        super().__init__(**checked(settings, CHOICES, RANGES))

    @property
    def W(self) -> np.ndarray | None:
        """The matrix that is shown: `(n, n)`; rows receive, columns send."""
        return square(self.weights)


def still(vectors, spectrum, matching, n, inhibitory, seed) -> tuple[bytes, str]:
    """Chapter 6: a picture of the bench at these settings, a PNG file, and what it shows in words."""
    pair = draw_pair(n, ei_ratio=100 / inhibitory - 1, seed=seed)
    W = combine(pair, vectors, spectrum, matching, seed)
    s = {kind: singular_values(matrix) for kind, matrix in pair.items()}
    H = float(svd_entropy(W))
    names = {kind: figures.KIND_STYLE[kind]["label"] for kind in SOURCES}
    words = (
        f"Weights, singular values and eigenvalues of {n} units with the singular vectors of "
        f"{names[vectors]} and the singular values of {names[spectrum]}. Columns of one sign: "
        f"{columns_of_one_sign(W)} of {n}; entries that changed sign: {signs_changed(W, pair[vectors]):.0%}; "
        f"entropy H {H:.2f}."
    )
    return few_colours(png(transplants_figures.bench(W, s, spectrum, entropy=H))), words


def show_transplant_bench(bench: TransplantBench | None = None, **settings) -> None:
    """Chapter 6: display the bench: as a widget where one can run, by its script in the built book, else as a
    picture.

    Settings are those of `TransplantBench`; without a `bench` of yours there is a new one.

    Raises: ValueError for a setting out of range.
    """
    picture, words = still(**START | checked(settings, CHOICES, RANGES))
    if bench is None and anywidget is not None:
        bench = TransplantBench(**settings)
    show_figure(NAME, picture, words, widget=bench, settings=settings)
