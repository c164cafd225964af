"""Chapter 9: which part of the spectrum does it, and why. `predictors` needs torch: import it by name."""

from . import figures, networks, radii, report
from .explorer import jacobian_explorer

__all__ = ["figures", "jacobian_explorer", "networks", "radii", "report"]
