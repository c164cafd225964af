r"""How one claim is judged: an interval, and from the interval alone a verdict. The rules in words: appendix.

A claim's *contrasts* are one number a seed: for errors sum_k c_k log x_k over the claim's conditions, so that
a mean of them is the logarithm of a ratio; for other figures sum_k c_k x_k. The interval is Student's t on
these, and three others stand beside it as checks. No torch, no tables.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..checks import one_of
from ..experiments.experiment import CLAIMED, MARGIN

VERDICTS = ("reproduced", "larger", "smaller", "contradicted", "undecided")
INTEREST, TOO_LARGE = 0.5, 1.5  # of the published effect: the smallest of interest; what is "larger"
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
    x = _finite(contrasts)
    if len(x) < 2:
        return NONE if not len(x) else Interval(float(x[0]), -math.inf, math.inf, 1)
    half = stats.t.ppf(1 - ALPHA / 2, len(x) - 1) * stats.sem(x)
    return Interval(float(x.mean()), float(x.mean() - half), float(x.mean() + half), len(x))


def welch(terms: Sequence[tuple[float, Sequence[float]]]) -> Interval:
    """The same effect, conditions taken as independent samples: sum_k c_k mean(x_k), Satterthwaite's freedom.

    `terms`: coefficient and one number a run of each condition.
    """
    parts = [(c, _finite(x)) for c, x in terms]
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
    x = _finite(contrasts)
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
    x = _finite(contrasts)
    if len(x) < least or np.ptp(x) == 0:
        return NONE
    found = stats.bootstrap((x,), np.mean, n_resamples=9_999, method="BCa", **seeded(0)).confidence_interval
    return Interval(float(x.mean()), float(found.low), float(found.high), len(x))


def seeded(seed: int) -> dict:
    """The keyword by which this SciPy's `bootstrap` takes its random numbers: `rng` since 1.15."""
    known = inspect.signature(stats.bootstrap).parameters
    return {"rng" if "rng" in known else "random_state": np.random.default_rng(seed)}


def verdict(found: Interval, claimed: str, published: float | None = None, margin: float = MARGIN) -> str:
    """One of VERDICTS, from where the interval lies; see the appendix for the table.

    `claimed`: "better" (the effect is above zero, or half of what was published), "better by" (above the
    margin: for what nobody has published), "no worse" (above -margin), "same" (within +-margin).

    >>> verdict(Interval(1.0, 0.8, 1.2, 30), "better", published=1.0)
    'reproduced'
    >>> verdict(Interval(1.0, -0.8, 2.8, 3), "better", published=1.0)
    'undecided'
    """
    one_of("claimed", claimed, CLAIMED)
    if not found.n or math.isnan(found.low):
        return "undecided"
    if claimed == "same":
        if -margin < found.low and found.high < margin:
            return "reproduced"
        return "contradicted" if found.low > margin or found.high < -margin else "undecided"
    if claimed == "no worse":
        if found.high < -margin:
            return "contradicted"
        return "larger" if found.low > margin else "reproduced" if found.low > -margin else "undecided"
    interest = _of_interest(claimed, published, margin)
    if found.low > interest:
        return "larger" if published and found.low > TOO_LARGE * published else "reproduced"
    if found.high < interest:
        return "smaller" if found.low > 0 else "contradicted"
    return "contradicted" if found.high < 0 else "undecided"


def _of_interest(claimed: str, published: float | None, margin: float) -> float:
    """The smallest effect of interest of a claim that something is better."""
    return margin if claimed == "better by" else INTEREST * (published or 0)


