"""Figures of chapter 10: what Dale's law leaves of H, starts, weights, a reader's own matrix. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...archive.reading import Archive
from ...evidence.summary import Row, by_update, matching
from ...figures.learning import final_dots
from ...figures.matrices import draw_weights
from ...figures.style import (
    EXCITATORY,
    INHIBITORY,
    KIND_STYLE,
    NEUTRAL,
    draw_circle,
    in_house_style,
    leave_room,
    plain_axis,
    provenance,
    subplots,
)
from ...figures.vectors import PHONE, SMALL, wrapped
from ...magnitudes import most_entropy
from ...theory import quarter_circle_values
from .own import Report


@in_house_style
def inputs_and_entropy(drawn: pd.DataFrame, *, n: int, footer: str) -> Figure:
    """Chapter 10: H over effective inputs, a dot a start, under the curve that no column-signed matrix
    passes.
    """
    figure, ((ax,),) = subplots(size=(6.8, 4.4))
    K = np.geomspace(1, n, 300)
    H = most_entropy(K, n)
    ax.plot(K, H, color="black", linewidth=1.2)
    ax.fill_between(K, H, 1.02, color="#eeeeee", linewidth=0)
    ax.annotate(
        "not under Dale's law",
        (0.98, 0.95),
        xycoords="axes fraction",
        ha="right",
        fontsize=9,
        color="#555555",
    )
    ax.plot(drawn.inputs, drawn.H, "o", color=KIND_STYLE["colei"]["color"])
    low = min(0.5, float(drawn.H.min()) - 0.05)
    ax.set(
        xscale="log",
        xlabel="effective inputs of a unit",
        ylabel="normalised SVD entropy $H$",
        ylim=(low, 1.02),
    )
    plain_axis(ax.xaxis)
    provenance(figure, footer)
    figure.draw_without_rendering()  # now places are known
    _name(ax, {name: (row.inputs, row.H) for name, row in drawn.iterrows()}, np.column_stack([K, H]))
    figure.on_a_phone = lambda: _below_each_other(drawn, n, footer)
    return figure


@in_house_style
def _below_each_other(drawn: pd.DataFrame, n: int, footer: str) -> Figure:
    """The same on a phone: a line a start, fewest inputs K first; a dot at its H, a stroke at the most."""
    rows = drawn.sort_values("inputs")
    figure, ((ax,),) = subplots(size=(PHONE, 0.6 + 0.36 * len(rows)))
    ax.plot(rows.H, range(len(rows)), "o", color=KIND_STYLE["colei"]["color"])
    ax.plot(most_entropy(rows.inputs.to_numpy(), n), range(len(rows)), "|", color="black", markersize=11)
    names = [wrapped(f"{name}, K {row.inputs:.1f}", 18) for name, row in rows.iterrows()]
    ax.set_yticks(range(len(rows)), names, fontsize=SMALL)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel="normalised SVD entropy $H$ (|: most)")
    ax.xaxis.label.set_fontsize(SMALL)
    ax.tick_params(axis="x", labelsize=SMALL)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    figure.text(0, -0.005, wrapped(footer, 50), ha="left", va="top", fontsize=SMALL, color=NEUTRAL)
    return figure


def _name(ax, points: Mapping[str, tuple[float, float]], line: np.ndarray, size: float = 8) -> None:
    """Names beside points, each at the first place where it covers no other name, no point and no line."""
    places = [(side, up) for up in (-3, -13, 5, -23, -33, -43) for side in (6, -6)]
    scale = 72 / ax.figure.dpi  # everything in points
    dots = {name: ax.transData.transform(point) * scale for name, point in points.items()}
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in dots.values()]
    taken += [(x - 1, y - 1, x + 1, y + 1) for x, y in ax.transData.transform(line) * scale]
    for name, (x, y) in sorted(dots.items(), key=lambda dot: dot[1][0]):
        for dx, dy in places:
            width = 0.57 * size * len(name)
            left = x + dx - (width if dx < 0 else 0)
            box = (left, y + dy, left + width, y + dy + 1.1 * size)
            inside = ax.bbox.x0 * scale < left and left + width < ax.bbox.x1 * scale
            if inside and not any(_overlap(box, other) for other in taken):
                break
        taken.append(box)
        side = "right" if dx < 0 else "left"
        ax.annotate(name, points[name], (dx, dy), textcoords="offset points", fontsize=size, ha=side)


def _overlap(a: tuple, b: tuple) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@in_house_style
def matrices_of_starts(Ws: Mapping[str, np.ndarray], *, columns: int = 4) -> Figure:
    """Chapter 10: matrices, each on its own scale, and their singular values: orange excites, purple
    inhibits.
    """
    rows = -(-len(Ws) // columns)
    width = PHONE / 2 if columns == 2 else 2.1
    figure, axes = subplots(
        2 * rows, columns, size=(width * columns, 1.6 * width * rows), height_ratios=[2.1, 1] * rows
    )
    figure.on_a_phone = lambda: matrices_of_starts(Ws, columns=2)
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (name, W) in enumerate(Ws.items()):
        image, below = axes[2 * (k // columns), k % columns], axes[2 * (k // columns) + 1, k % columns]
        image.set_axis_on()
        draw_weights(image, W)
        image.set_title(name)
        image.title.set_fontsize(SMALL)
        below.set_axis_on()
        s = np.linalg.svd(W, compute_uv=False)
        below.plot(np.arange(1, len(s) + 1), s, color=KIND_STYLE["colei"]["color"])
        below.set(yscale="log", xticks=[1, len(s)], ylim=(max(s[-1], s[0] * 1e-3) * 0.7, s[0] * 1.4))
        below.tick_params(labelsize=SMALL if columns == 2 else 7)
        plain_axis(below.yaxis)
        below.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    return figure


@in_house_style
def final_errors(rows: Sequence[Row], *, xlabel: str, footer: str, aim: float | None = None) -> Figure:
    """Chapter 10: a line a network: every run, mean and interval; dotted, `aim` above the mean of the RNN."""
    figure = _final_errors(rows, xlabel, footer, aim)
    figure.on_a_phone = lambda: _final_errors_on_a_phone(rows, xlabel, footer, aim)
    return figure


def _final_errors(rows: Sequence[Row], xlabel: str, footer: str, aim: float | None) -> Figure:
    values = [value for row in rows for value in row.estimate.values]
    wide = max(values, default=1) > 2 * min(values, default=0)  # a narrow range may hold no round number
    figure = final_dots(rows, xlabel=xlabel, footer=footer, log=wide)
    if wide:
        low, high = figure.axes[0].get_xlim()
        minor = "235" if high < 30 * low else "25" if high < 100 * low else ""
        plain_axis(figure.axes[0].xaxis, minor=minor)
    means = [row.estimate.mean for row in rows if row.label == "RNN"]
    if aim is not None and means:
        figure.axes[0].axvline(means[0] + aim, color=KIND_STYLE["rnn"]["color"], linewidth=1, linestyle=":")
    return figure


@in_house_style
def _final_errors_on_a_phone(rows: Sequence[Row], xlabel: str, footer: str, aim: float | None) -> Figure:
    """The same with names in several lines, each row as high as the tallest of them."""
    names = [wrapped(row.label, 16) for row in rows]
    foot = wrapped(footer, 50)
    figure = _final_errors(rows, xlabel, foot, aim)
    ax, lines = figure.axes[0], max(name.count("\n") + 1 for name in names)
    figure.set_size_inches(PHONE, 0.6 + 0.14 * (foot.count("\n") + 1) + max(0.32, 0.16 * lines) * len(rows))
    leave_room(figure, foot.count("\n") + 1)
    ax.set_yticks(range(len(rows)), names, fontsize=SMALL)
    ax.tick_params(axis="x", which="both", labelsize=SMALL)
    ax.xaxis.label.set_fontsize(SMALL)
    return figure


@in_house_style
def own_matrix(report: Report) -> Figure:
    """Chapter 10: a reader's matrix, its singular values beside those of independent entries, its
    eigenvalues.
    """
    figure, ((image, spectrum, plane),) = subplots(1, 3, size=(9.2, 3.2))
    draw_weights(image, report.W)
    image.set(xlabel="sending unit", ylabel="receiving unit")
    colours = np.where((report.W < 0).any(0), INHIBITORY, EXCITATORY)
    if report.obeys:
        image.scatter(
            np.arange(len(report.W)), np.full(len(report.W), -1.5), c=colours, s=4, marker="s", clip_on=False
        )
    scale = np.sqrt(np.square(report.s).mean())
    rank = np.arange(1, len(report.s) + 1)
    spectrum.plot(rank, report.s, color=KIND_STYLE["colei"]["color"], label=f"yours, H {report.H:.3f}")
    even = quarter_circle_values(len(report.s), scale)
    spectrum.plot(
        rank, even, color=KIND_STYLE["rnn"]["color"], linewidth=1, label=f"independent, H {report.rnn_H:.3f}"
    )
    spectrum.set(
        xlabel="rank",
        ylabel="singular value",
        yscale="log",
        ylim=(max(min(even[-1], report.s[-1]), report.s[0] * 1e-4), None),
    )
    plain_axis(spectrum.yaxis)
    spectrum.legend(fontsize=8)
    plane.plot(report.e.real, report.e.imag, ".", markersize=3, color=NEUTRAL)
    if report.disc:
        draw_circle(plane, report.disc, color="black", linewidth=0.8, linestyle=":")
    plane.set(aspect="equal", xlabel="eigenvalues; dotted: theory")
    return figure


@in_house_style
def learning_curves(archive: Archive, networks: Mapping[str, Mapping[str, object]]) -> Figure:
    """Chapter 10: test error while learning: thin a run, thick a network's median; `networks`: kind and start
    by name.
    """
    figure, ((ax,),) = subplots(size=(6.4, 3.6))
    colours = (KIND_STYLE["rnn"]["color"], KIND_STYLE["colei"]["color"], "#CC79A7", NEUTRAL)
    for (name, where), colour in zip(networks.items(), colours):
        runs = matching(archive.runs, {"kind": where["kind"], "start": where.get("start")})
        table = by_update(archive.curves, runs)
        ax.plot(table.index, table, color=colour, linewidth=0.7, alpha=0.6)
        ax.plot(table.index, table.median(axis=1), color=colour, label=name)
    ax.set(xlabel="updates", ylabel="test error (%)")
    ax.legend()
    provenance(figure, archive.provenance)
    return figure
