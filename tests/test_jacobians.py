"""Products of D_t W: exact in small cases, known in large ones, and in agreement with autograd."""

import itertools
import math

import numpy as np
import pytest
import torch

from daleslaw_lib import jacobians as jac
from daleslaw_lib.initialisation import rnn_weights
from daleslaw_lib.initialisation.dale_starts import masked_gain
from daleslaw_lib.initialisation.free_starts import orthogonal


def rng(seed=0):
    return np.random.default_rng(seed)


def a_layer(n=12, n_in=4, n_out=3, seed=0):
    draw = rng(seed).standard_normal
    W = rnn_weights(n, rho=1.2, rng=rng(seed + 1))
    return jac.LayerWithReadout(draw((n, n_in)), W, 0.1 * draw(n), draw((n_out, n)), draw(n_out))


def an_input(T=6, B=5, n_in=4, seed=3):
    return rng(seed).standard_normal((T, B, n_in))


def test_states_are_those_of_the_recurrence():
    layer, x = a_layer(), an_input()
    h = layer.states(x)
    expected = np.maximum(layer.U @ x[3, 2] + layer.W @ h[2, 2] + layer.b, 0)
    np.testing.assert_allclose(h[3, 2], expected)
    assert h.shape == (6, 5, 12) and (h >= 0).all()


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_a_product_is_the_derivative_of_the_last_state(steps):
    layer, x = a_layer(), an_input()
    J = jac.products(layer.W, layer.states(x) > 0, steps)
    U, W, b = (torch.as_tensor(a) for a in (layer.U, layer.W, layer.b))
    for i in range(x.shape[1]):
        before = torch.as_tensor(layer.states(x)[-steps - 1, i])

        def last(h, i=i):
            for x_t in torch.as_tensor(x[-steps:, i]):
                h = torch.relu(U @ x_t + W @ h + b)
            return h

        np.testing.assert_allclose(J[i], torch.autograd.functional.jacobian(last, before), atol=1e-10)


def test_the_gradient_ratio_is_autograds():
    layer, x, y, steps = a_layer(), an_input(), np.array([0, 1, 2, 1, 0]), 4
    h = torch.as_tensor(layer.states(x)[-steps - 1]).requires_grad_()
    states = [h]
    U, W, b, V, c = (torch.as_tensor(a) for a in (layer.U, layer.W, layer.b, layer.V, layer.c))
    for x_t in torch.as_tensor(x[-steps:]):
        states.append(torch.relu(x_t @ U.T + states[-1] @ W.T + b))
    loss = torch.nn.functional.cross_entropy(states[-1] @ V.T + c, torch.as_tensor(y))
    early, late = torch.autograd.grad(loss, (states[0], states[-1]))
    expected = float(early.norm() / late.norm())
    assert jac.gradient_ratio(layer, layer.states(x), y, steps) == pytest.approx(expected)


@pytest.mark.parametrize("n", [5, 40])
def test_participation_counts_equal_directions(n):
    assert jac.participation_ratio(3 * orthogonal(n, rng=rng())) == pytest.approx(n)
    a, b = rng().standard_normal((2, n))
    assert jac.participation_ratio(np.outer(a, b)) == pytest.approx(1)
    assert jac.participation_ratio(np.zeros((2, n, n))).tolist() == [0, 0]
    some = np.diag(np.repeat([1.0, 0.0], [3, n - 3]))
    assert jac.participation_ratio(some) == pytest.approx(3)


def test_log_gain_is_per_step_and_of_an_orthogonal_product_known():
    Q = orthogonal(30, rng=rng())
    active = np.ones((8, 4, 30), bool)
    assert jac.log_gain(jac.products(2 * Q, active, 6), 6) == pytest.approx(math.log(2))
    half = rng().random((12, 400, 30)) < 0.5
    assert jac.log_gain(jac.products(Q, half, 10), 10) == pytest.approx(-math.log(2) / 2, abs=0.03)
    assert jac.log_gain(np.zeros((2, 3, 3)), 1) == -30


