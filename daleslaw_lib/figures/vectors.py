"""A figure as the book shows it: as SVG, for wide screens and for phones, its numbers beside it. No torch.

Notebooks hold PNGs. While the book is built (`DALESLAW_VECTORS=1`, set by `_ext/vectors.py`) a figure that a
cell ends in is also an SVG. What a phone shows and the numbers travel in it, packed into comments; the
extension makes files of them.
"""

from __future__ import annotations

import base64
import csv
import io
import os
import re
import textwrap
import warnings
import zlib
from itertools import pairwise

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator

SETTING = "DALESLAW_VECTORS"
PHONE = 3.3  # inches: what is left of a screen of 360 pixels
TALL = 2.6  # inches of a panel on a phone
SMALL = 8.5  # points: letters of 11 pixels
NAME = 16  # letters of a name beside an axis
TRIES = 4  # each a third higher
COLLAPSED = "axes sizes collapsed"  # what Matplotlib says where words leave no room
MOST_COLUMNS = 4  # of a legend
MANY = 8  # panels; more of them stand two in a row
HOW = {"svg.fonttype": "none", "svg.hashsalt": "daleslaw"}
TAG, FINE = re.compile(r"<[^!][^>]*>"), re.compile(r"(-?\d+\.\d{2})\d+")  # a hundredth of a point is enough
PACKED = re.compile(r"\n?<!--(phone|data) ([A-Za-z0-9+/=]*)-->")


def svg(figure: Figure) -> str:
    """The figure as SVG, with the phone's SVG and the numbers packed into it; see `unpacked`.

    The figure is rearranged for the phone, so it is drawn once, and remembered.
    """
    if not hasattr(figure, "_as_in_the_book"):
        numbers = table(figure)
        wide = _written(figure)
        parts = {"phone": _for_a_phone(figure), "data": numbers}
        packed = [f"\n<!--{name} {_pack(text)}-->" for name, text in parts.items() if text]
        figure._as_in_the_book = "".join([wide, *packed])
    return figure._as_in_the_book


def _for_a_phone(figure: Figure) -> str:
    """The figure rearranged for a phone, as high as its words need; "" where they leave no room to draw.

    A figure that has a form of its own for phones says so: `on_a_phone()` returns it.
    """
    if own := getattr(figure, "on_a_phone", None):
        return _written(own())
    if not rearranged(figure):
        return ""
    for _ in range(TRIES):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            text = _written(figure)
        if not any(COLLAPSED in str(warning.message) for warning in said):
            return text
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, 1.3 * height)
    return ""


def unpacked(text: str) -> tuple[str, dict[str, str]]:
    """An SVG without what is packed into it, and that by name: "phone", an SVG, and "data", a CSV table."""
    found = {name: zlib.decompress(base64.b64decode(part)).decode() for name, part in PACKED.findall(text)}
    return PACKED.sub("", text), found


