"""Chapter 2: what the matrices of each kind are made of, and what an update does to them."""

from ...later import hand_on
from . import figures

LATER = {  # imported when they are first asked for, by module
    "circuit": ("Circuit", "circuits_html", "draw_circuit", "show_circuits"),
    "builder": (
        "draw_parts",
        "excitation_and_inhibition",
        "in_page",
        "matrix_builder",
        "random_step",
        "raw_parts",
        "rules",
        "shaken",
        "show_builder",
    ),
}
__all__ = ["figures", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
