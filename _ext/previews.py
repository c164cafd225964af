"""Where a link leads, shown beside it: references, figures, tables and equations, from a file of our own.

A page in a folder may not fetch another, so what the links of all pages lead to is gathered once, when the
book is written, into one script, which previews.js loads at the first link that somebody points at.
"""

from __future__ import annotations

import copy
import hashlib
import html
import json
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bs4 import BeautifulSoup

DATA = "previews-data.js"
CODE = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()  # which made what is known of a page
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


def of_page(text: str, name: str) -> dict:
    """What a page's text links to, as "page#place", and the previews of its own places."""
    page = BeautifulSoup(text, "html.parser")
    links, previews = set(), {}
    for link in page.select("article a.reference.internal[href*='#']"):
        path, _, place = link["href"].partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        links.add(f"{target}#{place}")
    for node in page.find_all(kind_of, id=True):
        if node["id"] not in previews and (shown := preview(copy.copy(node), name)):
            previews[node["id"]] = shown
    return {"links": sorted(links), "previews": previews}


def read(folder: Path, before: Mapping[str, dict] = MappingProxyType({})) -> dict[str, dict]:
    """`of_page` of every page, by name, with its digest; `before`: the same, for what has not changed."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        if "_static" not in path.parts:
            name, text = path.relative_to(folder).as_posix(), path.read_text("utf-8")
            digest = hashlib.sha256(f"{CODE}\n{text}".encode()).hexdigest()
            same = before.get(name, {}).get("digest") == digest
            pages[name] = before[name] if same else {"digest": digest, **of_page(text, name)}
    return pages


def gather(pages: Mapping[str, dict]) -> dict[str, str]:
    """'page#place' -> HTML, for every place that a link of the text leads to; `pages` as `read` has them."""
    found = {}
    for link in sorted({link for page in pages.values() for link in page["links"]}):
        name, _, place = link.partition("#")
        if name in pages and place in pages[name]["previews"]:
            found[link] = pages[name]["previews"][place]
    return found


def write(app, exception) -> None:
    if exception is None and app.builder.name == "html":
        kept = Path(app.doctreedir, "previews.json")
        pages = read(Path(app.outdir), json.loads(kept.read_text("utf-8")) if kept.is_file() else {})
        kept.write_text(json.dumps(pages), "utf-8")
        data = json.dumps(gather(pages), ensure_ascii=False, indent=0)
        Path(app.outdir, "_static", DATA).write_text(f"window.bookPreviews = {data};\n", "utf-8")


def load(app, pagename, templatename, context, doctree) -> None:
    """Added here, page by page: what is added before the first page is written appears twice."""
    app.add_js_file("previews.js", loading_method="defer")


def setup(app):
    app.connect("html-page-context", load)
    app.connect("build-finished", write, priority=1100)  # when pages are as they stay: see `read`
    return {"parallel_read_safe": True, "parallel_write_safe": True}
