"""What the rule can tell: its chances at given effects, and what it would take to decide what is open."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..archive.reading import Archive, last_evaluations
from . import summary
from .claims import Finding
from .verdicts import MARGIN, VERDICTS, chances

EFFECTS = {"none": 0.0, "half": 0.5, "full": 1.0, "double": 2.0, "opposite": -1.0}  # of the published one


def spreads(findings: Iterable[Finding]) -> pd.Series:
    """Standard deviation over seeds of each claim's contrasts (a log ratio), by its name."""
    found = {
        f.claim.name: float(np.std(f.contrasts, ddof=1))
        for f in findings
        if f.claim.learning and f.claim.test == "log" and len(f.contrasts) > 2
    }
    return pd.Series(found, dtype=float)


def characteristics(
    spread: float, n: int, published: float, *, margin: float = MARGIN, seed: int = 0, draws: int = 4_000
) -> pd.DataFrame:
    """A row a true effect, a column a verdict: how often it is reached, given a published log ratio."""
    rng = np.random.default_rng([seed, n])
    rows = {
        name: chances(share * published, spread, n, "better", published, margin, rng=rng, draws=draws)
        for name, share in EFFECTS.items()
    }
    return pd.DataFrame(rows).T[list(VERDICTS)]


def open_claims(findings: Iterable[Finding], archives: dict[str, Archive]) -> pd.DataFrame:
    """A row an undecided claim: what there is, the seeds that would decide it, and what they cost here.

    Seeds: with which a verdict is reached in four of five cases, were effect and scatter those found so far.
    Hours: of one core, by the wall time of the archived runs of its experiment; at a smaller scale, in
    proportion to updates.
    """
    rows = []
    for f in findings:
        if f.verdict != "undecided" or not f.claim.learning:
            continue
        n = f.seeds_to_decide
        seconds = seconds_a_run(archives.get(f.claim.experiment))
        hours = math.nan if n is None else n * len(f.claim.terms) * seconds / 3600
        rows.append(
            {
                "claim": f.claim.text,
                "so far": f"n {f.n}, {f.evidence}" if f.n else f.evidence,
                "seeds to decide": "" if n is None else f"{n:,}",
                "core hours": "" if math.isnan(hours) else f"{hours:.1f}",
            }
        )
    return pd.DataFrame(rows)


def seconds_a_run(archive: Archive | None) -> float:
    """What more evidence costs: seconds of one core for a run of the paper's length, by archived ones."""
    if archive is None:
        return math.nan
    per_update = archive.seconds / archive.runs.updates.sum()
    return float(per_update * max(run.updates for run in archive.experiment.runs("paper")))


def wobble(archive: Archive, runs: pd.DataFrame) -> tuple[float, float]:
    """How noisy the evidence is: one of a run's last ten evaluations off their mean, a seed's mean off
    another's.

    Standard deviations, in the units of the page; of the second what the first accounts for is left out.
    """
    quantity = archive.experiment.quantity
    last = last_evaluations(runs, archive.curves).groupby("run_id")[quantity]
    factor, n = summary.factor_of(quantity), last.size().mean()
    within, between = last.var(ddof=1).mean(), last.mean().var(ddof=1)
    return factor * math.sqrt(within), factor * math.sqrt(max(between - within / n, 0))
