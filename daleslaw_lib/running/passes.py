"""One pass over runs that are known from the start: trained as far as they are missing, and archived."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial

import torch

from .. import experiments, own_files, regular_files
from ..archive import reading
from ..code_digests import library
from ..devices import pick_device, use_tf32
from ..jobs.drawing import Drawing
from ..jobs.job import Finished
from ..jobs.ways import job_of, load_data
from ..tasks.data import DataError
from ..training.batches import Splits
from ..training.loop import Training
from . import progress, signals, threads
from .archivist import Archivist
from .choice import select
from .chunks import Chunk, ChunkError, collect, forget, holding, read, stop_mark
from .options import Interrupted, Options, Outcome, TimeIsUp
from .remaining import checkpoint_of, of_archived, replacing_mark, still_belonging, to_do


class Pass:
    """One pass of a run: its steps, in their order, and what each leaves for the next."""

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
        """Sort runs into those that are archived and stay, and the ensembles that are missing."""
        self.replacing = replacing_mark(self.path).exists()
        if self.options.only and self.replacing:
            raise reading.ArchiveError(
                f"{self.path}: is being replaced as a whole; first run: {self.again(whole=True)}"
            )
        self.archived, self.n_dropped = None, 0
        if reading.is_archived(self.path) and not self.options.fresh and not self.replacing:
            self.archived, self.n_dropped = still_belonging(self.path, self.definition.runs(self.scale))
        todo = to_do(self.runs, self.wanted, self.archived, self.place)
        self.jobs = [job_of(ensemble, self.place) for ensemble in todo]
        self.checkpoints = [checkpoint_of(self.path, ensemble) for ensemble in todo]
        self.leftovers = of_archived(self.path, self.runs, self.archived, self.place)

    def refuse_to_overwrite(self) -> None:
        """Checkpoints and archives are touched only when that is asked for."""
        if self.options.fresh or self.n_dropped:
            return
        if any(left.exists() for left in [replacing_mark(self.path), *self.checkpoints]):
            if not self.options.resume:
                raise reading.ArchiveError(
                    f"{self.path}: holds checkpoints of an interrupted run; "
                    "add --resume to go on from them, or --fresh to start again"
                )
        elif not self.jobs:
            self.sweep()
            raise reading.ArchiveError(
                f"{self.path}: holds a finished archive; add --fresh to run {self.definition.name} "
                f"at {self.scale} scale again and replace it"
            )

    def load_data(self) -> dict[tuple | None, Splits | None]:
        return load_data(job_of([run], self.place) for run in self.wanted)

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
            replacing_mark(self.path).parent.mkdir(exist_ok=True)
            regular_files.mark(replacing_mark(self.path))
            self.replacing = True

    def train_and_archive(self, data: dict) -> None:
        """Each ensemble becomes a part of the archive as it is trained; of a new archive, all at the end."""
        trained = self._here(data) if self.options.executor is None else self._elsewhere()
        with saying_how_to_continue(self.again()), closing(trained):
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
                        raise stopped_by(stop, where)
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
                raise stopped_by(stop, f"after {n_done} of {len(chunks)} chunks")

    def clear_up(self) -> None:
        """The archive is whole: nothing else is needed any more."""
        replacing_mark(self.path).unlink(missing_ok=True)  # first: without it the archive is the new one
        for checkpoint in self.checkpoints:
            forget(checkpoint)
        threads.note(self.path / "checkpoints", 1)
        self.sweep()

    def sweep(self) -> None:
        """Remove what a run left that was killed between archiving and clearing up."""
        for checkpoint in self.leftovers:
            forget(checkpoint)
        with suppress(OSError):
            stop_mark(self.path / "checkpoints").unlink(missing_ok=True)
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


def stopped_by(stop: signals.Stop, where: str) -> Interrupted:
    if not stop.number and stop.time_is_up:
        return TimeIsUp(where)
    return Interrupted(where, stop.number or signal.SIGINT)


@contextmanager
def saying_how_to_continue(command: str) -> Iterator[None]:
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
