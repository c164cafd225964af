"""What a page brings is what it uses: of the theme's icons and scripts, those that the book has a use for.

The theme's style sheet names nearly two thousand icons, its font draws them, and every page loads the index
of the whole book for a search that happens on a page of its own.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fontTools import subset  # comes with matplotlib
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.WARNING)  # of every table that it keeps or drops, a line

SEARCH = re.compile(
    r'[ \t]*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>\n?'
)
SHEET = "_static/styles/pydata-sphinx-theme.css"
ICON = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"[^"]*"\}')
FACE = re.compile(r"src:url\((?P<font>[^)]*?fa-[\w-]+)\.woff2\)[^;}]*")
USED = re.compile(r"fa-[a-z0-9-]+")
LETTER = re.compile(r'"\\([0-9a-f]{2,5})\s?"|([\ue000-\uf8ff])')

# A file of the head, and what a page's body has if it needs it.
ONLY_WITH = {
    "mathjax": r'class="(?:[^"]*\s)?math[\s"]',  # heavier than all of the page
    "sphinx-design": r'class="(?:[^"]*\s)?sd-',
    "design-tabs": r'class="(?:[^"]*\s)?sd-tab',
    "mystnb": r'class="(?:[^"]*\s)?cell[\s"]',
}


def only_what_is_used(app, pagename, templatename, context, doctree) -> None:
    """A page without a formula does without MathJax, one without cells without their looks, and so on."""
    body = context.get("body", "")
    absent = [name for name, sign in ONLY_WITH.items() if not re.search(sign, body)]
    for files in ("script_files", "css_files"):
        named = [
            (s, f"{getattr(s, 'filename', s)} {getattr(s, 'attributes', {})}".lower())
            for s in context.get(files, [])
        ]
        context[files] = [file for file, name in named if not any(part in name for part in absent)]


def without_search(text: str) -> str:
    """The page without the scripts of the search, which only the search's own page runs."""
    return SEARCH.sub("", text)


def slim(css: str, used: set[str]) -> str:
    """The style sheet without the icons that nobody uses."""

    def keep(rule: re.Match) -> str:
        return rule[0] if used & set(USED.findall(rule[1])) else ""

    return ICON.sub(keep, css)


def cut_font(source: Path, target: Path, letters: set[int]) -> None:
    """A font of these characters alone, as WOFF."""
    font = TTFont(source)
    options = subset.Options(notdef_outline=True, layout_features=[])
    cut = subset.Subsetter(options)
    cut.populate(unicodes=letters | set(range(0x20, 0x7F)))
    cut.subset(font)
    font.flavor = "woff"
    font.save(target)


def icons_in_use(folder: Path) -> set[str]:
    files = [*folder.rglob("*.html"), *(folder / "_static").rglob("*.js")]
    return {name for path in files for name in USED.findall(path.read_text("utf-8", "replace"))}


def icons_as_a_small_font(folder: Path) -> None:
    """The theme brings its icons as a font, and as 1.5 MB of script for every page: the font will do."""
    (folder / "_static" / "scripts" / "fontawesome.js").write_text("// the icons are a font\n", "utf-8")
    sheet = folder / SHEET
    css = slim(sheet.read_text("utf-8"), icons_in_use(folder))
    others = [path.read_text("utf-8") for path in (folder / "_static").rglob("*.css") if path != sheet]
    found = LETTER.findall("\n".join([css, *others]))  # a sheet may write a letter and name no icon
    letters = {int(code, 16) if code else ord(itself) for code, itself in found}
    for face in FACE.finditer(css):
        font = (sheet.parent / face["font"]).with_suffix(".ttf")
        cut_font(font, font.with_suffix(".woff"), letters)
    css = FACE.sub(lambda face: f'src:url({face["font"]}.woff) format("woff")', css)
    sheet.write_text(css, "utf-8")


def write(app, exception) -> None:
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    if (folder / SHEET).is_file():
        icons_as_a_small_font(folder)
    for path in sorted(folder.rglob("*.html")):
        if path.name == "search.html" or "_static" in path.relative_to(folder).parts:
            continue
        before = path.read_text("utf-8")
        if (after := without_search(before)) != before:
            path.write_text(after, "utf-8")


def setup(app):
    app.connect("html-page-context", only_what_is_used, priority=900)  # after what adds them
    app.connect("build-finished", write, priority=900)  # before a page's programs are counted
    return {"parallel_read_safe": True, "parallel_write_safe": True}
