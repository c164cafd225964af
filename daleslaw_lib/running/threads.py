"""How many threads a process trains with: one, or more where they were measured to be faster.

Another number of threads adds up in another order, so a run that goes on does so with as many as before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from .. import regular_files
from ..checkpoints import forget
from ..experiments.configs import DrawConfig, RunConfig
from ..jobs.ways import job_of

MANY_UNITS = 600  # below it a second thread mostly waits for the first, and nothing is measured
SECONDS = 2.0  # to measure for
ROUNDS = 3
MOST = 20  # bytes of a note
WORTH = 0.8  # of one thread's time, which more of them must stay below in every round


def chosen(
    runs: Iterable[RunConfig | DrawConfig], place: torch.device, most: int, seconds: float = SECONDS
) -> int:
    """Threads to train these runs with: one, or `most` if steps of the largest network are faster so.

    Where others work on the same cores, threads that wait for each other cost many times what they save.
    Draws are measured by NumPy, whose threads these are not.
    """
    if place.type != "cpu" or most < 2:
        return 1
    large = [run for run in runs if run.hidden >= MANY_UNITS and job_of([run]).by_torch]
    if not large:
        return 1
    step = recurrent_step(max(large, key=lambda run: run.hidden))
    return most if are_faster(step, most, seconds) else 1


def recurrent_step(run: RunConfig) -> Callable[[], object]:
    """What one step in time of one network costs, nearly."""
    W = torch.randn(run.hidden, run.hidden, dtype=getattr(torch, run.dtype))
    h = torch.randn(run.hidden, run.batch, dtype=W.dtype)
    return lambda: (W @ h).relu()


def are_faster(
    step: Callable[[], object],
    threads: int,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.perf_counter,
) -> bool:
    """Whether so many threads take at most WORTH of one's time, in every round; given up when they do not."""
    for n in (1, threads):  # what starts, or allocates, has then done so
        with of_torch(n):
            step()
    for _ in range(ROUNDS):
        steps, start = 0, clock()
        with of_torch(1):
            while clock() < start + seconds / 2 / ROUNDS:
                step()
                steps += 1
        alone, start = clock() - start, clock()
        with of_torch(threads):
            for _ in range(steps):
                step()
                if clock() - start > WORTH * alone:
                    return False
    return True


def note(checkpoints: Path, n: int) -> None:
    """Note, for a run that goes on, with how many threads it is trained. One is not noted."""
    if n == 1:
        forget(_note(checkpoints))
    else:
        checkpoints.mkdir(parents=True, exist_ok=True)
        with regular_files.anew(_note(checkpoints)) as file:
            file.write(str(n).encode())


def noted(checkpoints: Path, most: int) -> int:
    """Threads noted for a run that goes on; at least one, and `most` at most."""
    try:
        return min(max(int(regular_files.text(_note(checkpoints), MOST)), 1), most)
    except (OSError, ValueError):
        return 1


def _note(checkpoints: Path) -> Path:
    return checkpoints / "threads"


@contextmanager
def of_torch(n: int) -> Iterator[None]:
    """Torch works with n threads meanwhile."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
