"""All learning claims as one picture, for pages that show no HTML of ours: the README, and the PDF."""

from __future__ import annotations

import math

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..evidence.claims import Finding
from ..evidence.forest import HIGH, LOW, TICKS, by_figure
from ..evidence.verdicts import VERDICTS
from .style import in_house_style, subplots
from .vectors import PHONE, SMALL, wrapped

COLOURS = {
    "reproduced": "#00785a",
    "larger": "#0062a0",
    "smaller": "#8a5a00",
    "contradicted": "#b03a10",
    "undecided": "#68707a",
}
MARKERS = {"reproduced": "o", "larger": "^", "smaller": "v", "contradicted": "X", "undecided": "o"}


TALL_LINE, TALL_MARK = 0.16, 0.34  # inches on a phone: of a line of words, of a row's marks
LETTERS = 46  # of a line of words on a phone
WIDE = 44  # of a claim beside its row


@in_house_style
def forest(findings: list[Finding]) -> Figure:
    """A row a claim about learning, by figure: interval and point by verdict, the paper's effect as a bar.

    Effects are ratios of errors, the claim's way above one; what is not a ratio is left out. A phone has a
    form of its own, with each claim above its row.
    """
    ratios = [f for f in findings if f.claim.learning and f.claim.test == "log"]
    rows = [(figure, f) for figure, group in by_figure(ratios).items() for f in group]
    firsts = [k == 0 or rows[k - 1][0] != figure for k, (figure, _) in enumerate(rows)]
    labels = [
        f"{_place(figure)}: {f.claim.text}" if first else f.claim.text
        for first, (figure, f) in zip(firsts, rows)
    ]
    labels = [wrapped(label, WIDE) for label in labels]
    fig, ((ax,),) = subplots(size=(7.2, 0.36 * len(rows) + 1.1))
    for y, (_, f) in enumerate(rows):
        _row(ax, y, 0.32, f)
    _axis(ax)
    ax.set(ylim=(len(rows) - 0.4, -0.6), yticks=range(len(rows)), yticklabels=labels)
    ax.tick_params(axis="y", length=0, labelsize=SMALL)
    _legend(fig, ncols=6, fontsize=SMALL, columnspacing=1.0, handletextpad=0.2)
    fig.on_a_phone = lambda: _below_each_other(rows)
    return fig


@in_house_style
def _below_each_other(rows: list[tuple[str, Finding]]) -> Figure:
    """The same on a phone: each claim in lines of its own, its interval below them."""
    fig, ((ax,),) = subplots(size=(PHONE, 1.0))
    y, figure_before = 0.0, ""
    for figure, f in rows:
        heading = f"{_place(figure)}\n" if figure != figure_before else ""
        words = wrapped(f.claim.text, LETTERS)
        if heading:
            y += TALL_LINE / 2
            ax.text(
                0,
                y,
                heading.strip(),
                transform=ax.get_yaxis_transform(),
                va="top",
                fontsize=SMALL,
                weight="bold",
            )
            y += TALL_LINE
        ax.text(0, y, words, transform=ax.get_yaxis_transform(), va="top", fontsize=SMALL)
        y += TALL_LINE * (words.count("\n") + 1)
        _row(ax, y + 0.4 * TALL_MARK, 0.3 * TALL_MARK, f)
        y, figure_before = y + TALL_MARK, figure
    _axis(ax)
    ax.set(ylim=(y + TALL_LINE / 2, 0), yticks=[])
    ax.spines["left"].set_visible(False)
    _legend(fig, ncols=3, fontsize=SMALL, columnspacing=0.8, handletextpad=0.2)
    fig.set_figheight(y + 1.3)
    return fig


def _place(figure: str) -> str:
    """Where a claim stands in the paper, as a reader would call it."""
    return f"Fig. {figure}" if figure[0].isdigit() else figure.capitalize()


def _row(ax, y: float, half: float, f: Finding) -> None:
    """A claim's interval, its point by verdict, and the paper's effect, a bar of twice `half`."""
    colour = COLOURS[f.verdict]
    if f.claim.published is not None:
        ax.plot([_within(f.claim.published)] * 2, [y - half, y + half], color="#222222", lw=2)
    if not f.n:
        return
    filled = colour if f.verdict != "undecided" else "white"
    ax.plot([_within(f.effect.low), _within(f.effect.high)], [y, y], color=colour, lw=1.6)
    ax.plot(_within(f.effect.mean), y, MARKERS[f.verdict], color=colour, markerfacecolor=filled, markersize=6)


def _axis(ax) -> None:
    ax.axvline(0, color="#999999", lw=0.8, ls=":")
    ax.set(
        xlim=(LOW, HIGH), xticks=[math.log(t) for t in TICKS], xticklabels=[f"\u00d7 {t:g}" for t in TICKS],
        xlabel="ratio of errors, as claimed to the right",
    )  # fmt: skip


def _legend(fig: Figure, **how) -> None:
    handles = [
        Line2D(
            [], [], ls="", marker=MARKERS[verdict], color=COLOURS[verdict], label=verdict,
            markerfacecolor=COLOURS[verdict] if verdict != "undecided" else "white",
        )
        for verdict in VERDICTS
    ]  # fmt: skip
    paper = dict(ls="", marker="|", color="#222222", markersize=9, markeredgewidth=2, label="the paper")
    fig.legend(handles=[*handles, Line2D([], [], **paper)], loc="outside upper center", frameon=False, **how)


def _within(effect: float) -> float:
    return min(max(effect, LOW), HIGH)
