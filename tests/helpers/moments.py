"""Moments of large draws, and numbers that no draw takes."""

import math

import numpy as np

NAN, INF = float("nan"), float("inf")
BAD_NUMBERS = [0, -3, NAN, INF, -INF, "9", True, [9]]
BAD_COUNTS = [0, -1, 2.5, 10.0, NAN, "10", True, None]
KURTOSIS = {"uniform": 1.8, "normal": 3.0, "exponential": 9.0}


def rng(seed=0):
    return np.random.default_rng(seed)


def assert_moments(x, distribution, mean, variance):
    """Mean and variance are within five standard errors of what they should be."""
    mean_error = math.sqrt(variance / x.size)
    variance_error = variance * math.sqrt((KURTOSIS[distribution] - 1) / x.size)
    assert abs(x.mean() - mean) < 5 * mean_error
    assert abs(x.var() - variance) < 5 * variance_error
