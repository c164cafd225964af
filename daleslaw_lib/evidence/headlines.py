"""The first page's findings, as sentences that follow whatever the evidence says by now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ..archive.reading import Archive
from ..experiments import get
from ..statistics import Resampled
from . import better_starts, prose, summary
from .better_starts import Early
from .chapters import FILES
from .claims import DECIDES, Finding
from .forest import counts

MATCHED = tuple(f"transplant-{what}-matched" for what in ("spectrum", "vectors", "signs"))
WITHIN = ("one-cell-entropy", "control-balanced")
NEEDED = (
    "adding-colei",
    "adding-dann",
    "rescue-spectrum",
    "ii-ablation-all",
    *MATCHED,
    *WITHIN,
    *better_starts.NEEDED,
)


def headlines(
    found: Mapping[str, Finding], one: Archive, three: Archive, grid: Archive, left_of_H: Resampled,
    cells: int, early: Early, clipped: Finding | None = None,
) -> str:  # fmt: skip
    """A numbered list in Markdown; `found` has the findings on `NEEDED` by their names.

    `one`, `three`: archives of row-sequential MNIST with one layer, and with three as far as the transplants
    were trained; `grid`: of sizes and shares. `left_of_H`: correlation over its `cells` of what is left of H
    and of the error once size and share of inhibition are known. `early`: of a screen of starts.
    `clipped`: the finding on DANN beside RNNs that are clipped, on the adding problem.
    """
    sentences = (
        (law(found["adding-colei"], found["adding-dann"], clipped), 4),
        (rescue(found["rescue-spectrum"]), 6),
        (baseline(one, three, [found[name] for name in MATCHED]), 6),
        (inhibition(found["ii-ablation-all"]), 7),
        (entropy(left_of_H, cells, grid), 8),
        (within(*(found[name] for name in WITHIN)), 9),
        (better_starts.headline(found, early), 10),
    )
    return "\n".join(
        f"{k}. {text} [Chapter {chapter}](chapters/{FILES[chapter]})."
        for k, (text, chapter) in enumerate(sentences, 1)
    )


SO_FAR = {  # what an undecided number rests on, of so many runs
    "second sample": "*undecided* on a second sample, too, of {} new seeds",
    "new seeds": "*undecided* on all {} new seeds",
    "some new seeds": "*undecided*: so far {} of its new seeds",
    "first seeds": "*undecided*: so far {} first seeds",
    "below paper scale": "*undecided*: so far {} seeds, below paper scale",
}


def standing(f: Finding) -> str:
    """What a number rests on: "larger, decided on 200 new seeds", or why it is undecided."""
    if f.verdict != "undecided":
        all_learn = "both networks learn" if len(f.claim.terms) == 2 else "all its networks learn"
        learned = f", on {f.n} of which {all_learn}" if f.n < _runs(f) else ""
        sample = "a second sample of " if f.evidence == "second sample" else ""
        return ", ".join([f"*{f.verdict}*, decided on {sample}{_runs(f)} new seeds{learned}", *f.doubts])
    return SO_FAR[f.evidence].format(prose.number(_runs(f))) if f.n else NO_EFFECT[f.evidence]


NO_EFFECT = {
    "too few learn": "too few runs learn to compare",
    "below paper scale": "too few short runs learn to compare",
    "not run": "not run yet",
}


def no_effect_yet(question: str, f: Finding) -> str:
    """The sentence of a finding without an effect: the runs are to come, or too few of them learn."""
    why = "The runs have not been made yet" if f.evidence == "not run" else "Too few of the runs learn to say"
    return f"**{question}** {why}."


def law(colei: Finding, dann: Finding, clipped: Finding | None = None) -> str:
    """Finding of the first page: the adding problem; `clipped`: the one on DANN beside clipped RNNs."""
    if not (colei.n and dann.n):
        return no_effect_yet(
            "Is the law to blame for what the adding problem shows?", dann if colei.n else colei
        )
    apart = colei.effect.direction == "+" and dann.leaning in ("reproduced", "larger")
    claim = "One way to obey the law learns badly, another does not" if apart else "Two ways to obey the law"
    (lost, of), (lost_rnn, all_rnn), (lost_dann, all_dann) = *colei.broken, dann.broken[1]
    too, beside = "", ""
    if clipped and clipped.n:
        too = " ({} of {} if clipped, as the others are)".format(*clipped.broken[0])
        beside = f". Beside a clipped RNN, DANN ends at {_times(-clipped.effect.mean)} the loss "
        beside += f"({_other_way(clipped)})"
    return (
        f"**{_hedged(claim, colei)}.** Asked to add two numbers, {lost} of {of} ColEI networks never learn, "
        f"{lost_rnn} of {all_rnn} RNNs{too}, and {lost_dann} of {all_dann} DANNs. Of those that learn, ColEI "
        f"ends at {_times(colei.effect.mean)} the RNN's loss ({_span(colei)}; {standing(colei)}) and DANN at "
        f"{_times(-dann.effect.mean)} ({_other_way(dann)}; {standing(dann)}){beside}."
    )


def rescue(f: Finding) -> str:
    """Finding of the first page: an RNN's spectrum in ColEI."""
    if not f.n:
        return no_effect_yet("Does an RNN's spectrum rescue ColEI?", f)
    claim = {
        "+": "An RNN's singular values rescue ColEI",
        "-": "An RNN's singular values harm ColEI",
        "?": "An RNN's singular values make no clear difference to ColEI",
    }[f.effect.direction]
    better = sum(contrast > 0 for contrast in f.contrasts)
    return (
        f"**{_hedged(claim, f)}.** Put into its recurrent, input and readout weights, with the sign of every "
        "recurrent weight held, they divide the error of ColEI's own start, under the same sign freeze, by "
        f"{math.exp(f.effect.mean):.2f} ({_span(f)}), lower in {better} of {f.n} seeds ({standing(f)}). But "
        "its columns then mix signs: it no longer obeys the law."
    )


