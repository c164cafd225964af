"""What the book shows of a figure: an SVG, one for phones, and its numbers, from any figure of one grid."""

import csv
import io
import itertools
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from daleslaw_lib import figures
from daleslaw_lib.figures import vectors
from helpers.figures import FIGURES, W

POINTS = re.compile(r"font(?:-size)?: (?:[a-z]+ )?([0-9.]+)px")  # of the SVG, which are points


def drawn(name):
    return vectors.unpacked(vectors.svg(FIGURES[name]()))


def width(svg):
    return float(re.search(r'width="([0-9.]+)pt"', svg)[1])


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", FIGURES)
def test_a_phones_figure_fits_its_screen_with_letters_of_eleven_pixels(name):
    _, parts = drawn(name)
    phone = parts["phone"]
    scale = min(1, 330 / (width(phone) * 4 / 3))  # 330 pixels are left of a screen of 360
    sizes = [float(size) * 4 / 3 * scale for size in POINTS.findall(phone)]
    assert len(sizes) > 4 and min(sizes) > 10.9, (min(sizes), width(phone))


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_packed_in_leaves_a_plain_svg_with_words_as_text(name):
    whole, parts = drawn(name)
    assert whole.startswith("<svg") and whole.rstrip().endswith("</svg>") and "<!--" not in whole
    assert "<text" in whole and "#ffffff; stroke: none" not in whole[:1500]  # no white card
    assert set(parts) == {"phone", "data"}


@pytest.mark.parametrize("name", ["through_time", "weight_images", "spectra_of_kinds"])
def test_the_same_figure_is_the_same_svg(name):
    assert vectors.svg(FIGURES[name]()) == vectors.svg(FIGURES[name]())


