"""From configurations to what works on them: the task's data, the networks, a training or a drawing.

A `Job` is an ensemble as the runner sees it; `job_of` is the one place that looks whether it is trained or
only drawn.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..archive import writing
from ..checkpoints import read_finished, read_state
from ..evaluation_times import evaluations
from ..experiments.configs import DrawConfig, RunConfig, digest, ensembles
from ..networks.network import Network
from ..tasks import TASKS
from ..training import batches
from ..training.batches import Splits
from ..training.loop import Training, load_checkpoint
from . import costs, miniatures
from .code import training_code
from .drawing import Drawing, measure

CPU = torch.device("cpu")
GPU_SHARE = 0.8  # of its memory, for one ensemble and the data; the rest is workspace
ITEMS = 2_000  # of the random data on which an ensemble is timed
EVALUATED = 500  # sequences, or words


def load_task(config: RunConfig, device: torch.device) -> Splits:
    """A job's data on its device: sequences x `(T, n, n_in)`, y `(n,)` or `(n, n_out)`; or text `(n,)`.

    Raises: ValueError for a count out of range; DataError if the files cannot be had.
    """
    return batches.load(config, device)


INITIAL = (
    "ei_ratio",
    "frozen",
    "ablated",
    "rho",
    "n_inhibitory",
    "random_ix",
    "input_init",
    "vectors",
    "spectrum",
    "parts",
    "start",
    "start_a",
    "start_b",
)


def draw(ensemble: list[RunConfig], device: torch.device) -> Network:
    """The networks of runs that share a shape, as they are before the first update.

    Raises: ValueError if they do not share one, or a number is out of range.
    """
    if len({run.shape for run in ensemble}) != 1:
        raise ValueError(f"ensemble: expected runs of one shape, got {len({r.shape for r in ensemble})}")
    first = ensemble[0]
    return Network.draw(
        first.kind,
        n=first.hidden,
        seeds=[run.seed for run in ensemble],
        layers=first.layers,
        dense=first.dense or 0,
        dtype=getattr(torch, first.dtype),
        device=device,
        **TASKS[first.task].network(first),
        **{name: [getattr(run, name) for run in ensemble] for name in INITIAL},
    )


def build(
    ensemble: list[RunConfig], data: Splits, device: torch.device, origin: Mapping[str, str] | None = None
) -> Training:
    """A job's training at update 0, of runs that share a shape; `origin`: see `Job.origin`.

    Raises: ValueError if they do not, or a number is out of range.
    """
    network = draw(ensemble, device)
    first = ensemble[0]
    return Training(
        network,
        data,
        seeds=[run.seed for run in ensemble],
        lr=[run.lr for run in ensemble],
        clip=[run.clip for run in ensemble],
        lr_decay=first.lr_decay,
        clip_by=first.clip_by,
        batch=first.batch,
        updates=first.updates,
        eval_every=first.eval_every,
        end_every=first.end_every,
        spectra=first.spectra,
        mechanism=first.mechanism,
        optimiser=first.optimiser,
        loss=TASKS[first.task].loss,
        origin=origin,
    )


def members_within(run: RunConfig, budget: float) -> int:
    """The most members, of 1, 2, 4, .., that train together within a budget of so many bytes.

    Raises: ValueError if one does not fit.
    """
    fixed, each = costs.shared_bytes(run), costs.member_bytes(run)
    if fixed + each > budget:
        raise ValueError(
            f"memory: expected at least {(fixed + each) / 1e9:.3g} GB, for the data and one member of "
            f"{run.kind} with {run.hidden} units, got a budget of {budget / 1e9:.3g} GB"
        )
    return 2 ** int(math.log2((budget - fixed) / each))


# --- jobs ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finished:
    """A trained ensemble as its last checkpoint has it: what the archive needs of a `Training`."""

    history: dict[str, list]
    diverged_at: np.ndarray
    seconds: dict[str, float]

    def release(self) -> None:
        """Nothing to let go of."""


class Job(ABC):
    """An ensemble as the runner sees it: where it works, on what, from where it goes on, what comes of it.

    What `start` gives has `run`, `history`, `seconds`, `diverged_at` and `release` whichever it is: a
    `training.Training` or a `drawing.Drawing`. Get one from `job_of`.
    """

    step: str  # what it does over and over
    telling: tuple[str, ...]  # fields that tell its probes apart, besides the kind of network

    def __init__(self, ensemble: Iterable, place: torch.device = CPU):
        self.ensemble, self.place = list(ensemble), place
        self.first = self.ensemble[0]

    @property
    def origin(self) -> dict[str, str]:
        """What its checkpoints carry and must agree with: digests of its runs and of the code that trains."""
        return {"runs": digest([run.run_id for run in self.ensemble]), "code": training_code()}

    @property
    def steps(self) -> int:
        """The runs' names, of all its members."""
        return sum(run.updates for run in self.ensemble)

    def look_at(self, checkpoint: Path) -> None:
        """Check that a checkpoint is whole, and its own.

        Raises: CheckpointError if it is not.
        """
        read_state(checkpoint, self.origin)

    @property
    @abstractmethod
    def members_at_once(self) -> int:
        """How many members of its shape work together."""

    @property
    @abstractmethod
    def source(self) -> tuple[str, str] | None:
        """Task and source of its data; None: it reads none."""

    @property
    @abstractmethod
    def data_key(self) -> tuple | None:
        """What jobs must agree in to work on the same data."""

    @abstractmethod
    def data(self) -> Splits | None:
        """Its data, on its device; DataError if they cannot be had."""

    @abstractmethod
    def start(self, data: Splits | None = None, checkpoint: Path | None = None) -> Training | Drawing:
        """At its start, or where its checkpoint left it.

        Raises: CheckpointError if the checkpoint is damaged, or not its own.
        """

    @abstractmethod
    def read(self, checkpoint: Path) -> Finished | Drawing:
        """What came of it, from its last checkpoint.

        Raises: CheckpointError if that is damaged, not its own, or not the last.
        """

    @abstractmethod
    def table(self, finished: Training | Drawing | Finished) -> pd.DataFrame:
        """What the archive keeps of the way there."""

    @classmethod
    @abstractmethod
    def probes(cls, runs: Iterable) -> list:
        """Miniatures of runs by which the library is recognised."""

    @abstractmethod
    def fingerprint(self) -> list[float]:
        """What the library makes of a probe, in numbers."""

    @property
    @abstractmethod
    def kind_of_work(self) -> tuple:
        """What jobs must agree in for a step to take them the same time."""

    @property
    @abstractmethod
    def flops(self) -> float:
        """Floating-point operations of all of it, as far as they are counted."""

    @property
    @abstractmethod
    def bytes(self) -> int:
        """Memory, with its data, as far as it is counted."""

    @abstractmethod
    def seconds_of_update(self, seconds: float) -> tuple[float, float]:
        """Seconds of one step, and of one evaluation, measured for about so many seconds."""

    @abstractmethod
    def seconds(self, update: float, evaluation: float, members: int) -> float:
        """Seconds of all of it, if so many members take these for one step, and one evaluation."""


