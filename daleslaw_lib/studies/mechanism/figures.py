"""Figures of chapter 9: Jacobians, ColEI's spectral radius and its theory, predictors left out. No torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...archive.reading import Archive
from ...evidence.summary import label
from ...figures.style import KIND_STYLE, NEUTRAL, in_house_style, plain_axis, provenance, subplots
from ...initialisation import starts
from ...jacobians import STEPS

LEFT_OUT = "R² of designs left out"  # the column of `predictors.compare` that is drawn

COLOURS = {
    "RNN": KIND_STYLE["rnn"]["color"],
    "DANN": KIND_STYLE["dann"]["color"],
    "ColEI": KIND_STYLE["colei"]["color"],
    "ColEI vectors, RNN spectrum": "#56B4E9",
    "RNN vectors, ColEI spectrum": "#E69F00",
    "ColEI, signed permutation": "#CC79A7",
}
DIRECTIONS, GAIN = "directions in which changes arrive", "gain of a change, per step"


@in_house_style
def directions_and_gain(measured: pd.DataFrame, *, footer: str, steps: int = STEPS) -> Figure:
    """Chapter 9: a line a network: participation ratio of its Jacobian, left, and gain per step, right; a dot
    a draw.

    `measured` is from `networks.measured`.
    """
    names = list(dict.fromkeys(measured.network))
    figure, ((left, right),) = subplots(1, 2, size=(7.6, 1.2 + 0.34 * len(names)), sharey=True)
    for y, name in enumerate(names):
        rows = measured[measured.network == name]
        jitter = np.resize((-0.16, -0.05, 0.05, 0.16), len(rows))
        colour = COLOURS.get(name, NEUTRAL)
        for ax, values in ((left, rows.participation), (right, np.exp(rows.log_gain))):
            ax.scatter(values, y + jitter, s=16, color=colour, alpha=0.6, linewidths=0)
            ax.plot([np.median(values)] * 2, [y - 0.3, y + 0.3], color=colour)
    left.set(yticks=range(len(names)), xscale="log", xlabel=f"{DIRECTIONS}\nafter {steps} steps (1 to N)")
    left.set_yticklabels(names)
    left.invert_yaxis()
    right.axvline(1, color="#999999", linewidth=1, linestyle=":")
    right.set(xlabel=GAIN)
    for ax in (left, right):
        ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    plain_axis(left.xaxis)
    provenance(figure, footer)
    return figure


@in_house_style
def through_steps(tables: Mapping[str, pd.DataFrame], *, footer: str) -> Figure:
    """Chapter 9: participation ratio and gradient ratio over so many steps; `tables` from
    `networks.over_steps`.
    """
    figure, ((left, right),) = subplots(1, 2, size=(7.6, 3.4))
    for name, table in tables.items():
        style = dict(color=COLOURS.get(name, NEUTRAL), label=name, marker="o", markersize=3)
        left.plot(table.steps, table.participation, **style)
        right.plot(table.steps, table.gradient_ratio, **style)
    left.set(xlabel="steps", ylabel=DIRECTIONS, yscale="log")
    right.set(xlabel="steps back from the end", ylabel="gradient, over that at the end", yscale="log")
    plain_axis(left.yaxis)
    left.legend(fontsize=8)
    provenance(figure, footer)
    return figure


@in_house_style
def while_learning(archive: Archive) -> Figure:
    """Chapter 9: participation ratio, gain per step and test error over updates; a line a run that kept its
    mechanism.

    Raises: ValueError if the archive's runs kept none.
    """
    curves = measured_curves(archive)
    figure, (axes,) = subplots(1, 3, size=(9.4, 3.4))
    shown = set()
    for run in archive.runs.itertuples():
        curve = curves[curves.run_id == run.run_id]
        words = network_name(run)
        style = dict(color=COLOURS.get(words, NEUTRAL), alpha=0.8, linewidth=1.1)
        for ax, values in zip(axes, (curve.participation, np.exp(curve.log_gain), 100 * curve.test_error)):
            ax.plot(curve["update"], values, **style, label=None if words in shown else words)
        shown.add(words)
    for ax, title in zip(axes, (DIRECTIONS, GAIN, "test error (%)")):
        ax.set(title=title, xlabel="updates")
    axes[0].set_yscale("log")
    axes[2].set_yscale("log")
    for ax in (axes[0], axes[2]):
        plain_axis(ax.yaxis, minor="2357")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=8)
    provenance(figure, archive.provenance)
    return figure


def measured_curves(archive: Archive) -> pd.DataFrame:
    """Chapter 9: the curves of runs that measured their mechanism, in order of updates.

    Raises: ValueError if the archive's runs did not.
    """
    if "participation" not in archive.curves:
        raise ValueError(f"archive: expected runs that kept their mechanism, got {archive.experiment.name}")
    return archive.curves.sort_values("update")


def network_name(run) -> str:
    """Chapter 9: the name that `networks.VARIANTS` has for an archived run's network."""
    if isinstance(run.start, str):
        return (
            "ColEI, signed permutation"
            if run.start == "permutation"
            else label({"kind": run.kind, "start": run.start})
        )
    if isinstance(run.vectors, str):
        return label(dict(kind=run.kind, vectors=run.vectors, spectrum=run.spectrum))
    return label(dict(kind=run.kind))


