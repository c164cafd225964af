"""Wide tables become cards on a phone, and tables of pandas have one header row."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from _ext import tables
from helpers import ROOT
from helpers.web import CHROMIUM, answer, in_browser, run

COLUMNS = ("claim", "figure", "the paper", "ours", "verdict")


def table(columns, *rows, cell="td"):
    head = "".join(f"<th>{name}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<{cell}>{v}</{cell}>" for v in row) + "</tr>" for row in rows)
    return f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


WIDE = table(COLUMNS, ("ColEI is worse", "2a", "", "x 3.96 (3.07 to 5.11)", "<strong>larger</strong>"))


def test_a_wide_table_names_every_figure_that_there_is():
    found = BeautifulSoup(tables.mended(WIDE), "html.parser").table
    assert found["class"] == ["table", "cards"]
    labels = [cell.get("data-label") for cell in found.tbody.find_all("td")]
    assert labels == [None, "figure", None, "ours", "verdict"]
    assert found.get_text() == BeautifulSoup(WIDE, "html.parser").get_text() and "<strong>" in str(found)


def test_a_columns_name_in_maths_is_plain_on_a_card():
    found = BeautifulSoup(tables.mended(table(("a", r"\(H\)", "c", "d", "e"), "12345")), "html.parser")
    assert found.find_all("td")[1]["data-label"] == "H"


def test_a_cell_that_spans_rows_is_on_the_card_of_each_and_no_figure_slips_by_a_column():
    index = pd.MultiIndex.from_product(
        [["ColEI", "DANN"], ["faithful", "corrected"]], names=["kind", "preset"]
    )
    frame = pd.DataFrame({"mean": [1.0, 2.0, 3.0, 4.0], "median": 5.0, "runs": 6}, index=index)
    rows = BeautifulSoup(tables.mended(frame.to_html()), "html.parser").tbody.find_all("tr")
    found = [{c.get("data-label", "title"): c.get_text() for c in row.find_all(["th", "td"])} for row in rows]
    assert found == [
        {"title": kind, "preset": preset, "mean": str(mean), "median": "5.0", "runs": "6"}
        for (kind, preset), mean in frame["mean"].items()
    ]
    assert [len(row.select(".again")) for row in rows] == [0, 1, 0, 1]
    assert [row.th.get("rowspan") for row in rows] == ["2", None, "2", None]


@pytest.mark.parametrize("columns", [("a", "b", "c"), ("", "b", "c", "d", "e")])
def test_a_small_table_and_one_with_a_nameless_column_stay_as_they_are(columns):
    text = table(columns, columns)
    assert tables.mended(text) == text


def test_four_columns_are_cards_if_their_longest_words_do_not_fit_beside_one_another():
    small = table(("kind", "RNN", "ColEI", "DANN"), ("turnover", "0.80", "0.24", "0.54"))
    columns = ("claim", "so far", "seeds to decide", "core hours")
    crowded = table(columns, ("ColEI on row-sequential MNIST", "n 5, first seeds", "12", "0.3"))
    assert tables.mended(small) == small
    assert BeautifulSoup(tables.mended(crowded), "html.parser").table["class"] == ["table", "cards"]


SENTENCE = (
    "The ablation of inhibitory-to-inhibitory weights takes its count from the input instead of the layer. "
)
WORDS = table(("", "What differs", "faithful"), ("E11", SENTENCE * 2, "ablated=3"))


def test_a_table_of_sentences_is_cards_too_and_its_first_column_the_title():
    found = BeautifulSoup(tables.mended(WORDS), "html.parser").table
    assert found["class"] == ["table", "cards", "of-words"]
    assert [cell.get("data-label") for cell in found.tbody.find_all("td")] == [
        None,
        "What differs",
        "faithful",
    ]
    short = table(("", "What differs", "faithful"), ("E11", SENTENCE[:60], "ablated=3"))
    assert tables.mended(short) == short


@in_browser
def test_on_a_phone_sentences_stand_below_the_name_of_their_column(tmp_path):
    found = on_two_screens(tmp_path, WORDS)
    assert found["360"]["display"] == "block" and found["360"]["scrolls"] is False
    assert found["360"]["right"] <= 360 and found["1280"]["display"] == "table-cell"


def test_a_table_of_pandas_has_one_header_row_with_the_name_of_its_index():
    frame = pd.DataFrame({"mean": [1.5], "n": [3]}, index=pd.Index(["one"], name="kind"))
    found = BeautifulSoup(tables.mended(frame.to_html()), "html.parser")
    (row,) = found.thead.find_all("tr")
    assert [cell.get_text() for cell in row.find_all("th")] == ["kind", "mean", "n"]
    nameless = frame.rename_axis(None).to_html()
    assert tables.mended(nameless) == nameless


def test_two_header_rows_that_both_say_something_stay():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert tables.mended(frame.to_html()) == frame.to_html()


def on_two_screens(folder, table):
    """What web/book/cards.mjs finds of a table, under the book's own style."""
    css = (ROOT / "_static" / "book.css").read_text("utf-8")
    page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tables</title>
    <meta name="viewport" content="width=device-width"><style>{css}</style></head>
    <body><main class="bd-article">{tables.mended(table)}</main></body></html>"""
    (folder / "index.html").write_text(page, "utf-8")
    return answer(run("book/cards.mjs", folder / "index.html", CHROMIUM))


@in_browser
def test_on_a_phone_four_short_columns_stand_beside_one_another(tmp_path):
    columns = ("asked for", "H", "inputs", "off by at most")
    found = on_two_screens(tmp_path, table(columns, ("an RNN's spectrum", "0.954", "3.4", "0.007")))
    assert found["360"]["display"] == "table-cell" and found["360"]["scrolls"] is False


@in_browser
def test_on_a_phone_nothing_scrolls_and_the_verdict_is_on_the_screen(tmp_path):
    found = on_two_screens(tmp_path, WIDE)
    assert found["360"]["display"] == "flex" and found["360"]["right"] <= 360
    assert found["360"]["scrolls"] is False and found["360"]["label"] == '"verdict"'
    assert found["1280"]["display"] == "table-cell" and found["1280"]["label"] == "none"
