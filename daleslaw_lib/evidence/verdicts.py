r"""How one claim is judged: an interval, and from the interval alone a verdict. The rules in words: appendix.

A claim's *contrasts* are one number a seed: for errors sum_k c_k log x_k over the claim's conditions, so that
a mean of them is the logarithm of a ratio; for other figures sum_k c_k x_k. The interval is Student's t on
these, and three others stand beside it as checks. No torch, no tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from ..checks import one_of
from ..experiments.experiment import CLAIMED, MARGIN
from ..statistics.contrasts import ALPHA, NOT_KNOWN, Interval, finite, one_sided

VERDICTS = ("reproduced", "larger", "smaller", "contradicted", "undecided")
INTEREST, TOO_LARGE = 0.5, 1.5  # of the published effect: the smallest of interest; what is "larger"


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
    return str(_by_interval(found.low, found.high, claimed, published, margin))


def _by_interval(low, high, claimed: str, published: float | None, margin: float) -> np.ndarray:
    """The verdicts on intervals, by their ends: the first rule that holds."""
    if claimed == "same":
        rules = {
            "reproduced": (low > -margin) & (high < margin),
            "contradicted": (low > margin) | (high < -margin),
        }
    elif claimed == "no worse":
        rules = {"contradicted": high < -margin, "larger": low > margin, "reproduced": low > -margin}
    else:
        interest = _of_interest(claimed, published, margin)
        rules = {
            "larger": (low > interest) & (low > (TOO_LARGE * published if published else math.inf)),
            "reproduced": low > interest,
            "smaller": (high < interest) & (low > 0),
            "contradicted": high < interest,
        }
    return np.select([np.asarray(rule) for rule in rules.values()], list(rules), "undecided")


def _of_interest(claimed: str, published: float | None, margin: float) -> float:
    """The smallest effect of interest of a claim that something is better."""
    return margin if claimed == "better by" else INTEREST * (published or 0)


def p_value(contrasts: Sequence[float], claimed: str, given: str, published: float | None, margin: float):
    """P-value of what a verdict states, at the boundary where it just fails: what Holm's method corrects.

    Twice the one-sided value, at most 1: so it is below 0.05 exactly where the 95 % interval decides. For
    "undecided": that of the claim itself.
    """
    x, interest = finite(contrasts), _of_interest(claimed, published, margin)
    if len(x) < 2:
        return NOT_KNOWN
    above, below = (lambda bound: one_sided(x - bound)), (lambda bound: one_sided(bound - x))
    if claimed == "same":
        equal = max(above(-margin), below(margin))
        found = {"contradicted": min(above(margin), below(-margin))}.get(given, equal)
    elif claimed == "no worse":
        found = {"contradicted": below(-margin), "larger": above(margin)}.get(given, above(-margin))
    else:
        found = {
            "contradicted": below(interest),
            "smaller": max(below(interest), above(0)),
            "larger": above(TOO_LARGE * (published or 0)),
        }.get(given, above(interest))
    return min(2 * found, 1.0)


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
    n = np.arange(3, most + 1)
    half = (stats.t.ppf(1 - ALPHA / 2, n - 1) + stats.t.ppf(0.8, n - 1)) * spread / np.sqrt(n)
    return int(n[half < gap][0]) if half[-1] < gap else None  # the half width falls with n


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
    residuals: Sequence[float] | None = None,
) -> dict[str, float]:
    """How often each verdict is reached, over samples of n contrasts with this effect and spread: normal
    ones, or drawn from `residuals`, whatever their mean and spread are.
    """
    if residuals is None:
        x = rng.normal(effect, spread, (draws, n))
    else:
        shape = finite(residuals) - np.mean(residuals)
        x = effect + spread / shape.std() * rng.choice(shape, (draws, n))
    mean, half = x.mean(1), stats.t.ppf(1 - ALPHA / 2, n - 1) * x.std(1, ddof=1) / math.sqrt(n)
    fallen = _by_interval(mean - half, mean + half, one_of("claimed", claimed, CLAIMED), published, margin)
    return {name: float((fallen == name).mean()) for name in VERDICTS}


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


def replication(published: float, se: float, spread: float, n: int) -> Interval:
    """Where n new seeds would put the effect, with 95 %, if the published one is right within its error."""
    half = stats.norm.ppf(1 - ALPHA / 2) * math.hypot(se, spread / math.sqrt(n))
    return Interval(published, published - half, published + half, n)
