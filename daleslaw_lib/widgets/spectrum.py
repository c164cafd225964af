"""Choose a kind, a size, a share of inhibition, a radius; see the matrix and its spectrum."""

from __future__ import annotations

import ipywidgets
import numpy as np

from .. import figures
from ..drawing import DEFAULT_RHO, draw_matrix
from ..initialisation import KINDS, split_population
from ..spectra import svd_entropy
from .playground import Playground


def spectrum_explorer(*, seed: int = 0) -> Playground:
    """Controls: `kind`, `n`, `inhibitory` (per cent), `rho`, `seed`. Changing the kind sets its rho."""
    label = {"style": {"description_width": "6.5em"}, "continuous_update": False}
    kinds = [(figures.KIND_STYLE[kind]["label"], kind) for kind in KINDS]
    kind = ipywidgets.ToggleButtons(options=kinds, value="colei", style={"button_width": "5em"})
    n = ipywidgets.SelectionSlider(options=[20, 50, 100, 200, 300], value=100, description="units N", **label)
    inhibitory = ipywidgets.IntSlider(10, 1, 50, description="% inhibitory", **label)
    rho = ipywidgets.FloatSlider(
        1.5, min=0.2, max=3.0, step=0.001, readout_format=".3f", description="radius", **label
    )
    draw_number = ipywidgets.IntSlider(seed, 0, seed + 20, description="draw", **label)

    def draw(kind, n, inhibitory, rho, seed):
        rng = np.random.default_rng(seed)
        W = draw_matrix(kind, n, 100 / inhibitory - 1, rho=rho, rng=rng)
        s = np.linalg.svd(W, compute_uv=False)
        H = float(svd_entropy(singular_values=s))
        words = f"singular values {s[0]:.2f}, {s[1]:.2f}, {s[2]:.2f}, ... ; entropy H = {H:.3f}"
        n_i = split_population(n, 100 / inhibitory - 1)[1] if kind == "colei" else None
        return words, figures.spectrum(W, kind, entropy=H, n_inhibitory=n_i)

    play = Playground(draw, kind=kind, n=n, inhibitory=inhibitory, rho=rho, seed=draw_number)

    def to_default(change):
        rho.value = round(DEFAULT_RHO[change["new"]], 3)

    kind.observe(to_default, names="value")
    return play
