"""Intervals and P-values of contrasts, beside SciPy's and what is known of them."""

import math

import numpy as np
import pytest
from scipy import stats

from daleslaw_lib.statistics import contrasts


def test_the_interval_is_students_t():
    x = [0.3, 0.1, 0.5, 0.4, 0.2]
    found, expected = contrasts.student(x), stats.ttest_1samp(x, 0).confidence_interval()
    assert (found.mean, found.low, found.high) == pytest.approx((0.3, *expected))
    assert contrasts.student([0.3]).low == -math.inf and contrasts.student([]).n == 0


def test_the_unpaired_interval_is_welchs():
    a, b = [0.3, 0.1, 0.5], [0.9, 1.4, 1.1, 1.3]
    found = contrasts.welch([(1.0, b), (-1.0, a)])
    expected = stats.ttest_ind(b, a, equal_var=False).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(expected))


def test_the_rank_interval_covers_and_resists_an_outlier():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        found = contrasts.hodges_lehmann(rng.normal(1, 1, 15))
        covered += found.low <= 1 <= found.high
    assert 0.92 < covered / 400 < 0.99
    x = rng.normal(1, 0.1, 20)
    assert contrasts.hodges_lehmann([*x, 1000.0]).mean == pytest.approx(1, abs=0.1)
    assert contrasts.hodges_lehmann([1.0, 2.0, 3.0]).low == -math.inf  # no rank interval of so few


def test_a_bootstrap_is_offered_from_twenty_seeds_on():
    x = np.random.default_rng(0).normal(size=20)
    assert contrasts.bootstrap(x[:19]).n == 0
    found = contrasts.bootstrap(x)
    assert found.low < x.mean() < found.high and found == contrasts.bootstrap(x)


def test_holm_corrects_for_number_and_leaves_out_what_is_missing():
    np.testing.assert_allclose(contrasts.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(contrasts.holm([0.01, math.nan, 0.03]), [0.02, math.nan, 0.03])
    assert contrasts.holm([]).shape == (0,)


def test_broken_runs_are_compared_as_rates():
    assert contrasts.rates([0, 10], [30, 30]) < 0.001 < 0.9 < contrasts.rates([5, 5], [30, 30])


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="contrasts: expected finite numbers"):
        contrasts.student([1.0, math.nan])
