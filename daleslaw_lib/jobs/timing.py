"""How long a job's work takes, by trying."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from .job import CPU


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
