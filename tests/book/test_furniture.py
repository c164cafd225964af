"""A page loads only the scripts that it needs."""

from types import SimpleNamespace

from helpers import ROOT


def test_only_pages_with_a_figure_load_the_script_and_once():
    from _ext import book_furniture

    loaded = []
    app = SimpleNamespace(add_js_file=lambda name, **options: loaded.append(name))
    book_furniture.load_figures(app, "a", "page.html", {"body": "<p>none</p>"}, None)
    book_furniture.load_figures(app, "search", "search.html", {}, None)
    assert loaded == []
    body = '<figure class="spectral-laboratory align-default"> <div class="transplant-bench">'
    book_furniture.load_figures(app, "b", "page.html", {"body": body}, None)
    assert loaded == ["figures.js"] and (book_furniture.SCRIPT.parent / loaded[0]).is_file()


def scripts(body):
    from _ext import book_furniture

    named = [
        SimpleNamespace(filename=name, attributes={})
        for name in ("_static/book.js", "_static/mathjax/tex-chtml.js", None)
    ]
    named[2].attributes = {"body": "window.MathJax = {}"}
    context = {"script_files": named, "body": body}
    book_furniture.only_where_there_is_mathematics(None, "a", "page.html", context, None)
    return [script.filename for script in context["script_files"]]


def test_only_pages_with_a_formula_load_mathjax():
    assert scripts("<p class='mathjax_ignore'>mathematics</p>") == ["_static/book.js"]
    for formula in ('<span class="math notranslate">', '<div class="highlight math">', '<p class="math">'):
        assert len(scripts(formula)) == 3


def test_the_first_page_has_no_formula_so_that_it_is_light():
    assert "$" not in (ROOT / "intro.md").read_text("utf-8")


def test_icons_are_a_font_and_not_a_script_as_well(tmp_path):
    from _ext import book_furniture

    script = tmp_path / "_static" / "scripts" / "fontawesome.js"
    script.parent.mkdir(parents=True)
    script.write_text("x" * 1000, "utf-8")
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    book_furniture.icons_as_a_font(app, OSError())
    assert script.stat().st_size == 1000  # a build that failed is left alone
    book_furniture.icons_as_a_font(app, None)
    assert script.stat().st_size < 100


def test_the_benchmark_of_pages_says_medians():
    import pages

    found = {"bytes": 2e6, "packed": 5e5, "first": [900, 100, 300], "answers": [10, 50, 30]}
    said = pages.line("intro.html", found)
    assert said.startswith("intro.html: 2.00 MB, 0.50 MB as a server sends it; first drawing after 300 ms;")
    assert said.endswith("a new draw takes 30 ms")
    assert pages.line("a", found | {"answers": []}).endswith("a new draw takes none")
