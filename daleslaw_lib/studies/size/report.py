"""What chapter 7 says of its archives, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import claims, prose, summary
from ...evidence.claims import broken_above
from ...figures.learning import curves_by_kind
from ...initialisation.draw import NAMES
from ...initialisation.populations import SHARES
from ...spectra import spectral_radius, svd_entropy
from ...statistics import Estimate, estimate
from ...statistics.contrasts import Interval, student

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
    e = _factor(archive, 99.0)
    return (
        f"Clipping by tensor in place of by layer adds: {'; '.join(parts)}. "
        f"At 1 % this is a factor of {e.mean:.1f} ({e.low:.1f} to {e.high:.1f})."
    )


def _factor(archive: Archive, ratio: float) -> Interval:
    """By how much clipping by tensor multiplies ColEI's error at a ratio: a geometric mean over seeds."""
    by_tensor, by_layer = (
        np.log(summary.by_seed(archive, preset, kind="colei", ei_ratio=ratio)) for preset in PRESETS
    )
    e = student((by_tensor - by_layer).dropna())
    mean, low, high = np.exp([e.mean, e.low, e.high])
    return Interval(mean, low, high, e.n)


def what_ratios_show(archive: Archive) -> bool:
    """Chapter 7: what its page says of shares of inhibition, in points of error.

    DANN with one interneuron ends within a sixth of where it ends with fifty, and fifty add about a tenth
    where the label says fewer. Clipped by tensor ColEI is worse in every seed at 1 %, by nearly a factor of
    two, and not clearly at 10 or 50 %. 1 % costs about eight clipped by tensor and two by layer; a gain
    from 10 to 50 % is about half of one clipped by tensor and less by layer, and zero is not excluded; at
    50 % ColEI is more than one behind the RNN. Clipped by tensor it ends about a third above the paper's
    number at every share, which RNN and DANN do not. The verdicts: few reproduced, many open, DANN
    reproduced.
    """
    one_for_fifty = _gap(archive, "dann", (99.0, "corrected"), (1.0, "corrected"))
    fifty_for_fewer = [
        _gap(archive, "dann", (ratio, "faithful"), (ratio, "corrected")) for ratio in (99.0, 9.0)
    ]
    by_tensor = {
        ratio: _gap(archive, "colei", (ratio, "faithful"), (ratio, "corrected")) for ratio in PERCENT
    }
    few, many, behind = zip(*(_effects_of_inhibition(archive, preset) for preset in PRESETS))
    verdicts = {"ratio-few": "reproduced", "ratio-many": "undecided", "ratio-dann": "reproduced"}
    return bool(
        max(abs(one_for_fifty.low), abs(one_for_fifty.high)) < 1 / 6
        and all(0.05 < e.mean < 0.15 for e in fifty_for_fewer)
        and min(by_tensor[99.0].values) > 0
        and 1.7 < _factor(archive, 99.0).mean < 2.3
        and all(by_tensor[ratio].low <= 0 <= by_tensor[ratio].high for ratio in (9.0, 1.0))
        and 7 < few[0].mean < 9
        and 1.5 < few[1].mean < 2.5
        and 0.4 < many[0].mean < 0.7
        and many[1].mean < many[0].mean
        and all(e.low <= 0 <= e.high for e in many)
        and all(e.mean > 1 for e in behind)
        and all(
            (e.low > printed and 1.25 < e.mean / printed < 1.4)
            if kind == "colei"
            else e.mean < 1.05 * printed
            for kind, e, printed in _beside_printed(archive)
        )
    ) and claims.judged_as(archive, verdicts)


PRESETS = {"faithful": "Clipped by tensor", "corrected": "Clipped by layer"}


def _beside_printed(archive: Archive) -> list[tuple[str, Estimate, float]]:
    """Of each condition of the public code: its kind, our error (%) and the paper's."""
    found = []
    for condition in summary.conditions(archive):
        if condition["preset"] != "corrected":
            ((printed, _),) = summary.published(archive, condition)
            found.append((condition["kind"], estimate(summary.by_seed_exactly(archive, condition)), printed))
    return found


