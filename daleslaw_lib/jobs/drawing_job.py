"""A job that draws matrices and trains nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import torch

from ..checkpoints import CheckpointError
from ..experiments.configs import DrawConfig
from . import miniatures
from .drawing import Drawing, measure
from .job import CPU, Job
from .timing import seconds_of


class DrawingJob(Job):
    """Matrices of one kind and size that are drawn, on the CPU, and not trained."""

    step, by_torch = "draw", False
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
        drawing = Drawing(self.ensemble, origin=self.origin)
        drawing.load(checkpoint)
        if drawing.update_index < drawing.updates:
            raise CheckpointError(
                f"{checkpoint}: expected all {len(self.ensemble)} draws, got {drawing.update_index}"
            )
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
