"""Things to play with: controls and a picture that follows them. No torch.

A widget needs a running kernel; a published page has none. `show(widget, still=figure)` serves both
with one output: where the reader's program can run the widget it shows the widget, anywhere else
(the built book, a notebook just opened, a viewer) it shows the picture.
"""

from ..drawing import draw_matrix
from .ellipse import stretching
from .entropy import cell_explorer, entropy_explorer
from .laboratory import Laboratory, show_laboratory
from .learning import curve_explorer
from .playground import Playground, png, show
from .radius import radius_explorer
from .size import population_explorer
from .transplant import transplant_bench

__all__ = [
    "Laboratory", "Playground", "cell_explorer", "curve_explorer", "draw_matrix", "entropy_explorer", "png",
    "population_explorer", "radius_explorer", "show", "show_laboratory", "stretching",
    "transplant_bench",
]  # fmt: skip
