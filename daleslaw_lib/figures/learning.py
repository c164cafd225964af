"""Figures of learning: error against updates, every seed, with the paper's numbers beside."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..archive.reading import Archive, under
from ..checks import one_of
from ..evidence.summary import QUANTITIES, Row, by_update, final_label, matching
from ..evidence.summary import rows as summary_rows
from ..initialisation.draw import KINDS
from ..initialisation.populations import share
from ..tasks import TASKS
from .style import KIND_MARKER, KIND_STYLE, in_house_style, plain_axis, provenance, subplots

MANY = 50  # seeds, above which learning curves are drawn as a median and a band


def quantity_label(archive: Archive, quantity: str) -> str:
    """The axis label of a quantity, with its unit in this archive's task."""
    one = QUANTITIES[quantity]
    units = {TASKS[task].unit for task in set(archive.runs.task)} if one.is_loss else set()
    return f"{one.words} ({units.pop()})" if len(units) == 1 else one.words


def curves_by_kind(archive: Archive, preset: str, quantity: str, **where) -> dict[str, pd.DataFrame]:
    """What learning curves are drawn from: for each kind a table, a row an evaluation, a column a seed.

    `where`: fields of the runs and the values they must have, if there are several conditions a kind.

    Raises: ValueError for an unknown field, or if a kind has several runs of one seed: say which with
            `where`.
    """
    runs = matching(under(archive.runs, preset), where)
    if runs.duplicated(["kind", "seed"]).any():
        raise ValueError(f"where: expected to leave one run a kind and seed, got several with {where}")
    if len(runs):
        one_of("quantity", quantity, [name for name in QUANTITIES if name in archive.curves])
    return {
        kind: by_update(archive.curves, mine, quantity)
        for kind in KINDS
        if len(mine := runs[runs.kind == kind])
    }


@in_house_style
def learning_curves(
    archive: Archive,
    *,
    preset: str = "corrected",
    quantity: str | None = None,
    log: bool = True,
    first_update: int = 1,
    panels: str | None = None,
) -> Figure:
    """Median (thick) and every seed (thin) by kind; at the right, the paper's final figures as marks.

    Not all seeds are evaluated at the same updates: for the median each lies on a line between its own.
    `quantity=None` takes the experiment's own. `panels`: a field of the runs with a panel for each of
    its values; an RNN has no E:I ratio, and stands in every panel of that.
    """
    quantity = quantity or archive.experiment.quantity
    values = [None] if panels is None else sorted(under(archive.runs, preset)[panels].unique(), reverse=True)
    figure, (axes,) = subplots(1, len(values), size=(7.2 if len(values) == 1 else 9.6, 4.2), sharey=True)
    for ax, value in zip(axes, values):
        where = {} if panels is None else {panels: value}
        found = curves_by_kind(archive, preset, quantity, **where)
        if panels == "ei_ratio":
            for kind in (name for name, kind in KINDS.items() if not kind.draw.RATIO):
                found = curves_by_kind(archive, preset, quantity, kind=kind) | found
        for kind, table in found.items():
            seeds_and_median(ax, kind, table[table.index >= first_update])
        if quantity == archive.experiment.quantity:
            _published_marks(ax, archive, where)
        if value is not None:
            ax.set_title(PANEL_TITLES[panels](value))
        ax.set(xlabel="update", ylabel=quantity_label(archive, quantity) if ax is axes[0] else "")
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
        ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(6 if len(values) == 1 else 3))
    if log:
        axes[0].set_yscale("log")
        for ax in axes:
            plain_axis(ax.yaxis, minor="235", grid=True)
    axes[-1].legend(loc="upper right", ncols=2 if len(values) > 1 else 4)
    provenance(figure, archive.provenance)
    return figure


PANEL_TITLES = {
    "ei_ratio": lambda ratio: f"{share(ratio):.0f} % inhibitory units",
    "hidden": lambda n: f"{n:,} units",
    "layers": lambda n: f"{n} layer{'s' if n > 1 else ''}",
}


def seeds_and_median(ax, kind: str, table: pd.DataFrame) -> None:
    """Draw what `curves_by_kind` has of one kind: every seed (thin), or a band for many, and the median."""
    style, seeds = KIND_STYLE[kind], [column.dropna() for _, column in table.items()]
    table = table.interpolate(method="index", limit_area="inside")
    if len(seeds) > MANY:  # so many lines are a blot: a band that holds eight runs in ten
        low, high = (table.quantile(q, axis=1) for q in (0.1, 0.9))
        ax.fill_between(table.index, low, high, color=style["color"], alpha=0.18, linewidth=0)
    else:
        for seen in seeds:
            ax.plot(seen.index, seen, color=style["color"], linewidth=0.6, alpha=0.45)
    ax.plot(table.index, table.median(axis=1), **style)


def _published_marks(ax, archive, where):
    last, shown = archive.runs.updates.max(), False
    for p in archive.experiment.published:
        kind = p.where.get("kind")
        if kind is None or any(p.where.get(name, value) != value for name, value in where.items()):
            continue
        style = dict(marker=KIND_MARKER[kind], color=KIND_STYLE[kind]["color"], markeredgecolor="black")
        text = None if shown else "paper"
        ax.plot(last * 1.035, p.value, **style, linestyle="none", markersize=8, clip_on=False, label=text)
        shown = True
    if shown:
        ax.set_xlim(right=last * 1.06)


@in_house_style
def final_dots(
    rows: Archive | Sequence[Row], *, xlabel: str | None = None, footer: str | None = None, log: bool = False
) -> Figure:
    """A line a condition: every run (dots), their mean with its 95 % interval, and the paper's number.

    An archive shows its rows, `final_label` and provenance; for other rows give `xlabel` and `footer`.
    """
    if isinstance(rows, Archive):
        xlabel, footer = xlabel or final_label(rows), footer or rows.provenance
        rows = summary_rows(rows)
    figure, ((ax,),) = subplots(size=(7.2, 1.1 + 0.42 * len(rows)))
    shown = False
    for y, row in enumerate(rows):
        e, style = row.estimate, KIND_STYLE[row.kind]
        if not e.n:  # a line without a run says so in its name
            continue
        jitter = np.linspace(-0.14, 0.14, e.n) if e.n < 10 else np.resize((-0.14, -0.05, 0.05, 0.14), e.n)
        ax.scatter(e.values, y + jitter, s=18, color=style["color"], alpha=0.6, linewidths=0)
        ax.plot(
            [max(e.low, min(e.values) / 2) if log else e.low, e.high], [y + 0.3] * 2, color=style["color"]
        )
        ax.plot(e.mean, y + 0.3, marker="|", color=style["color"], markersize=9, markeredgewidth=2.5)
        if row.published:
            ax.plot(row.published, [y] * len(row.published), marker="D", color="white", linestyle="none",
                    markeredgecolor="black", markersize=7, label=None if shown else "paper")  # fmt: skip
            shown = True
    ax.set_yticks(range(len(rows)), [row.label for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    if log:
        ax.set_xscale("log")
        plain_axis(ax.xaxis)
    else:
        ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    ax.set_xlabel(xlabel)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    if shown:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    provenance(figure, footer)
    return figure
