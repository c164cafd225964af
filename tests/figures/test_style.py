"""Figures are made from arrays, without torch, and look alike for one kind of network."""

import io
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from daleslaw_lib import figures
from daleslaw_lib.initialisation import KINDS
from helpers.figures import FIGURES, S


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


def test_a_readers_settings_do_not_change_a_figure():
    with plt.rc_context(
        {"font.size": 31, "axes.grid": True, "text.color": "red", "figure.facecolor": "black"}
    ):
        theirs = FIGURES["through_time"]()
    ours = FIGURES["through_time"]()
    pictures = []
    for figure in (theirs, ours):
        pictures.append(io.BytesIO())
        figure.savefig(pictures[-1], format="png", dpi=50, facecolor=figure.get_facecolor())
    assert pictures[0].getvalue() == pictures[1].getvalue()


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
