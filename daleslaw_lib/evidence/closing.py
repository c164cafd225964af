"""The book's last page: which of its main claims stand, which fall, which are open, from the archive."""

from __future__ import annotations

from collections.abc import Iterable

from .chapters import FILES
from .claims import DECIDES, Finding
from .prose import number, ratio

ASKED = {  # the claims that the page weighs, and where they are told
    "adding-colei": 4, "mnist-colei-short": 4, "mnist-colei": 4, "mnist3-colei": 4,
    "adding-dann": 4, "mnist-dann-short": 4, "mnist-dann": 4, "mnist3-dann": 4,
    "radius-colei": 5,
    "transplant-spectrum": 6, "transplant-vectors": 6, "transplant-signs": 6,
    "transplant-spectrum-matched": 6, "transplant-vectors-matched": 6, "transplant-signs-matched": 6,
    "transplant-spectrum-vectors": 6, "rescue-spectrum": 6,
    "ratio-few": 7, "ratio-many": 7, "ratio-dann": 7, "size-gap": 7, "ii-ablation-all": 7,
    "entropy-error": 8, "entropy-size": 8,
    "part-both": 9, "matrix-rescue-w": 9, "control-balanced": 9, "one-cell-entropy": 9,
    "better-1": 10, "better-10": 10, "better-50": 10, "memory-rnn": 10, "steps-eg-gap": 10,
}  # fmt: skip
BRIEFLY = {  # the same claims, as short as they can be said beside one another
    "adding-colei": "ColEI learns the adding problem worse than an RNN",
    "mnist-colei-short": "ColEI is worse on digits after 46,800 updates",
    "mnist-colei": "ColEI is worse on digits at full length",
    "mnist3-colei": "ColEI is worse with three layers",
    "adding-dann": "DANN is no worse on the adding problem",
    "mnist-dann-short": "DANN is no worse on digits after 46,800 updates",
    "mnist-dann": "DANN is no worse on digits at full length",
    "mnist3-dann": "DANN is no worse with three layers",
    "radius-colei": "ColEI is worse at its best radius",
    "transplant-spectrum": "ColEI's spectrum harms an RNN about as much as printed",
    "transplant-vectors": "ColEI's vectors harm an RNN about as much as printed",
    "transplant-signs": "frozen signs harm an RNN about as much as printed",
    "transplant-spectrum-matched": "at equal depth ColEI's spectrum harms an RNN",
    "transplant-vectors-matched": "at equal depth ColEI's vectors make no difference",
    "transplant-signs-matched": "at equal depth frozen signs harm an RNN",
    "transplant-spectrum-vectors": "the spectrum matters more than the vectors",
    "rescue-spectrum": "an RNN's spectrum helps ColEI",
    "ratio-few": "1 % inhibition is worse than 10 %",
    "ratio-many": "50 % inhibition is better than 10 %",
    "ratio-dann": "one interneuron serves DANN as well as fifty",
    "size-gap": "a larger ColEI is closer to an RNN",
    "ii-ablation-all": "ColEI needs no I-to-I connections",
    "entropy-error": "error falls as H rises, across size and share",
    "entropy-size": "a small even ColEI beats a large uneven one",
    "part-both": "outlier and group together harm an RNN",
    "matrix-rescue-w": "an RNN's spectrum in W alone helps ColEI",
    "control-balanced": "balanced rows help ColEI",
    "one-cell-entropy": "error falls as H rises, at one size and share",
    "better-1": "with 1 % inhibition a lawful ColEI is as good as an RNN",
    "better-10": "with 10 % inhibition a lawful ColEI is as good as an RNN",
    "better-50": "with 50 % inhibition a lawful ColEI is as good as an RNN",
    "memory-rnn": "an RNN, too, is better from a permutation",
    "steps-eg-gap": "exponentiated gradient brings ColEI up to an RNN",
}
STANDS, FALLS = ("reproduced", "larger"), ("smaller", "contradicted")
PARTS = ("stands", "falls", "open")
NOTHING = "Nothing, on what is archived here."


def part(finding: Finding) -> str:
    """One of PARTS, by the verdict; for an undecided claim, by where it leans at the paper's length."""
    early = finding.evidence in ("below paper scale", "not run")
    word = finding.verdict
    if word == "undecided" and finding.n and not early:
        word = finding.leaning
    return "stands" if word in STANDS else "falls" if word in FALLS else "open"


def line(finding: Finding) -> str:
    """A decided claim, which leads to its chapter, its effect, and its verdict if that is not reproduced."""
    verdict = [] if finding.verdict == "reproduced" else [f"**{finding.verdict}**"]
    return f"- {_linked(finding)}: {', '.join([_effect(finding), *verdict, *finding.doubts])}."


HEADS = {
    "stands": "**What stands**: reproduced, where nothing else is said",
    "falls": "**What falls**",
    "open": "**What is open**",
}


