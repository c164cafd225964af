"""Findings as a page says them: a small table of verdicts, and what it would take to decide what is open.

All of it is Markdown made from `claims.Finding`s, so a page speaks of the archive that it was built with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from ..statistics import Estimate
from .claims import Finding
from .wording import TIMES, as_ratio, broken_in_words, with_interval

OPEN = {  # why a claim is undecided, of one and of several
    "some new seeds": ("waits for the rest of its new seeds", "wait for the rest of their new seeds"),
    "first seeds": (
        "has only its first seeds, on which the reading was chosen",
        "have only their first seeds, on which the reading was chosen",
    ),
    "below paper scale": (
        "has only been run for less time than in the paper",
        "have only been run for less time than in the paper",
    ),
    "too few learn": ("has too few runs that learn to compare", "have too few runs that learn to compare"),
    "not run": ("has not been run", "have not been run"),
    "second sample": (
        "stays open with two samples of new seeds, whose intervals hold a boundary between verdicts",
        "stay open with two samples of new seeds, whose intervals hold boundaries between verdicts",
    ),
    "new seeds": (
        "stays open with all its new seeds, as the interval holds a boundary between verdicts",
        "stay open with all their new seeds, as the intervals hold boundaries between verdicts",
    ),
}


def number(count: int) -> str:
    """A count as a sentence about the evidence has it: in words up to twelve."""
    words = "no one two three four five six seven eight nine ten eleven twelve".split()
    return words[count] if 0 <= count < len(words) else f"{count:,}"


def series(words: Iterable[str]) -> str:
    """Words as a sentence about the evidence lists them: "a", "a and b", "a, b and c"."""
    *others, last = list(words) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def ratio(finding: Finding) -> str:
    """Our effect with its interval: "× 1.24 (1.16 to 1.33)", or nothing where there are no runs."""
    return with_interval(finding, TIMES) if finding.n else NOTHING


def verdict(finding: Finding) -> str:
    """The verdict with its doubts; for one that is still open, where what there is leans."""
    if finding.verdict != "undecided":
        return ", ".join([f"**{finding.verdict}**", *finding.doubts])
    leaning = finding.leaning if finding.n else "undecided"
    return "undecided" if leaning == "undecided" else f"undecided, leans to *{leaning}*"


NOTHING = "–"  # in a table


def verdicts(findings: Sequence[Finding]) -> str:
    """A table of claims: the paper's effect, ours, on what seeds, the verdict; then what is open, and why.

    A column with nothing in it is left out, as the paper's is where it claims none of this.
    """
    rows = []
    for f in findings:
        published = NOTHING if f.claim.published is None else as_ratio(f.claim, f.claim.published, TIMES)
        seeds = f"{f.n}, {f.evidence}" if f.n and f.claim.test != "rank" else f.evidence
        seeds += f" (hardly learned: {broken})" if (broken := broken_in_words(f)) else ""
        cells = (f.claim.text, published, ratio(f), seeds, verdict(f))
        rows.append(dict(zip(("claim", "the paper", "ours (95 % interval)", "seeds", "verdict"), cells)))
    columns = [name for name in rows[0] if any(row[name] != NOTHING for row in rows)] if rows else []
    lines = _lined([columns, *([row[name] for name in columns] for row in rows)])
    return f"{lines}\n\n{still_open(findings)}"


def table(frame: pd.DataFrame, **digits: int) -> str:
    """A table as Markdown, its index first; a number has that many digits after the point, by its column.

    Columns are named with "_" for a space. What is missing is left empty, and words are not cut, as they are
    where a table shows itself.
    """

    def written(value, column: str) -> str:
        if pd.isna(value):
            return ""
        places = digits.get(column.replace(" ", "_"))
        return str(value) if places is None else f"{value:,.{places}f}"

    rows = [
        [str(label), *(written(value, str(name)) for name, value in row.items())]
        for label, row in frame.iterrows()
    ]
    return _lined([[str(frame.index.name or ""), *map(str, frame.columns)], *rows])


def _lined(rows: Sequence[Sequence[str]]) -> str:
    """Rows of a table in Markdown, the first of them its head."""
    head, *body = (f"| {' | '.join(cells)} |" for cells in rows)
    return "\n".join([head, f"|{'---|' * len(rows[0])}", *body])


def still_open(findings: Sequence[Finding]) -> str:
    """How many of these claims are undecided and what would decide them, in two or three sentences."""
    undecided = [f for f in findings if f.verdict == "undecided"]
    if not undecided:
        return f"{'It is' if len(findings) == 1 else 'All of these are'} decided on new seeds."
    count = Counter(f.evidence for f in undecided)
    if list(count) == ["not run"] and len(undecided) == len(findings) > 1:
        return f"None of these {number(len(findings))} has been run yet."
    reasons = [f"{number(n)} {OPEN[evidence][n > 1]}" for evidence, n in count.items()]
    if len(undecided) == 1:
        reasons = [f"it {OPEN[undecided[0].evidence][0]}"]
    of = f"{number(len(undecided)).capitalize()} of {number(len(findings))}"
    text = f"{of} {'is' if len(undecided) == 1 else 'are'} undecided: {'; '.join(reasons)}."
    if len(findings) == 1:
        text = f"It is undecided: {reasons[0]}."
    known = [f.seeds_to_decide for f in undecided if f.evidence == "first seeds" and f.seeds_to_decide]
    if known:
        few, many = min(known), max(known)
        span = f"{few}" if few == many else f"between {few} and {many:,}"
        first = sum(f.evidence == "first seeds" for f in undecided)
        which = "it" if len(undecided) == 1 else "the one with first seeds"
        if first > 1:
            all_ = len(known) == first
            which = f"{'each' if all_ else number(len(known))} of the {number(first)} with first seeds"
        text += f" If effect and scatter stay as they are, {span} new seeds decide {which}."
    return text


def points(e: Estimate) -> str:
    """A difference of errors with its interval: "2.14 points (1.64 to 2.64)"."""
    return f"{e.mean:.2f} points ({e.low:.2f} to {e.high:.2f})"


def in_seeds(e: Estimate) -> str:
    """In how many of its seeds a difference is above zero: "in 30 of 30 seeds"."""
    return f"in {sum(value > 0 for value in e.values)} of {e.n} seeds"
