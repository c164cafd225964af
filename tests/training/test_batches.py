"""Batches: the order of an epoch, and that all kinds of network see the same ones."""

from dataclasses import replace

import pytest
import torch

from daleslaw_lib import tasks
from daleslaw_lib.networks import Network
from daleslaw_lib.tasks import TASKS
from daleslaw_lib.training import LOSSES, epoch_order
from daleslaw_lib.training.batches import invented, load
from helpers.configs import config
from helpers.training import N_IN, T, build


@pytest.mark.parametrize("n", [1, 2, 50, 1001])
def test_an_epoch_visits_everything_once(n):
    assert sorted(epoch_order(3, 5, n)) == list(range(n))


def test_the_order_is_another_for_each_seed_and_epoch_and_the_same_again():
    orders = {(s, e): epoch_order(s, e, 100).tolist() for s in range(5) for e in range(5)}
    assert len({tuple(order) for order in orders.values()}) == 25
    for (seed, epoch), order in orders.items():
        assert epoch_order(seed, epoch, 100).tolist() == order


@pytest.mark.parametrize("kinds", [("rnn", "colei"), ("rnn", "dann")])
def test_a_seed_sees_the_same_batches_whatever_the_kind_and_company(kinds):
    first, second = build(kinds[0], M=3), build(kinds[1], M=2, seeds=[2, 0])
    for update in (0, 1, 2, 3, 7, 100, 4):
        (x, y), (x_2, y_2) = first.batch_of(update), second.batch_of(update)
        assert torch.equal(x[:, [2, 0]], x_2) and torch.equal(y[[2, 0]], y_2)
        assert x.shape == (T, 3, 16, N_IN) and y.shape == (3, 16)


def test_batches_are_slices_of_the_epochs_order_with_their_own_targets():
    training = build(M=2, seeds=[4, 9])
    for update in range(7):
        epoch, k = divmod(update, 50 // 16)  # what is left over at the end of an epoch is dropped
        x, y = training.batch_of(update)
        for m, seed in enumerate([4, 9]):
            index = epoch_order(seed, epoch, 50)[16 * k : 16 * (k + 1)]
            assert torch.equal(x[:, m], training.data.train.x[:, index])
            assert torch.equal(y[m], training.data.train.y[index])


# --- a task's arrays on the device ------------------------------------------------------------------


def a_run(task):
    return replace(config(task=task.name, n_valid=20, **task.small), dtype="float64")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_tasks_arrays_are_on_the_device_as_they_are(task):
    run = a_run(task)
    arrays, splits = task.checked_arrays(run), load(run, torch.device("cpu"))
    for name in ("train", "valid", "test"):
        split = getattr(splits, name)
        if task.form == "text":
            assert split.words.tolist() == list(arrays[name]) and split.T == run.length
        else:
            x, y = arrays[name]
            assert torch.equal(split.x.transpose(0, 1), torch.as_tensor(x, dtype=torch.float64))
            assert split.y.tolist() == y.tolist()


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_invented_data_have_the_shapes_of_a_tasks_own(task):
    run = a_run(task)
    real, made = load(run, torch.device("cpu")), invented(run, 100, 30, torch.device("cpu"))
    assert made.valid is None and (len(made.train), len(made.test)) != (0, 0)
    for a, b in ((real.train, made.train), (real.test, made.test)):
        assert type(a) is type(b) and a.T == b.T
        if task.form == "text":
            assert b.words.dtype == a.words.dtype and b.words.max() < task.ends(run).n_out
        else:
            assert a.x.shape[2:] == b.x.shape[2:] and a.y.shape[1:] == b.y.shape[1:]
            assert (a.x.dtype, a.y.dtype) == (b.x.dtype, b.y.dtype)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_what_is_measured_of_a_network_is_what_the_task_says(task):
    run = a_run(task)
    network = Network.draw("rnn", n=6, seeds=[0, 1], dtype=torch.float64, **task.network(run))
    measured = invented(run, 100, 60, torch.device("cpu")).test.measure(network, task.loss)
    assert tuple(measured) == task.measures and set(LOSSES) == set(tasks.task.LOSSES)
