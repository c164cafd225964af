"""An archive's numbers, a row a condition, beside the paper's: on a terminal, or as JSON."""

from __future__ import annotations

import sys
from dataclasses import fields

import pandas as pd

from ..archive import reading
from ..experiments.configs import DrawConfig, RunConfig
from ..terminal import columns
from .words import NO_TERMINAL

SPARE = (  # columns that a narrow terminal does without, the first of them first
    "last evaluation alone",
    "median",
    "lowest to highest seed",
    "95 % interval of the mean",
)
SETTINGS = ("lr", "clip")  # of which the best is meant, where an experiment tries several


def table(archive: reading.Archive) -> str:
    """Numbers beside the paper's, a line a condition, and where they come from."""
    if archive.experiment.quantity not in archive.runs:
        return archive.provenance
    try:
        found, chosen = numbers(archive)
    except ValueError as error:
        return f"no table of conditions: {error}\n{archive.provenance}"
    return "\n".join(filter(None, (_fitting(found), chosen, archive.provenance)))


def as_dict(archive: reading.Archive) -> dict:
    """What `daleslaw show` prints of an archive, for JSON. Raises: ValueError as `numbers`."""
    if archive.experiment.quantity not in archive.runs:
        return {"provenance": archive.provenance, "conditions": []}
    found, chosen = numbers(archive)
    how = {"chosen": chosen} if chosen else {}
    return {"provenance": archive.provenance, **how, "conditions": found.to_dict("records")}


def numbers(archive: reading.Archive) -> tuple[pd.DataFrame, str]:
    """The table, and in words how settings were chosen, where a condition has several.

    Raises: ValueError if runs of one condition and seed differ in something else, which it names.
    """
    from ..evidence import summary

    try:
        differ = _differ(archive)
        if not differ:
            return summary.beside_the_paper(archive), ""
        if set(differ) <= set(SETTINGS):
            on = archive.experiment.chosen_on
            if on not in archive.runs:
                raise ValueError(f"runs of one condition differ in {', '.join(differ)}, and none has a {on}")
            best = summary.best_settings(archive, settings=tuple(differ))
            found = summary.beside_the_paper(best)
            chosen = [summary.matching(best.runs, one)[differ].iloc[0] for one in summary.conditions(best)]
            for at, name in enumerate(differ, start=list(found).index("preset") + 1):
                found.insert(at, name, [_value(row[name]) for row in chosen])
            return found, _chosen(differ, on)
    except LookupError as error:
        raise ValueError(f"the archive has no {error}") from None
    raise ValueError(
        f"runs of one condition differ in {', '.join(differ)}, which the experiment's `by` does not name"
    )


def _value(number: float) -> str:
    return "none" if pd.isna(number) else f"{number:.4g}"


def _chosen(settings: list[str], on: str) -> str:
    data = on.replace("valid_", "validation_").replace("_", " ")
    return f"each at its best {' and '.join(settings)}, by {data}"


def _differ(archive: reading.Archive) -> list[str]:
    """In what runs of one condition and seed differ; empty where there is one of each."""
    runs, condition = archive.runs[~archive.runs.diverged], ["preset", *archive.experiment.by, "seed"]
    same = runs[runs.duplicated(condition, keep=False)].groupby(condition, dropna=False, sort=False)
    known = [field.name for field in fields(RunConfig if archive.experiment.trains else DrawConfig)]
    names = [name for name in known if name in runs and name not in condition]
    return [name for name in names if len(same) and same[name].nunique(dropna=False).gt(1).any()]


def _fitting(table: pd.DataFrame) -> str:
    """The table, on a terminal that it does not fit with fewer columns."""
    width, text = columns(sys.stdout, NO_TERMINAL), table.to_string(index=False)
    for name in SPARE:
        if max(map(len, text.splitlines())) <= width:
            break
        table = table.drop(columns=name, errors="ignore")
        text = table.to_string(index=False)
    return text