class TrainingJob(Job):
    """Networks of one shape that train together."""

    step = "update"
    telling = tuple(name for name in miniatures.MAKE if name != "kind")

    @property
    def members_at_once(self) -> int:
        """On a CPU as many as keep a step in its cache; on a GPU as many as fit its memory.

        Raises: ValueError if one member does not fit.
        """
        if self.place.type != "cuda":
            return max(1000 // self.first.hidden, 1)
        _, total = torch.cuda.mem_get_info(self.place)  # not what is free now: blocks must not change
        return members_within(self.first, GPU_SHARE * total)

    @property
    def source(self) -> tuple[str, str]:
        return self.first.task, self.first.source

    @property
    def data_key(self) -> tuple:
        run = self.first
        return run.task, run.source, run.length, run.n_train, run.n_valid, run.dtype

    def data(self) -> Splits:
        return load_task(self.first, self.place)

    def start(self, data: Splits | None = None, checkpoint: Path | None = None) -> Training:
        training = build(self.ensemble, self.data() if data is None else data, self.place, self.origin)
        if checkpoint is not None and checkpoint.exists():
            load_checkpoint(training, checkpoint)
        return training

    def read(self, checkpoint: Path) -> Finished:
        return Finished(*read_finished(checkpoint, self.origin))

    def table(self, finished: Training | Finished) -> pd.DataFrame:
        """Thinned learning curves, a row a run and evaluation.

        Where a run keeps its spectra there are two columns more: `singular_values`, a list, and `entropy`.
        """
        history, parts = writing.thin(finished.history), []
        for m, run in enumerate(self.ensemble):
            columns = {k: _column(v, m) for k, v in history.items() if k != "update"}
            parts.append(pd.DataFrame({"run_id": run.run_id, "update": history["update"]} | columns))
        return pd.concat(parts, ignore_index=True)

    @classmethod
    def probes(cls, runs: Iterable[RunConfig]) -> list[RunConfig]:
        return miniatures.of_training(runs)

    def fingerprint(self) -> list[float]:
        """Training loss, test loss and error after its updates."""
        training = self.start()
        training.run()
        return [float(v[-1][0]) for k, v in training.history.items() if k != "update"]

    @property
    def kind_of_work(self) -> tuple:
        run = self.first
        length = dict(updates=1, eval_every=1, end_every=None)
        return replace(run, n_train=max(run.batch, 1), n_valid=0, **length).shape

    @property
    def flops(self) -> float:
        return sum(map(costs.run_flops, self.ensemble))

    @property
    def bytes(self) -> int:
        return costs.shared_bytes(self.first) + len(self.ensemble) * costs.member_bytes(self.first)

    def seconds_of_update(self, seconds: float) -> tuple[float, float]:
        training = on_random_data(self.ensemble, self.place)
        training.advance()  # what allocates has then allocated
        update = seconds_of(training.advance, seconds, self.place)
        start = time.perf_counter()
        training.evaluate()
        evaluation = time.perf_counter() - start
        return update, evaluation * costs.evaluated_items(self.first) / EVALUATED

    def seconds(self, update: float, evaluation: float, members: int) -> float:
        run = self.first
        n = evaluations(run.updates, run.eval_every, run.end_every)
        return len(self.ensemble) / members * (run.updates * update + n * evaluation)


class DrawingJob(Job):
    """Matrices of one kind and size that are drawn, on the CPU, and not trained."""

    step = "draw"
    telling = miniatures.DRAWN

    def __init__(self, ensemble: Iterable[DrawConfig], place: torch.device = CPU):
        super().__init__(ensemble, CPU)

    @property
    def members_at_once(self) -> int:
        return self.first.at_once

    source = data_key = None

    def data(self) -> None:
        return None

    def start(self, data: None = None, checkpoint: Path | None = None) -> Drawing:
        drawing = Drawing(self.ensemble, origin=self.origin)
        if checkpoint is not None and checkpoint.exists():
            drawing.load(checkpoint)
        return drawing

    def read(self, checkpoint: Path) -> Drawing:
        drawing = self.start(checkpoint=checkpoint)
        drawing.run()  # all drawn: this makes its table
        return drawing

    def table(self, finished: Drawing) -> pd.DataFrame:
        return finished.table()

    @classmethod
    def probes(cls, runs: Iterable[DrawConfig]) -> list[DrawConfig]:
        return miniatures.of_drawing(runs)

    def fingerprint(self) -> list[float]:
        """What is measured on it."""
        return list(measure(self.first)[0].values())

    @property
    def kind_of_work(self) -> tuple:
        return self.first.shape

    flops, bytes = 0.0, 0

    def seconds_of_update(self, seconds: float) -> tuple[float, float]:
        return seconds_of(lambda: measure(self.first), seconds), 0.0

    def seconds(self, update: float, evaluation: float, members: int) -> float:
        return len(self.ensemble) * update


WAYS = {RunConfig: TrainingJob, DrawConfig: DrawingJob}


def job_of(ensemble: Iterable[RunConfig] | Iterable[DrawConfig], place: torch.device = CPU) -> Job:
    """The job that an ensemble is, on a device; draws stay on the CPU.

    Raises: ValueError if there is nothing in it, or something else than runs of one sort.
    """
    ensemble = list(ensemble)
    sorts = {type(run) for run in ensemble}
    if len(sorts) != 1 or not sorts <= set(WAYS):
        names = ", ".join(sorted(sort.__name__ for sort in sorts)) or "none"
        raise ValueError(f"ensemble: expected runs, all to be trained or all to be drawn, got {names}")
    return WAYS[sorts.pop()](ensemble, place)


def blocks(runs: Iterable, place: torch.device) -> list[list]:
    """The ensembles that runs make on a device, in order of first appearance."""
    groups = ensembles(runs)
    return [block for group in groups for block in ensembles(group, job_of(group, place).members_at_once)]


def data_digests(todo: Iterable[list]) -> dict[str, str]:
    """SHA-256 of every data file that the ensembles read, by name; draws read none."""
    sources = sorted({source for ensemble in todo if (source := job_of(ensemble).source)})
    return {n: value for task, source in sources for n, value in TASKS[task].digests(source).items()}


def all_probes(runs: Iterable) -> list:
    """Miniatures of runs of either sort, those to train first; see `Job.probes`."""
    runs = list(runs)
    return [p for sort, way in WAYS.items() for p in way.probes([r for r in runs if type(r) is sort])]


def _column(rows: list[np.ndarray], m: int) -> np.ndarray | list[np.ndarray]:
    """What member m has in each row: a number, or a list of them."""
    values = np.array([row[m] for row in rows], "f4")
    return values if values.ndim == 1 else list(values)


# --- timing ----------------------------------------------------------------------------------------


def on_random_data(ensemble: Iterable[RunConfig], place: torch.device) -> Training:
    """An ensemble in training on random data, of which it evaluates EVALUATED items: none is read."""
    ensemble = list(ensemble)
    small = [
        replace(run, n_train=ITEMS, n_valid=0, updates=10**9, eval_every=10**9, end_every=None)
        for run in ensemble
    ]
    return build(small, batches.invented(ensemble[0], ITEMS, EVALUATED, place), place)


def seconds_of(call: Callable[[], object], seconds: float, place: torch.device = CPU) -> float:
    """Median seconds of a call, over so many seconds of calls."""
    taken, end = [], time.perf_counter() + seconds
    while not taken or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        if place.type == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]
