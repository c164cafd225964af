"""Run an experiment: which ensembles are still to do, checkpoints, signals, progress."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .. import __version__, experiments
from ..archive import reading, writing
from ..checkpoints import read_state
from ..checks import one_of, positive, positive_integer
from ..experiments.configs import DrawConfig, RunConfig
from ..tasks.data import DataError
from ..training.batches import Splits
from ..training.loop import Training
from .archivist import Archivist, curves_table, now, runs_table
from .chunks import Chunk, ChunkError, Finished, collect, forget, library, read
from .devices import device_name, pick_device, use_tf32
from .drawing import Drawing
from .jobs import data_key, load_task, members_at_once, start
from .verification import changed_data, changed_numbers


class Interrupted(Exception):
    """Stopped on request, after a checkpoint."""


class TimeIsUp(Interrupted):
    """Stopped by the time limit, after a checkpoint."""


# --- running -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """Where the archive is, how long training took now; runs trained, kept, and dropped from it."""

    path: Path
    seconds: float
    n_trained: int
    n_kept: int
    n_dropped: int


def run(
    experiment: str,
    scale: str,
    *,
    only: Mapping[str, str] | None = None,
    device: str = "auto",
    threads: int | None = None,
    resume: bool = False,
    fresh: bool = False,
    quiet: bool | None = None,
    executor: Executor | None = None,
    minutes: float | None = None,
    tf32: bool = False,
) -> Outcome:
    """Train the runs of an experiment that are not archived yet, and archive them.

    Each ensemble is archived as soon as it is trained. Archived runs that still belong to the
    experiment are kept, others leave. A stop (Ctrl-C, SIGTERM) writes a checkpoint first; `resume` goes
    on from there and ends with the numbers of an unbroken run; where there is none it starts. `fresh`
    trains everything again and replaces an archive once the new one is whole. `only` trains some:
    {field of its runs: value}. `quiet=None` shows progress on a terminal only. Networks that are drawn
    and not trained (`drawing`) go the same way, block by block, on the CPU. An `executor` of
    concurrent.futures trains ensembles side by side, each with `threads` (see `chunks`). After so many
    `minutes` it stops as by a signal. `tf32`: see `devices.use_tf32`.

    Raises: ValueError for bad arguments; DataError if the data cannot be had; CheckpointError
            if a checkpoint is damaged; ArchiveError if the folder cannot be written, is in
            use, or holds what only `resume` or `fresh` may touch; Interrupted when stopped; ChunkError if an
            executor failed in some chunks: the others are archived.
    """
    if resume and fresh:
        raise ValueError("resume, fresh: expected at most one of the two, got both")
    if only and fresh:
        raise ValueError("only, fresh: expected at most one of the two, got both")
    definition = experiments.get(experiment)
    runs = definition.runs(scale)
    wanted = select(runs, only or {})
    place = pick_device(device)
    if not definition.trains:
        place = torch.device("cpu")
    deadline = None if minutes is None else time.monotonic() + 60 * positive("minutes", minutes)
    if threads is not None:
        torch.set_num_threads(positive_integer("threads", threads))
    use_tf32(tf32, place)
    path = reading.folder(experiment, scale)
    with writing.claimed(path):
        replacing = _replacing(path)
        if only and replacing.exists():
            raise reading.ArchiveError(
                f"{path}: is being replaced as a whole; first run: {_again(experiment, scale, None)}"
            )
        archived, dropped = None, 0
        if reading.is_archived(path) and not fresh and not replacing.exists():
            archived, dropped = _still_belonging(path, runs)
        todo = _todo(runs, wanted, archived, place)
        checkpoints = [_checkpoint(path, ensemble) for ensemble in todo]
        if not dropped:
            _refuse_to_overwrite(path, todo, checkpoints, resume, fresh)
        data = _load_tasks(wanted, place)  # all of it, before anything is discarded or trained
        _look_at_checkpoints(checkpoints, fresh)
        if fresh and reading.is_archived(path):
            replacing.parent.mkdir(exist_ok=True)
            replacing.touch()
        archivist = Archivist(definition, scale, path, place, archived, tf32)
        if executor is None:
            trainings = _train(todo, checkpoints, data, place, quiet, deadline)
        else:
            made = [
                Chunk(tuple(e), c.absolute(), device, threads, tf32, library())
                for e, c in zip(todo, checkpoints)
            ]
            trainings = _train_elsewhere(executor, made, archivist, quiet, deadline)
        with _how_to_continue(_again(experiment, scale, only)), closing(trainings):
            for k, training in trainings:
                archivist.add(todo[k], training)
                if not replacing.exists():
                    archivist.write()
                    forget(checkpoints[k])
            if replacing.exists() or dropped:
                archivist.write()
        replacing.unlink(missing_ok=True)  # the mark first: without it the archive is the new one
        for checkpoint in checkpoints:
            forget(checkpoint)
        with suppress(OSError):  # another definition's checkpoints may be in it
            (path / "checkpoints").rmdir()
    seconds = sum(sum(training.seconds.values()) for training in archivist.trained)
    n_trained = sum(len(ensemble) for ensemble in todo)
    return Outcome(path, seconds, n_trained, 0 if archived is None else len(archived.runs), dropped)


def select(runs: Iterable[RunConfig | DrawConfig], only: Mapping[str, str]) -> tuple:
    """The runs whose fields have the given values, which may be written as text.

    Raises: ValueError for an unknown field, or if no run is left.
    """
    runs = tuple(runs)
    for name in only:
        one_of("only", name, tuple(f.name for f in fields(runs[0])))

    def agrees(value, text) -> bool:
        try:
            return value == text or str(value) == str(text) or float(value) == float(text)
        except (TypeError, ValueError):
            return False

    chosen = tuple(r for r in runs if all(agrees(getattr(r, name), text) for name, text in only.items()))
    if not chosen:
        raise ValueError(f"only: expected to leave some runs, got none with {dict(only)}")
    return chosen


def _todo(runs, wanted, archived, place) -> list[list[RunConfig]]:
    """Ensembles of the wanted runs that are not archived; in the blocks of the whole definition.

    So whatever else is archived meanwhile, a block and its checkpoint stay the same.
    """
    missing = set(wanted)
    if archived is not None:
        done = set(archived.runs.run_id)
        missing = {run for run in wanted if run.run_id not in done}
    blocks = []
    for group in experiments.ensembles(runs):
        blocks += experiments.ensembles(group, members_at_once(group[0], place))
    return [left for block in blocks if (left := [run for run in block if run in missing])]


def _still_belonging(path: Path, runs: Iterable[RunConfig]) -> tuple[reading.Archive, int]:
    """What is archived of these runs, and how many others are.

    Raises: ArchiveError if the archive is damaged, or data or numbers are others since.
    """
    archive = reading.load(*path.parts[-2:])
    kept = archive.only(run.run_id for run in runs)
    if changed := changed_data(kept) + changed_numbers(kept):
        raise reading.ArchiveError(f"{path}: expected runs to add to, got {changed[0]}")
    return kept, len(archive.runs) - len(kept.runs)


def _again(experiment: str, scale: str, only: Mapping[str, str] | None) -> str:
    chosen = [f"--only {name}={value}" for name, value in (only or {}).items()]
    return experiments.again(experiment, scale, *chosen, "--resume")


def train_here(runs: Iterable[RunConfig], *, device: str = "auto") -> reading.Archive:
    """Train runs now, without checkpoints, and keep the tables in memory: what a live cell shows.

    Raises: ValueError for bad arguments; DataError if the data cannot be had.
    """
    runs, place = tuple(runs), pick_device(device)
    data, todo = _load_tasks(runs, place), experiments.ensembles(runs)
    trained = [start(ensemble, data[data_key(ensemble[0])], place) for ensemble in todo]
    for training in trained:
        training.run()
    return reading.Archive(
        experiment=experiments.Experiment("live cell", "trained in this cell", "", {"smoke": lambda: runs}),
        scale="smoke",
        runs=runs_table(todo, trained),
        curves=curves_table(todo, trained),
        manifest={
            "parts": [
                {
                    "device": device_name(place),
                    "finished": now(),
                    "library_version": __version__,
                    "wall_seconds": sum(sum(training.seconds.values()) for training in trained),
                }
            ]
        },
    )


def _train(todo, checkpoints, data, place, quiet, deadline) -> Iterator[tuple[int, Training | Drawing]]:
    """Each ensemble, trained to its last update; each block of draws, drawn to its last."""
    with _stop_on_signal(deadline) as should_stop, _progress(todo, quiet) as report:
        for k, (ensemble, checkpoint) in enumerate(zip(todo, checkpoints)):
            training = start(ensemble, data.get(_key(ensemble[0])), place, checkpoint)
            on_progress = partial(report, ensemble)
            if not training.run(checkpoint=checkpoint, on_progress=on_progress, should_stop=should_stop):
                step = "draw" if isinstance(training, Drawing) else "update"
                raise _stopped(deadline)(f"at {step} {training.update_index:,} of {training.updates:,}")
            yield k, training


def _train_elsewhere(
    executor, chunks: list[Chunk], archivist, quiet, deadline
) -> Iterator[tuple[int, Finished | Drawing]]:
    """Each ensemble as an executor finishes it.

    Raises: ChunkError at the end, naming what failed; Interrupted if it was stopped before.
    """
    if not chunks:
        return
    problems, n_done = [], 0
    bar = tqdm(total=len(chunks), unit=" chunks", disable=quiet, leave=False)
    with _stop_on_signal(deadline) as should_stop, bar:
        for k, report in collect(executor, chunks, should_stop):
            if "failed" in report:
                problems.append(f"{chunks[k].name}: {report['failed']}")
            elif report["finished"]:
                archivist.made_by(report)
                n_done += 1
                bar.update()
                yield k, read(chunks[k])
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise ChunkError(f"{len(problems)} of {len(chunks)} chunks failed: {problems[0]}{more}")
        if n_done < len(chunks):
            raise _stopped(deadline)(f"after {n_done} of {len(chunks)} chunks")


def _stopped(deadline: float | None) -> type[Interrupted]:
    return TimeIsUp if deadline is not None and time.monotonic() > deadline else Interrupted


def _key(config: RunConfig | DrawConfig) -> tuple | None:
    return data_key(config) if isinstance(config, RunConfig) else None


@contextmanager
def _how_to_continue(command: str) -> Iterator[None]:
    """Whatever stops the training, the checkpoints stand: say how to go on from them."""
    try:
        yield
    except Interrupted as stopped:
        raise type(stopped)(f"stopped {stopped}; to continue: {command}") from None
    except ChunkError as error:
        raise ChunkError(f"{error}; to continue: {command}") from None
    except KeyboardInterrupt:  # while the tables are written
        raise Interrupted(f"stopped; to continue: {command}") from None
    except DataError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise reading.ArchiveError(
            f"{where}cannot be written ({error.strerror or error}); "
            f"what was there before is kept; to continue: {command}"
        ) from error


def _load_tasks(runs: tuple, place: torch.device) -> dict[tuple, Splits]:
    distinct = {data_key(run): run for run in runs if isinstance(run, RunConfig)}
    return {key: load_task(run, place) for key, run in distinct.items()}


def _checkpoint(path: Path, ensemble: list[RunConfig]) -> Path:
    """Named by a digest of every member's configuration, so it can belong to no other ensemble."""
    return path / "checkpoints" / f"{experiments.digest([r.run_id for r in ensemble])}.npz"


