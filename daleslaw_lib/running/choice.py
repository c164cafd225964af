"""Which of an experiment's runs are meant: those whose fields have the given values. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

from ..checks import one_of
from ..experiments import Experiment
from ..experiments.configs import DrawConfig, RunConfig


def chosen(definition: Experiment, scale: str, only: Mapping[str, str]) -> tuple:
    """What to run: the runs, or as many as there will be, that a choice of fields leaves; see `select`.

    Raises: ValueError as `select`, or for a field that a halving decides.
    """
    halving = definition.halving(scale)
    if halving is not None and (fixed := halving.settings_of(only)):
        raise ValueError(
            f"only: expected fields of a point, such as {', '.join(halving.points[0])}, got {fixed[0]}: a "
            "halving needs every setting of a point"
        )
    return select(definition.planned(scale), only)


def select(runs: Iterable[RunConfig | DrawConfig], only: Mapping[str, str]) -> tuple:
    """What to run: those whose fields, or `run_id`, have these values: as they are, as text, one of a
    frozenset.

    Raises: ValueError for an unknown field, or if no run is left.
    """
    runs = tuple(runs)
    for name in only:
        one_of("only", name, (*(f.name for f in fields(runs[0])), "run_id"))
    left = runs
    for name, text in only.items():
        before, left = left, agreeing(left, {name: text})
        if not left:
            values = ", ".join(values_of(before, name))
            others = "" if before == runs else "with the others "
            what = f"only: expected to leave some runs, got none with {dict(only)}"
            raise ValueError(f"{what}; {others}{name} can be {values}")
    return left


def agreeing(runs: Iterable[RunConfig | DrawConfig], only: Mapping[str, str]) -> tuple:
    """What to run: as `select`, of fields that there are; perhaps none."""

    def agrees(value, text) -> bool:
        if isinstance(text, frozenset):
            return value in text
        try:
            return value == text or str(value) == str(text) or float(value) == float(text)
        except (TypeError, ValueError):
            return False

    return tuple(r for r in runs if all(agrees(getattr(r, name), text) for name, text in only.items()))


def values_of(runs: Iterable[RunConfig | DrawConfig], name: str, most: int = 12) -> list[str]:
    """Values that `run --only` takes for a field, each once; of more than `most` the first."""
    values = [str(value) for value in dict.fromkeys(getattr(run, name) for run in runs)]
    more = len(values) - most
    return [*values[:most], f"and {more} more"] if more > 0 else values
