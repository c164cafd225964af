"""Figures are made from arrays, without torch, and look alike for one kind of network."""

import io
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from daleslaw_lib import figures
from daleslaw_lib.figures import spectra
from daleslaw_lib.initialisation import KINDS

rng = np.random.default_rng(0)
W = rng.normal(size=(12, 12))
S = np.sort(rng.random((6, 12)) + 0.01)[:, ::-1]
E = rng.normal(size=(6, 12)) + 1j * rng.normal(size=(6, 12))
PER_KIND_S, PER_KIND_E = {kind: S for kind in KINDS}, {kind: E for kind in KINDS}

FIGURES = {
    "weight_images": lambda: figures.weight_images({"a": W, "b": -W}),
    "stretched_circles": lambda: figures.stretched_circles({"a": W[:2, :2], "b": np.ones((2, 2))}),
    "through_time": lambda: figures.through_time({"norm": PER_KIND_S, "directions": PER_KIND_S}),
    "spectra_of_kinds": lambda: figures.spectra_of_kinds(
        PER_KIND_E,
        PER_KIND_S,
        dict.fromkeys(KINDS, 1.0),
        n_inhibitory={"colei": 2},
        density={"rnn": lambda s: np.ones_like(s)},
    ),
    "eigenvalue_grid": lambda: figures.eigenvalue_grid({"N": {"1 %": E, "2 %": E}}, "dann", 1.0),
    "singular_value_grid": lambda: figures.singular_value_grid(
        {"N": {"1 %": S, "2 %": S}}, "colei", n_inhibitory={"N": {"1 %": 1, "2 %": 6}}
    ),
    "entropies": lambda: figures.entropies({kind: {("N", "1 %"): S[0]} for kind in KINDS}),
    "predictions": lambda: figures.predictions({"a": S[0], "b": S[1]}, S[2], of="value"),
}


def words(figure):
    return [text.get_text() for text in figure.findobj(plt.Text)]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_can_be_drawn_and_is_not_left_open(name):
    before = plt.get_fignums()
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    assert plt.get_fignums() == before


@pytest.mark.parametrize("name", FIGURES)
def test_every_plot_says_what_its_axes_are(name):
    for ax in FIGURES[name]().axes:
        shares = ax.get_subplotspec() is not None and not ax.get_subplotspec().is_last_row()
        assert ax.get_xlabel() or ax.get_ylabel() or shares or ax.get_title()


def test_a_figure_does_not_change_the_readers_settings():
    before = dict(plt.rcParams)
    FIGURES["through_time"]()
    assert dict(plt.rcParams) == before


def test_kinds_differ_in_colour_in_line_style_and_in_marker():
    styles = list(figures.KIND_STYLE.values())
    assert set(figures.KIND_STYLE) == set(figures.KIND_MARKER) == set(KINDS)
    for key in ("color", "linestyle", "label"):
        assert len({style[key] for style in styles}) == len(KINDS)
    assert len(set(figures.KIND_MARKER.values())) == len(KINDS)


def test_kinds_and_signs_never_share_a_colour():
    kinds = {to_rgb(style["color"]) for style in figures.KIND_STYLE.values()}
    assert kinds.isdisjoint({to_rgb(figures.EXCITATORY), to_rgb(figures.INHIBITORY)})


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_drawn_in_its_own_colour(kind):
    figure = figures.through_time({"norm": {kind: S}})
    assert figure.axes[0].lines[0].get_color() == figures.KIND_STYLE[kind]["color"]


def test_labels_are_counted_from_the_data():
    assert any("of 12" in text for text in words(FIGURES["singular_value_grid"]()))
    assert any("of 6 draws" in text for text in words(FIGURES["through_time"]()))
    assert any("1 to 12" in text for text in words(FIGURES["weight_images"]()))


def test_colei_groups_add_up_to_all_singular_values():
    for n_inhibitory in (1, 2, 5, 6):
        groups = spectra._colei_groups(S, n_inhibitory)
        assert sum(values.shape[1] for values, *_ in groups) == S.shape[1]


@pytest.mark.parametrize("end", [0.5, 40.0])
def test_where_the_papers_histogram_ends_is_marked_inside_the_axes(end):
    figure = figures.spectra_of_kinds(PER_KIND_E, PER_KIND_S, dict.fromkeys(KINDS, 1.0), ends={"colei": end})
    below = figure.axes[len(KINDS) :]
    marks = [[line for line in ax.lines if line.get_linestyle() == ":"] for ax in below]
    assert [len(lines) for lines in marks] == [int(kind == "colei") for kind in KINDS]
    ax = below[KINDS.index("colei")]
    (line,) = marks[KINDS.index("colei")]
    assert ax.get_xlim()[0] < end < ax.get_xlim()[1] and set(line.get_xdata()) == {end}
    assert f"paper: {end:g}" in words(figure)


def test_white_means_no_weight():
    image = figures.weight_images({"a": np.array([[0.0, 2.0], [-1.0, 0.5]])}).axes[0].images[0]
    assert image.norm(0.0) == pytest.approx(0.5)
    assert image.norm(-2.0) == pytest.approx(0.0)


@pytest.mark.parametrize("on_axes", [False, True])
def test_provenance_is_written_below_everything_else(on_axes):
    figure = FIGURES["through_time"]()
    figures.provenance(figure.axes[0] if on_axes else figure, "scale smoke, 3 seeds, CPU")
    figure.canvas.draw()
    footer = figure.texts[-1]
    assert footer.get_text() == "scale smoke, 3 seeds, CPU"
    box = footer.get_window_extent()
    file = io.BytesIO()
    figure.savefig(file, dpi=figure.dpi)
    file.seek(0)
    pixels = plt.imread(file)[::-1]  # rows from below, as the box counts
    assert (pixels[: int(box.y1), : int(box.x0) - 2] == 1).all(), "the footer's strip is its own"
    assert (pixels[: int(box.y1), int(box.x0) :] < 1).any()


def test_figures_and_widgets_import_without_torch():
    code = "import sys; sys.modules['torch'] = None\nimport daleslaw_lib.figures, daleslaw_lib.widgets"
    subprocess.run([sys.executable, "-c", code], check=True)
