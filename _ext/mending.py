"""Small faults of what writes the pages, mended in what is written: names and roles that screen readers get
wrong, and a search that asks for more than a page in a folder may have."""

from __future__ import annotations

MENDS = (
    # the text of the summary says more than the label that hides it
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    # the children of the one are not list items, and the role of the others is no longer one
    ('<div role="list" class="citation-list">', '<div class="citation-list">'),
    (' role="doc-biblioentry"', ""),
)


def mend_body(app, pagename, templatename, context, doctree) -> None:
    for wrong, right in MENDS:
        context["body"] = context.get("body", "").replace(wrong, right)


def load(app, pagename, templatename, context, doctree) -> None:
    """Added here, page by page: what is added before the first page is written appears twice."""
    app.add_js_file("mending.js")


def setup(app):
    app.connect("html-page-context", load)
    app.connect("html-page-context", mend_body)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
