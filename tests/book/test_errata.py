"""E-numbers are links to the row that says what they are, with its words as their preview."""

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document

from _ext import errata, previews
from helpers import ROOT


def document(*children):
    made = new_document("page")
    made += nodes.section("", *children)
    return made


def app(name="html"):
    builder = SimpleNamespace(
        format="html", name=name, get_relative_uri=lambda here, there: f"../{there}.html"
    )
    return SimpleNamespace(env=SimpleNamespace(docname=errata.NOTES), builder=builder, srcdir=ROOT)


def paragraph(text):
    return nodes.paragraph("", "", nodes.Text(text))


def test_every_number_becomes_a_link_and_the_words_stay():
    page = document(paragraph("drawn (E5), as E15 says; the E mean, n_E and E99 are none"))
    errata.link(app(), page, "chapters/one")
    links = list(page.findall(nodes.reference))
    assert [link["refuri"] for link in links] == [
        "../appendix/reproduction-notes.html#erratum-5",
        "../appendix/reproduction-notes.html#erratum-15",
    ]
    assert page.astext() == "drawn (E5), as E15 says; the E mean, n_E and E99 are none"


@pytest.mark.parametrize(
    "node",
    [
        nodes.literal("", "E5"),
        nodes.title("", "", nodes.Text("E5")),
        nodes.reference("", "E5", refuri="elsewhere"),
        nodes.math("", "E5"),
    ],
)
def test_code_titles_formulas_and_links_are_left_alone(node):
    page = document(nodes.paragraph("", "", node))
    errata.link(app(), page, "chapters/one")
    assert len(list(page.findall(nodes.reference))) == isinstance(node, nodes.reference)


def test_in_the_notes_and_on_the_single_page_the_link_stays_on_it():
    for name, docname in (("html", errata.NOTES), ("singlehtml", "chapters/one")):
        page = document(paragraph("see E1"))
        errata.link(app(name), page, docname)
        assert next(page.findall(nodes.reference))["refuri"] == "#erratum-1"


def test_the_rows_of_the_notes_get_places_and_do_not_link_to_themselves():
    row = nodes.row("", nodes.entry("", paragraph("E5")), nodes.entry("", paragraph("Unlike E1.")))
    head = nodes.row("", nodes.entry("", paragraph("")), nodes.entry("", paragraph("What differs")))
    page, application = document(head, row), app()
    errata.give_places(application, page)
    assert row["ids"] == ["erratum-5"] and head["ids"] == []
    errata.link(application, page, errata.NOTES)
    assert not list(page.findall(nodes.reference))


def test_a_preview_is_the_number_and_what_differs():
    cells = "<td><p>E5</p></td><td><p>Drawn <code>W_ix</code> &lt; 1 .</p></td><td>x</td>"
    node = BeautifulSoup(f'<table><tr id="erratum-5">{cells}</tr></table>', "html.parser").find("tr")
    text = '<div class="preview-erratum"><p><strong>E5</strong> Drawn W_ix &lt; 1.</p></div>'
    assert previews.preview(node, "a.html") == text


def test_numbers_in_the_notes_are_those_that_pages_may_link_to(tmp_path):
    found = errata.numbers(ROOT / "appendix" / "reproduction-notes.md")
    assert sorted(map(int, found)) == list(range(1, len(found) + 1)) and len(found) >= 25
    assert errata.numbers(tmp_path / "gone.md") == frozenset()
