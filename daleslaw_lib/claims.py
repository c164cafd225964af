r"""The paper's claims, each once, and what the archive says of it.

A claim weighs conditions: sum_k c_k log x_k(seed), where x_k is the final figure of one condition's run
with that seed; so an effect is the logarithm of a ratio of errors, with points beside it. Runs of one seed
see the same order of data, and a baseline that two effects share cancels instead of being counted twice
(E23). How an effect becomes a verdict stands in `verdicts`, and in words in the appendix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats

from . import results, summary
from .checks import one_of
from .grids import NEW_SEEDS
from .results import Archive
from .verdicts import (
    CLAIMED,
    MARGIN,
    NONE,
    VERDICTS,
    Interval,
    hodges_lehmann,
    holm,
    n_to_decide,
    p_value,
    rates,
    replication,
    standard_error,
    student,
    verdict,
    welch,
)
from .verdicts import bootstrap as bca

__all__ = ["CLAIMS", "EVIDENCE", "VERDICTS", "Claim", "Finding", "Term", "check", "get", "table"]

Where = Mapping[str, object]
EVIDENCE = ("new seeds", "first seeds", "below paper scale", "not run")
BROKEN = {  # a run that ends above this has hardly learned: see the appendix
    "test_error": 45.0,  # %
    "test_loss": 0.159,  # of the adding problem: nine tenths of what predicting the mean costs
    "test_perplexity": 650.0,  # about what word frequencies alone give
}


@dataclass(frozen=True)
class Term:
    """One condition of a claim: its weight, the fields of its runs, the paper's figure if there is one."""

    weight: float
    where: Where
    published: float | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of the paper on one experiment's archive.

    `claimed` is one of `verdicts.CLAIMED`; the effect is positive where the claim says so. `test`: "log",
    effects are logarithms of ratios; "difference", plain differences; "rank", minus Spearman's correlation
    of initial entropy and error over conditions. `prepare` turns the archive into the one that is tested,
    such as the runs of the settings that validation chose. `learning`: False for a fact about random
    matrices. `published_p`: the paper's Welch p, from which its own uncertainty follows.
    """

    name: str
    text: str
    figure: str
    experiment: str
    terms: tuple[Term, ...]
    claimed: str = "better"
    preset: str = "faithful"
    quantity: str | None = None
    test: str = "log"
    margin: float = MARGIN
    learning: bool = True
    published_p: float | None = None
    prepare: Callable[[Archive], Archive] = field(default=lambda archive: archive, repr=False)

    def __post_init__(self):
        one_of("claimed", self.claimed, CLAIMED)
        one_of("test", self.test, ("log", "difference", "rank"))

    @property
    def published(self) -> float | None:
        """The paper's effect, on the scale of the test; None where it gives no figures."""
        return self._of_published(math.log if self.test == "log" else float)

    @property
    def published_points(self) -> float | None:
        """The paper's effect in points: a plain difference."""
        return self._of_published(float)

    def _of_published(self, scale: Callable[[float], float]) -> float | None:
        if not self.terms or any(term.published is None for term in self.terms):
            return None
        return sum(term.weight * scale(term.published) for term in self.terms)