def baseline(one: Archive, three: Archive, matched: Iterable[Finding] = ()) -> str:
    """Finding of the first page: which depth the RNN of the paper's Fig. 4 has (E1), and what follows.

    `matched`: findings on what is put into an RNN, judged beside the paper's RNN of one layer.
    """
    paper = next(p.value for p in get("transplants").published if p.where.get("spectrum") == "rnn")
    ours = {name: summary.by_seed(found, "both", kind="rnn").mean() for name, found in
            (("one layer", one), ("three", three))}  # fmt: skip
    deep = abs(ours["three"] - paper) < abs(ours["one layer"] - paper)
    claim = "probably has three layers" if deep else "has the depth that the paper states"
    verdicts = {f.verdict for f in matched}
    sizes = " Beside an RNN of one layer, what ColEI's spectrum, vectors and signs cost it is *reproduced*."
    return (
        f"**The RNN beside which the paper sets such exchanges {claim}.** It ends at {paper:.2f} % error. "
        f"Ours with one layer, as the changed networks have, end at {ours['one layer']:.2f} %; those with "
        f"three are at {ours['three']:.2f} % after as many updates."
        f"{sizes if verdicts == {'reproduced'} else ''}"
    )


def inhibition(f: Finding) -> str:
    """Finding of the first page: ColEI without connections between inhibitory units."""
    if not f.n:
        return no_effect_yet("Does ColEI need the connections among its inhibitory units?", f)
    claim = {
        "+": "ColEI is better without connections among its inhibitory units",
        "-": "ColEI needs the connections among its inhibitory units",
        "?": "It is unclear whether ColEI needs the connections among its inhibitory units",
    }[f.effect.direction]
    return (
        f"**{_hedged(claim, f)}.** Without them, and so without the balance of excitation, the error is "
        f"{_times(-f.effect.mean)} as large ({_other_way(f)}; {standing(f)}). The paper finds no difference, "
        "but its code removes only those of three units in ten."
    )


def entropy(left: Resampled, cells: int, grid: Archive) -> str:
    """Finding of the first page: whether H of the spectrum says more than size and share of inhibition."""
    adds = not left.low <= 0 <= left.high
    claim = "One number for the spectrum, its entropy, "
    claim += f"{'says more than' if adds else 'adds nothing clear to'} size and share of inhibition"
    run, whole = (max(run.updates for run in grid.experiment.runs(s)) for s in (grid.scale, "paper"))
    early = "" if run == whole else f" Yet these are short runs, {run:,} of {whole:,} updates."
    return (
        f"**{_so_far(claim) if early else claim}.** Once those two are known, what is left of it and what is "
        f"left of the error have a correlation of {left.value:.2f} ({left.low:.2f} to {left.high:.2f}), over "
        f"{cells} pairs of size and share.{early}"
    )


