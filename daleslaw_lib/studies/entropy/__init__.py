"""Chapter 8: does the entropy of the initial spectrum predict the error?"""

from ...later import hand_on
from . import figures, report
from .explorer import explorer

LATER = {  # imported when they are first asked for, by module
    "explorer": ("predicted_entropy", "predicted_values"),
    "predictors": (
        "DESIGN",
        "LABELS",
        "PREDICTORS",
        "Predictor",
        "as_grid",
        "at_update",
        "cells",
        "drawn_entropies",
        "one_outlier",
        "power_law",
        "radius",
        "runs_with_predictors",
        "with_entropy",
    ),
    "regression": (
        "CELL",
        "ceiling",
        "explained",
        "line",
        "one_draw_each",
        "over_cells",
        "over_seeds",
        "partial",
        "rank_correlation",
        "slope",
        "smaller_against_larger",
        "within_cells",
    ),
    "run_explorer": ("RunExplorer", "points", "show_runs"),
}
__all__ = ["explorer", "figures", "report", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
