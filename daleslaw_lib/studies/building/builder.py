"""Choose a kind and shake its weights: what excitation and inhibition add up to, and which rules hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from ... import figures
from ...checks import generator, one_of
from ...initialisation.draw import KINDS, drawing
from ...initialisation.populations import column_signs, obeys_dale, split_population
from ...spectra import spectral_radius
from ...widgets.page import few_colours, show_figure
from ...widgets.playground import Playground, png
from . import figures as building_figures

NAME = "shaken-matrices"
ALT = (
    "Three rows of three square matrices. RNN: orange and purple entries scattered in every column. ColEI: "
    "fifteen orange columns and five deep purple ones. DANN: an orange matrix plus a purple one whose rows "
    "are all alike gives a matrix of mixed signs."
)


def raw_parts(kind: str) -> tuple[str, ...]:
    """Chapter 2: names of the raw parameters of W; a single one that holds magnitudes is W_pos.

    Raises: ValueError for an unknown kind.
    """
    make = KINDS[one_of("kind", kind, KINDS)].draw
    return ("W_pos",) if make.MAGNITUDES and make.parts == ("",) else tuple(f"W{part}" for part in make.parts)


def draw_parts(kind: str, n: int, ei_ratio: float, *, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Chapter 2: the builder's new network, its raw recurrent parameters by name: W, W_pos, or W_ex, W_ix and
    W_ei.

    Raises: ValueError as the function of `initialisation` that it calls.
    """
    make = drawing(kind, ei_ratio, rho=None, rng=rng)
    return dict(zip(raw_parts(kind), make.recurrent(n)))


def random_step(parts: dict[str, np.ndarray], *, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Chapter 2: of each part a normal step as large as its standard deviation."""
    generator(rng)
    return {name: w.std() * rng.standard_normal(w.shape) for name, w in parts.items()}


def shaken(
    parts: dict[str, np.ndarray], size: float, *, project: bool, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Chapter 2: the parts after a random step: normal, `size` times each part's standard deviation.

    With `project` the parts that Dale's law wants >= 0 are put back there; an RNN's W is left alone.
    """
    step = random_step(parts, rng=rng)
    moved = {name: w + size * step[name] for name, w in parts.items()}
    if not project or "W" in parts:
        return moved
    return {name: np.maximum(w, 0) for name, w in moved.items()}


def excitation_and_inhibition(
    kind: str, parts: dict[str, np.ndarray], ei_ratio: float
) -> tuple[np.ndarray, np.ndarray]:
    """Chapter 2: two matrices `(n, n)` that add up to the effective W: what excites, and what inhibits.

    ColEI: its columns by the unit that sends. DANN: W_ex and -W_ei W_ix. An RNN, and any other kind: its
    positive and its negative weights.
    """
    one_of("kind", kind, KINDS)
    if kind == "colei":
        signs = column_signs(parts["W_pos"].shape[1], ei_ratio)
        return parts["W_pos"] * (signs > 0), -parts["W_pos"] * (signs < 0)
    if kind == "dann":
        return parts["W_ex"], -parts["W_ei"] @ parts["W_ix"]
    W = KINDS[kind].draw.effective(tuple(parts.values()), ei_ratio)
    return np.maximum(W, 0), np.minimum(W, 0)


def matrix_builder() -> Playground:
    """Chapter 2: controls: `kind`, `n`, `inhibitory` (per cent), `step`, `project`, `seed`.

    The picture shows excitation, inhibition and their sum; the words say which rules hold.
    """
    label = {"style": {"description_width": "7em"}, "continuous_update": False}
    kinds = [(figures.KIND_STYLE[kind]["label"], kind) for kind in KINDS]
    controls = {
        "kind": ipywidgets.ToggleButtons(options=kinds, value="dann", style={"button_width": "5em"}),
        "n": ipywidgets.SelectionSlider(options=[10, 20, 50, 100], value=20, description="units N", **label),
        "inhibitory": ipywidgets.IntSlider(25, min=5, max=50, step=5, description="% inhibitory", **label),
        "step": ipywidgets.FloatSlider(0, min=0, max=1, step=0.1, description="random step", **label),
        "project": ipywidgets.Checkbox(True, description="project after the step", indent=False),
        "seed": ipywidgets.IntSlider(0, min=0, max=20, description="draw", **label),
    }

    def draw(kind, n, inhibitory, step, project, seed):
        ei_ratio, rng = 100 / inhibitory - 1, np.random.default_rng(seed)
        parts = draw_parts(kind, n, ei_ratio, rng=rng)
        parts = shaken(parts, step, project=project, rng=rng)
        both = excitation_and_inhibition(kind, parts, ei_ratio)
        return rules(kind, parts, sum(both)), building_figures.excitation_and_inhibition({kind: both})

    return Playground(draw, **controls)


def in_page(kinds: Iterable[str] = ("rnn", "colei", "dann"), *, n: int = 20, ei_ratio: float = 3) -> dict:
    """Chapter 2: what its figure in a page shakes: each kind's label, raw parts and random step.

    They are those of `matrix_builder`, draw 0, to four figures.
    Raises: ValueError as `draw_parts`.
    """
    found = {}
    for kind in kinds:
        rng = np.random.default_rng(0)
        parts = draw_parts(kind, n, ei_ratio, rng=rng)
        step = random_step(parts, rng=rng)
        numbers = {"parts": _four_figures(parts), "step": _four_figures(step)}
        found[kind] = {"label": figures.KIND_STYLE[kind]["label"], **numbers}
    return {"n": n, "nE": split_population(n, ei_ratio)[0], "kinds": found}


def _four_figures(parts: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Matrices row by row."""
    return {name: [float(f"{value:.4g}") for value in w.ravel()] for name, w in parts.items()}


def show_builder(still: Figure) -> None:
    """Chapter 2: display `matrix_builder` where a kernel runs, its figure by script in the built book, else
    `still`.
    """
    show_figure(NAME, few_colours(png(still)), ALT, widget=matrix_builder(), data=in_page())


def rules(kind: str, parts: dict[str, np.ndarray], W: np.ndarray) -> str:
    """Chapter 2: one line: which rules the parts and the effective matrix keep."""
    lowest = min(w.min() for w in parts.values())
    names = ", ".join(parts)
    said = [] if not KINDS[kind].draw.MAGNITUDES else [f"{names} >= 0: {'yes' if lowest >= 0 else 'no'}"]
    said += [
        f"every column of W of one sign: {'yes' if obeys_dale(W)[0] else 'no'}",
        f"largest column mean of W: {np.abs(W.mean(0)).max():.2g}",
        f"spectral radius: {spectral_radius(W):.2f}",
    ]
    return "; ".join(said)