@dataclass(frozen=True)
class Finding:
    """What the archive says of a claim.

    `effect` decides, on the scale of the claim's test; `points` is the same in points. Checks: `last`
    (the last evaluation alone), `first` (the earlier seeds), `unpaired`, `ranks`, `boot`. `broken`: of
    each condition how many of how many runs; `p_broken` compares the first two. `contrasts`: one a seed.
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
        """One of VERDICTS: from the interval alone, and from nothing but new seeds at paper scale."""
        return self.leaning if self.evidence == "new seeds" else "undecided"

    @property
    def leaning(self) -> str:
        """The verdict if what there is were enough: of first seeds, or of a smaller scale."""
        return verdict(self.effect, self.claim.claimed, self.claim.published, self.claim.margin)

    @property
    def direction(self) -> str:
        """Of the interval: "as claimed", "opposite", "unclear"."""
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
        """Seeds that would decide it, if the effect and its scatter stay what they are; None: too many."""
        if self.n < 3 or self.claim.test == "rank":
            return None
        spread = float(np.std(self.contrasts, ddof=1))
        return n_to_decide(
            self.effect.mean, spread, self.claim.claimed, self.claim.published, self.claim.margin
        )


# --- judging ---------------------------------------------------------------------------------------


def judge(claim: Claim, archive: Archive, *, checks: bool = True) -> Finding | None:
    """The finding on a claim; None if the archive lacks its runs, at least two seeds of each condition.

    Without `checks` the slow intervals beside the one that decides are left out.
    """
    archive = claim.prepare(archive)
    if claim.test == "rank":
        return _judge_rank(claim, archive)
    late = [_alive(claim, archive, term, "late") for term in claim.terms]
    effect = _contrasts(claim, [alive for alive, _ in late])
    if len(effect) < 2:
        return None
    evidence = _evidence(archive, claim, effect.index)
    points = _contrasts(claim, [alive for alive, _ in late], plain=True)
    last = _contrasts(claim, [_alive(claim, archive, term, "last")[0] for term in claim.terms])
    broken = tuple(count for _, count in late)
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
        boot=bca(effect),
    )  # fmt: skip


def _runs(claim: Claim, archive: Archive, term: Term) -> pd.DataFrame:
    return summary.matching(results.under(archive.runs, claim.preset), term.where)


def _alive(claim: Claim, archive: Archive, term: Term, reading: str, runs=None):
    """Final figures by seed of the runs that are not broken, and (broken, all)."""
    runs = summary.deciding(archive, _runs(claim, archive, term)) if runs is None else runs
    quantity = claim.quantity or archive.experiment.quantity
    figures = summary.figure(runs, quantity, reading)
    alive = figures[figures <= BROKEN.get(quantity, math.inf)]
    return alive, (len(runs) - len(alive), len(runs))


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
    return "new seeds" if not claim.learning or min(seeds) >= NEW_SEEDS else "first seeds"


def _first(claim: Claim, archive: Archive) -> Interval:
    """The effect on the earlier seeds alone."""
    runs = [_runs(claim, archive, term) for term in claim.terms]
    earlier = [r[r.seed < NEW_SEEDS] for r in runs]
    if min(map(len, earlier)) < 2:
        return NONE
    alive = [_alive(claim, archive, t, "late", runs=r)[0] for t, r in zip(claim.terms, earlier)]
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
    p = float(stats.spearmanr(cells.entropy, cells.error, alternative="less").pvalue)
    evidence = _evidence(archive, claim, archive.runs.seed)
    return Finding(claim, evidence, archive.scale, effect=effect, points=effect, p=p)


def entropy_and_error(archive: Archive) -> pd.DataFrame:
    """A row a condition: its `by` fields, mean initial entropy H and mean final error (%) over seeds."""
    runs = archive.runs[~archive.runs.diverged].merge(
        summary.initial_entropies(archive), left_on="run_id", right_index=True
    )
    error = "late_test_error" if "late_test_error" in runs else "test_error"
    names = list(archive.experiment.by)
    cells = runs.groupby(names, dropna=False).agg(
        entropy=("entropy", "mean"), error=(error, "mean"), seeds=("seed", "nunique")
    )
    return cells.assign(error=100 * cells.error).reset_index()


# --- the claims ------------------------------------------------------------------------------------

RNN, COLEI, DANN = dict(kind="rnn"), dict(kind="colei"), dict(kind="dann")


def _less(a: Where, b: Where, published: tuple[float, float] | None = None) -> tuple[Term, ...]:
    """a's figure is below b's: log b - log a is above zero; `published`: the paper's of a and of b."""
    of_a, of_b = published or (None, None)
    return (Term(1.0, b, of_b), Term(-1.0, a, of_a))


