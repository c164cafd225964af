"""Each claim of the paper once, as a statistical test on archived tables.

A claim is a contrast: sum_k c_k x_k(seed), where x_k is the final figure of one condition's run with that
seed. Runs of one seed see the same order of data, and most start from related weights, so the contrast
is taken seed by seed; a baseline that two effects share cancels instead of being counted twice (E23).
Three things can be claimed of a contrast's mean over seeds:

    greater      it is > 0
    no worse     it is > -margin
    same         it is between -margin and margin

The test is Student's t on the seeds' contrasts, one-sided (two one-sided ones for "same"), its p corrected
over all claims by Holm's method; the effect comes with a 95 % bootstrap interval (BCa). With five seeds
both lean on the contrasts being roughly normal, which five seeds cannot show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import stats

from . import results, summary
from .checks import one_of
from .results import Archive

VERDICTS = ("reproduced", "reproduced in direction only", "not reproduced", "not yet at scale")
ALPHA = 0.05
NO_INTERVAL = (np.nan, np.nan)
Where = Mapping[str, object]


@dataclass(frozen=True)
class Finding:
    """What the archive says of a claim: effect with interval, p, and the verdict.

    `p` is uncorrected, `p_holm` corrected over all claims that could be tested. `values` are the seeds'
    contrasts (for a correlation: none). `scale` is None if nothing is archived.
    """

    claim: Claim
    scale: str | None
    effect: float
    low: float
    high: float
    p: float
    n: int
    values: tuple[float, ...] = ()
    p_holm: float = np.nan

    @property
    def verdict(self) -> str:
        """One of VERDICTS.

        Reproduced: significant after correction, and at least half as large as published. In direction
        only: of the claimed sign, and either the interval excludes zero, or it includes what is
        published (too few seeds to tell); for "no worse" and "same", the mean is within the margin.
        Otherwise not reproduced. Below paper scale: not yet.
        """
        if self.scale != "paper":
            return "not yet at scale"
        large = self.claim.published is None or self.effect >= self.claim.published / 2
        if self.p_holm < ALPHA and (large or self.claim.claimed != "greater"):
            return "reproduced"
        within = self.effect > -self.claim.margin
        if self.claim.claimed == "same":
            within = abs(self.effect) < self.claim.margin
        if self.claim.claimed == "greater":
            published = self.claim.published
            within &= self.low > 0 or (published is not None and self.high >= published)
        return "reproduced in direction only" if within else "not reproduced"


@dataclass(frozen=True)
class Claim:
    """A claim of the paper on one experiment's archive.

    `terms` are (coefficient, fields of the runs it weighs); `published` is the paper's own effect, in
    the same units; `prepare` turns the archive into the one that is tested, such as the runs of the
    settings that validation chose.
    """

    name: str
    text: str
    figure: str
    experiment: str
    terms: tuple[tuple[float, Where], ...]
    claimed: str = "greater"
    margin: float = 0.0
    preset: str = "faithful"
    published: float | None = None
    quantity: str | None = None
    prepare: Callable[[Archive], Archive] = field(default=lambda archive: archive, repr=False)

    def __post_init__(self):
        one_of("claimed", self.claimed, ("greater", "no worse", "same"))
        if (self.margin > 0) != (self.claimed != "greater"):
            raise ValueError(f"margin: expected > 0 for 'no worse' and 'same' alone, got {self.margin}")

    def find(self, archive: Archive, *, interval: bool = True) -> Finding | None:
        """Test the claim on an archive; None if it lacks the runs, at least two seeds of each term.

        Without `interval`, which takes most of the time, low and high are NaN.
        """
        archive = self.prepare(archive)
        terms = [c * summary.by_seed(archive, self.preset, self.quantity, **w) for c, w in self.terms]
        contrast = pd.concat(terms, axis=1, join="inner").sum(axis=1).to_numpy(float)
        if len(contrast) < 2:
            return None
        p = _one_sided(contrast + self.margin)
        if self.claimed == "same":
            p = max(p, _one_sided(self.margin - contrast))
        low, high = _bootstrap(contrast) if interval else NO_INTERVAL
        scale, mean = archive.scale, float(contrast.mean())
        return Finding(self, scale, mean, low, high, p, len(contrast), tuple(contrast.tolist()))


@dataclass(frozen=True)
class CorrelationClaim(Claim):
    """The claim that the conditions' mean error falls as their initial entropy H rises.

    The effect is minus Spearman's rank correlation over conditions; the bootstrap is over conditions.
    """

    def find(self, archive: Archive, *, interval: bool = True) -> Finding | None:
        cells = entropy_and_error(self.prepare(archive))
        if len(cells) < 5:
            return None
        rank = stats.spearmanr(cells.entropy, cells.error, alternative="less")
        low, high = NO_INTERVAL
        if interval:
            low, high = _bootstrap(cells.entropy, cells.error, statistic=_falling)
        return Finding(self, archive.scale, float(-rank.statistic), low, high, float(rank.pvalue), len(cells))


def entropy_and_error(archive: Archive) -> pd.DataFrame:
    """A row a condition: its `by` fields, mean initial entropy H and mean final error (%) over seeds."""
    runs = archive.runs[~archive.runs.diverged].merge(
        summary.initial_entropies(archive), left_on="run_id", right_index=True
    )
    names = list(archive.experiment.by)
    cells = runs.groupby(names, dropna=False).agg(
        entropy=("entropy", "mean"), error=("test_error", "mean"), seeds=("seed", "nunique")
    )
    return cells.assign(error=100 * cells.error).reset_index()


def _falling(entropy, error) -> float:
    return -stats.spearmanr(entropy, error).statistic


def _one_sided(values: np.ndarray) -> float:
    """P of a mean this large if the true one were zero."""
    if np.ptp(values) == 0:
        return 0.0 if values[0] > 0 else 1.0
    return float(stats.ttest_1samp(values, 0, alternative="greater").pvalue)


def _bootstrap(*samples, statistic=np.mean) -> tuple[float, float]:
    """A 95 % interval: BCa for a mean; by percentiles for a statistic of pairs."""
    if np.ptp(samples[0]) == 0:
        return float(samples[0][0]), float(samples[0][0])
    options = dict(n_resamples=9_999, method="BCa")
    if len(samples) > 1:
        options = dict(n_resamples=1_999, method="percentile", paired=True, vectorized=False)
    interval = stats.bootstrap(
        samples, statistic, rng=np.random.default_rng(0), **options
    ).confidence_interval
    return float(interval.low), float(interval.high)


# --- the claims ------------------------------------------------------------------------------------

RNN, COLEI, DANN = dict(kind="rnn"), dict(kind="colei"), dict(kind="dann")


def _less(a: Where, b: Where) -> tuple:
    """a's figure is below b's: the contrast b - a is greater than zero."""
    return ((1.0, b), (-1.0, a))


def _cell(vectors: str, spectrum: str, frozen: bool | None, lr: float = 0.010772) -> Where:
    return dict(kind="rnn", vectors=vectors, spectrum=spectrum, frozen=frozen, lr=lr)


def _start(kind: Where, hidden: int = 100, ei_ratio: float = 9.0) -> Where:
    """Draws of a kind, of Figure 3; an RNN has one ratio."""
    return dict(kind, hidden=hidden, ei_ratio=ei_ratio, full_diagonal=None)


PLAIN_RNN, FEW, MANY = _cell("rnn", "rnn", None), 0.010772, 0.01
WITH_SPECTRUM = _cell("rnn", "colei", None)
WITH_VECTORS = _cell("colei", "rnn", None)
WITH_SIGNS = _cell("rnn", "rnn", True)
COLEI_30 = dict(kind="colei", lr=MANY)
LESS_SPECTRUM = _cell("colei", "rnn", True, MANY)
LESS_VECTORS = _cell("rnn", "colei", True, MANY)
LESS_SIGNS = _cell("colei", "colei", None, MANY)


def _best_of_kind(archive: Archive) -> Archive:
    return summary.best_settings(archive, settings=("rho", "lr", "clip"))


def _best_at_each_point(archive: Archive) -> Archive:
    return summary.best_settings(archive)


def _best_clip(archive: Archive) -> Archive:
    return summary.best_settings(archive, settings=("clip",), on="test_error")


CLAIMS: tuple[Claim, ...] = (
    # Learning
    Claim("adding-colei", "ColEI learns the adding problem worse than an RNN", "2a", "adding",
          _less(RNN, COLEI), published=0.040),
    Claim("adding-dann", "DANN is no worse than an RNN on the adding problem", "2a", "adding",
          _less(DANN, RNN), "no worse", margin=0.01, published=0.0275),
    Claim("mnist-colei", "ColEI is worse than an RNN on row-sequential MNIST, 1 layer", "6",
          "one_layer_mnist",
          _less(RNN, COLEI), published=1.25),
    Claim("mnist-dann", "DANN is no worse than an RNN on row-sequential MNIST, 1 layer", "6",
          "one_layer_mnist",
          _less(DANN, RNN), "no worse", margin=0.5, published=-0.35),
    Claim("mnist3-colei", "ColEI is worse than an RNN on row-sequential MNIST, 3 layers", "2b",
          "three_layer_mnist", _less(RNN, COLEI), published=0.85),
    Claim("mnist3-dann", "DANN is no worse than an RNN on row-sequential MNIST, 3 layers", "2b",
          "three_layer_mnist", _less(DANN, RNN), "no worse", margin=0.5, published=0.0),
    Claim("words-colei", "ColEI is worse than an RNN on Penn Treebank", "2c", "penn_treebank",
          _less(RNN, COLEI), published=23.0),
    Claim("words-dann", "DANN is no worse than an RNN on Penn Treebank", "2c", "penn_treebank",
          _less(DANN, RNN), "no worse", margin=10.0, published=19.0),
    # Initial spectral radius
    Claim("radius-colei", "ColEI at its best radius is worse than an RNN at its best", "2d", "radius_sweep",
          _less(RNN, COLEI), published=2.2, preset="corrected", prepare=_best_of_kind),
    Claim("radius-dann", "DANN at its best radius is no worse than an RNN at its best", "2d", "radius_sweep",
          _less(DANN, RNN), "no worse", margin=0.5, preset="corrected", prepare=_best_of_kind),
    Claim("radius-rnn", "An RNN does better from PyTorch's radius, 1/sqrt(3), than from He's, sqrt(2)", "2d",
          "radius_sweep", _less(dict(RNN, rho=3**-0.5), dict(RNN, rho=2**0.5)), published=0.742,
          preset="corrected", prepare=_best_at_each_point),
    # Spectra at initialisation; a seed is a draw. DANN's W_ix is the mean row, as Figure 3 shows (E5)
    Claim("spectra-outlier", "ColEI starts with an outlier: its largest singular value is above an RNN's",
          "3", "spectra", _less(_start(RNN), _start(COLEI)), quantity="largest"),
    Claim("spectra-colei", "ColEI starts from a more dispersed spectrum than an RNN: lower SVD entropy", "3",
          "spectra", _less(_start(COLEI), _start(RNN)), quantity="entropy"),
    Claim("spectra-dann", "DANN starts from an RNN's spectrum: the same SVD entropy", "3", "spectra",
          _less(_start(RNN), _start(DANN)), "same", margin=0.01, quantity="entropy", preset="corrected"),
    Claim("spectra-dann-edge", "DANN starts without an outlier: its largest singular value is an RNN's", "3",
          "spectra", _less(_start(RNN), _start(DANN)), "same", margin=0.1, quantity="largest",
          preset="corrected"),
    Claim("spectra-size", "ColEI's SVD entropy rises with size: 1,000 units above 100", "3", "spectra",
          _less(_start(COLEI), _start(COLEI, hidden=1000)), quantity="entropy"),
    Claim("spectra-ratio", "ColEI's SVD entropy rises with inhibition: 50 % above 1 %", "3", "spectra",
          _less(_start(COLEI, ei_ratio=99.0), _start(COLEI, ei_ratio=1.0)), quantity="entropy"),
    # Transplants into the RNN
    Claim("transplant-spectrum", "ColEI's spectrum makes an RNN worse", "4", "transplants",
          _less(PLAIN_RNN, WITH_SPECTRUM), published=1.396),
    Claim("transplant-vectors", "ColEI's singular vectors make an RNN worse", "4", "transplants",
          _less(PLAIN_RNN, WITH_VECTORS), published=0.672),
    Claim("transplant-signs", "Frozen signs make an RNN worse", "4", "transplants",
          _less(PLAIN_RNN, WITH_SIGNS), published=0.82),
    Claim("transplant-spectrum-vectors", "In an RNN the spectrum matters more than the vectors", "4",
          "transplants", _less(WITH_VECTORS, WITH_SPECTRUM), published=0.724),
    Claim("transplant-spectrum-signs", "In an RNN the spectrum matters more than frozen signs", "4",
          "transplants", _less(WITH_SIGNS, WITH_SPECTRUM), published=0.576),
    # Transplants into ColEI, 30 seeds
    Claim("rescue-spectrum", "An RNN's spectrum makes ColEI better", "4", "transplants",
          _less(LESS_SPECTRUM, COLEI_30), published=1.9),
    Claim("rescue-vectors", "An RNN's singular vectors make ColEI better", "4", "transplants",
          _less(LESS_VECTORS, COLEI_30), published=1.2),
    Claim("rescue-signs", "ColEI without frozen signs is better", "4", "transplants",
          _less(LESS_SIGNS, COLEI_30), published=1.0),
    Claim("rescue-spectrum-vectors", "In ColEI the spectrum matters more than the vectors", "4",
          "transplants",
          _less(LESS_SPECTRUM, LESS_VECTORS), published=0.7),
    Claim("rescue-spectrum-signs", "In ColEI the spectrum matters more than the signs", "4", "transplants",
          _less(LESS_SPECTRUM, LESS_SIGNS), published=0.9),
    # Size and E:I ratio
    Claim("size-colei", "ColEI is worse than an RNN of 100 units", "5", "size",
          _less(dict(RNN, hidden=100), dict(COLEI, hidden=100)), published=0.8),
    Claim("size-dann", "DANN is no worse than an RNN of 100 units", "5", "size",
          _less(dict(DANN, hidden=100), dict(RNN, hidden=100)), "no worse", margin=0.5, published=0.05),
    Claim("size-gap", "The gap between ColEI and RNN is smaller at 1,000 units than at 100", "5", "size",
          ((1.0, dict(COLEI, hidden=100)), (-1.0, dict(RNN, hidden=100)),
           (-1.0, dict(COLEI, hidden=1000)), (1.0, dict(RNN, hidden=1000))), published=0.56),
    Claim("ratio-few", "ColEI is worse with 1 % inhibitory units than with 10 %", "6", "ei_ratio",
          _less(dict(COLEI, ei_ratio=9.0), dict(COLEI, ei_ratio=99.0)), published=6.0),
    Claim("ratio-many", "ColEI is better with 50 % inhibitory units than with 10 %", "6", "ei_ratio",
          _less(dict(COLEI, ei_ratio=1.0), dict(COLEI, ei_ratio=9.0)), published=0.5),
    Claim("ratio-dann", "DANN does as well with 1 % interneurons as with 50 %", "6", "ei_ratio",
          _less(dict(DANN, ei_ratio=1.0), dict(DANN, ei_ratio=99.0)), "same", margin=0.5, published=0.0,
          preset="corrected"),
    Claim("ii-ablation",
          "ColEI does as well without I-to-I connections of three of ten inhibitory units, as in the code",
          "appendix", "ii_ablation",
          _less(dict(COLEI, ablated=3.0), dict(COLEI, ablated=None)), "same", margin=0.5),
    Claim("ii-ablation-all", "ColEI does as well without any I-to-I connections", "appendix", "ii_ablation",
          _less(dict(COLEI, ablated=10.0), dict(COLEI, ablated=None)), "same", margin=0.5,
          preset="corrected"),
    # Entropy
    CorrelationClaim("entropy-error",
          "Across size and E:I ratio, error falls as normalised SVD entropy rises",
                     "7", "entropy_grid", (), prepare=_best_clip),
    Claim("entropy-size", "A small ColEI of high entropy beats a large one of low entropy", "7",
          "entropy_grid",
          _less(dict(hidden=200, ei_ratio=1.0), dict(hidden=1000, ei_ratio=99.0)), published=1.122,
          prepare=_best_clip),
)  # fmt: skip


def get(name: str) -> Claim:
    """The claim of that name.

    Raises: ValueError naming those there are.
    """
    return {claim.name: claim for claim in CLAIMS}[one_of("claim", name, [claim.name for claim in CLAIMS])]


def check(*names: str) -> list[Finding]:
    """Findings on the claims of these names, or on all; each at the largest scale that has its runs.

    Holm's correction is over all claims that can be tested, whichever are asked for.

    Raises: ValueError for an unknown name; results.ArchiveError for a damaged archive.
    """
    wanted = [get(name) for name in names] or CLAIMS
    load = lru_cache(maxsize=None)(results.load)
    found = {claim.name: _find(claim, load, interval=claim in wanted) for claim in CLAIMS}
    tested = [finding for finding in found.values() if finding.scale is not None]
    for finding, p in zip(tested, holm([finding.p for finding in tested])):
        object.__setattr__(finding, "p_holm", float(p))
    return [found[claim.name] for claim in wanted]


def _find(claim: Claim, load: Callable[[str, str], Archive], interval: bool) -> Finding:
    for scale in reversed(results.archived_scales(claim.experiment)):
        finding = None if scale == "smoke" else claim.find(load(claim.experiment, scale), interval=interval)
        if finding is not None:
            return finding
    return Finding(claim, None, np.nan, *NO_INTERVAL, np.nan, 0)


def holm(p) -> np.ndarray:
    """P-values corrected for their number by Holm's step-down method."""
    p = np.asarray(p, float)
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1)
    return corrected


