"""What every figure of the book shares: colours, markers, the house style, footers, axes. No torch.

A kind of network has one colour and one line style everywhere (`KIND_STYLE`), from the palette of
Okabe and Ito, which colour-blind readers can tell apart; in print, line styles do. Signs have
two colours of their own, for weights and for populations alike: orange excites, purple inhibits.
"""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ..initialisation.draw import KINDS
from ..initialisation.kind import OfKinds

KIND_STYLE = OfKinds(
    KINDS, lambda kind: {"color": kind.colour, "linestyle": kind.linestyle, "label": kind.label}
)
KIND_MARKER = OfKinds(KINDS, lambda kind: kind.marker)
EXCITATORY, INHIBITORY, NEUTRAL = "#E08214", "#7B5EA7", "#444444"
SIGN_COLOURS = "PuOr_r"  # purple below zero, orange above


HOUSE = {
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


def provenance(where, text: str) -> None:
    """A footer that says what a figure shows: scale, seeds, draws, device. `where`: figure or axes."""
    figure = where if isinstance(where, Figure) else where.figure
    leave_room(figure, text.count("\n") + 1)
    figure.text(0.995, 0.005, text, ha="right", va="bottom", fontsize=7.5, color="#666666")


def leave_room(figure: Figure, lines: int) -> None:
    """Keep what is drawn above a footer of so many lines, at the height that the figure has now."""
    share, engine = (0.1 + 0.14 * lines) / figure.get_figheight(), figure.get_layout_engine()
    if engine is not None and "rect" in engine.get():
        engine.set(rect=(0, share, 1, 1 - share))


def subplots(rows: int = 1, columns: int = 1, *, size: tuple[float, float], **options):
    """`plt.subplots` in the house style, always with a grid `(rows, columns)` of axes, and closed."""
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False, **options)
    plt.close(figure)
    return figure, axes


def in_house_style(function):
    """A decorator: the function draws in the house style, whatever the reader's own settings."""
    return mpl.style.context(HOUSE, after_reset=True)(function)


def draw_circle(ax, radius: float, **style) -> None:
    """A circle about zero; `style` is that of a line."""
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(radius * np.cos(angle), radius * np.sin(angle), **style)


def plain(x: float) -> str:
    """A number as it is written on an axis: 0.03, 1,000."""
    return f"{x:,g}"


def plain_axis(axis, *, subs=(), between: tuple[float, float] | None = None, minor="", grid=False) -> None:
    """Plain numbers on an axis (`ax.xaxis` or `ax.yaxis`), where a log axis would have powers of ten.

    subs:    ticks at these multiples of powers of ten, and no others.
    between: the range in which ticks are set by hand, at 1 and 3 times powers of ten, or at these alone.
    minor:   first digits of the minor ticks that are written, too, such as "235".
    grid:    with lines across.
    """
    if between is not None:
        low, high = between
        steps = (1, 3) if high / low < 100 else (1,)
        ticks = [step * 10.0**e for e in range(-4, 5) for step in steps]
        axis.set_ticks([tick for tick in ticks if low <= tick <= high], minor=False)
        axis.set_ticks([], minor=True)
    if subs:
        axis.set_major_locator(LogLocator(subs=subs))
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda x, _: plain(x)))
    if minor:
        axis.set_minor_formatter(FuncFormatter(lambda x, _: plain(x) if f"{x:e}"[0] in minor else ""))
    if grid:
        axis.axes.grid(
            axis=axis.axis_name, which="both" if minor else "major", color="#e8e8e8", linewidth=0.5
        )
