"""Look at an archive's learning curves: which preset, which quantity, from which update, on which axis."""

from __future__ import annotations

import ipywidgets

from ... import figures
from ...archive.reading import Archive
from ...evidence import summary
from ...widgets.playground import Playground, play

PRESETS = [("as mended", "corrected"), ("as in the public code", "faithful")]


def curve_explorer(archive: Archive) -> Playground:
    """Chapter 4: controls: `preset`, `quantity`, `first_update` (to look at the end more closely), `log`."""
    label = {"style": {"description_width": "6.5em"}}
    updates = sorted(archive.curves["update"].unique())
    options = [int(u) for u in updates[1:-1]] or [0]
    first = ipywidgets.SelectionSlider(
        options=options,
        value=options[len(options) // 2],  # the chapter has shown the beginning
        description="from update",
        continuous_update=False,
        **label,
    )

    def draw(preset, quantity, first_update, log):
        curves = figures.curves_by_kind(archive, preset, quantity)
        at_end = ", ".join(
            f"{figures.KIND_STYLE[kind]['label']} {table.iloc[-1].median():.3g}"
            for kind, table in curves.items()
        )
        words = f"{figures.quantity_label(archive, quantity)}, median at the end: {at_end}"
        return words, figures.learning_curves(
            archive, preset=preset, quantity=quantity, first_update=first_update, log=log
        )

    return Playground(
        draw,
        preset=ipywidgets.Dropdown(options=PRESETS, description="networks", **label),
        quantity=ipywidgets.Dropdown(
            options=[
                (figures.quantity_label(archive, key), key)
                for key in summary.QUANTITIES
                if key in archive.curves and key not in ("entropy", "largest")
            ],
            description="quantity",
            **label,
        ),
        first_update=first,
        log=ipywidgets.Checkbox(value=True, description="logarithmic axis", **label),
    )


def play_curves(archive: Archive):
    """Chapter 4: the explorer as a cell shows it: with its controls where a kernel runs, else as a
    picture.
    """
    return play(curve_explorer(archive))