def page(findings: Iterable[Finding], *more: str) -> str:
    """All that the last page says of its claims: each in a few words and, on a click, how it was weighed.

    `more`: paragraphs that stand beside the claims, as what to build does.
    """
    findings = list(findings)
    summary = "<summary>How each was weighed: effects, intervals, verdicts</summary>"
    return "\n\n".join([briefly(findings, *more), f"<details>{summary}", weighed(findings), "</details>"])


def briefly(findings: Iterable[Finding], *more: str) -> str:
    """A paragraph for each of PARTS: its claims in a few words, the decided ones first; then `more`.

    A wide page sets them in columns.
    """
    findings = list(findings)
    parts = [f"**What {_VERBS[wanted]}.** {_brief_part(findings, wanted)}" for wanted in PARTS]
    return "\n\n".join(['<div class="in-columns">', *parts, *more, "</div>"])


NAMED = {"larger": "by more than in the paper", "smaller": "less", "contradicted": "the opposite"}
_VERBS = {"stands": "stands", "falls": "falls", "open": "is open"}


def _brief_part(findings: Iterable[Finding], wanted: str) -> str:
    found = [f for f in findings if part(f) == wanted]
    waiting = [] if wanted == "open" else [f for f in found if f.verdict == "undecided"]
    said = [_sentence(f for f in found if f not in waiting)]
    if waiting:
        said.append(f"*Not decided, but leaning so:* {_sentence(waiting)}")
    return " ".join(filter(None, said)) or NOTHING


def _sentence(findings: Iterable[Finding]) -> str:
    """Claims in a few words, with their verdicts where these say more than their part does."""
    phrases = [_brief(f) for f in findings]
    return f"{'; '.join(phrases)}." if phrases else ""


def _brief(finding: Finding) -> str:
    words = BRIEFLY[finding.claim.name].replace(" %", "\u00a0%")
    more = [NAMED[finding.verdict]] if finding.verdict in NAMED else []
    more += finding.doubts
    return f"[{words}]({_chapter(finding)})" + (f" ({', '.join(more)})" if more else "")


def weighed(findings: Iterable[Finding]) -> str:
    """How many claims are decided, then the PARTS one after another, with effects and verdicts."""
    findings = list(findings)
    parts = [f"{HEADS[wanted]}\n\n{lines(findings, wanted)}" for wanted in PARTS]
    return "\n\n".join([settled(findings), *parts])


def lines(findings: Iterable[Finding], wanted: str) -> str:
    """One of PARTS: a bullet for each claim that is decided, and one for the others of each sort."""
    found = [f for f in findings if part(f) == wanted]
    decided = [line(f) for f in found if f.verdict != "undecided"]
    sorts: dict[str, list[Finding]] = {}
    for finding in found:
        if finding.verdict == "undecided":
            sorts.setdefault(_sort(finding, wanted), []).append(finding)
    waiting = [f"- {words}: {_in_a_row(sorts[words])}." for words in sorted(sorts, key=_ORDER.index)]
    if wanted != "open" and waiting and not decided:
        decided = ["By now nothing is decided here.", ""]
    return "\n".join([*decided, *waiting]) or NOTHING


LEANS = "Not decided yet, but what has run leans to *{}*"
STILL_OPEN = {  # by their evidence, in the order of the page
    "second sample": "The intervals of two samples hold a boundary between verdicts",
    "new seeds": "The intervals of all new seeds hold a boundary between verdicts",
    "some new seeds": "Not all new seeds have run",
    "first seeds": "First seeds alone, and they lean nowhere",
    "below paper scale": "Short runs alone",
    "too few learn": "Too few runs learn to compare",
    "not run": "So far not run",
}
_ORDER = [*(LEANS.format(word) for word in (*STANDS, *FALLS)), *STILL_OPEN.values()]


def _sort(finding: Finding, wanted: str) -> str:
    return STILL_OPEN[finding.evidence] if wanted == "open" else LEANS.format(finding.leaning)


def _in_a_row(findings: Iterable[Finding]) -> str:
    """Claims one after another; new seeds have their effects."""
    return "; ".join(f"{_linked(f)}, {_effect(f)}" if f.evidence in DECIDES else _linked(f) for f in findings)


def _effect(finding: Finding) -> str:
    said = ratio(finding).replace("× ", "×\u00a0")
    return f"rank correlation {said}" if finding.claim.test == "rank" else said


def _linked(finding: Finding) -> str:
    return f"[{finding.claim.text}]({_chapter(finding)})"


def _chapter(finding: Finding) -> str:
    return FILES[ASKED[finding.claim.name]]


def settled(findings: Iterable[Finding]) -> str:
    """How many of these are decided, in a sentence."""
    findings = list(findings)
    done = sum(f.verdict != "undecided" for f in findings)
    return (
        f"{number(done).capitalize()} of these {number(len(findings))} claims {'is' if done == 1 else 'are'} "
        "decided by the book's rule, on new seeds; the others are not results yet. "
        "An effect is a ratio of errors with its 95 % interval, above 1 if it goes the way that is claimed; "
        "in points, above 0."
    )
