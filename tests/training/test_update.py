"""The four steps of an update, against written-out formulas."""

import numpy as np
import pytest
import torch

from daleslaw_lib import fused
from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.networks import Network
from daleslaw_lib.training import clip_, correct_, project_, step_
from daleslaw_lib.training.losses import cross_entropy
from daleslaw_lib.training.update import PlainUpdate
from helpers.training import assert_same, build, gradients_of, per_member, with_gradients

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("kind", KINDS)
def test_correction_divides_the_gradients_of_danns_interneurons_alone(kind):
    network, _, before = with_gradients(kind)
    correct_(network)
    n, n_in, n_out = 8, 5, 4
    divisors = {  # W_ix by sqrt(rows of its W_ex), W_ei by the number of senders
        "layer0/U_ix": n**0.5, "layer0/U_ei": n_in, "layer0/W_ix": n**0.5, "layer0/W_ei": n,
        "layer1/U_ix": n**0.5, "layer1/U_ei": n, "layer1/W_ix": n**0.5, "layer1/W_ei": n,
        "readout/W_ix": n_out**0.5, "readout/W_ei": n,
    }  # fmt: skip
    assert kind != "dann" or set(divisors) <= set(before)
    for name, gradient in gradients_of(network).items():
        np.testing.assert_allclose(gradient, before[name] / divisors.get(name, 1), rtol=1e-15, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["layer", "tensor"])
@pytest.mark.parametrize("limits", [[0.3, 2.0, INF], [1e6, 1e-3, 5.0]])
def test_clipping_scales_each_member_by_its_own_norm(kind, by, limits):
    network, _, before = with_gradients(kind)
    clip_(network, per_member(limits), by)
    after = gradients_of(network)
    groups = {}
    for name in before:
        groups.setdefault(name.split("/")[0] if by == "layer" else name, []).append(name)
    for names in groups.values():
        for m, limit in enumerate(limits):
            norm = np.sqrt(sum((before[name][m] ** 2).sum() for name in names))
            scale = min(1.0, limit / (norm + 1e-12))
            for name in names:
                np.testing.assert_allclose(after[name][m], scale * before[name][m], rtol=1e-13, err_msg=name)
            clipped = np.sqrt(sum((after[name][m] ** 2).sum() for name in names))
            assert clipped == pytest.approx(min(norm, limit))


@pytest.mark.parametrize("by", ["layer", "tensor"])
def test_gradients_within_the_limit_or_without_one_are_not_touched(by):
    network, _, before = with_gradients("dann")
    clip_(network, per_member([INF, 1e9, INF]), by)
    assert_same(gradients_of(network), before)


