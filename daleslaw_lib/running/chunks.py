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

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, wait
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from filelock import FileLock

from .. import HOME
from ..checkpoints import read_finished
from ..experiments.configs import DrawConfig, RunConfig
from ..training.batches import Splits
from .devices import device_name, pick_device, use_tf32
from .drawing import Drawing
from .jobs import data_key, load_task, start

POLL_SECONDS = 0.5  # how often a worker looks whether it is to stop
GOODBYE_SECONDS = 60  # for workers to write their checkpoints when the driver fails


class ChunkError(RuntimeError):
    """A chunk that could not be trained: one line, naming it."""


@dataclass(frozen=True)
class Chunk:
    """What a worker is told. `library` is a digest of the driver's code: a worker must have the same."""

    ensemble: tuple[RunConfig | DrawConfig, ...]
    checkpoint: Path
    device: str
    threads: int | None
    tf32: bool
    library: str

    @property
    def name(self) -> str:
        """The fields that tell it apart for a reader."""
        first = self.ensemble[0]
        return f"{len(self.ensemble)} x {first.kind}, hidden {first.hidden} ({self.checkpoint.stem})"

    @property
    def stop_mark(self) -> Path:
        """A file that asks every worker of this archive to stop after a checkpoint."""
        return self.checkpoint.parent / "stop"


@cache
def library() -> str:
    """A digest of the library's code: what workers and driver must agree in."""
    content = hashlib.sha256()
    for path in sorted(HOME.rglob("*.py")):
        content.update(str(path.relative_to(HOME)).encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:16]


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
    if library() != chunk.library:
        raise ChunkError(f"expected library {chunk.library}, the driver's, got {library()}")
    if chunk.threads is not None:
        torch.set_num_threads(chunk.threads)
    place = pick_device(chunk.device)
    if isinstance(chunk.ensemble[0], DrawConfig):
        place = torch.device("cpu")
    use_tf32(chunk.tf32, place)
    chunk.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(_lock(chunk.checkpoint)):  # a worker of a driver that died may still be at it
        training = start(list(chunk.ensemble), _data(chunk.ensemble[0], place), place, chunk.checkpoint)
        should_stop = _every(POLL_SECONDS, chunk.stop_mark.exists)
        at_end = training.run(checkpoint=chunk.checkpoint, should_stop=should_stop)
    return {"device": device_name(place), "threads": torch.get_num_threads(), "finished": at_end}


_loaded: dict[tuple, Splits] = {}  # the latest task's data, kept from chunk to chunk


def _data(config: RunConfig | DrawConfig, place: torch.device) -> Splits | None:
    if isinstance(config, DrawConfig):
        return None
    key = (*data_key(config), str(place))
    if key not in _loaded:
        _loaded.clear()
        _loaded[key] = load_task(config, place)
    return _loaded[key]


def _lock(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".lock")


def _every(seconds: float, ask: Callable[[], bool]) -> Callable[[], bool]:
    """`ask`, but no more often than every so many seconds."""
    asked = time.monotonic()

    def answer() -> bool:
        nonlocal asked
        if time.monotonic() - asked < seconds:
            return False
        asked = time.monotonic()
        return ask()

    return answer


# --- in the driver ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finished:
    """A trained ensemble as its checkpoint has it: what the archive needs of a `Training`."""

    history: dict[str, list]
    diverged_at: object
    seconds: dict[str, float]

    def release(self) -> None:
        """Nothing to let go of."""


def read(chunk: Chunk) -> Finished | Drawing:
    """The result of a chunk, from its finished checkpoint.

    Raises: ChunkError if it is not there: the worker wrote to another disk.
    """
    if not chunk.checkpoint.exists():
        raise ChunkError(
            f"{chunk.name}: expected its checkpoint in {chunk.checkpoint.parent}, got none there; "
            "workers must see the driver's results folder under the same name"
        )
    if isinstance(chunk.ensemble[0], DrawConfig):
        drawing = start(list(chunk.ensemble), None, torch.device("cpu"), chunk.checkpoint)
        drawing.run()  # all drawn: this makes its table
        return drawing
    return Finished(*read_finished(chunk.checkpoint))


def forget(checkpoint: Path) -> None:
    """Remove a checkpoint, and its lock, once it is archived or to be discarded."""
    checkpoint.unlink(missing_ok=True)
    _lock(checkpoint).unlink(missing_ok=True)


def collect(
    executor: Executor, chunks: list[Chunk], should_stop: Callable[[], bool]
) -> Iterator[tuple[int, dict]]:
    """Hand all chunks to an executor; `(number, report)` of each as it is done, see `train`.

    A stop lets workers write checkpoints; chunks that were not begun are taken back and not reported. So does
    whatever ends the driver's own work.
    """
    futures, asked, stop_mark = {}, False, chunks[0].stop_mark
    stop_mark.parent.mkdir(parents=True, exist_ok=True)
    stop_mark.unlink(missing_ok=True)  # of a driver that died while it stopped
    for k, chunk in enumerate(chunks):
        try:
            futures[executor.submit(train, chunk)] = k
        except Exception as failure:  # nobody is there to take it
            yield k, _lost(failure)
    waiting = set(futures)
    try:
        while waiting:
            done, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    yield futures[future], future.result()
                except CancelledError:
                    pass
                except Exception as failure:  # the worker is gone
                    yield futures[future], _lost(failure)
            if should_stop() and not asked:
                asked = True
                stop_mark.touch()
                for future in waiting:
                    future.cancel()
    finally:
        if running := [future for future in waiting if not future.cancel()]:
            stop_mark.touch()
            wait(running, timeout=GOODBYE_SECONDS)
        stop_mark.unlink(missing_ok=True)


def _lost(failure: Exception) -> dict:
    return {"failed": f"{type(failure).__name__}: {first_line(failure)}"}


# --- executors -------------------------------------------------------------------------------------


def first_line(error: Exception) -> str:
    """Of what an error says; its name if it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
