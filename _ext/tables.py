"""Tables on a phone: a wide one becomes a card a row, each figure under the name of its column; so does one
that is full of words, and one of four columns whose longest words do not fit beside one another.

And a table of pandas has one header row, not a second for the name of its index alone.
"""

from __future__ import annotations

import re
from collections import Counter
from copy import copy

from bs4 import BeautifulSoup

TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
MATHS = re.compile(r"\\\((.*?)\\\)")  # which a label of CSS cannot show
WIDE = 5  # columns; fewer fit a phone, or scroll a little
CROWDED = 28  # letters of the longest words of four columns, together: more than a phone has room for
WORDY, LETTERS = 3, 60  # columns, and letters of a cell beside the first: a table of sentences


def mend_tables(app, pagename, templatename, context, doctree) -> None:
    if "<table" in context.get("body", ""):
        context["body"] = TABLE.sub(lambda found: mended(found[0]), context["body"])


def mended(text: str) -> str:
    """The table's HTML with one header row, and, if it is wide and has a name for every column, as cards."""
    table = BeautifulSoup(text, "html.parser").table
    head = table.thead.find_all("tr") if table.thead else []
    changed = len(head) == 2 and with_one_header(*head)
    if (head := table.thead.find_all("tr") if table.thead else []) and len(head) == 1:
        names = [MATHS.sub(r"\1", c.get_text(" ", strip=True)) for c in head[0].find_all(["th", "td"])]
        if all(names[1:]) and not table.find_all(colspan=True) and table.tbody:
            if len(names) >= WORDY and longest_cell(table) > LETTERS:
                as_cards(table, names)
                table["class"].append("of-words")
                changed = True
            elif names[0] and (
                len(names) >= WIDE or len(names) == WIDE - 1 and longest_words(table) > CROWDED
            ):
                as_cards(table, names)
                changed = True
    return str(table) if changed else text


def longest_cell(table) -> int:
    """Letters of the longest cell beside the first of a row."""
    cells = [cell for row in table.tbody.find_all("tr") for cell in row.find_all(["th", "td"])[1:]]
    return max((len(cell.get_text(" ", strip=True)) for cell in cells), default=0)


def longest_words(table) -> int:
    """Letters of the longest word of each column, together."""
    words = Counter()
    for row in table.find_all("tr"):
        cells = row.find_all(["th", "td"])
        for column, cell in enumerate(reversed(cells)):  # a cell above that spans it is missing first
            longest = max(map(len, cell.get_text(" ", strip=True).split()), default=0)
            words[column] = max(words[column], longest)
    return words.total()


def with_one_header(first, second) -> bool:
    """Put the index's name into the first header row, if the second has nothing else."""
    above, below = first.find_all("th"), second.find_all("th")
    said = [bool(cell.get_text(strip=True)) for cell in below]
    if len(above) != len(below) or any(cell.get_text(strip=True) for cell, here in zip(above, said) if here):
        return False
    if not any(said) or all(said):
        return False
    for cell, name in zip(above, below):
        if name.get_text(strip=True):
            cell.string = name.get_text(" ", strip=True)
    second.decompose()
    return True


def as_cards(table, names: list[str]) -> None:
    """Name every figure by its column. A cell that spans rows is in each of them, but seen on cards alone."""
    table["class"] = [*table.get("class", []), "cards"]
    left, spanning = [0] * len(names), [None] * len(names)  # rows that a cell above still covers, and it
    for row in table.tbody.find_all("tr"):
        own, before = iter(row.find_all(["th", "td"])), None
        for column, name in enumerate(names):
            if left[column]:
                cell = copy(spanning[column])
                before.insert_after(cell) if before else row.insert(0, cell)
                left[column] -= 1
            elif (cell := next(own, None)) is None:
                break
            elif span := int(cell.get("rowspan", 1)) - 1:
                left[column], spanning[column] = span, copy(cell)
                spanning[column]["class"] = [*cell.get("class", []), "again"]
                del spanning[column]["rowspan"]
            if column and cell.get_text(strip=True):
                cell["data-label"] = name
            before = cell


def setup(app):
    app.connect("html-page-context", mend_tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
