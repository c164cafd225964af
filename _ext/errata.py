"""E-numbers speak: wherever a page says E5, it leads to the row of the reproduction notes about it.

The link has the row as its preview (`previews.py`), for pointer and keyboard alike.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from docutils import nodes

NOTES = "appendix/reproduction-notes"
NUMBER = re.compile(r"\bE([1-9]\d?)\b")
QUIET = (
    nodes.reference,
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.raw,
    nodes.math,
    nodes.math_block,
)


def place(number: str) -> str:
    return f"erratum-{number}"


def rows(doctree):
    """The number and the row of every erratum, in the tables of the notes."""
    for row in doctree.findall(nodes.row):
        if row.children and (found := re.fullmatch(r"E(\d+)", row[0].astext().strip())):
            yield found[1], row


def give_places(app, doctree) -> None:
    """Every erratum's row can be linked to."""
    if app.env.docname == NOTES:
        for number, row in rows(doctree):
            row["ids"].append(place(number))


@cache
def numbers(source: Path) -> frozenset[str]:
    """The errata that there are, from the source of the notes; none where there are no notes."""
    text = source.read_text("utf-8") if source.is_file() else ""
    return frozenset(re.findall(r"^\* - E(\d+)$", text, re.MULTILINE))


def is_quiet(text: nodes.Text) -> bool:
    """Whether the text stands where a link would be in the way: in code, a title, a formula, another link."""
    node = text.parent
    while node is not None:
        if isinstance(node, QUIET) or place_of_its_own(node):
            return True
        node = node.parent
    return False


def place_of_its_own(node) -> bool:
    return isinstance(node, nodes.row) and any(name.startswith("erratum-") for name in node["ids"])


def with_links(text: str, address: str, known) -> list[nodes.Node]:
    """The text in pieces, its E-numbers as links."""
    found, end = [], 0
    for number in NUMBER.finditer(text):
        if number[1] not in known:
            continue
        link = nodes.reference("", number[0], internal=True, refuri=f"{address}#{place(number[1])}")
        link["classes"].append("erratum")
        found += [nodes.Text(text[end : number.start()]), link]
        end = number.end()
    return [*found, nodes.Text(text[end:])] if found else []


def link(app, doctree, docname) -> None:
    known = numbers(Path(app.srcdir, f"{NOTES}.md"))
    if not known or app.builder.format != "html":
        return
    one_page = docname == NOTES or app.builder.name == "singlehtml"
    address = "" if one_page else app.builder.get_relative_uri(docname, NOTES)
    for text in list(doctree.findall(nodes.Text)):
        if NUMBER.search(text) and not is_quiet(text) and (pieces := with_links(text, address, known)):
            text.parent.replace(text, pieces)


def setup(app):
    app.connect("doctree-read", give_places)
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
