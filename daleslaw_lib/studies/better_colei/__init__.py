"""Chapter 10: starts under Dale's law, what the screen chose, what to use, a reader's own matrix."""

from ...later import hand_on
from . import figures, own, report, selection, table
from .explorer import start_explorer
from .own import examine

LATER = {"in_page": ("OwnMatrix", "show_own_matrix")}  # imported when they are first asked for
__all__ = [
    "OwnMatrix", "examine", "figures", "own", "report", "selection", "show_own_matrix", "start_explorer",
    "table"
]  # fmt: skip
__getattr__ = hand_on(__name__, LATER)
