"""What chapter 6 says of its archives, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import initialisation
from ...archive.reading import Archive
from ...evidence import prose, summary
from ...experiments.transplants import SIGNS, SPECTRUM, THREE_LAYERS, VECTORS, cell, colei
from ...spectra import singular_values, svd_entropy
from ...statistics.contrasts import ALPHA
from . import effects

PARTS = {  # what is taken from ColEI's spectrum: the outlier, the inhibitory group
    "as drawn": (False, False),
    "without its outlier": (True, False),
    "with its inhibitory group as low as the bulk": (False, True),
    "without either": (True, True),
}


def footer(archive: Archive, shown: Sequence[effects.Effect | summary.Row]) -> str:
    """Chapter 6: what a figure's foot says: the archive, and how many seeds each of its lines has."""
    counts = sorted({effect.estimate.n for effect in shown}) or [0]
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    name, scale, _, _, *rest = archive.provenance.split(" · ")
    return " · ".join([name, scale, f"{n} seeds a line", *rest])


def of_rnn(archive: Archive) -> str:
    """Chapter 6: what each change adds to an RNN's error, beside the paper's two numbers."""
    lines = []
    for e in effects.of_rnn(archive):
        printed, matched = e.published[effects.PAPER], e.published[effects.MATCHED]
        lines.append(
            f"- **{_capital(e.label)}**: {prose.points(e.estimate)}, worse {prose.in_seeds(e.estimate)}. "
            f"The paper: {printed:.2f} as printed, {matched:.2f} beside an RNN of one layer."
        )
    return "\n".join(lines) or "None of these conditions has two seeds yet."


def of_colei(archive: Archive) -> str:
    """Chapter 6: what each change takes from ColEI's error: from ColEI itself, and from its entrywise frozen
    partner.
    """
    frozen = {e.label: e.estimate for e in effects.of_frozen(archive)}
    lines = []
    for e in effects.of_colei(archive):
        line = f"- **{_capital(e.label)}**: {prose.points(e.estimate)}, better {prose.in_seeds(e.estimate)}"
        if e.label in frozen:
            line += f"; from ColEI with entrywise frozen signs {prose.points(frozen[e.label])}"
            line += f", better {prose.in_seeds(frozen[e.label])}"
        lines.append(f"{line}. The paper: {e.published[effects.PAPER]:.1f}.")
    if anew := effects.of_colei_anew(archive):
        points = prose.series(prose.points(e.estimate) for e in anew)
        lines.append(f"\nOn the seeds and at the learning rate that decide, from ColEI itself: {points}.")
    return "\n".join(lines) or "None of these conditions has two seeds yet."


def which_rnn(archive: Archive, one: Archive, three: Archive, long: Archive) -> str:
    """Chapter 6: which depth comes down to the RNN of Fig. 4, in two sentences."""
    found = {e.label: e.estimate for e in effects.baselines(archive, one, three)}
    deep = [f"{e.mean:.2f} % ({words})" for words, e in found.items() if words.startswith("3")]
    flat = [min(e.values) for words, e in found.items() if words.startswith("1")]
    ids = summary.matching(long.runs, dict(kind="rnn", hidden=100)).run_id
    longest = 100 * long.curves[long.curves.run_id.isin(ids)].test_error.min()
    steady = summary.by_seed(long, "faithful", kind="rnn", hidden=100).min()
    return (
        f"Fig. 4 prints {THREE_LAYERS} % for its RNN. Ours of three layers end at {' and '.join(deep)}; "
        f"of one layer no seed is below {min(flat):.2f} % there. Trained four times as long "
        f"([chapter 7](07_size_and_ei_ratio.ipynb)), the best one-layer seed ends at {steady:.2f} %, "
        f"and its lowest single evaluation is {longest:.2f} %."
    )


def three_layers_fit(archive: Archive, one: Archive, three: Archive) -> bool:
    """Chapter 6: whether RNNs of three layers, where the transplants end, lie below Fig. 4's number in 19 of
    20 seeds, by 0.16 points in the mean, and those of one layer above it in every seed, by 0.7 points.
    """
    flat, again, deep, _ = (np.array(e.estimate.values) for e in effects.baselines(archive, one, three))
    return bool(
        (deep < THREE_LAYERS).sum() == 19
        and len(deep) == 20
        and abs(THREE_LAYERS - deep.mean() - 0.16) < 0.02
        and min(flat.min(), again.min()) > THREE_LAYERS
        and abs(flat.mean() - THREE_LAYERS - 0.7) < 0.05
    )


def order(archive: Archive) -> str:
    """Chapter 6: the differences of two effects: the baseline cancels, so they do not depend on its depth."""
    spectrum, vectors, signs = (
        effects.errors(archive, cell(*effects.INTO_RNN[name])) for name in effects.INTO_RNN
    )
    gaps = [effects.estimate((spectrum - other).dropna()) for other in (vectors, signs)]
    return (
        f"Spectrum less vectors: {prose.points(gaps[0])}, in the paper {SPECTRUM - VECTORS:.2f} whichever RNN"
        " is right. Spectrum less frozen signs: "
        f"{prose.points(gaps[1])}, in the paper {SPECTRUM - SIGNS:.2f}."
    )


