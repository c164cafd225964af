"""Archived runs as points: hover over one for its settings, choose one for its curve and its command.

It runs in the reader's browser, on a table of the runs that goes into the page with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import traitlets
from matplotlib.figure import Figure

from ... import figures
from ...archive.reading import Archive
from ...experiments.configs import RunConfig
from ...experiments.experiment import fields_that_select
from ...initialisation.draw import KINDS
from ...widgets.page import FigureWidget, anywidget, checked, module, show_figure
from ...widgets.playground import png
from . import figures as entropy_figures

NAME = "run-explorer"
COLOURS = ("fraction", "size", "kind")
CHOICES = {"colour": COLOURS, "runs": ("all", "first")}
COLUMNS = (
    "id", "kind", "hidden", "inhibitory", "percent", "rho", "lr", "clip", "seed", "H", "error", "curve",
    "only",
)  # fmt: skip


# --- the table -----------------------------------------------------------------------------------


def points(series: Mapping[str, tuple[Archive, pd.DataFrame]]) -> dict:
    """Chapter 8: what the explorer shows, as plain data for JSON.

    `series[label]` is an archive and a table of those of its runs that are to be shown: run_id, entropy (H),
    error (%), and, where that is not the final error, the update at which it was read.

    Raises: ValueError if a table has a run that the archive lacks, or a number that is not finite.
    """
    return {"columns": COLUMNS, "groups": [_group(label, *found) for label, found in series.items()]}


def _group(label: str, archive: Archive, table: pd.DataFrame) -> dict:
    runs = {run.run_id: run for run in archive.configs}
    unknown = sorted(set(table.run_id) - set(runs))
    if unknown:
        raise ValueError(f"{label}: expected runs of {archive.experiment.name}, got {unknown[0]}")
    curves = archive.curves[archive.curves.run_id.isin(table.run_id)]
    curves = 100 * curves.pivot(index="update", columns="run_id", values="test_error")
    last = table["update"] if "update" in table else pd.Series(int(curves.index[-1]), table.index)
    return {
        "label": label,
        "experiment": archive.experiment.name,
        "scale": archive.scale,
        "provenance": archive.provenance,
        "updates": [int(update) for update in curves.index],
        "read": sorted({int(update) for update in last}),
        "runs": [
            _row(archive, runs[row.run_id], row.entropy, row.error, curves[row.run_id])
            for row in table.itertuples()
        ],
    }


def _row(archive: Archive, run: RunConfig, H: float, error: float, curve: pd.Series) -> list:
    """The values of `COLUMNS`."""
    inhibitory = percent = None
    draw = KINDS[run.kind].draw
    if draw.RATIO:
        inhibitory = draw.inhibitory(run.hidden, run.ei_ratio)
        percent = float(entropy_figures.percent(run.ei_ratio))
    if not (math.isfinite(H) and math.isfinite(error)):
        raise ValueError(f"run {run.run_id}: expected a finite entropy and error, got {H:g} and {error:g}")
    return [
        run.run_id, run.kind, run.hidden, inhibitory, percent, run.rho, run.lr, run.clip, run.seed,
        round(float(H), 4), round(float(error), 2),
        [round(float(value), 2) if math.isfinite(value) else None for value in curve],
        fields_that_select(archive.experiment, archive.scale, run),
    ]  # fmt: skip


# --- without a browser ---------------------------------------------------------------------------


@figures.in_house_style
def still(data: dict) -> Figure:
    """Chapter 8: the runs of `points`, error against H; a colour and a marker for each kind."""
    figure, ((ax,),) = figures.subplots(size=(7.2, 4.2))
    for kind, style in figures.KIND_STYLE.items():
        rows = [dict(zip(COLUMNS, row)) for group in data["groups"] for row in group["runs"]]
        chosen = [row for row in rows if row["kind"] == kind]
        if chosen:
            ax.scatter([row["H"] for row in chosen], [row["error"] for row in chosen], s=22, alpha=0.65,
                       color=style["color"], marker=figures.KIND_MARKER[kind], linewidths=0,
                       label=style["label"])  # fmt: skip
    ax.set(xlabel="normalised SVD entropy H at the start", ylabel="test error (%)")
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper right")
    return figure


# --- in a notebook -------------------------------------------------------------------------------


class RunExplorer(FigureWidget):
    """Chapter 8: the explorer in a live notebook, of data from `points`.

    Both ways: `colour` ("fraction", "size", "kind"), `runs` ("all", or "first": those of the first series
    alone), `selected` (a run_id; "" for none).

    Raises: ValueError for a setting out of range; ImportError without the package anywidget.
    """

    _esm = module(NAME)

    data = traitlets.Dict().tag(sync=True)
    colour = traitlets.Enum(COLOURS, "fraction").tag(sync=True)
    runs = traitlets.Enum(CHOICES["runs"], "all").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)

    def __init__(self, data: dict, **settings):
        super().__init__(data=data, **checked(settings, CHOICES, {}, others=("selected",)))


def show_runs(
    series: Mapping[str, tuple[Archive, pd.DataFrame]], explorer: RunExplorer | None = None, **settings
) -> None:
    """Chapter 8: display the explorer: a widget where one can run, the page's script in the built book, else
    a picture.

    `series` as for `points`; settings are those of `RunExplorer`.

    Raises: ValueError as `points`, or for a setting out of range.
    """
    checked(settings, CHOICES, {}, others=("selected",))
    data = points(series)
    if explorer is None and anywidget is not None:
        explorer = RunExplorer(data, **settings)
    count = sum(len(group["runs"]) for group in data["groups"])
    words = f"Test error against entropy H of {count} archived runs: the error tends to fall as H rises."
    show_figure(NAME, png(still(data)), words, widget=explorer, settings=settings, data=data)
