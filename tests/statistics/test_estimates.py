"""Estimates: what an interval is, and what has none."""

import numpy as np
import pytest
from scipy import stats

from daleslaw_lib import statistics


def test_an_interval_is_students():
    found = statistics.estimate([1.0, 2.0, 4.0])
    low, high = stats.t.interval(0.95, 2, np.mean([1, 2, 4]), stats.sem([1, 2, 4]))
    assert (found.mean, found.low, found.high) == pytest.approx((7 / 3, low, high))
    assert found.n == 3 and found.values == (1.0, 2.0, 4.0)


@pytest.mark.parametrize("values", [[1.0], [], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]]])
def test_an_estimate_refuses_what_has_no_interval(values):
    with pytest.raises(ValueError, match="values: expected at least two finite numbers"):
        statistics.estimate(values)
