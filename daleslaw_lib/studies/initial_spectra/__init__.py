"""Chapter 3, and the laboratory of chapter 1: spectra of networks before they learn. No torch."""

from ...later import hand_on
from . import figures, mechanism

LATER = {  # imported when they are first asked for, by module
    "draws": ("CONDITION", "Drawn", "archived"),
    "ellipse": ("show_stretching", "stretching"),
    "laboratory": ("Laboratory", "show_laboratory"),
    "mechanism": ("directions", "log_gain", "survey"),
    "moving": ("Mechanism", "show_mechanism"),
}
__all__ = ["figures", "mechanism", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