def _cell(vectors: str, spectrum: str, frozen: bool | None) -> Where:
    return dict(kind="rnn", vectors=vectors, spectrum=spectrum, frozen=frozen, lr=0.010772)


def _start(kind: Where, hidden: int = 100, ei_ratio: float = 9.0) -> Where:
    """Draws of a kind, of Figure 3; an RNN has one ratio."""
    return dict(kind, hidden=hidden, ei_ratio=ei_ratio, full_diagonal=None)


def _fact(name: str, text: str, terms: tuple[Term, ...], claimed: str = "better", **options) -> Claim:
    """A fact about random matrices; a seed is a draw."""
    options = dict(test="difference", quantity="entropy", learning=False) | options
    return Claim(name, text, "3", "spectra", terms, claimed, **options)


PLAIN_RNN = _cell("rnn", "rnn", None)
WITH_SPECTRUM = _cell("rnn", "colei", None)
WITH_VECTORS = _cell("colei", "rnn", None)
WITH_SIGNS = _cell("rnn", "rnn", True)
# The rescue: free weights with ColEI's vectors and spectrum, each entry's sign frozen, against partners that
# differ from it in one thing. The paper gives decreases from ColEI's 3.946: 1.9, 1.2 and 1.0.
COLEI_FROZEN = _cell("colei", "colei", True)
LESS_SPECTRUM = _cell("colei", "rnn", True)
LESS_VECTORS = _cell("rnn", "colei", True)
LESS_SIGNS = _cell("colei", "colei", None)
FROM = 3.946
THREE_LAYERS, ONE_LAYER = 1.646, 2.25  # the RNN that Figure 4 prints, and one of the others' depth (E1)


def _best_of_kind(archive: Archive) -> Archive:
    return summary.best_settings(archive, settings=("rho", "lr", "clip"))


def _best_at_each_point(archive: Archive) -> Archive:
    return summary.best_settings(archive)


