"""Bring your own matrix in the reader's browser: a file is chosen or dropped, and read where it is.

`own` says the same in a notebook; nothing that a reader gives leaves the page.
"""

from __future__ import annotations

import numpy as np
import traitlets

from ...initialisation.colei import colei_weights
from ...widgets.page import FigureWidget, anywidget, as_bytes, few_colours, module, show_figure, square
from ...widgets.playground import png
from .figures import own_matrix
from .own import examine

NAME = "own-matrix"
MOST = 400  # units: above, a page would stand still for too long
ALT = (
    "A ColEI matrix of 60 units with six inhibitory columns; its singular values, which fall more steeply "
    "than those of independent entries; and its eigenvalues, most of them in the circle that theory gives."
)


class OwnMatrix(FigureWidget):
    """Chapter 10: bring your own matrix, in a live notebook; what the page reads comes back as `W`.

    `examine` takes it. None before the first matrix; the page begins with an example.
    """

    _esm = module(NAME)

    weights = traitlets.Bytes().tag(sync=True, from_json=as_bytes)

    @property
    def W(self) -> np.ndarray | None:
        """The matrix that is shown, `(n, n)`: rows receive, columns send."""
        return square(self.weights)


def show_own_matrix(widget: OwnMatrix | None = None) -> None:
    """Chapter 10: display the place for a reader's matrix: a widget where one can run, else a script.

    Where no script can run either there is a picture of an example.
    """
    if widget is None and anywidget is not None:
        widget = OwnMatrix()
    example = examine(colei_weights(60, 9.0, rng=np.random.default_rng(1)))
    show_figure(NAME, few_colours(png(own_matrix(example))), ALT, widget=widget)
