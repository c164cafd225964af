"""What is left of an experiment to run: what is archived and stays, what is half done, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from .. import experiments
from ..archive import reading
from ..checkpoints import read_state
from ..devices import pick_device
from ..experiments.configs import RunConfig
from ..jobs.ways import blocks
from ..verification import changed_data, changed_numbers


def to_do(runs, wanted, archived, place) -> list[list[RunConfig]]:
    """Ensembles of the wanted runs that are not archived; in the blocks of the whole definition.

    So whatever else is archived meanwhile, a block and its checkpoint stay the same.
    """
    missing = set(wanted)
    if archived is not None:
        done = set(archived.runs.run_id)
        missing = {run for run in wanted if run.run_id not in done}
    return [left for block in blocks(runs, place) if (left := [run for run in block if run in missing])]


def still_belonging(path: Path, runs: Iterable[RunConfig]) -> tuple[reading.Archive, int]:
    """What is archived of these runs, and how many others are.

    Raises: ArchiveError if the archive is damaged, or data or numbers are others since.
    """
    archive = reading.load(*path.parts[-2:], whole=True)
    kept = archive.only(run.run_id for run in runs)
    if changed := changed_data(kept) + changed_numbers(kept):
        raise reading.ArchiveError(f"{path}: expected runs to add to, got {changed[0]}")
    return kept, len(archive.runs) - len(kept.runs)


def archived_or_none(path: Path) -> reading.Archive | None:
    if replacing_mark(path).exists() or not reading.is_archived(path):
        return None
    return reading.load(*path.parts[-2:], whole=True)


def checkpoint_of(path: Path, ensemble: list[RunConfig]) -> Path:
    """Named by a digest of every member's configuration, so it can belong to no other ensemble."""
    return path / "checkpoints" / f"{experiments.digest([r.run_id for r in ensemble])}.npz"


def of_archived(path: Path, runs: Iterable[RunConfig], archived: reading.Archive | None, place) -> list[Path]:
    """Checkpoints that are there of ensembles all of whose runs are archived: nothing needs them any more."""
    if archived is None or not (path / "checkpoints").is_dir():
        return []
    done = set(archived.runs.run_id)
    whole = [block for block in blocks(runs, place) if all(run.run_id in done for run in block)]
    return [file for file in (checkpoint_of(path, block) for block in whole) if file.exists()]


def replacing_mark(path: Path) -> Path:
    """A mark that `fresh` is replacing an archive, which stands until the new one is whole."""
    return path / "checkpoints" / "replacing"


def progress_of(experiment: str, scale: str) -> list[tuple[str, int, int]]:
    """What is left half run, by checkpoints: (kind and preset, update or draw reached, how many in all)."""
    definition, path, found = experiments.get(experiment), reading.folder(experiment, scale), []
    archived = archived_or_none(path)
    runs = definition.runs(scale)
    if (halving := definition.halving(scale)) is not None:
        runs = halving.needed({} if archived is None else reading.scores(archived.runs))
    places = dict.fromkeys((torch.device("cpu"), pick_device("auto")))  # either may have left checkpoints
    ensembles = {
        checkpoint_of(path, block): block for place in places for block in to_do(runs, runs, archived, place)
    }
    for checkpoint, ensemble in ensembles.items():
        if checkpoint.exists():
            what, state = f"{ensemble[0].kind} ({ensemble[0].preset})", read_state(checkpoint)
            found.append((what, state["update"], state["settings"]["updates"]))
    return found
