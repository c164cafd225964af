"""Is an archive still what the library would make? Damaged tables, changed definitions, other numbers."""

from __future__ import annotations

import numpy as np

from . import experiments
from .archive import checking, manifests, reading
from .experiments.configs import DrawConfig, RunConfig
from .initialisation import starts
from .jobs.ways import all_probes, data_digests, job_of


def fingerprint(probe: RunConfig | DrawConfig) -> list[float]:
    """To verify numbers: what the library makes of a probe, losses and errors, or what is measured on a draw.

    Probes are the miniatures of `jobs.all_probes`, one for each make of network and way to draw.
    Recorded in a manifest, and recomputed to see whether the library still gives the same numbers:
    comments and speed may change, results may not.
    """
    return job_of([probe]).fingerprint()


def changed_data(archive: reading.Archive) -> list[str]:
    """A line if data files are others than when the archived runs ran."""
    name, recorded = archive.experiment.name, archive.manifest["data"]
    now = data_digests([[run] for run in archive.configs])
    if all(recorded.get(file) == value for file, value in now.items()):
        return []
    again = f"run: {experiments.again(name, archive.scale, '--fresh')}"
    return [f"stale: the data files of {name} have changed since; {again}"]


def changed_numbers(archive: reading.Archive) -> list[str]:
    """Makes of network in the archive that the library trains differently since, a line each."""
    again = f"run: {experiments.again(archive.experiment.name, archive.scale, '--fresh')}"
    recorded, problems = archive.manifest["fingerprint"], []
    makes = "trains" if archive.experiment.trains else "draws"
    for probe in all_probes(archive.configs):
        what = f"{probe.kind} ({', '.join(f'{k} {v}' for k, v in _unusual(probe).items())})"
        if probe.run_id not in recorded:
            problems.append(f"stale: no fingerprint of {what}; {again}")
        elif not _same_numbers(recorded[probe.run_id], fingerprint(probe), _bound(probe)):
            problems.append(f"stale: the library {makes} {what} differently since; {again}")
    return problems


def _unusual(probe: RunConfig | DrawConfig) -> dict:
    values = {name: getattr(probe, name) for name in job_of([probe]).telling}
    return {name: value for name, value in values.items() if value is not None}


def to_verify() -> list[tuple[str, str]]:
    """Experiment and scale of all that was run and archived, or is listed and should be there.

    Raises: ValueError if the list, index.json, is damaged.
    """
    there = [
        (name, scale)
        for name in experiments.EXPERIMENTS
        for scale in reading.archived_scales(name, unfinished=True)
    ]
    listed = [tuple(name.split("/", 1)) for name in manifests.listed(reading.root())]
    return list(dict.fromkeys([*there, *(pair for pair in listed if len(pair) == 2)]))


def verify(experiment: str, scale: str) -> list[str]:
    """Run an archive's checks: what is damaged, missing, changed or stale, a line each; empty when all is
    well.

    Missing runs are not a fault: `Archive.total` says how many there are to be.
    """
    definition = experiments.EXPERIMENTS.get(experiment)
    if definition is None or scale not in definition.scales:
        return [f"missing: {manifests.INDEX} lists {experiment}/{scale}, and there is no such experiment"]
    expected = manifests.listed(reading.root()).get(f"{experiment}/{scale}")
    if expected and not reading.is_archived(reading.folder(experiment, scale)):
        again = experiments.again(experiment, scale)
        return [f"missing: {manifests.INDEX} lists it, and it is not there; restore it, or run: {again}"]
    try:
        archive = reading.load(experiment, scale, whole=True)
    except reading.ArchiveError as error:
        return [f"damaged: {line}" for line in error.lines]
    again = f"run: {experiments.again(experiment, scale)}"
    problems, configs = [], archive.configs
    if archive.runs.run_id.duplicated().any():
        problems.append(f"damaged: its table holds a run twice; {again} --fresh")
    elif strange := len(archive.runs) - len(configs):
        problems.append(
            f"stale: {strange} of its {len(archive.runs)} runs are not in the definition of {experiment} "
            f"any more; {again} to replace them"
        )
    if sorted(set(archive.curves.run_id)) != sorted(archive.runs.run_id):
        problems.append(f"damaged: its curves are not those of its runs; {again} --fresh")
    found = [*manifests.faults(archive.manifest, whole=True), *checking.faults(archive)]
    problems += [f"damaged: {line}; {again} --fresh" for line in found]
    if expected and manifests.sha256(reading.folder(experiment, scale) / manifests.MANIFEST) != expected:
        problems.append(
            f"changed: its manifest is not the one that {manifests.INDEX} lists; restore it, or, if it was "
            "run again, list it: python -m tools.index"
        )
    return problems + wrongly_chosen(archive) + changed_data(archive) + changed_numbers(archive)


def wrongly_chosen(archive: reading.Archive) -> list[str]:
    """Where the runs of a halving, or its record, are not those that should have run by its scores."""
    halving = archive.experiment.halving(archive.scale)
    if halving is None:
        return []
    again = f"run: {experiments.again(archive.experiment.name, archive.scale, '--fresh')}"
    problems = []
    if strange := int((~reading.chosen(archive) & ~reading.by_name_alone(archive)).sum()):
        problems.append(f"damaged: its halving did not choose {strange} of its runs; {again}")
    if archive.manifest.get("halving") != checking.halving_record(archive):
        problems.append(f"damaged: its manifest tells of another halving than its runs; {again}")
    return problems


def _bound(probe: RunConfig | DrawConfig) -> float:
    start = getattr(probe, "start", None)
    return starts.get(probe.kind, start).repeats if start else starts.REPEATS


def _same_numbers(recorded: list[float], now: list[float], bound: float) -> bool:
    close = dict(rtol=bound, atol=0, equal_nan=True)
    return len(recorded) == len(now) and np.allclose(recorded, now, **close)
