"""Statistics of contrasts, one number a seed: intervals of their mean or median, and P-values."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALPHA = 0.05
NOT_KNOWN = math.nan


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval, from n numbers; NaN where there are too few."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def direction(self) -> str:
        """Which side of zero it lies on: "+", "-", or "?" where it holds zero."""
        return "+" if self.low > 0 else "-" if self.high < 0 else "?"


NONE = Interval(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0)


def student(contrasts: Sequence[float]) -> Interval:
    """Mean and 95 % t-interval of one number a seed.

    Raises: ValueError for a number that is not finite: leave broken runs out first.

    >>> student([1.0, 2.0, 3.0])
    Interval(mean=2.0, low=-0.4841..., high=4.4841..., n=3)
    """
    from scipy import stats

    x = finite(contrasts)
    if len(x) < 2:
        return NONE if not len(x) else Interval(float(x[0]), -math.inf, math.inf, 1)
    half = stats.t.ppf(1 - ALPHA / 2, len(x) - 1) * stats.sem(x)
    return Interval(float(x.mean()), float(x.mean() - half), float(x.mean() + half), len(x))


def welch(terms: Sequence[tuple[float, Sequence[float]]]) -> Interval:
    """sum_k c_k mean(x_k), conditions as independent samples, by Satterthwaite's degrees of freedom.

    `terms`: coefficient and one number a run of each condition.
    """
    from scipy import stats

    parts = [(c, finite(x)) for c, x in terms]
    if not parts or min(len(x) for _, x in parts) < 2:
        return NONE
    mean = sum(c * x.mean() for c, x in parts)
    variances = [c**2 * x.var(ddof=1) / len(x) for c, x in parts]
    total, n = sum(variances), min(len(x) for _, x in parts)
    if total == 0:
        return Interval(float(mean), float(mean), float(mean), n)
    freedom = total**2 / sum(v**2 / (len(x) - 1) for v, (_, x) in zip(variances, parts))
    half = stats.t.ppf(1 - ALPHA / 2, freedom) * math.sqrt(total)
    return Interval(float(mean), float(mean - half), float(mean + half), n)


def hodges_lehmann(contrasts: Sequence[float]) -> Interval:
    """Median of pairwise means, with the 95 % interval of Wilcoxon's signed ranks; no interval below six.

    Source: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 3.3 (normal
    approximation of the rank).
    """
    from scipy import stats

    x = finite(contrasts)
    n = len(x)
    if n < 2:
        return NONE
    i, j = np.triu_indices(n)
    walsh = np.sort((x[i] + x[j]) / 2)
    spread = stats.norm.ppf(1 - ALPHA / 2) * math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    k = math.floor(n * (n + 1) / 4 - spread)
    low, high = (-math.inf, math.inf) if n < 6 else (walsh[k], walsh[len(walsh) - 1 - k])
    return Interval(float(np.median(walsh)), float(low), float(high), n)


def bootstrap(contrasts: Sequence[float], least: int = 20) -> Interval:
    """Mean with its 95 % BCa interval; none below `least`, where it covers too little."""
    from scipy import stats

    x = finite(contrasts)
    if len(x) < least or np.ptp(x) == 0:
        return NONE
    found = stats.bootstrap((x,), np.mean, n_resamples=9_999, method="BCa", **seeded(0)).confidence_interval
    return Interval(float(x.mean()), float(found.low), float(found.high), len(x))


def seeded(seed: int) -> dict:
    """The keyword by which this SciPy's `bootstrap` takes its random numbers: `rng` since 1.15."""
    from scipy import stats

    known = inspect.signature(stats.bootstrap).parameters
    return {"rng" if "rng" in known else "random_state": np.random.default_rng(seed)}


def one_sided(x: np.ndarray) -> float:
    """P of a mean this large if the true one were zero."""
    from scipy import stats

    if np.ptp(x) == 0:
        return 0.0 if x[0] > 0 else 1.0
    return float(stats.ttest_1samp(x, 0, alternative="greater").pvalue)


def holm(p: Sequence[float]) -> np.ndarray:
    """P-values corrected for their number by Holm's step-down method; NaN stays and does not count.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, float)
    corrected, known = np.full_like(p, np.nan), np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    steps = np.maximum.accumulate(p[order] * (len(order) - np.arange(len(order))))
    corrected[order] = np.minimum(steps, 1)
    return corrected


def rates(broken: Sequence[int], runs: Sequence[int]) -> float:
    """P that two conditions break equally often, from their counts (Fisher's exact test)."""
    from scipy import stats

    (a, b), (n_a, n_b) = broken, runs
    return float(stats.fisher_exact([[a, n_a - a], [b, n_b - b]]).pvalue)


def standard_error(effect: float, p: float, n: int) -> float:
    """Of a published difference of two samples of n, from its Welch p-value (2 n - 2 degrees of freedom)."""
    from scipy import stats

    return abs(effect) / float(stats.t.isf(p / 2, 2 * n - 2))


def finite(values) -> np.ndarray:
    x = np.asarray(values, float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError(f"contrasts: expected finite numbers, one a seed, got {np.asarray(values).tolist()}")
    return x
