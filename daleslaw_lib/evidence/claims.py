r"""The paper's claims, each once, and what the archive says of it.

A claim weighs conditions: sum_k c_k log x_k(seed), where x_k is the final figure of one condition's run
with that seed; so an effect is the logarithm of a ratio of errors, with points beside it. Runs of one seed
see the same order of data, and a baseline that two effects share cancels instead of being counted twice
(E23). How an effect becomes a verdict stands in `verdicts`, and in words in the appendix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats

from ..archive import reading
from ..archive.reading import Archive
from ..checks import one_of
from ..experiments import CLAIMS
from ..experiments.experiment import NEW_SEEDS, Claim, Term
from ..statistics.contrasts import (
    ALPHA,
    NONE,
    Interval,
    hodges_lehmann,
    holm,
    rates,
    standard_error,
    student,
    welch,
)
from ..statistics.contrasts import bootstrap as bca
from ..tasks import TASKS
from . import starts, summary
from .verdicts import boundaries, n_to_decide, p_value, replication, verdict

EVIDENCE = (
    "second sample", "new seeds", "some new seeds", "first seeds", "below paper scale", "too few learn",
    "not run",
)  # fmt: skip
OTHER = {"faithful": "corrected", "corrected": "faithful"}  # preset
DECIDES = ("second sample", "new seeds")  # the evidence on which a claim may be decided


@dataclass(frozen=True)
class Finding:
    """What the archive says of a claim.

    `evidence`: one of EVIDENCE, at the archive's `scale`. `effect` decides, on the scale of the claim's test;
    `points` is the same in points. Checks: `last` (the last evaluation alone), `first` (the earlier seeds),
    `unpaired`, `ranks`, `boot`, and `other_preset`: the same claim on the networks of the other preset, where
    all its new seeds have run with both. `broken`: of each condition how many of how many runs;
    `p_broken` compares the first two. `contrasts`: one a seed. `before`: where a second sample decides, the
    effect that the first left open.
    """

    claim: Claim
    evidence: str
    scale: str | None
    effect: Interval = NONE
    points: Interval = NONE
    last: Interval = NONE
    first: Interval = NONE
    unpaired: Interval = NONE
    ranks: Interval = NONE
    boot: Interval = NONE
    other_preset: Interval = NONE
    before: Interval = NONE
    broken: tuple[tuple[int, int], ...] = ()
    p_broken: float = math.nan
    p: float = math.nan
    p_holm: float = math.nan
    contrasts: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        return self.effect.n

    @property
    def verdict(self) -> str:
        """One of VERDICTS: from the interval alone, of all declared new seeds at paper scale.

        While some of them are still to run a claim is undecided: looking early, and stopping when the result
        pleases, would make more errors than the rule allows.
        """
        return self.leaning if self.evidence in DECIDES else "undecided"

    @property
    def second_to_come(self) -> bool:
        """Whether a second sample is declared that has not weighed it yet, and may."""
        return bool(self.claim.second) and not self.before.n and self.verdict == "undecided"

    @property
    def experiment(self) -> str:
        """The experiment whose archive has the evidence."""
        second = self.claim.second if self.evidence == "second sample" else None
        return second or self.claim.experiment

    @property
    def leaning(self) -> str:
        """The verdict that the first seeds, or a smaller scale, would give if they were enough."""
        return self.judged_by(self.effect)

    def judged_by(self, interval: Interval) -> str:
        """The verdict that another interval on the same claim would give, such as that of `last`."""
        return verdict(interval, self.claim.claimed, self.claim.published, self.claim.margin)

    @property
    def breaks_more(self) -> bool:
        """Whether the network that a claim favours breaks more often than the other (Fisher, P < 0.05).

        A verdict is about runs that learn, so it cannot say this.
        """
        if len(self.broken) != 2 or not self.p_broken < ALPHA:
            return False
        weights = [term.weight for term in self.claim.terms]  # the favoured network's is negative
        (_, (mine, of_mine)), (_, (others, of_others)) = sorted(zip(weights, self.broken))
        return mine / of_mine > others / of_others

    @property
    def doubts(self) -> tuple[str, ...]:
        """What must be said beside a decided verdict, in short; nothing beside one that is open."""
        if self.verdict == "undecided":
            return ()
        said = []
        if self.p_holm > ALPHA:
            said.append(self._uncorrected)
        if self.breaks_more and self.verdict in ("reproduced", "larger"):
            said.append("among runs that learn, and the favoured network has fewer of them")
        return tuple(said)

    @property
    def _uncorrected(self) -> str:
        """What a verdict says and Holm's correction does not bear out; "smaller" says two things."""
        if self.verdict != "smaller":
            return "but not after correction for the other claims of its figure or chapter"
        interest = boundaries(self.claim.claimed, self.claim.published, self.claim.margin)[0]
        above = self.effect.low < interest - self.effect.high  # nearer to zero than to the effect of interest
        return f"but after correction not clearly {'above zero' if above else 'below the effect of interest'}"

    @property
    def direction(self) -> str:
        """Where the interval lies: "as claimed", "opposite", "unclear"; "" for a claim that two are the same,
        which has no direction.
        """
        if self.claim.claimed == "same":
            return ""
        return {"+": "as claimed", "-": "opposite", "?": "unclear"}[self.effect.direction]

    @property
    def expected(self) -> Interval:
        """In points, where a replication of this size would fall, if the paper is right within its error."""
        c = self.claim
        if c.published_p is None or c.published_points is None or self.points.n < 2:
            return NONE
        se = standard_error(c.published_points, c.published_p, 5)  # of five seeds each
        half = (self.points.high - self.points.low) / 2
        spread = half / stats.t.ppf(0.975, self.points.n - 1) * math.sqrt(self.points.n)
        return replication(c.published_points, se, spread, self.points.n)

    @property
    def seeds_to_decide(self) -> int | None:
        """Seeds that would decide it, if the effect and its scatter stay as they are; None: too many."""
        if self.n < 3 or self.claim.test == "rank":
            return None
        spread = float(np.std(self.contrasts, ddof=1))
        return n_to_decide(
            self.effect.mean, spread, self.claim.claimed, self.claim.published, self.claim.margin
        )