def _pack(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def _written(figure: Figure) -> str:
    file = io.StringIO()
    with mpl.rc_context(HOW):
        figure.savefig(
            file,
            format="svg",
            bbox_inches="tight",
            pad_inches=0.03,
            transparent=True,
            metadata={"Date": None, "Creator": None},
        )
    text = file.getvalue()
    text = TAG.sub(lambda tag: FINE.sub(r"\1", tag[0]), text)
    return text[text.index("<svg") :]


def offer() -> None:
    """Where the book is built: whatever displays a figure has `svg` at hand from here on.

    As a method: what pyplot sets up in a kernel takes formatters that are registered away again.
    """
    if os.environ.get(SETTING):
        Figure._repr_svg_ = svg
        # a PNG that comes after has the phone's layout, and is shown nowhere
        warnings.filterwarnings("ignore", message=f".*{COLLAPSED}")


# --- on a phone --------------------------------------------------------------------------------------------


def rearranged(figure: Figure) -> bool:
    """Put the panels below each other and wrap what is written; False if they are not one grid."""
    panels = [ax for ax in figure.axes if ax.get_subplotspec() is not None]
    grids = {id(ax.get_subplotspec().get_gridspec()): ax.get_subplotspec().get_gridspec() for ax in panels}
    if len(grids) != 1 or figure.subfigs:
        return False
    (grid,) = grids.values()
    places = sorted({ax.get_subplotspec().num1 for ax in panels})
    pictures = all(ax.images and not ax.get_xticks().size for ax in panels)
    most = (3 if len(places) > 4 else 2) if pictures else 2 if len(places) > MANY else 1
    columns = min(grid.ncols, most)
    rows = -(-len(places) // columns)
    _say_on_every_panel(panels, columns)
    height = PHONE / columns * 1.2 if pictures else min(figure.get_figheight() / grid.nrows, TALL)
    height = max([height, *(_names_in_lines(ax) for ax in panels)])
    square = any(ax.get_aspect() != "auto" for ax in panels) and not pictures
    stacked = figure.add_gridspec(rows, columns)
    for ax in panels:
        where = places.index(ax.get_subplotspec().num1)
        ax.set_subplotspec(stacked[where // columns, where % columns])
    figure.set_size_inches(PHONE, rows * (PHONE / columns if square else height) + 0.4)
    room = {3: 0.15, 2: -0.35}.get(columns, 0) if pictures else 0  # two may have a colour bar beside them
    _readable(figure, PHONE / columns + room, height)
    _legends(figure)
    _fewer_ticks(figure)
    return True


def _say_on_every_panel(panels, columns: int) -> None:
    """What a panel leaves to its neighbour, of the same row or column, it says itself."""
    if columns > 1:
        return
    for ax in panels:
        for axis, shared in (("x", ax.get_shared_x_axes()), ("y", ax.get_shared_y_axes())):
            beside = [other for other in shared.get_siblings(ax) if other is not ax]
            label = getattr(ax, f"get_{axis}label")()
            said = [getattr(other, f"get_{axis}label")() for other in beside]
            if beside and not label and any(said):
                getattr(ax, f"set_{axis}label")(next(filter(None, said)))
            if beside and getattr(ax, f"{axis}axis").get_visible():
                ax.tick_params(
                    axis=axis, which="both", **{"labelbottom" if axis == "x" else "labelleft": True}
                )


def _names_in_lines(ax) -> float:
    """Long names along the upright axis are wrapped; the inches that they then need, 0 if there are none."""
    if not isinstance(ax.yaxis.get_major_locator(), FixedLocator):
        return 0.0
    names = [wrapped(label.get_text(), NAME) for label in ax.get_yticklabels()]
    if not names or max(map(len, names)) <= NAME:
        return 0.0
    ax.set_yticks(ax.get_yticks(), names)
    return 0.6 + 0.17 * sum(name.count("\n") + 1.6 for name in names)


def wrapped(text: str, letters: int) -> str:
    """The text in lines of at most so many letters, its own lines kept, and formulas whole."""
    lines = []
    for line in text.split("\n"):
        whole = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", "\x00"), line)
        wrapped_line = textwrap.wrap(whole, max(letters, 8), break_long_words=False, break_on_hyphens=False)
        lines += [part.replace("\x00", " ") for part in wrapped_line] or [""]
    return "\n".join(lines)


def _readable(figure: Figure, width: float, height: float) -> None:
    for text in figure.findobj(mpl.text.Text):
        text.set_fontsize(max(text.get_fontsize(), SMALL))

    def fit(text, inches: float) -> None:
        text.set_text(wrapped(text.get_text(), int(inches * 72 / (0.55 * text.get_fontsize()))))

    for ax in figure.axes:
        for title in (ax.title, ax._left_title, ax._right_title, ax.xaxis.label):
            fit(title, width - 0.3)
        fit(ax.yaxis.label, height)
    feet = [text for text in figure.texts if text.get_position()[1] < 0.02]
    for text in figure.texts:
        fit(text, PHONE)
    lines = max((text.get_text().count("\n") + 1 for text in feet), default=0)
    engine = figure.get_layout_engine()
    if lines and engine is not None and "rect" in engine.get():
        foot = lines * 0.17
        figure.set_figheight(figure.get_figheight() + foot)
        share = foot / figure.get_figheight()
        engine.set(rect=(0, share, 1, 1 - share))
        for text in feet:
            text.set(x=0.0, ha="left")


def _legends(figure: Figure) -> None:
    """Legends in as many columns as there is room for, above what they explain; the figure grows by them.

    A panel's own legend stays in it as long as it leaves the panel room and hides nothing that is drawn.
    """
    drawn = {label: handle for ax in figure.axes for handle, label in zip(*ax.get_legend_handles_labels())}
    _laid_out(figure)
    own = [(ax.get_legend(), ax) for ax in figure.axes if ax.get_legend()]
    out = [legend for legend, ax in own if _too_large(legend, ax) or _hides(legend, ax)]
    for legend in [*figure.legends, *out]:
        labels = [text.get_text() for text in legend.get_texts()]
        handles = [drawn.get(label, handle) for label, handle in zip(labels, legend.legend_handles)]
        how = dict(loc="outside upper center", fontsize=SMALL, frameon=False)
        how["title"] = legend.get_title().get_text() or None
        legend.remove()
        for count in range(min(len(labels), MOST_COLUMNS), 0, -1):
            new = figure.legend(handles, labels, ncols=count, **how)
            _laid_out(figure)
            if count == 1 or new.get_window_extent().width <= figure.bbox.width:
                break
            new.remove()
        _grow(figure, new.get_window_extent().height / figure.dpi)


def _fewer_ticks(figure: Figure) -> None:
    """So many numbers along an axis as stand apart; names, which are fixed, stay."""
    _laid_out(figure)
    for ax in figure.axes:
        locator = ax.xaxis.get_major_locator()
        for most in range(6, 1, -1):
            if not isinstance(locator, LogLocator | MaxNLocator) or not _crowded(ax):
                break
            locator.set_params(**{"numticks" if isinstance(locator, LogLocator) else "nbins": most})
            _laid_out(figure)


def _crowded(ax, gap: float = 3) -> bool:
    """Whether numbers along a panel's axis stand less than so many pixels apart."""
    low, high = sorted(ax.get_xlim())
    shown = [tick.label1 for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    words = [label for label in shown if label.get_visible() and label.get_text()]
    boxes = sorted(label.get_window_extent().extents.tolist() for label in words)
    return any(right[0] - left[2] < gap for left, right in pairwise(boxes))


def _laid_out(figure: Figure) -> None:
    """Let the layout find its places; whether there is room is asked when all is in place."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=f".*{COLLAPSED}")
        figure.draw_without_rendering()


def _too_large(legend, ax) -> bool:
    box, room = legend.get_window_extent(), ax.get_window_extent()
    return box.width > room.width or box.height > 0.6 * room.height


def _hides(legend, ax) -> bool:
    """Whether a line or a point of the panel lies under its legend."""
    box = legend.get_window_extent()
    for line in filter(Artist.get_visible, ax.lines):
        path = line.get_transform().transform_path(line.get_path())
        joined = line.get_linestyle() != "None"
        if path.intersects_bbox(box, filled=False) if joined else box.count_contains(path.vertices):
            return True
    marks = (marks for marks in ax.collections if isinstance(marks, PathCollection) and marks.get_visible())
    at = (mark.get_offset_transform().transform(np.ma.filled(mark.get_offsets(), np.nan)) for mark in marks)
    return any(map(box.count_contains, at))


def _grow(figure: Figure, inches: float) -> None:
    """Make the figure so much higher; what its foot takes stays as high as it is."""
    old, new = figure.get_figheight(), figure.get_figheight() + inches
    figure.set_figheight(new)
    engine = figure.get_layout_engine()
    if engine is not None and "rect" in engine.get():
        left, bottom, width, _ = engine.get()["rect"]
        bottom *= old / new
        engine.set(rect=(left, bottom, width, 1 - bottom))


# --- its numbers -------------------------------------------------------------------------------------------


def table(figure: Figure) -> str:
    """What the figure shows, as CSV: a row a point, "" if it shows nothing in the units of its axes."""
    rows = [row for k, ax in enumerate(figure.axes, 1) for row in _rows(ax, _name(ax, k))]
    if not rows:
        return ""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("panel", "series", "mark", "x", "y", "value"))
    writer.writerows([*row[:3], *(_number(value) for value in row[3:])] for row in rows)
    return file.getvalue()


def _number(value) -> str:
    return value if isinstance(value, str) else "" if value is None else f"{float(value):.6g}"


def _name(ax, k: int) -> str:
    words = next(filter(None, (ax.get_title(loc=side) for side in ("center", "left", "right"))), "")
    return f"{k}: {' '.join(words.split())}" if words else str(k)


def _rows(ax, panel: str):
    if ax.get_label() == "<colorbar>":
        return
    for k, line in enumerate(ax.lines, 1):
        if line.get_transform() == ax.transData:
            name = _series(line, f"line {k}")
            for x, y in zip(*(np.ravel(values) for values in line.get_data(orig=False))):
                yield panel, name, "line", _plain(x), _plain(y), None
    for k, found in enumerate(ax.collections, 1):
        name = _series(found, f"group {k}")
        if isinstance(found, PathCollection):
            values = found.get_array()
            for p, (x, y) in enumerate(np.ma.filled(found.get_offsets().astype(float), np.nan)):
                yield panel, name, "dot", x, y, None if values is None else values.flat[p]
        elif isinstance(found, PolyCollection):
            for path in found.get_paths():
                for x, y in path.vertices:
                    yield panel, name, "band", x, y, None
    for bar in ax.patches:
        if isinstance(bar, StepPatch):
            values, edges, _ = bar.get_data()
            for x, y in zip((edges[1:] + edges[:-1]) / 2, values):
                yield panel, _series(bar, "bars"), "bin", x, y, None
        if isinstance(bar, Rectangle) and bar.get_transform() != ax.transAxes and bar.get_height():
            x, y = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height()
            yield panel, _series(bar, "bars"), "bar", x, y, None
    for image in ax.images:
        if isinstance(image, AxesImage) and np.ndim(image.get_array()) == 2:
            for (row, column), value in np.ndenumerate(np.ma.filled(image.get_array().astype(float), np.nan)):
                yield panel, _series(image, "image"), "pixel", column + 1, row + 1, value


def _series(artist, otherwise: str) -> str:
    label = str(artist.get_label())
    return otherwise if not label or label.startswith("_") else label


def _plain(value):
    return str(value) if isinstance(value, str | np.str_ | np.datetime64) else value
