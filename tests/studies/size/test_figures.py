"""Chapter 7's figures show every run."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from daleslaw_lib.figures import KIND_STYLE
from daleslaw_lib.studies import size
from daleslaw_lib.studies.size.figures import Group, Series

rng = np.random.default_rng(0)
S = np.sort(rng.random((3, 12)) + 0.01)[:, ::-1]
GROUPS = [
    Group(f"ColEI {k}", "colei", k, S, np.linspace(0.5, 0.6, 3), np.array([2.0, 3.0, 4.0])) for k in range(3)
]
SERIES = [
    Series("faithful", "colei", {99.0: (3.0, 4.0, 5.0), 9.0: (2.0, 2.5)}, {99.0: 9.5}),
    Series("corrected", "colei", {99.0: (2.0, 2.2)}, filled=False),
]
TICKS = {99.0: "1 %", 9.0: "10 %"}
CASES = {name: (rng.normal(size=12) + 1j * rng.normal(size=12), np.array([1j, -1j]), S[0]) for name in "abc"}

FIGURES = {
    "spectra_and_errors": lambda: size.figures.spectra_and_errors(GROUPS, footer="foot"),
    "entropy_by_size": lambda: size.figures.entropy_by_size(
        {"fixed": {"1 %": {100: np.array([0.5, 0.6]), 200: np.array([0.7])}}}, footer="foot"
    ),
    "final_points": lambda: size.figures.final_points(
        {"ColEI": SERIES}, ticks=TICKS, xlabel="inhibitory units", footer="foot", line=("RNN", 2.1)
    ),
    "ablation": lambda: size.figures.ablation(CASES, footer="foot"),
    "by_condition": lambda: size.figures.by_condition(
        {"whole": ("colei", (1.0, 2.0)), "cut": ("dann", (3.0, 4.0))},
        xlabel="error (%)",
        footer="foot",
        chance=90,
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_where_it_comes_from_and_is_not_left_open(name):
    before = plt.get_fignums()
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    assert plt.get_fignums() == before
    assert "foot" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("name", FIGURES)
def test_every_axis_has_words(name):
    axes = FIGURES[name]().axes
    assert all(ax.get_xlabel() for ax in axes)
    assert any(ax.get_ylabel() for ax in axes) or axes[0].get_yticklabels()


def marks(ax, colour):
    """Positions of all scattered points whose edge or face has this colour."""
    found = []
    for points in ax.collections:
        colours = [*points.get_edgecolors(), *points.get_facecolors()]
        if any(np.allclose(c[:3], to_rgb(colour)) for c in colours):
            found += points.get_offsets().tolist()
    return np.array(found)


def test_every_run_is_a_mark_at_its_own_error():
    points = marks(FIGURES["final_points"]().axes[0], KIND_STYLE["colei"]["color"])
    assert sorted(points[:, 1]) == sorted(
        v for one in SERIES for values in one.values.values() for v in values
    )


def test_presets_stand_beside_each_other_at_their_own_tick():
    points = marks(FIGURES["final_points"]().axes[0], KIND_STYLE["colei"]["color"])
    by_error = {error: x for x, error in points}
    assert (
        max(by_error[e] for e in (3.0, 4.0, 5.0))
        < min(by_error[e] for e in (2.0, 2.2) if e in by_error)
        < 0.5
    )
    assert by_error[2.5] > 0.5


def test_the_papers_number_is_a_diamond_where_its_condition_is():
    ax = FIGURES["final_points"]().axes[0]
    (diamond,) = [line for line in ax.lines if line.get_marker() == "D" and len(line.get_xdata())]
    assert diamond.get_ydata()[0] == 9.5 and abs(diamond.get_xdata()[0]) < 0.5


def test_a_darker_shade_has_more_inhibition():
    light = [sum(size.figures.shade("colei", level)) for level in range(3)]
    assert light == sorted(light, reverse=True) and len(set(light)) == 3
    assert size.figures.shade("dann", 1) == to_rgb(KIND_STYLE["dann"]["color"])


def test_an_ablations_circle_is_that_of_the_whole_matrix():
    ax = FIGURES["ablation"]().axes[1]
    (circle,) = [line for line in ax.lines if len(line.get_xdata()) == 200]
    assert np.hypot(*circle.get_data()).max() == pytest.approx(np.abs(CASES["a"][0]).max())