def test_a_gradient_of_zero_survives_clipping():
    network, _, _ = with_gradients("colei")
    for p in network.parameters():
        p.grad[1] = 0
    clip_(network, per_member([1.0, 1.0, 1.0]), "tensor")
    assert all((gradient[1] == 0).all() for gradient in gradients_of(network).values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_moves_each_member_by_its_own_rate(kind):
    network, before, gradients = with_gradients(kind)
    lr = [0.1, 0.0, 3.0]
    step_(network, per_member(lr))
    for name, array in network.arrays().items():
        for m in range(3):
            expected = before[name][m] - lr[m] * gradients[name][m]
            np.testing.assert_allclose(array[m], expected, rtol=1e-14, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_projection_clamps_weights_and_leaves_biases(kind):
    network, _, _ = with_gradients(kind)
    step_(network, per_member([1.0] * 3))
    before = network.arrays()
    project_(network)
    for name, array in network.arrays().items():
        free = kind == "rnn" or name.endswith("/b")
        assert_same({name: array}, {name: before[name] if free else before[name].clip(min=0)})
        assert free or (before[name] < 0).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("clip_by", ["layer", "tensor"])
def test_an_update_is_correct_clip_step_project_in_that_order(kind, clip_by):
    training = build(kind, layers=2, lr=[0.1, 0.5, 2.0], clip=[0.1, None, 0.01], clip_by=clip_by)
    by_hand = build(kind, layers=2).network
    x, y = training.batch_of(0)
    losses = training.update_(x, y)

    expected = cross_entropy(by_hand(x), y)[0].detach()
    torch.testing.assert_close(losses, expected, rtol=1e-12, atol=0)
    sum(torch.nn.functional.cross_entropy(o, t) for o, t in zip(by_hand(x), y)).backward()
    correct_(by_hand)
    clip_(by_hand, per_member([0.1, INF, 0.01]), clip_by)
    step_(by_hand, per_member([0.1, 0.5, 2.0]))
    project_(by_hand)
    expected = by_hand.arrays()
    for name, array in training.network.arrays().items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-11, atol=1e-13, err_msg=name)


def learning(kind, M, clip_by, *, frozen=None, n=30):
    """Two networks that are alike, with the same gradients, which lie in a buffer as the trainer's do."""
    found = []
    for _ in range(2):
        network = Network.draw(kind, 7, n, 5, seeds=range(M), layers=2, frozen=frozen)
        generator = torch.Generator().manual_seed(M)
        for p in network.parameters():
            rows = torch.randn(*p.shape[:-1], p.shape[-1] + 3, generator=generator)
            p.grad = rows[..., 2:-1]
        found.append(network)
    return found


@pytest.mark.parametrize("limits", [None, 0.5, INF], ids=["unclipped", "clipped", "some clipped"])
@pytest.mark.parametrize("clip_by", ["layer", "tensor"])
@pytest.mark.parametrize("M", [1, 3, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_update_is_clip_step_project_to_the_last_bit(kind, M, clip_by, limits):
    (one, other), lr = learning(kind, M, clip_by), torch.linspace(0.01, 0.3, M)
    most = None if limits is None else torch.full((M,), 0.5).index_fill_(0, torch.tensor([0]), limits)
    if most is not None:
        clip_(one, most, clip_by)
    step_(one, lr)
    project_(one)
    plain = PlainUpdate(other, clip_by)
    assert plain.fused in (False, fused.library() is not None)
    plain(most, lr, torch.tensor(0))
    for (name, a), b in zip(one.tensors().items(), other.tensors().values()):
        assert torch.equal(a, b) and torch.equal(a.grad, b.grad), name


@pytest.mark.parametrize("clip_by", ["layer", "tensor"])
@pytest.mark.parametrize("kind", KINDS)
def test_norms_just_below_and_above_the_limit_are_clipped_as_torch_clips_them(kind, clip_by):
    for factor in (0.9, 0.9994, 0.9996, 1 - 1e-7, 1, 1 + 1e-7, 1.0004, 1.1):
        (one, other), lr = learning(kind, 2, clip_by), torch.full((2,), 0.1)
        block = one.layers[1]
        grads = list(block.parameters()) if clip_by == "layer" else [block.b]
        norm = sum(p.grad.square().sum((*range(1, p.grad.ndim),)) for p in grads).sqrt()
        clip_(one, norm * factor, clip_by)
        step_(one, lr)
        project_(one)
        PlainUpdate(other, clip_by)(norm * factor, lr, torch.tensor(0))
        for (name, a), b in zip(one.tensors().items(), other.tensors().values()):
            assert torch.equal(a, b) and torch.equal(a.grad, b.grad), (name, factor)


def test_a_plain_update_of_gradients_that_have_moved_reads_them_where_they_are():
    (one, other), lr = learning("colei", 2, "layer"), torch.full((2,), 0.1)
    plain = PlainUpdate(other, "layer")
    for _ in range(2):
        step_(one, lr)
        project_(one)
        plain(None, lr, torch.tensor(0))
        for network in (one, other):
            for p in network.parameters():
                p.grad = p.grad.clone() * 2
    for a, b in zip(one.parameters(), other.parameters()):
        assert torch.equal(a, b)


def test_a_plain_update_leaves_what_projects_in_a_way_of_its_own_to_it():
    (one, other), lr = learning("rnn", 2, "layer", frozen=True), torch.full((2,), 0.2)
    step_(one, lr)
    project_(one)
    plain = PlainUpdate(other, "layer")
    plain(None, lr, torch.tensor(0))
    assert not plain.fused
    for a, b in zip(one.parameters(), other.parameters()):
        assert torch.equal(a, b)


@pytest.mark.skipif(fused.library() is None, reason="no C++ compiler builds fused.cpp here")
def test_a_plain_update_keeps_what_is_not_a_number():
    (one, _), lr = learning("colei", 2, "layer"), torch.full((2,), 0.2)
    one.layers[0].recurrent.w.grad[1, 0, 0] = NAN
    plain = PlainUpdate(one, "layer")
    plain.fused = True
    plain(torch.full((2,), 1.0), lr, torch.tensor(0))
    of_layer = one.layers[0].recurrent.w
    assert of_layer[1].isnan().all() and not of_layer[0].isnan().any()