def _replacing(path: Path) -> Path:
    """A mark that `fresh` is replacing an archive, which stands until the new one is whole."""
    return path / "checkpoints" / "replacing"


def _refuse_to_overwrite(path: Path, todo, checkpoints: list[Path], resume: bool, fresh: bool) -> None:
    experiment, scale = path.parts[-2:]
    if fresh:
        return
    if any(left.exists() for left in [_replacing(path), *checkpoints]):
        if not resume:
            raise reading.ArchiveError(
                f"{path}: holds checkpoints of an interrupted run; "
                "add --resume to go on from them, or --fresh to start again"
            )
    elif not todo:
        raise reading.ArchiveError(
            f"{path}: holds a finished archive; "
            f"add --fresh to run {experiment} at {scale} scale again and replace it"
        )


def _look_at_checkpoints(checkpoints: list[Path], fresh: bool) -> None:
    """Discard them, or see that each can be read before the first ensemble is trained."""
    for checkpoint in checkpoints:
        if fresh:
            forget(checkpoint)
        elif checkpoint.exists():
            read_state(checkpoint)


# --- progress and signals ------------------------------------------------------------------------


@contextmanager
def _stop_on_signal(deadline: float | None = None) -> Iterator[Callable[[], bool]]:
    """A function that turns true after Ctrl-C, SIGTERM or the deadline; the update under way is finished."""
    asked = threading.Event()

    def should_stop() -> bool:
        return asked.is_set() or (deadline is not None and time.monotonic() > deadline)

    if threading.current_thread() is not threading.main_thread():
        yield should_stop
        return
    before = {s: signal.signal(s, lambda *_: asked.set()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield should_stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(todo, quiet: bool | None) -> Iterator[Callable[[list, Training | Drawing], None]]:
    """A bar in network-updates or draws, with the latest median error of each kind of network."""
    errors: dict[str, str] = {}
    done_before, current = 0, None
    total = sum(map(_steps, todo))
    unit = " draws" if todo and isinstance(todo[0][0], DrawConfig) else " updates"
    # disable=None: tqdm shows nothing where stderr is not a terminal
    bar = tqdm(total=total, unit=unit, disable=quiet, smoothing=0.05, mininterval=0.5, leave=False)

    def report(ensemble: list, training: Training | Drawing) -> None:
        nonlocal done_before, current
        if bar.disable:
            return
        done = _steps(ensemble) * training.update_index // training.updates
        if ensemble is not current:
            done_before += _steps(current) if current else 0
            current = ensemble
            bar.initial += done  # done by an earlier run: not in the rate
            bar.n = bar.last_print_n = done_before + done
        if "test_error" in training.history and training.history["update"][-1] == training.update_index:
            latest = training.history["test_error"][-1]
            if not np.isnan(latest).all():
                errors[ensemble[0].kind] = f"{100 * np.nanmedian(latest):.2f} %"
            bar.set_postfix(errors, refresh=False)
        bar.update(done_before + done - bar.n)

    with bar:
        yield report


def _steps(ensemble: list) -> int:
    """Network-updates of an ensemble, or draws of a block."""
    return sum(run.updates for run in ensemble)


# --- what is there ---------------------------------------------------------------------------------


def progress_of(experiment: str, scale: str) -> list[tuple[str, int, int]]:
    """Checkpointed ensembles: (kind and preset, update or draw reached, how many in all)."""
    path, runs, found = reading.folder(experiment, scale), experiments.get(experiment).runs(scale), []
    if not (path / "checkpoints").is_dir():
        return []
    archived = _archived_or_none(path)
    for ensemble in _todo(runs, runs, archived, pick_device("auto")):
        checkpoint = _checkpoint(path, ensemble)
        if checkpoint.exists():
            what, state = f"{ensemble[0].kind} ({ensemble[0].preset})", read_state(checkpoint)
            found.append((what, state["update"], state["settings"]["updates"]))
    return found


def _archived_or_none(path: Path) -> reading.Archive | None:
    if _replacing(path).exists() or not reading.is_archived(path):
        return None
    return reading.load(*path.parts[-2:])
