"""No number in the prose is a typed result: a cell makes it, or a test holds it to the archive."""

import json
import math
import re
from statistics import median

import pytest

from daleslaw_lib import theory
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import summary
from helpers import ROOT, TESTS
from tools import typed_numbers

PAGE = "We train at rate 0.01 {cite:p}`li2023` and see `1.234` and $9.87$ in [chapter 7](x_6.54.ipynb)."


def test_every_number_in_the_prose_is_accounted_for():
    assert [str(one) for one in typed_numbers.unexplained()] == []


def test_no_entry_of_the_list_is_left_over():
    assert typed_numbers.idle() == []


def test_every_entry_of_the_list_names_its_source_and_a_test_that_it_names_exists():
    tests = "".join(file.read_text("utf-8") for file in TESTS.rglob("test_*.py"))
    for numbers in typed_numbers.allowed().values():
        for source in numbers.values():
            assert len(source) > 9
            assert all(f"def {name}(" in tests for name in re.findall(r"\btest_\w+", source))


@pytest.fixture
def page(tmp_path, monkeypatch):
    """page(prose, shown, code) -> the numbers of such a chapter that nothing accounts for."""
    monkeypatch.setattr(typed_numbers, "ROOT", tmp_path)

    def page(prose, output="", code="", caption=""):
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": prose},
            {
                "cell_type": "code", "metadata": {"mystnb": {"figure": {"caption": caption}}}, "source": code,
                "outputs": [{"output_type": "execute_result", "data": {"text/markdown": output}}],
            },
        ]  # fmt: skip
        file = tmp_path / "chapter.ipynb"
        file.write_text(json.dumps({"cells": cells}))
        return [one.number for one in typed_numbers.found(file)]

    return page


def test_a_typed_result_is_found_in_text_and_caption(page):
    assert page("ColEI ends at 7.77 % and the RNN at 61 per cent.") == ["7.77", "61"]
    assert page("", caption="An entropy of 0.7321.") == ["0.7321"]


def test_what_a_cell_shows_or_asserts_is_no_typed_result(page):
    assert page("It ends at 7.77 %, or 7.8 %.", output="7.7712") == []
    assert page("It keeps 73 % of them.", code="assert abs(share - 0.7312) < 0.01") == []
    assert page("It ends at 7.9 %.", output="7.7712") == ["7.9"]


def test_settings_numbers_of_the_paper_and_what_is_no_prose_are_left_alone(page):
    assert page(PAGE) == []
    assert page("The paper's RNN ends at 2.264 %, its ColEI at 4.50 %, with 10 % inhibition.") == []
    assert page("With its 95 % interval, see exercise 4.3 and version 0.2.0.") == []
    assert page("**10.1 More than one input** (in code; 10 minutes). Add a second one.") == []


def test_a_number_that_goes_stale_is_found(page, tmp_path):
    """What a cell shows has changed, and the sentence has not."""
    assert page("They differ by 2.76 points.", output="- by 2.76 points (2.27 to 3.24)") == []
    assert page("They differ by 2.76 points.", output="- by 2.81 points (2.30 to 3.31)") == ["2.76"]


# --- what is typed, and held to the archive here -------------------------------------------------------


def test_typed_entropies_are_the_archives():
    """Chapter 3: RNN and DANN of 1,000 units, 0.97. Chapter 7: ColEI from 0.80 at 100 units to 0.87."""
    runs = reading.load("spectra").runs
    for kind in ("rnn", "dann"):
        large = runs[(runs.kind == kind) & (runs.hidden == 1_000)]
        assert round(large.entropy.mean(), 2) == 0.97
    for units, typed in ((100, 0.80), (1_000, 0.87)):
        drawn = runs[(runs.kind == "colei") & (runs.hidden == units) & (runs.ei_ratio == 9)]
        assert drawn.entropy.mean() == pytest.approx(typed, abs=0.006)
        assert theory.colei_entropy(units, 9) == pytest.approx(typed, abs=0.006)


def test_typed_arithmetic_is_right():
    """Chapter 3: ten times the units, 3.2 times the value. Chapter 7: the paper's gap of 0.24."""
    assert round(math.sqrt(10), 1) == 3.2
    size = reading.load("size")
    where = {"hidden": 1_000, "ei_ratio": 9.0}
    of = {kind: summary.published(size, where | {"kind": kind})[0][0] for kind in ("colei", "rnn")}
    assert round(of["colei"] - of["rnn"], 2) == 0.24


def test_a_danns_first_step_is_as_far_as_the_page_says():
    """At each learning rate 1.7 times as far as an RNN's."""
    measured = json.loads((ROOT / "benchmarks" / "own_models.json").read_text("utf-8"))["choice"]
    moved = {(c["layer"], c["lr"], c["clip"]): median(c["moved"]) for c in measured}
    ratios = [
        moved["DANN", lr, clip] / m for (kind, lr, clip), m in moved.items() if kind == "RNN" and lr <= 0.01
    ]
    assert len(ratios) == 3 and {round(ratio, 1) for ratio in ratios} == {1.7}
