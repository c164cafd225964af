"""What the transplants of Fig. 4 say: nine conditions, what one change does, main effects and interactions.

A condition is a network of free weights with somebody's singular vectors and somebody's singular values,
its signs frozen or not (`cell`), or ColEI itself (`colei`). Differences are taken seed by seed: so two
that share a baseline are not counted as independent (E23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product

import numpy as np
import pandas as pd
import torch
from scipy import stats

from ... import experiments
from ...archive import reading
from ...archive.reading import Archive
from ...evidence import summary
from ...evidence.summary import Row
from ...experiments.transplants import COLEI_FROZEN, DECREASES, FEW, MANY, ONE_LAYER, cell, colei
from ...initialisation.dale_starts import towards_spectrum
from ...initialisation.draw import NAMES, draw_transplant, weight_generator
from ...initialisation.populations import columns_of_one_sign
from ...jobs.building import load_task
from ...magnitudes import effective_inputs
from ...networks.network import Network
from ...spectra import singular_values, spectral_radius, svd_entropy, transplant
from ...statistics import Estimate, estimate, written_p
from ...training.loop import Training

FACTORS = {"vectors": "ColEI's vectors", "spectrum": "ColEI's spectrum", "freeze": "frozen signs"}


PAIRS = tuple((v, s) for s, v in product(("rnn", "colei"), repeat=2))
CELLS = tuple((v, s, frozen) for (v, s), frozen in product(PAIRS, (None, True)))
SIGN_OF_CELL = np.array([[+1 if level in ("colei", True) else -1 for level in c] for c in CELLS])
INTO_RNN = {  # what the paper puts into an RNN, one at a time
    "ColEI's spectrum": ("rnn", "colei", None),
    "ColEI's vectors": ("colei", "rnn", None),
    "frozen signs": ("rnn", "rnn", True),
}
INTO_COLEI = {  # and into ColEI, whose signs are otherwise frozen
    "RNN's spectrum": ("colei", "rnn", True),
    "RNN's vectors": ("rnn", "colei", True),
    "signs not frozen": ("colei", "colei", None),
}
READ_OFF = dict(zip(INTO_COLEI, (DECREASES[name] for name in ("spectrum", "vectors", "signs"))))
PAPERS_P = {  # Welch, Mann-Whitney; Fig. 4
    ("ColEI's spectrum", "ColEI's vectors"): (0.0043, 0.0119),
    ("ColEI's spectrum", "frozen signs"): (0.0216, 0.0317),
    ("ColEI's vectors", "frozen signs"): (0.413, 0.295),
    ("RNN's spectrum", "RNN's vectors"): (0.0246, 0.0033),
    ("RNN's spectrum", "signs not frozen"): (0.0035, 0.00015),
    ("RNN's vectors", "signs not frozen"): (0.567, 0.408),
}


@dataclass(frozen=True)
class Effect:
    """Chapter 6: a change in words, what it does to the error seed by seed, and the paper's numbers by what
    they are.
    """

    label: str
    estimate: Estimate
    published: Mapping[str, float] = field(default_factory=dict)


# --- reading the archive ---------------------------------------------------------------------------


def errors(archive: Archive, where: Mapping[str, object]) -> pd.Series:
    """Chapter 6: final error (%) of each seed's run; empty if there is none."""
    return summary.by_seed(archive, "both", "test_error", **where)


def gap(archive: Archive, a: Mapping[str, object], b: Mapping[str, object]) -> Estimate | None:
    """Chapter 6: error of condition `a` less that of `b`, seed by seed; None with fewer than two common
    seeds.
    """
    values = (errors(archive, a) - errors(archive, b)).dropna()
    return estimate(values) if len(values) > 1 else None


def at_the_end(archive: Archive) -> Archive:
    """Chapter 6: an archive whose final errors are the paper's reading, each run's last evaluation alone."""
    return replace(archive, runs=archive.runs.drop(columns="late_test_error", errors="ignore"))


def curves(archive: Archive, where: Mapping[str, object]) -> pd.DataFrame:
    """Chapter 6: test error (%) of each evaluation (rows) and deciding seed (columns)."""
    return summary.by_update(archive.curves, summary.runs_of(archive, where))


def panels(archive: Archive, lr: float = FEW) -> dict[str, dict]:
    """Chapter 6: for each pair of vectors and spectrum its variants that are archived: (kind for colour,
    curves).
    """
    found = {}
    for vectors, spectrum in PAIRS:
        variants = {"free": cell(vectors, spectrum, lr=lr), "frozen": cell(vectors, spectrum, True, lr)}
        if vectors == spectrum == "colei":
            variants["ColEI itself"] = colei(lr)
        tables = {name: curves(archive, where) for name, where in variants.items()}
        title = f"{NAMES[vectors]} vectors, {NAMES[spectrum]} spectrum"
        found[title] = {name: (spectrum, table) for name, table in tables.items() if len(table)}
    return found


