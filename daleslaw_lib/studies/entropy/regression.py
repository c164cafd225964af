"""Correlation and regression over the cells of a grid, with bootstrap intervals. No torch.

`cells`: a table with a row a cell, `runs`: one with a row a run, both from `predictors`. A statistic takes
arrays `(..., cells)` and works along the last axis, so that all resamples are one call.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...statistics import Resampled, middle_95

CELL = ["hidden", "ei_ratio"]  # what a cell is


def rank_correlation(x, y) -> np.ndarray:
    """Chapter 8: Spearman's correlation along the last axis: `(..., cells)` twice -> `(...)`."""
    from scipy.stats import rankdata  # here, so that widgets can be imported without SciPy

    return _correlation(rankdata(x, axis=-1), rankdata(y, axis=-1))


def slope(x, y) -> np.ndarray:
    """Chapter 8: slope of the least-squares line of y on x, along the last axis: `(..., cells)` twice ->
    `(...)`.
    """
    x = x - x.mean(-1, keepdims=True)
    return (x * y).sum(-1) / (x * x).sum(-1)


def line(table: pd.DataFrame, x: str = "entropy", y: str = "error") -> tuple[float, float]:
    """Chapter 8: slope and intercept of the least-squares line.

    Raises: ValueError of fewer than two rows.
    """
    if len(table) < 2:
        raise ValueError(f"cells: expected two or more for a line, got {len(table)}")
    m, c = np.polyfit(table[x], table[y], 1)
    return float(m), float(c)


def over_cells(table: pd.DataFrame, statistic, columns=("entropy", "error"), *, resamples=2_000) -> Resampled:
    """Chapter 8: `statistic` of these columns, with its interval if the cells had been others (drawn
    again).
    """
    values = [table[name].to_numpy(float) for name in columns]
    drawn = np.random.default_rng(0).integers(len(table), size=(resamples, len(table)))
    return Resampled(float(statistic(*values)), *middle_95(statistic(*(v[drawn] for v in values))))


def over_seeds(runs: pd.DataFrame, statistic, *, resamples: int = 2_000) -> Resampled:
    """Chapter 8: `statistic` of the cells' mean H and error, with its interval if each cell's seeds were
    drawn again.

    Means over seeds drawn again scatter more than those over the seeds there are, so the interval of a
    correlation leans towards zero.
    """
    rng = np.random.default_rng(0)
    groups = [group[["entropy", "error"]].to_numpy() for _, group in runs.groupby(CELL)]
    means = [g[rng.integers(len(g), size=(resamples, len(g)))].mean(1) for g in groups]  # (resamples, 2)
    now = np.array([g.mean(0) for g in groups])
    drawn = np.stack(means, 1)
    return Resampled(float(statistic(*now.T)), *middle_95(statistic(drawn[..., 0], drawn[..., 1])))


def one_draw_each(runs: pd.DataFrame, statistic, *, resamples: int = 2_000) -> np.ndarray:
    """Chapter 8: `statistic` if H of a cell is that of one seed's matrix, at random (E22); errors are
    means.
    """
    rng = np.random.default_rng(0)
    error = runs.groupby(CELL).error.mean().to_numpy()
    H = np.stack([rng.choice(group.to_numpy(), resamples) for _, group in runs.groupby(CELL).entropy], 1)
    return statistic(H, np.broadcast_to(error, H.shape))


def _correlation(x, y) -> np.ndarray:
    x, y = (v - v.mean(-1, keepdims=True) for v in (x, y))
    with np.errstate(invalid="ignore"):  # a resample of one cell alone has none
        return (x * y).sum(-1) / np.sqrt((x * x).sum(-1) * (y * y).sum(-1))


def explained(table: pd.DataFrame, columns: Sequence[str], y: str = "error") -> tuple[float, float]:
    """Chapter 8: r^2 of y on these columns by least squares, and R^2 of predicting each cell from the others
    alone.
    """
    X, target = _design(table, columns), table[y].to_numpy(float)
    residual = target - X @ np.linalg.lstsq(X, target, rcond=None)[0]
    left_out = residual / (1 - np.einsum("ij,ji->i", X, np.linalg.pinv(X)))
    total = ((target - target.mean()) ** 2).sum()
    return float(1 - (residual**2).sum() / total), float(1 - (left_out**2).sum() / total)


def partial(x, y, *given) -> np.ndarray:
    """Chapter 8: correlation of x and y in what the given columns leave of both: `(..., cells)` each ->
    `(...)`.
    """
    X = np.stack([np.ones_like(x), *given], -1)
    left = [v - (X @ (np.linalg.pinv(X) @ v[..., None]))[..., 0] for v in (x, y)]
    return _correlation(*left)


def within_cells(runs: pd.DataFrame) -> Resampled:
    """Chapter 8: correlation of H and error among seeds of one cell, all cells pooled (each on its own
    scale).

    The only variation of H that neither size nor fraction explains. Cells are drawn for the interval.
    """
    groups = [g[["entropy", "error"]].to_numpy() for _, g in runs.groupby(CELL) if len(g) > 1]
    parts = [(g - g.mean(0)) / g.std(0, ddof=1) for g in groups if g.std(0).min() > 0]
    sums = np.array([(H * error).sum() for H, error in (part.T for part in parts)])
    free = np.array([len(part) - 1 for part in parts])
    drawn = np.random.default_rng(0).integers(len(parts), size=(2_000, len(parts)))
    return Resampled(float(sums.sum() / free.sum()), *middle_95(sums[drawn].sum(1) / free[drawn].sum(1)))


def ceiling(runs: pd.DataFrame) -> Resampled:
    """Chapter 8: the R^2 that a perfect predictor of the cells' true errors could reach, given how much seeds
    differ.

    Cells are drawn for the interval.
    """
    groups = runs.groupby(CELL).error
    noise, means = (groups.var() / groups.count()).to_numpy(), groups.mean().to_numpy()
    drawn = np.random.default_rng(0).integers(len(means), size=(2_000, len(means)))
    resampled = 1 - noise[drawn].mean(1) / means[drawn].var(1, ddof=1)
    return Resampled(float(1 - noise.mean() / means.var(ddof=1)), *middle_95(resampled))


def smaller_against_larger(table: pd.DataFrame) -> pd.DataFrame:
    """Chapter 8: every pair of cells in which the smaller network has the higher H.

    A row a pair: `small`, `large` (index in `table`), `gain`: how much less error the small one has.
    """
    rows = [
        {"small": a, "large": b, "gain": table.error[b] - table.error[a]}
        for a in table.index
        for b in table.index
        if table.hidden[a] < table.hidden[b] and table.entropy[a] > table.entropy[b]
    ]
    return pd.DataFrame(rows, columns=["small", "large", "gain"])


def _design(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    return np.column_stack([np.ones(len(table)), *(table[name].to_numpy(float) for name in columns)])
