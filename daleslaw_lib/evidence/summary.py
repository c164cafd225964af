"""What an archive says: final errors by condition, with their uncertainty, beside the paper's.

A condition is a preset and the values of the experiment's `by` fields. Runs are the unit: an interval
is over seeds, by Student's t, and two conditions are compared seed by seed (the same order of data).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from ..archive.reading import Archive, under
from ..checks import one_of
from ..experiments.experiment import NEW_SEEDS
from ..initialisation import starts
from ..initialisation.draw import KINDS, NAMES
from ..statistics import Estimate, estimate


@dataclass(frozen=True)
class Quantity:
    """A column of the tables for readers: the factor it is shown with, what it is, whether it has the unit of
    the task's loss, and the largest value that it can have as it is shown; none is below zero."""

    factor: float
    words: str
    is_loss: bool = False
    most: float = math.inf


QUANTITIES = {
    "test_error": Quantity(100, "test error (%)", most=100),
    "test_loss": Quantity(1, "test loss", is_loss=True),
    "train_loss": Quantity(1, "training loss", is_loss=True),
    "test_perplexity": Quantity(1, "test perplexity"),
    "test_carried_loss": Quantity(1, "test loss, state carried", is_loss=True),
    "test_carried_perplexity": Quantity(1, "test perplexity, state carried"),
    "largest": Quantity(1, "largest singular value"),
    "entropy": Quantity(1, "normalised SVD entropy", most=1),
}


def final_label(archive: Archive) -> str:
    """What a summary calls final figures, on an axis too: "final test error (%)"."""
    words = QUANTITIES[archive.experiment.quantity].words
    return f"final {words}" if archive.experiment.trains else words


# --- which runs ----------------------------------------------------------------------------------


def kinds(runs: pd.DataFrame) -> list[str]:
    """The kinds of networks that a table has, in their usual order."""
    there = set(runs.kind)
    return [kind for kind in KINDS if kind in there]


def matching(runs: pd.DataFrame, where: Mapping[str, object]) -> pd.DataFrame:
    """The runs whose fields have these values; None is for what is absent.

    Raises: ValueError for a field that the table does not have.
    """
    chosen = np.ones(len(runs), bool)
    for name, value in where.items():
        if name not in runs:
            raise ValueError(f"where: expected fields of the runs table, got {name!r}")
        column = runs[name]
        if value is None:
            chosen &= (column.isna() | column.eq(False)).to_numpy()
        elif isinstance(value, float):
            chosen &= np.isclose(column.astype(float), value)
        else:
            chosen &= column.eq(value).to_numpy()
    return runs[chosen]


def deciding(archive: Archive, runs: pd.DataFrame) -> pd.DataFrame:
    """Those of one condition's runs that decide: on new seeds, where it has any (`experiment.NEW_SEEDS`).

    Draws, and scales below the paper's, have one set of seeds.
    """
    if archive.scale != "paper" or not archive.experiment.trains:
        return runs
    new = runs.seed >= NEW_SEEDS
    return runs[new] if new.any() else runs


def runs_of(archive: Archive, where: Mapping[str, object]) -> pd.DataFrame:
    """The deciding runs of one condition: those whose fields have these values, None for what is absent.

    Raises: ValueError for a field that the table does not have.
    """
    return deciding(archive, matching(archive.runs, where))


def factor_of(quantity: str) -> float:
    """What the column of a quantity is multiplied by for readers: 100 for an error in per cent."""
    return QUANTITIES[quantity].factor if quantity in QUANTITIES else 1


def final_column(runs: pd.DataFrame, quantity: str, reading: str = "late") -> str:
    """The column of final figures of a quantity.

    `reading`: "late", the mean of a run's last ten evaluations, where the quantity is evaluated more than
    once; "last", the paper's, its last evaluation alone.
    """
    name = f"late_{quantity}"
    return name if one_of("reading", reading, ("late", "last")) == "late" and name in runs else quantity


def figure(runs: pd.DataFrame, quantity: str, reading: str = "late") -> pd.Series:
    """The final figure of each run by its seed, in the units of the page; diverged runs are left out.

    `reading`: as `final_column`.

    Raises: ValueError if a seed has more than one run.
    """
    column = final_column(runs, quantity, reading)
    found = factor_of(quantity) * runs[~runs.diverged].set_index("seed")[column].sort_index()
    if found.index.has_duplicates:
        raise ValueError(
            f"runs: expected one a seed, got several of {found.index[found.index.duplicated()][0]}"
        )
    return found.rename(quantity)


def unbroken(runs: pd.DataFrame, quantity: str, bound: float, reading: str = "late") -> tuple[pd.Series, int]:
    """The final figures, by seed, of the runs that are not broken, and the number of those that are.

    A run is broken if it ends above `bound` (`claims.broken_above`) or has diverged.

    `reading`: as `final_column`.
    """
    figures = figure(runs, quantity, reading)
    alive = figures[figures <= bound]
    return alive, len(runs) - len(alive)


