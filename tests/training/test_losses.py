"""Losses of an ensemble against PyTorch's, with their gradients."""

import math

import pytest
import torch
from torch.nn import functional

from daleslaw_lib.training.losses import LOSSES, cross_entropy, error_rate, mean_squared_error

SHAPES = [(1, 1, 2), (1, 5, 10), (3, 4, 2), (4, 7, 10)]  # (M, B, n_out)


def random(*shape, seed=0, scale=1.0):
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return scale * values


def classes(M, B, n_out):
    return torch.randint(n_out, (M, B), generator=torch.Generator().manual_seed(1))


def test_losses_are_found_by_name():
    assert LOSSES == {"cross_entropy": cross_entropy, "mean_squared_error": mean_squared_error}


@pytest.mark.parametrize("scale", [0.1, 1.0, 300.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy_and_its_gradient_are_pytorchs_member_by_member(shape, scale):
    outputs, targets = random(*shape, scale=scale).requires_grad_(), classes(*shape)
    with torch.no_grad():
        losses, gradient = cross_entropy(outputs, targets)
    expected = torch.stack([functional.cross_entropy(o, t) for o, t in zip(outputs, targets)])
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-12, atol=1e-12)
    (by_autograd,) = torch.autograd.grad(expected.sum(), outputs)
    torch.testing.assert_close(gradient, by_autograd, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (3, 4, 5)])
def test_squared_error_and_its_gradient_are_pytorchs_member_by_member(shape):
    outputs, targets = random(*shape).requires_grad_(), random(*shape, seed=1)
    with torch.no_grad():
        losses, gradient = mean_squared_error(outputs, targets)
    expected = torch.stack([functional.mse_loss(o, t) for o, t in zip(outputs, targets)])
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-12, atol=1e-14)
    (by_autograd,) = torch.autograd.grad(expected.sum(), outputs)
    torch.testing.assert_close(gradient, by_autograd, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n_out", [2, 10])
def test_guessing_costs_the_logarithm_of_the_number_of_classes(n_out):
    losses, gradient = cross_entropy(torch.zeros(2, 6, n_out).double(), classes(2, 6, n_out))
    torch.testing.assert_close(losses, torch.full((2,), math.log(n_out), dtype=torch.float64))
    torch.testing.assert_close(gradient.sum(-1), torch.zeros(2, 6).double(), rtol=0, atol=1e-15)


@pytest.mark.parametrize("loss", [cross_entropy, mean_squared_error])
def test_outputs_and_targets_are_left_alone(loss):
    outputs = random(2, 3, 4)
    targets = classes(2, 3, 4) if loss is cross_entropy else random(2, 3, 4, seed=1)
    before = outputs.clone(), targets.clone()
    loss(outputs, targets)
    assert torch.equal(outputs, before[0]) and torch.equal(targets, before[1])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_broken_member_does_not_spoil_the_others(bad):
    outputs, targets = random(3, 4, 5), classes(3, 4, 5)
    clean, clean_gradient = cross_entropy(outputs, targets)
    outputs[1, 2, 3] = bad
    losses, gradient = cross_entropy(outputs, targets)
    assert torch.isfinite(losses).tolist() == [True, False, True]
    for m in (0, 2):
        assert losses[m] == clean[m] and torch.equal(gradient[m], clean_gradient[m])


@pytest.mark.parametrize("targets", [(1, 6), (2, 3), (2, 3, 1), (2, 6, 1), (6, 2)])
def test_squared_error_refuses_targets_of_another_shape(targets):
    with pytest.raises(ValueError, match="targets"):  # broadcasting would give a wrong number
        mean_squared_error(torch.zeros(2, 3, 2), torch.zeros(targets))


def test_error_rate_is_the_share_of_wrong_answers():
    outputs = torch.tensor([[[0.1, 0.9], [0.8, 0.2]], [[3.0, 1.0], [2.0, 1.0]]])
    targets = torch.tensor([[1, 1], [1, 1]])
    rate = error_rate(outputs, targets)
    assert rate.tolist() == [0.5, 1.0] and rate.dtype == torch.float64
