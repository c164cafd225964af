"""The first page's five findings, as sentences that follow whatever the evidence says by now."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..archive.reading import Archive
from ..experiments import get
from . import prose, summary
from .claims import Finding
from .statistics import Resampled

CHAPTER = {
    4: "chapters/04_learning.ipynb",
    6: "chapters/06_spectral_transplants.ipynb",
    7: "chapters/07_size_and_ei_ratio.ipynb",
    8: "chapters/08_svd_entropy.ipynb",
}
NEEDED = ("adding-colei", "adding-dann", "rescue-spectrum", "ii-ablation-all")


def headlines(
    found: Mapping[str, Finding], one: Archive, three: Archive, left_of_H: Resampled, cells: int
) -> str:
    """A numbered list in Markdown; `found` has the findings on `NEEDED` by their names.

    `one`, `three`: archives of row-sequential MNIST with one layer and with three. `left_of_H`: correlation
    over `cells` of what is left of H and of the error once size and share of inhibition are known.
    """
    sentences = (
        (law(found["adding-colei"], found["adding-dann"]), 4),
        (rescue(found["rescue-spectrum"]), 6),
        (baseline(one, three), 6),
        (inhibition(found["ii-ablation-all"]), 7),
        (entropy(left_of_H, cells), 8),
    )
    return "\n".join(
        f"{k}. {text} [Chapter {chapter}]({CHAPTER[chapter]})."
        for k, (text, chapter) in enumerate(sentences, 1)
    )


def standing(f: Finding) -> str:
    """What a number rests on: "larger, decided on 200 new seeds", or why it is undecided."""
    if f.verdict != "undecided":
        return f"*{f.verdict}*, decided on {_runs(f)} new seeds"
    seeds = f"{prose.number(_runs(f))} {'seeds, ' if f.evidence == 'below paper scale' else ''}{f.evidence}"
    return f"*undecided*: so far {seeds}" if f.n else "not run yet"


def law(colei: Finding, dann: Finding) -> str:
    """Finding of the first page: ColEI and DANN on the adding problem."""
    if not (colei.n and dann.n):
        return "**Is the law to blame?** The adding problem, where two ways to obey it part, has not run yet."
    apart = colei.effect.direction == "+" and dann.leaning in ("reproduced", "larger")
    claim = "Not the law, but one way to obey it, learns badly" if apart else "Two ways to obey the law"
    (lost, of), (none, all_dann) = colei.broken[0], dann.broken[1]
    return (
        f"**{_hedged(claim, colei)}.** Asked to add two numbers, {lost} of {of} ColEI never learn, and "
        f"{none} of {all_dann} DANN; those that do end at {_times(colei.effect.mean)} the loss of a free RNN "
        f"({_span(colei)}) and at {_times(-dann.effect.mean)} ({standing(colei)})."
    )


def rescue(f: Finding) -> str:
    """Finding of the first page: an RNN's spectrum in ColEI."""
    if not f.n:
        return "**Does a spectrum rescue ColEI?** The transplants have not been run yet."
    claim = {
        "+": "An RNN's singular values rescue ColEI",
        "-": "An RNN's singular values harm ColEI",
        "?": "An RNN's singular values make no clear difference to ColEI",
    }[f.effect.direction]
    better = sum(contrast > 0 for contrast in f.contrasts)
    return (
        f"**{_hedged(claim, f)}.** With nothing else exchanged, ColEI's error is divided by "
        f"{math.exp(f.effect.mean):.2f} ({_span(f)}), lower in {better} of {f.n} seeds ({standing(f)})."
    )


def baseline(one: Archive, three: Archive) -> str:
    """Finding of the first page: which depth the RNN of the paper's Fig. 4 has (E1)."""
    paper = next(p.value for p in get("transplants").published if p.where.get("spectrum") == "rnn")
    ours = {name: summary.by_seed(found, "both", kind="rnn").mean() for name, found in
            (("one layer", one), ("three", three))}  # fmt: skip
    deep = abs(ours["three"] - paper) < abs(ours["one layer"] - paper)
    claim = "probably has three layers" if deep else "has the depth that the paper states"
    return (
        f"**The RNN that the paper compares transplants with {claim}.** It ends at {paper:.2f} % error; ours "
        f"end at {ours['one layer']:.2f} % with one layer, as the transplants have, and at "
        f"{ours['three']:.2f} % with three."
    )


def inhibition(f: Finding) -> str:
    """Finding of the first page: ColEI without connections between inhibitory units."""
    if not f.n:
        return "**Are connections among inhibitory units needed?** Their removal has not been tried yet."
    claim = {
        "+": "ColEI is better without connections among its inhibitory units",
        "-": "ColEI needs the connections among its inhibitory units",
        "?": "It is unclear whether ColEI needs the connections among its inhibitory units",
    }[f.effect.direction]
    low, high = (f"{math.exp(-x):.2f}" for x in (f.effect.high, f.effect.low))
    return (
        f"**{_hedged(claim, f)}.** Without them its error is {_times(-f.effect.mean)} as large "
        f"({low} to {high}; {standing(f)}). The paper finds no difference; its code removes those of three "
        "units in ten."
    )


def entropy(left: Resampled, cells: int) -> str:
    """Finding of the first page: whether H of the spectrum says more than size and share of inhibition."""
    adds = not left.low <= 0 <= left.high
    claim = "says more than" if adds else "adds nothing to"
    return (
        f"**One number for the spectrum, its entropy, {claim} size and share of inhibition.** Once those two "
        f"are known, what is left of it correlates with what is left of the error by {left.value:.2f} "
        f"({left.low:.2f} to {left.high:.2f}) over {cells} sizes and shares."
    )


def _hedged(claim: str, f: Finding) -> str:
    """The claim as it stands if new seeds decide it, with "so far" if not."""
    if f.verdict != "undecided":
        return claim
    return "So far, " + claim.replace("An ", "an ", 1).replace("Whether", "whether", 1)


def _runs(f: Finding) -> int:
    """Runs of a condition, broken ones too."""
    return max((n for _, n in f.broken), default=f.n)


def _times(effect: float) -> str:
    return f"{math.exp(effect):.2f} times"


def _span(f: Finding) -> str:
    return f"{math.exp(f.effect.low):.2f} to {math.exp(f.effect.high):.2f}"
