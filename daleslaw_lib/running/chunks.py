"""Chunks of an experiment, and who works through them: this process, others, or a cluster.

A chunk is an ensemble, or a block of draws, with the checkpoint it writes in the archive's own folder. The
finished checkpoint is the result: whoever trained it, the driver (`runner.run`) reads it and writes the
tables. So an executor needs to know nothing of ours, and may run a chunk twice, lose it half-way, or give
it to another worker: each goes on from the checkpoint that is there, one at a time.

    executor = ProcessPoolExecutor(2)                    # of concurrent.futures
    running.run("size", "laptop", executor=executor)

Workers on other machines must see the same results folder under the same name.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from .. import checkpoints, own_files, regular_files
from ..checkpoints import sweep
from ..checks import first_line
from ..code_digests import library
from ..devices import device_name, pick_device, use_tf32
from ..experiments.configs import DrawConfig, RunConfig
from ..initialisation.draw import KINDS
from ..jobs.drawing import Drawing
from ..jobs.job import Finished, Job
from ..jobs.ways import job_of
from ..locks import LockedError, held
from ..tasks import TASKS
from ..training.batches import Splits
from . import signals

POLL_SECONDS = signals.POLL_SECONDS
WAIT_SECONDS = 60  # for another process at work on a chunk to leave it
GOODBYE_SECONDS = 60  # for workers to write their checkpoints when the driver fails


class ChunkError(RuntimeError):
    """A chunk that could not be trained: one line, naming it."""


@dataclass(frozen=True)
class Chunk:
    """What a worker is told. `library` is a digest of the driver's code: a worker must have the same.

    `modules` are the reader's own files that make its task and kind of network known (`own_files`).
    """

    ensemble: tuple[RunConfig | DrawConfig, ...]
    checkpoint: Path
    device: str
    threads: int | None
    tf32: bool
    library: str
    modules: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """The fields that tell it apart for a reader."""
        first = self.ensemble[0]
        return f"{len(self.ensemble)} x {first.kind}, hidden {first.hidden} ({self.checkpoint.stem})"

    @property
    def stop_mark(self) -> Path:
        return stop_mark(self.checkpoint.parent)


def stop_mark(folder: Path) -> Path:
    """A file beside checkpoints that asks every worker on them to stop after the next one."""
    return folder / "stop"


# --- in a worker -----------------------------------------------------------------------------------


def train(chunk: Chunk) -> dict:
    """Train a chunk to its last update, from its checkpoint on, and leave the finished checkpoint.

    Returns: {"device", "threads", "finished"}, where finished is False if the stop mark was seen first; or
             {"failed": what happened}, since not every error can travel; the traceback stays here.
    """
    try:
        return _train(chunk)
    except Exception as failure:
        traceback.print_exc()
        return {"failed": f"{type(failure).__name__}: {' '.join(str(failure).split())}"}


def _train(chunk: Chunk) -> dict:
    signals.settle()
    for file in chunk.modules:
        own_files.load(file)
    if library() != chunk.library:
        raise ChunkError(f"expected library {chunk.library}, the driver's, got {library()}")
    if chunk.threads is not None:
        torch.set_num_threads(chunk.threads)
    _see_that_all_is_known(chunk)
    job = job_of(chunk.ensemble, pick_device(chunk.device))
    use_tf32(chunk.tf32, job.place)

    def is_to_stop() -> bool:
        return signals.asked_to_stop() or chunk.stop_mark.exists()

    at_end = False
    if not is_to_stop():
        with signals.at_work(), holding(chunk.checkpoint):
            training = job.start(_data(job), chunk.checkpoint)
            should_stop = _every(POLL_SECONDS, is_to_stop)
            at_end = training.run(checkpoint=chunk.checkpoint, should_stop=should_stop)
    return {"device": device_name(job.place), "threads": torch.get_num_threads(), "finished": at_end}


def _see_that_all_is_known(chunk: Chunk) -> None:
    first = chunk.ensemble[0]
    for what, table in {"kind": KINDS, "task": TASKS}.items():
        name = getattr(first, what, None)  # a draw has no task
        if name is not None and name not in table:
            raise ChunkError(
                f"{what}: expected one that the worker knows, got {name!r}; register it in a file, and name "
                "that: daleslaw --module FILE"
            )


_loaded: dict[tuple, Splits] = {}  # the latest task's data, kept from chunk to chunk


def _data(job: Job) -> Splits | None:
    if job.data_key is None:
        return None
    key = (*job.data_key, str(job.place))
    if key not in _loaded:
        _loaded.clear()
        _loaded[key] = job.data()
    return _loaded[key]


def _lock(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".lock")


@contextmanager
def holding(checkpoint: Path) -> Iterator[None]:
    """Hold a chunk, so that no two processes train it, wherever they run.

    Raises: ChunkError, naming who else is at it, after WAIT_SECONDS.
    """
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    try:
        with held(_lock(checkpoint), WAIT_SECONDS):
            sweep(checkpoint)
            yield
    except LockedError as holder:
        raise ChunkError(
            f"{checkpoint}: expected nobody else at work on it within {WAIT_SECONDS:g} seconds, got {holder}"
        ) from None


def _every(seconds: float, ask: Callable[[], bool]) -> Callable[[], bool]:
    """`ask`, but at most once in so many seconds."""
    asked = time.monotonic()

    def answer() -> bool:
        nonlocal asked
        if time.monotonic() - asked < seconds:
            return False
        asked = time.monotonic()
        return ask()

    return answer


# --- in the driver ---------------------------------------------------------------------------------


def read(chunk: Chunk) -> Finished | Drawing:
    """The result of a chunk, from its finished checkpoint.

    Raises: ChunkError if it is not there: the worker wrote to another disk.
    """
    if not chunk.checkpoint.exists():
        raise ChunkError(
            f"{chunk.name}: expected its checkpoint in {chunk.checkpoint.parent}, got none there; "
            "workers must see the driver's results folder under the same name"
        )
    return job_of(chunk.ensemble).read(chunk.checkpoint)


def forget(checkpoint: Path) -> None:
    """Remove a chunk's checkpoint, and all that is left of it, once it is archived or to be discarded."""
    checkpoints.forget(checkpoint)
    _lock(checkpoint).unlink(missing_ok=True)


