"""Figures of chapter 7: size, E:I ratio, and ColEI without connections among inhibitory units. No torch.

As in `figures`: functions that return a closed matplotlib `Figure`. Colour says the kind of network; where
one kind stands at several ratios, a darker shade has more inhibitory units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ...figures.style import (
    KIND_MARKER,
    KIND_STYLE,
    NEUTRAL,
    draw_circle,
    in_house_style,
    plain_axis,
    provenance,
    subplots,
)
from ...statistics import estimate


def shade(kind: str, level: int) -> tuple[float, float, float]:
    """Chapter 7: a kind's colour, lighter at level 0, itself at 1, darker at 2."""
    colour = np.array(to_rgb(KIND_STYLE[kind]["color"]))
    return tuple((colour + 0.5 * (1 - colour), colour, 0.5 * colour)[level])


# --- before learning -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Chapter 7: runs of one condition: `s (runs, N)`, largest first, `H (runs,)`, final `errors (runs,)` in
    %.
    """

    label: str
    kind: str
    level: int  # of `shade`
    s: np.ndarray
    H: np.ndarray
    errors: np.ndarray


@in_house_style
def spectra_and_errors(groups: Sequence[Group], *, footer: str) -> Figure:
    """Chapter 7: left, singular values by rank of the very networks; right, their final error against their
    entropy.

    A line is the median of a group's runs, a mark one run.
    """
    figure, ((left, right),) = subplots(1, 2, size=(9.0, 3.9))
    for group in groups:
        colour, style = shade(group.kind, group.level), KIND_STYLE[group.kind]["linestyle"]
        rank = np.arange(1, group.s.shape[1] + 1)
        left.plot(rank, np.median(group.s, 0), color=colour, linestyle=style, label=group.label)
        right.scatter(
            group.H, group.errors, s=34, color=[colour], marker=KIND_MARKER[group.kind], alpha=0.85,
            linewidths=0, label=group.label,
        )  # fmt: skip
    left.set(xscale="log", yscale="log", xlabel="rank of the singular value", ylabel="singular value")
    left.set_ylim(bottom=0.02)
    left.set_title("before learning: the recurrent matrix")
    plain_axis(left.yaxis)
    plain_axis(left.xaxis)
    right.set(yscale="log", xlabel="normalised SVD entropy H before learning", ylabel="final test error (%)")
    right.set_title("after learning: every run")
    plain_axis(right.yaxis, minor="235", grid=True)
    lines, marks = left.get_legend_handles_labels()[0], right.get_legend_handles_labels()[0]
    both = [pair for pair in zip(lines, marks)]
    figure.legend(both, [group.label for group in groups], loc="outside upper center", ncols=4, fontsize=9,
                  handlelength=2.8)  # fmt: skip
    provenance(figure, footer)
    return figure


@in_house_style
def entropy_by_size(panels: Mapping[str, Mapping[str, Mapping[int, np.ndarray]]], *, footer: str) -> Figure:
    """Chapter 7: a panel a way to grow: H of ColEI by N, one line a label; `panels[title][label][N]` are
    draws.
    """
    figure, (axes,) = subplots(1, len(panels), size=(3.9 * len(panels) + 0.4, 3.6), sharey=True)
    for ax, (title, lines) in zip(axes, panels.items()):
        for level, (label, by_size) in enumerate(lines.items()):
            sizes = sorted(by_size)
            colour = shade("colei", level)
            means = [by_size[n].mean() for n in sizes]
            ax.plot(sizes, means, marker=KIND_MARKER["colei"], markersize=4, color=colour)
            for n in sizes:
                ax.plot(np.full(len(by_size[n]), n), by_size[n], ".", color=colour, markersize=3, alpha=0.5)
            ax.annotate(
                label, (sizes[-1], means[-1]), (6, 0), textcoords="offset points", va="center"
            )  # fmt: skip
        ax.set(xscale="log", xlabel="units N", title=title)
        ax.set_xticks(sorted({n for by_size in lines.values() for n in by_size}))
        ax.set_xlim(right=2.2 * sizes[-1])
        ax.minorticks_off()
        plain_axis(ax.xaxis)
        ax.grid(axis="y", color="#e8e8e8", linewidth=0.5)
    axes[0].set_ylabel("normalised SVD entropy H")
    provenance(figure, footer)
    return figure


@in_house_style
def two_spectra(s: Mapping[str, np.ndarray], entropy: Mapping[str, float], n_inhibitory: int) -> Figure:
    """Chapter 7: singular values by rank of one matrix a kind, `s[kind] (N,)`; a band marks ColEI's I
    group.
    """
    figure, ((ax,),) = subplots(size=(7.2, 3.7))
    for kind, values in s.items():
        rank = np.arange(1, len(values) + 1)
        style = KIND_STYLE[kind] | {"label": f"{KIND_STYLE[kind]['label']}, H = {entropy[kind]:.2f}"}
        ax.plot(rank, values, marker=KIND_MARKER[kind], markersize=3, **style)
    if n_inhibitory > 1:
        ax.axvspan(1.5, n_inhibitory + 0.5, color="#999999", alpha=0.15, linewidth=0)
        middle = np.sqrt(1.5 * (n_inhibitory + 0.5))
        ax.text(middle, 0.03, "ColEI's I group", transform=ax.get_xaxis_transform(), ha="center", fontsize=9)
    ax.set(xscale="log", yscale="log", xlabel="rank of the singular value", ylabel="singular value")
    ax.set_ylim(0.01, 60)
    for axis in (ax.xaxis, ax.yaxis):
        plain_axis(axis)
    ax.legend(loc="upper right")
    return figure


# --- after it --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """Chapter 7: final figures of one kind of network under one preset, by where they stand on the x axis."""

    label: str
    kind: str
    values: Mapping[float, Sequence[float]]
    published: Mapping[float, float] = field(default_factory=dict)
    filled: bool = True


@in_house_style
def final_points(
    panels: Mapping[str, Sequence[Series]],
    *,
    ticks: Mapping[float, str],
    xlabel: str,
    footer: str,
    line: tuple[str, float] | None = None,
) -> Figure:
    """Chapter 7: a panel a title: every run, their mean and its 95 % interval (bar), the paper's number
    (diamond).

    `ticks[x]` is what is written at x, from left to right; `line` a label and an error to compare all with.
    """
    figure, (axes,) = subplots(1, len(panels), size=(4.3 * len(panels) + 0.3, 4.0), sharey=True)
    place = {x: k for k, x in enumerate(ticks)}
    for ax, (title, series) in zip(axes, panels.items()):
        if line is not None:
            ax.axhline(line[1], color=KIND_STYLE["rnn"]["color"], linewidth=1.2, alpha=0.7, label=line[0])
        width = 0.8 / max(len(series), 1)
        for k, one in enumerate(series):
            _series(ax, one, {x: place[x] + (k - (len(series) - 1) / 2) * width for x in ticks}, width)
        if any(one.published for one in series):
            ax.plot([], [], "D", color="white", markeredgecolor="black", markersize=7, label="paper")
        ax.set_axisbelow(True)
        ax.set_xticks(range(len(ticks)), ticks.values())
        ax.set(xlim=(-0.6, len(ticks) - 0.4), yscale="log", xlabel=xlabel, title=title)
        plain_axis(ax.yaxis, minor="235", grid=True)
        ax.legend(loc="best", fontsize=9)
    axes[0].set_ylabel("final test error (%)")
    low, high = axes[0].get_ylim()
    axes[0].set_ylim(low, min(high * (high / low) ** 0.25, 130))  # room for the legend; no error is above 100
    provenance(figure, footer)
    return figure


def _series(ax, one: Series, place: Mapping[float, float], width: float) -> None:
    colour, label = KIND_STYLE[one.kind]["color"], one.label
    for x, centre in place.items():
        values = np.asarray(one.values.get(x, ()), float)
        if len(values):
            jitter = np.linspace(-0.15, 0.15, len(values)) * width
            ax.scatter(
                centre + jitter, values, s=24, marker=KIND_MARKER[one.kind], edgecolors=colour,
                facecolors=colour if one.filled else "white", linewidths=1, alpha=0.8, label=label,
            )  # fmt: skip
            label = None
        if len(values) > 1:
            e, bar = estimate(values), centre + 0.32 * width
            ax.plot([bar] * 2, [max(e.low, values.min() / 2), e.high], color=colour, linewidth=1.6)
            ax.plot(bar, e.mean, marker="_", color=colour, markersize=9, markeredgewidth=2.2)
        if x in one.published:
            ax.plot(
                centre - 0.36 * width, one.published[x], marker="D", color="white", markersize=7,
                markeredgecolor=colour, markeredgewidth=1.6, linestyle="none", zorder=3,
            )  # fmt: skip


# --- without I-to-I --------------------------------------------------------------------------------

LOOP = "eigenvalues of the loop between the E and I means"


@in_house_style
def ablation(cases: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]], *, footer: str) -> Figure:
    """Chapter 7: a plane of eigenvalues a case, with the loop's circled; at the right, the singular values of
    all.

    `cases[title]` is `(eigenvalues (N,), loop's eigenvalues, singular values (N,))`; the dashed circle is
    that of the first case.
    """
    figure, axes = subplots(1, len(cases) + 1, size=(9.4, 3.2), width_ratios=[1] * len(cases) + [1.15])
    *planes, ranks = axes[0]
    limit = 1.12 * max(np.abs(e).max() for e, _, _ in cases.values())
    first = np.abs(next(iter(cases.values()))[0]).max()
    for level, (ax, (title, (eigenvalues, loop, s))) in enumerate(zip(planes, cases.items())):
        colour = shade("colei", level)
        draw_circle(ax, first, linestyle="--", color="black", linewidth=0.9)
        ax.scatter(eigenvalues.real, eigenvalues.imag, s=10, color=[colour], linewidths=0)
        ax.plot(loop.real, loop.imag, "o", color="none", markeredgecolor="black", markersize=10, label=LOOP)
        ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel="real part")
        ax.set_title(f"{title}\nlargest |eigenvalue| {np.abs(eigenvalues).max():.2f}", fontsize=9)
        style = ("-", "--", ":")[level % 3]
        ranks.plot(np.arange(1, len(s) + 1), s, color=colour, linestyle=style, label=title)
    planes[0].set_ylabel("imaginary part")
    ranks.set(xscale="log", yscale="log", xlabel="rank", title="singular values")
    ranks.set_ylim(bottom=0.02)
    plain_axis(ranks.yaxis)
    plain_axis(ranks.xaxis)
    ranks.legend(loc="lower left", fontsize=8.5)
    handles, labels = planes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", fontsize=9)
    provenance(figure, footer)
    return figure


@in_house_style
def by_condition(
    rows: Mapping[str, tuple[str, Sequence[float]]], *, xlabel: str, footer: str, chance: float | None = None
) -> Figure:
    """Chapter 7: a line a condition, `rows[label]` = (kind, a figure a run): every run, and their mean
    (bar).
    """
    figure, ((ax,),) = subplots(size=(7.2, 1.3 + 0.38 * len(rows)))
    if chance is not None:
        ax.axvline(chance, color=NEUTRAL, linewidth=0.9, linestyle=":", label="chance")
        figure.legend(loc="outside upper right")
    for y, (kind, values) in enumerate(rows.values()):
        style = dict(color=KIND_STYLE[kind]["color"], marker=KIND_MARKER[kind])
        ax.scatter(values, np.full(len(values), y), s=30, alpha=0.7, linewidths=0, **style)
        ax.plot(np.mean(values), y, marker="|", color=NEUTRAL, markersize=15, markeredgewidth=2.2)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel=xlabel)
    ax.set_xlim(left=0)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    provenance(figure, footer)
    return figure