# --- judging ---------------------------------------------------------------------------------------


def judge(claim: Claim, archive: Archive, *, checks: bool = True) -> Finding | None:
    """The finding on a claim; None if the archive lacks its runs, at least two seeds of each condition.

    Where it has them, and fewer than two seeds learn under every condition, there is no effect, and `broken`
    says why; below paper scale they may only have had too little time.

    Without `checks` the slow intervals beside the one that decides are left out.
    """
    if claim.best is not None:
        archive = summary.best_settings(archive, settings=claim.best)
    if claim.test == "rank":
        return _judge_rank(claim, archive)
    runs = _deciding(archive, [_runs(claim, archive, term) for term in claim.terms])
    late = [_alive(claim, archive, r, "late") for r in runs]
    effect = _contrasts(claim, [alive for alive, _ in late])
    broken = tuple(count for _, count in late)
    if len(effect) < 2:
        if min(n for _, n in broken) < 2 or not any(count for count, _ in broken):
            return None
        why = "too few learn" if archive.scale == "paper" else "below paper scale"
        return Finding(claim, why, archive.scale, broken=broken, p_broken=_p_broken(broken))
    evidence = _evidence(archive, claim, effect.index)
    points = _contrasts(claim, [alive for alive, _ in late], plain=True)
    last = _contrasts(claim, [_alive(claim, archive, r, "last")[0] for r in runs])
    interval = student(effect)
    given = verdict(interval, claim.claimed, claim.published, claim.margin)
    found = Finding(
        claim, evidence, archive.scale,
        effect=interval, points=student(points), last=student(last), broken=broken,
        p_broken=_p_broken(broken),
        p=p_value(effect, claim.claimed, given, claim.published, claim.margin),
        contrasts=tuple(effect.tolist()),
    )  # fmt: skip
    if not (checks and claim.learning):
        return found
    scaled = [(term.weight, _scaled(claim, alive).tolist()) for term, (alive, _) in zip(claim.terms, late)]
    return replace(
        found, first=_first(claim, archive), unpaired=welch(scaled), ranks=hodges_lehmann(effect),
        boot=bca(effect), other_preset=_by_the_other_preset(claim, archive),
    )  # fmt: skip


