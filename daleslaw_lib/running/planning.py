"""What an experiment will cost, before it is run: members, operations, memory, time.

Time is measured, not guessed, where that can be: a few updates and a part of an evaluation of each shape of
ensemble, on random data of the right size. Whoever has no such machine gets an estimate that says what it
assumes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from .. import experiments
from ..experiments.configs import DrawConfig, RunConfig
from ..schedule import evaluations
from ..training.batches import invented
from ..training.loop import Training
from . import costs, executors
from .devices import device_name
from .drawing import measure
from .jobs import build, members_at_once

GPU_FLOPS = 67e12  # float32, of an H100 or H200, as their maker states it
GPU_SHARE = 0.3  # of it, that the trainer is meant to reach: not measured until `benchmarks/gpu.py` has run
ITEMS = 2_000  # of the random data to train on
EVALUATED = 500  # sequences, or words


@dataclass(frozen=True)
class Kind:
    """Ensembles of one shape, whatever their number of updates: what is measured once.

    Seconds are of one update, and one evaluation, of the whole ensemble.
    """

    example: tuple[RunConfig | DrawConfig, ...]
    update_seconds: float
    evaluation_seconds: float

    def seconds(self, ensemble: list) -> float:
        """Of an ensemble of this shape, which may have fewer members."""
        first, share = ensemble[0], len(ensemble) / len(self.example)
        if isinstance(first, DrawConfig):
            return len(ensemble) * self.update_seconds
        n = evaluations(first.updates, first.eval_every, first.end_every)
        return share * (first.updates * self.update_seconds + n * self.evaluation_seconds)


@dataclass(frozen=True)
class Plan:
    """The cost of some runs. Seconds of one process are by chunk, in the order in which they would run."""

    n_runs: int
    flops: float
    largest_bytes: int  # of one ensemble and its data
    chunk_seconds: tuple[float, ...]
    device: str
    threads: int

    def seconds(self, workers: int = 1) -> float:
        """With so many workers like this one: each takes the next chunk when it is free."""
        ends = [0.0] * min(workers, max(len(self.chunk_seconds), 1))
        for seconds in self.chunk_seconds:
            ends[ends.index(min(ends))] += seconds
        return max(ends)

    @property
    def gpu_seconds(self) -> float:
        """On a GPU of GPU_FLOPS that reaches GPU_SHARE of it."""
        return self.flops / (GPU_SHARE * GPU_FLOPS)


def plan(runs: Iterable[RunConfig | DrawConfig], place: torch.device, seconds: float = 5) -> Plan:
    """Measure each shape for its part of so many seconds, and add up.

    Raises: ValueError if one member does not fit the device's memory.
    """
    runs = tuple(runs)
    blocks = [
        block
        for group in experiments.ensembles(runs)
        for block in experiments.ensembles(group, members_at_once(group[0], place))
    ]
    examples = {}
    for block in blocks:
        key = _shape(block[0])
        if len(block) > len(examples.get(key, ())):
            examples[key] = tuple(block)
    each = seconds / len(examples)
    measured = {key: measure_kind(example, place, each) for key, example in examples.items()}
    trained = [run for run in runs if isinstance(run, RunConfig)]
    memory = [
        costs.shared_bytes(block[0]) + len(block) * costs.member_bytes(block[0])
        for block in blocks
        if isinstance(block[0], RunConfig)
    ]
    return Plan(
        n_runs=len(runs),
        flops=sum(map(costs.run_flops, trained)),
        largest_bytes=max(memory, default=0),
        chunk_seconds=tuple(measured[_shape(block[0])].seconds(block) for block in blocks),
        device=device_name(place),
        threads=torch.get_num_threads(),
    )


def _shape(run: RunConfig | DrawConfig) -> tuple:
    if isinstance(run, DrawConfig):
        return run.shape
    return replace(run, updates=1, eval_every=1, end_every=None, n_train=max(run.batch, 1), n_valid=0).shape


def measure_kind(example: tuple, place: torch.device, seconds: float) -> Kind:
    """Time updates for about so many seconds, and one evaluation in part."""
    if isinstance(example[0], DrawConfig):
        return Kind(example, _seconds_of(lambda: measure(example[0]), seconds), 0.0)
    training, n_evaluated = _training(example, place)
    training.advance()  # what allocates has then allocated
    update = _seconds_of(training.advance, seconds, place)
    start = time.perf_counter()
    training.evaluate()
    evaluation = time.perf_counter() - start
    return Kind(example, update, evaluation * costs.evaluated_items(example[0]) / n_evaluated)


def _training(example: tuple, place: torch.device) -> tuple[Training, int]:
    """An ensemble on random data; how many test items there are."""
    small = [
        replace(run, n_train=ITEMS, n_valid=0, updates=10**9, eval_every=10**9, end_every=None)
        for run in example
    ]
    return build(small, invented(example[0], ITEMS, EVALUATED, place), place), EVALUATED


def _seconds_of(call, seconds: float, place: torch.device | None = None) -> float:
    """Median seconds of a call, over so many seconds of calls."""
    taken, end = [], time.perf_counter() + seconds
    while not taken or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        if place is not None and place.type == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]


def side_by_side(runs: Iterable[RunConfig | DrawConfig], processes: int, seconds: float = 5) -> Plan:
    """The plan of one of so many processes of one thread each that all work at once: they share caches.

    `Plan.seconds(processes)` is then the time of all of them.
    """
    runs = tuple(runs)
    with executors.processes(processes) as pool:
        found = list(pool.map(_one_thread, [runs] * processes, [seconds] * processes))
    return max(found, key=lambda plan: plan.seconds())


def _one_thread(runs: tuple, seconds: float) -> Plan:
    torch.set_num_threads(1)
    return plan(runs, torch.device("cpu"), seconds)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
