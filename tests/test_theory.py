"""What random-matrix theory predicts agrees with drawn matrices, and keeps its own laws."""

import math

import numpy as np
import pytest

from daleslaw_lib import theory
from daleslaw_lib.initialisation import (
    colei_feedforward_weights,
    colei_weights,
    dann_weights,
    effective_dann,
    rnn_weights,
    split_population,
)
from daleslaw_lib.spectra import singular_values, spectral_radius, svd_entropy

CASES = [(100, 99.0), (100, 9.0), (100, 1.0), (200, 4.0), (300, 99.0), (300, 1.488)]


def colei(n, ei_ratio, draws, seed=0):
    """Singular values `(draws, n)` of ColEI matrices, in units of the mean excitatory weight."""
    rng, n_e = np.random.default_rng(seed), split_population(n, ei_ratio)[0]
    W = np.stack([colei_feedforward_weights(n, n, ei_ratio, rng=rng) for _ in range(draws)])
    return singular_values(W) / W[:, :, :n_e].mean((1, 2))[:, None]


@pytest.mark.parametrize("rho", [0.3, 1 / math.sqrt(3), 2.0])
def test_the_quarter_circle_is_a_density_of_the_right_variance(rho):
    s = np.linspace(0, 2 * rho, 20_001)
    f = theory.quarter_circle(s, rho)
    assert np.trapezoid(f, s) == pytest.approx(1, abs=1e-5)
    assert np.trapezoid(f * s**2, s) == pytest.approx(rho**2, rel=1e-5)
    assert (theory.quarter_circle(np.array([-0.1, 2.01 * rho]), rho) == 0).all()


@pytest.mark.parametrize("n", [100, 400])
def test_an_rnn_has_the_values_and_the_entropy_of_the_quarter_circle(n):
    s = singular_values(rnn_weights(n, rng=np.random.default_rng(0)))
    np.testing.assert_allclose(s, theory.quarter_circle_values(n), atol=0.08)
    assert svd_entropy(singular_values=s) == pytest.approx(theory.quarter_circle_entropy(n), abs=0.003)


def test_the_closed_form_of_the_entropy_is_that_of_its_quantiles():
    values = theory.quarter_circle_values(2_000, rho=0.7)
    assert theory.quarter_circle_entropy(2_000) == pytest.approx(
        svd_entropy(singular_values=values), abs=1e-5
    )


def test_a_dann_has_one_value_less():
    W = effective_dann(*dann_weights(200, 20, rng=np.random.default_rng(0)))
    expected = theory.quarter_circle_entropy(200, zeros=1)
    assert svd_entropy(W) == pytest.approx(expected, abs=0.003)
    assert expected < theory.quarter_circle_entropy(200)


def test_the_quarter_circle_refuses_too_few_values():
    with pytest.raises(ValueError, match="at least two values that are not zero"):
        theory.quarter_circle_entropy(3, zeros=2)


@pytest.mark.parametrize("n_e, n_i", [(90, 10), (50, 50), (99, 1), (240, 60)])
def test_the_noise_is_a_density_of_the_right_variance(n_e, n_i):
    top = 2.05 * math.sqrt(n_e + n_i) * max(n_e / n_i, 1)
    s = np.linspace(0, math.sqrt(top), 40_001) ** 2
    f = theory.colei_noise_density(s, n_e, n_i)
    assert np.trapezoid(f, s) == pytest.approx(1, abs=2e-3)
    variance = n_e + n_i * (n_e / n_i) ** 2  # sum over columns, each of N entries, over N values
    assert np.trapezoid(f * s**2, s) == pytest.approx(variance, rel=5e-3)


def test_two_equal_populations_have_one_quarter_circle():
    s = np.linspace(0.5, 25, 50)
    np.testing.assert_allclose(
        theory.colei_noise_density(s, 50, 50), theory.quarter_circle(s, rho=10.0), atol=1e-6
    )


@pytest.mark.parametrize("n, ei_ratio", CASES)
def test_the_outlier_and_what_is_left_of_the_mean_are_where_theory_has_them(n, ei_ratio):
    n_e, n_i = split_population(n, ei_ratio)
    s = np.median(colei(n, ei_ratio, 30), 0)
    outlier, left = theory.colei_spikes(n_e, n_i)
    assert s[0] == pytest.approx(outlier, rel=0.04)
    if left is not None:
        assert s[n_i] == pytest.approx(left, rel=0.06)


