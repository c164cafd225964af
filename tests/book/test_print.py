"""The printed book: contents with page numbers that are true, figures as vectors."""

import re

import pytest

from helpers import web
from tools import browser

in_browser = pytest.mark.skipif(bool(browser.missing()), reason=f"missing: {', '.join(browser.missing())}")

FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" width="200" height="90">
<path d="M5 80L190 10" stroke="#0072b2"/>
<text x="20" y="40">a label</text></svg>"""
BOOK = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A book</title></head><body>
<article class="bd-article"><section id="intro"><h1>A book</h1><p>Its first page.</p></section>
<span id="document-chapters/one"></span><section id="one"><h2>1. One, long</h2>
<p style="height: 2300px">long</p><h3>Inside</h3></section>
<span id="document-chapters/two"></span><section id="two"><h2>2. Two’s figure</h2>
<p><img src="figure.svg" alt="a line"></p></section>
<span id="document-appendix/last"></span><section id="last"><h2>Last</h2></section></article></body></html>"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What was said while printing, and the PDF."""
    folder = tmp_path_factory.mktemp("print")
    (folder / "book.html").write_text(BOOK, "utf-8")
    (folder / "figure.svg").write_text(FIGURE, "utf-8")
    target = folder / "out" / "book.pdf"
    done = web.run("book/print.mjs", folder / "book.html", target, web.CHROMIUM)
    assert done.returncode == 0, done.stderr
    return done.stdout, target.read_bytes()


def headings(pdf):
    """The page on which the outline says that each heading is, from 1."""
    pages = re.findall(rb"(\d+) 0 obj\s*<</Type /Page\n", pdf)
    found = re.findall(rb"/Title ([^\n]*)\n(?:/(?!Title)[^\n]*\n)*?/Dest \[(\d+) 0 R", pdf)
    return {title: pages.index(page) + 1 for title, page in found}


@in_browser
def test_the_contents_say_on_which_page_each_chapter_begins(printed):
    said, pdf = printed
    pages = headings(pdf)
    begins = [pages[b"(1. One, long)"], max(pages.values()) - 1, pages[b"(Last)"]]
    assert begins == [2, 5, 6] and pages[b"(Inside)"] == 4
    assert said.strip() == "contents: 1. One, long, page 2; 2. Two’s figure, page 5; Last, page 6"


@in_browser
def test_a_link_of_the_contents_leads_to_the_chapter_and_not_to_the_page_before(printed):
    _, pdf = printed
    pages = re.findall(rb"(\d+) 0 obj\s*<</Type /Page\n", pdf)
    places = dict(re.findall(rb"/document-\S*(one|two|last) \[(\d+) 0 R", pdf))
    found = {name: pages.index(page) + 1 for name, page in places.items()}
    assert found == {b"one": 2, b"two": 5, b"last": 6}


@in_browser
def test_figures_are_printed_as_vectors(printed):
    assert b"/Subtype /Image" not in printed[1]


@in_browser
def test_a_page_that_is_no_book_is_refused(tmp_path):
    (tmp_path / "page.html").write_text('<article class="bd-article"><section><h1>x</h1></section></article>')
    done = web.run("book/print.mjs", tmp_path / "page.html", tmp_path / "book.pdf", web.CHROMIUM)
    assert done.returncode == 1 and "expected the chapters of the book, found none" in done.stderr
    assert not (tmp_path / "book.pdf").exists()
