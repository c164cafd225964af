"""Findings as answers to a question: yes, no, undecided, not run yet, however they come out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..statistics.contrasts import Interval
from .claims import Finding
from .prose import OPEN
from .wording import broken_in_words

OUTCOMES = ("yes", "only where it learns", "no", "undecided", "not run yet")


def outcome(finding: Finding) -> str:
    """One of OUTCOMES: whether the claim is decided, and which way; "smaller" than claimed is a no.

    "Only where it learns": the network that does well breaks more often than the other.
    """
    if finding.verdict in ("reproduced", "larger"):
        return "only where it learns" if finding.breaks_more else "yes"
    if finding.verdict in ("smaller", "contradicted"):
        return "no"
    return "not run yet" if finding.evidence == "not run" else "undecided"


def by_outcome(found: Mapping[str, Finding], names: Mapping[str, str]) -> dict[str, list[str]]:
    """The claims of `names` by their outcome, in the order of OUTCOMES, without empty ones."""
    by = {one: [claim for claim in names if outcome(found[claim]) == one] for one in OUTCOMES}
    return {one: claims for one, claims in by.items() if claims}


def answer(question: str, found: Mapping[str, Finding], names: Mapping[str, str]) -> str:
    """The question, then the words for each claim under its outcome, with its effect, and why it is open.

    `names`: words for each claim, "{side}" in them for ahead or behind. Those of claims that have not run
    stand there if others have.
    """
    sorted_ = by_outcome(found, names)
    parts = []
    for one, claims in sorted_.items():
        words = [_worded(names[c], found[c]) for c in claims]
        said = "" if list(sorted_) == ["not run yet"] else f": {'; '.join(words)}"
        parts.append(f"{one.capitalize()}{said}{why_open([found[c] for c in claims])}.")
    return f"**{question}** {' '.join(parts)}"


def _worded(words: str, finding: Finding) -> str:
    broken = f"hardly learned: {found}" if (found := broken_in_words(finding)) else ""
    if not finding.n:
        return words.format(side="ahead or behind") + (f" ({broken})" if broken else "")
    inside = "; ".join(filter(None, [effect(finding), broken, *finding.doubts]))
    return f"{words.format(side='ahead' if finding.effect.mean > 0 else 'behind')} ({inside})"


def why_open(findings: list[Finding]) -> str:
    """Why these, all of one outcome, are undecided; nothing if they are decided or have not run."""
    if outcome(findings[0]) != "undecided":
        return ""
    several = len(findings) > 1
    reasons = dict.fromkeys(OPEN[f.evidence][several] for f in findings)
    return f"; {'they' if several else 'it'} {' or '.join(reasons)}"


def effect(finding: Finding) -> str:
    """Our effect with its interval: of errors a ratio, "× 1.24, 1.16 to 1.33"; a difference in points.

    Points say where the network that is claimed to do well ends: "0.12 points above, 0.03 below to 0.27
    above" the other.
    """
    return ", ".join(mean_and_interval(finding))


def mean_and_interval(finding: Finding) -> tuple[str, str]:
    """The two parts of `effect`: "0.12 points above", "0.03 below to 0.27 above"."""
    e, test = finding.effect, finding.claim.test
    if test == "difference":
        side, ends = _side(e.mean), sorted((e.low, e.high), key=abs)
        mean = f"{abs(e.mean):.2f} points {side}"
        if _side(ends[0]) == _side(ends[1]):
            return mean, f"{abs(ends[0]):.2f} to {abs(ends[1]):.2f}"
        return mean, " to ".join(f"{abs(end):.2f} {_side(end)}" for end in ends)
    if test == "rank":
        return f"{e.mean:+.2f}", f"{e.low:+.2f} to {e.high:+.2f}"
    return _ratios(e)


def in_ratios(e: Interval) -> str:
    """An effect on the scale of logarithms as a ratio of errors with its interval: "× 1.24, 1.16 to 1.33"."""
    return ", ".join(_ratios(e))


def _ratios(e: Interval) -> tuple[str, str]:
    mean, low, high = (math.exp(value) for value in (e.mean, e.low, e.high))
    return f"\u00d7\u00a0{mean:.2f}", f"{low:.2f} to {high:.2f}"


def _side(difference: float) -> str:
    """Of a difference that is above zero where the network claimed to do well has the smaller error."""
    return "below" if difference > 0 else "above"
