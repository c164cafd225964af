"""Chapter 7: size, E:I ratio, and what the populations do to ColEI."""

from ...later import hand_on
from . import figures, report
from .explorer import explorer

LATER = {  # imported when they are first asked for, by module
    "populations": (
        "Condition",
        "ablate",
        "colei_entropy",
        "initial_matrices",
        "loop_eigenvalues",
        "share_clipped",
        "starts",
    ),
}
__all__ = ["explorer", "figures", "report", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
