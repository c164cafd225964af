"""The page of a figure: a phone has its own SVG, the dark no white card; numbers and code are at hand."""

import json
import re
from types import SimpleNamespace

import pytest

from _ext import vectors as extension
from daleslaw_lib.figures import vectors
from helpers import ROOT
from helpers.figures import FIGURES
from helpers.web import CHROMIUM, answer, in_browser, run

NAME = "abcdef0123456789"
CELL = """<div class="cell docutils container"><details class="hide above-input"><summary>Show</summary>
<div class="cell_input docutils container"><pre>figure</pre></div></details>
<div class="cell_output docutils container">{output}</div></div>"""
FIGURE = """<figure id="f"><img alt="a picture" class="figure" src="../_images/{name}.svg" />
<figcaption><p>Words.</p></figcaption></figure>"""
ADDED = re.compile(r'<source[^>]*>|</?picture>|<p class="figure-offers.*?</p>| id="code-[^"]*"')


def test_a_figure_names_its_other_forms_in_its_caption():
    body = "before" + CELL.format(output=FIGURE.format(name=NAME)) + "<p>after</p>"
    page = extension.with_others(body, {NAME: {"phone": "", "data": ""}})
    assert f'<picture><source media="(max-width: 600px)" srcset="../_images/{NAME}-phone.svg"><img ' in page
    caption = page[page.index("<figcaption>") : page.index("</figcaption>")]
    assert f'href="../_images/{NAME}.csv"' in caption and 'href="#code-abcdef0123"' in caption
    assert '<div id="code-abcdef0123" class="cell_input docutils container">' in page
    assert page.startswith("before") and page.endswith("<p>after</p>")
    assert ADDED.sub("", page) == body


def test_a_picture_without_other_forms_and_one_without_a_caption():
    plain = '<img src="_images/other.svg">'
    assert extension.with_others(plain, {}) == plain
    two = f'<img src="_images/{NAME}.svg"><p>text</p>' + FIGURE.format(name="other")
    page = extension.with_others(two, {NAME: {"data": ""}})
    assert page.startswith(f'<img src="_images/{NAME}.svg"><p class="figure-offers">')
    assert "<picture>" not in page and "code" not in page and page.endswith(FIGURE.format(name="other"))


def test_two_figures_of_one_cell_link_to_its_code_once_each():
    body = CELL.format(output=FIGURE.format(name=NAME) + FIGURE.format(name="1" * 16))
    page = extension.with_others(body, {NAME: {"data": ""}, "1" * 16: {"data": ""}})
    assert page.count('<div id="code-') == 1 and page.count('<a href="#code-') == 1


def test_the_parts_of_an_svg_become_files(tmp_path):
    folder = tmp_path / "_images"
    folder.mkdir()
    (folder / "a.svg").write_text(vectors.svg(FIGURES["predictions"]()), "utf-8")
    (folder / "logo.svg").write_text("<svg/>", "utf-8")
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    extension.unpack(app, None)
    assert sorted(path.name for path in folder.iterdir()) == ["a-phone.svg", "a.csv", "a.svg", "logo.svg"]
    assert "<!--" not in (folder / "a.svg").read_text("utf-8")
    assert (folder / "a.csv").read_text("utf-8").startswith("panel,series,mark,x,y,value\n")
    extension.unpack(app, None)
    assert len(list(folder.iterdir())) == 4


# --- in the browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """What a reader sees of a page with two of the book's figures, from a folder."""
    folder = tmp_path_factory.mktemp("a page")
    (folder / "_images").mkdir()
    parts, body = {}, ""
    for name in ("through_time", "weight_images"):
        whole, parts[name] = vectors.unpacked(vectors.svg(FIGURES[name]()))
        (folder / "_images" / f"{name}.svg").write_text(whole, "utf-8")
        (folder / "_images" / f"{name}-phone.svg").write_text(parts[name]["phone"], "utf-8")
        (folder / "_images" / f"{name}.csv").write_text(parts[name]["data"], "utf-8")
        body += CELL.format(output=FIGURE.format(name=name).replace("../", "").replace('"f"', f'"{name}"'))
    css = (ROOT / "_static" / "book.css").read_text("utf-8")
    page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Figures</title>
    <meta name="viewport" content="width=device-width"><style>{css}
    body {{ margin: 12px }} figure {{ margin: 0 }}</style></head>
    <body><main class="bd-article">{extension.with_others(body, parts)}</main></body></html>"""
    (folder / "index.html").write_text(page, "utf-8")
    return answer(run("book/figures.mjs", folder / "index.html", CHROMIUM))


@in_browser
def test_a_phone_takes_the_phones_svg_at_its_own_size_and_a_wide_screen_the_other(reader):
    assert all(name.endswith("-phone.svg") for name in reader["360"]["sources"]), json.dumps(reader)
    assert not any("phone" in name for name in reader["1280"]["sources"])
    assert all(share > 0.97 for share in reader["360"]["scales"])  # so letters keep their eleven pixels
    assert reader["360"]["wide"] <= 360


@in_browser
def test_in_the_dark_a_figure_has_no_card_and_light_ink(reader):
    light, dark = reader["light"], reader["dark"]
    assert light["ground"] == [255, 255, 255]
    assert max(abs(a - b) for a, b in zip(dark["ground"], dark["page"])) <= 3
    assert light["darkest"] < 60 and dark["lightest"] > 200


@in_browser
def test_numbers_and_code_are_reached_by_keyboard_and_a_link_opens_the_fold(reader):
    assert reader["reached"] == ["numbers (CSV)", "code"] * 2
    assert reader["opened"] is True


@in_browser
def test_without_scripts_all_of_it_is_there(reader):
    assert reader["scripts"] == 0 and reader["faults"] == []
