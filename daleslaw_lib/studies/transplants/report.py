"""What chapter 6 says of its archives, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import initialisation
from ...archive.reading import Archive
from ...evidence import prose, summary
from ...experiments.transplants import SIGNS, SPECTRUM, THREE_LAYERS, VECTORS, cell
from ...spectra import singular_values, svd_entropy
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
        f"of one layer no seed ends below {min(flat):.2f} %. Trained four times as long "
        f"([chapter 7](07_size_and_ei_ratio.ipynb)), the best one-layer seed ends at {steady:.2f} %, "
        f"and its lowest single evaluation is {longest:.2f} %."
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
    return f"As factors of the error. {'; '.join(main)}. Interactions, {'; '.join(together)}."


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
