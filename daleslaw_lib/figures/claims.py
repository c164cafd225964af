"""All learning claims as one picture, for pages that show no HTML of ours: the README, and the PDF."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from ..evidence.claims import Finding
from ..evidence.forest import HIGH, LOW, TICKS, by_figure
from ..evidence.verdicts import VERDICTS
from .style import in_house_style, subplots

COLOURS = {
    "reproduced": "#00785a",
    "larger": "#0062a0",
    "smaller": "#8a5a00",
    "contradicted": "#b03a10",
    "undecided": "#68707a",
}
MARKERS = {"reproduced": "o", "larger": "^", "smaller": "v", "contradicted": "X", "undecided": "o"}


@in_house_style
def forest(findings: list[Finding]) -> Figure:
    """A row a claim, by figure: interval and point by verdict, the paper's effect as a bar.

    Effects are ratios of errors, the claim's way above one; what is not a ratio is left out.
    """
    shown = [f for f in findings if f.claim.learning and f.claim.test == "log"]
    shown = [f for f in shown if f.scale or not f.claim.ours]
    rows, labels = [], []
    for figure, group in by_figure(shown).items():
        rows += group
        labels += [f"{figure}   {f.claim.text}" if k == 0 else f.claim.text for k, f in enumerate(group)]
    fig, ((ax,),) = subplots(size=(10, 0.26 * len(rows) + 1.1))
    for y, f in enumerate(rows):
        colour = COLOURS[f.verdict]
        if f.claim.published is not None:
            ax.plot([_within(f.claim.published)] * 2, [y - 0.32, y + 0.32], color="#222222", lw=2)
        if f.scale is None:
            continue
        ax.plot([_within(f.effect.low), _within(f.effect.high)], [y, y], color=colour, lw=1.6)
        filled = colour if f.verdict != "undecided" else "white"
        ax.plot(
            _within(f.effect.mean), y, MARKERS[f.verdict], color=colour, markerfacecolor=filled, markersize=6
        )
    for verdict in VERDICTS:
        filled = COLOURS[verdict] if verdict != "undecided" else "white"
        ax.plot(
            [], [], MARKERS[verdict], color=COLOURS[verdict], markerfacecolor=filled, label=verdict,
        )  # fmt: skip
    ax.plot([], [], "|", color="#222222", markersize=9, markeredgewidth=2, label="the paper")
    ax.axvline(0, color="#999999", lw=0.8, ls=":")
    ax.set(
        xlim=(LOW, HIGH), ylim=(len(rows) - 0.4, -0.6), yticks=range(len(rows)), yticklabels=labels,
        xticks=[math.log(t) for t in TICKS], xticklabels=[f"x {t:g}" for t in TICKS],
        xlabel="ratio of errors, as claimed to the right (95 % interval)",
    )  # fmt: skip
    ax.tick_params(axis="y", length=0, labelsize=8)
    fig.legend(loc="outside upper center", ncols=6, frameon=False, fontsize=8)
    return fig


def _within(effect: float) -> float:
    return min(max(effect, LOW), HIGH)
