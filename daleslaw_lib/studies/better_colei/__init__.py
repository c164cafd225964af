"""Chapter 10: starts under Dale's law, what the screen chose, what to use, a reader's own matrix."""

from . import figures, own, selection, table
from .explorer import start_explorer
from .own import examine

__all__ = ["examine", "figures", "own", "selection", "start_explorer", "table"]