def rows(archive: Archive, lr: float = FEW) -> list[Row]:
    """Chapter 6: a row for each archived one of the nine conditions, coloured by whose spectrum it has."""
    found = []
    for where in [*(cell(*c, lr=lr) for c in CELLS), colei(lr)]:
        values = errors(archive, where)
        if len(values) > 1:
            numbers = tuple(value for value, _ in summary.published(archive, where))
            mean = summary.mean_over_seeds(values, archive.experiment.quantity)
            found.append(Row(_words(where), where.get("spectrum", "colei"), mean, numbers))
    return found


def conditions(archive: Archive, lr: float = FEW) -> pd.DataFrame:
    """Chapter 6: a row a condition: mean final error with its interval, the same of the last evaluation, the
    paper's.
    """
    at_end = {row.label: row.estimate for row in rows(at_the_end(archive), lr)}
    return pd.DataFrame(
        {
            "network": row.label,
            "final error (%)": str(row.estimate),
            "last evaluation alone (%)": f"{at_end[row.label].mean:.2f}",
            "paper (%)": ", ".join(f"{value:.3f}" for value in row.published),
        }
        for row in rows(archive, lr)
    ).set_index("network")


def _words(where: Mapping[str, object]) -> str:
    return summary.label({name: value for name, value in where.items() if name != "lr"})


def starts(seeds=range(5), n: int = 100) -> pd.DataFrame:
    """Chapter 6: a row a pair of vectors and spectrum: the networks that these seeds start from, means over
    seeds.
    """
    found = []
    for (vectors, spectrum), seed in product(PAIRS, seeds):
        drawn = draw_transplant(vectors, spectrum, 28, n, 10, rng=weight_generator(seed))
        W, U, readout = (drawn[name] for name in WEIGHTS)
        found.append(
            {
                "vectors": NAMES[vectors],
                "spectrum": NAMES[spectrum],
                "H": float(svd_entropy(W)),
                "largest s": singular_values(W)[0],
                "radius": float(spectral_radius(W)),
                "columns of one sign": columns_of_one_sign(W),
                "largest s of U": singular_values(U)[0],
                "of the readout": singular_values(readout)[0],
            }
        )
    return pd.DataFrame(found).groupby(["vectors", "spectrum"], sort=False).mean().round(2)


# --- one change at a time --------------------------------------------------------------------------

PAPER, MATCHED = "paper", "paper, against its one-layer RNN (Fig. 6)"


def of_rnn(archive: Archive) -> list[Effect]:
    """Chapter 6: what each change adds to an RNN's error.

    Beside it the paper's number less 1.646 %, the RNN of Fig. 4, and less 2.25 %, its RNN of one layer (E1).
    """
    found = []
    for name, c in INTO_RNN.items():
        changed, plain = cell(*c), cell("rnn", "rnn")
        if (difference := gap(archive, changed, plain)) is not None:
            ours = [summary.published(archive, where) for where in (changed, plain)]
            (value, _), (baseline, _) = (numbers[0] for numbers in ours)
            published = {PAPER: value - baseline, MATCHED: value - one_layer_rnn()}
            found.append(Effect(name, difference, published))
    return found


def of_colei(archive: Archive) -> list[Effect]:
    """Chapter 6: how much each change takes from ColEI's error, over the thirty seeds."""
    return _taken(archive, colei(MANY), MANY)


def of_frozen(archive: Archive) -> list[Effect]:
    """Chapter 6: how much each change takes from ColEI's own start with entrywise frozen signs: it differs in
    one thing.

    ColEI itself differs from its partners in clipping and in the signs of its input weights too.
    """
    return _taken(archive, COLEI_FROZEN, FEW)


def of_colei_anew(archive: Archive) -> list[Effect]:
    """Chapter 6: how much each change takes from ColEI's error, on the seeds and at the rate that decide."""
    return _taken(archive, colei(FEW), FEW)


def _taken(archive: Archive, baseline: Mapping[str, object], lr: float) -> list[Effect]:
    found = []
    for name, c in INTO_COLEI.items():
        if (difference := gap(archive, baseline, cell(*c, lr=lr))) is not None:
            found.append(Effect(name, difference, {PAPER: READ_OFF[name]}))
    return found


