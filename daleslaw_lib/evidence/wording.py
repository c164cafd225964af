"""What is found of claims, in words, as a table, and as plain data."""

from __future__ import annotations

import math

import pandas as pd

from ..experiments.experiment import Claim
from ..statistics import written_p
from ..statistics.contrasts import Interval
from . import summary
from .claims import DECIDES, Finding

TIMES = "\u00d7"  # on a page; a terminal has an x


def as_ratio(claim: Claim, effect: float, times: str = "x") -> str:
    """An effect in words: a ratio of errors as "x 1.42", points of error as such, another as "+0.42"."""
    if claim.test == "log":
        return f"{times} {_digits(claim, effect)}"
    points = " points" if claim.test == "difference" and claim.learning else ""
    return f"{_digits(claim, effect)}{points}"


def with_interval(finding: Finding, times: str = "x") -> str:
    """The effect of a claim in words, with its interval: "x 1.42 (1.30 to 1.55)"."""
    return _effect(finding.claim, finding.effect, times)


def _effect(claim: Claim, e: Interval, times: str = "x") -> str:
    return f"{as_ratio(claim, e.mean, times)} ({_digits(claim, e.low)} to {_digits(claim, e.high)})"


def _digits(claim: Claim, effect: float) -> str:
    if claim.test == "log":
        return f"{math.exp(effect):.2f}"
    return f"{effect:+.2f}" if claim.test == "difference" and claim.learning else f"{effect:+.3g}"


def in_words(finding: Finding) -> str:
    """Effect, the paper's, direction, number of seeds and what they are, in a line."""
    f, c = finding, finding.claim
    parts = [with_interval(f) if f.n else "no effect"]
    parts += [] if c.published is None else [f"the paper's {as_ratio(c, c.published)}"]
    parts += [f"direction {f.direction}"] if f.direction else []
    parts += [f"n {f.n}, {f.evidence}"]
    broken = [f"{count} of {n}" for count, n in f.broken]
    parts += [f"broken {' and '.join(broken)}"] if any(count for count, _ in f.broken) else []
    parts += [f"the first sample: {_effect(c, f.before)}, n {f.before.n}"] if f.before.n else []
    if f.evidence not in DECIDES and f.leaning != "undecided":
        parts.append(f"leans to {f.leaning}")
    return "; ".join([*parts, *f.doubts])


def broken_in_words(finding: Finding) -> str:
    """Runs of a claim that hardly learned, where there are any: "6 of 20 ColEI, ratio 99"."""
    counted = zip(finding.broken, finding.claim.terms)
    return "; ".join(f"{k} of {n} {summary.label(term.where)}" for (k, n), term in counted if k)


def table(findings: list[Finding]) -> pd.DataFrame:
    """A row a claim: what is claimed; effect, the paper's and ours; direction, n, p; verdict and doubts."""
    rows = []
    for f in findings:
        c, tested = f.claim, f.n > 0
        rows.append(
            {
                "claim": c.text,
                "figure": c.figure,
                "the paper": "" if c.published is None else as_ratio(c, c.published),
                "ours (95 % interval)": with_interval(f) if tested else "",
                "direction": f.direction if tested else "",
                "n": f.n or "",
                "p, corrected": "" if math.isnan(f.p_holm) else written_p(f.p_holm),
                "evidence": f.evidence,
                "verdict": f.verdict,
                "doubts": "; ".join(f.doubts),
            }
        )
    return pd.DataFrame(rows)


def as_dict(finding: Finding) -> dict:
    """A finding as plain data; NaN and infinity as None."""
    f, c = finding, finding.claim
    checks = ("last", "first", "unpaired", "ranks", "boot", "other_preset")
    intervals = ("effect", "points", *checks, "before", "expected")
    return {
        "claim": c.name,
        "text": c.text,
        "figure": c.figure,
        "experiment": f.experiment,
        "preset": c.preset,
        "claimed": c.claimed,
        "scale of the effect": c.test,
        "margin": c.margin,
        "published": c.published,
        "published, points": c.published_points,
        "scale": f.scale,
        "evidence": f.evidence,
        "n": f.n,
        **{name: _plain(getattr(f, name)) for name in intervals},
        "broken": [list(counts) for counts in f.broken],
        **{name: _number(getattr(f, name)) for name in ("p_broken", "p", "p_holm")},
        "contrasts": list(f.contrasts),
        "direction": f.direction,
        "verdict": f.verdict,
        "doubts": list(f.doubts),
        "seeds to decide": f.seeds_to_decide,
    }


def _plain(interval: Interval) -> dict | None:
    if not interval.n:
        return None
    return {name: _number(getattr(interval, name)) for name in ("mean", "low", "high")} | {"n": interval.n}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
