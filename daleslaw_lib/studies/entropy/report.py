"""What chapter 8 says of its archives, in sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import theory
from ...archive.reading import Archive
from ...evidence import prose, summary
from ...initialisation.draw import NAMES
from ...initialisation.populations import split_population
from ...statistics import Resampled, estimate
from . import predictors, regression

FIRST = dict(hidden=100, ei_ratio=99.0)  # the cell that the paper's figure leaves out (E22)
MODELS = {  # what is asked to explain the cells' errors
    "H": ["entropy"],
    "1 % inhibitory or not": ["one_per_cent"],
    "log N": ["log_size"],
    "log fraction": ["log_fraction"],
    "log number of inhibitory units": ["log_inhibitory"],
    "log N, log fraction": ["log_size", "log_fraction"],
    "log N, log fraction, H": ["log_size", "log_fraction", "entropy"],
}
SPOKEN = {"the largest": "the largest singular value", "N": "the number of units"}


def without_first(cells: pd.DataFrame) -> pd.DataFrame:
    """Chapter 8: the cells but for the one that the paper leaves out."""
    return cells.drop(index=summary.matching(cells, FIRST).index)


def theory_against_runs(archive: Archive) -> str:
    """Chapter 8: how far the entropies of the archived runs' matrices are from theory's."""
    runs = predictors.runs_with_predictors(archive)
    cells = runs.groupby(regression.CELL).entropy.mean()
    off = [abs(H - theory.colei_entropy(*cell)) for cell, H in cells.items()]
    return (
        f"Over the {len(cells)} cells of the archive measured $H$ is off theory's by {np.median(off):.3f} in "
        f"the median, and by {max(off):.3f} at most; $H$ itself goes from {cells.min():.2f} to "
        f"{cells.max():.2f}."
    )


def correlation(cells: pd.DataFrame, runs: pd.DataFrame) -> str:
    """Chapter 8: rank correlation and slope, resampled in two ways; how far seeds differ and what could be
    explained.
    """
    ranks = [
        f"{resampled(rows, regression.rank_correlation)} {words}"
        for resampled, rows, words in (
            (regression.over_cells, cells, "if other cells had been taken"),
            (regression.over_seeds, runs, "if other seeds had"),
        )
    ]
    alone = [
        float(regression.rank_correlation(group.entropy.to_numpy(), group.error.to_numpy()))
        for _, group in runs.groupby("seed")
    ]
    spread = runs.groupby(regression.CELL).error.std().median()
    explained = regression.explained(cells, ["entropy"])[0]
    return (
        f"Rank correlation of $H$ and error: {'; '.join(ranks)}. Single seeds: {min(alone):.2f} to "
        f"{max(alone):.2f}. Seeds of one cell differ by {spread:.0f} points (median standard deviation). "
        f"The line in $H$ explains {explained:.2f} of the variance of the cells; "
        f"a perfect predictor could explain {regression.ceiling(runs)}."
    )


def without_some(cells: pd.DataFrame) -> pd.DataFrame:
    """Chapter 8: a row a choice of cells: rank correlation and slope, with intervals."""
    chosen = {
        "all cells": cells,
        "first cell dropped, as in Fig. 7": without_first(cells),
        "no cell with 1 % inhibition": cells[cells.ei_ratio < 50],
    }
    rows = [
        {
            "regression": name,
            "cells": len(table),
            "rank correlation": str(regression.over_cells(table, regression.rank_correlation)),
            "slope (points per unit of H)": str(regression.over_cells(table, regression.slope)),
        }
        for name, table in chosen.items()
    ]
    return pd.DataFrame(rows).set_index("regression")


def draws(runs: pd.DataFrame, count: int = 200) -> str:
    """Chapter 8: what one matrix a cell does to the correlation; how much H varies with draw and diagonal."""
    rank = regression.one_draw_each(runs, regression.rank_correlation)
    text = f"With the $H$ of one matrix a cell the rank correlation is {rank.min():.2f} to {rank.max():.2f}. "
    parts, shift = [], []
    for ratio in (99, 8.259, 1):
        H = predictors.drawn_entropies(100, ratio, count)
        shift.append(float((predictors.drawn_entropies(100, ratio, count, zero_diagonal=False) - H).mean()))
        parts.append(f"{H.std():.3f} with {split_population(100, ratio)[1]} % inhibition")
    return (
        f"{text}Between draws of 100 units $H$ varies by {', '.join(parts)} (standard deviation); "
        f"a diagonal as drawn shifts it by {np.abs(shift).max():.3f} at most."
    )


def along(cells: pd.DataFrame) -> str:
    """Chapter 8: the rank correlation along each axis of the grid, the other held fixed."""
    parts = []
    for field, words in {"hidden": "of one size", "ei_ratio": "of one fraction"}.items():
        ranks = [
            float(regression.rank_correlation(group.entropy.to_numpy(), group.error.to_numpy()))
            for _, group in cells.groupby(field)
        ]
        below = sum(rank < 0 for rank in ranks)
        parts.append(
            f"among cells {words} {np.mean(ranks):.2f} on average, below zero in {below} of {len(ranks)}"
        )
    return f"Rank correlation: {'; '.join(parts)}."


def models(cells: pd.DataFrame) -> pd.DataFrame:
    """Chapter 8: a row a model of the cells' errors: R^2 fitted, and with each cell predicted from the
    others.
    """
    cells = cells.assign(one_per_cent=(cells.ei_ratio > 50).astype(float))
    rows = {name: regression.explained(cells, columns) for name, columns in MODELS.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["R², fitted", "R², cell left out"]).round(2)


def given(cells: pd.DataFrame, x: str, *others: str) -> Resampled:
    """Chapter 8: correlation of x with the error in what the others leave of both."""
    return regression.over_cells(cells, regression.partial, (x, "error", *others))


def partial(cells: pd.DataFrame, runs: pd.DataFrame) -> str:
    """Chapter 8: what H adds to size and fraction, to the number of inhibitory units, and among seeds of a
    cell.
    """
    known = regression.explained(cells, ["log_size", "log_fraction"], y="entropy")[0]
    pairs = regression.smaller_against_larger(cells)
    right = 100 * (pairs.gain > 0).mean()
    return "\n".join(
        [
            "Correlation with the error in what is left of",
            "",
            f"- $H$, given size and fraction: {given(cells, 'entropy', 'log_size', 'log_fraction')};",
            f"- $H$, given the number of inhibitory units: {given(cells, 'entropy', 'log_inhibitory')};",
            f"- the number of inhibitory units, given $H$: {given(cells, 'log_inhibitory', 'entropy')};",
            f"- $H$, among seeds of one cell: {regression.within_cells(runs)}.",
            "",
            f"Size and fraction explain {known:.2f} of the variance of $H$ itself. In {len(pairs)} pairs the "
            f"smaller network has the higher $H$; it has the lower error in {right:.0f} % of them.",
        ]
    )


def size_of_rank(x, y) -> np.ndarray:
    """Chapter 8: how well x ranks y, whichever way: Spearman's correlation without its sign."""
    return np.abs(regression.rank_correlation(x, y))


