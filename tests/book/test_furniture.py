"""A page loads only the scripts that it needs."""

from types import SimpleNamespace


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
