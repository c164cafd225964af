"""Choose a start under Dale's law and its numbers; see the matrix, its spectrum, and what to think of it."""

from __future__ import annotations

import html

import ipywidgets

from ...initialisation import starts
from ...initialisation.colei import RHO
from ...initialisation.populations import SHARES
from ...widgets.playground import Playground
from .figures import own_matrix
from .own import examine
from .table import start_matrix

SCALES = {"gain": 1.0, "rho": RHO, "cv": 1.0}  # what a slider's 1 means; inputs are counted in tens


def start_explorer(*, n: int = 100, seed: int = 0) -> Playground:
    """Chapter 10: controls: `start`, its numbers `a` and `b` in units of what is usual, inhibitory `share`,
    `seed`.
    """
    slider = {"style": {"description_width": "5em"}, "continuous_update": False}
    number = slider | {"min": 0.1, "max": 3.0, "step": 0.1, "readout_format": ".2f"}

    def draw(start, a, b, share, seed):
        made = starts.get("colei", start)
        numbers = [_number(meaning, value) for meaning, value in ((made.a, a), (made.b, b))]
        report = examine(start_matrix(start, *numbers, n=n, ei_ratio=share, seed=seed))
        meanings = [f"{m} = {x:.3g}" for m, x in zip((made.a, made.b), numbers) if m]
        words = f"{made.words}{': ' if meanings else ''}{', '.join(meanings)}"
        return html.escape(". ".join([words, *str(report).splitlines()])), own_matrix(report)

    return Playground(
        draw,
        start=ipywidgets.Dropdown(
            options=[(start.words, name) for name, start in starts.STARTS["colei"].items()],
            value="permutation+colei",
            description="start",
        ),
        a=ipywidgets.FloatSlider(1.0, description="first", **number),
        b=ipywidgets.FloatSlider(0.3, description="second", **number),
        share=ipywidgets.ToggleButtons(
            options=[(words, ratio) for ratio, words in SHARES.items()],
            value=9.0,
            description="inhibitory",
            style={"button_width": "4em"},
        ),
        seed=ipywidgets.IntSlider(seed, seed, seed + 20, description="draw", **slider),
    )


def _number(meaning: str | None, value: float) -> float | None:
    """A start's number from a slider's."""
    if meaning is None:
        return None
    return float(max(round(10 * value), 2)) if meaning == "inputs" else SCALES[meaning] * value