def advantages(cells: pd.DataFrame) -> str:
    """Chapter 8: which other numbers H ranks the cells better than, and which it does not."""

    def gain(H, error, x):
        return size_of_rank(H, error) - size_of_rank(x, error)

    better, alike, nothing = [], [], ["nothing here"]
    for name in [*predictors.PREDICTORS, *predictors.DESIGN][1:]:
        interval = regression.over_cells(cells, gain, ("entropy", "error", name))
        words = predictors.LABELS[name].split(",")[0].removeprefix("log of ").removeprefix("log ")
        words = SPOKEN.get(words, words)
        (better if interval.low > 0 else alike).append(words)
    return (
        f"$H$ ranks the cells better than {prose.series(better or nothing)}. For "
        f"{prose.series(alike or nothing)} the interval of the difference includes zero."
    )


def off_the_line(cells: pd.DataFrame, others: pd.DataFrame, one_H: pd.DataFrame) -> str:
    """Chapter 8: where the line of ColEI's cells puts RNN and DANN; how far errors of one H are apart."""
    slope, height = regression.line(cells)
    parts = []
    for kind, group in others.groupby("kind"):
        expected, error = slope * group.entropy.mean() + height, estimate(group.error)
        parts.append(
            f"{NAMES[kind]}, for which the line says {expected:.0f} %, is at {error.mean:.0f} % "
            f"({error.low:.0f} to {error.high:.0f})"
        )
    means = one_H.groupby("rho").error.mean()
    near = means[means.index <= 3]
    return (
        f"{'; '.join(parts)}. ColEI of one $H$: {near.min():.0f} to {near.max():.0f} % up to radius 3, "
        f"{means.min():.0f} to {means.max():.0f} % over all {len(means)} radii."
    )


def contrast(archive: Archive) -> str:
    """Chapter 8: the large uneven network of the grid less small even ones."""
    parts = []
    for n in (100, 200):
        gap = summary.difference(
            archive,
            dict(preset="both", hidden=500, ei_ratio=99.0),
            dict(preset="both", hidden=n, ei_ratio=1.0),
        )
        parts.append(f"N = {n} at 50 %, {prose.points(gap)}, {prose.in_seeds(gap)}")
    return f"N = 500 with 1 % inhibition is worse: than {'; than '.join(parts)}."
