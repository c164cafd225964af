"""Does the normalised SVD entropy of the initial matrix predict the error? The analysis of chapter 8.

Of ColEI runs over a grid of sizes and inhibitory fractions. A *cell* is one size and one fraction; its
error and its predictors are means over its seeds. All predictors are computed from the very matrices that
the runs start from, drawn again from their seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from ...archive.reading import Archive
from ...checks import one_of
from ...evidence import claims, starts, summary
from ...initialisation.colei import unscaled_colei_weights
from ...initialisation.draw import DEFAULT_RHO
from ...initialisation.populations import split_population
from ...spectra import spectral_radius, svd_entropy
from .regression import CELL


@dataclass(frozen=True)
class Predictor:
    """Chapter 8: a number computed from singular values `s (N,)`, largest first."""

    label: str
    of: Callable[[np.ndarray], float]


PREDICTORS = {
    "entropy": Predictor("normalised entropy H", lambda s: float(svd_entropy(singular_values=s))),
    "share": Predictor("share of the largest, $p_1$", lambda s: s[0] / s.sum()),
    "stable": Predictor("stable rank, $\\sum s^2 / s_1^2$", lambda s: (s**2).sum() / s[0] ** 2),
    "participation": Predictor(
        "participation ratio, $(\\sum s)^2 / \\sum s^2$", lambda s: s.sum() ** 2 / (s**2).sum()
    ),
    "effective": Predictor(
        "effective rank, $N^H$", lambda s: float(len(s) ** svd_entropy(singular_values=s))
    ),
    "condition": Predictor("log condition number, $\\log s_1 / s_N$", lambda s: np.log(s[0] / s[-1])),
    "largest": Predictor("log of the largest, $\\log s_1$", lambda s: np.log(s[0])),
}
DESIGN = {  # what was chosen, not measured
    "log_inhibitory": "log number of inhibitory units",
    "log_fraction": "log inhibitory fraction",
    "log_size": "log N",
}
LABELS = {name: p.label for name, p in PREDICTORS.items()} | DESIGN


# --- tables --------------------------------------------------------------------------------------


def as_grid(archive: Archive) -> Archive:
    """Chapter 8: the archive with size, ratio and clip as what tells its conditions apart (for a live
    cell's).
    """
    return replace(archive, experiment=replace(archive.experiment, by=(*CELL, "clip")))


def radius(W: np.ndarray) -> float:
    """Chapter 8: spectral radius of a matrix of the grid; of a large one by Arnoldi's method, within about
    0.1 %.
    """
    if len(W) < 60:
        return float(spectral_radius(W))
    start = np.ones(len(W))
    found = sparse.linalg.eigs(W, k=4, which="LM", ncv=40, tol=1e-3, v0=start, return_eigenvectors=False)
    return float(np.abs(found).max())


def runs_with_predictors(archive: Archive) -> pd.DataFrame:
    """Chapter 8: a row a ColEI run that did not diverge: its cell, seed, error (%), and every predictor.

    Raises: ValueError if a run is not ColEI.
    """
    rows = []
    for run in archive.configs:
        one_of("kind", run.kind, ("colei",))
        scale = (DEFAULT_RHO["colei"] if run.rho is None else run.rho) / radius(
            starts.colei_before_scaling(run)
        )
        s = scale * starts.colei_shape(run)
        n_i = split_population(run.hidden, run.ei_ratio)[1]
        rows.append(
            {"run_id": run.run_id, "inhibitory": n_i}
            | {name: predictor.of(s) for name, predictor in PREDICTORS.items()}
            | {"log_size": np.log(run.hidden), "log_inhibitory": np.log(n_i)}
            | {"log_fraction": -np.log(run.ei_ratio + 1)}
        )
    alive = archive.runs[~archive.runs.diverged]
    runs = alive[["run_id", *CELL, "clip", "seed", "test_loss"]]
    runs = runs.assign(error=100 * alive[summary.final_column(alive, "test_error")])
    return runs.merge(pd.DataFrame(rows), on="run_id")


def cells(archive: Archive) -> pd.DataFrame:
    """Chapter 8: a row a cell: entropy and error as the claim is tested on, and the mean of every other
    predictor.
    """
    found = claims.entropy_and_error(archive)
    others = [name for name in LABELS if name not in found] + ["inhibitory", "test_loss"]
    means = runs_with_predictors(archive).groupby([*CELL, "clip"], dropna=False)[others].mean()
    return found.merge(means.reset_index(), on=[*CELL, "clip"])


def drawn_entropies(
    n: int, ei_ratio: float, draws: int, *, zero_diagonal: bool = True, seed: int = 0
) -> np.ndarray:
    """Chapter 8: H of new ColEI matrices: `(draws,)`. With or without the diagonal (E8), the draws are the
    same.

    Raises: ValueError if a population is empty.
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        W = unscaled_colei_weights(n, ei_ratio, zero_diagonal=zero_diagonal, rng=rng)
        found.append(float(svd_entropy(W)))
    return np.array(found)


def at_update(archive: Archive, update: int) -> pd.DataFrame:
    """Chapter 8: a row a run: kind, preset, seed, H at the start, and test error (%) at an evaluation on the
    way.

    Raises: ValueError if nothing was evaluated at that update.
    """
    there = archive.curves[archive.curves["update"] == update]
    if there.empty:
        raise ValueError(f"update: expected one of {sorted(set(archive.curves['update']))}, got {update}")
    H = starts.initial_entropies(archive)
    runs = archive.runs[["run_id", "kind", "preset", "seed", "rho"]].merge(there, on="run_id")
    return runs.assign(entropy=runs.run_id.map(H), error=100 * runs.test_error)


# --- spectra of a given entropy ------------------------------------------------------------------


def one_outlier(n: int, strength: float) -> np.ndarray:
    """Chapter 8: n singular values of which one is larger than the others by 1 + strength, those being 1."""
    return np.concatenate([[1 + strength], np.ones(n - 1)])


def power_law(n: int, strength: float) -> np.ndarray:
    """Chapter 8: n singular values that fall with their rank to the power -strength."""
    return np.arange(1, n + 1.0) ** -strength


def with_entropy(family: Callable[[int, float], np.ndarray], n: int, H: float) -> np.ndarray:
    """Chapter 8: the member of a family of spectra, from even at strength 0 to lopsided, whose entropy is H.

    Raises: ValueError if there is none of a strength below 10^6.
    """
    low, high = 0.0, 1e6
    if not svd_entropy(singular_values=family(n, high)) <= H <= 1:
        raise ValueError(f"H: expected an entropy that {family.__name__} of {n} values has, got {H}")
    for _ in range(200):
        middle = (low + high) / 2
        if svd_entropy(singular_values=family(n, middle)) > H:
            low = middle
        else:
            high = middle
    return family(n, high)