def _effects_of_inhibition(archive: Archive, preset: str) -> tuple[Estimate, Estimate, Estimate]:
    """What 1 % in place of 10 % adds, 10 % in place of 50 %, and ColEI at 50 % in place of the RNN."""
    few = _gap(archive, "colei", (99.0, preset), (9.0, preset))
    many = _gap(archive, "colei", (9.0, preset), (1.0, preset))
    rnn = dict(kind="rnn", preset="both")
    behind = summary.difference(archive, dict(kind="colei", ei_ratio=1.0, preset=preset), rnn)
    return few, many, behind


def inhibition(archive: Archive) -> str:
    """Chapter 7: the effects of few and of many inhibitory units on ColEI, under either rule of clipping."""
    lines = []
    for preset, words in PRESETS.items():
        few, many, behind = _effects_of_inhibition(archive, preset)
        lines.append(
            f"- **{words}**: 1 % in place of 10 % adds {prose.points(few)}; 10 % in place of 50 % adds "
            f"{prose.points(many)}; at 50 % ColEI is {prose.points(behind)} above the RNN."
        )
    return "\n".join(lines)


def epochs(archive: Archive) -> int:
    """Chapter 7: how many passes through the training data the runs make."""
    run = archive.configs[0]
    return round(run.updates * run.batch / run.n_train)