def p_value(contrasts: Sequence[float], claimed: str, given: str, published: float | None, margin: float):
    """P-value of what a verdict states, at the boundary where it just fails: what Holm's method corrects.

    For "undecided": that of the claim itself.
    """
    x, interest = _finite(contrasts), _of_interest(claimed, published, margin)
    if len(x) < 2:
        return NOT_KNOWN
    above, below = (lambda bound: _one_sided(x - bound)), (lambda bound: _one_sided(bound - x))
    if claimed == "same":
        if given == "contradicted":
            return min(above(margin), below(-margin))
        return max(above(-margin), below(margin))
    if claimed == "no worse":
        return {"contradicted": below(-margin), "larger": above(margin)}.get(given, above(-margin))
    if given == "smaller":
        return max(below(interest), above(0))
    return {
        "contradicted": below(interest),
        "larger": above(TOO_LARGE * (published or 0)),
    }.get(given, above(interest))


def _one_sided(x: np.ndarray) -> float:
    """P of a mean this large if the true one were zero."""
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
    (a, b), (n_a, n_b) = broken, runs
    return float(stats.fisher_exact([[a, n_a - a], [b, n_b - b]]).pvalue)


def boundaries(claimed: str, published: float | None, margin: float) -> tuple[float, ...]:
    """Effects that the interval must exclude before there is a verdict."""
    if claimed in ("better", "better by"):
        return (_of_interest(claimed, published, margin),)
    return (-margin,) if claimed == "no worse" else (-margin, margin)


def n_to_decide(
    mean: float, spread: float, claimed: str, published: float | None, margin: float, most: int = 10_000
) -> int | None:
    """Seeds with which a verdict is reached in four of five cases, were the effect the one found so far.

    None if it would take more than `most`: the effect lies too near a boundary.
    """
    if not (math.isfinite(mean) and math.isfinite(spread)):
        return None
    gap = min(abs(mean - bound) for bound in boundaries(claimed, published, margin))
    for n in range(3, most + 1):
        half = (stats.t.ppf(1 - ALPHA / 2, n - 1) + stats.t.ppf(0.8, n - 1)) * spread / math.sqrt(n)
        if half < gap:
            return n
    return None


def chances(
    effect: float,
    spread: float,
    n: int,
    claimed: str,
    published: float | None,
    margin: float,
    *,
    rng: np.random.Generator,
    draws: int = 4_000,
) -> dict[str, float]:
    """How often each verdict is reached, over normal samples of n contrasts with this effect and spread."""
    x = rng.normal(effect, spread, (draws, n))
    mean, half = x.mean(1), stats.t.ppf(1 - ALPHA / 2, n - 1) * x.std(1, ddof=1) / math.sqrt(n)
    fallen = [verdict(Interval(m, m - h, m + h, n), claimed, published, margin) for m, h in zip(mean, half)]
    return {name: fallen.count(name) / draws for name in VERDICTS}


def wrong(given: str, effect: float, claimed: str, published: float | None, margin: float) -> bool:
    """Whether a verdict says something false of a true effect."""
    if given == "undecided":
        return False
    if claimed == "same":
        return (abs(effect) < margin) != (given == "reproduced")
    if claimed == "no worse":
        bound = {"larger": effect > margin, "reproduced": effect > -margin, "contradicted": effect < -margin}
        return not bound[given]
    interest = _of_interest(claimed, published, margin)
    return not {
        "larger": effect > TOO_LARGE * (published or 0),
        "reproduced": effect > interest,
        "smaller": 0 < effect < interest,
        "contradicted": effect < interest,
    }[given]


def standard_error(effect: float, p: float, n: int) -> float:
    """Of a published difference of two samples of n, from its Welch p-value (2 n - 2 degrees of freedom)."""
    return abs(effect) / float(stats.t.isf(p / 2, 2 * n - 2))


def replication(published: float, se: float, spread: float, n: int) -> Interval:
    """Where n new seeds would put the effect, with 95 %, if the published one is right within its error."""
    half = stats.norm.ppf(1 - ALPHA / 2) * math.hypot(se, spread / math.sqrt(n))
    return Interval(published, published - half, published + half, n)


def _finite(values) -> np.ndarray:
    x = np.asarray(values, float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError(f"contrasts: expected finite numbers, one a seed, got {np.asarray(values).tolist()}")
    return x
