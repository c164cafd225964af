"""What an experiment will cost, before it is run: members, operations, memory, time.

Time is measured, not guessed, where that can be: a few updates and a part of an evaluation of each shape of
ensemble, on random data of the right size. For a machine that is not at hand there is an estimate that says
what it assumes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from . import own_files
from .devices import device_name
from .experiments.configs import DrawConfig, RunConfig
from .jobs.ways import blocks, job_of
from .running import executors
from .running.threads import of_torch

GPU_FLOPS = 67e12  # float32, of an H100 or H200, as their maker states it
GPU_SHARE = 0.3  # the share that the trainer should reach: not measured until `benchmarks/gpu.py` has run


@dataclass(frozen=True)
class Shape:
    """Ensembles of one shape, whatever their number of updates: what is measured once.

    Seconds are of one update, and one evaluation, of the whole ensemble.
    """

    example: tuple[RunConfig | DrawConfig, ...]
    update_seconds: float
    evaluation_seconds: float

    def seconds(self, ensemble: list) -> float:
        """Seconds of an ensemble of this shape, which may have fewer members."""
        return job_of(ensemble).seconds(self.update_seconds, self.evaluation_seconds, len(self.example))


@dataclass(frozen=True)
class Plan:
    """The cost of some runs. Seconds of one process are by chunk, in the order in which they would run.

    `waited` is the share of the time of measuring in which the process had no core, since others did: 0 where
    nobody else works. It is known of one thread on a CPU, and 0 otherwise.
    """

    n_runs: int
    flops: float
    largest_bytes: int  # of one ensemble and its data
    chunk_seconds: tuple[float, ...]
    device: str
    threads: int
    waited: float = 0.0

    def seconds(self, workers: int = 1) -> float:
        """With so many workers like this one: each takes the next chunk when it is free."""
        ends = [0.0] * min(workers, max(len(self.chunk_seconds), 1))
        for seconds in self.chunk_seconds:
            ends[ends.index(min(ends))] += seconds
        return max(ends)

    def alone(self, workers: int = 1) -> float:
        """`seconds`, if nobody else had worked meanwhile."""
        return (1 - self.waited) * self.seconds(workers)

    @property
    def gpu_seconds(self) -> float:
        """On a GPU of GPU_FLOPS that reaches GPU_SHARE of it."""
        return self.flops / (GPU_SHARE * GPU_FLOPS)


def plan(
    runs: Iterable[RunConfig | DrawConfig], place: torch.device, seconds: float = 5, threads: int = 1
) -> Plan:
    """Measure each shape for its part of so many seconds, and add up; on a CPU with so many threads.

    Raises: ValueError if one member does not fit the device's memory.
    """
    jobs = [job_of(block, place) for block in blocks(runs, place)]
    examples = {}
    for job in jobs:
        if len(job.ensemble) > len(examples.get(job.kind_of_work, ())):
            examples[job.kind_of_work] = tuple(job.ensemble)
    each = seconds / len(examples)
    with of_torch(threads):
        wall, worked = time.perf_counter(), time.process_time()
        measured = {kind: measure_kind(example, place, each) for kind, example in examples.items()}
        wall, worked = time.perf_counter() - wall, time.process_time() - worked
        device = device_name(place)
    return Plan(
        n_runs=sum(len(job.ensemble) for job in jobs),
        flops=sum(job.flops for job in jobs),
        largest_bytes=max(job.bytes for job in jobs),
        chunk_seconds=tuple(measured[job.kind_of_work].seconds(job.ensemble) for job in jobs),
        device=device,
        threads=threads,
        waited=max(0.0, 1 - worked / wall) if threads == 1 and place.type == "cpu" else 0.0,
    )


def measure_kind(example: tuple, place: torch.device, seconds: float) -> Shape:
    """Time updates for about so many seconds, and one evaluation in part."""
    return Shape(example, *job_of(example, place).seconds_of_update(seconds))


def side_by_side(runs: Iterable[RunConfig | DrawConfig], processes: int, seconds: float = 5) -> Plan:
    """The plan of one of so many processes of one thread each that all work at once: they share caches.

    `Plan.seconds(processes)` is then the time of all of them.
    """
    runs = tuple(runs)
    with executors.processes(processes) as pool:
        asked = runs, seconds, own_files.loaded()
        found = list(pool.map(_beside_others, *([word] * processes for word in asked)))
    return max(found, key=lambda plan: plan.seconds())


def _beside_others(runs: tuple, seconds: float, modules: tuple[Path, ...]) -> Plan:
    """In a process of its own, which has yet to learn of the reader's tasks and kinds."""
    for file in modules:
        own_files.load(file)
    return plan(runs, torch.device("cpu"), seconds)