CLAIMS: tuple[Claim, ...] = (
    # Learning
    Claim("adding-colei", "ColEI learns the adding problem worse than an RNN", "2a", "adding",
          _less(RNN, COLEI, (0.038, 0.078))),
    Claim("adding-dann", "DANN is no worse than an RNN on the adding problem", "2a", "adding",
          _less(DANN, RNN, (0.0105, 0.038)), "no worse"),
    Claim("mnist-colei", "ColEI is worse than an RNN on row-sequential MNIST, 1 layer", "6", "ei_ratio",
          _less(RNN, dict(COLEI, ei_ratio=9.0), (2.25, 3.5))),
    Claim("mnist-dann", "DANN is no worse than an RNN on row-sequential MNIST, 1 layer", "6", "ei_ratio",
          _less(dict(DANN, ei_ratio=9.0), RNN, (2.6, 2.25)), "no worse"),
    Claim("mnist-colei-short", "ColEI is worse than an RNN after 46,800 updates, where Figure 4 is read", "4",
          "one_layer_mnist", _less(RNN, COLEI, (ONE_LAYER, FROM))),
    Claim("mnist-dann-short", "DANN is no worse than an RNN after 46,800 updates", "4", "one_layer_mnist",
          _less(DANN, RNN), "no worse"),
    Claim("mnist3-colei", "ColEI is worse than an RNN on row-sequential MNIST, 3 layers", "2b",
          "three_layer_mnist", _less(RNN, COLEI, (1.45, 2.3))),
    Claim("mnist3-dann", "DANN is no worse than an RNN on row-sequential MNIST, 3 layers", "2b",
          "three_layer_mnist", _less(DANN, RNN, (1.45, 1.45)), "no worse"),
    Claim("words-colei", "ColEI is worse than an RNN on Penn Treebank", "2c", "penn_treebank",
          _less(RNN, COLEI, (156.0, 179.0))),
    Claim("words-dann", "DANN is no worse than an RNN on Penn Treebank", "2c", "penn_treebank",
          _less(DANN, RNN, (137.0, 156.0)), "no worse"),
    # Initial spectral radius
    Claim("radius-colei", "ColEI at its best radius is worse than an RNN at its best", "2d", "radius_sweep",
          _less(RNN, COLEI, (2.264, 4.496)), preset="corrected", prepare=_best_of_kind),
    Claim("radius-dann", "DANN at its best radius is no worse than an RNN at its best", "2d", "radius_sweep",
          _less(DANN, RNN), "no worse", preset="corrected", prepare=_best_of_kind),
    Claim("radius-rnn", "An RNN does better from PyTorch's radius, 1/sqrt(3), than from He's, sqrt(2)", "2d",
          "radius_sweep", _less(dict(RNN, rho=3**-0.5), dict(RNN, rho=2**0.5), (2.264, 3.006)),
          preset="corrected", prepare=_best_at_each_point),
    # Spectra at initialisation. DANN's W_ix is the mean row, as Figure 3 shows (E5)
    _fact("spectra-outlier", "ColEI starts with an outlier: its largest singular value is above an RNN's",
          _less(_start(RNN), _start(COLEI)), quantity="largest"),
    _fact("spectra-colei", "ColEI starts from a more dispersed spectrum than an RNN: lower SVD entropy",
          _less(_start(COLEI), _start(RNN))),
    _fact("spectra-dann", "DANN starts from an RNN's spectrum: the same SVD entropy",
          _less(_start(RNN), _start(DANN)), "same", margin=0.01, preset="corrected"),
    _fact("spectra-dann-edge", "DANN starts without an outlier: its largest singular value is an RNN's",
          _less(_start(RNN), _start(DANN)), "same", margin=0.1, quantity="largest", preset="corrected"),
    _fact("spectra-size", "ColEI's SVD entropy rises with size: 1,000 units above 100",
          _less(_start(COLEI), _start(COLEI, hidden=1000))),
    _fact("spectra-ratio", "ColEI's SVD entropy rises with inhibition: 50 % above 1 %",
          _less(_start(COLEI, ei_ratio=99.0), _start(COLEI, ei_ratio=1.0))),
    # Transplants into the RNN: as printed, and beside an RNN of the same depth (E1)
    Claim("transplant-spectrum", "ColEI's spectrum makes an RNN worse", "4", "transplants",
          _less(PLAIN_RNN, WITH_SPECTRUM, (THREE_LAYERS, 3.042))),
    Claim("transplant-spectrum-matched", "ColEI's spectrum makes an RNN of the same depth worse (E1)", "4",
          "transplants", _less(PLAIN_RNN, WITH_SPECTRUM, (ONE_LAYER, 3.042))),
    Claim("transplant-vectors", "ColEI's singular vectors make an RNN worse", "4", "transplants",
          _less(PLAIN_RNN, WITH_VECTORS, (THREE_LAYERS, 2.318))),
    Claim("transplant-vectors-matched",
          "ColEI's vectors make no difference to an RNN of the same depth (E1)", "4", "transplants",
          _less(PLAIN_RNN, WITH_VECTORS, (ONE_LAYER, 2.318)), "same"),
    Claim("transplant-signs", "Frozen signs make an RNN worse", "4", "transplants",
          _less(PLAIN_RNN, WITH_SIGNS, (THREE_LAYERS, 2.466))),
    Claim("transplant-signs-matched", "Frozen signs make an RNN of the same depth worse (E1)", "4",
          "transplants", _less(PLAIN_RNN, WITH_SIGNS, (ONE_LAYER, 2.466))),
    Claim("transplant-spectrum-vectors", "In an RNN the spectrum matters more than the vectors", "4",
          "transplants", _less(WITH_VECTORS, WITH_SPECTRUM, (2.318, 3.042)), published_p=0.0043),
    Claim("transplant-spectrum-signs", "In an RNN the spectrum matters more than frozen signs", "4",
          "transplants", _less(WITH_SIGNS, WITH_SPECTRUM, (2.466, 3.042)), published_p=0.0216),
    # Transplants into ColEI
    Claim("rescue-spectrum", "An RNN's spectrum makes ColEI better", "4", "transplants",
          _less(LESS_SPECTRUM, COLEI_FROZEN, (FROM - 1.9, FROM))),
    Claim("rescue-vectors", "An RNN's singular vectors make ColEI better", "4", "transplants",
          _less(LESS_VECTORS, COLEI_FROZEN, (FROM - 1.2, FROM))),
    Claim("rescue-signs", "ColEI without frozen signs is better", "4", "transplants",
          _less(LESS_SIGNS, COLEI_FROZEN, (FROM - 1.0, FROM))),
    Claim("rescue-spectrum-vectors", "In ColEI the spectrum matters more than the vectors", "4",
          "transplants", _less(LESS_SPECTRUM, LESS_VECTORS, (FROM - 1.9, FROM - 1.2))),
    Claim("rescue-spectrum-signs", "In ColEI the spectrum matters more than the signs", "4", "transplants",
          _less(LESS_SPECTRUM, LESS_SIGNS, (FROM - 1.9, FROM - 1.0))),
    # Size and E:I ratio
    Claim("size-colei", "ColEI is worse than an RNN of 100 units", "5", "size",
          _less(dict(RNN, hidden=100), dict(COLEI, hidden=100), (1.9, 2.7))),
    Claim("size-dann", "DANN is no worse than an RNN of 100 units", "5", "size",
          _less(dict(DANN, hidden=100), dict(RNN, hidden=100), (1.85, 1.9)), "no worse"),
    Claim("size-gap", "The gap between ColEI and RNN is smaller at 1,000 units than at 100", "5", "size",
          (Term(1.0, dict(COLEI, hidden=100), 2.7), Term(-1.0, dict(RNN, hidden=100), 1.9),
           Term(-1.0, dict(COLEI, hidden=1000), 1.3), Term(1.0, dict(RNN, hidden=1000), 1.06))),
    Claim("ratio-few", "ColEI is worse with 1 % inhibitory units than with 10 %", "6", "ei_ratio",
          _less(dict(COLEI, ei_ratio=9.0), dict(COLEI, ei_ratio=99.0), (3.5, 9.5))),
    Claim("ratio-many", "ColEI is better with 50 % inhibitory units than with 10 %", "6", "ei_ratio",
          _less(dict(COLEI, ei_ratio=1.0), dict(COLEI, ei_ratio=9.0), (3.0, 3.5))),
    Claim("ratio-dann", "DANN does as well with 1 % interneurons as with 50 %", "6", "ei_ratio",
          _less(dict(DANN, ei_ratio=1.0), dict(DANN, ei_ratio=99.0), (2.5, 2.5)), "same",
          preset="corrected"),
    Claim("ii-ablation",
          "ColEI does as well without I-to-I connections of three of ten inhibitory units, as in the code",
          "appendix", "ii_ablation",
          _less(dict(COLEI, ablated=3.0), dict(COLEI, ablated=None)), "same"),
    Claim("ii-ablation-all", "ColEI does as well without any I-to-I connections", "appendix", "ii_ablation",
          _less(dict(COLEI, ablated=10.0), dict(COLEI, ablated=None)), "same", preset="corrected"),
    # Entropy
    Claim("entropy-error", "Across size and E:I ratio, error falls as normalised SVD entropy rises", "7",
          "entropy_grid", (), test="rank"),
    Claim("entropy-size", "A small ColEI of high entropy beats a large one of low entropy", "7",
          "entropy_grid",
          _less(dict(hidden=200, ei_ratio=1.0), dict(hidden=1000, ei_ratio=99.0), (2.52, 3.642))),
)  # fmt: skip


