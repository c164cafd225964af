"""Choose a network: its entropy, drawn beside theory."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets
import numpy as np

from ... import figures, theory
from ...checks import one_of
from ...initialisation.draw import KINDS, draw_matrix
from ...initialisation.populations import split_population
from ...spectra import singular_values, svd_entropy
from ...widgets.playground import Playground
from . import figures as entropy_figures

SIZES = np.array([30, 50, 100, 200, 300, 500, 1000])


THEORY = {  # singular values, largest first, on whatever scale, and their entropy; a DANN has one of zero
    "rnn": (
        lambda n, ratio: theory.quarter_circle_values(n),
        lambda n, ratio: theory.quarter_circle_entropy(n),
    ),
    "colei": (theory.colei_values, theory.colei_entropy),
    "dann": (
        lambda n, ratio: np.append(theory.quarter_circle_values(n - 1), 0.0),
        lambda n, ratio: theory.quarter_circle_entropy(n, zeros=1),
    ),
}


def predicted_values(kind: str, n: int, ei_ratio: float) -> np.ndarray:
    """Chapter 8: n singular values as theory has them, largest first, on whatever scale.

    Raises: ValueError for a kind without a theory, or as the function of `theory` that it calls.
    """
    return THEORY[one_of("kind", kind, THEORY)][0](n, ei_ratio)


@lru_cache(maxsize=512)
def predicted_entropy(kind: str, n: int, ei_ratio: float) -> float:
    """Chapter 8: the normalised SVD entropy of those.

    Raises: ValueError as `predicted_values`.
    """
    return THEORY[one_of("kind", kind, THEORY)][1](n, ei_ratio)


def explorer() -> Playground:
    """Chapter 8: controls: `kind`, `n`, `inhibitory` (per cent), `seed`."""
    label = {"style": {"description_width": "6.5em"}, "continuous_update": False}
    kinds = [(figures.KIND_STYLE[kind]["label"], kind) for kind in KINDS if kind in THEORY]
    controls = {
        "kind": ipywidgets.ToggleButtons(options=kinds, value="colei", style={"button_width": "5em"}),
        "n": ipywidgets.SelectionSlider(
            options=[30, 50, 100, 200, 300, 500], value=100, description="units N", **label
        ),
        "inhibitory": ipywidgets.IntSlider(10, 1, 50, description="% inhibitory", **label),
        "seed": ipywidgets.IntSlider(0, 0, 20, description="draw", **label),
    }

    def draw(kind, n, inhibitory, seed):
        ei_ratio = 100 / inhibitory - 1
        s = singular_values(draw_matrix(kind, n, ei_ratio, rng=np.random.default_rng(seed)))
        H, expected = float(svd_entropy(singular_values=s)), predicted_entropy(kind, n, ei_ratio)
        by_size = [predicted_entropy(kind, size, ei_ratio) for size in SIZES]
        words = (
            f"H = {H:.3f} drawn, {expected:.3f} in theory; the largest singular value has "
            f"{100 * s[0] / s.sum():.0f} % of the sum; effective rank {n**H:.0f} of {n}"
        )
        if kind == "colei":
            words += f"; {split_population(n, ei_ratio)[1]} inhibitory units"
        return words, entropy_figures.drawn_beside_theory(
            s, predicted_values(kind, n, ei_ratio), SIZES, by_size, kind=kind, entropies=(H, expected)
        )

    return Playground(draw, **controls)
