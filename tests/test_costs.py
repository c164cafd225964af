"""Counted costs against what torch counts, and against what the trainer holds."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode, baddbmm_flop, register_flop_formula

from daleslaw_lib import costs, experiments, jobs
from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.tasks import TASKS

CPU = torch.device("cpu")


@register_flop_formula(torch.ops.aten.baddbmm_)  # in place, which torch does not count by itself
def _(shape, a, b, *_, out_shape=None, **__):
    return baddbmm_flop(shape, a, b)


def example(name, kind, **changes):
    run = next(run for run in experiments.get(name).runs("smoke") if run.kind == kind)
    return replace(run, **changes)


CASES = [
    (name, kind)
    for name in ("one_layer_mnist", "three_layer_mnist", "adding", "penn_treebank")
    for kind in KINDS
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_operations_of_an_update_are_those_that_torch_counts(name, kind, monkeypatch):
    monkeypatch.setenv("DALESLAW_FUSED", "never")  # what C++ does, torch does not count
    run = example(name, kind)
    two = [run, replace(run, seed=run.seed + 1)]  # of a network alone some products are made twice
    training = jobs.build(two, jobs.load_task(run, CPU), CPU)
    batch = training.batch_of(0)
    with FlopCounterMode(display=False) as counter:
        training.update_(*batch)
    assert counter.get_total_flops() == 2 * costs.update_flops(run)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_operations_of_an_evaluation_are_those_that_torch_counts(name, kind):
    run = example(name, kind, n_valid=0)
    data = jobs.load_task(run, CPU)
    network = jobs.draw([run], CPU)
    with FlopCounterMode(display=False) as counter:
        data.test.measure(network, TASKS[run.task].loss)
    counted = counter.get_total_flops()
    assert counted == pytest.approx(costs.evaluation_flops(run), rel=0.05)  # without folding, and zero states


def test_a_run_is_its_updates_and_its_evaluations():
    run = example("one_layer_mnist", "rnn", updates=10, eval_every=4)  # evaluated before 0, after 4, 8 and 10
    expected = 10 * costs.update_flops(run) + 4 * costs.evaluation_flops(run)
    assert costs.run_flops(run) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["rnn", "dann"])
def test_memory_of_a_member_covers_what_the_trainer_holds_and_not_twice_that(kind, dtype):
    run = example("three_layer_mnist", kind, dtype=dtype)
    members = [replace(run, seed=seed) for seed in range(4)]
    training = jobs.build(members, jobs.load_task(run, CPU), CPU)
    training.advance()
    unrolled = training.gradients.unrolled
    held = [unrolled.z, *unrolled.delta, *unrolled._V, *unrolled._dV]
    held += [tensor for p in training.network.parameters() for tensor in (p, p.grad)]
    numbers = sum(tensor.numel() for tensor in held) * held[0].element_size() / len(members)
    assert numbers < costs.member_bytes(run) < 2 * numbers


def test_a_budget_holds_a_power_of_two_of_members():
    run = example("one_layer_mnist", "rnn")
    fixed, each = costs.shared_bytes(run), costs.member_bytes(run)
    assert [costs.members_within(run, fixed + n * each) for n in (1, 2, 3, 4, 7, 8, 1000)] == [
        1, 2, 2, 4, 4, 8, 512,
    ]  # fmt: skip


def test_a_budget_too_small_for_one_member_is_one_line():
    run = example("one_layer_mnist", "rnn")
    with pytest.raises(ValueError, match="memory: expected at least .* one member of rnn"):
        costs.members_within(run, costs.shared_bytes(run))