@in_house_style
def radius_and_theory(
    drawn: Mapping[str, np.ndarray], predicted: Mapping[str, np.ndarray], *, footer: str
) -> Figure:
    """Chapter 9: distribution functions of rho / R: drawn matrices (thin) and the random series, a colour a
    case.
    """
    figure, ((ax,),) = subplots(size=(6.4, 3.8))
    for k, (name, values) in enumerate(drawn.items()):
        colour, values = f"C{k}", np.sort(values)
        ax.step(values, (np.arange(len(values)) + 0.5) / len(values), color=colour, linewidth=1, label=name)
        series = np.sort(predicted[name])
        ax.plot(series, (np.arange(len(series)) + 0.5) / len(series), color=colour, linewidth=2.6, alpha=0.4)
    ax.axvline(1, color="#999999", linewidth=1, linestyle=":")
    high = max(np.quantile(values, 0.97) for values in drawn.values())
    ax.set(
        xlabel=r"spectral radius over that of the disc, $\rho / R$",
        ylabel="share of matrices below",
        xlim=(0.7, high),
    )
    ax.legend(fontsize=8, title="thin: drawn; broad: theory", title_fontsize=8)
    provenance(figure, footer)
    return figure


@in_house_style
def predictors_left_out(compared: pd.DataFrame, *, footer: str) -> Figure:
    """Chapter 9: r^2 of designs that a line through the others predicts, with its interval;
    `predictors.compare`.
    """
    table = compared.sort_values(LEFT_OUT)
    figure, ((ax,),) = subplots(size=(7.0, 1.2 + 0.36 * len(table)))
    for y, row in enumerate(table.itertuples()):
        value = row[1]
        low, high = max(row.low, -1), min(row.high, 1)
        ax.plot([low, high], [y, y], color=NEUTRAL, linewidth=1.2)
        ax.plot(
            max(value, -1),
            y,
            "o",
            color=KIND_STYLE["colei"]["color"] if value == table.iloc[:, 0].max() else NEUTRAL,
        )
    ax.axvline(0, color="#999999", linewidth=1, linestyle=":")
    ax.set(
        yticks=range(len(table)),
        xlim=(-1.05, 1.05),
        xlabel=f"{LEFT_OUT} (below 0: worse than a mean)",
    )
    ax.set_yticklabels(table.index)
    provenance(figure, footer)
    return figure


@in_house_style
def errors_in_one_cell(table: pd.DataFrame, *, footer: str) -> Figure:
    """Chapter 9: test error against H within one size and share, a dot a run; `table`: H, error (%), law."""
    figure, ((ax,),) = subplots(size=(5.6, 3.6))
    for marker, (law, rows) in zip("os^", table.groupby("law", sort=False)):
        ax.scatter(
            rows.H,
            rows.error,
            marker=marker,
            s=22,
            alpha=0.7,
            linewidths=0,
            label=starts.get("colei", law).words,
        )
    ax.set(xlabel="normalised SVD entropy $H$ at the start", ylabel="test error (%)", yscale="log")
    plain_axis(ax.yaxis, minor="2357")
    ax.legend()
    provenance(figure, footer)
    return figure


@in_house_style
def two_spectra(s: np.ndarray, of_jacobians: np.ndarray, steps: int) -> Figure:
    """Chapter 9: singular values over the largest, by rank: of W `(n,)`, and of each sequence's Jacobian `(B,
    n)`.
    """
    figure, ((ax,),) = subplots(size=(5.6, 3.2))
    rank = np.arange(1, len(s) + 1)
    alive = of_jacobians[of_jacobians[:, 0] > 0]
    for k, values in enumerate(alive):
        words = "Jacobians" if k == 0 else None
        ax.plot(rank, values / values[0], color=NEUTRAL, linewidth=0.6, alpha=0.4, label=words)
    ax.plot(rank, s / s[0], color=KIND_STYLE["colei"]["color"], label="$W$")
    ax.set(yscale="log", ylim=(1e-6, 1.6), xlabel="rank", ylabel="singular value over the largest")
    ax.set_title(f"one step, and {steps} of them" if steps > 1 else "one step")
    ax.legend()
    return figure
