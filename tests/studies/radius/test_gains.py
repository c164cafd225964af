"""Signals through drawn networks: exact in small cases, as predicted in large ones."""

import math

import numpy as np
import pytest

from daleslaw_lib.initialisation import KINDS, obeys_dale
from daleslaw_lib.spectra import spectral_radius, svd_entropy
from daleslaw_lib.studies import radius


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_the_radius_scales_w_and_leaves_u_and_the_entropy(kind):
    U, W = radius.draw_weights(kind, 0.5, n=40, rng=rng())
    U_large, W_large = radius.draw_weights(kind, 2.0, n=40, rng=rng())
    np.testing.assert_allclose(W_large, 4 * W, rtol=1e-10)
    np.testing.assert_array_equal(U, U_large)
    assert svd_entropy(W) == pytest.approx(svd_entropy(W_large), abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rho", [0.4, 1.5])
def test_drawn_weights_have_the_radius_asked_for(kind, rho):
    _, W = radius.draw_weights(kind, rho, n=200, rng=rng(1))
    assert spectral_radius(W) == pytest.approx(rho, rel=0.15)
    assert (obeys_dale(W)[0]) == (kind == "colei")


def test_a_drawn_w_ix_brings_the_outlier_back():
    largest = [
        np.linalg.norm(radius.draw_weights("dann", 1.0, random_ix=drawn, rng=rng())[1], 2)
        for drawn in (False, True)
    ]
    assert largest[1] > 1.3 * largest[0]


def test_activity_is_that_of_the_recurrence():
    U, W, x = np.array([[1.0], [-1.0]]), np.array([[0.0, 2.0], [1.0, 0.0]]), np.array([[[1.0]], [[-0.5]]])
    # h_0 = relu(1, -1) = (1, 0); h_1 = relu(-0.5 + 0, 0.5 + 1) = (0, 1.5)
    np.testing.assert_array_equal(radius.activity(U, W, x)[:, 0], [[True, False], [False, True]])


def test_a_network_that_sees_nothing_is_silent():
    U, W = radius.draw_weights("rnn", 1.0, n=10, rng=rng())
    assert not radius.activity(U, W, np.zeros((3, 2, 28))).any()


def test_gains_of_a_rotation_are_one_and_of_its_multiples_powers():
    rotation = np.linalg.qr(rng().standard_normal((12, 12)))[0]
    active = np.ones((6, 5, 12), bool)
    for scale in (1.0, 0.5, 3.0):
        for gain in radius.gains(scale * rotation, active, rng=rng(1)):
            np.testing.assert_allclose(gain, scale ** np.arange(6), rtol=1e-12)


def test_forward_and_backward_pass_the_same_matrices():
    active = rng(2).random((5, 1, 8)) < 0.6
    W = rng(3).standard_normal((8, 8))
    product = np.eye(8)
    for mask in active[1:, 0]:
        product = mask[:, None] * (W @ product)
    stream = rng(4)
    v, g = stream.standard_normal((2, 1, 8))
    forward, backward = radius.gains(W, active, rng=rng(4))
    assert forward[-1] == pytest.approx(np.linalg.norm(product @ v[0]) / np.linalg.norm(v))
    assert backward[-1] == pytest.approx(np.linalg.norm(product.T @ g[0]) / np.linalg.norm(g))


def test_silent_units_stop_every_signal():
    for gain in radius.gains(np.eye(4), np.zeros((3, 2, 4), bool), rng=rng()):
        np.testing.assert_array_equal(gain, [1, 0, 0])


@pytest.mark.parametrize("rho", [0.6, math.sqrt(2), 2.5])
def test_an_rnns_gain_is_the_predicted_one_if_half_of_its_units_are_active(rho):
    logs = []
    for seed in range(8):
        _, W = radius.draw_weights("rnn", rho, rng=rng(seed))
        active = rng(100 + seed).random((11, 40, 100)) < 0.5
        logs.append(np.log(radius.gains(W, active, rng=rng(seed))[1][-1]))
    assert np.mean(logs) == pytest.approx(math.log(radius.predicted_gain(rho, 10)), abs=0.4)


def test_hes_radius_keeps_a_signal_as_it_is():
    assert radius.predicted_gain(radius.INITIALISATIONS["He"], 27) == pytest.approx(1)
    assert radius.predicted_gain(radius.INITIALISATIONS["PyTorch"], 1) == pytest.approx(6**-0.5)


def test_draws_are_the_same_in_any_company():
    x = rng(5).random((4, 6, 28))
    few, many = (radius.drawn_gains("colei", 1.5, x, draws=k, n=20) for k in (2, 4))
    for a, b in zip(few, many):
        np.testing.assert_array_equal(a, b[:2])
    assert few[0].shape == few[1].shape == (2, 4) and few[2].shape == (2,)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="kind: expected one of"):
        radius.draw_weights("lstm", 1.0, rng=rng())
    with pytest.raises(ValueError, match="rho: expected"):
        radius.draw_weights("rnn", -1.0, rng=rng())
