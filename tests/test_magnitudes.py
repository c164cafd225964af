"""Magnitudes of weights, and what they leave to the spectrum."""

import numpy as np
import pytest

from daleslaw_lib.initialisation import colei_weights, column_signs
from daleslaw_lib.magnitudes import effective_inputs, measure, most_entropy
from daleslaw_lib.spectra import svd_entropy


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_effective_inputs_count_entries_of_one_size(k):
    W = np.zeros((20, 20))
    for i in range(20):
        W[i, rng(i).choice(20, k, replace=False)] = 0.3
    assert effective_inputs(W) == pytest.approx(k)


def test_effective_inputs_refuse_nothing():
    with pytest.raises(ValueError, match="not zero"):
        effective_inputs(np.zeros((3, 3)))


def test_most_entropy_is_reached_at_its_ends_and_falls_between():
    H = most_entropy(np.linspace(1, 50, 50), 50)
    assert H[0] == pytest.approx(1) and H[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(H) < 0).all()
    signs = column_signs(50, 4.0)
    assert svd_entropy(np.ones((50, 50)) * signs) == pytest.approx(float(H[-1]), abs=1e-6)


def test_a_matrix_between_the_ends_touches_the_bound():
    """a J + b I, J all ones: one singular value a n + b, the others b."""
    n, b = 40, 1.0
    for a in (0.02, 0.1, 1.0):
        W = a * np.ones((n, n)) + b * np.eye(n)
        assert svd_entropy(W) == pytest.approx(float(most_entropy(effective_inputs(W), n)))


@pytest.mark.parametrize("inputs, n", [(0, 10), (11, 10), (1, 1), (np.nan, 10)])
def test_most_entropy_refuses_other_numbers(inputs, n):
    with pytest.raises(ValueError, match="expected"):
        most_entropy(inputs, n)


def test_the_law_of_magnitudes_is_told_by_their_logarithms():
    exponential = measure(rng().exponential(size=(300, 300)))
    lognormal = measure(rng().lognormal(size=(300, 300)))
    assert exponential["log_skew"] == pytest.approx(-1.14, abs=0.05)
    assert exponential["variation"] == pytest.approx(1, abs=0.02)
    assert lognormal["log_skew"] == pytest.approx(0, abs=0.05)


def test_columns_of_another_strength_do_not_change_the_law():
    W = colei_weights(300, 9.0, rng=rng())
    assert measure(W)["log_skew"] == pytest.approx(-1.14, abs=0.06)
    assert measure(W)["variation"] == pytest.approx(1, abs=0.03)


def test_zeros_are_counted_off_the_diagonal():
    W = colei_weights(50, 4.0, rng=rng())
    assert measure(W)["zeros"] == 0
    W[:, 3] = 0
    assert measure(W)["zeros"] == pytest.approx(49 / 2450)
    assert measure(W)["inputs"] == pytest.approx(effective_inputs(W))


def test_a_law_that_is_none_is_nan():
    found = measure(np.eye(4)[[1, 2, 3, 0]])
    assert np.isnan([found["variation"], found["log_skew"]]).all() and found["zeros"] == pytest.approx(2 / 3)
