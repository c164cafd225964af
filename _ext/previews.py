"""Where a link leads, shown beside it: references, figures, tables and equations, from a file of our own.

A page in a folder may not fetch another, so what the links of all pages lead to is gathered once, when the
book is written, into one script, which previews.js loads at the first link that somebody points at.
"""

from __future__ import annotations

import html
import json
import posixpath
import re
from pathlib import Path

from bs4 import BeautifulSoup

DATA = "previews-data.js"
LONG = 700  # characters of a caption or a reference
ROWS = 6  # of a table
GONE = ".headerlink, .backrefs, [role=doc-backlink], .figure-offers, source, script, input, button"


def kind_of(node) -> str | None:
    """What a place is to a reader, or None for what has no preview."""
    classes = node.get("class", [])
    if node.name == "figure":
        return "figure"
    if node.name == "table":
        return "table"
    if node.name == "tr" and (node.get("id") or "").startswith("erratum-"):
        return "erratum"
    if "citation" in classes:
        return "reference"
    return "equation" if node.name == "div" and "math" in classes else None


def plain(node, page: str) -> str:
    """The node's HTML without what only works in its place: anchors, links, scripts, paths from its page."""
    for gone in node.select(GONE):
        gone.decompose()
    for link in node.find_all("a"):
        link.name, link.attrs = "span", {}
    for part in [node, *node.find_all(True)]:
        part.attrs.pop("id", None)
        part.attrs.pop("role", None)
    for picture in node.find_all("img"):
        if picture["src"].startswith("data:"):  # heavy, and for where no script runs
            picture.decompose()
            continue
        picture["src"] = posixpath.normpath(posixpath.join(posixpath.dirname(page), picture["src"]))
        picture.attrs = {name: picture[name] for name in ("src", "alt") if name in picture.attrs}
    return str(node)


def preview(node, page: str) -> str | None:
    kind = kind_of(node)
    if kind is None:
        return None
    if kind == "table":
        for row in node.find_all("tr")[ROWS + 1 :]:
            row.decompose()
    caption = node.find("figcaption")
    if caption and len(caption.get_text()) > LONG:
        first = caption.find("p")
        for other in first.find_next_siblings():
            other.decompose()
    text = first_words(node) if kind == "erratum" else plain(node, page)
    return f'<div class="preview-{kind}">{text}</div>'


def first_words(row) -> str:
    """An erratum in short: its number, and what differs."""
    number, differs = (cell.get_text(" ", strip=True) for cell in row.find_all("td")[:2])
    words = re.sub(r"\s+([.,;:)])", r"\1", re.sub(r"\s+", " ", differs))
    return f"<p><strong>{html.escape(number)}</strong> {html.escape(words)}</p>"


def gather(folder: Path) -> dict[str, str]:
    """'page#place' -> HTML, for every place that a link of the text leads to."""
    paths = [p for p in sorted(folder.rglob("*.html")) if "_static" not in p.parts]
    read = lambda p: BeautifulSoup(p.read_text("utf-8"), "html.parser")  # noqa: E731
    pages = {p.relative_to(folder).as_posix(): read(p) for p in paths}
    wanted = set()
    for name, page in pages.items():
        for link in page.select("article a.reference.internal[href*='#']"):
            path, _, place = link["href"].partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            wanted.add((target, place))
    found = {}
    for target, place in sorted(wanted):
        node = pages[target].find(id=place) if target in pages else None
        if node and (text := preview(node, target)):
            found[f"{target}#{place}"] = text
    return found


def write(app, exception) -> None:
    if exception is None and app.builder.name == "html":
        data = json.dumps(gather(Path(app.outdir)), ensure_ascii=False, indent=0)
        Path(app.outdir, "_static", DATA).write_text(f"window.bookPreviews = {data};\n", "utf-8")


def load(app, pagename, templatename, context, doctree) -> None:
    """Added here, page by page: what is added before the first page is written appears twice."""
    app.add_js_file("previews.js", loading_method="defer")


def setup(app):
    app.connect("html-page-context", load)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
