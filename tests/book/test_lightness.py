"""A page brings only what it uses, and its icons are still there."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers import ROOT

lightness = pytest.importorskip("_ext.lightness", reason="the book's own packages are not installed")

HEAD = """<html><head>
    <script src="_static/doctools.js?v=1"></script>
    <script src="../_static/searchtools.js"></script>
    <script src="../_static/language_data.js"></script>
    <script src="../searchindex.js"></script>
  </head><body><i class="fa-solid fa-moon"></i><i class="fa-solid fa-plus"></i></body></html>
"""
CSS = (
    '@font-face{font-weight:900;src:url(../fonts/fa-solid-900.woff2) format("woff2"),'
    'url(../fonts/fa-solid-900.ttf) format("truetype")}html{--pst-icon-bell:"\uf0f3"}.fa-lg{aspect-ratio:1/1}'
    ".fa-ghost:before,.fa-snapchat:before"
    '{content:"\\f6e2"}.fa-moon:before{content:"\\f186"}.fa-add:before,.fa-plus:before{content:"\\+"}'
)


def kept(body, files=("css_files", "script_files")):
    names = "book.css book.js mathjax/tex-chtml.js sphinx-design.min.css design-tabs.js mystnb.11b3.css"
    found = {name: [SimpleNamespace(filename=n, attributes={}) for n in names.split()] for name in files}
    found["script_files"].append(SimpleNamespace(filename=None, attributes={"body": "window.MathJax = {}"}))
    found["body"] = body
    lightness.only_what_is_used(None, "a", "page.html", found, None)
    return [[file.filename for file in found[name]] for name in files]


def test_only_pages_with_a_formula_load_mathjax():
    assert all(
        "mathjax/tex-chtml.js" not in found for found in kept("<p class='mathjax_ignore'>mathematics</p>")
    )
    for formula in ('<span class="math notranslate">', '<div class="highlight math">', '<p class="math">'):
        _, scripts = kept(formula)
        assert "mathjax/tex-chtml.js" in scripts and None in scripts


def test_looks_come_with_what_they_are_for():
    assert kept('<p class="plain">')[0] == ["book.css", "book.js"]
    assert "sphinx-design.min.css" in kept('<details class="sd-dropdown">')[0]
    assert "design-tabs.js" not in kept('<details class="sd-dropdown">')[1]
    assert "design-tabs.js" in kept('<div class="sd-tab-set">')[1]
    assert "mystnb.11b3.css" in kept('<div class="cell docutils">')[0]


def test_the_first_page_has_no_formula_so_that_it_is_light():
    assert "$" not in (ROOT / "intro.md").read_text("utf-8")


def test_only_the_page_of_the_search_loads_its_index():
    found = lightness.without_search(HEAD)
    assert (
        found.count("<script") == 1 and "doctools.js" in found and found.count("\n") == HEAD.count("\n") - 3
    )


def built(folder):
    """A book of two pages, with the theme's own font, if the theme is there."""
    theme = pytest.importorskip("pydata_sphinx_theme")
    fonts = Path(theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static" / "vendor"
    source = next(fonts.rglob("fa-solid-900.ttf"))
    for name, text in {
        "intro.html": HEAD,
        "search.html": HEAD,
        "_static/scripts/fontawesome.js": "x" * 1000,
        "_static/scripts/theme.js": "toggle('fa-add')",
        lightness.SHEET: CSS,
        "_static/styles/sphinx-book-theme.css": '.onthispage:after{content:"\\f107"}',
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "_static" / "fonts").mkdir()
    (folder / "_static" / "fonts" / source.name).write_bytes(source.read_bytes())
    return SimpleNamespace(outdir=str(folder), builder=SimpleNamespace(format="html"))


def test_the_font_has_the_icons_that_pages_use_and_hardly_more(tmp_path):
    from fontTools.ttLib import TTFont

    app = built(tmp_path)
    lightness.write(app, None)
    font = tmp_path / "_static" / "fonts" / "fa-solid-900.woff"
    characters = TTFont(font).getBestCmap()
    assert {0xF186, ord("+"), 0xF0F3, 0xF107} <= set(characters) and 0xF6E2 not in characters
    assert font.stat().st_size < 10_000
    assert (tmp_path / "_static" / "scripts" / "fontawesome.js").stat().st_size < 100


def test_the_style_sheet_keeps_the_rules_in_use_and_names_the_font_that_is_there(tmp_path):
    app = built(tmp_path)
    lightness.write(app, None)
    css = (tmp_path / lightness.SHEET).read_text("utf-8")
    assert "fa-ghost" not in css and "fa-moon" in css and ".fa-add:before,.fa-plus" in css and ".fa-lg" in css
    assert 'src:url(../fonts/fa-solid-900.woff) format("woff")}' in css and "woff2" not in css
    again = css
    lightness.write(app, None)  # a book that is built again
    assert (tmp_path / lightness.SHEET).read_text("utf-8") == again
    assert "searchindex" in (tmp_path / "search.html").read_text("utf-8")
    assert "searchindex" not in (tmp_path / "intro.html").read_text("utf-8")


def test_a_build_that_failed_is_left_alone(tmp_path):
    app = built(tmp_path)
    lightness.write(app, OSError())
    assert (tmp_path / lightness.SHEET).read_text("utf-8") == CSS
    assert (tmp_path / "intro.html").read_text("utf-8") == HEAD
