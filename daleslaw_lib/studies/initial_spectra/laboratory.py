"""The spectral laboratory: draw a network, see its matrix and its spectra. It runs in the reader's browser.

Its draws follow the formulas of `initialisation`, from a random stream of their own.
"""

from __future__ import annotations

import numpy as np
import traitlets
from matplotlib.figure import Figure

from ... import HOME
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

NAME = "spectral-laboratory"
PICTURE = HOME / "widgets" / "laboratory.png"  # drawn by tools/laboratory_picture.py
ALT = (
    "Weights, eigenvalues and singular values of two networks of 100 units. ColEI: a block of excitatory "
    "columns and a few inhibitory ones; eigenvalues crowd at the centre; singular values in groups, the "
    "largest near ten. RNN: no structure; eigenvalues fill a disc; singular values in one group below 1.2."
)
KINDS = ("rnn", "colei", "dann", "dann_drawn")  # the last has a drawn W_ix (E5)
DISTRIBUTIONS = ("uniform", "normal", "exponential", "lognormal")
CHOICES = {"kind": KINDS, "beside": KINDS, "distribution": DISTRIBUTIONS, "detail": (False, True)}
RANGES = {"n": (10, 200), "inhibitory": (1, 50), "rho": (0.1, 3)}


class Laboratory(FigureWidget):
    """Chapter 3: the laboratory in a live notebook: settings go both ways, results come back.

    Settings: `kind` ("rnn", "colei", "dann", "dann_drawn") on the right, `n` (10 to 200 units), `inhibitory`
    (1 to 50 per cent), `rho` (0.1 to 3), `distribution` of the weights, `seed`. Those not given are the
    paper's. `beside` it, on the left, is a kind as the paper has it, of the same size, share and seed.
    `detail` adds what chapter 3 explains: distributions, the kind with a drawn W_ix, and what theory says;
    so does a setting that needs it.
    Results, of the network on the right, None before the first drawing: `entropy` and `predicted_entropy` at
    once; `W` and `s`, a quarter of a second after the last change.

    Raises: ValueError for a setting out of range.
    """

    _esm = module(NAME)

    kind = traitlets.Enum(KINDS, "colei").tag(sync=True)
    beside = traitlets.Enum(KINDS, "rnn").tag(sync=True)
    detail = traitlets.Bool(False).tag(sync=True)
    n = traitlets.Int(100, min=10, max=200).tag(sync=True)
    inhibitory = traitlets.Float(10, min=1, max=50).tag(sync=True)
    rho = traitlets.Float(None, min=0.1, max=3, allow_none=True).tag(sync=True)
    distribution = traitlets.Enum((*DISTRIBUTIONS, None), None).tag(sync=True)
    seed = traitlets.Int(1, min=0).tag(sync=True)
    entropy = traitlets.Float(None, allow_none=True).tag(sync=True)
    predicted_entropy = traitlets.Float(None, allow_none=True).tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True, from_json=as_bytes)
    spectrum = traitlets.Bytes().tag(sync=True, from_json=as_bytes)

    def __init__(self, **settings):
        super().__init__(**checked(settings, CHOICES, RANGES))

    @property
    def W(self) -> np.ndarray | None:
        """The matrix that is shown: `(n, n)`; rows receive, columns send."""
        return square(self.weights)

    @property
    def s(self) -> np.ndarray | None:
        """Its singular values, largest first: `(n,)`."""
        return np.frombuffer(self.spectrum) if self.spectrum else None


def show_laboratory(
    laboratory: Laboratory | None = None, *, still: Figure | None = None, alt: str = ALT, **settings
) -> None:
    """Chapter 3: display the laboratory: as a widget where one can run, by its script in the built book.

    Anywhere else (a viewer, a page with scripts off) there is a picture, or `still`, which `alt` describes.
    Settings are those of `Laboratory`; without a `laboratory` of yours there is a new one.

    Raises: ValueError for a setting out of range.
    """
    checked(settings, CHOICES, RANGES)
    if laboratory is None and anywidget is not None:
        laboratory = Laboratory(**settings)
    picture = PICTURE.read_bytes() if still is None else few_colours(png(still))
    show_figure(NAME, picture, alt, widget=laboratory, settings=settings)
