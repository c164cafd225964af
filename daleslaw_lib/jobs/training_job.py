"""A job that trains: networks of one shape, side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from .. import costs
from ..archive import tables
from ..checkpoints import read_finished
from ..evaluation_times import evaluations
from ..experiments.configs import RunConfig
from ..training import batches
from ..training.batches import Splits
from ..training.loop import Training, load_checkpoint
from . import building, miniatures
from .job import Finished, Job
from .timing import seconds_of

GPU_SHARE = 0.8  # of its memory, for one ensemble and the data; the rest is workspace
ITEMS = 2_000  # of the random data on which an ensemble is timed
EVALUATED = 500  # sequences, or words


class TrainingJob(Job):
    """Networks of one shape that train together."""

    step, by_torch = "update", True
    telling = tuple(name for name in miniatures.MAKE if name != "kind")

    @property
    def members_at_once(self) -> int:
        """On a CPU as many as keep a step in its cache; on a GPU as many as fit its memory.

        Raises: ValueError if one member does not fit.
        """
        if self.place.type != "cuda":
            return max(1000 // self.first.hidden, 1)
        _, total = torch.cuda.mem_get_info(self.place)  # not what is free now: blocks must not change
        return costs.members_within(self.first, GPU_SHARE * total)

    @property
    def source(self) -> tuple[str, str]:
        return self.first.task, self.first.source

    @property
    def data_key(self) -> tuple:
        run = self.first
        return run.task, run.source, run.length, run.n_train, run.n_valid, run.dtype

    def data(self) -> Splits:
        return building.load_task(self.first, self.place)

    def start(self, data: Splits | None = None, checkpoint: Path | None = None) -> Training:
        training = building.build(
            self.ensemble, self.data() if data is None else data, self.place, self.origin
        )
        if checkpoint is not None and checkpoint.exists():
            load_checkpoint(training, checkpoint)
        return training

    def read(self, checkpoint: Path) -> Finished:
        return Finished(*read_finished(checkpoint, self.origin, len(self.ensemble)))

    def table(self, finished: Training | Finished) -> pd.DataFrame:
        """Thinned learning curves, a row a run and evaluation.

        Where a run keeps its spectra there are two columns more: `singular_values`, a list, and `entropy`.
        """
        history, parts = tables.thin(finished.history), []
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


def on_random_data(ensemble: Iterable[RunConfig], place: torch.device) -> Training:
    """An ensemble in training on random data, of which it evaluates EVALUATED items: none is read."""
    ensemble = list(ensemble)
    small = [
        replace(run, n_train=ITEMS, n_valid=0, updates=10**9, eval_every=10**9, end_every=None)
        for run in ensemble
    ]
    return building.build(small, batches.invented(ensemble[0], ITEMS, EVALUATED, place), place)


def _column(rows: list[np.ndarray], m: int) -> np.ndarray | list[np.ndarray]:
    """What member m has in each row: a number, or a list of them."""
    values = np.array([row[m] for row in rows], "f4")
    return values if values.ndim == 1 else list(values)
