"""Figures of learning: error against updates, every seed, with the paper's numbers beside."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .figures import HOUSE, KIND_MARKER, KIND_STYLE, provenance, subplots
from .initialisation import KINDS
from .learning_spectra import courses
from .results import Archive, under

QUANTITIES = {  # a factor, and what is then read
    "test_error": (100, "test error (%)"),
    "test_loss": (1, "test loss (nats)"),
    "train_loss": (1, "training loss (nats)"),
    "test_perplexity": (1, "test perplexity"),
    "test_carried_perplexity": (1, "test perplexity, state carried"),
}


def quantity_label(archive: Archive, quantity: str) -> str:
    """The axis label of a quantity, with its unit in this archive's task."""
    words = QUANTITIES[quantity][1]
    return words.replace("nats", "mean squared error") if set(archive.runs.task) == {"adding"} else words


def curves_by_kind(archive: Archive, preset: str, quantity: str, **where) -> dict[str, pd.DataFrame]:
    """For each kind, a table of the quantity: a row an evaluation (index: update), a column a seed.

    `where`: fields of the runs and the values they must have, if there are several conditions a kind.

    Raises: ValueError if a kind has several runs of one seed: say which with `where`.
    """
    runs = under(archive.runs, preset)
    for name, value in where.items():
        runs = runs[runs[name].isna() if value is None else runs[name] == value]
    if runs.duplicated(["kind", "seed"]).any():
        raise ValueError(f"where: expected to leave one run a kind and seed, got several with {where}")
    curves = archive.curves.merge(runs[["run_id", "kind", "seed"]], on="run_id")
    return {
        kind: QUANTITIES[quantity][0] * group.pivot(index="update", columns="seed", values=quantity)
        for kind in KINDS
        if len(group := curves[curves.kind == kind])
    }


@mpl.rc_context(HOUSE)
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
            found = curves_by_kind(archive, preset, quantity, kind="rnn") | found
        for kind, table in found.items():
            _curve(ax, kind, table[table.index >= first_update])
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
            plain_log_axis(ax)
    axes[-1].legend(loc="upper right", ncols=2 if len(values) > 1 else 4)
    provenance(figure, archive.provenance)
    return figure


PANEL_TITLES = {
    "ei_ratio": lambda ratio: f"{100 / (ratio + 1):.0f} % inhibitory units",
    "hidden": lambda n: f"{n:,} units",
    "layers": lambda n: f"{n} layer{'s' if n > 1 else ''}",
}


def _curve(ax, kind, table):
    style = KIND_STYLE[kind]
    ax.plot(table.index, table.to_numpy(), color=style["color"], linewidth=0.6, alpha=0.45)
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


def plain_log_axis(ax) -> None:
    """Plain numbers, and more of them, on a logarithmic y axis."""
    ax.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda y, _: f"{y:g}"))
    ax.yaxis.set_minor_formatter(
        mpl.ticker.FuncFormatter(lambda y, _: f"{y:g}" if f"{y:e}"[0] in "235" else "")
    )
    ax.grid(axis="y", which="both", color="#e8e8e8", linewidth=0.5)


@mpl.rc_context(HOUSE)
def final_dots(rows, *, xlabel: str, footer: str, log: bool = False) -> Figure:
    """A line a condition: every run (dots), their mean with its 95 % interval, and the paper's number.

    `rows` are `summary.Row`s; `footer` is the archive's provenance.
    """
    figure, ((ax,),) = subplots(size=(7.2, 1.1 + 0.42 * len(rows)))
    shown = False
    for y, row in enumerate(rows):
        e, style = row.estimate, KIND_STYLE[row.kind]
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
        ax.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{x:g}"))
    else:
        ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    ax.set_xlabel(xlabel)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.5)
    if shown:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    provenance(figure, footer)
    return figure


@mpl.rc_context(HOUSE)
def spectrum_beside_learning(
    singular_values: dict[str, np.ndarray], archive: Archive, *, preset: str = "corrected"
) -> Figure:
    """Left, singular values at the start by rank; right, what learning makes of it.

    `singular_values[kind]` is `(seeds, N)`, largest first, of the very networks whose curves are shown.
    """
    figure, (axes,) = subplots(1, 2, size=(7.6, 3.5))
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
    axes[1].set(yscale="log", xlabel="update", ylabel=QUANTITIES["test_error"][1])
    axes[1].set_title("learning: row-sequential MNIST")
    axes[1].xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    plain_log_axis(axes[1])
    axes[1].legend(loc="upper right")
    provenance(figure, archive.provenance)
    return figure


@mpl.rc_context(HOUSE)
def spectra_while_learning(archive: Archive, *, seed: int) -> Figure:
    """Of one seed: singular values before learning (broad, pale) and after it; entropy and test error.

    Raises: ValueError if the archive's runs kept no spectra, or there is none of this seed.
    """
    found = [course for course in courses(archive) if course.seed == seed]
    if not found:
        raise ValueError(f"seed: expected one of {sorted(set(archive.runs.seed))}, got {seed!r}")
    figure = subplots(size=(7.6, 5.4))[0]
    figure.clear()
    panels = figure.subfigures(2, 1, height_ratios=(1.1, 1))
    above = panels[0].subplots(1, len(found), sharey=True, squeeze=False)[0]
    for ax, course in zip(above, found):
        style, rank = KIND_STYLE[course.kind], np.arange(1, course.s.shape[1] + 1)
        ax.plot(rank, course.s[0], color=style["color"], linewidth=4, alpha=0.3, label="before learning")
        ax.plot(rank, course.s[-1], color=style["color"], label="after")
        ax.set(xscale="log", yscale="log", ylim=(0.01, 20), xlabel="rank", title=style["label"])
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    above[0].set_ylabel("singular value")
    above[0].legend(loc="lower left", fontsize=8)
    below = panels[1].subplots(1, 2)
    for ax, quantity, words in zip(below, ("entropy", "error"), ("entropy H", "test error (%)")):
        for course in found:
            ax.plot(course.update, getattr(course, quantity), **KIND_STYLE[course.kind])
        ax.set(xlabel="update", ylabel=words)
        first, last = course.update[1], course.update[-1]
        ax.set_xscale("symlog", linthresh=first, linscale=0.3)  # log 0 has no place
        ax.set_xticks([0, *(10**k for k in range(1, 6) if 2 * first < 10**k < last)])
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    below[1].set_yscale("log")
    plain_log_axis(below[1])
    below[1].legend(loc="lower left")
    provenance(figure, archive.provenance)
    return figure
