"""Move the spectral radius; see what becomes of signals over the steps of a digit."""

from __future__ import annotations

import ipywidgets
import numpy as np

from ... import figures
from ...initialisation.draw import KINDS
from ...spectra import singular_values, svd_entropy
from ...widgets.playground import Playground
from . import figures as radius_figures
from .gains import draw_weights, drawn_gains


def explorer(x: np.ndarray, *, draws: int = 8, seed: int = 0) -> Playground:
    """Chapter 5: controls: `kind`, `rho`, `seed`. Networks of 100 units, 10 % inhibitory, read x `(T, B,
    n_in)`.
    """
    label = {"style": {"description_width": "6em"}, "continuous_update": False}
    kinds = [(figures.KIND_STYLE[kind]["label"], kind) for kind in KINDS]

    def draw(kind, rho, seed):
        forward, backward, share = drawn_gains(kind, rho, x, draws=draws, seed=seed)
        W = np.stack(
            [draw_weights(kind, rho, n_in=x.shape[2], rng=np.random.default_rng([seed, k]))[1]
             for k in range(draws)]
        )  # fmt: skip
        s = singular_values(W)
        last = backward[:, -1]
        words = (
            f"gain of a gradient over {len(x) - 1} steps: median {np.median(last):.2g}, "
            f"from {last.min():.1g} to {last.max():.1g}; "
            f"largest singular value {np.median(s[:, 0]):.3g}; "
            f"entropy H {svd_entropy(singular_values=s).mean():.2f}; "
            f"{100 * share.mean():.0f} % of units active"
        )
        return words, radius_figures.gain_through_time(forward, backward, s, kind)

    return Playground(
        draw,
        kind=ipywidgets.ToggleButtons(options=kinds, value="colei", style={"button_width": "5em"}),
        rho=ipywidgets.FloatLogSlider(
            1.5, base=10, min=-0.5, max=0.6, step=0.01, readout_format=".3g", description="radius", **label
        ),
        seed=ipywidgets.IntSlider(seed, min=seed, max=seed + 20, description="draw", **label),
    )