def table(findings: list[Finding]) -> pd.DataFrame:
    """A row a claim: what is claimed, the published effect, ours, p, seeds, scale, verdict."""
    rows = []
    for f in findings:
        tested = f.scale is not None
        rows.append(
            {
                "claim": f.claim.text,
                "figure": f.claim.figure,
                "paper's effect": "" if f.claim.published is None else f"{f.claim.published:+.3g}",
                "our effect (95 % interval)": f"{f.effect:+.3g} ({f.low:.3g} to {f.high:.3g})"
                if tested
                else "",
                "p, corrected": _p(f.p_holm) if tested else "",
                "n": f.n or "",
                "scale": f.scale or "not run",
                "verdict": f.verdict,
            }
        )
    return pd.DataFrame(rows)


def as_dict(finding: Finding) -> dict:
    """A finding as plain data; NaN as None."""
    f = finding
    numbers = {name: getattr(f, name) for name in ("effect", "low", "high", "p", "p_holm")}
    return {
        "claim": f.claim.name,
        "text": f.claim.text,
        "figure": f.claim.figure,
        "experiment": f.claim.experiment,
        "preset": f.claim.preset,
        "claimed": f.claim.claimed,
        "margin": f.claim.margin,
        "published": f.claim.published,
        "scale": f.scale,
        "n": f.n,
        **{name: None if np.isnan(value) else value for name, value in numbers.items()},
        "values": list(f.values),
        "verdict": f.verdict,
    }


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
