"""What chapter 7 says of its archives, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import prose, summary
from ...evidence.claims import broken_above
from ...figures.learning import curves_by_kind
from ...initialisation.draw import NAMES
from ...initialisation.populations import SHARES
from ...spectra import spectral_radius, svd_entropy
from ...statistics import Estimate, estimate

PERCENT = SHARES  # what the page calls them


def beside_the_paper(archive: Archive) -> pd.DataFrame:
    """Chapter 7: a row a condition: mean, interval, range, number of runs; the paper's number.

    Ratios are told as the page tells them, in per cent of the units.
    """
    table = summary.beside_the_paper(archive)
    spoken = {f"ratio {ratio:g}": f"{share} inhibitory" for ratio, share in PERCENT.items()}
    parts = table.network.str.split(", ").apply(lambda words: [spoken.get(word, word) for word in words])
    table = table.assign(network=parts.str.join(", ")).set_index(["network", "preset"])
    columns = [
        "mean test error (%)",
        "95 % interval of the mean",
        "median",
        "lowest to highest seed",
        "runs",
        "paper",
    ]
    return table.reindex(columns=columns).fillna("")


def _gap(archive: Archive, kind: str, a: tuple, b: tuple) -> Estimate:
    """The difference within one kind: (ratio, preset) `a` less `b`."""
    return summary.difference(
        archive, *(dict(kind=kind, ei_ratio=ratio, preset=preset) for ratio, preset in (a, b))
    )


def interneurons(archive: Archive) -> str:
    """Chapter 7: whether DANN's error depends on the number of its interneurons."""
    few, some, all_ = (
        _gap(archive, "dann", (99.0, "faithful"), (99.0, "corrected")),
        _gap(archive, "dann", (9.0, "faithful"), (9.0, "corrected")),
        _gap(archive, "dann", (99.0, "corrected"), (1.0, "corrected")),
    )
    return (
        f"One interneuron in place of fifty adds {prose.points(all_)}. Fifty in place of as many as the "
        f"label says add {prose.points(few)} at 1 %, {prose.points(some)} at 10 %."
    )


def clipping(archive: Archive) -> str:
    """Chapter 7: what clipping by tensor adds to ColEI's error at each ratio, and the factor at 1 %."""
    parts = []
    for ratio, share in PERCENT.items():
        gap = _gap(archive, "colei", (ratio, "faithful"), (ratio, "corrected"))
        parts.append(f"at {share} {prose.points(gap)}, worse {prose.in_seeds(gap)}")
    log = np.log(summary.by_seed(archive, "faithful", kind="colei", ei_ratio=99.0)) - np.log(
        summary.by_seed(archive, "corrected", kind="colei", ei_ratio=99.0)
    )
    e = estimate(log.dropna())
    low, mean, high = np.exp([e.low, e.mean, e.high])
    return (
        f"Clipping by tensor in place of by layer adds: {'; '.join(parts)}. "
        f"At 1 % this is a factor of {mean:.1f} ({low:.1f} to {high:.1f})."
    )


def inhibition(archive: Archive) -> str:
    """Chapter 7: the effects of few and of many inhibitory units on ColEI, under either rule of clipping."""
    lines = []
    for preset, words in (("faithful", "Clipped by tensor"), ("corrected", "Clipped by layer")):
        few = _gap(archive, "colei", (99.0, preset), (9.0, preset))
        many = _gap(archive, "colei", (9.0, preset), (1.0, preset))
        rnn = summary.difference(
            archive, dict(kind="colei", ei_ratio=1.0, preset=preset), dict(kind="rnn", preset="both")
        )
        lines.append(
            f"- **{words}**: 1 % in place of 10 % adds {prose.points(few)}; 10 % in place of 50 % adds "
            f"{prose.points(many)}; at 50 % ColEI is {prose.points(rnn)} above the RNN."
        )
    return "\n".join(lines)


def epochs(archive: Archive) -> int:
    """Chapter 7: how many passes through the training data the runs make."""
    run = archive.configs[0]
    return round(run.updates * run.batch / run.n_train)


