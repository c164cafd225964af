"""All claims as a forest plot in plain HTML: the page needs no script, and a phone stacks its rows.

A row: the claim, linked to its chapter; its interval on one axis for all, with the paper's figure as a mark;
the verdict by colour, shape and word; the command that makes the runs, or makes them again. Styles:
_static/claims.css.
"""

from __future__ import annotations

import html
import math
from collections.abc import Container, Iterable

from .. import experiments
from ..experiments.experiment import Claim, Term
from ..initialisation import NAMES
from ..statistics.contrasts import Interval
from .chapters import CHAPTERS
from .claims import DECIDES, Finding
from .verdicts import VERDICTS
from .wording import TIMES, as_ratio, with_interval

ORDER = ("2a", "2b", "2c", "2d", "3", "4", "5", "6", "7", "appendix", "chapter 9", "chapter 10")
LOW, HIGH = math.log(1 / 3), math.log(8)  # the axis: errors from a third to eightfold
TICKS = (0.5, 1, 2, 4)
WIDTH, HEIGHT = 300, 26  # of a row's picture, in its own units
SHAPES = {  # drawn about (0, 0)
    "reproduced": '<circle r="5"/>',
    "larger": '<path d="M-5.5 4.5 0 -6 5.5 4.5z"/>',
    "smaller": '<path d="M-5.5 -4.5 0 6 5.5 -4.5z"/>',
    "contradicted": '<path d="M-5 -5 5 5M-5 5 5 -5" fill="none" stroke-width="2.5"/>',
    "undecided": '<circle r="4.5" fill="none" stroke-width="2"/>',
}


