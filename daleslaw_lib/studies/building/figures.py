r"""Figures of chapter 2: what the matrices of each kind are made of, and what an update does to them.

As in `figures`: functions of arrays that return a closed matplotlib `Figure`. No torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ...figures.matrices import draw_weights
from ...figures.style import (
    EXCITATORY,
    INHIBITORY,
    KIND_STYLE,
    NEUTRAL,
    in_house_style,
    plain_axis,
    subplots,
)

PART_STYLE = {
    "W_ix": {"color": EXCITATORY, "marker": "o", "label": "through $W_{ix}$"},
    "W_ei": {"color": INHIBITORY, "marker": "s", "label": "through $W_{ei}$"},
}


def _image(ax, W: np.ndarray, limit: float, title: str) -> None:
    draw_weights(ax, W, limit)
    ax.set_title(title)


@in_house_style
def excitation_and_inhibition(parts: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Chapter 2: a row a kind: excitation `(n, n)`, inhibition `(n, n)` (entries <= 0), and W, their sum.

    Each row has a colour scale of its own, of square roots.
    """
    figure, axes = subplots(len(parts), 3, size=(6.3, 2.15 * len(parts) + 0.25))
    for row, (kind, (excitation, inhibition)) in zip(axes, parts.items()):
        limit = max(np.abs(excitation).max(), np.abs(inhibition).max(), 1e-12)
        label = KIND_STYLE[kind]["label"]
        _image(row[0], excitation, limit, "excitation")
        _image(row[1], inhibition, limit, "+ inhibition")
        _image(row[2], excitation + inhibition, limit, "= effective W")
        row[0].set_ylabel(f"{label}\nreceiving unit", color=KIND_STYLE[kind]["color"])
    for ax in axes[-1]:
        ax.set_xlabel("sending unit")
    return figure


@in_house_style
def circuit(synapses: np.ndarray, n: int, W: np.ndarray) -> Figure:
    """Chapter 2: every synapse of a DANN layer, interneurons included, beside the matrix they fold into.

    Shapes: `synapses (n + n_i, n + n_i)`, the n excitatory units first; `W (n, n)`.
    """
    total = len(synapses)
    figure, ((left, right),) = subplots(1, 2, size=(7.0, 3.7), width_ratios=(total, n))
    limit = np.abs(synapses).max()
    _image(left, synapses, limit, "all synapses")
    _image(right, W, limit, "folded: W")
    left.axhline(n - 0.5, color="black", linewidth=0.9)
    left.axvline(n - 0.5, color="black", linewidth=0.9)
    centres, names = [(n - 1) / 2, (n + total - 1) / 2], ["E units", "inter-\nneurons"]
    left.set_xticks(centres, names)
    left.set_yticks(centres, names, rotation=90, va="center")
    left.tick_params(length=0)
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.85, "linewidth": 0}
    blocks = [["$W_{ex}$", "$-W_{ei}$"], ["$W_{ix}$", "0"]]
    for i, row in enumerate(blocks):
        for j, name in enumerate(row):
            left.text(centres[j], centres[i], name, ha="center", va="center", bbox=box)
    left.set(xlabel="from", ylabel="to")
    right.set(xlabel="from E units", ylabel="to E units")
    return figure


@in_house_style
def step_shares(
    sizes: Sequence[int],
    plain: Mapping[str, np.ndarray],
    corrected: Mapping[str, np.ndarray],
) -> Figure:
    """Chapter 2: how far one SGD step moves W through each inhibitory part, relative to W_ex, against the
    size.

    Shapes: `plain[part]`, `corrected[part]`: `(sizes, draws)`. Lines are medians, bands reach from
            the smallest to the largest draw.
    """
    figure, ((ax,),) = subplots(size=(6.2, 3.9))
    ax.axhline(1, color=NEUTRAL, linewidth=0.9, linestyle=":")
    ax.text(
        sizes[-1], 1.1, "as far as through $W_{ex}$", fontsize=8.5, color=NEUTRAL, ha="right"
    )  # fmt: skip
    for values, linestyle, name in ((plain, "-", "plain SGD"), (corrected, "--", "corrected")):
        for part, style in PART_STYLE.items():
            label = f"{style['label']}, {name}"
            ax.fill_between(
                sizes, values[part].min(1), values[part].max(1),
                color=style["color"], alpha=0.15, linewidth=0,
            )  # fmt: skip
            ax.plot(sizes, np.median(values[part], 1), linestyle=linestyle, **style | {"label": label})
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(sizes, [str(n) for n in sizes])
    plain_axis(ax.yaxis)
    ax.minorticks_off()
    ax.set_xlabel("units N")
    ax.set_ylabel("change of W in one step,\nrelative to that through $W_{ex}$")
    figure.legend(
        *ax.get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=8.5,
        handlelength=3.5,
    )  # fmt: skip
    return figure


@in_house_style
def learning_curves(curves: Mapping[str, tuple[Sequence[int], np.ndarray, Mapping]]) -> Figure:
    """Chapter 2: test error against updates: `label -> (updates, errors (rows, members), line style)`.

    A thick line is the median of the members, each thin line is one of them.
    """
    figure, ((ax,),) = subplots(size=(6.2, 3.4))
    for label, (updates, errors, style) in curves.items():
        errors = np.asarray(errors)
        ax.plot(updates, errors, **style | {"linewidth": 0.7, "alpha": 0.45, "label": None})
        ax.plot(updates, np.median(errors, 1), **style | {"linewidth": 2.4, "label": label})
    ax.set_ylim(0, 1)
    ax.set_xlim(0, max(updates[-1] for updates, _, _ in curves.values()))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    ax.set(xlabel="updates", ylabel="test error")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(curves))
    return figure


@in_house_style
def column_signs(matrices: Mapping[str, np.ndarray]) -> Figure:
    """Chapter 2: share of a column's nonzero weights that are positive, columns sorted; `(M, n, n)` by kind.

    Thin lines are members, the thick one their median. Dale's law by columns: only 0 and 1.
    """
    figure, ((ax,),) = subplots(size=(6.2, 3.4))
    for kind, W in matrices.items():
        positive, negative = (W > 0).sum(-2), (W < 0).sum(-2)
        share = positive / np.maximum(positive + negative, 1)  # (M, n)
        share = np.sort(np.where(positive + negative > 0, share, np.nan), -1)[:, ::-1]
        rank = np.arange(1, share.shape[1] + 1)
        style = KIND_STYLE[kind]
        ax.plot(rank, share.T, **style | {"linewidth": 0.7, "alpha": 0.4, "label": None})
        ax.plot(rank, np.median(share, 0), **style | {"linewidth": 2.4})
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xlim(1, rank[-1])
    ax.set_ylim(-0.04, 1.04)
    ax.set(xlabel="column of W, most positive first", ylabel="positive weights\nin the column")
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(matrices))
    return figure
