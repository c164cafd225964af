"""Run an experiment: which ensembles are left to do, who works on them, how they get into the archive."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from .. import __version__, experiments, own_files
from ..archive import reading, writing
from ..checkpoints import read_state
from ..checks import positive, positive_integer
from ..experiments.configs import RunConfig
from ..tasks.data import DataError
from ..training.batches import Splits
from ..training.loop import Training
from . import progress, signals, threads
from .archivist import Archivist, curves_table, now, runs_table
from .choice import agreeing, chosen, select
from .chunks import Chunk, ChunkError, collect, forget, holding, read
from .code import library
from .devices import device_name, pick_device, use_tf32
from .drawing import Drawing
from .jobs import Finished, Job, blocks, job_of
from .verification import changed_data, changed_numbers


class Interrupted(Exception):
    """Stopped on request, after a checkpoint; `number`: the signal that asked for it."""

    def __init__(self, message: str, number: int = signal.SIGINT):
        super().__init__(message)
        self.number = number


class TimeIsUp(Interrupted):
    """Stopped by the time limit, after a checkpoint."""


# --- running -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Options:
    """How `run` goes about it.

    Args: only: train some runs, {field of them: value}; device: see `devices.pick_device`; threads: of torch,
          of each worker; resume: go on from checkpoints, or start where there are none; fresh: train
          everything again, and replace an archive once the new one is whole; quiet: no bar (None: a bar on a
          terminal only); executor: of concurrent.futures, which trains ensembles side by side (see
          `chunks`); minutes: then stop as by a signal; tf32: see `devices.use_tf32`.
    Raises: ValueError for a value out of range, or two that exclude each other.
    """

    only: Mapping[str, str] | None = None
    device: str = "auto"
    threads: int | None = None
    resume: bool = False
    fresh: bool = False
    quiet: bool | None = None
    executor: Executor | None = None
    minutes: float | None = None
    tf32: bool = False

    def __post_init__(self):
        for other in ("resume", "only"):
            if getattr(self, other) and self.fresh:
                raise ValueError(f"{other}, fresh: expected at most one of the two, got both")
        if self.threads is not None:
            positive_integer("threads", self.threads)
        if self.minutes is not None:
            positive("minutes", self.minutes)

    @property
    def by_name(self) -> bool:
        """Whether runs are asked for that run whether a halving would choose them or not."""
        return "run_id" in (self.only or {})


@dataclass(frozen=True)
class Outcome:
    """Where the archive is, how long training took now; runs trained, kept, and dropped from it."""

    path: Path
    seconds: float
    n_trained: int
    n_kept: int
    n_dropped: int


def run(experiment: str, scale: str, **options) -> Outcome:
    """Train the runs of an experiment that are not archived yet, and archive them.

    Each ensemble is archived as soon as it is trained. Archived runs that still belong to the
    experiment are kept, others dropped. A stop (Ctrl-C, SIGTERM, SIGHUP) writes a checkpoint first; `resume`
    goes on from there and ends with the numbers of an unbroken run. Networks that are drawn and not trained
    (`drawing`) go the same way, block by block, on the CPU.

    Args:   options: those of `Options`, by name.
    Raises: ValueError for bad arguments; DataError if the data cannot be had; CheckpointError
            if a checkpoint is damaged, or of other code; ArchiveError if the folder cannot be written, is in
            use, or holds what only `resume` or `fresh` may touch; Interrupted when stopped; ChunkError if an
            executor failed in some chunks, or somebody else holds one: the others are archived.
    """
    definition, options = experiments.get(experiment), Options(**options)
    if definition.halving(scale) is not None and not options.by_name:
        return _stage_by_stage(definition, scale, options)
    this = _Run(definition, scale, options, definition.runs(scale))
    with writing.claimed(this.path):
        return this.go()


class _Run:
    """One call of `run`: its steps, in their order, and what each leaves for the next."""

    def __init__(self, definition: experiments.Experiment, scale: str, options: Options, runs: Iterable):
        self.definition, self.scale, self.options = definition, scale, options
        self.runs, self.wanted = tuple(runs), select(runs, options.only or {})
        self.place = job_of(self.wanted[:1], pick_device(options.device)).place
        self.deadline = None if options.minutes is None else time.monotonic() + 60 * options.minutes
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        use_tf32(options.tf32, self.place)
        self.path = reading.folder(definition.name, scale)
        self.stop = None  # whether a signal, or the deadline, has asked for it

    def go(self) -> Outcome:
        self.find_what_is_to_do()
        self.refuse_to_overwrite()
        data = self.load_data()  # all of it, before anything is discarded or trained
        self.look_at_checkpoints()
        self.rehearse()
        self.discard_what_is_replaced()
        self.train_and_archive(data)
        self.clear_up()
        return self.outcome()

    def find_what_is_to_do(self) -> None:
        """What is archived and stays, and which ensembles are missing."""
        self.replacing = _replacing(self.path).exists()
        if self.options.only and self.replacing:
            raise reading.ArchiveError(
                f"{self.path}: is being replaced as a whole; first run: {self.again(whole=True)}"
            )
        self.archived, self.n_dropped = None, 0
        if reading.is_archived(self.path) and not self.options.fresh and not self.replacing:
            self.archived, self.n_dropped = _still_belonging(self.path, self.definition.runs(self.scale))
        todo = _todo(self.runs, self.wanted, self.archived, self.place)
        self.jobs = [job_of(ensemble, self.place) for ensemble in todo]
        self.checkpoints = [_checkpoint(self.path, ensemble) for ensemble in todo]

    def refuse_to_overwrite(self) -> None:
        """Checkpoints and archives are touched only when that is asked for."""
        if self.options.fresh or self.n_dropped:
            return
        if any(left.exists() for left in [_replacing(self.path), *self.checkpoints]):
            if not self.options.resume:
                raise reading.ArchiveError(
                    f"{self.path}: holds checkpoints of an interrupted run; "
                    "add --resume to go on from them, or --fresh to start again"
                )
        elif not self.jobs:
            raise reading.ArchiveError(
                f"{self.path}: holds a finished archive; add --fresh to run {self.definition.name} "
                f"at {self.scale} scale again and replace it"
            )

    def load_data(self) -> dict[tuple | None, Splits | None]:
        return _load_data(job_of([run], self.place) for run in self.wanted)

    def look_at_checkpoints(self) -> None:
        """Check that each can be used, before the first ensemble is trained."""
        for job, checkpoint in zip(self.jobs, self.checkpoints):
            if checkpoint.exists() and not self.options.fresh:
                job.look_at(checkpoint)

    def rehearse(self) -> None:
        """Train the miniatures whose numbers the archive will record: what fails in them is said now."""
        self.archivist = Archivist(
            self.definition, self.scale, self.path, self.place, self.archived, self.options.tf32,
            by_name=self.definition.halving(self.scale) is not None and self.options.by_name,
        )  # fmt: skip
        self.archivist.take_fingerprints(job.ensemble for job in self.jobs)

    def discard_what_is_replaced(self) -> None:
        """Where all is to be trained again: checkpoints go now, the archive when the new one is whole."""
        if not self.options.fresh:
            return
        for checkpoint in self.checkpoints:
            if checkpoint.exists():
                with holding(checkpoint):
                    forget(checkpoint)
        if reading.is_archived(self.path):
            _replacing(self.path).parent.mkdir(exist_ok=True)
            _replacing(self.path).touch()
            self.replacing = True

    def train_and_archive(self, data: dict) -> None:
        """Each ensemble becomes a part of the archive as it is trained; of a new archive, all at the end."""
        trained = self._here(data) if self.options.executor is None else self._elsewhere()
        with _how_to_continue(self.again()), closing(trained):
            if self.options.threads is not None:
                threads.note(self.path / "checkpoints", self.options.threads)
            for k, training in trained:
                self.archivist.add(self.jobs[k].ensemble, training)
                if not self.replacing:
                    self.archivist.write()
                    forget(self.checkpoints[k])
            if self.replacing or self.n_dropped:
                self.archivist.write()

    def _here(self, data: dict) -> Iterator[tuple[int, Training | Drawing]]:
        """Each job, done to its last step in this process."""
        with signals.noted(self.deadline) as stop, progress.steps(self.jobs, self.options.quiet) as report:
            self.stop = stop
            for k, (job, checkpoint) in enumerate(zip(self.jobs, self.checkpoints)):
                with holding(checkpoint):
                    training = job.start(data[job.data_key], checkpoint)
                    how = dict(checkpoint=checkpoint, on_progress=partial(report, job), should_stop=stop)
                    if not training.run(**how):
                        where = f"at {job.step} {training.update_index:,} of {training.updates:,}"
                        raise _stopped(stop, where)
                yield k, training

    def _elsewhere(self) -> Iterator[tuple[int, Finished | Drawing]]:
        """Each job as an executor finishes it.

        Raises: ChunkError at the end, naming what failed; Interrupted if it was stopped before.
        """
        if not self.jobs:
            return
        options, problems, n_done = self.options, [], 0
        chunks = [
            Chunk(tuple(job.ensemble), checkpoint.absolute(), options.device, options.threads, options.tf32,
                  library(), own_files.loaded())
            for job, checkpoint in zip(self.jobs, self.checkpoints)
        ]  # fmt: skip
        with signals.noted(self.deadline) as stop, progress.chunks(len(chunks), options.quiet) as bar:
            self.stop = stop
            for k, report in collect(options.executor, chunks, stop):
                if "failed" in report:
                    problems.append(f"{chunks[k].name}: {report['failed']}")
                elif report["finished"]:
                    self.archivist.made_by(report)
                    n_done += 1
                    bar.update()
                    yield k, read(chunks[k])
            if problems:
                more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
                raise ChunkError(f"{len(problems)} of {len(chunks)} chunks failed: {problems[0]}{more}")
            if n_done < len(chunks):
                raise _stopped(stop, f"after {n_done} of {len(chunks)} chunks")

    def clear_up(self) -> None:
        """The archive is whole: nothing else is needed any more."""
        _replacing(self.path).unlink(missing_ok=True)  # the mark first: without it the archive is the new one
        for checkpoint in self.checkpoints:
            forget(checkpoint)
        threads.note(self.path / "checkpoints", 1)
        with suppress(OSError):  # another definition's checkpoints may be in it
            (self.path / "checkpoints").rmdir()

    def outcome(self) -> Outcome:
        seconds = sum(sum(training.seconds.values()) for training in self.archivist.trained)
        n_kept = 0 if self.archived is None else len(self.archived.runs)
        return Outcome(
            self.path, seconds, sum(len(job.ensemble) for job in self.jobs), n_kept, self.n_dropped
        )

    def again(self, whole: bool = False) -> str:
        """The command that goes on with it, or with the whole experiment."""
        only = {} if whole else self.options.only or {}
        chosen = [word for name, value in only.items() for word in ("--only", f"{name}={value}")]
        return experiments.again(self.definition.name, self.scale, *chosen, "--resume")


# --- successive halving ----------------------------------------------------------------------------


def _stage_by_stage(definition: experiments.Experiment, scale: str, options: Options) -> Outcome:
    """`run` where settings are chosen on the way: each stage is one pass, and its scores choose the next.

    With `fresh` the old archive stays until the first stage of the new one is whole.
    """
    halving, path = definition.halving(scale), reading.folder(definition.name, scale)
    chosen(definition, scale, options.only or {})  # what is wrong with the choice is said now
    ends = None if options.minutes is None else time.monotonic() + 60 * options.minutes
    outcomes = []
    with writing.claimed(path):
        for stage in range(halving.n_stages):
            archived = None if options.fresh else _archived_or_none(path)
            scores = {} if archived is None else reading.scores(archived.runs)
            runs = agreeing(halving.runs(stage, scores), options.only or {})
            done = all(run.run_id in scores for run in runs)
            if done and not (stage == halving.n_stages - 1 and not outcomes):
                continue
            if ends is not None:
                options = replace(options, minutes=max((ends - time.monotonic()) / 60, 1e-3))
            this = _Run(definition, scale, options, runs)
            outcomes.append(this.go())
            if this.stop is not None and this.stop() and stage < halving.n_stages - 1:
                with _how_to_continue(this.again()):  # it came with the last update of the stage
                    raise _stopped(this.stop, f"after stage {stage + 1} of {halving.n_stages}")
            options = replace(options, fresh=False, resume=True)
    first = outcomes[0]
    return Outcome(
        path, sum(o.seconds for o in outcomes), sum(o.n_trained for o in outcomes), first.n_kept,
        first.n_dropped,
    )  # fmt: skip


def _todo(runs, wanted, archived, place) -> list[list[RunConfig]]:
    """Ensembles of the wanted runs that are not archived; in the blocks of the whole definition.

    So whatever else is archived meanwhile, a block and its checkpoint stay the same.
    """
    missing = set(wanted)
    if archived is not None:
        done = set(archived.runs.run_id)
        missing = {run for run in wanted if run.run_id not in done}
    return [left for block in blocks(runs, place) if (left := [run for run in block if run in missing])]


def _still_belonging(path: Path, runs: Iterable[RunConfig]) -> tuple[reading.Archive, int]:
    """What is archived of these runs, and how many others are.

    Raises: ArchiveError if the archive is damaged, or data or numbers are others since.
    """
    archive = reading.load(*path.parts[-2:], whole=True)
    kept = archive.only(run.run_id for run in runs)
    if changed := changed_data(kept) + changed_numbers(kept):
        raise reading.ArchiveError(f"{path}: expected runs to add to, got {changed[0]}")
    return kept, len(archive.runs) - len(kept.runs)


def train_here(runs: Iterable[RunConfig], *, device: str = "auto") -> reading.Archive:
    """Train runs now, without checkpoints, and keep the tables in memory: what a live cell shows.

    Raises: ValueError for bad arguments; DataError if the data cannot be had.
    """
    runs, place = tuple(runs), pick_device(device)
    todo = experiments.ensembles(runs)
    jobs = [job_of(ensemble, place) for ensemble in todo]
    data = _load_data(jobs)
    trained = [job.start(data[job.data_key]) for job in jobs]
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


def _stopped(stop: signals.Stop, where: str) -> Interrupted:
    if not stop.number and stop.time_is_up:
        return TimeIsUp(where)
    return Interrupted(where, stop.number or signal.SIGINT)


@contextmanager
def _how_to_continue(command: str) -> Iterator[None]:
    """Whatever stops the training, the checkpoints stand: say how to go on from them."""
    try:
        yield
    except Interrupted as stopped:
        raise type(stopped)(f"stopped {stopped}; to continue: {command}", stopped.number) from None
    except ChunkError as error:
        raise ChunkError(f"{error}; to continue: {command}") from None
    except KeyboardInterrupt as stopped:  # while the tables are written
        number = getattr(stopped, "number", signal.SIGINT)
        raise Interrupted(f"stopped; to continue: {command}", number) from None
    except DataError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise reading.ArchiveError(
            f"{where}cannot be written ({error.strerror or error}); "
            f"what was there before is kept; to continue: {command}"
        ) from error


def _load_data(jobs: Iterable[Job]) -> dict[tuple | None, Splits | None]:
    """The data of jobs by their `data_key`, each once."""
    distinct = {job.data_key: job for job in jobs}
    return {key: job.data() for key, job in distinct.items()}


def _checkpoint(path: Path, ensemble: list[RunConfig]) -> Path:
    """Named by a digest of every member's configuration, so it can belong to no other ensemble."""
    return path / "checkpoints" / f"{experiments.digest([r.run_id for r in ensemble])}.npz"


def _replacing(path: Path) -> Path:
    """A mark that `fresh` is replacing an archive, which stands until the new one is whole."""
    return path / "checkpoints" / "replacing"


# --- what is there ---------------------------------------------------------------------------------


def progress_of(experiment: str, scale: str) -> list[tuple[str, int, int]]:
    """What is left half run, by checkpoints: (kind and preset, update or draw reached, how many in all)."""
    definition, path, found = experiments.get(experiment), reading.folder(experiment, scale), []
    if not (path / "checkpoints").is_dir():
        return []
    archived = _archived_or_none(path)
    runs = definition.runs(scale)
    if (halving := definition.halving(scale)) is not None:
        runs = halving.needed({} if archived is None else reading.scores(archived.runs))
    for ensemble in _todo(runs, runs, archived, pick_device("auto")):
        checkpoint = _checkpoint(path, ensemble)
        if checkpoint.exists():
            what, state = f"{ensemble[0].kind} ({ensemble[0].preset})", read_state(checkpoint)
            found.append((what, state["update"], state["settings"]["updates"]))
    return found


def _archived_or_none(path: Path) -> reading.Archive | None:
    if _replacing(path).exists() or not reading.is_archived(path):
        return None
    return reading.load(*path.parts[-2:], whole=True)
