"""Figures of learning: error against updates, every seed, with the paper's numbers beside."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .figures import HOUSE, KIND_MARKER, KIND_STYLE, provenance, subplots
from .initialisation import KINDS
from .results import Archive, under

QUANTITIES = {
    "test_error": "test error (%)",
    "test_loss": "test loss (nats)",
    "train_loss": "training loss (nats)",
}


def curves_by_kind(archive: Archive, preset: str, quantity: str) -> dict[str, pd.DataFrame]:
    """For each kind, a table of the quantity: a row an evaluation (index: update), a column a seed."""
    runs = under(archive.runs, preset)
    curves = archive.curves.merge(runs[["run_id", "kind", "seed"]], on="run_id")
    scale = 100 if quantity.endswith("error") else 1
    return {
        kind: scale * group.pivot(index="update", columns="seed", values=quantity)
        for kind in KINDS
        if len(group := curves[curves.kind == kind])
    }


@mpl.rc_context(HOUSE)
def learning_curves(
    archive: Archive,
    *,
    preset: str = "corrected",
    quantity: str = "test_error",
    log: bool = True,
    first_update: int = 1,
) -> Figure:
    """Median (thick) and every seed (thin) by kind; at the right, the paper's final errors as marks."""
    figure, ((ax,),) = subplots(size=(7.2, 4.2))
    for kind, table in curves_by_kind(archive, preset, quantity).items():
        table = table[table.index >= first_update]
        style = KIND_STYLE[kind]
        ax.plot(table.index, table.to_numpy(), color=style["color"], linewidth=0.6, alpha=0.45)
        ax.plot(table.index, table.median(axis=1), **style)
    if quantity == "test_error":
        _published_marks(ax, archive)
    if log:
        ax.set_yscale("log")
        _plain_log_axis(ax)
    ax.set(xlabel="update", ylabel=QUANTITIES[quantity])
    ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    ax.legend(loc="upper right", ncols=4)
    provenance(figure, archive.provenance)
    return figure


def _published_marks(ax, archive):
    last = archive.runs.updates.max()
    shown = False
    for p in archive.experiment.published:
        style = KIND_STYLE[p.condition]
        ax.plot(
            last * 1.035,
            p.value,
            marker=KIND_MARKER[p.condition],
            color=style["color"],
            markeredgecolor="black",
            linestyle="none",
            markersize=8,
            clip_on=False,
            label=None if shown else "paper",
        )
        shown = True
    ax.set_xlim(right=last * 1.06)


def _plain_log_axis(ax):
    ax.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda y, _: f"{y:g}"))
    ax.yaxis.set_minor_formatter(
        mpl.ticker.FuncFormatter(lambda y, _: f"{y:g}" if f"{y:e}"[0] in "235" else "")
    )
    ax.grid(axis="y", which="both", color="#e8e8e8", linewidth=0.5)


@mpl.rc_context(HOUSE)
def final_error_dots(archive: Archive, estimates: dict[str, dict[str, object]]) -> Figure:
    """Final test error of every run, with mean and 95 % interval, by kind and preset, and the paper's.

    `estimates[preset][kind]` is a `summary.Estimate`.
    """
    figure, ((ax,),) = subplots(size=(7.2, 3.2))
    published: dict[str, list[float]] = {}
    for p in archive.experiment.published:
        published.setdefault(p.condition, []).append(p.value)
    rows = [(kind, preset) for kind in KINDS for preset in estimates if kind in estimates[preset]]
    for y, (kind, preset) in enumerate(rows):
        found, style = estimates[preset][kind], KIND_STYLE[kind]
        jitter = np.linspace(-0.12, 0.12, found.n)
        ax.scatter(found.values, y + jitter, s=18, color=style["color"], alpha=0.6, linewidths=0)
        ax.plot([found.low, found.high], [y + 0.27] * 2, color=style["color"], linewidth=2)
        ax.plot(found.mean, y + 0.27, marker="|", color=style["color"], markersize=11, markeredgewidth=2.5)
        values = published.get(kind, [])
        ax.plot(values, [y] * len(values), marker="D", color="white", markeredgecolor="black", markersize=7,
                linestyle="none", label=None if y else "paper")  # fmt: skip
    ax.set_yticks(range(len(rows)), [_row_name(kind, preset) for kind, preset in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.set_xlabel("final test error (%)")
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    ax.legend(loc="lower right")
    provenance(figure, archive.provenance)
    return figure


def _row_name(kind, preset):
    return KIND_STYLE[kind]["label"] + ("" if preset == "both" else f", {preset}")


@mpl.rc_context(HOUSE)
def spectrum_beside_learning(
    singular_values: dict[str, np.ndarray], archive: Archive, *, preset: str = "corrected"
) -> Figure:
    """Left, singular values at the start by rank; right, what learning makes of it.

    `singular_values[kind]` is `(seeds, N)`, largest first, of the very networks whose curves are shown.
    """
    figure, (axes,) = subplots(1, 2, size=(9.0, 3.6))
    for kind, s in singular_values.items():
        rank = np.arange(1, s.shape[1] + 1)
        axes[0].plot(rank, s.T, color=KIND_STYLE[kind]["color"], linewidth=0.6, alpha=0.45)
        axes[0].plot(rank, np.median(s, 0), **KIND_STYLE[kind])
    axes[0].set(xscale="log", yscale="log", xlabel="rank of the singular value", ylabel="singular value")
    axes[0].set_ylim(bottom=0.02)
    axes[0].set_title("before learning: the recurrent matrix's spectrum")
    for axis in (axes[0].xaxis, axes[0].yaxis):
        axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    for kind, table in curves_by_kind(archive, preset, "test_error").items():
        table = table[table.index > 0]
        axes[1].plot(table.index, table.to_numpy(), color=KIND_STYLE[kind]["color"], linewidth=0.5, alpha=0.4)
        axes[1].plot(table.index, table.median(axis=1), **KIND_STYLE[kind])
    axes[1].set(yscale="log", xlabel="update", ylabel=QUANTITIES["test_error"])
    axes[1].set_title("learning: row-sequential MNIST")
    axes[1].xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    _plain_log_axis(axes[1])
    axes[1].legend(loc="upper right")
    provenance(figure, archive.provenance)
    return figure
