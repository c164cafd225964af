"""What an archive's tables must agree in, without training anything: checks that are free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta, timezone

import numpy as np

from ..checks import shown
from . import manifests
from .reading import Archive, are_final, scores, with_late
from .tables import MOST_ROWS

RANGES = {"error": (0, 1), "entropy": (0, 1), "loss": (0, np.inf), "perplexity": (1, np.inf)}
MEASURED = ("train_", "test_", "valid_")  # how the columns begin that a curve has, and a run its end of
TIMES = ("started", "finished")
AHEAD = timedelta(days=2)  # of a clock that is wrong
SPECTRUM = dict.fromkeys(("largest", "second", "radius", "singular_value"), (0, np.inf))
NEAR = 5e-4  # spectra of draws are archived to about four digits
NEAR_LATE = 1e-5  # final figures are means in double precision, curves are archived in single


def faults(archive: Archive) -> list[str]:
    """What cannot be in an archive that the library wrote, a line each.

    A row is its run id's configuration, final figures are the ends of the curves, numbers are in range, and
    the parts of the manifest are those of the rows.
    """
    checks = (_rows_and_parts, _columns, _configurations, _ranges, _ends, _late)
    return [line for check in checks for line in check(archive)]


def _rows_and_parts(archive: Archive) -> Iterator[str]:
    manifest = archive.manifest
    for name, expected in (("experiment", archive.experiment.name), ("scale", archive.scale)):
        if manifest.get(name, expected) != expected:
            yield f"its manifest is of {name} {shown(manifest[name])}, its folder of {expected!r}"
    for name, table in archive.tables.items():
        rows = manifest["tables"][name].get("rows", len(table))
        if rows != len(table):
            yield f"its manifest says {rows:,} rows of {name}, its table has {len(table):,}"
    for k, part in enumerate(manifest["parts"]):
        rows = int((archive.runs.part == k).sum()) if "part" in archive.runs else part["runs"]
        if not 0 < rows <= part["runs"]:
            yield f"its manifest says {part['runs']:,} runs in part {k}, its table has {rows:,}"
        started, finished = (manifests.moment(part.get(name, part["finished"])) for name in TIMES)
        if started > finished:
            yield f"part {k} of it finished at {part['finished']}, before it started at {part['started']}"
        if finished > datetime.now(timezone.utc) + AHEAD:
            yield f"part {k} of it finished at {part['finished']}, which is still to come"
    of = archive.runs["part"] if "part" in archive.runs else archive.runs.seed * 0
    if ((of < 0) | (of >= len(manifest["parts"]))).any():
        yield f"its table has runs of part {of.max()}, its manifest {len(manifest['parts'])} parts"
    elif "part" not in archive.runs and len(manifest["parts"]) > 1:
        yield f"its table does not say of which of its {len(manifest['parts'])} parts a run is"


def _columns(archive: Archive) -> Iterator[str]:
    """What was measured is in both tables."""
    runs, curves = set(archive.runs), set(archive.curves)
    if not archive.experiment.trains:
        if lost := sorted({archive.experiment.quantity} - runs) + sorted({"singular_value"} - curves):
            yield f"its tables lack {', '.join(lost)}"
        return
    needed = {archive.experiment.quantity, "train_loss"}
    final = {name for name in runs if name.startswith(MEASURED)} | needed
    course = {name for name in curves if name.startswith(MEASURED)} | needed
    for name, lost in (("runs", ({"diverged_at"} | course) - runs), ("curves", final - curves)):
        if lost:
            yield f"its {name} lack {', '.join(sorted(lost))}"


def _configurations(archive: Archive) -> Iterator[str]:
    """Each row beside the configuration of its run id: the first that differs in a field."""
    known = {run.run_id: run for run in archive.configs}
    rows = archive.runs[archive.runs.run_id.isin(known)].drop_duplicates("run_id")
    for name in asdict(next(iter(known.values()))) if known else ():
        if name in rows:
            for run_id, value in zip(rows.run_id, rows[name]):
                if not _is(value, getattr(known[run_id], name)):
                    expected = getattr(known[run_id], name)
                    yield f"its table says {name} {value!r} of run {run_id}, whose {name} is {expected!r}"
                    break


def _is(value, expected) -> bool:
    if expected is None:
        return value is None or value is False or value is np.False_ or value != value
    return bool(value == expected)


def _ranges(archive: Archive) -> Iterator[str]:
    for name, table in archive.tables.items():
        for column in table.select_dtypes("number"):
            low, high = SPECTRUM.get(column) or RANGES.get(column.rpartition("_")[2], (-np.inf, np.inf))
            outside = (table[column] < low) | (table[column] > high)  # NaN is neither
            if outside.any():
                row = table[outside].iloc[0]
                value = f"{row[column]:.6g} of run {row.run_id}"
                yield f"its {name} have {column} {value}, expected {low} to {high}"
    runs, trains = archive.runs, archive.experiment.trains
    if trains and {"updates", "diverged_at"} <= {*runs}:
        wrong = (runs.diverged_at > runs.updates) | (runs.diverged != (runs.diverged_at >= 0))
        if wrong.any():
            yield f"its table says two things about whether run {runs[wrong].run_id.iloc[0]} diverged"
    if archive.experiment.quantity in runs:
        lost = runs[archive.experiment.quantity].isna() & ~runs.diverged
        if lost.any():
            run_id = runs[lost].run_id.iloc[0]
            yield f"its table has no {archive.experiment.quantity} of run {run_id}, which did not diverge"


def _ends(archive: Archive) -> Iterator[str]:
    """The last row of each curve beside the run's own; of draws, the first singular value."""
    if not archive.experiment.trains:
        yield from _first_values(archive)
        return
    runs, curves = archive.runs.drop_duplicates("run_id").set_index("run_id"), archive.curves
    if "update" not in curves or "updates" not in runs:
        yield "its tables lack the updates of its runs"
        return
    within = curves.groupby("run_id", sort=False)["update"]
    if (within.diff() <= 0).any() or (curves["update"] < 0).any():
        yield "its curves do not go forward, from update to update"
    last = curves.groupby("run_id", sort=False).tail(1).set_index("run_id")
    last = last[last.index.isin(runs.index)]
    runs = runs.reindex(last.index)
    final_names = {"update": "updates"} | {name: name for name in last if name in runs}
    for name, of in final_names.items():
        curve, final = last[name].to_numpy(np.float32), runs[of].to_numpy(np.float32)
        different = ~((curve == final) | (np.isnan(curve) & np.isnan(final)))
        if different.any():
            k = int(np.argmax(different))
            yield f"its table says {of} {final[k]} of run {last.index[k]}, its curve ends in {curve[k]}"


