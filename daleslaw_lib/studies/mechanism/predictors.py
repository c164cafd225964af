"""Which number of the initial network predicts its error? Predictors of all archived starts, compared out of
sample.

A *design* is a condition: what somebody chose. Within it seeds differ. A predictor that is right about
designs need not be right about seeds, so the two are asked apart: designs are left out one at a time and
predicted from the others; seeds are compared within their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from ...archive.reading import Archive
from ...evidence import starts, summary
from ...experiments.configs import RunConfig
from ...jacobians import STEPS, LayerWithReadout, log_gain, participation_ratio, products
from ...magnitudes import effective_inputs
from ...spectra import singular_values, spectral_radius, svd_entropy
from .figures import LEFT_OUT
from .networks import digits

LABELS = {
    "H": "normalised entropy $H$ of $W$",
    "H_jacobian": "$H$ of the Jacobian",
    "participation": "participation ratio of the Jacobian",
    "log_gain": "log gain of the Jacobian",
    "inputs": "log effective inputs",
    "condition": "log condition number",
    "stable": "log stable rank",
    "radius": "log spectral radius",
}
# As chapter 9 speaks of them.
NEAR, NO_GUIDE = ("H_jacobian", "stable", "radius"), ("participation", "log_gain")


def of_layer(drawn: LayerWithReadout, x: np.ndarray) -> dict[str, float]:
    """Chapter 9: every predictor of LABELS, of a layer that reads x `(T, B, n_in)`."""
    W, s = drawn.W, singular_values(drawn.W)
    J = products(W, drawn.states(x) > 0, STEPS)
    alive = J[np.abs(J).max((1, 2)) > 0]
    return {
        "H": float(svd_entropy(singular_values=s)),
        "H_jacobian": float(svd_entropy(alive).mean()) if len(alive) else 0.0,
        "participation": float(participation_ratio(J).mean()),
        "log_gain": log_gain(J),
        "inputs": float(np.log(effective_inputs(W))),
        "condition": float(np.log(s[0] / max(s[-1], 1e-12 * s[0]))),
        "stable": float(np.log((s**2).sum() / s[0] ** 2)),
        "radius": float(np.log(max(spectral_radius(W), 1e-12))),
    }


def of_runs(runs: Sequence[RunConfig]) -> pd.DataFrame:
    """Chapter 9: a row a run, by its run_id: predictors of the network it starts from. One layer, images."""
    x, _ = digits()
    rows = {}
    for ensemble, network in starts.initial_networks(list(runs)):
        first, readout = network.layers[0], network.readout
        arrays = [a.detach().double().numpy() for a in (first.U, first.W, first.b, readout.W, readout.b)]
        for m, run in enumerate(ensemble):
            rows[run.run_id] = of_layer(LayerWithReadout(*(a[m] for a in arrays)), x)
    return pd.DataFrame.from_dict(rows, orient="index")


def of_archives(archives: Iterable[Archive]) -> pd.DataFrame:
    """Chapter 9: a row a run of these archives that did not diverge: design, seed, log error, predictors.

    A design is an experiment and the values of its `by` fields, but for the learning rate: of several rates
    only the best by validation counts. Runs of several layers, and of other tasks than images, are left out.
    """
    tables = []
    for archive in archives:
        if "lr" in archive.experiment.by and archive.experiment.chosen_on in archive.runs:
            archive = summary.best_settings(archive, settings=("lr",))
        runs = [
            run
            for run in archive.configs
            if run.layers == 1 and run.task == "mnist" and run.optimiser is None
        ]
        table = archive.runs[~archive.runs.diverged & archive.runs.run_id.isin({run.run_id for run in runs})]
        error = summary.final_column(table, "test_error")
        by = [name for name in ("preset", *archive.experiment.by) if name != "lr"]
        design = [f"{archive.experiment.name}: {tuple(row)}" for row in table[by].astype(object).to_numpy()]
        made = pd.DataFrame({"run_id": table.run_id, "design": design, "seed": table.seed})
        made["log_error"] = np.log(100 * table[error].clip(lower=1e-4))
        tables.append(made.merge(of_runs(runs), left_on="run_id", right_index=True))
    return pd.concat(tables, ignore_index=True)


def left_out(table: pd.DataFrame, columns: Sequence[str], y: str = "log_error") -> float:
    """Chapter 9: r^2 of designs' mean log errors, each predicted by a line through all the others (leave a
    design out).

    Below zero where the mean of the others would have been the better guess.
    """
    means = table.groupby("design")[[*columns, y]].mean()
    return _r2(means[list(columns)].to_numpy(), means[y].to_numpy(), np.ones(len(means)))


def _r2(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """`left_out` of designs `x (n, k)`, `y (n,)` that count w times each: copies are left out together.

    Leaving design i out turns its residual e_i into e_i / (1 - h_i), h_i = w_i X_i (X^T W X)^-1 X_i.
    """
    x, y, w = x[w > 0], y[w > 0], w[w > 0]
    X = np.column_stack([np.ones(len(x)), x])
    inverse = np.linalg.pinv(X.T @ (w[:, None] * X))
    left = 1 - w * np.einsum("ij,jk,ik->i", X, inverse, X)
    if (left < 1e-9).any():  # a design that alone decides the line: nothing predicts it
        return float("nan")
    errors = (y - X @ (inverse @ (X.T @ (w * y)))) / left
    guesses = y - (np.sum(w * y) - w * y) / (w.sum() - w)
    return float(1 - np.sum(w * errors**2) / np.sum(w * guesses**2))


def within(table: pd.DataFrame, column: str, y: str = "log_error") -> float:
    """Chapter 9: Spearman's correlation of a predictor and the error among seeds of one design, ranks
    pooled.
    """
    groups = [group for _, group in table.groupby("design") if len(group) > 2]
    centred = [_ranks(group[[column, y]]) for group in groups]
    if not centred:
        return float("nan")
    a, b = np.concatenate(centred, 1)
    size = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / size) if size > 0 else float("nan")


def _ranks(pair: pd.DataFrame) -> np.ndarray:
    """Ranks of two columns, `(2, rows)`, about zero and on one scale for groups of any size."""
    return np.stack([stats.rankdata(pair[name]) / (len(pair) + 1) - 0.5 for name in pair])


def compare(table: pd.DataFrame, *, draws: int = 200, columns: Iterable[str] = LABELS) -> pd.DataFrame:
    """Chapter 9: a row a predictor: R^2 out of sample with its bootstrap interval over designs, that of it
    beside H, correlation within.

    Raises: ValueError with fewer than five designs.
    """
    designs = table.design.unique()
    if len(designs) < 5:
        raise ValueError(f"table: expected at least 5 designs, got {len(designs)}")
    means = table.groupby("design").mean(numeric_only=True).reset_index()
    rng, n = np.random.default_rng(0), len(means)
    counts = [np.bincount(pick, minlength=n) for pick in rng.integers(n, size=(draws, n))]
    y, rows = means.log_error.to_numpy(), []
    for name in columns:
        x = means[[name]].to_numpy()
        low, high = np.nanquantile([_r2(x, y, w) for w in counts], [0.025, 0.975])
        rows.append(
            {
                "predictor": LABELS[name],
                LEFT_OUT: left_out(table, [name]),
                "low": float(low),
                "high": float(high),
                "beside H": left_out(table, ["H", name]) if name != "H" else left_out(table, ["H"]),
                "correlation within designs": within(table, name),
            }
        )
    return pd.DataFrame(rows).set_index("predictor")


def without_the_largest(table: pd.DataFrame, column: str) -> tuple[float, int, float]:
    """Chapter 9: `left_out` for one predictor without the design that has the most of it; of how many
    designs, and how many times the next one's it has.
    """
    means = table.groupby("design")[column].mean().sort_values()
    rest = table[table.design != means.index[-1]]
    return left_out(rest, [column]), len(means), float(means.iloc[-1] / means.iloc[-2])


def without_the_most_directions(designs: pd.DataFrame) -> str:
    """Chapter 9: how well directions predict designs but for the one that has the most."""
    r2, of, times = without_the_largest(designs, "participation")
    return (
        f"Of {of} designs one has {times:.0f} times as many directions as the next. Over the others "
        f"directions explain {r2:.2f}; $H$, over all, {left_out(designs, ['H']):.2f}."
    )


def directions_guide_but_for_one(table: pd.DataFrame) -> bool:
    """Chapter 9: whether directions of the Jacobian explain nearly half of how designs differ, less than H,
    once the design is left out that has many times as many as any other.
    """
    r2, _, times = without_the_largest(table, "participation")
    return 0.35 < r2 < min(0.5, left_out(table, ["H"])) and times > 5


def entropy_is_not_beaten(compared: pd.DataFrame) -> bool:
    """Chapter 9: whether no predictor of `compare` is a better guide to designs left out than H, which
    explains about half and surely more than nothing, and whose interval covers the H of the Jacobian, the
    stable rank and the spectral radius; gain and directions of the Jacobian are no guide.
    """
    r2, H = compared[LEFT_OUT], LABELS["H"]
    near, far = ([LABELS[name] for name in names] for names in (NEAR, NO_GUIDE))
    first = r2[H] == r2.max() and compared.low[H] > 0 and abs(r2[H] - 0.5) < 0.15
    return bool(first and (r2[near] > compared.low[H]).all() and (r2[far] < 0.1).all())
