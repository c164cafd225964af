"""Choosing settings on an archive, and what the choice does to the numbers that are then reported.

A point of the paper's Fig. 2d is the best of 28 settings (learning rate, clip). Which were chosen, from
where in their grid, and on which data (E14): three questions, three functions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import starts, summary
from .gains import activity, gains


def chosen(archive: Archive, *, settings=("lr", "clip"), on: str = "valid_error") -> pd.DataFrame:
    """Chapter 5: a row a condition: its fields, the setting chosen by `on`, and mean errors (%) over seeds.

    The test error is the final one; the validation error that of the last evaluation, as it was chosen on.
    Columns: preset, the experiment's `by` fields, `settings`, valid_error, test_error, seeds (of those
    that did not diverge).
    """
    best = summary.best_settings(archive, settings=settings, on=on).runs
    final = summary.final_column(best, "test_error")
    fields = list(dict.fromkeys(["preset", *archive.experiment.by, *settings]))
    table = best.groupby(fields, dropna=False, sort=False).agg(
        valid_error=("valid_error", "mean"), test_error=(final, "mean"),
        seeds=("diverged", lambda diverged: int((~diverged).sum())),
    )  # fmt: skip
    return (table * [100, 100, 1]).astype({"seeds": int}).reset_index()


def at_the_edge(archive: Archive, name: str = "lr", settings=("lr", "clip")) -> pd.Series:
    """Chapter 5: how many of the conditions' choices took the smallest and the largest value of the grid.

    Where many do, the best setting may lie outside of what was tried.
    """
    values = chosen(archive, settings=settings)[name]
    grid = archive.runs[name]
    return pd.Series(
        {"smallest": int((values == grid.min()).sum()), "largest": int((values == grid.max()).sum()),
         "of": len(values)}
    )  # fmt: skip


def flattery(archive: Archive, settings=("lr", "clip")) -> pd.DataFrame:
    """Chapter 5: how much lower the reported test error is where test data choose the setting (E14), in
    points.

    A row a condition: mean test error (%) of the setting that validation chose (`by_valid`), of the one
    that the test error itself chose (`by_test`), and their difference, `flattered` >= 0.
    """
    names = ["preset", *(name for name in archive.experiment.by if name not in settings)]
    columns = dict(by_valid="valid_error", by_test=summary.final_column(archive.runs, "test_error"))
    table = pd.DataFrame(
        {
            name: chosen(archive, settings=settings, on=column).set_index(names).test_error
            for name, column in columns.items()
        }
    )
    return table.assign(flattered=table.by_valid - table.by_test).reset_index()


def preset_difference(best: Archive, kind: str, point: str = "rho") -> pd.DataFrame:
    """Chapter 5: faithful less corrected final test error, in points.

    A row a value of `point`, a column a seed.

    `best`: an archive with one setting a condition (`summary.best_settings`); NaN where a run diverged.
    """
    runs = best.runs[(best.runs.kind == kind) & ~best.runs.diverged]
    final = summary.final_column(runs, "test_error")
    errors = {
        preset: 100 * runs[runs.preset == preset].pivot(index=point, columns="seed", values=final)
        for preset in ("faithful", "corrected")
    }
    return errors["faithful"] - errors["corrected"]


def initial_gains(archive: Archive, x: np.ndarray) -> pd.Series:
    """Chapter 5: gain of a gradient through the network that each run started from, by run_id, while it reads
    x.

    Shapes: x `(T, B, n_in)`; the gain is over T - 1 steps, as `radius.gains`.
    """
    found = {}
    for ensemble, network in starts.initial_networks(archive.configs):
        U, W = (getattr(network.layers[0], name).detach().numpy().astype(float) for name in "UW")
        for k, run in enumerate(ensemble):
            rng = np.random.default_rng(run.seed)
            found[run.run_id] = float(gains(W[k], activity(U[k], W[k], x), rng=rng)[1][-1])
    return pd.Series(found, name="gain", dtype=float)
