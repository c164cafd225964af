"""The book's last page: which of its main claims stand, which fall, which are open, from the archive."""

from __future__ import annotations

from collections.abc import Iterable

from .chapters import FILES
from .claims import Finding
from .prose import number, ratio

ASKED = {  # the claims that the page weighs, and where they are told
    "adding-colei": 4, "mnist-colei-short": 4, "mnist-colei": 4, "mnist3-colei": 4,
    "adding-dann": 4, "mnist-dann-short": 4, "mnist-dann": 4,
    "radius-colei": 5,
    "transplant-spectrum": 6, "transplant-vectors": 6, "transplant-signs": 6,
    "transplant-vectors-matched": 6, "transplant-spectrum-vectors": 6, "rescue-spectrum": 6,
    "ratio-few": 7, "ratio-many": 7, "ratio-dann": 7, "size-gap": 7, "ii-ablation-all": 7,
    "entropy-error": 8, "entropy-size": 8,
}  # fmt: skip
STANDS, FALLS = ("reproduced", "larger"), ("smaller", "contradicted")
PARTS = ("stands", "falls", "open")


def part(finding: Finding) -> str:
    """One of PARTS, by the verdict; for an undecided claim, by where it leans at the paper's length."""
    early = finding.evidence in ("below paper scale", "not run")
    word = finding.verdict
    if word == "undecided" and finding.n and not early:
        word = finding.leaning
    return "stands" if word in STANDS else "falls" if word in FALLS else "open"


def line(finding: Finding) -> str:
    """A claim, its effect, how far it is settled, and its chapter."""
    f, chapter = finding, ASKED[finding.claim.name]
    if f.verdict != "undecided":
        how = f"**{f.verdict}**, {f.n} new seeds"
    elif not f.n:
        how = "not run"
    elif f.claim.test == "rank":
        how = f.evidence
    else:
        how = f"{f.n} {f.evidence}" if f.evidence.endswith("seeds") else f.evidence
        how += f", leans to *{f.leaning}*" if f.leaning != "undecided" else ""
    kind = "rank correlation " if f.claim.test == "rank" else ""
    effect = f"{kind}{ratio(f)}; " if f.n else ""
    return f"- {f.claim.text}: {effect}{how} ([chapter {chapter}]({FILES[chapter]}))."


def lines(findings: Iterable[Finding], wanted: str) -> str:
    """The bullets of one of PARTS, what is decided before what leans; a sentence if there are none."""
    found = [f for f in findings if part(f) == wanted]
    decided = [line(f) for f in found if f.verdict != "undecided"]
    leaning = [line(f) for f in found if f.verdict == "undecided"]
    if wanted == "open" or not leaning:
        return "\n".join([*decided, *leaning]) or "Nothing, on what is archived here."
    before = "By now nothing is decided here." if not decided else ""
    words = "Not decided yet, but the first seeds lean here:"
    return "\n".join(filter(None, [*decided, before])) + f"\n\n{words}\n\n" + "\n".join(leaning)


def settled(findings: Iterable[Finding]) -> str:
    """How many of these are decided, in a sentence."""
    findings = list(findings)
    done = sum(f.verdict != "undecided" for f in findings)
    return (
        f"{number(done).capitalize()} of these {number(len(findings))} claims {'is' if done == 1 else 'are'} "
        "decided by the book's rule, on new seeds; the others are sorted by where their first seeds lean, "
        "and none of those lines is a result yet. "
        "An effect is a ratio of errors, above 1 if it goes the way that is claimed."
    )
