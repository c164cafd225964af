"""Figures of chapter 8: the entropy of a spectrum, what theory says of it, and what it says of the error.

As in `figures`: functions that return a closed matplotlib `Figure`. A cell of the grid has the colour of
its inhibitory fraction and the size of its network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...evidence.summary import by_update
from ...figures.style import (
    KIND_MARKER,
    KIND_STYLE,
    NEUTRAL,
    in_house_style,
    plain_axis,
    provenance,
    subplots,
)
from ...initialisation.populations import share
from ...statistics import Resampled
from .regression import CELL, line, over_cells

H_LABEL = "normalised SVD entropy H at the start"
ERROR_LABEL = "test error (%)"


def percent(ei_ratio: float) -> str:
    """Chapter 8: an E:I ratio as the share of inhibitory units in per cent, without needless digits."""
    return f"{share(ei_ratio):.2g}"


def _colours(ratios) -> dict[float, tuple]:
    """A colour for each ratio, the fewer inhibitory units the darker."""
    ratios = sorted(set(ratios), reverse=True)
    return {r: mpl.colormaps["viridis"](x) for r, x in zip(ratios, np.linspace(0.02, 0.92, len(ratios)))}


def _area(n: float) -> float:
    """The size of the marker of a network of n units."""
    return 14 + 0.2 * n


# --- the number itself -----------------------------------------------------------------------------


@in_house_style
def spectra_by_share(spectra: Mapping[str, np.ndarray]) -> Figure:
    """Chapter 8: shares p_k of singular values `(N,)` by rank, one line a spectrum, on log axes."""
    figure, ((ax,),) = subplots(size=(6.4, 3.4))
    looks = (("#0072B2", "-"), ("#CC79A7", "--"), (NEUTRAL, ":"), ("#E69F00", "-."))
    for (label, s), (colour, style) in zip(spectra.items(), looks):
        ax.plot(np.arange(1, len(s) + 1), s / s.sum(), color=colour, linestyle=style, label=label)
    ax.set(xscale="log", yscale="log", xlabel="rank k of the singular value", ylabel="share $p_k$")
    plain_axis(ax.xaxis)
    plain_axis(ax.yaxis)
    ax.legend(loc="upper right")
    return figure


LINES = ("-", "--", "-.", ":")


@in_house_style
def entropy_by_size(
    theory: Mapping[tuple[str, str], tuple], drawn: Mapping[tuple[str, str], tuple], *, footer: str
) -> Figure:
    """Chapter 8: H against N: lines are theory, `(sizes, H)`, dots are draws, `(sizes, H)`; keys are (kind,
    label).
    """
    figure, ((ax,),) = subplots(size=(7.2, 4.2))
    seen: dict[str, int] = {}
    for (kind, label), (sizes, H) in theory.items():
        style = LINES[seen.setdefault(kind, 0) % len(LINES)]
        seen[kind] += 1
        ax.plot(sizes, H, color=KIND_STYLE[kind]["color"], linestyle=style)
        up = 3 if kind == "rnn" else -3
        ax.annotate(label, (sizes[-1], H[-1]), (6, up), textcoords="offset points", va="center", fontsize=9)
    for (kind, _), (sizes, H) in drawn.items():
        ax.scatter(sizes, H, s=13, marker=KIND_MARKER[kind], color=KIND_STYLE[kind]["color"], alpha=0.5,
                   linewidths=0)  # fmt: skip
    ax.set(xscale="log", xlabel="units N", ylabel="normalised SVD entropy H")
    ax.set_xticks([30, 100, 300, 1000], ["30", "100", "300", "1,000"])
    ax.minorticks_off()
    ax.set_xlim(right=1000 * 1.75)
    ax.grid(axis="y", color="#e8e8e8", linewidth=0.5)
    provenance(figure, footer)
    return figure


# --- the grid --------------------------------------------------------------------------------------


@in_house_style
def heat_maps(cells: pd.DataFrame, *, footer: str) -> Figure:
    """Chapter 8: H and final error over size and inhibitory fraction; bright is high entropy, and low
    error.
    """
    figure, (axes,) = subplots(1, 2, size=(9.0, 3.9))
    for ax, name, title, colours, digits in (
        (axes[0], "entropy", "H at the start", "viridis", 2),
        (axes[1], "error", "final test error (%)", "viridis_r", 0),
    ):
        table = cells.pivot(index="ei_ratio", columns="hidden", values=name).iloc[::-1]
        image = ax.imshow(table, cmap=colours, aspect="auto", origin="lower")
        for i, row in enumerate(table.to_numpy()):
            for j, value in enumerate(row):
                dark = mpl.colors.rgb_to_hsv(image.cmap(image.norm(value))[:3])[2] < 0.62
                ax.text(j, i, f"{value:.{digits}f}", ha="center", va="center", fontsize=9,
                        color="white" if dark else "black")  # fmt: skip
        ax.set_xticks(range(table.shape[1]), [f"{n:,}" for n in table.columns])
        ax.set_yticks(range(table.shape[0]), [percent(r) for r in table.index])
        ax.set(xlabel="units N", ylabel="inhibitory units (%)", title=title)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    provenance(figure, footer)
    return figure


@in_house_style
def scatter(
    cells: pd.DataFrame,
    runs: pd.DataFrame,
    *,
    footer: str,
    without: pd.DataFrame | None = None,
    ylabel: str = "final " + ERROR_LABEL,
) -> Figure:
    """Chapter 8: error on H: cells (large), every seed (small), the regression line with its band.

    The band is a 95 % bootstrap over cells. `without`: cells of a second line (dashed); what it leaves out
    is ringed.
    """
    figure, ((ax,),) = subplots(size=(7.6, 4.6))
    colours = _colours(cells.ei_ratio)
    ax.scatter(
        runs.entropy, runs.error, s=13, c=[colours[r] for r in runs.ei_ratio], alpha=0.55, linewidths=0
    )
    ax.scatter(cells.entropy, cells.error, s=_area(cells.hidden), c=[colours[r] for r in cells.ei_ratio],
               edgecolors="black", linewidths=0.6, zorder=3)  # fmt: skip
    x = np.linspace(cells.entropy.min() - 0.01, min(1, cells.entropy.max() + 0.02), 60)
    _line_and_band(ax, cells, x)
    if without is not None:
        slope, height = line(without)
        ax.plot(x, slope * x + height, color="black", linestyle=(0, (4, 3)), linewidth=1)
        left_out = cells[~cells.index.isin(without.index)]
        ax.scatter(left_out.entropy, left_out.error, s=230, facecolors="none", edgecolors="#D55E00", zorder=4)
    ax.set(xlabel=H_LABEL, ylabel=ylabel)
    if runs.error.min() < runs.error.max() / 2:
        ax.set_ylim(bottom=0)
    _cell_legend(figure, cells, colours)
    provenance(figure, footer)
    return figure


def _line_and_band(ax, cells, x) -> None:
    at = np.linspace(x[0], x[-1], 12)
    bounds = [over_cells(cells, lambda H, e, here=here: _at(H, e, here), resamples=500) for here in at]
    ax.fill_between(at, [b.low for b in bounds], [b.high for b in bounds], color="#999999", alpha=0.25,
                    linewidth=0)  # fmt: skip
    slope, height = line(cells)
    ax.plot(x, slope * x + height, color="black", linewidth=1.4)


def _at(H, error, x):
    """Height at x of the least-squares lines through `(..., cells)`."""
    centred = H - H.mean(-1, keepdims=True)
    slope = (centred * error).sum(-1) / (centred**2).sum(-1)
    return error.mean(-1) + slope * (x - H.mean(-1))


def _cell_legend(figure, cells, colours) -> None:
    dot = dict(marker="o", linestyle="none", markeredgecolor="black", markeredgewidth=0.5)
    handles = [mpl.lines.Line2D([], [], linestyle="none", label="inhibitory:")]
    handles += [
        mpl.lines.Line2D([], [], color=c, markersize=7, label=f"{percent(r)} %", **dot)
        for r, c in colours.items()
    ]
    handles += [mpl.lines.Line2D([], [], linestyle="none", label="units N:")]
    sizes = sorted(cells.hidden.unique())
    handles += [
        mpl.lines.Line2D([], [], color="white", markersize=_area(n) ** 0.5, label=f"{n:,}", **dot)
        for n in sizes
    ]
    figure.legend(
        handles=handles, loc="outside right center", fontsize=9, labelspacing=0.45, handletextpad=0.3
    )


@in_house_style
def along_each_axis(cells: pd.DataFrame, *, footer: str) -> Figure:
    """Chapter 8: error on H, twice: left, the trend among cells of one size; right, among cells of one
    fraction.

    A trend is the least-squares line of a group of cells on the stretched axis; marks are the cells. Legends
    go from the fewest units, or the least inhibition, to the most, as the lines do from left to right.
    """
    figure, axes = subplots(2, 1, size=(7.2, 7.4), sharex=True, sharey=True)
    colours = _colours(cells.ei_ratio)
    sizes = sorted(cells.hidden.unique())
    greys = {n: mpl.colormaps["cividis"](x) for n, x in zip(sizes, np.linspace(0.0, 0.85, len(sizes)))}
    for (ax,), name, colour, title in (
        (axes[0], "hidden", greys, "one size, more and more inhibition"),
        (axes[1], "ei_ratio", colours, "one fraction, larger and larger networks"),
    ):
        groups = [*zip(cells.groupby(name), "osD^vPX*<>")]
        for (value, group), marker in groups if name == "hidden" else groups[::-1]:  # more and more of both
            label = f"N = {value:,}" if name == "hidden" else f"{percent(value)} %"
            ax.scatter(group.entropy, group.error, marker=marker, s=26, alpha=0.55, linewidths=0,
                       color=[colour[value]])  # fmt: skip
            H = np.array([group.entropy.min(), group.entropy.max()])
            if len(group) > 1:
                slope, height = np.polyfit(-np.log(1 - group.entropy), group.error, 1)
                ax.plot(H, height - slope * np.log(1 - H), color=colour[value], linewidth=2.2, marker=marker,
                        markevery=[1], markersize=6, label=label)  # fmt: skip
        ax.set_xscale("function", functions=(lambda H: -np.log(1 - H), lambda y: 1 - np.exp(-y)))
        ax.set_xlim(cells.entropy.min() - 0.03, 1 - 0.9 * (1 - cells.entropy.max()))
        ax.set_xticks([H for H in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95) if H > ax.get_xlim()[0]])
        plain_axis(ax.xaxis)
        ax.set(title=title, ylabel="final " + ERROR_LABEL)
        ax.set_ylim(bottom=0)
        ax.legend(fontsize=10, loc="lower left")
    axes[-1][0].set_xlabel(H_LABEL)
    provenance(figure, footer)
    return figure


@in_house_style
def forest(groups: Mapping[str, Sequence[tuple[str, Resampled]]], *, xlabel: str, footer: str) -> Figure:
    """Chapter 8: intervals as bars with their value, by group; groups differ in marker and colour."""
    rows = [(group, label, interval) for group, some in groups.items() for label, interval in some]
    figure, ((ax,),) = subplots(size=(7.2, 1.2 + 0.36 * len(rows)))
    looks = dict(zip(groups, (("#0072B2", "o"), ("#E69F00", "s"), (NEUTRAL, "D"))))
    for y, (group, _, i) in enumerate(rows):
        colour, marker = looks[group]
        label = group if y == [g for g, *_ in rows].index(group) else None
        ax.plot([i.low, i.high], [y, y], color=colour, linewidth=1.6)
        ax.plot(i.value, y, marker=marker, color=colour, markersize=7, linestyle="none", label=label)
    ax.set_yticks(range(len(rows)), [label for _, label, _ in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_xlabel(xlabel)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    figure.legend(loc="outside upper right", ncols=len(groups))
    provenance(figure, footer)
    return figure


@in_house_style
def off_the_line(
    cells: pd.DataFrame, others: pd.DataFrame, radii: pd.DataFrame | None = None, *, footer: str
) -> Figure:
    """Chapter 8: the grid's cells and line in grey; beside them other kinds of network, and ColEI of other
    radii.

    `others`: kind, entropy, error, a row a run. `radii`: rho, entropy, error, a row a run.
    """
    figure, ((ax,),) = subplots(size=(7.2, 4.4))
    ax.scatter(cells.entropy, cells.error, s=22, color="#BBBBBB", linewidths=0, label="cells of the grid")
    x = np.linspace(cells.entropy.min(), 0.97, 60)
    slope, height = line(cells)
    ax.plot(x, slope * x + height, color="#888888", linewidth=1.2)
    for kind, group in others.groupby("kind"):
        style = KIND_STYLE[kind]
        look = dict(marker=KIND_MARKER[kind], facecolor=style["color"])
        ax.scatter(group.entropy, group.error, s=16, alpha=0.5, linewidths=0, **look)
        ax.scatter(group.entropy.mean(), group.error.mean(), s=60, edgecolors="black", zorder=4, alpha=0.8,
                   label=f"{style['label']}, N = 100", **look)  # fmt: skip
    if radii is not None:
        means = radii.groupby("rho").error.mean()
        at = radii.entropy.mean()
        ax.plot([at] * len(means), means, color="#CC79A7", marker="_", markersize=13, markeredgewidth=2.2,
                linewidth=0.8, label="ColEI of N = 100, one H, many radii")  # fmt: skip
        for rho in (means.idxmin(), means.idxmax()):
            ax.annotate(f"$\\rho$ = {rho:.3g}", (at, means[rho]), (-12, 0), textcoords="offset points",
                        ha="right", va="center", fontsize=9)  # fmt: skip
    ax.set(xlabel=H_LABEL, ylabel=ERROR_LABEL)
    ax.set_ylim(bottom=0)
    figure.legend(loc="outside upper center", ncols=3, fontsize=9)
    provenance(figure, footer)
    return figure


# --- learning --------------------------------------------------------------------------------------


@in_house_style
def cell_curves(
    curves: Mapping[str, pd.DataFrame],
    *,
    footer: str,
    published: Mapping[str, tuple[str, float]] | None = None,
) -> Figure:
    """Chapter 8: test error (%) while learning: a table a condition, a row an evaluation, a column a seed.

    Thick: the median; thin: every seed. `published[label]`: a text and the paper's final error, as a mark at
    the right in the colour of the condition `label`.
    """
    figure, ((ax,),) = subplots(size=(7.6, 4.2))
    looks = (("#0072B2", "-", "o"), ("#D55E00", "--", "s"), ("#56B4E9", "-.", "^"))
    for (label, table), (colour, style, marker) in zip(curves.items(), looks):
        ax.plot(table.index, table.to_numpy(), color=colour, linewidth=0.7, alpha=0.5)
        ax.plot(table.index, table.median(axis=1), color=colour, linestyle=style, marker=marker, markersize=4,
                label=label)  # fmt: skip
        last = table.index.max()
        for text, value in [(published or {})[label]] if label in (published or {}) else []:
            ax.plot(last * 1.12, value, marker="D", color=colour, markeredgecolor="black", markersize=8,
                    linestyle="none", label=text)  # fmt: skip
    ax.set(xlabel="update", ylabel=ERROR_LABEL, yscale="log", xlim=(0, last * (1.19 if published else 1.02)))
    ticks = [tick for tick in mpl.ticker.MaxNLocator(5).tick_values(0, last) if tick <= last]
    ax.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    if published:
        ax.axvline(last * 1.05, color="#999999", linewidth=0.9, linestyle=":")
        ax.text(last * 1.12, 0.99, "paper", transform=ax.get_xaxis_transform(), ha="center", va="top")
    plain_axis(ax.yaxis, minor="235", grid=True)
    handles = sorted(ax.get_legend_handles_labels()[0], key=lambda handle: handle.get_marker() == "D")
    figure.legend(handles=handles, loc="outside upper center", ncols=2, fontsize=9)
    provenance(figure, footer)
    return figure


# --- to play with ----------------------------------------------------------------------------------


@in_house_style
def drawn_beside_theory(
    s: np.ndarray, predicted: np.ndarray, sizes, by_size, *, kind: str, entropies: tuple[float, float]
) -> Figure:
    """Chapter 8: left, shares p_k by rank, of a drawn matrix and of theory; right, H of both, against N."""
    colour = KIND_STYLE[kind]["color"]
    figure, (axes,) = subplots(1, 2, size=(8.6, 3.4))
    rank = np.arange(1, len(s) + 1)
    axes[0].plot(rank, s / s.sum(), color=colour, marker=".", markersize=4, linestyle="none", label="drawn")
    axes[0].plot(rank, predicted / predicted.sum(), color="black", linewidth=1.1, label="theory")
    axes[0].set(xscale="log", yscale="log", xlabel="rank k of the singular value", ylabel="share $p_k$")
    axes[0].set_ylim(bottom=max(0.3 * np.quantile(s / s.sum(), 0.03), 1e-6))
    axes[0].legend(loc="lower left")
    axes[1].plot(sizes, by_size, color="black", linewidth=1.1, label="theory")
    axes[1].plot(len(s), entropies[0], marker=KIND_MARKER[kind], color=colour, linestyle="none", markersize=9,
                 label=f"drawn, H = {entropies[0]:.3f}")  # fmt: skip
    axes[1].set(xscale="log", ylim=(0.4, 1), xlabel="units N", ylabel="normalised SVD entropy H")
    axes[1].legend(loc="lower right")
    axes[1].minorticks_off()
    axes[1].set_xticks([30, 100, 300, 1000])
    for axis in (axes[0].xaxis, axes[0].yaxis, axes[1].xaxis):
        plain_axis(axis)
    return figure


def curves_of_cell(curves: pd.DataFrame, runs: pd.DataFrame, hidden: int, ei_ratio: float) -> pd.DataFrame:
    """Chapter 8: test error (%) of one cell's runs: a row an evaluation, a column a seed.

    Raises: ValueError if there is no such cell.
    """
    chosen = runs[(runs.hidden == hidden) & np.isclose(runs.ei_ratio, ei_ratio)]
    if chosen.empty:
        cells = runs[CELL].drop_duplicates().to_numpy().tolist()
        raise ValueError(f"hidden, ei_ratio: expected one of {cells}, got {[hidden, ei_ratio]}")
    return by_update(curves, chosen)