def by_figure(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The claims' findings by the paper's figure, in its order."""
    found: dict[str, list[Finding]] = {name: [] for name in ORDER}
    for finding in findings:
        found.setdefault(finding.claim.figure, []).append(finding)
    return {name: rows for name, rows in found.items() if rows}


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many claims about learning have each verdict, in the order of VERDICTS: what a forest plot
    sums up.
    """
    given = [f.verdict for f in findings if f.claim.learning and not f.claim.ours]
    return {name: given.count(name) for name in VERDICTS}


def in_the_book(findings: Iterable[Finding], chapters: Container[str]) -> list[Finding]:
    """The paper's claims, and the book's own: those that have run, and whose chapter is one of `chapters`."""
    return [f for f in findings if not f.claim.ours or (f.scale and CHAPTERS[f.claim.experiment] in chapters)]


def forest(findings: list[Finding], chapters: Container[str], root: str = "") -> str:
    """The whole plot; `root` leads from the page to the book's first page, "" or "../".

    Claims of the book's own that have not run yet, or whose chapter is not one of `chapters`, are counted
    below it, not drawn.
    """
    shown = in_the_book(findings, chapters)
    learning = [f for f in shown if f.claim.learning]
    waiting = [f for f in findings if f not in shown]
    facts = [f for f in findings if not f.claim.learning]
    parts = ['<div class="forest">', _legend(), _axis()]
    for figure, rows in by_figure(learning).items():
        parts.append(f'<h3 class="forest-figure">{_title(figure)}</h3>')
        parts += [_row(finding, root) for finding in rows]
    parts.append("</div>")
    if facts:
        n = sum(f.verdict == "reproduced" for f in facts)
        items = "".join(
            f'<li class="is-{f.verdict}"><strong>{f.verdict}</strong>: {html.escape(f.claim.text)} '
            f"({with_interval(f, TIMES)}; n {f.n:,})</li>"
            for f in facts
        )
        parts.append(
            f'<details class="forest-facts"><summary>Facts about random matrices (Figure 3), which need no '
            f"learning and are not counted: {n} of {len(facts)} hold</summary><ul>{items}</ul></details>"
        )
    to_come = [f for f in waiting if CHAPTERS[f.claim.experiment] not in chapters]
    if to_come:
        decided = sum(f.scale is not None and f.verdict != "undecided" for f in to_come)
        so_far = f"; {decided} of them {'is' if decided == 1 else 'are'} decided" if decided else ""
        parts.append(_declared(len(to_come), f", for chapters to come{so_far}"))
    if n := len(waiting) - len(to_come):
        parts.append(_declared(n, f" and {'has' if n == 1 else 'have'} not run yet"))
    return "\n".join(parts)


def _declared(n: int, more: str) -> str:
    claims = "claim beyond the paper is" if n == 1 else "claims beyond the paper are"
    return f'<p class="forest-waiting">{n} {claims} declared{more}.</p>'


def _title(figure: str) -> str:
    if figure.startswith("chapter"):
        return f"Beyond the paper, {figure}"
    return "Appendix of figures" if figure == "appendix" else f"Figure {figure}"


def _legend() -> str:
    items = "".join(
        f'<li class="is-{name}"><svg viewBox="-8 -8 16 16" aria-hidden="true">{shape}</svg>{name}</li>'
        for name, shape in SHAPES.items()
    )
    mark = '<svg viewBox="-8 -8 16 16" aria-hidden="true"><path class="paper" d="M0 -7V7"/></svg>'
    paper = f"<li>{mark}the paper</li>"
    return f'<ul class="forest-legend" aria-label="Marks">{items}{paper}</ul>'


def _axis() -> str:
    ticks = "".join(f'<text x="{_x(math.log(t)):.1f}" y="11">&#215; {t:g}</text>' for t in TICKS)
    return (
        '<div class="forest-axis" aria-hidden="true"><span>how many times the error of the better network'
        f'</span><svg viewBox="0 0 {WIDTH} 14">{ticks}</svg></div>'
    )


def _x(effect: float) -> float:
    """Where an effect stands, from 0 to WIDTH; beyond the ends, at the end."""
    return WIDTH * (min(max(effect, LOW), HIGH) - LOW) / (HIGH - LOW)


def _row(f: Finding, root: str) -> str:
    c = f.claim
    chapter = CHAPTERS[f.experiment]
    words = [f"ours {with_interval(f, TIMES)}" if f.n else f.evidence if f.scale else "not run yet"]
    words += [f"the paper's {as_ratio(c, c.published, TIMES)}"] if c.published is not None else []
    words += [_asked(c)] if c.claimed in ("no worse", "same") and c.test == "log" else []
    words += [f"n {f.n}"] if f.n else []
    if any(count for count, _ in f.broken):
        words.append("broken: " + ", ".join(f"{_kind(t)}{k} of {n}" for t, (k, n) in zip(c.terms, f.broken)))
    if f.n and f.evidence == "second sample":
        words.append(f"a second sample, the first having left it open (n {f.before.n})")
    elif f.n and f.evidence != "new seeds":
        words.append(f.evidence + ("" if f.leaning == "undecided" else f", leaning to {f.leaning}"))
    words += f.doubts
    return (
        f'<div class="forest-row is-{f.verdict}">'
        f'<p class="forest-claim"><a href="{root}chapters/{chapter}.html">{html.escape(c.text)}</a></p>'
        f"{_picture(f)}"
        f'<div class="forest-words"><strong>{f.verdict}</strong> {html.escape("; ".join(words))} '
        f"<details><summary>run it</summary><code>{_command(f)}</code></details></div></div>"
    )


def _command(f: Finding) -> str:
    """What makes the runs of a claim: those that are to come, or, once all have run, the archived ones
    again.
    """
    if f.second_to_come:
        return experiments.again(f.claim.second, "paper", "--resume")
    if f.evidence in (*DECIDES, "too few learn"):
        return f"daleslaw reproduce {f.experiment} --scale {f.scale} --sample 100%"
    return experiments.again(f.experiment, "paper", "--resume")


def _asked(c: Claim) -> str:
    """Where the interval of a claim of equality must lie."""
    low, high = (as_ratio(c, x, TIMES) for x in (-c.margin, c.margin))
    return f"{c.claimed}: above {low}" + (f", below {high}" if c.claimed == "same" else "")


def _kind(term: Term) -> str:
    return f"{NAMES[term.where['kind']]} " if "kind" in term.where else ""


def _picture(f: Finding) -> str:
    """The interval, the point by verdict, the paper's figure, and the line of no effect."""
    y, marks = HEIGHT / 2, []
    zero = f'<path class="zero" d="M{_x(0):.1f} 0V{HEIGHT}"/>'
    label = html.escape(f"{f.claim.text}: {f.verdict}")
    if f.claim.test != "log":  # a correlation has no place on an axis of ratios
        return f'<p class="forest-apart">{with_interval(f, TIMES) if f.n else ""}</p>'
    if f.claim.published is not None:
        marks.append(f'<path class="paper" d="M{_x(f.claim.published):.1f} 3V{HEIGHT - 3}"/>')
    if f.n:
        marks += _interval(f.effect, y)
        marks.append(f'<g transform="translate({_x(f.effect.mean):.1f} {y})">{SHAPES[f.verdict]}</g>')
    return (
        f'<svg class="forest-plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{zero}{''.join(marks)}</svg>"
    )


def _interval(e: Interval, y: float) -> list[str]:
    """A line, with an arrow where it goes on beyond the axis."""
    low, high = _x(e.low), _x(e.high)
    parts = [f'<path class="interval" d="M{low:.1f} {y}H{high:.1f}"/>']
    if e.high > HIGH:
        parts.append(f'<path class="interval" d="M{WIDTH - 5} {y - 4}L{WIDTH - 1} {y}L{WIDTH - 5} {y + 4}"/>')
    if e.low < LOW:
        parts.append(f'<path class="interval" d="M5 {y - 4}L1 {y}L5 {y + 4}"/>')
    return parts