def test_what_is_left_of_the_mean_sinks_into_the_bulk_as_inhibition_grows():
    assert theory.colei_spikes(90, 10)[1] is not None
    assert theory.colei_spikes(50, 50)[1] is None


@pytest.mark.parametrize("n, ei_ratio", CASES)
def test_the_entropy_is_that_of_drawn_matrices(n, ei_ratio):
    H = svd_entropy(singular_values=colei(n, ei_ratio, 12))
    spread = max(3 * H.std() / math.sqrt(len(H)), 0.004)
    assert H.mean() == pytest.approx(theory.colei_entropy(n, ei_ratio), abs=spread)


def test_a_whole_spectrum_lies_on_the_prediction_value_by_value():
    drawn, expected = np.median(colei(200, 9.0, 10), 0), theory.colei_values(200, 9.0)
    assert len(expected) == 200 and (np.diff(expected) <= 0).all()
    np.testing.assert_allclose(drawn[:180], expected[:180], rtol=0.08)


def test_entropy_rises_with_inhibition_and_with_size():
    by_fraction = [theory.colei_entropy(100, ratio) for ratio in (99, 49, 19, 9, 4, 1)]
    by_size = [theory.colei_entropy(n, 9) for n in (30, 100, 300)]
    assert (np.diff(by_fraction) > 0).all() and (np.diff(by_size) > 0).all()
    assert theory.colei_entropy(300, 1) < theory.quarter_circle_entropy(300)


@pytest.mark.parametrize("ei_ratio", [0, -1, 1e-9])
def test_an_empty_population_is_refused(ei_ratio):
    with pytest.raises(ValueError, match="ei_ratio"):
        theory.colei_values(20, ei_ratio)


# --- eigenvalues ---------------------------------------------------------------------------------


def dale(n, n_i, draws, *, law="gamma", cv=1.0, p=1.0, zero_diagonal=True, inhibition=1.0, seed=1):
    """Dale matrices `(draws, n, n)`, excitatory mean 1; `inhibition` is 1 where it balances excitation."""
    rng, n_e = np.random.default_rng(seed), n - n_i
    if law == "gamma":
        W = rng.gamma(1 / cv**2, cv**2, (draws, n, n))
    else:
        width = math.sqrt(math.log1p(cv**2))
        W = rng.lognormal(-(width**2) / 2, width, (draws, n, n))
    W *= np.repeat([1, -n_e / n_i * inhibition], [n_e, n_i])
    W *= rng.random(W.shape) < p
    if zero_diagonal:
        W[:, range(n), range(n)] = 0
    return W


GROWTH = [  # n, n_i, law, cv, p, zero_diagonal
    (100, 10, "gamma", 1.0, 1.0, True),  # ColEI
    (100, 50, "gamma", 1.0, 1.0, True),
    (100, 5, "gamma", 1.0, 1.0, True),
    (200, 20, "gamma", 1.0, 1.0, True),
    (100, 50, "lognormal", 1.0, 1.0, True),
    (100, 10, "gamma", 0.5, 1.0, True),  # the diagonal matters most where weights vary least
    (100, 50, "gamma", 0.5, 1.0, True),
    (100, 50, "gamma", 0.5, 1.0, False),
    (100, 50, "gamma", 1.0, 1.0, False),
    (100, 50, "gamma", 2.0, 1.0, True),
    (100, 50, "gamma", 1.0, 0.2, True),
]


