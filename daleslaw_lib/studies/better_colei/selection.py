"""What the screen of chapter 10 chose, by a rule that was written down before it ran.

The rule. A condition is a start, its numbers and an inhibitory share. Its rate is the one with the lowest
mean validation error over seeds, late evaluations; a rate at which a run diverged is not taken. Starts are
ordered by that error. Four go on at 10 % inhibition, two at 1 % and at 50 %. The RNN's radius and rate are
chosen together, each of its controls' rates likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...experiments.better_colei import CONTROLS, FOUR, RATIOS, START_SCREEN, TWO, Chosen

ERROR = START_SCREEN.chosen_on


@dataclass(frozen=True)
class Choice:
    """Chapter 10: what goes on: the best starts of each share, ColEI's rate at each, the RNN and its
    controls.
    """

    best: Mapping[float, tuple[Chosen, ...]]
    colei: Mapping[float, Chosen]
    rnn: Chosen
    rnn_controls: Mapping[str, Chosen]


def scores(archive: Archive) -> pd.DataFrame:
    """Chapter 10: a row a condition at its best rate, best first: share, start, numbers, rho, lr, validation
    and test error (%).

    `spread` is the standard deviation of the validation error over seeds.
    """
    runs = archive.runs
    runs = runs.assign(**{ERROR: runs[ERROR].where(~runs.diverged, np.inf)})
    names = ["kind", "ei_ratio", "start", "start_a", "start_b", "rho"]
    found = runs.groupby([*names, "lr"], dropna=False, sort=False).agg(
        valid=(ERROR, "mean"),
        spread=(ERROR, "std"),
        test=("late_test_error", "mean"),
        seeds=("seed", "nunique"),
    )
    found = found.reset_index().sort_values("valid", kind="stable")
    best = found.groupby(names, dropna=False, sort=False).head(1)
    return best.assign(**{name: 100 * best[name] for name in ("valid", "spread", "test")}).reset_index(
        drop=True
    )


def chosen(archive: Archive) -> Choice:
    """Chapter 10: what the declared rule chooses from the screen: starts, learning rates, controls.

    Raises: ValueError if the archive lacks a share, ColEI, the RNN or one of its controls.
    """
    table = scores(archive)
    colei, rnn = table[table.kind == "colei"], table[table.kind == "rnn"]
    best, own = {}, {}
    for ratio in RATIOS:
        there = colei[np.isclose(colei.ei_ratio, ratio)]
        started, plain = there[there.start.notna()], there[there.start.isna()]
        if plain.empty or len(started) < _how_many(ratio):
            raise ValueError(
                f"archive: expected ColEI and {_how_many(ratio)} starts at ratio {ratio:g}, got fewer"
            )
        best[ratio] = tuple(map(_chosen, started.head(_how_many(ratio)).itertuples()))
        own[ratio] = _chosen(plain.iloc[0])
    controls = {name: rnn[rnn.start == name] for name in CONTROLS}
    if rnn[rnn.start.isna()].empty or any(rows.empty for rows in controls.values()):
        raise ValueError("archive: expected an RNN and its controls, got fewer")
    return Choice(
        best, own, _chosen(rnn[rnn.start.isna()].iloc[0]),
        {name: _chosen(rows.iloc[0]) for name, rows in controls.items()},
    )  # fmt: skip


def _how_many(ratio: float) -> int:
    return FOUR if ratio == 9.0 else TWO


def _chosen(row) -> Chosen:
    def number(value):
        return None if pd.isna(value) else float(value)

    start = None if pd.isna(row.start) else row.start
    return Chosen(float(row.lr), start, number(row.start_a), number(row.start_b), number(row.rho))