def collect(
    executor: Executor, chunks: list[Chunk], should_stop: Callable[[], bool]
) -> Iterator[tuple[int, dict]]:
    """Hand all chunks to an executor; `(number, report)` of each as it is done, see `train`.

    A stop lets workers write checkpoints; chunks that were not begun are taken back and not reported, nor are
    those whose worker went because it was told to stop, too. Any other end of the driver's work does the
    same.
    """
    futures, asked, stop_mark = {}, False, chunks[0].stop_mark
    stop_mark.parent.mkdir(parents=True, exist_ok=True)
    stop_mark.unlink(missing_ok=True)  # of a driver that died while it stopped
    for k, chunk in enumerate(chunks):
        if should_stop():
            break
        try:
            futures[executor.submit(train, chunk)] = k
        except Exception as failure:  # no worker can take it
            yield k, _lost(failure)
    waiting = set(futures)
    try:
        while waiting:
            if should_stop() and not asked:
                asked = True
                regular_files.mark(stop_mark)
                for future in waiting:
                    future.cancel()
            done, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    yield futures[future], future.result()
                except CancelledError:
                    pass
                except Exception as failure:  # the worker is gone
                    if not (isinstance(failure, BrokenExecutor) and should_stop()):
                        yield futures[future], _lost(failure)
    finally:
        if running := [future for future in waiting if not future.cancel()]:
            regular_files.mark(stop_mark)
            wait(running, timeout=GOODBYE_SECONDS)
        stop_mark.unlink(missing_ok=True)


def _lost(failure: Exception) -> dict:
    return {"failed": f"{type(failure).__name__}: {first_line(failure)}"}