def _by_the_other_preset(claim: Claim, archive: Archive) -> Interval:
    """The effect by the other preset; none if it has no runs of its own here, or new seeds are missing."""
    theirs = replace(claim, preset=OTHER[claim.preset], best=None)  # the best settings are chosen by now
    if not any(_runs(theirs, archive, term).preset.eq(theirs.preset).any() for term in claim.terms):
        return NONE
    found = judge(theirs, archive, checks=False)
    return found.effect if found and counted(found) else NONE


def _runs(claim: Claim, archive: Archive, term: Term) -> pd.DataFrame:
    return summary.matching(reading.under(archive.runs, claim.preset), term.where)


def _deciding(archive: Archive, runs: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The runs of each condition on new seeds, once every condition has two; until then, the earlier ones."""
    if archive.scale != "paper" or not archive.experiment.trains:
        return runs
    new = [r[r.seed >= NEW_SEEDS] for r in runs]
    return new if min(map(len, new)) > 1 else [r[r.seed < NEW_SEEDS] for r in runs]


def _alive(claim: Claim, archive: Archive, runs: pd.DataFrame, reading: str):
    """Final figures by seed of the runs that are not broken, and (broken, all)."""
    quantity = claim.quantity or archive.experiment.quantity
    alive, broken = summary.unbroken(runs, quantity, broken_above(runs, quantity), reading)
    return alive, (broken, len(runs))


def broken_above(runs: pd.DataFrame, quantity: str) -> float:
    """The figure above which a run of this condition has hardly learned: see the appendix, and `tasks`."""
    tasks = set(runs.get("task", ()))  # draws have none
    return min((TASKS[task].broken.get(quantity, math.inf) for task in tasks), default=math.inf)


def _contrasts(claim: Claim, alive: Iterable[pd.Series], plain: bool = False) -> pd.Series:
    """One number a seed that every condition has."""
    terms = [
        term.weight * (figures if plain else _scaled(claim, figures))
        for term, figures in zip(claim.terms, alive)
    ]
    return pd.concat(terms, axis=1, join="inner").sum(axis=1)


def _scaled(claim: Claim, figures: pd.Series) -> pd.Series:
    return np.log(figures) if claim.test == "log" else figures


def _evidence(archive: Archive, claim: Claim, seeds: Iterable[int]) -> str:
    if archive.scale != "paper":
        return "below paper scale"
    if not claim.learning:
        return "new seeds"
    if min(seeds) < NEW_SEEDS:
        return "first seeds"
    return "new seeds" if all(_complete(archive, claim, term) for term in claim.terms) else "some new seeds"


def _complete(archive: Archive, claim: Claim, term: Term) -> bool:
    """Whether all new seeds that the experiment declares for a condition are archived."""
    declared = {
        run.seed
        for run in archive.experiment.runs(archive.scale)
        if run.seed >= NEW_SEEDS
        and run.preset in (claim.preset, "both")
        and all(_is(getattr(run, name), value) for name, value in term.where.items())
    }
    return declared <= set(_runs(claim, archive, term).seed)


def _is(value, wanted) -> bool:
    numbers = isinstance(value, float) and isinstance(wanted, float)
    return math.isclose(value, wanted) if numbers else value == wanted


def _first(claim: Claim, archive: Archive) -> Interval:
    """The effect on the earlier seeds alone."""
    runs = [_runs(claim, archive, term) for term in claim.terms]
    earlier = [r[r.seed < NEW_SEEDS] for r in runs]
    if min(map(len, earlier)) < 2:
        return NONE
    alive = [_alive(claim, archive, r, "late")[0] for r in earlier]
    return student(_contrasts(claim, alive))


def _p_broken(broken: tuple[tuple[int, int], ...]) -> float:
    if len(broken) != 2 or not any(count for count, _ in broken):
        return math.nan
    return rates([count for count, _ in broken], [n for _, n in broken])


def _judge_rank(claim: Claim, archive: Archive) -> Finding | None:
    """Spearman's correlation over conditions, its interval by Bonett and Wright (2000)."""
    cells = entropy_and_error(archive)
    if len(cells) < 5:
        return None
    r, n = -float(stats.spearmanr(cells.entropy, cells.error).statistic), len(cells)
    half = stats.norm.ppf(0.975) * math.sqrt((1 + r**2 / 2) / (n - 3))
    z = math.atanh(min(max(r, -0.999999), 0.999999))
    effect = Interval(r, math.tanh(z - half), math.tanh(z + half), n)
    p = float(stats.spearmanr(cells.entropy, cells.error).pvalue)
    evidence = _evidence(archive, claim, archive.runs.seed)
    return Finding(claim, evidence, archive.scale, effect=effect, points=effect, p=p)


def entropy_and_error(archive: Archive) -> pd.DataFrame:
    """A row a condition: its `by` fields, mean initial entropy H and mean final error (%) over seeds."""
    runs = archive.runs[~archive.runs.diverged].merge(
        starts.initial_entropies(archive), left_on="run_id", right_index=True
    )
    error = summary.final_column(runs, "test_error")
    names = list(archive.experiment.by)
    cells = runs.groupby(names, dropna=False).agg(
        entropy=("entropy", "mean"), error=(error, "mean"), seeds=("seed", "nunique")
    )
    return cells.assign(error=100 * cells.error).reset_index()


def judged(archive: Archive, *names: str) -> list[Finding | None]:
    """The findings on claims from this archive's runs, without checks; None where they cannot judge one."""
    return [judge(get(name), archive, checks=False) for name in names]


def judged_as(archive: Archive, verdicts: Mapping[str, str]) -> bool:
    """Whether the archive's runs give each claim named the verdict beside its name.

    Claims that they cannot judge yet count as undecided.
    """
    found = zip(judged(archive, *verdicts), verdicts.values())
    return all((f.verdict if f else "undecided") == verdict for f, verdict in found)


# --- the claims by name ----------------------------------------------------------------------------


def get(name: str) -> Claim:
    """The claim of that name, to be judged on the archive.

    Raises: ValueError naming those there are.
    """
    return {claim.name: claim for claim in CLAIMS}[one_of("claim", name, [claim.name for claim in CLAIMS])]


def check(*names: str) -> list[Finding]:
    """Findings on the claims of these names, or on all; each at the largest scale that has its runs.

    Holm's correction is within a figure, over its learning claims that new seeds decide, whichever are
    asked for.

    Raises: ValueError for an unknown name; ArchiveError for a damaged archive.
    """
    wanted = [get(name) for name in names] or list(CLAIMS)
    figures = {claim.figure for claim in wanted}
    load = lru_cache(maxsize=None)(reading.load)
    found = {
        claim.name: _find(claim, load, checks=claim in wanted) for claim in CLAIMS if claim.figure in figures
    }
    for figure in figures:
        family = [f for f in found.values() if counted(f) and f.claim.figure == figure]
        for finding, p in zip(family, holm([finding.p for finding in family])):
            found[finding.claim.name] = replace(finding, p_holm=float(p))
    return [found[claim.name] for claim in wanted]


def counted(finding: Finding) -> bool:
    """Whether a claim is about learning and weighed by all its new seeds: Holm's method counts it then."""
    return finding.claim.learning and finding.evidence in DECIDES


def _find(claim: Claim, load: Callable[[str, str], Archive], checks: bool) -> Finding:
    """The finding at the largest scale; by the second sample, if the first leaves the claim open."""
    found = _find_first(claim, load, checks)
    if claim.second is None or found.evidence != "new seeds" or found.verdict != "undecided":
        return found
    return _by_second(found, load, checks) or found


def _by_second(first: Finding, load: Callable[[str, str], Archive], checks: bool) -> Finding | None:
    """The finding on the second sample alone; None until all its seeds have run."""
    if "paper" not in reading.archived_scales(first.claim.second):
        return None
    found = judge(first.claim, load(first.claim.second, "paper"), checks=checks)
    if found is None or found.evidence != "new seeds":
        return None
    return replace(found, evidence="second sample", before=first.effect)


def _find_first(claim: Claim, load: Callable[[str, str], Archive], checks: bool) -> Finding:
    for scale in reversed(reading.archived_scales(claim.experiment)):
        finding = None if scale == "smoke" else judge(claim, load(claim.experiment, scale), checks=checks)
        if finding is not None:
            return finding
    return Finding(claim, "not run", None)
