"""Things to play with: controls and a picture that follows them. No torch.

A widget needs a running kernel; a published page has none. `show(widget, still=figure)` serves both
with one output: where the reader's program can run the widget it shows the widget, anywhere else
(the built book, a notebook just opened, a viewer) it shows the picture.
"""

from .ellipse import stretching
from .learning import curve_explorer
from .playground import Playground, png, show
from .spectrum import draw_matrix, spectrum_explorer
from .transplant import transplant_bench

__all__ = [
    "Playground", "curve_explorer", "draw_matrix", "png", "show", "spectrum_explorer", "stretching",
    "transplant_bench",
]  # fmt: skip