def factors(archive: Archive) -> str:
    """Chapter 6: main effects and interactions as factors of the error, a sentence each kind."""
    found = effects.factorial(archive, log=True)
    if not found:
        return "The eight conditions are not all archived yet."
    words = {}
    for e in found:
        mean, low, high = np.exp([e.estimate.mean, e.estimate.low, e.estimate.high])
        words[e.label] = f"{e.label.replace(' × ', ' with ')}: {mean:.2f} ({low:.2f} to {high:.2f})"
    main, together = list(words.values())[:3], list(words.values())[3:]
    shares = [f"{100 * share:.0f}" for share in effects.by_factors_alone(archive)]
    return (
        f"As factors of the error. {'; '.join(main)}. Interactions, {'; '.join(together)}. If there were "
        f"factors alone, and so none of these, the interactions in points would be {prose.series(shares)} % "
        "of what they are."
    )


def factors_are_not_all(archive: Archive) -> bool:
    """Chapter 6: whether interactions in points are more than twice what factors of the error would make."""
    return bool((effects.by_factors_alone(archive) < 0.5).all())


def corner(archive: Archive) -> str:
    """Chapter 6: what ColEI's vectors cost beside either spectrum, with free and frozen signs."""
    parts = []
    for spectrum, words in (("rnn", "beside an RNN's spectrum"), ("colei", "beside ColEI's own")):
        free, frozen = (
            effects.gap(archive, cell("colei", spectrum, held), cell("rnn", spectrum, held))
            for held in (None, True)
        )
        if free is None or frozen is None:
            return "The eight conditions are not all archived yet."
        parts.append(f"{words} {prose.points(free)}, with frozen signs {prose.points(frozen)}")
    return f"ColEI's vectors cost, {'; '.join(parts)}."


def near_the_paper(archive: Archive) -> bool:
    """Chapter 6: whether our means lie within a fifth of a point of the paper's numbers, but for the plain
    RNN, of which no seed comes near 1.65 %, and ColEI itself, a point to a point and a half higher; and
    whether each of ColEI's vectors with an RNN's spectrum, free and frozen, is nearer to its own number (E2).
    """
    ours = {where: effects.errors(archive, cell(*where)) for where in effects.CELLS}
    found = {where: summary.published(archive, cell(*where)) for where in effects.CELLS}
    printed = {where: numbers[0][0] for where, numbers in found.items() if numbers}
    off = {where: abs(ours[where].mean() - number) for where, number in printed.items()}
    plain, free, frozen = ("rnn", "rnn", None), ("colei", "rnn", None), ("colei", "rnn", True)
    colei_off = effects.errors(archive, colei()).mean() - summary.published(archive, colei())[0][0]
    own = all(off[a] < abs(ours[a].mean() - printed[b]) for a, b in ((free, frozen), (frozen, free)))
    return bool(
        max(value for where, value in off.items() if where != plain) < 0.2
        and ours[plain].min() > THREE_LAYERS + 0.3
        and 1 < colei_off < 1.5
        and own
    )


def rescues_to_a_frozen_rnn(archive: Archive) -> bool:
    """Chapter 6: whether an RNN's spectrum takes about two points from ColEI and leaves it within a quarter
    of a point of a sign-frozen RNN; vectors and free signs take rather more than half as much.
    """
    spectrum, *others = (e.estimate.mean for e in effects.of_colei(archive))
    rescued, frozen = (
        effects.errors(archive, cell(*where)).mean()
        for where in (("colei", "rnn", True), ("rnn", "rnn", True))
    )
    half = all(0.5 < other / spectrum < 0.65 for other in others)
    return bool(1.75 < spectrum < 2.5 and abs(rescued - frozen) < 0.25 and half)


def pairing_reverses_nothing(archive: Archive) -> bool:
    """Chapter 6: whether Welch's test and the paired one agree on each pair of effects, at 0.05; and where
    they find a difference of two that go together over seeds, the paired one is the surer.
    """
    found = [*effects.pairs(effects.of_rnn(archive)), *effects.pairs(effects.of_colei(archive))]
    agree = all((pair.welch < ALPHA) == (pair.paired < ALPHA) for pair in found)
    return agree and all(pair.paired <= pair.welch for pair in found if pair.r > 0.5 and pair.welch < ALPHA)


def parts_of_the_spectrum(draws: int = 20) -> str:
    """Chapter 6: normalised entropy of ColEI's matrices with parts of their spectrum levelled, means over
    draws.
    """
    s = [
        singular_values(initialisation.colei_weights(100, 9, rng=np.random.default_rng(k)))
        for k in range(draws)
    ]
    found = {
        words: np.mean([svd_entropy(singular_values=effects.levelled(x, 10, outlier=o, group=g)) for x in s])
        for words, (o, g) in PARTS.items()
    }
    return "Mean $H$ of ColEI's matrix: " + ", ".join(f"{H:.3f} {words}" for words, H in found.items()) + "."


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
