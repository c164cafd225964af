"""The check of the built pages finds what it is there to find, and a whole page passes."""

import pytest

from helpers import web
from tools import browser

in_browser = pytest.mark.skipif(bool(browser.missing()), reason=f"missing: {', '.join(browser.missing())}")

THEME = """<script>
const prefers = matchMedia("(prefers-color-scheme: dark)");
const set = () => (document.documentElement.dataset.theme = prefers.matches ? "dark" : "light");
prefers.addEventListener("change", set); set();
</script><style>html[data-theme=dark] { background: #111; color: #eee } a { color: inherit }</style>"""
CONTROL = """<figure id="f"><img src="p.svg" alt="a square"><label>size <input type="range"></label>
<button onclick="this.textContent += '.'">again</button><figcaption>A figure.</figcaption></figure>"""
FILE = """<figure id="f"><img src="p.svg" alt="a square"><label>a file <input type="file"
onchange="this.files[0].text().then((text) => this.closest('figure').append(text))"></label></figure>"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def page(body="", head=""):
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width">{THEME}{head}</head><body><main><h1 id="top">A page</h1>
{body}</main></body></html>"""


def look(folder, **pages):
    """Write the pages, open them, and return (exit status, what was said)."""
    (folder / "p.svg").write_text(PICTURE)
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    done = web.run("book/pages.mjs", folder, web.CHROMIUM)
    return done.returncode, done.stdout + done.stderr


@in_browser
def test_whole_pages_have_no_faults(tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    start = '<meta http-equiv="Refresh" content="0; url=one.html" />\n'
    status, said = look(folder, index=start, one=page(CONTROL + '<a href="two.html#top">on</a>'), two=page())
    assert status == 0 and "2 controls" in said and "no faults" in said, said


SCROLLS = '<table tabindex="0" style="display: block; overflow: auto"><tr><td>1</td></tr></table>'


@in_browser
def test_a_table_that_scrolls_is_no_control(tmp_path):
    status, said = look(tmp_path, one=page(f"<figure>{SCROLLS}</figure>"), two=page(CONTROL))
    assert status == 0 and "2 controls" in said and "no faults" in said, said


FAULTS = {
    "console": ("<script>console.error('oh')</script>", "console: oh"),
    "script": ("<script>nobody()</script>", "script: nobody is not defined"),
    "outside": ("<script src='https://example.org/x.js'></script>", "asks for https://example.org/x.js"),
    "picture": ('<img src="gone.png" alt="gone">', "picture gone.png does not load"),
    "formula": (r'<p class="math">\(x\)</p>', "1 of 1 formulas are not typeset"),
    "wide": ('<div style="width: 700px">wide</div>', "708 px wide on a screen of 360"),
    "low": (
        '<details class="about-this-page"><summary>you need it</summary></details>'
        '<p style="height: 800px"></p><h2>Low</h2>',
        "the first heading is not on a phone's first screen",
    ),
    "code": (
        '<div class="cell_input"><pre style="overflow: auto">' + "x = 1; " * 300 + "</pre></div>",
        "code that scrolls: x = 1; x = 1;",
    ),
    "table": (
        '<table tabindex="0" style="display: block; overflow: auto; max-width: 600px">'
        '<tr><td style="min-width: 900px">far off</td></tr></table>',
        "table that scrolls: far off",
    ),
    "table on a phone": (
        '<table tabindex="0" style="display: block; overflow: auto; max-width: 340px">'
        '<tr><td style="min-width: 350px">just too far</td></tr></table>',
        "on a phone, table that scrolls: just too far",
    ),
    "link": ('<a href="nowhere.html">x</a>', "dead link to nowhere.html"),
    "place": ('<a href="whole.html#nowhere">x</a>', "no place nowhere on whole.html"),
    "contrast": ('<p style="color: #ddd; background: #fff">pale</p>', "axe, light: color-contrast"),
    "dark": ('<p style="background: #fff">pale in the dark</p>', "axe, dark: color-contrast"),
    "name": ('<figure id="g"><img src="p.svg" alt="x"><input></figure>', "axe, light: label"),
    "reach": (CONTROL.replace("<button", '<button tabindex="-1"'), 'the button "again" is not reached'),
    "deaf": (CONTROL.replace("onclick", "data-x"), 'the button "again" does nothing by keyboard'),
    "deaf to files": (FILE.replace("onchange", "data-x"), 'the file "a file" does nothing by keyboard'),
    "still": (CONTROL.replace('<img src="p.svg" alt="a square">', ""), "no still picture without scripts"),
    "theme": (
        "<script>prefers.removeEventListener('change', set)</script>",
        "a reader who prefers dark gets another theme",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is said of a folder with a page for each fault, all at once."""
    pages = {name: page(body) for name, (body, _) in FAULTS.items()}
    return look(tmp_path_factory.mktemp("faults"), whole=page(), takes_a_file=page(FILE), **pages)


@in_browser
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_page(found, name):
    status, said = found
    assert status == 1
    lines = [line for line in said.splitlines() if line.startswith(f"{name}.html: ")]
    assert any(FAULTS[name][1] in line for line in lines), said


@in_browser
def test_a_page_without_faults_is_not_named(found):
    assert "\nwhole.html" not in "\n" + found[1]


@in_browser
def test_a_file_that_is_chosen_by_keyboard_counts_if_its_figure_takes_it(found):
    """Above, one that does not is a fault."""
    said = [line for line in found[1].splitlines() if line.startswith("takes_a_file.html")]
    assert not any("keyboard" in line or "Tab" in line for line in said), said


def test_what_is_missing_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(browser, "node", lambda: None)
    monkeypatch.setattr(browser, "modules", lambda: False)
    monkeypatch.setattr(browser, "chromium", lambda: None)
    assert browser.main(["skip", "pages"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("pages: skipped, missing: Node.js") and said.count("\n") == 1
    with pytest.raises(SystemExit, match="expected a browser, missing: Node.js"):
        browser.run("book/pages.mjs", "folder")


def test_nothing_is_skipped_where_nothing_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(browser, "missing", list)
    assert browser.main(["skip", "pages"]) == 1 and capsys.readouterr().out == ""


def test_a_named_browser_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv(browser.SETTING, "/no/such/browser")
    with pytest.raises(SystemExit, match="^DALESLAW_CHROMIUM: expected an executable, got /no/such/browser$"):
        browser.chromium()


def test_the_outline_of_a_pdf_is_read_in_both_of_its_codings():
    utf16 = "Dale’s law".encode("utf-16-be").hex()
    pdf = rb"<</Title (One \(1\))/Count 2>> <</Title <FEFF" + utf16.encode() + rb">>>"
    assert [browser.letters(title) for title in browser.outline(pdf)] == ["one", "daleslaw"]


def test_a_pdf_without_a_chapter_is_refused(tmp_path, monkeypatch, capsys):
    pdf = tmp_path / "book.pdf"
    first, *others = browser.chapters()
    assert others
    monkeypatch.setattr(browser, "run", lambda *arguments: 0)
    pdf.write_bytes(b"".join(b"<</Title (1. " + title.encode("ascii", "ignore") + b")>>" for title in others))
    assert browser.print_book("page", str(pdf)) == 1
    assert capsys.readouterr().err == f"{pdf}: no chapter of the title {first}\n"
