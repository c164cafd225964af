"""Choose a network, an inhibitory share and a number of steps; see what becomes of changes on their way."""

from __future__ import annotations

import ipywidgets
import numpy as np

from ...initialisation.draw import weight_generator
from ...initialisation.populations import SHARES
from ...jacobians import log_gain, participation_ratio, products
from ...spectra import singular_values, svd_entropy
from ...widgets.playground import Playground
from .figures import two_spectra
from .networks import VARIANTS, digits


def jacobian_explorer(*, n: int = 100, seed: int = 0) -> Playground:
    """Chapter 9: controls: `network`, inhibitory `share`, `steps`, `seed`. Networks of n units read embedded
    digits.
    """
    x, _ = digits(16)
    slider = {"style": {"description_width": "5em"}, "continuous_update": False}

    def draw(network, share, steps, seed):
        layer = VARIANTS[network](n, share, weight_generator(seed))
        J = products(layer.W, layer.states(x) > 0, steps)
        s, of_J = singular_values(layer.W), singular_values(J)
        words = (
            f"H of W {svd_entropy(singular_values=s):.3f}; after {steps} step{'s' if steps > 1 else ''} "
            f"changes arrive in {participation_ratio(J).mean():.1f} of {n} directions; "
            f"gain per step {np.exp(log_gain(J, steps)):.2f}"
        )
        return words, two_spectra(s, of_J, steps)

    return Playground(
        draw,
        network=ipywidgets.Dropdown(options=list(VARIANTS), value="ColEI", description="network"),
        share=ipywidgets.ToggleButtons(
            options=[(words, ratio) for ratio, words in SHARES.items()],
            value=9.0,
            description="inhibitory",
            style={"button_width": "4em"},
        ),
        steps=ipywidgets.IntSlider(10, 1, 20, description="steps", **slider),
        seed=ipywidgets.IntSlider(seed, seed, seed + 20, description="draw", **slider),
    )
