"""Things to play with: controls and a picture that follows them. No torch.

A widget needs a running kernel; a published page has none. `show(widget, still=figure)` serves both
with one output: where the reader's program can run the widget it shows the widget, anywhere else
(the built book, a notebook just opened, a viewer) it shows the picture.
"""

from ..drawing import draw_matrix
from .ellipse import stretching
from .entropy import entropy_explorer
from .laboratory import Laboratory, show_laboratory
from .learning import curve_explorer
from .playground import Playground, png, show
from .radius import radius_explorer
from .replay import Replay, show_replay
from .run_explorer import RunExplorer, show_runs
from .size import population_explorer
from .transplant import TransplantBench, show_transplant_bench

__all__ = [
    "Laboratory", "Playground", "Replay", "RunExplorer", "TransplantBench", "curve_explorer", "draw_matrix",
    "entropy_explorer", "png", "population_explorer", "radius_explorer", "show", "show_laboratory",
    "show_replay", "show_runs", "show_transplant_bench", "stretching",
]  # fmt: skip