def sizes(archive: Archive) -> str:
    """Chapter 7: median error of each kind at each size, and how many runs are broken.

    Diverged runs count as broken, but have no error.
    """
    lines, bound = [], broken_above(archive.runs, "test_error")
    for n in sorted(archive.runs.hidden.unique()):
        words = []
        for kind in ("rnn", "colei", "dann"):
            runs = summary.matching(archive.runs, dict(kind=kind, hidden=int(n)))
            runs = summary.deciding(archive, runs)
            error = summary.figure(runs, "test_error")
            if len(error):
                _, broken = summary.unbroken(runs, "test_error", bound)
                words.append(
                    f"{NAMES[kind]} {error.median():.1f} %" + (f" ({broken} broken)" if broken else "")
                )
        lines.append(f"N = {n:,}: {', '.join(words)}")
    counted = f"a broken run ends above {bound:.0f} %"
    return f"Median of the seeds after {epochs(archive)} epochs ({counted}). {'; '.join(lines)}."


def two_settings(size: Archive, ratio: Archive) -> str:
    """Chapter 7: errors under the settings of Fig. 5 less those under Fig. 6's, over updates 45,000 to
    56,250.
    """

    def late(found: Archive, **where) -> Mapping[str, pd.Series]:
        curves = curves_by_kind(found, "faithful", "test_error", **where)
        return {kind: table.loc[45_000:56_250].mean() for kind, table in curves.items()}

    a, b = late(size, hidden=100), late(ratio, ei_ratio=9.0)
    parts = [f"{NAMES[kind]} {prose.points(estimate((a[kind] - b[kind]).dropna()))}" for kind in a]
    return f"Setting of Fig. 5 less that of Fig. 6: {'; '.join(parts)}."


def cut_adds(archive: Archive, count: int) -> Estimate:
    """Chapter 7: what cutting I-to-I connections of 3 or 10 of ten inhibitory units adds to the error."""
    preset = {3: "faithful", 10: "corrected"}[count]
    return summary.difference(
        archive,
        dict(kind="colei", ablated=float(count), preset=preset),
        dict(kind="colei", ablated=None, preset="both"),
    )


def ablations(archive: Archive) -> str:
    """Chapter 7: what cutting I-to-I connections adds to ColEI's error."""
    parts = []
    for count in (3, 10):
        gap = cut_adds(archive, count)
        parts.append(
            f"cutting {prose.number(count)} units adds {prose.points(gap)}, worse {prose.in_seeds(gap)}"
        )
    return f"{parts[0].capitalize()}; {parts[1]}."


def what_the_ablation_says(archive: Archive) -> str:
    """Chapter 7: the paper's sentence, of no difference, beside the cut of the code and the cut that was
    meant.
    """
    few, every = cut_adds(archive, 3), cut_adds(archive, 10)
    as_run = f"As the code has it, cutting three of ten, {_difference(few)}."
    as_meant = f"As it was meant, cutting all ten, {_difference(every)}."
    verdict = ""
    if every.low > 0:
        holds = few.low <= 0 <= few.high
        verdict = " So the published sentence, about the same error, " + (
            "may hold for what was run, and does not for what it says." if holds else "does not hold for it."
        )
    return f"{as_run} {as_meant}{verdict}"


def _difference(gap: Estimate) -> str:
    """In words what an interval says of an error that something adds to."""
    if gap.low <= 0 <= gap.high:
        return "there is no difference that these seeds could show"
    worse = sum(value > 0 for value in gap.values)
    if gap.low > 0:
        return "every seed gets worse" if worse == gap.n else f"{worse} of {gap.n} seeds get worse"
    return f"{gap.n - worse} of {gap.n} seeds get better"


def populations(count: int) -> tuple[int, ...]:
    """Chapter 7: sizes of the groups with alike means: E, whole I, ablated I, of 100 units with ten
    inhibitory.
    """
    return (90, 10 - count, count) if 0 < count < 10 else (90, 10)


def loops(archive: Archive) -> str:
    """Chapter 7: spectral radius, loop, entropy of the matrices that the runs start from, whole and
    ablated.
    """
    from .populations import ablate, initial_matrices, loop_eigenvalues  # needs torch, which a page may lack

    whole = initial_matrices([run for run in archive.configs if run.ablated is None])
    lines = [
        "| ablated | spectral radius | of the loop | largest singular value | $H$ |",
        "|---|---|---|---|---|",
    ]
    for count in (0, 3, 10):
        W = ablate(whole, count)
        loop = [np.abs(loop_eigenvalues(w, populations(count))).max() for w in W]
        radius, top = spectral_radius(W), np.linalg.norm(W, 2, axis=(1, 2)).mean()
        words = f"{count} of 10" if count else "none"
        lines.append(
            f"| {words} | {radius.min():.2f} to {radius.max():.2f} | {min(loop):.2f} to {max(loop):.2f} "
            f"| {top:.1f} | {svd_entropy(W).mean():.2f} |"
        )
    return "\n".join(lines)
