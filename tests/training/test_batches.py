"""Batches: the order of an epoch, and that all kinds of network see the same ones."""

import pytest
import torch

from daleslaw_lib.training import epoch_order
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
