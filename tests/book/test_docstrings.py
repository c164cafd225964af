"""Docstrings become pages: prose is escaped, examples and code stay as they were typed."""

from docutils.core import publish_doctree
from docutils.nodes import doctest_block, literal_block, paragraph

from _ext import docstrings

EXAMPLE = """First lines of `W_pos` * D.

>>> first_line(2 * W_pos)
'cannot open...'
>>> n_valid(-1)
Traceback (most recent call last):
    ...
ValueError: n_valid: expected a whole number >= 0, got -1

    s_1 = max(s)
"""


def page(text):
    lines = text.splitlines()
    docstrings.process(None, "function", "f", None, None, lines)
    return publish_doctree("\n".join(lines), settings_overrides={"report_level": 5})


def test_an_example_and_its_answers_show_no_backslash():
    (example,) = page(EXAMPLE).findall(doctest_block)
    assert "\\" not in example.astext()
    assert "first_line(2 * W_pos)" in example.astext() and "ValueError: n_valid: expected" in example.astext()


def test_prose_means_itself_and_indented_lines_are_code():
    found = page(EXAMPLE)
    assert next(iter(found.findall(paragraph))).astext().startswith("First lines of W_pos * D.")
    assert [block.astext() for block in found.findall(literal_block)] == ["s_1 = max(s)"]


def test_a_label_ends_the_one_before_it():
    text = "What it is.\n\nArgs:   n: how many.\nMemory: 2 n numbers.\nColumns: a, b."
    lines = text.splitlines()
    docstrings.process(None, "function", "f", None, None, lines)
    labelled = [line for line in lines if line.startswith(":")]
    assert [line.split(":")[1] for line in labelled] == ["Args", "Memory", "Columns"]