def get(name: str) -> Claim:
    """The claim of that name.

    Raises: ValueError naming those there are.
    """
    return {claim.name: claim for claim in CLAIMS}[one_of("claim", name, [claim.name for claim in CLAIMS])]


def check(*names: str) -> list[Finding]:
    """Findings on the claims of these names, or on all; each at the largest scale that has its runs.

    Holm's correction is within a figure, over its learning claims that new seeds decide, whichever are
    asked for.

    Raises: ValueError for an unknown name; results.ArchiveError for a damaged archive.
    """
    wanted = [get(name) for name in names] or list(CLAIMS)
    figures = {claim.figure for claim in wanted}
    load = lru_cache(maxsize=None)(results.load)
    found = {
        claim.name: _find(claim, load, checks=claim in wanted) for claim in CLAIMS if claim.figure in figures
    }
    for figure in figures:
        family = [f for f in found.values() if _counted(f) and f.claim.figure == figure]
        for finding, p in zip(family, holm([finding.p for finding in family])):
            found[finding.claim.name] = replace(finding, p_holm=float(p))
    return [found[claim.name] for claim in wanted]


def _counted(finding: Finding) -> bool:
    return finding.claim.learning and finding.evidence == "new seeds"


def _find(claim: Claim, load: Callable[[str, str], Archive], checks: bool) -> Finding:
    for scale in reversed(results.archived_scales(claim.experiment)):
        finding = None if scale == "smoke" else judge(claim, load(claim.experiment, scale), checks=checks)
        if finding is not None:
            return finding
    return Finding(claim, "not run", None)