def _deciding(archive: Archive, hidden: int) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Of each kind the runs of one size that decide, and final errors (%) of those that did not diverge."""
    found = {}
    for kind in ("rnn", "colei", "dann"):
        runs = summary.runs_of(archive, dict(kind=kind, hidden=hidden))
        found[kind] = runs, summary.figure(runs, "test_error")
    return found


def sizes(archive: Archive) -> str:
    """Chapter 7: median error of each kind at each size, and how many runs are broken.

    Diverged runs count as broken, but have no error.
    """
    lines, bound = [], broken_above(archive.runs, "test_error")
    for n in sorted(archive.runs.hidden.unique()):
        words = []
        for kind, (runs, error) in _deciding(archive, int(n)).items():
            if len(error):
                _, broken = summary.unbroken(runs, "test_error", bound)
                words.append(
                    f"{NAMES[kind]} {error.median():.1f} %" + (f" ({broken} broken)" if broken else "")
                )
        lines.append(f"N = {n:,}: {', '.join(words)}")
    counted = f"broken: above {bound:.0f} % at the end, or diverged, and then in no median"
    return f"Median of the seeds after {epochs(archive)} epochs ({counted}). {'; '.join(lines)}."


def how_they_end(archive: Archive, hidden: int = 100, above: float = 10.0) -> str:
    """Chapter 7: a bullet a kind, of one size: how many of the runs diverged, how many end above an error
    (%), and where the others end.
    """
    lines = []
    for kind, (runs, errors) in _deciding(archive, hidden).items():
        high, low = errors[errors > above], errors[errors <= above]
        lost, parts = len(runs) - len(errors), []
        if lost:
            parts.append(f"{lost} diverged")
        if len(high):
            worst = f"the worst at {high.max():.0f} %"
            parts.append(f"{len(high)} {'ends' if len(high) == 1 else 'end'} above {above:g} %, {worst}")
        if len(low):
            ends = f"{low.min():.1f} to {low.max():.1f} %"
            parts.append(f"the others end at {ends}" if parts else f"all end at {ends}")
        lines.append(f"- **{NAMES[kind]}**: of {len(runs)} runs {'; '.join(parts)}.")
    return "\n".join(lines)


def at_full_length(archive: Archive, hidden: int = 100, above: float = 10.0) -> bool:
    """Chapter 7: whether at one size medians of RNN and DANN are the paper's numbers, every ColEI ends above
    both, its median well above the paper's number and nearly a third of its runs above an error (%); whether
    more than two in five of them are above twice that after a fifth of training; some RNNs, but no DANN, are
    lost; and the interval of the claim about ColEI lies above the paper's number.
    """
    errors, lost, printed = {}, {}, {}
    for kind, (runs, errors[kind]) in _deciding(archive, hidden).items():
        lost[kind] = len(runs) - int((errors[kind] <= above).sum())
        ((printed[kind], _),) = summary.published(archive, dict(kind=kind, hidden=hidden))
    middle = {kind: found.median() for kind, found in errors.items()}
    alike = all(abs(middle[kind] - printed[kind]) < 0.15 for kind in ("rnn", "dann"))
    share = (errors["colei"] > above).mean()
    apart = errors["colei"].min() > max(errors["rnn"].max(), errors["dann"].max())
    worse = middle["colei"] > 1.4 * printed["colei"] and 0.25 < share < 1 / 3
    runs, _ = _deciding(archive, hidden)["colei"]
    course = curves_by_kind(archive, "faithful", "test_error", hidden=hidden)["colei"][runs.seed]
    jumps = (course[course.index > course.index.max() / 5] > 2 * above).any().mean()
    worse = worse and 0.4 < jumps < 0.5 and lost["rnn"] > 0 and lost["dann"] == 0
    (finding,) = claims.judged(archive, "size-colei")
    return bool(alike and apart and worse and finding.effect.low > finding.claim.published)


def settings_of_size(size: Archive, ratio: Archive, update: int = 56_250) -> dict[str, Estimate]:
    """Chapter 7: by kind, error of 100 units under the settings of Fig. 5 less that under Fig. 6's, at an
    update, in points, seed by seed.

    DANN with a tenth of interneurons in both, as its label says (E4).
    """

    def errors(found: Archive, preset: str, **where) -> Mapping[str, pd.Series]:
        curves = curves_by_kind(found, preset, "test_error", **where)
        return {kind: table.loc[update] for kind, table in curves.items()}

    a = errors(size, "faithful", hidden=100)
    b = errors(ratio, "faithful", ei_ratio=9.0) | {"dann": errors(ratio, "corrected", ei_ratio=9.0)["dann"]}
    return {kind: estimate((a[kind] - b[kind]).dropna()) for kind in a}


def two_settings(size: Archive, ratio: Archive, update: int = 56_250) -> str:
    """Chapter 7: `settings_of_size` in a sentence."""
    found = settings_of_size(size, ratio, update)
    parts = [f"{NAMES[kind]} {prose.points(gap)}, {gap.n} seeds" for kind, gap in found.items()]
    return f"At update {update:,}, setting of Fig. 5 less that of Fig. 6: {'; '.join(parts)}."


def higher_rate_is_no_better(size: Archive, ratio: Archive) -> bool:
    """Chapter 7: whether of `settings_of_size` ColEI is worse, RNN too, but by less than half a point, and
    DANN within a quarter of a point as good.
    """
    found = settings_of_size(size, ratio)
    colei, rnn, dann = (found[kind] for kind in ("colei", "rnn", "dann"))
    return colei.low > 0 and 0 < rnn.low and rnn.high < 0.5 and -0.25 < dann.low and dann.high < 0.25


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
            f"cutting the connections among {prose.number(count)} units adds {prose.points(gap)}, "
            f"worse {prose.in_seeds(gap)}"
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
    ablated, and $a$, what an average unit receives from excitation.
    """
    from .populations import ablate, initial_matrices, loop_eigenvalues  # needs torch, which a page may lack

    whole = initial_matrices([run for run in archive.configs if run.ablated is None])
    n_e, _ = populations(0)
    a = whole[:, :, :n_e].sum(2).mean()
    lines = [
        f"Lowest to highest, or mean, over the {len(whole)} matrices that the runs started from; in the "
        f"mean $a$ is {a:.1f}.",
        "",
        "| ablated | spectral radius | modulus of the loop | largest singular value | $H$ |",
        "|---|---|---|---|---|",
    ]
    for count in (0, 3, 10):
        W = ablate(whole, count)
        loop = [np.abs(loop_eigenvalues(w, populations(count))).max() for w in W]
        radius, top = spectral_radius(W), np.linalg.norm(W, 2, axis=(1, 2)).mean()
        words = f"{count} of 10" if count else "none"
        lines.append(
            f"| {words} | {_range(radius)} | {_range(loop)} | {top:.1f} | {svd_entropy(W).mean():.2f} |"
        )
    return "\n".join(lines)


def _range(values) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"
