"""A pair of units, one excitatory and one inhibitory: what their four weights make of a circle.

In the built book it runs in the reader's browser, in a live notebook in Python.
"""

from __future__ import annotations

import ipywidgets
import numpy as np

from ... import figures
from ...widgets.page import few_colours, show_figure
from ...widgets.playground import Playground

NAME = "stretched-circle"
ALT = (
    "Left, after one step, a thin ellipse reaches to about 1.4 on both axes. Right, after two steps, a small "
    "ellipse well inside the unit circle."
)


def stretching() -> Playground:
    """Chapter 3: controls: `ee`, `ei`, `ie`, `ii`, the weights' sizes (to, from), and `steps`.

    The matrix is [[ee, -ei], [ie, -ii]]: column 1 excites, column 2 inhibits. The picture shows the
    unit circle after one step and after as many as asked.
    """

    def slider(value, description):
        return ipywidgets.FloatSlider(
            value, min=0, max=2, step=0.1, description=description, continuous_update=False,
            style={"description_width": "4em"}, layout={"width": "17em"},
        )  # fmt: skip

    controls = {
        "ee": slider(1.0, "E to E"),
        "ei": slider(1.0, "I to E"),
        "ie": slider(1.0, "E to I"),
        "ii": slider(0.9, "I to I"),
        "steps": ipywidgets.IntSlider(
            2, 2, 8, description="steps", continuous_update=False,
            style={"description_width": "4em"}, layout={"width": "17em"},
        ),
    }  # fmt: skip

    def draw(ee, ei, ie, ii, steps):
        W = np.array([[ee, -ei], [ie, -ii]])
        powers = {"one step": W, f"{steps} steps": np.linalg.matrix_power(W, steps)}
        s = np.linalg.svd(W, compute_uv=False)
        radius = np.abs(np.linalg.eigvals(W)).max()
        words = f"one step stretches by at most {s[0]:.2f}; spectral radius {radius:.2f}"
        return words, figures.stretched_circles(powers)

    return Playground(draw, **controls)


def show_stretching() -> None:
    """Chapter 3: display `stretching` where a kernel runs, its figure by script in the built book, else its
    picture.
    """
    widget = stretching()
    show_figure(NAME, few_colours(bytes(widget.picture.value)), ALT, widget=widget)