def _late(archive: Archive) -> Iterator[str]:
    """Final figures beside the ends of the curves, where no row of a curve was left out."""
    runs, curves = archive.runs.drop_duplicates("run_id"), archive.curves
    if not archive.experiment.trains or not {"update", "updates"} <= {*curves, *runs}:
        return
    late = [name for name in runs if name.startswith("late_")]
    rows = runs.run_id.map(curves.groupby("run_id").size())
    whole = runs[rows < MOST_ROWS]
    again = with_late(whole.drop(columns=late), curves)
    for name in late:
        if name not in again:
            yield f"its runs have {name}, its curves nothing that it is the mean of"
            continue
        different = ~np.isclose(whole[name], again[name], rtol=NEAR_LATE, atol=0, equal_nan=True)
        if different.any():
            k = int(np.argmax(different))
            said, mean = whole[name].iloc[k], again[name].iloc[k]
            run_id = whole.run_id.iloc[k]
            yield f"its table says {name} {said:.6g} of run {run_id}, whose curve makes it {mean:.6g}"


def _first_values(archive: Archive) -> Iterator[str]:
    runs = archive.runs.drop_duplicates("run_id").set_index("run_id")
    if not {"largest", "singular_value"} <= {*runs, *archive.curves}:
        return
    first = archive.curves.groupby("run_id").singular_value.max()
    largest = runs.largest.reindex(first.index)
    different = ~np.isclose(first, largest, rtol=NEAR, equal_nan=True)
    if different.any():
        k = int(np.argmax(different))
        yield (
            f"its table says largest {largest.iloc[k]:.6g} of run {first.index[k]}, "
            f"its spectrum starts at {first.iloc[k]:.6g}"
        )


def halving_record(archive: Archive) -> dict:
    """What a manifest records of a halving that ran: each rung, and how many runs there are at length."""
    rungs = archive.experiment.halving(archive.scale).record(scores(archive.runs))
    return {"rungs": rungs, "final": int(are_final(archive).sum())}