def by_seed(
    archive: Archive, preset: str, quantity: str | None = None, *, reading: str = "late", **where
) -> pd.Series:
    """The final figure of each deciding seed's run, of those whose fields have the values of `where`.

    "both" stands for either preset: runs in which they agree count for each. Errors are in per cent.

    Raises: ValueError if a seed has more than one such run.
    """
    runs = deciding(archive, matching(under(archive.runs, preset), where))
    try:
        return figure(runs, quantity or archive.experiment.quantity, reading)
    except ValueError as error:
        raise ValueError(f"where: {error}: {preset} {where}") from None


def by_update(curves: pd.DataFrame, runs: pd.DataFrame, quantity: str = "test_error") -> pd.DataFrame:
    """A quantity of these runs on their way: a row an evaluation, a column a seed, in the units of the page.

    Args:   curves: an archive's; runs: some rows of its table, one a seed.
    """
    table = curves.merge(runs[["run_id", "seed"]], on="run_id")
    return factor_of(quantity) * table.pivot(index="update", columns="seed", values=quantity)


def mean_over_seeds(found: pd.Series, quantity: str) -> Estimate:
    """Mean of final figures with its interval, which ends where the quantity does: no error is below 0 % or
    above 100 %, and where one seed fails and others do not a t-interval would not know.
    """
    plain = estimate(found)
    if quantity not in QUANTITIES:  # of somebody's own task
        return plain
    return replace(plain, low=max(plain.low, 0.0), high=min(plain.high, QUANTITIES[quantity].most))


def final(archive: Archive, preset: str, **where) -> Estimate:
    """Mean over seeds of the experiment's quantity, for the runs with these fields."""
    found = by_seed(archive, preset, **where)
    if found.empty:
        raise ValueError(f"where: expected to leave some runs, got none: {preset} {where}")
    return mean_over_seeds(found, archive.experiment.quantity)


def difference(archive: Archive, a: Mapping[str, object], b: Mapping[str, object]) -> Estimate:
    """Final figure of condition `a` less that of `b`, seed by seed; each with its preset among the fields."""
    return estimate((by_seed(archive, **a) - by_seed(archive, **b)).dropna())


def conditions(archive: Archive) -> list[dict]:
    """Every condition that is archived, as {"preset": ..., field: value}, in the order of the table."""
    names = ["preset", *archive.experiment.by]
    return [condition_of(archive, run) for run in archive.runs[names].drop_duplicates().to_dict("records")]


def condition_of(archive: Archive, run: Mapping[str, object]) -> dict:
    """The condition of an archived run, a row of the table; None is for what is absent."""
    values = {name: run[name] for name in ("preset", *archive.experiment.by)}
    return {name: None if pd.isna(v) or v is False else v for name, v in values.items()}


STEPS = {"eg": "exponentiated gradient", "adam": "Adam"}
TOLD = {
    "hidden": "N = {:,}", "ei_ratio": "ratio {:g}", "rho": "rho {:.3g}", "lr": "lr {:g}",
    "ablated": "{:.0f} I units without I-to-I", "length": "{:.0f} steps", "clip": "clip {:g}",
}  # fmt: skip


def label(condition: Mapping[str, object]) -> str:
    """What a summary calls a condition: "ColEI, ratio 9", "RNN vectors, ColEI spectrum, frozen"."""
    c = condition
    words = _network(c)
    words += [_start(c)] if c.get("start") else []
    words += [f"in {c['parts']} alone"] if c.get("parts") else []
    words += [STEPS[c["optimiser"]]] if c.get("optimiser") else []
    meaningless = {"ei_ratio"} if "kind" in c and not KINDS[c["kind"]].draw.RATIO else set()
    told = {name: text for name, text in TOLD.items() if name not in meaningless}
    words += [text.format(c[name]) for name, text in told.items() if c.get(name) is not None]
    words += ["diagonal as drawn"] if c.get("full_diagonal") else []
    return ", ".join(words)


def _network(c: Mapping[str, object]) -> list[str]:
    """What it is made of: its kind, or whose vectors and spectrum it has, and whether signs are frozen."""
    if not c.get("vectors"):
        return [NAMES[c["kind"]] if "kind" in c else "ColEI"]
    if c["vectors"] != c["spectrum"]:
        words = [f"{NAMES[c['vectors']]} vectors", f"{NAMES[c['spectrum']]} spectrum"]
        return [*words, "frozen"] if c.get("frozen") else words
    words = [NAMES[c["vectors"]]]
    if c["vectors"] == "colei":  # whose signs are frozen by its name
        return [*words, "entrywise frozen" if c.get("frozen") else "signs not frozen"]
    return [*words, "frozen"] if c.get("frozen") else words