def test_measures_are_all_there_and_finite_even_of_a_dead_layer():
    layer, x, y = a_layer(), an_input(T=12), np.zeros(5, int)
    found = jac.measure(layer, x, y)
    assert tuple(found) == jac.MEASURES and np.isfinite(list(found.values())).all()
    dead = jac.LayerWithReadout(layer.U, layer.W, layer.b - 1e3, layer.V, layer.c)
    assert jac.measure(dead, x, y)["active"] == 0 == jac.measure(dead, x, y)["participation"]


def test_products_refuse_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"products: expected W \(n, n\) and active"):
        jac.products(np.ones((3, 4)), np.ones((5, 2, 4), bool))
    with pytest.raises(ValueError, match="steps: expected at most 5, got 6"):
        jac.products(np.ones((4, 4)), np.ones((5, 2, 4), bool), 6)


@pytest.mark.parametrize("steps", [1, 12, 13, 100])  # exp(-60 * 13) is no number
def test_where_nothing_passes_a_gain_is_minus_thirty_however_many_steps(steps):
    assert jac.log_gain(np.zeros((2, 3, 3)), steps) == -30
    assert jac.log_gain(1e-300 * np.eye(3), 1) == -30


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_measures_of_a_product_know_no_size_that_is_too_large_to_square(size):
    J = np.random.default_rng(0).normal(size=(2, 4, 4))
    np.testing.assert_allclose(jac.participation_ratio(size * J), jac.participation_ratio(J), rtol=1e-12)
    expected = max(jac.log_gain(J, 40) + math.log(size) / 40, -30)
    assert jac.log_gain(size * J, 40) == pytest.approx(expected)


def test_a_layer_whose_states_or_gradients_grow_beyond_numbers_is_refused():
    layer = jac.LayerWithReadout(np.eye(2), 1e200 * np.eye(2), np.zeros(2), np.eye(2), np.zeros(2))
    with pytest.raises(ValueError, match="^x: expected inputs whose states are finite numbers, got some"):
        jac.measure(layer, np.ones((5, 1, 2)), np.array([0]), 2)
    with pytest.raises(ValueError, match="^W: expected a product of 3 steps that is finite, got one"):
        jac.products(layer.W, np.ones((3, 1, 2)), 3)


# --- half of the units active ------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_gain_with_half_of_the_units_active_is_the_mean_over_all_masks(steps):
    W = rng(2).standard_normal((3, 3))
    total = 0.0
    for masks in itertools.product(itertools.product((0, 1), repeat=3), repeat=steps):
        J = np.eye(3)
        for mask in masks:
            J = np.diag(mask) @ W @ J
        total += np.square(J).sum() / 3
    mean = total / 8**steps
    assert jac.gain_of_half(W, steps) == pytest.approx(mean ** (1 / (2 * steps)), rel=1e-12)


def test_that_gain_is_in_proportion_to_the_matrix_and_close_to_a_sampled_one():
    W = rnn_weights(60, rho=1.2, rng=rng())
    assert jac.gain_of_half(3 * W) == pytest.approx(3 * jac.gain_of_half(W), rel=1e-12)
    assert jac.gain_of_half(orthogonal(30, gain=0.8, rng=rng())) == pytest.approx(0.8 / math.sqrt(2), rel=0.1)
    sampled = masked_gain(W, trials=4_000, rng=rng())
    assert jac.gain_of_half(W) == pytest.approx(sampled, rel=0.02)
    assert jac.gain_of_half(np.triu(np.ones((4, 4)), 1)) == 0.0


@pytest.mark.parametrize("W", [np.ones((2, 3)), np.ones((2, 2, 2))])
def test_that_gain_is_of_one_square_matrix(W):
    with pytest.raises(ValueError, match="^W: expected one square matrix"):
        jac.gain_of_half(W)
