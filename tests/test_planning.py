"""Plans add up, and measure what would be run."""

import time
from dataclasses import replace

import pytest
import torch

from daleslaw_lib import costs, experiments, jobs, planning, training
from daleslaw_lib.planning import Plan, Shape

CPU = torch.device("cpu")


def some(name, scale="smoke", n=4):
    return experiments.get(name).runs(scale)[:n]


@pytest.fixture
def counted(monkeypatch):
    """What was measured, each taking a second an update and ten an evaluation."""
    seen = []

    def measure(example, place, seconds):
        seen.append((example, seconds))
        return Shape(example, 1.0, 10.0)

    monkeypatch.setattr(planning, "measure_kind", measure)
    return seen


def test_a_plan_counts_updates_and_evaluations_of_every_chunk(counted):
    (run, *_) = some("one_layer_mnist")
    members = [
        replace(run, seed=seed, updates=100, eval_every=50) for seed in range(25)
    ]  # blocks of 10, 10, 5
    plan = planning.plan(members, CPU, seconds=6)
    assert plan.chunk_seconds == (130.0, 130.0, 65.0) and plan.seconds() == 325
    assert plan.n_runs == 25 and plan.flops == 25 * costs.run_flops(members[0])
    assert [(len(example), seconds) for example, seconds in counted] == [(10, 6)]


def test_each_shape_is_measured_once_whatever_its_number_of_updates(counted):
    planned = [replace(run, updates=run.updates + k) for k, run in enumerate(some("size", n=9))]
    planning.plan(planned, CPU, seconds=6)
    shapes = {(run.kind, run.hidden) for run in planned}
    assert {(example[0].kind, example[0].hidden) for example, _ in counted} == shapes
    assert all(seconds == 6 / len(shapes) for _, seconds in counted)


def test_workers_take_the_next_chunk_when_they_are_free():
    plan = Plan(0, 0.0, 0, (4.0, 1.0, 1.0, 1.0, 2.0), "", 1)
    assert plan.seconds() == 9 and plan.seconds(2) == 5 and plan.seconds(5) == 4 and plan.seconds(99) == 4


@pytest.mark.parametrize("name", ["one_layer_mnist", "three_layer_mnist", "adding", "penn_treebank", "size"])
def test_every_task_can_be_measured_without_its_data(name, monkeypatch):
    monkeypatch.setattr(jobs.building, "load_task", lambda *_: pytest.fail("data were loaded"))
    plan = planning.plan(some(name, n=1), CPU, seconds=0.01)
    assert plan.seconds() > 0 and plan.flops > 0 and plan.largest_bytes > 0


def test_draws_are_planned_by_drawing():
    plan = planning.plan(some("spectra"), CPU, seconds=0.01)
    assert plan.seconds() > 0 and plan.flops == 0


def test_a_slower_machine_has_a_longer_plan(monkeypatch):
    planned = some("one_layer_mnist", n=1)
    fast = planning.plan(planned, CPU, seconds=0.3).seconds()
    advance = training.Training.advance
    monkeypatch.setattr(training.Training, "advance", lambda self: (advance(self), time.sleep(0.5)))
    slow = planning.plan(planned, CPU, seconds=0.3)
    assert slow.seconds() > 3 * fast
    assert slow.waited > 0.5 and slow.alone() < 0.5 * slow.seconds(), "what waits for a core is told apart"


def test_processes_that_work_side_by_side_are_measured_with_one_thread_each():
    plan = planning.side_by_side(some("adding", n=1), 2, seconds=0.1)
    assert plan.threads == 1 and plan.seconds() > 0