def numbers_apart(figure):
    """Pixels between what is written along the axis of x of a panel: the least, over panels."""
    figure.draw_without_rendering()
    found = []
    for ax in figure.axes:
        low, high = sorted(ax.get_xlim())
        ticks = [tick.label1 for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
        boxes = sorted(
            t.get_window_extent().extents.tolist() for t in ticks if t.get_visible() and t.get_text()
        )
        found += [right[0] - left[2] for left, right in itertools.pairwise(boxes)]
    return min(found, default=np.inf)


@pytest.mark.parametrize("name", FIGURES)
def test_numbers_along_an_axis_stand_apart_on_a_phone(name):
    figure = FIGURES[name]()
    own = getattr(figure, "on_a_phone", None)
    assert own or vectors.rearranged(figure)
    assert numbers_apart(own() if own else figure) > 0


@pytest.mark.parametrize("scale, end", [("linear", 187_500), ("log", 1e19)])
def test_an_axis_has_as_many_numbers_as_fit(scale, end):
    """Between 80,000, 120,000 and 160,000 there was no room; nor between powers of ten."""
    figure, ((ax,),) = figures.subplots(size=(7.2, 4))
    ax.plot([1e-21, end], [0, 1])
    ax.set(xscale=scale, title="numbers")
    if scale == "linear":
        ax.xaxis.set_major_locator(MaxNLocator(6))
        ax.xaxis.set_major_formatter("{x:,.0f}")
    else:
        ax.xaxis.set_major_locator(LogLocator(numticks=12))
    assert vectors.rearranged(figure)
    assert numbers_apart(figure) > 2
    assert len(ax.get_xticks()) > 2


def test_panels_stand_below_each_other_on_a_phone():
    whole, parts = drawn("through_time")
    tall = lambda svg: float(re.search(r'height="([0-9.]+)pt"', svg)[1])  # noqa: E731
    assert width(parts["phone"]) < 0.6 * width(whole) and tall(parts["phone"]) > 1.4 * tall(whole)


def test_a_grid_on_a_phone_says_size_and_share_of_every_panel():
    cells = {f"N = {n}\n9 draws": {f"{p} %": W[None] for p in (1, 10, 50)} for n in (100, 300)}
    strips = figures.singular_value_grid(cells, "dann").on_a_phone()
    assert [ax.get_title(loc="left") for ax in strips.axes] == [
        f"N = {n}, {p} %" for n in (100, 300) for p in (1, 10, 50)
    ]
    assert len({ax.get_xlim() for ax in strips.axes}) == 1 and strips.get_figwidth() == vectors.PHONE
    values = {
        row: {column: np.linalg.eigvals(w) for column, w in line.items()} for row, line in cells.items()
    }
    planes = figures.eigenvalue_grid(values, "dann", radius=1.0)
    figures.provenance(planes, "from an archive")
    phone = planes.on_a_phone()
    assert [ax.get_title() for ax in phone.axes[:3]] == ["1\xa0%", "10\xa0%", "50\xa0%"]
    assert [ax.get_ylabel() for ax in phone.axes[::3]] == ["N = 100", "N = 300"]
    assert "from an archive" in [text.get_text() for text in phone.texts]


def test_a_panel_that_shares_its_axis_says_what_it_is_when_it_stands_alone():
    figure, axes = figures.subplots(1, 2, size=(6, 2), sharey=True)
    axes[0, 0].set_ylabel("error")
    axes[0, 0].plot([1, 2])
    assert vectors.rearranged(figure)
    assert axes[0, 1].get_ylabel() == "error" and axes[0, 1].yaxis.get_tick_params()["labelleft"]
    assert axes[0, 1].yaxis.get_tick_params(which="minor")[
        "labelleft"
    ]  # on a log axis most numbers are minor


def test_two_images_of_weights_stay_side_by_side_on_a_phone():
    figure = figures.weight_images({"a": W, "b": -W})
    assert vectors.rearranged(figure)
    figure.draw_without_rendering()
    first, second = (ax.get_position() for ax in figure.axes[:2])
    assert first.x1 <= second.x0 and abs(first.y0 - second.y0) < 0.02
    assert figure.get_figheight() < 3.2 and first.width * figure.get_figwidth() > 0.8


def test_long_names_beside_an_axis_leave_room_for_the_plot():
    names = ["ColEI vectors, RNN spectrum, frozen", "RNN", "ColEI, entrywise frozen"]
    figure, axes = figures.subplots(1, 1, size=(7, 2))
    axes[0, 0].set_yticks(range(3), names)
    assert vectors.rearranged(figure)
    figure.draw_without_rendering()
    assert axes[0, 0].get_position().width > 0.5 and figure.get_figheight() > 1.5
    assert [label.get_text().replace("\n", " ") for label in axes[0, 0].get_yticklabels()] == names
    assert "\n" in axes[0, 0].get_yticklabels()[0].get_text()


@pytest.mark.parametrize("columns", [1, 4])
def test_a_legend_as_wide_as_a_phone_goes_above_and_leaves_the_panel_its_height(columns):
    figure, axes = figures.subplots(1, 1, size=(7, 2.6))
    for k in range(4):
        axes[0, 0].plot([1, 2], label=f"kind {k}, entrywise frozen, one layer"[: 60 if columns == 1 else 14])
    axes[0, 0].legend(loc="upper right", ncols=columns)
    figures.provenance(figure, "an archive, of some seeds, on a CPU, with so many runs that it wraps twice")
    assert vectors.rearranged(figure)
    figure.draw_without_rendering()
    (legend,), panel = figure.legends, axes[0, 0].get_window_extent()
    assert axes[0, 0].get_legend() is None and legend.get_window_extent().width <= figure.bbox.width
    assert panel.width > 0.6 * figure.bbox.width and panel.height > 1.2 * figure.dpi
    assert legend.get_window_extent().y0 >= panel.y1


def test_a_small_legend_stays_in_its_panel():
    figure, axes = figures.subplots(1, 1, size=(7, 2.6))
    axes[0, 0].plot([1, 2], label="RNN")
    axes[0, 0].legend()
    assert vectors.rearranged(figure) and axes[0, 0].get_legend() is not None and not figure.legends


@pytest.mark.parametrize(
    "hidden, draw",
    [
        (True, lambda ax: ax.plot([0, 1], [1, 0], label="RNN")),
        (True, lambda ax: ax.plot([0, 0.5, 1], [0, 0.5, 0.3], "o", label="RNN")),
        (True, lambda ax: ax.scatter([0.5, 0.1], [0.5, 0.1], label="RNN")),
        (False, lambda ax: ax.plot([0.1, 0.9], [0.1, 0.9], "o", label="RNN")),  # nothing joins the points
        (False, lambda ax: ax.plot([0, 0.1, 1], [1, 0.1, 0], label="RNN")),
        (False, lambda ax: ax.plot([0, 1], [1, 0], label="RNN", visible=False)),
    ],
)  # fmt: skip
def test_a_legend_leaves_its_panel_on_a_phone_if_it_hides_something(hidden, draw):
    figure, axes = figures.subplots(1, 1, size=(7, 2.6))
    axes[0, 0].set(xlim=(0, 1), ylim=(0, 1))
    draw(axes[0, 0])
    axes[0, 0].legend(loc="center")
    assert vectors.rearranged(figure)
    assert bool(figure.legends) == hidden and (axes[0, 0].get_legend() is None) == hidden


def test_numbers_that_are_words_of_a_figure_keep_their_digits():
    figure, axes = figures.subplots(1, 1, size=(3, 2))
    axes[0, 0].set_yticks([1, 2], ["0.0036", "1.2345"])
    wide, parts = vectors.unpacked(vectors.svg(figure))
    for text in (wide, parts["phone"]):
        assert {"0.0036", "1.2345"} <= set(re.findall(r">([\d.]+)</text>", text))
        assert not re.search(r' [xyd]="[^"]*\d\.\d{3}', text)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("letters, phone", [(12, True), (160, False)])
def test_where_words_leave_no_room_on_a_phone_the_wide_form_serves(letters, phone):
    figure = Figure(layout="constrained", figsize=(40, 2.5))
    ax = figure.add_subplot()
    ax.set_yticks([0, 1], ["x" * letters, "y" * letters])
    _, parts = vectors.unpacked(vectors.svg(figure))
    assert ("phone" in parts) == phone


def test_the_numbers_are_those_that_were_drawn():
    figure, axes = figures.subplots(1, 1, size=(3, 2))
    axes[0, 0].plot([1, 2, 3], [0.1, 1e-7, np.nan], label="one")
    axes[0, 0].scatter([5], [6], label="two")
    axes[0, 0].bar([8], [9])
    axes[0, 0].axhline(4)  # a mark, no data
    found = rows(vectors.table(figure))
    assert [(r["series"], r["mark"], r["x"], r["y"]) for r in found] == [
        ("one", "line", "1", "0.1"),
        ("one", "line", "2", "1e-07"),
        ("one", "line", "3", "nan"),
        ("two", "dot", "5", "6"),
        ("bars", "bar", "8", "9"),
    ]


def test_an_images_numbers_are_its_matrix_without_the_colour_bar():
    found = rows(vectors.table(figures.weight_images({"a": W})))
    assert len(found) == W.size and found[1]["panel"] == "1: a"
    np.testing.assert_allclose([float(r["value"]) for r in found], W.ravel(), rtol=1e-5)
    assert (found[13]["x"], found[13]["y"]) == ("2", "2")


def test_a_figure_that_is_no_grid_keeps_its_one_form():
    figure, _ = figures.subplots(1, 1, size=(3, 2))
    figure.add_gridspec(2, 2)
    figure.add_subplot(figure.add_gridspec(2, 2)[0])
    assert not vectors.rearranged(figure)
    assert "phone" not in vectors.unpacked(vectors.svg(figure))[1]


def test_long_words_are_wrapped_and_formulas_stay_whole():
    assert vectors.wrapped("one two three four", 9) == "one two\nthree\nfour"
    assert vectors.wrapped("a line\nits own", 20) == "a line\nits own"
    assert vectors.wrapped(r"size $a + b + c$ of it", 11).split("\n") == ["size", "$a + b + c$", "of it"]


@pytest.mark.parametrize("value, there", [("1", True), ("", False)])
def test_only_the_books_build_shows_vectors(value, there):
    says = "from daleslaw_lib.figures.style import Figure; print(hasattr(Figure, '_repr_svg_'))"
    done = subprocess.run(
        [sys.executable, "-c", says],
        env=os.environ | {vectors.SETTING: value},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(there), done.stderr
