"""Initial weights of DANN: balance, shares of inhibition, and moments of large draws."""

import math

import numpy as np
import pytest

from daleslaw_lib import initialisation as init
from helpers.moments import assert_moments, rng

DANN_DRAWS = {
    "recurrent": lambda n_i: init.dann_weights(700, n_i, rng=rng()),
    "rho": lambda n_i: init.dann_weights(700, n_i, rho=2.0, rng=rng()),
    "input": lambda n_i: init.dann_input_weights(700, 400, n_i, rng=rng()),
    "readout": lambda n_i: init.dann_readout_weights(500, 800, n_i, rng=rng()),
}
DANN_SHAPES = {  # (n_post, n_pre), effective variance, times n_post / (n_post - 1): that of W_ex
    "recurrent": ((700, 700), 1 / (3 * 700)),
    "rho": ((700, 700), 4 / 700),
    "input": ((700, 400), 1 / (3 * 700)),
    "readout": ((500, 800), 2 / 800),
}


@pytest.mark.parametrize("n_i", [1, 7, 70])
@pytest.mark.parametrize("name", DANN_DRAWS)
def test_dann_parts_are_positive_and_interneurons_average(name, n_i):
    ex, ix, ei = DANN_DRAWS[name](n_i)
    (n_post, n_pre), variance = DANN_SHAPES[name]
    assert (ex.shape, ix.shape, ei.shape) == ((n_post, n_pre), (n_i, n_pre), (n_post, n_i))
    assert (ex > 0).all() and (ix > 0).all() and (ei > 0).all()
    s = math.sqrt(variance * n_post / (n_post - 1))
    assert_moments(ex, "exponential", s, s**2)
    np.testing.assert_allclose(ei.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(ix, np.broadcast_to(ex.mean(0), ix.shape), atol=1e-15)


@pytest.mark.parametrize("n_i", [1, 7, 70])
@pytest.mark.parametrize("name", DANN_DRAWS)
def test_dann_columns_are_balanced_at_initialisation(name, n_i):
    W = init.effective_dann(*DANN_DRAWS[name](n_i))
    shape, variance = DANN_SHAPES[name]
    assert W.shape == shape
    assert np.abs(W.mean(0)).max() < 1e-12
    assert_moments(W, "exponential", 0, variance)


@pytest.mark.parametrize(
    ("draw", "n_post", "variance"),
    [
        (lambda rng: init.dann_weights(4, 2, rng=rng), 4, 1 / (3 * 4)),
        (lambda rng: init.dann_weights(4, 2, rho=2.0, rng=rng), 4, 4 / 4),
        (lambda rng: init.dann_input_weights(4, 9, 2, rng=rng), 4, 1 / (3 * 4)),
        (lambda rng: init.dann_readout_weights(3, 5, 2, rng=rng), 3, 2 / 5),
    ],
)
def test_what_centring_takes_from_the_variance_is_given_first(draw, n_post, variance):
    generator = rng()
    W_ex, W_ix, W_ei = (np.array(parts) for parts in zip(*(draw(generator) for _ in range(4000))))
    s = math.sqrt(variance * n_post / (n_post - 1))
    assert_moments(W_ex, "exponential", s, s**2)
    W = init.effective_dann(W_ex, W_ix, W_ei)
    assert W.var() == pytest.approx(variance, rel=0.1)


def test_several_interneurons_share_the_inhibition_unequally():
    ei = init.dann_weights(500, 4, rng=rng())[2]  # rows of Exp scaled to sum 1: Dirichlet(1, 1, 1, 1)
    assert ei.mean() == pytest.approx(1 / 4, abs=1e-12)
    assert ei.var() == pytest.approx(3 / 80, rel=0.1)


def test_rho_scales_a_dann_and_leaves_the_shares_alone():
    one, two = (init.dann_weights(50, 5, rho=rho, rng=rng()) for rho in (1.0, 2.0))
    np.testing.assert_allclose(two[0], 2 * one[0])
    np.testing.assert_allclose(two[1], 2 * one[1])
    np.testing.assert_array_equal(two[2], one[2])


@pytest.mark.parametrize("n", [1, 10, 100])
def test_a_dann_readout_of_one_unit_starts_at_exactly_zero(n):
    parts = init.dann_readout_weights(1, n, 1, rng=rng())
    np.testing.assert_array_equal(init.effective_dann(*parts), np.zeros((1, n)))
    ex = init.dann_readout_weights(1, 100_000, 1, rng=rng())[0]
    assert_moments(ex, "exponential", math.sqrt(2e-5), 2e-5)


def test_effective_dann_takes_stacks():
    members = [init.dann_weights(6, 2, rng=rng(seed)) for seed in range(3)]
    stacked = init.effective_dann(*(np.stack(parts) for parts in zip(*members)))
    np.testing.assert_allclose(stacked, [init.effective_dann(*parts) for parts in members])


@pytest.mark.parametrize(
    "function",
    [lambda n: init.dann_weights(n, 1, rng=rng()), lambda n: init.dann_input_weights(n, 5, 1, rng=rng())],
)
def test_a_dann_of_one_unit_is_refused(function):
    with pytest.raises(ValueError, match="^n: expected at least 2 units, .*, got 1$"):
        function(1)
