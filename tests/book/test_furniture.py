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


def test_the_benchmark_of_pages_says_medians():
    import pages

    found = {"bytes": 2e6, "packed": 5e5, "first": [900, 100, 300], "answers": [10, 50, 30]}
    said = pages.line("intro.html", found)
    assert said.startswith("intro.html: 2.00 MB, 0.50 MB as a server sends it; first drawing after 300 ms;")
    assert said.endswith("a new draw takes 30 ms")
    assert pages.line("a", found | {"answers": []}).endswith("a new draw takes none")