# --- tables ----------------------------------------------------------------------------------------


def as_ratio(claim: Claim, effect: float) -> str:
    """An effect in words: a ratio of errors as "x 1.42", another as "+0.42"."""
    return f"x {math.exp(effect):.2f}" if claim.test == "log" else f"{effect:+.3g}"


def in_words(finding: Finding) -> str:
    """Effect, the paper's, direction, number of seeds and what they are, in a line."""
    f, c = finding, finding.claim
    parts = [f"{as_ratio(c, f.effect.mean)} ({as_ratio(c, f.effect.low)} to {as_ratio(c, f.effect.high)})"]
    parts += [] if c.published is None else [f"the paper's {as_ratio(c, c.published)}"]
    parts += [f"direction {f.direction}", f"n {f.n}, {f.evidence}"]
    broken = [f"{count} of {n}" for count, n in f.broken]
    parts += [f"broken {' and '.join(broken)}"] if any(count for count, _ in f.broken) else []
    if f.evidence != "new seeds" and f.leaning != "undecided":
        parts.append(f"leans to {f.leaning}")
    return "; ".join(parts)


def table(findings: list[Finding]) -> pd.DataFrame:
    """A row a claim: what is claimed; effect, the paper's and ours; direction, n and p; the verdict."""
    rows = []
    for f in findings:
        c, e = f.claim, f.effect
        tested = f.scale is not None
        ours = f"{as_ratio(c, e.mean)} ({as_ratio(c, e.low)} to {as_ratio(c, e.high)})" if tested else ""
        rows.append(
            {
                "claim": c.text,
                "figure": c.figure,
                "the paper": "" if c.published is None else as_ratio(c, c.published),
                "ours (95 % interval)": ours.replace("(x ", "(").replace("to x ", "to "),
                "direction": f.direction if tested else "",
                "n": f.n or "",
                "p, corrected": "" if math.isnan(f.p_holm) else _p(f.p_holm),
                "evidence": f.evidence,
                "verdict": f.verdict,
            }
        )
    return pd.DataFrame(rows)


def as_dict(finding: Finding) -> dict:
    """A finding as plain data; NaN and infinity as None."""
    f, c = finding, finding.claim
    intervals = ("effect", "points", "last", "first", "unpaired", "ranks", "boot", "expected")
    return {
        "claim": c.name,
        "text": c.text,
        "figure": c.figure,
        "experiment": c.experiment,
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
        "seeds to decide": f.seeds_to_decide,
    }


def _plain(interval: Interval) -> dict | None:
    if not interval.n:
        return None
    return {name: _number(getattr(interval, name)) for name in ("mean", "low", "high")} | {"n": interval.n}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
