"""Figures as vectors: their SVGs, one for wide screens and one for phones, and their numbers as CSV.

A cell's SVG has the others packed into it (`daleslaw_lib/figures/vectors.py`). Here they become files beside
it, and the page learns of them: a phone loads its own, and the caption offers the numbers and the code.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from daleslaw_lib.figures.vectors import SETTING, unpacked

IMAGE = re.compile(r'<img\b[^>]*?\bsrc="([^"]*?)([^"/]+)\.svg"[^>]*?/?>')
CODE = re.compile(r'<div class="cell_input [^"]*"')
PHONES = "(max-width: 600px)"


def ask_for_vectors(app, config) -> None:
    """The kernels that execute the chapters inherit this."""
    os.environ.setdefault(SETTING, "1")


def beside(app) -> dict[str, dict[str, str]]:
    """What is packed into the SVGs of the pages written so far, by their name in the book, without ending."""
    found = {}
    for source, name in app.builder.images.items():
        path = Path(app.srcdir, source)
        if name.endswith(".svg") and path.is_file():
            found[name.removesuffix(".svg")] = unpacked(path.read_text("utf-8"))[1]
    return found


def tell_page(app, pagename, templatename, context, doctree) -> None:
    body = context.get("body", "")
    if ".svg" in body:
        context["body"] = with_others(body, beside(app))


def with_others(body: str, parts: dict[str, dict[str, str]]) -> str:
    """The page's HTML, in which every figure names its other forms."""
    done, end, last = [], 0, ""
    for image in IMAGE.finditer(body):
        folder, name = image[1], image[2]
        if not parts.get(name):
            continue
        before, end_of = body[end : image.start()], image.end()
        offers = []
        if "data" in parts[name]:
            offers.append(f'<a href="{folder}{name}.csv" download="figure.csv">numbers (CSV)</a>')
        if code := list(CODE.finditer(before)):  # the cell's own
            place, at = f"code-{name[:10]}", code[-1].start()
            if place != last:
                before = f'{before[:at]}<div id="{place}"{before[at + 4 :]}'
            offers.append(f'<a href="#{place}">code</a>')
            last = place
        picture = image[0]
        if "phone" in parts[name]:
            source = f'<source media="{PHONES}" srcset="{folder}{name}-phone.svg">'
            picture = f"<picture>{source}{picture}</picture>"
        offer = f'<p class="figure-offers">This figure: {", ".join(offers)}</p>' if offers else ""
        caption, other = body.find("</figcaption>", end_of), IMAGE.search(body, end_of)
        if caption < 0 or (other and other.start() < caption):
            done += [before, picture, offer]
            end = end_of
        else:
            done += [before, picture, body[end_of:caption], offer]
            end = caption
    return "".join([*done, body[end:]])


def unpack(app, exception) -> None:
    """The parts of every SVG, as files of their own."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir, "_images").glob("*.svg"):
        whole, parts = unpacked(path.read_text("utf-8"))
        for part, ending in (("phone", "-phone.svg"), ("data", ".csv")):
            if part in parts:
                path.with_name(path.stem + ending).write_text(parts[part], "utf-8")
        if parts:
            path.write_text(whole, "utf-8")


def setup(app):
    app.connect("config-inited", ask_for_vectors)
    app.connect("html-page-context", tell_page)
    app.connect("build-finished", unpack)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
