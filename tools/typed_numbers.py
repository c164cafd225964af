"""Numbers in the prose of the book that nothing produced: a result that was typed would go stale unseen.

    python -m tools.typed_numbers        # those that nothing accounts for; exit 1 if there are any

Looked at are decimals and percentages in text and captions; years, counts and the numbers of figures,
equations, exercises and notes are not results. A number is accounted for by a cell of its page that shows it,
or asserts it in its code; by a setting of the runs; by the paper's numbers, as `experiments` has them; or by
`tools/typed_numbers.json`, which names the source of each. What a picture shows is described in its
alternative text, by eye, and is not looked at.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from daleslaw_lib import experiments
from daleslaw_lib.initialisation.populations import share
from daleslaw_lib.tasks import TASKS

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = ROOT / "tools" / "typed_numbers.json"
NUMBER = re.compile(
    r"(?<![\w.,/-])(?P<value>\d+(?:,\d{3})*\.\d+|\d+(?:,\d{3})*(?=\s?(?:%|per cent\b|percent\b|points?\b)))"
    r"(?!\.\d)(?P<percent>\s?(?:%|per cent\b|percent\b))?"
)
ANY = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")
LEVEL = ("95", "90")  # per cent: of intervals and bands
LEFT_OUT = (  # of Markdown: what is not prose
    (re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL), " "),
    (re.compile(r"^(```+|~~~+).*?^\1", re.DOTALL | re.MULTILINE), " "),
    (re.compile(r"\$\$.*?\$\$", re.DOTALL), " "),
    (re.compile(r"(?<!\\)\$[^$\n]*(?:\n[^$\n]+)*?\$"), " "),
    (re.compile(r"`[^`\n]*`"), " "),
    (re.compile(r"\]\([^)]*\)"), "] "),
    (re.compile(r"<[^>]+>"), " "),
    (re.compile(r"^:{3,}.*$|^:[a-z-]+:.*$", re.MULTILINE), " "),
    (re.compile(r"\b(?:[Ee]xercise|[Ss]ection|[Vv]ersion)s? \(?[\d.]+(?:(?:,| and| or) [\d.]+)*"), " "),
    (re.compile(r"^\*\*\d+\.\d ", re.MULTILINE), " "),
)  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """A number in the prose of a page, with the words about it."""

    page: str
    number: str
    words: str

    def __str__(self) -> str:
        return f"{self.page}: {self.number}: ... {self.words} ..."


def pages() -> list[Path]:
    """The pages of the book, and the notebooks that may become some."""
    return [ROOT / "intro.md", *sorted(ROOT.glob("chapters/*.ipynb")), *sorted(ROOT.glob("appendix/*.md"))]


def prose(page: Path) -> str:
    """Text and captions of a page."""
    if page.suffix == ".md":
        return page.read_text("utf-8")
    found = []
    for cell in json.loads(page.read_text("utf-8"))["cells"]:
        figure = cell["metadata"].get("mystnb", {}).get("figure", {})
        found.append(
            "".join(cell["source"]) if cell["cell_type"] == "markdown" else figure.get("caption", "")
        )
    return "\n\n".join(found)


def shown(page: Path) -> set[float]:
    """Every number that a cell of the page shows, or has in its code."""
    if page.suffix == ".md":
        return set()
    texts = []
    for cell in json.loads(page.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code" and "remove-cell" not in cell["metadata"].get("tags", []):
            texts.append("".join(cell["source"]))
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                texts += ["".join(output.get("text", []))]
                texts += ["".join(data.get(kind, [])) for kind in ("text/markdown", "text/plain")]
    return {abs(float(n.replace(",", ""))) for text in texts for n in ANY.findall(text)}


@cache
def settings() -> frozenset[float]:
    """Every number that a run of the book is set to; of E:I ratios also the percentage inhibitory."""
    found = set()
    for experiment in experiments.EXPERIMENTS.values():
        for scale in experiment.scales:
            for run in experiment.runs(scale):
                values = {getattr(run, f.name) for f in fields(run) if f.name != "seed"}
                found |= {float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)}
                found.add(round(share(run.ei_ratio), 6))
    return frozenset(found)


@cache
def published() -> frozenset[float]:
    """Every number of the paper that the library compares with, and the limits from which a run is broken."""
    limits = {value for task in TASKS.values() for value in task.broken.values()}
    of_claims = {t.published for claim in experiments.CLAIMS for t in claim.terms if t.published}
    return frozenset(
        limits | of_claims | {p.value for e in experiments.EXPERIMENTS.values() for p in e.published}
    )


def accounted_for(text: str, percent: bool, on_page: set[float]) -> bool:
    """Whether a number is one that the page shows, a setting, or one of the paper's, rounded as it is typed.

    A fraction that the page shows may be typed as a percentage; a setting keeps two decimals at least.
    """
    digits, value = len(text.partition(".")[2]), float(text.replace(",", ""))

    def rounded(known, places=digits) -> bool:
        return any(abs(round(k, places) - value) < 1e-9 for k in known)

    return (
        rounded(on_page | published())
        or (percent and rounded({100 * k for k in on_page if k <= 1}))
        or rounded(settings(), digits if digits >= 2 else 9)
    )


def found(page: Path) -> list[Typed]:
    """Numbers of a page that no cell, no setting and no number of the paper accounts for."""
    text = prose(page)
    for pattern, instead in LEFT_OUT:
        text = pattern.sub(instead, text)
    on_page = shown(page)
    name, rest = page.relative_to(ROOT).as_posix(), []
    for match in NUMBER.finditer(text):
        number, percent = match["value"], bool(match["percent"])
        if (percent and number in LEVEL) or accounted_for(number, percent, on_page):
            continue
        words = " ".join(text[max(0, match.start() - 60) : match.end() + 30].split())
        rest.append(Typed(name, number, words))
    return rest


def allowed() -> dict[str, dict[str, str]]:
    """Page -> number -> where it comes from."""
    return json.loads(ALLOWED.read_text("utf-8")) if ALLOWED.exists() else {}


def unexplained() -> list[Typed]:
    """Numbers of all pages that nothing accounts for."""
    known = allowed()
    return [one for page in pages() for one in found(page) if one.number not in known.get(one.page, {})]


def idle() -> list[str]:
    """Entries of the list that no page needs any more."""
    needed = {(one.page, one.number) for page in pages() for one in found(page)}
    return [f"{p}: {n}" for p, ns in allowed().items() for n in ns if (p, n) not in needed]


def main() -> int:
    left, useless = unexplained(), idle()
    for one in left:
        print(one)
    for entry in useless:
        print(f"{ALLOWED.name}: {entry} is not needed any more")
    return 1 if left or useless else 0


if __name__ == "__main__":
    sys.exit(main())
