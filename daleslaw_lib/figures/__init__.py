"""The book's figures: functions that take arrays and return a matplotlib `Figure`. No torch.

Figures are closed when they are made: a cell shows one by ending in it, and only once. Those of one chapter
alone stand in its study.
"""

from . import vectors
from .learning import PANEL_TITLES, curves_by_kind, final_dots, learning_curves, quantity_label
from .matrices import stretched_circles, weight_images
from .spectra import (
    eigenvalue_grid,
    entropies,
    predictions,
    singular_value_grid,
    spectra_of_kinds,
    through_time,
)
from .style import (
    EXCITATORY,
    HOUSE,
    INHIBITORY,
    KIND_MARKER,
    KIND_STYLE,
    NEUTRAL,
    SIGN_COLOURS,
    in_house_style,
    plain_axis,
    provenance,
    subplots,
)

__all__ = [
    "EXCITATORY", "HOUSE", "INHIBITORY", "KIND_MARKER", "KIND_STYLE", "NEUTRAL", "PANEL_TITLES",
    "SIGN_COLOURS", "curves_by_kind", "eigenvalue_grid", "entropies", "final_dots", "in_house_style",
    "learning_curves", "plain_axis", "predictions", "provenance", "quantity_label", "singular_value_grid",
    "spectra_of_kinds", "stretched_circles", "subplots", "through_time", "weight_images",
]  # fmt: skip

vectors.offer()
