"""One figure of each kind, of random matrices."""

import matplotlib.pyplot as plt
import numpy as np

from daleslaw_lib import figures
from daleslaw_lib.initialisation import KINDS

rng = np.random.default_rng(0)
W = rng.normal(size=(12, 12))
S = np.sort(rng.random((6, 12)) + 0.01)[:, ::-1]
E = rng.normal(size=(6, 12)) + 1j * rng.normal(size=(6, 12))
PER_KIND_S, PER_KIND_E = {kind: S for kind in KINDS}, {kind: E for kind in KINDS}

FIGURES = {
    "weight_images": lambda: figures.weight_images({"a": W, "b": -W}),
    "stretched_circles": lambda: figures.stretched_circles({"a": W[:2, :2], "b": np.ones((2, 2))}),
    "through_time": lambda: figures.through_time({"norm": PER_KIND_S, "directions": PER_KIND_S}),
    "spectra_of_kinds": lambda: figures.spectra_of_kinds(
        PER_KIND_E,
        PER_KIND_S,
        dict.fromkeys(KINDS, 1.0),
        n_inhibitory={"colei": 2},
        density={"rnn": lambda s: np.ones_like(s)},
    ),
    "eigenvalue_grid": lambda: figures.eigenvalue_grid({"N": {"1 %": E, "2 %": E}}, "dann", 1.0),
    "singular_value_grid": lambda: figures.singular_value_grid(
        {"N": {"1 %": S, "2 %": S}}, "colei", n_inhibitory={"N": {"1 %": 1, "2 %": 6}}
    ),
    "entropies": lambda: figures.entropies({kind: {("N", "1 %"): S[0]} for kind in KINDS}),
    "predictions": lambda: figures.predictions({"a": S[0], "b": S[1]}, S[2], of="value"),
}


def words(figure):
    return [text.get_text() for text in figure.findobj(plt.Text)]
