"""Choose a size and a number of inhibitory units; see ColEI's and DANN's spectra side by side."""

from __future__ import annotations

import ipywidgets
import numpy as np

from ...initialisation.draw import draw_matrix
from ...initialisation.populations import split_population
from ...spectra import singular_values, svd_entropy
from ...widgets.playground import Playground
from . import figures

KINDS = ("colei", "dann")


def explorer() -> Playground:
    """Chapter 7: controls: `n` (units), `count` (inhibitory ones), `seed`.

    ColEI has `count` inhibitory units among its n, DANN as large a share of interneurons on top of them.
    """
    label = {"style": {"description_width": "6.5em"}, "continuous_update": False}
    controls = {
        "n": ipywidgets.SelectionSlider(
            options=[50, 100, 200, 300, 400], value=100, description="units N", **label
        ),
        "count": ipywidgets.SelectionSlider(
            options=[1, 2, 5, 10, 20, 30, 50, 100, 150, 200], value=10, description="inhibitory", **label
        ),
        "seed": ipywidgets.IntSlider(0, min=0, max=20, description="draw", **label),
    }

    def draw(n, count, seed):
        if not 2 * count <= n:
            raise ValueError(f"choose at most half of the {n} units inhibitory")
        ratio = n / count - 1
        s = {k: singular_values(draw_matrix(k, n, ratio, rng=np.random.default_rng(seed))) for k in KINDS}
        H = {kind: float(svd_entropy(singular_values=values)) for kind, values in s.items()}
        n_e, n_i = split_population(n, ratio)
        words = (
            f"{n_e} excitatory and {n_i} inhibitory units ({100 * n_i / n:.3g} %). Largest singular value: "
            f"ColEI {s['colei'][0]:.1f}, DANN {s['dann'][0]:.2f}. "
            f"H: ColEI {H['colei']:.2f}, DANN {H['dann']:.2f}."
        )
        return words, figures.two_spectra(s, H, n_i)

    return Playground(draw, **controls)
