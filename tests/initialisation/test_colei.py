"""Initial weights of ColEI: moments of large draws, radius, and outlier."""

import math

import numpy as np
import pytest

from daleslaw_lib import initialisation as init
from daleslaw_lib.spectra import singular_values, spectral_radius
from helpers.moments import assert_moments, rng


@pytest.mark.parametrize(("n_pre", "ratio"), [(500, 99), (500, 9), (500, 1), (500, 1 / 3)])
def test_colei_columns_are_exponential_and_cancel_on_average(n_pre, ratio):
    W = init.colei_feedforward_weights(800, n_pre, ratio, rng=rng())
    n_e, n_i = init.split_population(n_pre, ratio)
    assert W.shape == (800, n_pre)
    s_e = 1 / math.sqrt((1 - 1 / (2 * math.pi)) * (n_e + n_e**2 / n_i))
    s_i = n_e / n_i * s_e
    assert n_e * s_e == pytest.approx(n_i * s_i)
    assert_moments(W[:, :n_e], "exponential", s_e, s_e**2)
    assert_moments(W[:, n_e:], "exponential", -s_i, s_i**2)


@pytest.mark.parametrize("n", [2, 3, 10, 40])
@pytest.mark.parametrize("ratio", [99, 9, 4, 1])
@pytest.mark.parametrize("rho", [None, 0.4, 13.0])
def test_colei_weights_have_the_radius_asked_for_and_no_diagonal(n, ratio, rho):
    W = init.colei_weights(n, ratio, rng=rng(), **({} if rho is None else {"rho": rho}))
    assert W.shape == (n, n)
    assert spectral_radius(W) == pytest.approx(rho or 1.5, rel=1e-12)
    np.testing.assert_array_equal(np.diag(W), 0)
    assert init.obeys_dale(W)[0]
    signs = np.broadcast_to(init.column_signs(n, ratio), (n, n))
    off_diagonal = ~np.eye(n, dtype=bool)
    np.testing.assert_array_equal(np.sign(W)[off_diagonal], signs[off_diagonal])


def test_colei_weights_are_the_feedforward_ones_without_diagonal_rescaled():
    W, F = init.colei_weights(30, 4, rng=rng()), init.colei_feedforward_weights(30, 30, 4, rng=rng())
    np.fill_diagonal(F, 0)
    np.testing.assert_allclose(W, F * (1.5 / spectral_radius(F)), rtol=1e-12)


def test_colei_has_an_outlier_singular_value_that_an_rnn_has_not():
    colei = singular_values(init.colei_weights(100, 9, rng=rng()))
    rnn = singular_values(init.rnn_weights(100, rng=rng()))
    assert colei[0] > 10 and colei[0] > 2 * colei[1]
    assert rnn[0] < 1.25


def test_colei_input_weights_are_excitatory_and_scaled_by_the_senders():
    U = init.colei_input_weights(900, 300, rng=rng())
    assert U.shape == (900, 300) and (U >= 0).all()
    assert_moments(U, "exponential", 1 / math.sqrt(300), 1 / 300)