def one_layer_rnn() -> float:
    """Chapter 6: the paper's error (%) of a one-layer RNN, Fig. 6: the baseline of the transplants' own
    depth.
    """
    return ONE_LAYER


def baselines(archive: Archive, one: Archive, three: Archive) -> list[Effect]:
    """Chapter 6: final errors of every RNN that could be the one of Fig. 4, by depth and length (E1)."""
    updates = int(archive.runs.updates.max())
    found = {
        "1 layer, as the transplants": errors(archive, cell("rnn", "rnn")),
        "1 layer, of chapter 4": summary.by_seed(one, "both", kind="rnn"),
        f"3 layers, to update {updates:,}": summary.by_seed(until(three, updates), "both", kind="rnn"),
        "3 layers, to the end": summary.by_seed(three, "both", kind="rnn"),
    }
    return [Effect(words, estimate(values)) for words, values in found.items() if len(values) > 1]


def until(archive: Archive, update: int) -> Archive:
    """Chapter 6: an archive with the final errors that its runs would have if they had stopped here."""
    runs, curves = archive.runs, archive.curves[archive.curves["update"] <= update]
    shorter = runs.assign(updates=runs.updates.clip(upper=update)).drop(
        columns="late_test_error", errors="ignore"
    )
    late = reading.with_late(shorter, curves).late_test_error
    return replace(archive, runs=runs.assign(late_test_error=late), curves=curves)


@dataclass(frozen=True)
class Pair:
    """Chapter 6: two changes of one baseline, tested against each other; `r`: correlation over seeds."""

    a: Effect
    b: Effect
    difference: Estimate
    r: float
    welch: float
    mann_whitney: float
    paired: float


def pairs(effects: Sequence[Effect]) -> list[Pair]:
    """Chapter 6: every two of these changes, with the p-values of three tests."""
    found = []
    for a, b in combinations(effects, 2):
        x, y = np.array(a.estimate.values), np.array(b.estimate.values)
        found.append(
            Pair(
                a, b, estimate(x - y), float(np.corrcoef(x, y)[0, 1]),
                welch=stats.ttest_ind(x, y, equal_var=False).pvalue,
                mann_whitney=stats.mannwhitneyu(x, y).pvalue, paired=stats.ttest_rel(x, y).pvalue,
            )
        )  # fmt: skip
    return found


def comparisons(effects: Sequence[Effect]) -> pd.DataFrame:
    """Chapter 6: a row for two changes of one baseline: the difference of their effects, tested in three
    ways.

    Welch and Mann-Whitney, as the paper, take the two effects for independent samples; the paired t-test
    takes the seeds' differences, from which the baseline cancels (E23). `r`: correlation over seeds.
    """
    found = []
    for pair in pairs(effects):
        ours, papers = (pair.welch, pair.mann_whitney), PAPERS_P[pair.a.label, pair.b.label]
        welch, mann_whitney = (f"{written_p(p)} ({written_p(q)})" for p, q in zip(ours, papers))
        found.append(
            {
                "effects": f"{pair.a.label} less {pair.b.label}",
                "difference (points)": str(pair.difference),
                "r": round(pair.r, 2),
                "Welch p (paper)": welch,
                "Mann-Whitney p (paper)": mann_whitney,
                "paired p": written_p(pair.paired),
            }
        )
    return pd.DataFrame(found).set_index("effects") if found else pd.DataFrame()


# --- all changes together --------------------------------------------------------------------------


def factorial(archive: Archive, *, log: bool = False) -> list[Effect]:
    r"""Chapter 6: main effects and interactions of the 2 x 2 x 2 conditions, seed by seed; none if a cell is
    missing.

    For a set A of factors: (1/4) sum_cells y prod_{k in A} x_k, x_k = +1 with factor k and -1 without. For
    one factor this is the mean of the four cells that have it less that of the others; for two it is half of
    what one's effect gains if the other is there. y is the error (%), with `log` its natural logarithm.
    """
    table = _eight(archive)
    return _contrasts(np.log(table) if log else table) if len(table) > 1 else []


def by_factors_alone(archive: Archive) -> pd.Series:
    """Chapter 6: the share of each interaction, in points, that there would be if the changes were factors of
    the error: each cell of a seed as its main effects on log error have it. None if a cell is missing.
    """
    table = _eight(archive)
    if len(table) < 2:
        return pd.Series(dtype=float)
    y, x = np.log(table), SIGN_OF_CELL
    plain = np.exp(y.mean(axis=1).to_numpy()[:, None] + y.to_numpy() @ x @ x.T / 8)
    as_factors = _contrasts(pd.DataFrame(plain, index=table.index, columns=table.columns))
    pairs = zip(as_factors[3:], _contrasts(table)[3:])
    return pd.Series({e.label: a.estimate.mean / e.estimate.mean for a, e in pairs})


