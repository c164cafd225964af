"""Numbers of figures: chapter and figure, as in 6.2. A page that has no number gives its figures none.

Sphinx would count the figures of such pages through the book, and "Fig. 3" there reads like the paper's.
"""

from __future__ import annotations

import re

ALONE = re.compile(r'<span class="caption-number">Fig\. \d+ </span>')


def without_lone_numbers(body: str) -> str:
    """The page's HTML; figures that are not numbered by a chapter have their words alone."""
    return ALONE.sub("", body)


def tell_page(app, pagename, templatename, context, doctree) -> None:
    if "body" in context:
        context["body"] = without_lone_numbers(context["body"])


def setup(app):
    app.connect("html-page-context", tell_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
