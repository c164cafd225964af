"""A page loads only the scripts that it needs."""

from types import SimpleNamespace


def test_only_pages_with_a_laboratory_load_its_script():
    import book_furniture

    loaded = []
    app = SimpleNamespace(add_js_file=lambda name, **options: loaded.append(name))
    book_furniture.load_scripts(app, "a", "page.html", {"body": "<p>none</p>"}, None)
    book_furniture.load_scripts(app, "search", "search.html", {}, None)
    assert loaded == []
    body = '<figure class="spectral-laboratory align-default">'
    book_furniture.load_scripts(app, "b", "page.html", {"body": body}, None)
    assert loaded == ["spectral-laboratory.js"] and (book_furniture.SCRIPTS / loaded[0]).is_file()
