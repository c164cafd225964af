"""Every page says which scripts may run on it: its own files, and those inside it by their digests.

A Content-Security-Policy in the page, since a static host sends none. It comes last, when nothing is written
any more.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from pathlib import Path

PROGRAMS = ("", "text/javascript", "application/javascript", "module")
START = '<meta http-equiv="Content-Security-Policy"'
HYPOTHESIS = "https://hypothes.is https://*.hypothes.is"


class Page(HTMLParser):
    """The programs that are inside a page: scripts, and what its elements do when they are touched."""

    def __init__(self, text: str):
        super().__init__()
        self.scripts, self.handlers, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "script" and "src" not in attrs and (attrs.get("type") or "").lower() in PROGRAMS:
            self.inside = True
            self.scripts.append("")
        self.handlers += [value or "" for name, value in attrs.items() if name.startswith("on")]
        if (attrs.get("href") or "").strip().lower().startswith("javascript:"):
            raise ValueError(f"a link that is a script: {attrs['href']}")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "script"

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def digest(program: str) -> str:
    """As a policy names a program: browsers take the bytes between the tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()}'"


def policy(text: str, comments: bool = False) -> str:
    """The policy of a page; `comments`: with the service that readers' notes come from."""
    page = Page(text)
    names = sorted({digest(program) for program in [*page.scripts, *page.handlers]})
    others = f" {HYPOTHESIS}" if comments else ""
    # `file:` means nothing to a page from the web; a book that is opened from a folder needs it.
    own = f"'self' file:{others}"
    scripts = " ".join([own, *names, *(["'unsafe-hashes'"] if page.handlers else [])])
    rules = {
        "default-src": own,
        "script-src": scripts,
        "style-src": f"{own} 'unsafe-inline'",
        "img-src": f"{own} data: blob:",
        "font-src": f"{own} data:",
        "worker-src": f"{own} blob:",
        "object-src": "'none'",
        "base-uri": "'self' file:",
        "form-action": "'self' file:",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def with_policy(text: str, comments: bool = False) -> str:
    """The page with its policy at the start of its head, after the encoding: it holds for what follows."""
    head = re.search(r"<head[^>]*>(?:\s*<meta charset=[^>]*>)?", text, re.IGNORECASE)
    if START in text or head is None:
        return text
    end = head.end()
    content = html.escape(policy(text, comments), quote=True)
    return f'{text[:end]}\n    {START} content="{content}">{text[end:]}'


def write(app, exception) -> None:
    if exception is not None or app.builder.name not in ("html", "dirhtml"):
        return
    comments = bool(app.config.comments_config.get("hypothesis"))
    for path in sorted(Path(app.outdir).rglob("*.html")):
        before = path.read_text("utf-8")
        after = with_policy(before, comments)
        if START not in after and "_static" in path.relative_to(app.outdir).parts:
            path.unlink()  # a part of pages, which have it by now: by itself it would be one without a policy
            continue
        if after != before:
            path.write_text(after, "utf-8")


def setup(app):
    app.connect("build-finished", write, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
