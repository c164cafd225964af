"""An ensemble as the runner sees it, whether it is trained or only drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..checkpoints import read_state
from ..code_digests import training_code
from ..experiments.configs import digest
from ..training.batches import Splits
from ..training.loop import Training
from .drawing import Drawing

CPU = torch.device("cpu")


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
    by_torch: bool  # whether torch does it, so that torch's threads count
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
        """How many updates, or draws, all its members take together."""
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
