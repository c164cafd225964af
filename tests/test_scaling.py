"""Scaling is exact, comes back, and leaves alone what needs none."""

import numpy as np
import pytest

from daleslaw_lib.scaling import back, ordinary, times
from helpers.odd_arguments import normal


@pytest.mark.parametrize("size", [1e-300, 5e-324, 1e300, 1e308])
@pytest.mark.parametrize("dtype", ["f8", "c16"])
def test_what_is_scaled_can_be_squared_and_comes_back_to_the_bit(size, dtype):
    x = np.stack([size * np.sign(normal(3, 4)), normal(3, 4, seed=1)]).astype(dtype)
    scaled, e = ordinary(x)
    assert e.shape == (2, 1, 1) and e[1] == 0 and e[0] != 0
    assert np.isfinite(np.square(np.square(scaled))).all() and np.abs(scaled).min() > 1e-9
    np.testing.assert_array_equal(back("W", "entries", scaled, e), x)


@pytest.mark.parametrize("x", [normal(3, 3), np.zeros((2, 2)), 1e99 * normal(2, 2), 1e-99 * normal(2, 2)])
def test_what_is_of_ordinary_size_is_left_alone(x):
    scaled, e = ordinary(x)
    assert scaled is x and not e.any()
    assert back("W", "entries", x, e) is x


def test_what_no_number_holds_is_refused_in_a_line():
    with pytest.raises(ValueError, match="^W: expected entries whose sums are at most 1.8e.308, got larger"):
        back("W", "sums", np.ones(2), np.array([1024, 0]))
    assert times(np.ones(1), np.array([1024])) == np.inf
