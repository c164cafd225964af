"""Check the built book: no dead internal link, no picture without a description, no path of this machine,
the numbers of figures and equations are those of the copies in play/, what is computed says where it comes
from, and every figure of a chapter is drawn in lines, for phones as well.

Sphinx checks the references it resolves; this checks what was written out, raw HTML included.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from _ext import where_from

from . import jupyter_book_2, play

ROOT = Path(__file__).resolve().parents[1]


class Page(HTMLParser):
    """The links, the pictures and the anchors of one page."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.anchors, self.undescribed = [], set(), []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[k] for k in ("id", "name") if attrs.get(k)}
        for name in ("href", "src"):
            if attrs.get(name):
                self.links.append(attrs[name])
        if tag == "img":
            alt, source = attrs.get("alt"), attrs.get("src", "")
            if alt is None or (alt and source.endswith(alt)):  # Sphinx's stand-in is the path
                self.undescribed.append(source)


def faults(html: Path) -> list[str]:
    pages = {path.resolve(): Page(path) for path in sorted(html.rglob("*.html"))}
    pages = {path: page for path, page in pages.items() if "_static" not in path.parts}
    found = []
    for path, page in pages.items():
        where = path.relative_to(html.resolve()).as_posix()
        found += [f"{where}: no alt text for {source}" for source in page.undescribed]
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                found.append(f"{where}: dead link {link}")
            elif parts.fragment and target in pages:
                if unquote(parts.fragment) not in pages[target].anchors:
                    found.append(f"{where}: no such place {link}")
    return sorted(set(found))


def leaks(html: Path, private: Iterable[Path]) -> list[str]:
    """Folders of this machine that a page or a download names, as a warning or a traceback does."""
    names = "|".join(sorted({re.escape(str(folder)) for folder in private if len(folder.parts) > 1}))
    pattern = re.compile(rf"(?<![\w.:/-])(?:{names})/")
    files = [p for p in sorted(html.rglob("*")) if p.suffix in (".html", ".ipynb", ".md", ".txt")]
    found = []
    for path in files:
        text = path.read_text("utf-8", errors="replace")
        if "_static" not in path.relative_to(html).parts and names and (match := pattern.search(text)):
            words = text[match.start() : match.end() + 60].split("\n")[0]
            found.append(f"{path.relative_to(html).as_posix()}: names a folder of this machine: {words}")
    return found


NUMBERED = re.compile(
    r'<figure[^>]* id="(?P<figure>[\w-]+)".*?caption-number">(?P<caption>[^<]+?) *<'
    r'|<div class="math[^>]* id="equation-(?P<equation>[\w-]+)".*?eqno">(?P<number>\([^)]+\))',
    re.DOTALL,
)


def renumbered(html: Path, labels: dict[str, tuple[str, str]]) -> list[str]:
    """Figures and equations that a chapter's page numbers unlike these labels of `tools.play`."""
    found = []
    for page in sorted({name.removesuffix(".ipynb") for name, _ in labels.values()}):
        path = html / "chapters" / f"{page}.html"
        shown = {}
        for match in NUMBERED.finditer(path.read_text("utf-8") if path.is_file() else ""):
            shown[match["figure"] or match["equation"]] = match["caption"] or match["number"]
        for label, (name, number) in labels.items():
            if "." not in number.removeprefix("Fig. "):
                continue  # of a page that the book does not number: it counts figures on from page to page
            if path.is_file() and name == f"{page}.ipynb" and shown.get(label) != number:
                found.append(f"{page}: {label} is {shown.get(label)}, and in play/ it is {number}")
    return found


def unsourced(html: Path, lines: dict[str, int]) -> list[str]:
    """Pages with more or fewer lines "Where from" than these: one under each figure, table and sentence."""
    found = []
    for page, wanted in lines.items():
        path = html / page
        got = path.read_text("utf-8").count('<details class="where-from">') if path.is_file() else 0
        if got != wanted:
            found.append(f"{page}: expected {wanted} lines that say where something is from, got {got}")
    return found


def rastered(html: Path) -> list[str]:
    """Chapters with a figure that came from a cell as a PNG, or as an SVG without its form for phones."""
    found = []
    for path in sorted(html.glob("chapters/*.html")):
        text = path.read_text("utf-8")
        if n := len(set(re.findall(r"_images/[0-9a-f]{64}\.png", text))):
            found.append(f"chapters/{path.name}: expected figures as SVG, got {n} as PNG")
        names = set(re.findall(r"_images/([0-9a-f]{64})\.svg", text))
        if lost := [name for name in names if not (html / "_images" / f"{name}-phone.svg").is_file()]:
            found.append(
                f"chapters/{path.name}: expected each figure for phones, too, got {len(lost)} without"
            )
    return found


def sources(contents: str = "") -> dict[str, int]:
    """How many lines "Where from" each chapter must have, and the page of numbers one for each table.

    `contents`: the _toc.yml of a book that has some of these pages; without, all of them are looked at.
    """
    lines = {f"chapters/{path.stem}.html": len(where_from.of_notebook(path)) for path in play.chapters()}
    tables = (ROOT / "appendix" / "numbers.md").read_text("utf-8").count("\n## ")
    lines["appendix/numbers.html"] = tables
    there = {f"{page}.html" for page in jupyter_book_2.pages(contents)} if contents else set(lines)
    return {page: wanted for page, wanted in lines.items() if page in there}


def private_folders() -> tuple[Path, ...]:
    return ROOT, Path(os.path.expanduser("~")), Path(tempfile.gettempdir())


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m tools.check_html FOLDER")
    html = Path(arguments[0])
    found = faults(html) + leaks(html, private_folders()) + renumbered(html, play.numbers())
    contents = html.resolve().parents[1] / "_toc.yml"  # of the book whose pages these are
    found += rastered(html)
    found += unsourced(html, sources(contents.read_text("utf-8") if contents.is_file() else ""))
    print("\n".join(found), file=sys.stderr)
    if found:
        sys.exit(f"{len(found)} faults in the built book")


if __name__ == "__main__":
    main(sys.argv[1:])
