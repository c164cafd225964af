r"""Figures of chapter 5: gains against the initial spectral radius, errors against it, every setting tried.

As in `figures`: functions that return a closed matplotlib `Figure`. No torch. The axis is always the
radius itself, for each kind (E13).
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from ...archive.reading import Archive, under
from ...evidence import summary
from ...figures.style import (
    KIND_MARKER,
    KIND_STYLE,
    NEUTRAL,
    in_house_style,
    plain_axis,
    provenance,
    subplots,
)
from ...figures.vectors import PHONE, SMALL, wrapped
from ...initialisation.draw import KINDS
from .gains import INITIALISATIONS, predicted_gain

RADIUS = r"initial spectral radius $\rho$"
ROOTS = {1 / np.sqrt(3): "1/√3", 2 / np.sqrt(3): "2/√3", np.sqrt(2): "√2", np.sqrt(8): "2√2"}


def radius_name(rho: float) -> str:
    """Chapter 5: a radius as it is written: 1/√3, √2, 0.7, 13."""
    for value, name in ROOTS.items():
        if np.isclose(rho, value):
            return name
    return f"{rho:g}"


def _radius_axis(ax) -> None:
    ax.set_xscale("log")
    plain_axis(ax.xaxis, subs=(1, 2, 5))
    ax.set_xlabel(RADIUS)


def _name_initialisations(ax) -> None:
    """Dotted lines at the radii of PyTorch's, Xavier's and He's initialisation, named above, the one between
    them a line lower: on a phone they are close.
    """
    for name, rho in INITIALISATIONS.items():
        ax.axvline(rho, color="#999999", linestyle=":", linewidth=1, zorder=0)
        ha, shift = ("left", -4) if name == "He" else ("right", 4 if name == "PyTorch" else -3)
        ax.annotate(
            name, (rho, 1), (shift, -9 if name == "Xavier" else 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha=ha, fontsize=9, color="#555555",
        )  # fmt: skip


# --- gains, no training ----------------------------------------------------------------------------


@in_house_style
def gain_against_radius(gains: Mapping[str, Mapping[float, np.ndarray]], steps: int) -> Figure:
    """Chapter 5: how much a gradient grows over `steps` steps, a dot a drawn network; `gains[kind][rho]
    (draws,)`.

    A panel a kind. The black line is the prediction for independent entries and half of the units active.
    """
    figure, (axes,) = subplots(1, len(gains), size=(2.7 * len(gains), 3.6), sharey=True)
    for ax, (kind, by_radius) in zip(axes, gains.items()):
        style = KIND_STYLE[kind]
        radii = np.array(list(by_radius))
        for rho, values in by_radius.items():
            ax.scatter(np.full(len(values), rho), values, s=9, color=style["color"], alpha=0.45, linewidths=0)
        ax.plot(radii, [np.median(v) for v in by_radius.values()], color=style["color"], label="median")
        ax.plot(radii, predicted_gain(radii, steps), color="black", linewidth=1, linestyle="--",
                label=rf"($\rho$/√2)$^{{{steps}}}$")  # fmt: skip
        ax.axhline(1, color="#999999", linewidth=0.8, zorder=0)
        ax.set(yscale="log")
        ax.set_title(style["label"], pad=18)
        _radius_axis(ax)
        _name_initialisations(ax)
    axes[0].set_ylabel(f"gain of a gradient over {steps} steps")
    axes[0].yaxis.set_major_locator(LogLocator(numticks=7))
    axes[0].legend(loc="lower right", fontsize=9)
    return figure


@in_house_style
def gain_through_time(
    forward: np.ndarray, backward: np.ndarray, s: np.ndarray, kind: str, *, limits=(1e-16, 1e13)
) -> Figure:
    """Chapter 5: forward and backward gains `(draws, T)` by the number of steps; singular values `(draws, N)`
    by rank.

    Lines are drawn networks, the thick one their median. The first axis is the same for every radius.
    """
    figure, (axes,) = subplots(1, 3, size=(8.0, 3.2), width_ratios=(1, 1, 1))
    colour = KIND_STYLE[kind]["color"]
    steps = np.arange(forward.shape[1])
    titles = ("a change travels forward", "a gradient travels back")
    for ax, values, title in zip(axes, (forward, backward), titles):
        ax.plot(steps, values.T, color=colour, linewidth=0.7, alpha=0.5)
        ax.plot(steps, np.median(values, axis=0), color=colour, linewidth=2.4)
        ax.axhline(1, color="#999999", linewidth=0.8, zorder=0)
        ax.set(yscale="log", ylim=limits, xlim=(0, steps[-1]), xlabel="steps", title=title)
        ax.yaxis.set_major_locator(LogLocator(numticks=8))
        ax.yaxis.set_minor_locator(NullLocator())
    axes[0].set_ylabel("gain")
    rank = np.arange(1, s.shape[1] + 1)
    axes[2].plot(rank, s.T, color=colour, linewidth=0.7, alpha=0.5)
    axes[2].set(yscale="log", xscale="log", xlabel="rank", title="singular values", ylim=(3e-3, 1e2))
    for axis in (axes[2].xaxis, axes[2].yaxis):
        plain_axis(axis)
    return figure


# --- what the archive says -------------------------------------------------------------------------


@in_house_style
def error_against_radius(best: Archive, presets: Mapping[str, str]) -> Figure:
    """Chapter 5: final test error against the initial radius: every seed that decides (dots), their
    mean (line), the paper's numbers.

    `best`: an archive with one setting a condition (`summary.best_settings`); `presets`: those to show,
    with the title of their panels.
    """
    figure, (axes,) = subplots(1, len(presets), size=(4.4 * len(presets), 4.0), sharey=True)
    for ax, (preset, title) in zip(axes, presets.items()):
        runs = _with_errors(best, preset)
        for kind in KINDS:
            _error_line(ax, kind, runs[runs.kind == kind])
        for p in best.experiment.published:
            _published_mark(ax, p)
        ax.set(yscale="log")
        ax.set_title(title, pad=18)
        _radius_axis(ax)
        _name_initialisations(ax)
        plain_axis(ax.yaxis, subs=(1, 2, 5), grid=True)
    axes[0].set_ylabel("final test error (%)")
    handles = dict(zip(*reversed(axes[0].get_legend_handles_labels())))
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=len(handles))
    provenance(figure, best.provenance)
    return figure


def _published_mark(ax, p) -> None:
    kind = p.where["kind"]
    style = KIND_STYLE[kind]
    ax.plot(p.where["rho"], p.value, marker=KIND_MARKER[kind], color=style["color"], linestyle="none",
            markeredgecolor="black", markersize=9, label=f"paper, {style['label']}")  # fmt: skip


def _with_errors(best: Archive, preset: str) -> pd.DataFrame:
    """The runs of each kind and radius that decide and did not diverge, with their final `error` (%)."""
    found = []
    for _, group in under(best.runs, preset).groupby(["kind", "rho"], sort=False):
        group = summary.deciding(best, group)
        found.append(group.assign(error=group.seed.map(summary.figure(group, "test_error"))))
    return pd.concat(found).dropna(subset="error")


def _error_line(ax, kind, runs) -> None:
    style = KIND_STYLE[kind]
    ax.scatter(runs.rho, runs.error, s=14, color=style["color"], marker=KIND_MARKER[kind],
               alpha=0.5, linewidths=0)  # fmt: skip
    mean = runs.groupby("rho").error.mean()
    ax.plot(mean.index, mean, **style)


def _setting_name(lr: float, clip: float) -> str:
    return f"lr {lr:.3g}, " + ("no clip" if np.isnan(clip) else f"clip {clip:g}")


@in_house_style
def settings_map(archive: Archive, best: Archive, preset: str) -> Figure:
    """Chapter 5: mean final test error of every (lr, clip) tried, a panel a kind.

    A box is around the one in `best`.

    A cell's number is its error in per cent, over the runs that did not diverge; crosses below it are
    runs that did. On a phone a radius is a row, and what is written fits its cell.
    """
    runs = under(archive.runs, preset)
    kinds = summary.kinds(runs)
    settings = sorted({(lr, clip) for lr, clip in zip(runs.lr, runs["clip"].fillna(np.inf))}, reverse=True)
    height = 0.5 * len(settings) + 0.75
    figure, axes = subplots(len(kinds), 1, size=(9.0, height * len(kinds)))
    for ax, kind in zip(axes[:, 0], kinds):
        image = _settings_panel(ax, runs[runs.kind == kind], best.runs, settings)
        ax.set_title(KIND_STYLE[kind]["label"], color=KIND_STYLE[kind]["color"])
    axes[-1, 0].set_xlabel(RADIUS)
    figure.on_a_phone = lambda: _settings_on_a_phone(archive, runs, best, kinds, settings)
    bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=40, label="mean test error (%)")
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    plain_axis(bar.ax.yaxis)
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    provenance(figure, archive.provenance)
    return figure


@in_house_style
def _settings_on_a_phone(archive, runs, best, kinds, settings) -> Figure:
    """`settings_map` with a row a radius; no bar of colours, as every cell says its number."""
    heights = [runs[runs.kind == kind].rho.nunique() + 2.5 for kind in kinds]
    figure, axes = subplots(len(kinds), 1, size=(PHONE, 0.31 * sum(heights)), height_ratios=heights)
    for ax, kind in zip(axes[:, 0], kinds):
        _settings_panel(ax, runs[runs.kind == kind], best.runs, settings, upright=True)
        ax.set_title(KIND_STYLE[kind]["label"], color=KIND_STYLE[kind]["color"])
        ax.set_ylabel(RADIUS)
    figure.text(0, -0.01, wrapped(archive.provenance, 50), ha="left", va="top", fontsize=SMALL, color=NEUTRAL)
    return figure


def _settings_panel(ax, runs, best, settings, upright=False):
    """A cell for each radius and setting: radii along the axis of x, or, `upright`, of y."""
    radii = sorted(runs.rho.unique())
    errors = np.full((len(settings), len(radii)), np.nan)
    marks = set(best.run_id)
    keyed = runs.assign(setting=[(lr, c) for lr, c in zip(runs.lr, runs["clip"].fillna(np.inf))])
    for (rho, setting), group in keyed.groupby(["rho", "setting"]):
        i, j = settings.index(setting), radii.index(rho)
        alive = group[~group.diverged]
        final = alive[summary.final_column(alive, "test_error")]
        errors[i, j] = 100 * final.mean() if len(alive) else np.nan
        dark = len(alive) and errors[i, j] < 30
        lost = "×" * int(group.diverged.sum())
        text = f"{errors[i, j]:.3g}" if len(alive) else "–"
        text += (" " if upright else "\n") + lost if lost else ""
        x, y = (i, j) if upright else (j, i)
        ax.text(x, y, text, ha="center", va="center",
                fontsize=9, linespacing=0.9, color="white" if dark else "black")  # fmt: skip
        if marks & set(group.run_id):
            ax.add_patch(mpl.patches.Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, fill=False, linewidth=2.2,
                                               edgecolor="black"))  # fmt: skip
    cmap = mpl.colormaps["viridis"].with_extremes(bad="#eeeeee")
    image = ax.imshow(errors.T if upright else errors, cmap=cmap, norm=LogNorm(2, 90), aspect="auto")
    names = [_setting_name(lr, np.nan if np.isinf(clip) else clip) for lr, clip in settings]
    along = [radius_name(r) for r in radii]
    if upright:
        ax.set_yticks(range(len(radii)), along)
        ax.set_xticks(range(len(settings)), [name.replace(", ", "\n") for name in names], fontsize=SMALL)
    else:
        ax.set_xticks(range(len(radii)), along)
        ax.set_yticks(range(len(settings)), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


@in_house_style
def rungs(table: pd.DataFrame, footer: str) -> Figure:
    """Chapter 5: validation error of every setting against the updates it was given; a panel a point.

    `table` is from `halving.rungs`: a line a setting, in the colour of its kind if it was never cut, else
    grey with a cross at the end. Filled marks at the end are the runs at length, a seed each.
    """
    points = list(table.groupby(["kind", "rho"], sort=False))
    figure, axes = subplots(1, len(points), size=(4.2 * len(points), 3.6), sharey=True)
    for ax, ((kind, rho), group) in zip(axes[0], points):
        style = KIND_STYLE[kind]
        for _, runs in group.groupby(["lr", "clip"], dropna=False):
            tried = runs[runs.updates < group.updates.max()].sort_values("updates")
            gone = tried[~tried.kept]
            on = {"color": style["color"], "linewidth": 1.6}
            went = dict(on, zorder=3) if gone.empty else {"color": "#999999", "linewidth": 1.0}
            ax.plot(tried.updates, tried.error, **went)
            ax.plot(gone.updates, gone.error, "x", color="#777777", markersize=6)
        ends = group[group.stage == group.stage.max()]
        left = group[group.kept & (group.updates < ends.updates.max())].nlargest(1, "updates")
        way = pd.concat([left, ends.head(1).assign(error=ends.error.mean())])
        ax.plot(way.updates, way.error, ":", color=style["color"], linewidth=1.2)
        ax.plot(ends.updates, ends.error, KIND_MARKER[kind], color=style["color"], markersize=5)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks(sorted(group.updates.unique()), [f"{u:,}" for u in sorted(group.updates.unique())])
        ax.minorticks_off()
        ax.set_xlabel("updates")
        ax.set_title(f"{style['label']}, radius {radius_name(rho)}", color=style["color"])
    plain_axis(axes[0, 0].yaxis, subs=(1, 2, 3, 5, 7))
    axes[0, 0].set_ylabel("validation error (%)")
    provenance(figure, footer)
    return figure


@in_house_style
def error_against_gain(best: Archive, gains: pd.Series, preset: str, steps: int) -> Figure:
    """Chapter 5: final test error of each run against the gain of the network it started from; every run that
    decides is a mark.

    `gains`: by run_id, as `initial_gains`; `best`: an archive with one setting a condition.
    A gain beyond either end of the axis, such as 0, is drawn at the end.
    """
    reach = (1e-20, 1e18)
    figure, ((ax,),) = subplots(size=(7.2, 4.2))
    runs = _with_errors(best, preset).merge(gains.rename("gain"), left_on="run_id", right_index=True)
    for kind in KINDS:
        rows, style = runs[runs.kind == kind], KIND_STYLE[kind]
        ax.scatter(rows.gain.clip(*reach), rows.error, s=34, color=style["color"],
                   marker=KIND_MARKER[kind], alpha=0.75, linewidths=0, label=style["label"])  # fmt: skip
    ax.axvline(1, color="#999999", linewidth=0.8, zorder=0)
    ax.set(xscale="log", yscale="log", xlim=(reach[0] / 10, reach[1] * 10), ylabel="final test error (%)")
    ax.set_xlabel(f"gain of a gradient over {steps} steps, before learning")
    ax.xaxis.set_major_locator(LogLocator(numticks=9))
    ax.xaxis.set_minor_locator(NullLocator())
    plain_axis(ax.yaxis, subs=(1, 2, 5), grid=True)
    ax.legend(loc="lower left")
    provenance(figure, best.provenance)
    return figure


@in_house_style
def preset_effects(effects: Mapping[str, pd.DataFrame], outliers: Mapping[str, Mapping[float, np.ndarray]],
                   *, footer: str) -> Figure:  # fmt: skip
    """Chapter 5: what a trap of the public code does, by radius: its error less that of the network as
    described.

    Shapes: `effects[kind]`, index rho, a column a seed, in points. `outliers[label][rho] (draws,)`: the
    largest singular value of DANN's W, with W_ix as described and drawn.
    """
    titles = {"rnn": "RNN: signs frozen (E2)", "dann": r"DANN: $W_{ix}$ drawn (E5)"}
    figure, (axes,) = subplots(1, len(effects) + 1, size=(2.75 * (len(effects) + 1), 3.4))
    for ax, (kind, table) in zip(axes, effects.items()):
        style = KIND_STYLE[kind]
        for _, seed in table.items():
            ax.scatter(table.index, seed, s=16, color=style["color"], alpha=0.55, linewidths=0)
        ax.plot(table.index, table.mean(axis=1), color=style["color"])
        ax.axhline(0, color="black", linewidth=0.8, zorder=0)
        ax.set_title(titles[kind])
        ax.grid(axis="y", color="#e8e8e8", linewidth=0.5)
        _radius_axis(ax)
    reach = 1.1 * max(np.nanmax(np.abs(table.to_numpy())) for table in effects.values())
    for ax in axes[:-1]:
        ax.set_ylim(-reach, reach)
    axes[0].set_ylabel("faithful less corrected,\ntest error (points)")
    for (label, by_radius), colour in zip(outliers.items(), (KIND_STYLE["dann"]["color"], NEUTRAL)):
        radii = list(by_radius)
        for rho in radii:
            axes[-1].scatter([rho] * len(by_radius[rho]), by_radius[rho], s=9, color=colour, alpha=0.4,
                             linewidths=0)  # fmt: skip
        axes[-1].plot(radii, [np.median(by_radius[rho]) for rho in radii], color=colour, label=label,
                      linestyle="-" if colour != NEUTRAL else "--")  # fmt: skip
    axes[-1].set(yscale="log", title="DANN: largest sing. value")
    plain_axis(axes[-1].yaxis, subs=(1, 2, 5), grid=True)
    _radius_axis(axes[-1])
    axes[-1].legend(loc="upper left", fontsize=9)
    provenance(figure, footer)
    return figure


@in_house_style
def error_while_learning(archive: Archive, preset: str = "corrected", first: int = 1) -> Figure:
    """Chapter 5: test error against the initial radius after each evaluation: a panel a kind, darker is
    later.

    Lines are means over seeds, dots the seeds.
    """
    curves = archive.curves.merge(under(archive.runs, preset)[["run_id", "kind", "rho", "seed"]], on="run_id")
    curves = curves[curves["update"] >= first].assign(error=100 * curves.test_error)
    updates = sorted(curves["update"].unique())
    kinds = summary.kinds(curves)
    figure, (axes,) = subplots(1, len(kinds), size=(max(4.6, 3.0 * len(kinds)), 3.5), sharey=True)
    for ax, kind in zip(axes, kinds):
        for k, update in enumerate(updates):
            rows = curves[(curves.kind == kind) & (curves["update"] == update)]
            shade = 0.3 + 0.7 * (k + 1) / len(updates)
            mean = rows.groupby("rho").error.mean()
            ax.plot(mean.index, mean, color=KIND_STYLE[kind]["color"], alpha=shade, linewidth=1 + shade,
                    label=f"{update:,} updates")  # fmt: skip
            ax.scatter(rows.rho, rows.error, s=12, color=KIND_STYLE[kind]["color"], alpha=shade, linewidths=0)
        ax.set_title(KIND_STYLE[kind]["label"], pad=18)
        _radius_axis(ax)
        _name_initialisations(ax)
    axes[0].set_ylabel("test error (%)")
    axes[0].set_ylim(bottom=0)
    axes[0].legend(loc="lower left", fontsize=9)
    provenance(figure, archive.provenance)
    return figure


@in_house_style
def curves_by_radius(archive: Archive, kind: str = "rnn", preset: str = "corrected") -> Figure:
    """Chapter 5: test error of one kind while learning, a line an initial radius: mean (thick) and every seed
    (thin).
    """
    runs = under(archive.runs, preset)
    runs = runs[runs.kind == kind]
    radii = sorted(runs.rho.unique())
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.8, len(radii)))
    figure, ((ax,),) = subplots(size=(7.2, 3.8))
    for rho, colour, dashes in zip(radii, colours, ("-", "--", "-.", ":") * len(radii)):
        table = summary.by_update(archive.curves, runs[runs.rho == rho])
        name = next((n for n, r in INITIALISATIONS.items() if np.isclose(r, rho)), None)
        words = rf"$\rho$ = {radius_name(rho)}" + (f" ({name})" if name else "")
        ax.plot(table.index, table.to_numpy(), color=colour, linewidth=0.7, alpha=0.45)
        ax.plot(table.index, table.mean(axis=1), color=colour, linestyle=dashes, label=words)
    ax.set(xlabel="update", ylabel="test error (%)", title=KIND_STYLE[kind]["label"])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda u, _: f"{u:,.0f}"))
    ax.set_yscale("log")
    plain_axis(ax.yaxis, subs=(1, 2, 5), grid=True)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    ax.legend(loc="upper right", fontsize=9)
    provenance(figure, archive.provenance)
    return figure
