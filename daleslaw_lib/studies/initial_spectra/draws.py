"""The archived draws of chapter 3, by condition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...archive.reading import Archive


@dataclass(frozen=True)
class Drawn:
    """Chapter 3: the archived draws of one condition."""

    runs: pd.DataFrame  # a row a draw
    s: np.ndarray  # (draws, N): singular values, largest first
    e: np.ndarray  # (few, N): eigenvalues of the first of them


CONDITION = ("preset", "kind", "hidden", "ei_ratio", "full_diagonal")


def archived(archive: Archive) -> dict[tuple, Drawn]:
    """Chapter 3: draws of each archived condition, by its values of CONDITION; in the order of the table."""
    runs = archive.runs
    numbers = pd.Series(np.arange(len(runs)), index=runs.run_id)
    curves = archive.curves.assign(run=archive.curves.run_id.map(numbers)).sort_values(["run", "rank"])
    columns = ("singular_value", "eigenvalue_real", "eigenvalue_imag")
    s, real, imaginary = (curves[name].to_numpy(np.float64) for name in columns)
    first = np.cumsum(runs.hidden) - runs.hidden  # rows of the table before each run's own
    found = {}
    for condition, group in runs.groupby(list(CONDITION), sort=False):
        rows = first[group.index].to_numpy()[:, None] + np.arange(group.hidden.iloc[0])  # (draws, N)
        kept = rows[np.isfinite(real[rows[:, 0]])]
        found[condition] = Drawn(group, s[rows], real[kept] + 1j * imaginary[kept])
    return found