def within(cell: Finding, balanced: Finding) -> str:
    """Finding of the first page: whether H goes with the error where size and share of inhibition stay as
    they are, and whether it is all there is.
    """
    if not cell.n:
        return no_effect_yet("Does entropy matter at one size and share of inhibition?", cell)
    matters, goes = {
        "+": ("goes with the error", "the higher the entropy, the smaller the error"),
        "-": ("goes with the error the other way", "the higher the entropy, the larger the error"),
        "?": ("says nothing clear", "the error does not clearly follow the entropy"),
    }[cell.effect.direction]
    mean, low, high = (f"{value:.2f}" for value in (cell.effect.mean, cell.effect.low, cell.effect.high))
    text = (
        f"**{_hedged(f'At one size and share of inhibition entropy {matters}', cell)}.** Over "
        f"{prose.number(cell.n)} sorts of ColEI's weights {goes}: the rank correlation is {mean} "
        f"({low} to {high}; {', '.join([f'*{cell.verdict}*', *cell.doubts])})."
    )
    if balanced.verdict == "contradicted" and balanced.effect.direction == "-":
        text += (
            " But it is not all there is: if each unit's inhibition cancels its excitation exactly, entropy "
            f"stays, and the error is {_times(-balanced.effect.mean)} as large ({_other_way(balanced)})."
        )
    return text


def score(findings: Iterable[Finding]) -> str:
    """How far the paper's claims are settled, in two sentences: how many are decided, and why not all."""
    paper = [f for f in findings if f.claim.learning and not f.claim.ours]
    open_ = [f for f in paper if f.verdict == "undecided"]
    words = prose.series(f"{n} {name}" for name, n in counts(paper).items() if n and name != "undecided")
    if not open_:
        return f"All {len(paper)} claims of the paper about learning are decided: {words}."
    again = sum(f.second_to_come for f in open_)
    done = sum(f.evidence in (*DECIDES, "too few learn") for f in open_) - again
    waiting = len(open_) - done - again
    stay = "stays open with all its runs done" if done == 1 else "stay open with all their runs done"
    said = [f"{prose.number(done)} {stay}"] if done else []
    if again:
        said.append(f"{prose.number(again)} {'is' if again == 1 else 'are'} to be weighed by a second sample")
    said += [_to_come(waiting, sum(f.evidence == "not run" for f in open_))] if waiting else []
    why = "; ".join(said)
    return (
        f"Of the paper's {len(paper)} claims about learning {len(paper) - len(open_)} are decided by now: "
        f"{words or 'none'}. {why[0].upper()}{why[1:]}."
    )


def _to_come(waiting: int, not_begun: int) -> str:
    """Of how many claims runs are still to come, and what is said of those that have begun."""
    text = f"for {prose.number(waiting)}, runs are still to come"
    rests = "rests on first seeds or short runs"
    if not not_begun:
        return f"{text}, and what is said of {'it' if waiting == 1 else 'them'} {rests}"
    if not_begun == waiting:
        return f"{text}, of which none have begun"
    have = "has" if not_begun == 1 else "have"
    others = "the other" if waiting - not_begun == 1 else "the others"
    return f"{text}: {prose.number(not_begun)} {have} not begun, and what is said of {others} {rests}"


def _hedged(claim: str, f: Finding) -> str:
    """The claim as it stands if new seeds decide it, with "so far" if not."""
    return claim if f.verdict != "undecided" else _so_far(claim)


def _so_far(claim: str) -> str:
    return f"So far, {claim if claim.startswith('ColEI') else claim[0].lower() + claim[1:]}"


def _runs(f: Finding) -> int:
    """Runs of a condition, broken ones too."""
    return max((n for _, n in f.broken), default=f.n)


def _times(effect: float) -> str:
    return f"{math.exp(effect):.2f} times"


def _span(f: Finding) -> str:
    return f"{math.exp(f.effect.low):.2f} to {math.exp(f.effect.high):.2f}"


def _other_way(f: Finding) -> str:
    """The interval of the inverse ratio."""
    return f"{math.exp(-f.effect.high):.2f} to {math.exp(-f.effect.low):.2f}"
