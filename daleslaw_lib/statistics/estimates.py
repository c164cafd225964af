"""Estimates, with their 95 % intervals, and numbers as tables print them."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..checks import SQUARABLE, numbers, shown
from .contrasts import student


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with its 95 % interval; `n` runs, of which `values` are the figures."""

    mean: float
    low: float
    high: float
    values: tuple[float, ...]

    @property
    def n(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        digits = 2 if max(abs(self.low), abs(self.high)) >= 0.2 else 4
        return f"{self.mean:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def estimate(values) -> Estimate:
    """Mean and 95 % t-interval of at least two finite values.

    Raises: ValueError for fewer, or for NaN: leave out diverged runs first, and say so.
    """
    values = numbers("values", values).astype(float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"values: expected at least two finite numbers, got {shown(values.tolist())}")
    if np.abs(values).max() > SQUARABLE[1]:
        raise ValueError(f"values: expected numbers up to {SQUARABLE[1]:g}, got {np.abs(values).max():g}")
    found = student(values)
    return Estimate(found.mean, found.low, found.high, tuple(values.tolist()))


def written_p(p: float) -> str:
    """A p-value as tables print it; "nan" where there was nothing to test.

    Raises: ValueError unless it is a number from 0 to 1, or NaN.
    """
    if not isinstance(p, Real) or p < 0 or p > 1:
        raise ValueError(f"p: expected a number from 0 to 1, got {shown(p)}")
    p = float(p)
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


@dataclass(frozen=True)
class Resampled:
    """A statistic with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        digits = 1 if abs(self.value) >= 10 else 2
        return f"{self.value:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def middle_95(values) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile, NaN left out.

    Raises: ValueError if nothing else is there, or infinities leave no percentile.
    """
    values = numbers("values", values).astype(float)
    low = high = np.nan
    if not np.isnan(values).all():
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = np.nanquantile(values, [0.025, 0.975])
    if np.isnan([low, high]).any():
        raise ValueError(f"values: expected finite numbers, got {shown(values.tolist())}")
    return float(low), float(high)
