"""Chapter 2's figures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from daleslaw_lib.studies import building


def test_figures_are_figures():
    rng = np.random.default_rng(5)
    W = rng.standard_normal((3, 12, 12))
    shares = {part: rng.uniform(0.1, 2, (2, 4)) for part in ("W_ix", "W_ei")}
    curve = ([0, 10, 20], rng.uniform(0, 1, (3, 5)), {"color": "black"})
    made = [
        building.figures.excitation_and_inhibition({"rnn": (W[0] ** 2, -(W[1] ** 2))}),
        building.figures.circuit(rng.standard_normal((14, 14)), 12, W[0]),
        building.figures.step_shares([50, 100], shares, shares),
        building.figures.learning_curves({"one": curve}),
        building.figures.column_signs({"colei": np.abs(W)}),
    ]
    assert all(isinstance(figure, Figure) for figure in made)
