"""What `run` is told, what it gives back, and how it stops."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from ..checks import positive, positive_integer


class Interrupted(Exception):
    """Stopped on request, after a checkpoint; `number`: the signal that asked for it."""

    def __init__(self, message: str, number: int = signal.SIGINT):
        super().__init__(message)
        self.number = number


class TimeIsUp(Interrupted):
    """Stopped by the time limit, after a checkpoint."""


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


@dataclass(frozen=True)
class Outcome:
    """Where the archive is, how long training took now; runs trained, kept, and dropped from it."""

    path: Path
    seconds: float
    n_trained: int
    n_kept: int
    n_dropped: int