def _eight(archive: Archive) -> pd.DataFrame:
    """Errors (%), a row a seed that all eight cells have, a column a cell."""
    return pd.concat({c: errors(archive, cell(*c)) for c in CELLS}, axis=1).dropna()


def _contrasts(table: pd.DataFrame) -> list[Effect]:
    """Main effects and interactions of `_eight`."""
    found = []
    for order in (1, 2, 3):
        for chosen in combinations(range(3), order):
            words = list(FACTORS.values()) if order == 1 else list(FACTORS)
            values = table.to_numpy() @ SIGN_OF_CELL[:, chosen].prod(1) / 4
            found.append(Effect(" × ".join(words[k] for k in chosen), estimate(values)))
    return found


def table(effects: Sequence[Effect], quantity: str = "change of error (points)") -> pd.DataFrame:
    """Chapter 6: a row an effect: ours with its 95 % t-interval, seeds of its sign, the paper's numbers."""
    found = []
    for e in effects:
        above = f"{sum(value > 0 for value in e.estimate.values)} of {e.estimate.n}"
        row = {"change": e.label, quantity: str(e.estimate), "seeds above 0": above}
        found.append(row | {name: f"{value:+.2f}" for name, value in e.published.items()})
    return pd.DataFrame(found).set_index("change") if found else pd.DataFrame()


# --- what H sees of a spectrum's parts --------------------------------------------------------------


def levelled(s: np.ndarray, n_inhibitory: int, *, outlier: bool, group: bool) -> np.ndarray:
    """Chapter 6: ColEI's singular values s `(N,)` without their outlier, or with a lower inhibitory group.

    `outlier`: the largest value is taken out (set to zero); `group`: the n_inhibitory next ones become as
    large as the largest of the bulk.
    """
    s = s.copy()
    if group:
        s[1 : n_inhibitory + 1] = s[n_inhibitory + 1]
    if outlier:
        s[0] = 0
    return np.sort(s)[::-1]


# --- beyond the paper: Dale's law and a compact spectrum at once ------------------------------------

WEIGHTS = ("layer0/W", "layer0/U", "readout/W")


def most_inputs(s: np.ndarray) -> float:
    """Chapter 6: s_1^2 / mean(s^2): the most `effective_inputs` that a spectrum s allows, if columns keep one
    sign.
    """
    return float(s.max() ** 2 / np.mean(s**2))


def compromise(W: np.ndarray, s: np.ndarray, signs: np.ndarray, rounds: int) -> tuple[np.ndarray, list]:
    """Chapter 6: alternate: give W the singular values s, then set to zero what lacks its column's sign.

    Shapes:  W `(N, N)`, s `(N,)` largest first, signs `(N,)` -> `(N, N)`, of columns with these signs.
    Returns: the matrix, and of each round (largest |s - wanted| of it, its effective inputs).
    """
    history = []
    for _ in range(rounds):
        W = towards_spectrum(W, s, signs, rounds=1)
        off = np.abs(singular_values(W) - s).max()
        history.append((float(off), effective_inputs(W)))
    return W, history


def exchange(seed: int, names: Sequence[str], *, n: int = 100) -> dict[str, np.ndarray]:
    """Chapter 6: ColEI's arrays, free and of one seed, with an RNN's spectrum in those of these `names`
    alone.
    """
    arrays = draw_transplant("colei", "colei", 28, n, 10, rng=weight_generator(seed))
    other = draw_transplant("rnn", "rnn", 28, n, 10, rng=weight_generator(seed))
    return arrays | {name: transplant(arrays[name], other[name]) for name in names}


def train_arrays(
    kind: str, members: Sequence[Mapping[str, np.ndarray]], seeds: Sequence[int], *, lr: float = 0.1,
    clip: float = 1.0, updates: int = 400, ei_ratio: float = 9.0,
) -> np.ndarray:  # fmt: skip
    """Chapter 6: train networks from these arrays on the embedded digits; test error (%) of each at the
    end.
    """
    data = load_task(experiments.get("transplants").runs("smoke")[0], torch.device("cpu"))
    training = Training(
        Network.from_arrays(kind, members, ei_ratio=ei_ratio), data, seeds=list(seeds),
        lr=[lr] * len(members), clip=[clip] * len(members), clip_by="layer", batch=32, updates=updates,
        eval_every=updates,
        loss="cross_entropy",
    )  # fmt: skip
    training.run()
    return 100 * np.asarray(training.history["test_error"][-1])
