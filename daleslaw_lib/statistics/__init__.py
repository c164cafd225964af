"""Statistics of anything: estimates with their intervals, and tests of contrasts. No torch."""

from .estimates import Estimate, Resampled, estimate, middle_95, written_p

__all__ = ["Estimate", "Resampled", "estimate", "middle_95", "written_p"]
