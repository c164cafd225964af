"""What a page says about itself is a folded line below its title: time and needs are seen, the rest opens.

Notebooks write it as an admonition, which every editor shows. Without a script it opens all the same.
"""

from __future__ import annotations

import html
import re

from docutils import nodes

TITLE = "About this page"
TIME = re.compile(r"Reading time (\d+) minutes")
NEEDS = re.compile(
    r"you need ((?:Fig\. |\d\.\d|[^.;])*)[.;]"
)  # to the end of its sentence: Fig. 3.2 does not end it


def summary(text: str) -> str:
    """The line that stays: how long the page takes, and what its reader should know."""
    text = re.sub(r"\s+", " ", text)
    minutes, needs = TIME.search(text), NEEDS.search(text)
    said = [f"{minutes[1]} minutes"] if minutes else []
    if needs:
        said.append(f"you need {needs[1]}")
    return f"<b>{TITLE}</b>" + (f": {html.escape('; '.join(said), quote=False)}" if said else "")


def fold(app, doctree, docname) -> None:
    """An admonition with this title becomes details with that summary."""
    if app.builder.format != "html":
        return
    for box in list(doctree.findall(nodes.admonition)):
        title = box.next_node(nodes.title)
        if title is None or title.astext() != TITLE:
            continue
        inside = [child for child in box.children if child is not title]
        said = summary("\n".join(child.astext() for child in inside))
        opening = f'<details class="about-this-page"><summary>{said}</summary>\n<div>\n'
        box.replace_self(
            [
                nodes.raw("", opening, format="html"),
                *inside,
                nodes.raw("", "</div>\n</details>\n", format="html"),
            ]
        )


def setup(app):
    app.connect("doctree-resolved", fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