@pytest.mark.parametrize("n, n_i, law, cv, p, zero_diagonal", GROWTH)
def test_the_series_has_the_median_and_quartiles_of_the_spectral_radius(n, n_i, law, cv, p, zero_diagonal):
    drawn = spectral_radius(dale(n, n_i, 20_000 // n, law=law, cv=cv, p=p, zero_diagonal=zero_diagonal))
    drawn /= theory.eigenvalue_radius(n - n_i, n_i, cv=cv, p=p)
    c, rng = theory.effective_variation(cv, p), np.random.default_rng(2)
    predicted = theory.outlier_growth(1_000, c=c, zero_diagonal=zero_diagonal, terms=32, rng=rng)
    low, median, high = np.quantile(drawn, [0.25, 0.5, 0.75]) / np.quantile(predicted, [0.25, 0.5, 0.75])
    assert median == pytest.approx(1, abs=0.04)  # sampling alone: 0.015
    assert (low, high) == pytest.approx((1, 1), abs=0.08)


def test_with_two_inhibitory_units_the_series_ends():
    drawn = spectral_radius(dale(100, 2, 200)) / theory.eigenvalue_radius(98, 2)
    predicted = theory.outlier_growth(1_000, terms=32, rng=np.random.default_rng(2))
    assert np.median(drawn) < 0.93 * np.median(predicted)


def test_a_zero_diagonal_makes_the_outlier_larger():
    with_it, without = (
        np.median(
            theory.outlier_growth(2_000, c=0.5, zero_diagonal=z, terms=32, rng=np.random.default_rng(0))
        )
        for z in (True, False)
    )
    assert with_it > 1.2 * without


def test_more_terms_change_little():
    few, many = (
        np.median(theory.outlier_growth(1_000, terms=terms, rng=np.random.default_rng(0)))
        for terms in (32, 64)
    )
    assert few == pytest.approx(many, abs=0.03)


def test_the_scale_of_colei_follows_without_a_fit():
    rng = np.random.default_rng(0)
    drawn = [colei_weights(100, 9.0, rng=rng) for _ in range(100)]
    means, largest = np.array([(W[:, :90].sum() / 8_910, singular_values(W)[0]) for W in drawn]).T
    predicted = theory.colei_mean_weight(100, 9.0, rng=np.random.default_rng(1))
    assert np.median(means) == pytest.approx(np.median(predicted), rel=0.05)
    outlier, _ = theory.colei_spikes(90, 10)
    assert np.median(largest) == pytest.approx(outlier * np.median(predicted), rel=0.05)


@pytest.mark.parametrize("p, cv", [(1.0, 1.0), (0.5, 1.0), (0.2, 0.5)])
def test_the_disc_of_a_sparse_dale_matrix_has_its_radius(p, cv):
    """Without the mean, which makes the outliers."""
    mean = p * np.repeat([1.0, -1.0], 100)
    X = dale(200, 100, 5, cv=cv, p=p, zero_diagonal=False) - mean
    assert spectral_radius(X).mean() == pytest.approx(
        theory.eigenvalue_radius(100, 100, cv=cv, p=p), rel=0.08
    )


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_unbalanced_populations_have_one_eigenvalue_where_the_mean_puts_it(p):
    W = dale(200, 100, 30, p=p, inhibition=0.5, zero_diagonal=False)
    expected = theory.eigenvalue_of_the_mean(100, 100, mean_i=0.5, p=p)
    assert spectral_radius(W).mean() == pytest.approx(expected, rel=0.06)  # one draw scatters by 0.1
    assert expected > 2 * theory.eigenvalue_radius(100, 100, mean_i=0.5, p=p)


def test_balanced_populations_have_a_mean_without_an_eigenvalue():
    assert theory.eigenvalue_of_the_mean(90, 10) == 0


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: theory.effective_variation(1.0, 1.2),
            "p: expected a probability above 0 and at most 1, got 1.2",
        ),
        (lambda: theory.eigenvalue_of_the_mean(9, 1, p=2.0), "p: expected a probability"),
        (
            lambda: theory.outlier_growth(5, terms=1, rng=np.random.default_rng(0)),
            "terms: expected at least 2",
        ),
        (lambda: theory.outlier_growth(5, c=-1.0, rng=np.random.default_rng(0)), "c: expected a positive"),
        (lambda: theory.eigenvalue_radius(9, 0), "n_i: expected a whole number >= 1, got 0"),
        (
            lambda: theory.colei_mean_weight(1, 9.0, rng=np.random.default_rng(0)),
            "ei_ratio: expected a split",
        ),
    ],
)
def test_eigenvalue_theory_refuses_what_makes_no_sense(call, words):
    with pytest.raises(ValueError, match=words):
        call()