def _start(c: Mapping[str, object]) -> str:
    """Where else than at its kind's own matrix it starts, with the numbers of that start."""
    kinds = [c["kind"]] if "kind" in c else [k for k, known in starts.STARTS.items() if c["start"] in known]
    start = starts.get(kinds[0], c["start"])
    found = [(start.a, c.get("start_a")), (start.b, c.get("start_b"))]
    numbers = ", ".join(f"{meaning} {value:g}" for meaning, value in found if meaning and value is not None)
    return f"{start.way} {start.words}" + (f" ({numbers})" if numbers else "")


def label_with_preset(condition: Mapping[str, object]) -> str:
    """What a summary calls a condition, with its preset where the presets differ: "ColEI, faithful"."""
    words, preset = label(condition), condition["preset"]
    return words if preset == "both" else f"{words}, {preset}"


def best_settings(archive: Archive, settings=("lr", "clip"), on: str | None = None) -> Archive:
    """For each condition the runs of one setting alone: the best by the mean over seeds of `on`.

    None: of the column that the experiment's settings are chosen on.

    A setting with a diverged run is not chosen, unless all have one.

    Source: the paper, Fig. 2d (validation) and Fig. 7 (there on the test error, E14).
    """
    on = on or archive.experiment.chosen_on
    names = ["preset", *(name for name in archive.experiment.by if name not in settings)]
    means = (
        archive.runs.assign(**{on: archive.runs[on].where(~archive.runs.diverged, np.inf)})
        .groupby([*names, *settings], dropna=False, sort=False)
        .agg(score=(on, "mean"), ids=("run_id", tuple))
        .reset_index()
    )
    best = means.loc[means.groupby(names, dropna=False, sort=False).score.idxmin()]
    return archive.only(run_id for ids in best.ids for run_id in ids)


# --- tables --------------------------------------------------------------------------------------


def published(archive: Archive, condition: Mapping[str, object]) -> list[tuple[float, str]]:
    """What a summary has beside a condition: the paper's numbers, each with where it stands."""

    def same(a, b) -> bool:
        return np.isclose(a, b) if isinstance(a, float) and b is not None else a == b

    return [
        (p.value, p.source)
        for p in archive.experiment.published
        if all(same(value, condition.get(name)) for name, value in p.where.items())
    ]


def beside_the_paper(archive: Archive) -> pd.DataFrame:
    """A row a condition: our final figure, mean, interval, median, range; the paper's number."""
    unit = QUANTITIES[archive.experiment.quantity].words
    rows = []
    for condition in conditions(archive):
        total = len(runs_of(archive, condition))
        ours = by_seed_exactly(archive, condition)
        last = by_seed_exactly(archive, condition, "last")
        numbers = ", ".join(f"{value:.4g} ({source})" for value, source in published(archive, condition))
        row = {"network": label(condition), "preset": condition["preset"]}
        written = partial(_written, digits=4 if ours.mean() < 0.2 else 2)
        if len(ours) == 1:
            row[f"mean {unit}"] = f"{written(ours.iloc[0])} (one run)"
        if len(ours) > 1:
            e = mean_over_seeds(ours, archive.experiment.quantity)
            row |= {
                f"mean {unit}": written(e.mean),
                "95 % interval of the mean": f"{written(e.low)} to {written(e.high)}",
                "last evaluation alone": written(last.mean()),
                "median": written(np.median(e.values)),
                "lowest to highest seed": f"{written(min(e.values))} to {written(max(e.values))}",
            }
        row |= {"runs": f"{len(ours)}" + (f" of {total}" if len(ours) < total else ""), "paper": numbers}
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _written(value: float, digits: int) -> str:
    """A figure with so many digits after the point; of a run that exploded its size."""
    return f"{value:.{digits}f}" if value < 1e5 else f"{value:.1e}"


@dataclass(frozen=True)
class Row:
    """A summary's line: a condition in words, its kind (for colour), our estimate, the paper's numbers."""

    label: str
    kind: str
    estimate: Estimate
    published: tuple[float, ...]


def rows(archive: Archive, *, preset: str | None = None, without: tuple[str, ...] = ()) -> list[Row]:
    """A row for each archived condition of at least two runs that did not diverge.

    `preset`: only that one's, and those in which the presets agree; `without`: fields not named in labels.
    """
    found = []
    for condition in conditions(archive):
        values = by_seed_exactly(archive, condition)
        if len(values) < 2 or preset not in (None, condition["preset"]) and condition["preset"] != "both":
            continue
        named = {name: value for name, value in condition.items() if name not in without}
        words = label_with_preset(named) if preset is None and "preset" in named else label(named)
        kind = condition.get("vectors") or condition.get("kind", "colei")
        numbers = tuple(value for value, _ in published(archive, condition))
        found.append(Row(words, kind, mean_over_seeds(values, archive.experiment.quantity), numbers))
    return found


def by_seed_exactly(archive: Archive, condition: Mapping[str, object], reading: str = "late") -> pd.Series:
    """As `by_seed`, of a condition from `conditions`: its own preset, not those that agree with it."""
    return figure(runs_of(archive, condition), archive.experiment.quantity, reading)
