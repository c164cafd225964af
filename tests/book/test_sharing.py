"""Addresses, comments, citations, cards and previews of the book's pages."""

import pytest

from helpers import ROOT

sharing = pytest.importorskip("_ext.sharing", reason="the book's own packages are not installed")
previews = pytest.importorskip("_ext.previews")

CITATION = {"title": "A & B", "version": "1.2", "authors": [{"name": "The makers"}]}


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("", ""),
        (" ", ""),
        ("https://a.example/book", "https://a.example/book/"),
        ("http://a.example/", "http://a.example/"),
    ],
)
def test_the_sites_address_ends_with_a_slash_or_is_absent(setting, address):
    assert sharing.site_address(setting) == address


@pytest.mark.parametrize("setting", ["a.example", "file:///book", "https://", "https://a.example/?q=1"])
def test_what_is_no_address_is_refused(setting):
    with pytest.raises(sharing.ExtensionError, match="^DALESLAW_SITE: expected an address .*, got "):
        sharing.site_address(setting)


def test_comments_are_off_unless_asked_for_by_name():
    assert sharing.comments("") == {} and sharing.comments("hypothesis") == {"hypothesis": True}
    with pytest.raises(sharing.ExtensionError, match="^DALESLAW_COMMENTS: expected .*, got on"):
        sharing.comments("on")


def test_an_entry_names_the_book_and_escapes_what_tex_would_misread():
    text = sharing.entry(CITATION, "2001", "https://a.example/")
    assert text.startswith("@misc{daleslaw,\n") and text.endswith("\n}")
    assert r"{{A \& B}}" in text and "{{The makers}}" in text and "{https://a.example/}" in text


def test_a_chapters_entry_is_part_of_the_book_and_has_no_empty_field():
    text = sharing.entry(CITATION, "2001", "", ("04-learning", "Dale’s “law”", "4"))
    assert text.startswith("@incollection{daleslaw:04-learning,")
    assert "{{Dale's ``law''}}" in text and "booktitle" in text and "url" not in text and "{}" not in text


def test_entries_are_read_by_a_bibtex_parser():
    database = pytest.importorskip("pybtex.database")
    bibliography = (ROOT / "references.bib").read_text("utf-8")
    entries = [
        sharing.entry(CITATION, "2001", "https://a.example/", ("x", "T", "")),
        sharing.paper_entry(bibliography),
    ]
    parsed = database.parse_string("\n".join(entries), "bibtex").entries
    assert parsed["li2023"].fields["year"] == "2023" and len(parsed["li2023"].persons["author"]) == 4
    assert parsed["daleslaw:x"].fields["title"] == "{T}"


def test_a_bibliography_without_the_paper_is_refused():
    with pytest.raises(sharing.ExtensionError, match="expected an entry li2023"):
        sharing.paper_entry("@book{other,\n}\n")


PAGES = {
    "one.html": '<article><a class="reference internal" href="sub/two.html#fig">f</a>'
    '<a class="reference internal" href="#eq">e</a><a class="reference internal" href="#text">t</a>'
    r'<div class="math" id="eq">\[x\]<a class="headerlink" href="#eq">#</a></div>'
    '<p id="text">x</p></article>',
    "sub/two.html": '<article><figure id="fig"><img src="../p.png" alt="a p" style="width: 1px">'
    '<img src="data:image/png;base64,AA" alt=""><figcaption><p id="x">See <a href="../one.html">one</a>.</p>'
    '</figcaption></figure><figure id="alone">nobody asks</figure></article>',
}  # fmt: skip


def written(folder):
    (folder / "sub").mkdir()
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")


def test_previews_hold_what_links_lead_to_and_nothing_else(tmp_path):
    written(tmp_path)
    found = previews.gather(previews.read(tmp_path))
    assert set(found) == {"one.html#eq", "sub/two.html#fig"}
    assert found["one.html#eq"] == r'<div class="preview-equation"><div class="math">\[x\]</div></div>'
    figure = found["sub/two.html#fig"]
    assert '<img alt="a p" src="p.png"/>' in figure and "data:" not in figure
    assert "<a" not in figure and "id=" not in figure and "one" in figure


def test_a_page_is_read_again_for_its_previews_only_if_it_has_changed(tmp_path, monkeypatch):
    written(tmp_path)
    before, asked, of_page = previews.read(tmp_path), [], previews.of_page
    monkeypatch.setattr(previews, "of_page", lambda text, name: asked.append(name) or of_page(text, name))
    assert previews.read(tmp_path, before) == before and not asked
    page = tmp_path / "sub" / "two.html"
    page.write_text(page.read_text("utf-8").replace("a p", "another p"), "utf-8")
    changed = previews.read(tmp_path, before)
    assert "another p" in previews.gather(changed)["sub/two.html#fig"] and asked == ["sub/two.html"]
    page.unlink()
    left = previews.read(tmp_path, changed)
    assert set(previews.gather(left)) == {"one.html#eq"} and len(left) == 1
