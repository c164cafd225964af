"""Initial weights of the RNN: moments of large draws."""

import math

import numpy as np
import pytest

from daleslaw_lib import initialisation as init
from daleslaw_lib.spectra import spectral_radius
from helpers.moments import assert_moments, rng


@pytest.mark.parametrize("rho", [0.2, init.PYTORCH_RHO, 1.0, math.sqrt(2), 6.5])
def test_rnn_weights_are_uniform_with_variance_rho_squared_over_n(rho):
    W = init.rnn_weights(300, rho=rho, rng=rng())
    assert W.shape == (300, 300)
    assert_moments(W, "uniform", 0, rho**2 / 300)
    assert np.abs(W).max() <= rho * math.sqrt(3 / 300)
    assert np.abs(W).max() == pytest.approx(rho * math.sqrt(3 / 300), rel=1e-3)
    assert spectral_radius(init.rnn_weights(60, rho=rho, rng=rng())) == pytest.approx(rho, rel=0.2)


def test_the_default_rnn_weights_are_pytorchs():
    W = init.rnn_weights(400, rng=rng())
    assert np.abs(W).max() <= 1 / 20 and np.abs(W).max() == pytest.approx(1 / 20, rel=1e-3)


def test_rnn_input_weights_are_scaled_by_the_receiving_units():
    U = init.rnn_input_weights(400, 700, rng=rng())
    assert U.shape == (400, 700)
    assert_moments(U, "uniform", 0, 1 / (3 * 400))


def test_rnn_readout_weights_are_normal_with_variance_two_over_n():
    W = init.rnn_readout_weights(300, 900, rng=rng())
    assert W.shape == (300, 900)
    assert_moments(W, "normal", 0, 2 / 900)
    assert np.abs(W).max() > 4 * math.sqrt(2 / 900)
