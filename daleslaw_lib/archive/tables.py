"""What an archive's tables hold: a row a run, with its final figures; curves, thinned. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from ..evaluation_times import LATE, N_LAST
from ..experiments.configs import NUMBERS, OPTIONAL

MOST_ROWS = 201  # of an archived curve


def runs_table(todo: list[list], trained: list) -> pd.DataFrame:
    """An archive's table of runs: configuration, final figures, and when each diverged (-1: it did not).

    Args: todo: ensembles of runs; trained: what became of each, with `history` and `diverged_at`.
    Of each loss and error there are two: of the last evaluation, as the paper reads it, and, with "late_"
    before its name, the mean of the last ten.
    """
    rows = []
    for ensemble, training in zip(todo, trained):
        final = {name: v[-1] for name, v in training.history.items() if np.ndim(v[-1]) == 1}
        updates = np.array(training.history["update"])
        n_late = min(int((updates >= LATE * ensemble[0].updates).sum()), N_LAST)
        final |= {
            f"late_{name}": np.mean(training.history[name][-n_late:], axis=0)
            for name in final
            if name.startswith(("test_", "valid_"))
        }
        for m, config in enumerate(ensemble):
            diverged_at = int(training.diverged_at[m])
            rows.append(
                {"run_id": config.run_id}
                | asdict(config)
                | {name: float(values[m]) for name, values in final.items()}
                | {"diverged": diverged_at >= 0, "diverged_at": diverged_at}
            )
    return typed(pd.DataFrame(rows))


def typed(runs: pd.DataFrame) -> pd.DataFrame:
    """A table's columns, of types that do not depend on which runs there are.

    An absent number is NaN, an absent choice None, an absent switch False.
    """
    numbers = [name for name in OPTIONAL if name in NUMBERS and name in runs]
    switches = [
        name for name in ("random_ix", "frozen", "full_diagonal", "spectra", "mechanism") if name in runs
    ]
    return runs.astype(dict.fromkeys(numbers, float)).assign(
        **{name: runs[name].fillna(False).astype(bool) for name in switches}
    )


def thin(history: Mapping[str, list], most: int = MOST_ROWS) -> dict[str, list]:
    """What is archived of a history: at most `most` evenly spaced rows, the first and the last among them."""
    n = len(history["update"])
    keep = sorted({round(i * (n - 1) / (most - 1)) for i in range(most)}) if n > most else range(n)
    return {name: [rows[i] for i in keep] for name, rows in history.items()}
