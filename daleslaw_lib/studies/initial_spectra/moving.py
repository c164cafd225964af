"""The mechanism, moving: a cloud of directions carried step by step through two networks that read a digit.

It runs in the reader's browser, which draws the networks; `mechanism` says what is computed.
"""

from __future__ import annotations

import base64
from functools import cache

import traitlets

from ...tasks import mnist
from ...widgets.page import FigureWidget, anywidget, checked, few_colours, module, show_figure
from ...widgets.playground import png
from .figures import clouds
from .mechanism import MATRICES, STEPS

NAME = "moving-mechanism"
BESIDE = tuple(name for name in MATRICES if name != "rnn")
WAYS = ("forward", "backward")
CHOICES = {"beside": BESIDE, "way": WAYS, "step": tuple(range(STEPS + 1))}
ALT = (
    "Clouds of a hundred directions after 0, 1, 3 and 10 steps, each in the plane of its two longest axes. "
    "The RNN's stays round. ColEI's is flat after one step and nearly a line after ten."
)


@cache
def digits() -> list[str]:
    """Chapter 3: a test image of each digit, the first of its kind, as base64 text: a byte a pixel, row by
    row.
    """
    found = mnist.load(source="subset")
    first = [found.x_test[found.y_test == digit][0] for digit in range(mnist.N_CLASSES)]
    return [base64.b64encode(image.tobytes()).decode("ascii") for image in first]


class Mechanism(FigureWidget):
    """Chapter 3: the moving clouds of directions in a live notebook: settings go both ways, results
    come back.

    Settings: `beside` the RNN, "colei", "no_outlier", "equal", "neither" (see `mechanism.CHANGES`) or
    "dann"; `way`, "forward" or "backward"; `step`, 0 to 10; `seed`, whose last figure is the digit that is
    read. Results, of both networks in order: `directions` that are left, and `log_gain`, None where
    nothing is; they come once the figure stands still.

    Raises: ValueError for any other setting.
    """

    _esm = module(NAME)

    data = traitlets.Dict().tag(sync=True)
    beside = traitlets.Enum(BESIDE, "colei").tag(sync=True)
    way = traitlets.Enum(WAYS, "forward").tag(sync=True)
    seed = traitlets.Int(44, min=0).tag(sync=True)
    step = traitlets.Int(STEPS, min=0, max=STEPS).tag(sync=True)
    directions = traitlets.List().tag(sync=True)
    log_gain = traitlets.List().tag(sync=True)

    def __init__(self, **settings):
        super().__init__(data={"digits": digits()}, **checked(settings, CHOICES, {}))


def show_mechanism(**settings) -> None:
    """Chapter 3: display the moving clouds: a widget where one can run, a script in the built book, else a
    picture.

    Settings are those of `Mechanism`.

    Raises: ValueError as `Mechanism`.
    """
    checked(settings, CHOICES, {})
    widget = None if anywidget is None else Mechanism(**settings)
    picture = few_colours(png(clouds()))
    show_figure(NAME, picture, ALT, widget=widget, settings=settings, data={"digits": digits()})
