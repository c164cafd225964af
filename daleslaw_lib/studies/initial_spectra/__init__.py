"""Chapter 3, and the laboratory of chapter 1: spectra of networks before they learn. No torch."""

from ...later import hand_on

LATER = {  # imported when they are first asked for, by module
    "draws": ("CONDITION", "Drawn", "archived"),
    "ellipse": ("stretching",),
    "laboratory": ("Laboratory", "show_laboratory"),
}
__all__ = [*(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
