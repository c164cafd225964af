"""Figures of chapter 6: how a transplant is made, and what it does to learning. No torch.

As in `figures`: functions that return a closed matplotlib `Figure`. Colour says whose singular values a
network has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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

MIXED = "#BBBBBB"  # a column that has lost its sign
MARKS = ({"color": "white"}, {"color": "#F0C000"})  # of the paper's numbers, in their order
VARIANTS = {  # line styles; the colour is that of a kind's spectrum unless given here
    "free": {"linestyle": "-"},
    "frozen": {"linestyle": "--", "color": NEUTRAL},
    "ColEI itself": {"linestyle": "-.", "color": "#CC79A7"},
    "RNN vectors": {"linestyle": "-"},
    "ColEI vectors": {"linestyle": "--"},
}


# --- how it is made --------------------------------------------------------------------------------


@in_house_style
def decompositions(
    rows: Mapping[str, tuple[np.ndarray, ...]], *, crossed: Mapping[str, np.ndarray] | None = None
) -> Figure:
    """Chapter 6: a row a matrix: W, and its factors A, s (bars) and B^T; `rows[title]` is `(W, A, s, Bt)`.

    `crossed[title]`: a mask of entries of W to cross out.
    """
    figure, axes = subplots(len(rows), 4, size=(7.2, 1.85 * len(rows) + 0.2))
    top = 1.25 * max(s.max() for _, _, s, _ in rows.values())
    for line, (title, (W, A, s, Bt)) in zip(axes, rows.items()):
        for ax, matrix in zip(line[[0, 1, 3]], (W, A, Bt)):
            draw_weights(ax, matrix)
        for i, j in np.argwhere((crossed or {}).get(title, np.zeros_like(W)) > 0):
            line[0].plot(j, i, marker="x", color="black", markersize=9, markeredgewidth=1.8)
        line[2].bar(range(1, len(s) + 1), s, color=NEUTRAL, width=0.75)
        for k, value in enumerate(s, start=1):
            line[2].text(k, value, f"{value:.1f}", ha="center", va="bottom", fontsize=8.5)
        line[2].set(ylim=(0, top), yticks=[], xticks=range(1, len(s) + 1), box_aspect=1)
        line[2].spines["left"].set_visible(False)
        line[0].set_ylabel(title)
        for ax, sign in zip(line[1:], ("=", "·", "·")):
            place = dict(transform=ax.transAxes, ha="center", va="center")
            ax.text(-0.13, 0.5, sign, fontsize=18, fontweight="bold", **place)
    for ax, title in zip(axes[0], ("$W$", "$A$", "singular values", "$B^\\top$")):
        ax.set_title(title)
    return figure


@in_house_style
def bench(W: np.ndarray, spectra: Mapping[str, np.ndarray], spectrum: str, *, entropy: float) -> Figure:
    """Chapter 6: a transplanted matrix: its weights and what became of its columns' signs, its spectra.

    The strip above the weights is orange or purple where a column has one sign, grey where it has lost it.
    `spectra[kind]`: singular values of the two matrices it was made of; `spectrum`: whose it has.
    """
    figure, ((weights, values, plane),) = subplots(1, 3, size=(8.6, 3.3), width_ratios=(1, 1.1, 1))
    draw_weights(weights, W)
    _sign_strip(weights, W)
    weights.set(xlabel="sending unit", ylabel="receiving unit", title="W, and its columns' signs")
    _two_spectra(values, spectra, spectrum)
    values.set_title(f"singular values; H = {entropy:.2f}")
    eigenvalues = np.linalg.eigvals(W)
    radius = np.abs(eigenvalues).max()
    plane.scatter(eigenvalues.real, eigenvalues.imag, s=9, color=KIND_STYLE[spectrum]["color"], linewidths=0)
    draw_circle(plane, radius, linestyle="--", color="black", linewidth=0.9)
    limit = 1.15 * max(radius, 1.5)
    plane.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel="real part")
    plane.set(ylabel="imaginary part", title=f"eigenvalues, largest {radius:.2f}")
    return figure


def _sign_strip(ax, W: np.ndarray) -> None:
    n, excites, inhibits = len(W), (W >= 0).all(0), (W <= 0).all(0)
    for j in range(n):
        colour = EXCITATORY if excites[j] else INHIBITORY if inhibits[j] else MIXED
        ax.add_patch(Rectangle((j - 0.5, -0.5 - 0.1 * n), 1, 0.07 * n, color=colour, linewidth=0))
    ax.set_ylim(n - 0.5, -0.5 - 0.12 * n)
    ax.spines[:].set_visible(False)


def _two_spectra(ax, spectra: Mapping[str, np.ndarray], chosen: str) -> None:
    for kind, s in spectra.items():
        style, taken = KIND_STYLE[kind], kind == chosen
        ax.plot(
            np.arange(1, len(s) + 1), s, color=style["color"], linestyle=style["linestyle"],
            linewidth=2.4 if taken else 1.0, alpha=1 if taken else 0.6,
            label=f"{style['label']}{', taken' if taken else ''}",
        )  # fmt: skip
    low = min(np.quantile(s, 0.05) for s in spectra.values())
    ax.set(yscale="log", xlabel="rank")
    ax.set_ylim(max(0.5 * low, 1e-3), 3 * max(s.max() for s in spectra.values()))
    plain_axis(ax.yaxis)
    ax.minorticks_off()
    ax.legend(loc="upper right", fontsize=9)


# --- what it does ----------------------------------------------------------------------------------


@in_house_style
def learning_curves(
    panels: Mapping[str, Mapping[str, tuple[str, object]]], *, footer: str, log: bool = True
) -> Figure:
    """Chapter 6: test error (%) while learning, two panels a row: every seed (thin), and the median (thick).

    `panels[title][variant]` is `(kind whose colour it has, table)`, a table with a row an evaluation and a
    column a seed; variants are those of `VARIANTS`.
    """
    lines = -(-len(panels) // 2)
    figure, axes = subplots(lines, 2, size=(7.2, 0.5 + 2.9 * lines), sharex=True, sharey=True)
    for ax, (title, variants) in zip(axes.flat, panels.items()):
        for name, (kind, table) in variants.items():
            style = {"color": KIND_STYLE[kind]["color"]} | VARIANTS[name]
            table = table[table.index > 0]
            ax.plot(table.index, table.to_numpy(), color=style["color"], linewidth=0.5, alpha=0.4)
            ax.plot(table.index, table.median(axis=1), **style, label=name)
        ax.set_title(title)
        if log:
            ax.set_yscale("log")
            plain_axis(ax.yaxis, minor="235", grid=True)
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
        ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(3))
        if variants:
            ax.legend(loc="upper right")
        else:
            ax.text(0.5, 0.5, "not archived yet", transform=ax.transAxes, ha="center", color="#666666")
    for ax in axes[-1]:
        ax.set_xlabel("update")
    for ax in axes[:, 0]:
        ax.set_ylabel("test error (%)")
    provenance(figure, footer)
    return figure


@in_house_style
def effect_dots(
    effects: Sequence, *, xlabel: str, footer: str, lines: Mapping[str, float] | None = None
) -> Figure:
    """Chapter 6: a line an effect: every seed (dots), their mean with its 95 % interval, the paper's numbers.

    `effects` are `effects.Effect`s; `lines[label]` a value to mark across all (default: zero).
    """
    lines = {"": 0.0} if lines is None else lines
    figure, ((ax,),) = subplots(size=(7.2, 1.35 + 0.5 * len(effects)))
    for (label, x), style in zip(lines.items(), ("-", "--", "-.")):
        ax.axvline(x, color="black", linewidth=0.9, linestyle=style, label=label or None)
    marked = list(dict.fromkeys(name for e in effects for name in e.published))
    for y, effect in enumerate(effects):
        e = effect.estimate
        jitter = np.resize((-0.12, 0, 0.12, 0.06, -0.06), e.n)
        ax.scatter(e.values, y + jitter, s=18, color=NEUTRAL, alpha=0.55, linewidths=0)
        ax.plot([e.low, e.high], [y + 0.3] * 2, color="black", linewidth=1.8)
        ax.plot(e.mean, y + 0.3, marker="|", color="black", markersize=9, markeredgewidth=2.5)
        for name, value in effect.published.items():
            ax.plot(value, y, marker="D", markersize=8, linestyle="none", markeredgecolor="black",
                    **MARKS[marked.index(name) % len(MARKS)])  # fmt: skip
    for name in marked:
        ax.plot([], [], marker="D", markersize=8, linestyle="none", markeredgecolor="black", label=name,
                **MARKS[marked.index(name) % len(MARKS)])  # fmt: skip
    ax.set_yticks(range(len(effects)), [e.label for e in effects])
    ax.set_ylim(len(effects) - 0.4, -0.6)
    ax.set_xlabel(xlabel)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    if marked or any(lines):
        figure.legend(loc="outside upper right", ncols=3)
    provenance(figure, footer)
    return figure


@in_house_style
def compromise(
    W: np.ndarray, off: Sequence[float], inputs: Sequence[float], *, bound: float, footer: str
) -> Figure:
    """Chapter 6: left, a matrix that keeps its columns' signs; right, how rounds brought it to a spectrum.

    `off`: largest distance of a singular value from the wanted one, by round; `inputs`: effective inputs of
    a unit; `bound`: the most that the wanted spectrum allows.
    """
    figure, ((image, distance, sparse),) = subplots(1, 3, size=(8.6, 3.2), width_ratios=(1.05, 1, 1))
    draw_weights(image, W)
    _sign_strip(image, W)
    image.set(xlabel="sending unit", ylabel="receiving unit", title="the matrix found")
    rounds = np.arange(1, len(off) + 1)
    distance.loglog(rounds, off, color=NEUTRAL)
    distance.set_title("singular values: largest\ndistance from the wanted")
    plain_axis(distance.yaxis)
    sparse.semilogx(rounds, inputs, color=NEUTRAL)
    sparse.axhline(bound, color="black", linewidth=0.9, linestyle="--", label="the most allowed")
    sparse.set_ylim(bottom=0)
    sparse.set_title("effective inputs\nof a unit")
    sparse.legend(loc="upper right")
    for ax in (distance, sparse):
        ax.set_xlabel("round")
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
        ax.grid(axis="y", color="#e8e8e8", linewidth=0.5)
    provenance(figure, footer)
    return figure
