"""What a published book has: an address, cards for links to it, comments; and how to cite it.

Two settings, both empty unless the environment says otherwise:

    DALESLAW_SITE      the address of the first page's folder, such as https://name.example/book/
    DALESLAW_COMMENTS  `hypothesis` loads that service's script on every page; nothing else is loaded
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from docutils import nodes
from sphinx.errors import ExtensionError

from .book_furniture import repository
from .cards import draw_card

SITE, COMMENTS = "DALESLAW_SITE", "DALESLAW_COMMENTS"
PAPER = "li2023"  # its key in references.bib
PDF = "dales-law.pdf"
DESCRIPTION = 200  # characters


# --- settings ---


def site_address(setting: str) -> str:
    """The address with a slash at its end, or nothing for nothing; ExtensionError if it is not one."""
    setting = setting.strip()
    parts = urlsplit(setting)
    if not setting:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ExtensionError(f"{SITE}: expected an address such as https://name.example/book/, got {setting}")
    return setting.rstrip("/") + "/"


def comments(setting: str) -> dict[str, bool]:
    """What sphinx-comments is told; ExtensionError for a service that is none of its."""
    if setting not in ("", "hypothesis"):
        raise ExtensionError(f"{COMMENTS}: expected hypothesis or nothing, got {setting}")
    return {"hypothesis": True} if setting else {}


def apply_settings(app, config) -> None:
    config.html_baseurl = site_address(os.environ.get(SITE, ""))  # Sphinx adds <link rel="canonical">
    config.comments_config = {**config.comments_config, **comments(os.environ.get(COMMENTS, ""))}


# --- citing ---


def for_tex(text: str) -> str:
    """Text with TeX's special characters and typographic quotes made plain."""
    plain = text.translate({0x2018: "'", 0x2019: "'", 0x201C: "``", 0x201D: "''", 0x2013: "--"})
    return re.sub(r"([&%$#_])", r"\\\1", plain)


def entry(citation: dict, year: str, url: str, chapter: tuple[str, str, str] | None = None) -> str:
    """A BibTeX entry of the book, or of one page of it: (key, title, number or '')."""
    authors = " and ".join(f"{{{for_tex(one['name'])}}}" for one in citation["authors"])
    key, kind, title = "daleslaw", "misc", {"title": f"{{{for_tex(citation['title'])}}}"}
    if chapter:
        key, kind = f"daleslaw:{chapter[0]}", "incollection"
        title = {"title": f"{{{for_tex(chapter[1])}}}", "booktitle": title["title"], "chapter": chapter[2]}
    fields = {
        "author": authors,
        **title,
        "year": year,
        "note": f"Version {citation['version']}",
        "url": url,
    }
    width = max(map(len, fields))
    lines = [f"  {name:<{width}} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"


def paper_entry(bibliography: str) -> str:
    """The paper's own entry, as references.bib has it."""
    found = re.search(rf"^@\w+{{{PAPER},.*?^}}", bibliography, re.DOTALL | re.MULTILINE)
    if found is None:
        raise ExtensionError(f"references.bib: expected an entry {PAPER}, got none")
    return found[0]


def citations(app, pagename: str) -> list[tuple[str, str]]:
    """What to cite, and its entry: this chapter, the book, the paper."""
    root = Path(app.srcdir)
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    year = re.search(r"\d{4}", app.config.copyright)[0]
    base = app.config.html_baseurl
    found = [("The book", entry(citation, year, base or repository(app.srcdir) or ""))]
    if pagename != app.config.root_doc:
        number = app.env.toc_secnumbers.get(pagename, {}).get("", ())
        title = app.env.titles[pagename].astext()
        name = pagename.rsplit("/", 1)[-1].replace("_", "-")
        page = (name, title, ".".join(map(str, number)))
        url = base + app.builder.get_target_uri(pagename) if base else ""
        found.insert(0, ("This page", entry(citation, year, url, page)))
    return [*found, ("The paper", paper_entry((root / "references.bib").read_text("utf-8")))]


def cite_this_page(app, pagename, templatename, context, doctree) -> None:
    """At the foot of each page, closed until asked for. sphinx-copybutton gives each entry its button."""
    if doctree is None or "body" not in context:
        return
    blocks = "".join(
        f'<p>{label}</p>\n<div class="highlight-none notranslate"><div class="highlight">'
        f'<pre tabindex="0">{html.escape(text, quote=False)}\n</pre></div></div>\n'
        for label, text in citations(app, pagename)
    )
    context["body"] += (
        f'<details class="cite-this-page"><summary>Cite this page</summary>\n{blocks}</details>\n'
    )


# --- cards ---


def description(doctree) -> str:
    """The first paragraph that is not a note, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        parent = paragraph.parent
        if isinstance(parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= DESCRIPTION else text[: DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
    return ""


def add_card(app, pagename, templatename, context, doctree) -> None:
    """What a link to the page looks like elsewhere; addresses only where the site's is known."""
    if doctree is None or app.builder.name != "html":
        return
    title, text = app.env.titles[pagename].astext(), description(doctree)
    tags = {"og:type": "article", "og:site_name": app.config.html_title, "og:title": title}
    tags["og:description"] = text
    if base := app.config.html_baseurl:
        name = draw_card(app, pagename, title)
        tags |= {
            "og:url": base + app.builder.get_target_uri(pagename),
            "og:image": base + name,
            "og:image:alt": f"{app.config.html_title}: {title}",
        }
        context["metatags"] += '<meta name="twitter:card" content="summary_large_image" />\n'
    context["metatags"] += "".join(
        f'<meta property="{name}" content="{html.escape(value)}" />\n'
        for name, value in tags.items()
        if value
    )
    if 'name="description"' not in context["metatags"] and text:
        context["metatags"] += f'<meta name="description" content="{html.escape(text)}" />\n'


# --- the whole book as a PDF ---


def printed(app) -> Path | None:
    """The book's PDF if `make pdf` has made it and no source is younger; beside the HTML, in _build/pdf."""
    path = Path(app.outdir).parent / "pdf" / PDF
    sources = [Path(app.env.doc2path(name)) for name in app.env.found_docs]
    fresh = path.exists() and all(source.stat().st_mtime <= path.stat().st_mtime for source in sources)
    return path if fresh and app.builder.name == "html" else None


def link_pdf(app, doctree, docname) -> None:
    """[words]{.whole-book-pdf} become a link to the PDF, or go where there is none."""
    for words in list(doctree.findall(nodes.inline)):
        if "whole-book-pdf" not in words["classes"]:
            continue
        if printed(app) is None:
            words.parent.remove(words)
        else:
            text = words.astext()
            words.clear()
            words += nodes.reference("", text, refuri=PDF, internal=True)


def first_page_again(app, env) -> list[str]:
    """The first page is written at every build, since a PDF may have come or gone."""
    return [app.config.root_doc]


def copy_pdf(app, exception) -> None:
    if exception is None and app.builder.name == "html":
        target = Path(app.outdir, PDF)
        target.unlink(missing_ok=True)
        if source := printed(app):
            target.write_bytes(source.read_bytes())


def setup(app):
    app.connect("config-inited", apply_settings, priority=400)  # before sphinx-comments reads its own
    app.connect("html-page-context", cite_this_page)
    app.connect("html-page-context", add_card)
    app.connect("doctree-resolved", link_pdf)
    app.connect("env-updated", first_page_again)
    app.connect("build-finished", copy_pdf)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
