"""Chapter 5: the initial spectral radius, gains of signals, and how settings were chosen."""

from ...later import hand_on
from . import figures, report
from .explorer import explorer
from .gains import gains

LATER = {  # imported when they are first asked for, by module
    "gains": ("INITIALISATIONS", "activity", "draw_weights", "drawn_gains", "predicted_gain"),
    "halving": ("against_whole", "halve_here", "rungs"),
    "selection": ("at_the_edge", "chosen", "flattery", "initial_gains", "preset_difference"),
}
__all__ = ["explorer", "figures", "gains", "report", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
