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
    plain_axis,
    provenance,
    subplots,
)
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
    for k, (name, row) in enumerate(drawn.iterrows()):
        ax.plot(row.inputs, row.H, "o", color=KIND_STYLE["colei"]["color"])
        ax.annotate(
            name, (row.inputs, row.H), (6, (-4, 5, -13)[k % 3]), textcoords="offset points", fontsize=8
        )
    low = min(0.5, float(drawn.H.min()) - 0.05)
    ax.set(
        xscale="log",
        xlabel="effective inputs of a unit",
        ylabel="normalised SVD entropy $H$",
        ylim=(low, 1.02),
    )
    plain_axis(ax.xaxis)
    provenance(figure, footer)
    return figure


@in_house_style
def matrices_of_starts(Ws: Mapping[str, np.ndarray], *, columns: int = 4) -> Figure:
    """Chapter 10: matrices, each on its own scale, and their singular values: orange excites, purple
    inhibits.
    """
    rows = -(-len(Ws) // columns)
    figure, axes = subplots(
        2 * rows, columns, size=(2.1 * columns, 3.4 * rows), height_ratios=[2.1, 1] * rows
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for k, (name, W) in enumerate(Ws.items()):
        image, below = axes[2 * (k // columns), k % columns], axes[2 * (k // columns) + 1, k % columns]
        image.set_axis_on()
        draw_weights(image, W)
        image.set_title(name)
        image.title.set_fontsize(8)
        below.set_axis_on()
        s = np.linalg.svd(W, compute_uv=False)
        below.plot(np.arange(1, len(s) + 1), s, color=KIND_STYLE["colei"]["color"])
        below.set(yscale="log", xticks=[1, len(s)], ylim=(max(s[-1], s[0] * 1e-3) * 0.7, s[0] * 1.4))
        below.tick_params(labelsize=7)
        plain_axis(below.yaxis)
        below.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    return figure


@in_house_style
def final_errors(rows: Sequence[Row], *, xlabel: str, footer: str, aim: float | None = None) -> Figure:
    """Chapter 10: a line a network: every run, mean and interval; dotted, `aim` above the mean of the RNN."""
    figure = final_dots(rows, xlabel=xlabel, footer=footer, log=True)
    low, high = figure.axes[0].get_xlim()
    plain_axis(figure.axes[0].xaxis, minor="235" if high < 30 * low else "")
    means = [row.estimate.mean for row in rows if row.label == "RNN"]
    if aim is not None and means:
        figure.axes[0].axvline(means[0] + aim, color=KIND_STYLE["rnn"]["color"], linewidth=1, linestyle=":")
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
