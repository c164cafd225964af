"""What the rule can tell: its chances at given effects, and what it would take to decide what is open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from ..archive.reading import Archive, last_evaluations
from . import prose, summary
from .claims import OTHER, Finding, counted
from .verdicts import MARGIN, TOO_LARGE, VERDICTS, boundaries, chances, wrong

SHAPED = 14  # seeds below which residuals are too few to tell what shape a scatter has
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


def of_the_claims(findings: Iterable[Finding], *, draws: int = 2_000) -> pd.DataFrame:
    """A row for what is claimed and the number of seeds: how often the rule errs, at worst, and how often it
    decides rightly; of claims that all their new seeds have weighed. Where a second sample weighs what the
    first left open, the chances are those of both together.

    A verdict is wrong if it says something false of the true effect. The effects tried are those beside each
    boundary, where that is likeliest, none, and one at which the claim holds: the published one; of "no
    worse" and "same", none; where nothing was published, two margins. There it counts how often the rule
    decides rightly. Contrasts scatter as the claim's own do: by a normal distribution, and, of `SHAPED` or
    more, drawn from its residuals.
    """
    rows = []
    for f in findings:
        c = f.claim
        if c.test == "rank" or not counted(f):
            continue
        settings = (c.claimed, c.published, c.margin)
        holds = 0.0 if c.claimed in ("no worse", "same") else c.published or 2 * c.margin
        rng, spread = np.random.default_rng([f.n, len(rows)]), float(np.std(f.contrasts, ddof=1))
        effects = (*_beside_boundaries(*settings), 0.0, holds)
        samples = [n for n in (f.before.n, f.n) if n]
        draw = partial(_errs, effects, settings, samples, spread=spread, rng=rng, draws=draws)
        worst, false, decided = draw()
        own = draw(residuals=f.contrasts)[0] if f.n >= SHAPED else math.nan
        rows.append([c.claimed, f.n, spread, worst, own, decided - false])
    columns = ["claimed", "n", "spread", "wrong, normal", "wrong, own", "decides, normal"]
    table = pd.DataFrame(rows, columns=columns).groupby(["claimed", "n"])
    return pd.concat(
        [
            table.size().rename("claims"),
            table.spread.agg(["min", "max"]).add_prefix("spread, "),
            table[["wrong, normal", "wrong, own"]].max(),
            table[["decides, normal"]].min(),
        ],
        axis=1,
    ).reset_index()


def _errs(
    effects: Sequence[float], settings: tuple, samples: Sequence[int], **how
) -> tuple[float, float, float]:
    """How often verdicts are wrong at the worst of these true effects; and at the last of them how often they
    are wrong, and how often there is one. A sample weighs what the one before it left open.
    """
    claimed, published, margin = settings
    worst = 0.0
    for effect in effects:
        found = {"undecided": 1.0}
        for n in samples:
            still = found.pop("undecided")
            by_this = chances(effect, n=n, claimed=claimed, published=published, margin=margin, **how)
            found = {name: found.get(name, 0) + still * p for name, p in by_this.items()}
        false = sum(p for name, p in found.items() if p and wrong(name, effect, *settings))
        worst = max(worst, false)
    return worst, false, 1 - found["undecided"]


def _beside_boundaries(claimed: str, published: float | None, margin: float) -> list[float]:
    """True effects just below and above each boundary between verdicts."""
    more = {
        "better": (0.0, TOO_LARGE * (published or 0)),
        "better by": (0.0,),
        "no worse": (margin,),
        "same": (),
    }
    bounds = {*boundaries(claimed, published, margin), *more[claimed]}
    return [bound + side for bound in sorted(bounds) for side in (-1e-9, 1e-9)]


READINGS = {  # of a claim, beside Student's t on the last ten evaluations of its own preset's runs
    "last": "the last evaluation alone",
    "ranks": "Hodges and Lehmann",
    "unpaired": "Welch, unpaired",
    "boot": "bootstrap",
    "other_preset": "the other preset",
}


def other_readings(findings: Iterable[Finding]) -> pd.DataFrame:
    """A row a claim that another reading, or the other preset, judges otherwise; a cell is empty where it
    agrees, and one that agrees everywhere has no column.

    Of claims that all their new seeds have weighed; a reading without an interval has no say.
    """
    rows = []
    for f in findings:
        if not counted(f):
            continue
        row = {"claim": f.claim.text, "n": f.n, "verdict": f.verdict}
        for name, words in READINGS.items():
            found = getattr(f, name)
            silent = not found.n or not math.isfinite(found.high - found.low)
            other = f.verdict if silent else f.judged_by(found)
            row[words] = "" if other == f.verdict else other
        rows.append(row)
    table = pd.DataFrame(rows, columns=["claim", "n", "verdict", *READINGS.values()])
    otherwise = table[list(READINGS.values())] != ""
    agreeing = otherwise.columns[~otherwise.any()]
    return table[otherwise.any(axis=1)].drop(columns=agreeing).reset_index(drop=True)


def by_the_other_preset(findings: Iterable[Finding]) -> str:
    """Which claims about learning the networks of the other preset judge otherwise, in two sentences."""
    both = [f for f in findings if counted(f) and f.other_preset.n]
    turned = [(f, verdict) for f in both if (verdict := f.judged_by(f.other_preset)) != f.verdict]
    if not both:
        return "No claim about learning has run with both presets on all its new seeds."
    many = "claim has all its" if len(both) == 1 else "claims have all their"
    n, k = (prose.number(len(some)).capitalize() for some in (both, turned))
    text = f"{n} {many} new seeds with both presets, each with networks of its own."
    if not turned:
        return f"{text} No verdict turns with the preset."
    listed = "; ".join(
        f"*{f.claim.text}* is {f.verdict} if {f.claim.preset}, {verdict} if {OTHER[f.claim.preset]}"
        for f, verdict in turned
    )
    return f"{text} {k} {'verdict turns' if len(turned) == 1 else 'verdicts turn'} with the preset: {listed}."


def open_claims(findings: Iterable[Finding], archives: dict[str, Archive]) -> pd.DataFrame:
    """A row an undecided claim: what there is, the seeds that would decide it, and what they cost here.

    Seeds: with which a verdict is reached in four of five cases, were effect and scatter those found so far.
    Hours: of one core, by the wall time of the archived runs of its experiment; at a smaller scale, in
    proportion to updates. None where settings are chosen first: the runs among which they are would have to
    be counted, too.
    """
    rows = []
    for f in findings:
        if f.verdict != "undecided" or not f.claim.learning:
            continue
        n = f.seeds_to_decide
        seconds = seconds_a_run(archives.get(f.experiment))
        hours = math.nan if n is None or f.claim.best else n * len(f.claim.terms) * seconds / 3600
        rows.append(
            {
                "claim": f.claim.text,
                "so far": _so_far(f),
                "seeds to decide": "" if n is None else f"{n:,}",
                "core hours": "" if math.isnan(hours) else f"{hours:.1f}",
            }
        )
    return pd.DataFrame(rows)


def _so_far(f: Finding) -> str:
    words = f"n {f.n}, {f.evidence}" if f.n else f.evidence
    return f"{words}; a second sample is declared" if f.second_to_come else words


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
