"""The last page keeps what is decided apart from what first seeds lean to."""

from dataclasses import replace

import pytest

from daleslaw_lib.evidence import claims, closing
from daleslaw_lib.statistics.contrasts import NONE, student


def finding(name, effects, evidence="new seeds"):
    return claims.Finding(
        claims.get(name), evidence, "paper", effect=student(effects), contrasts=tuple(effects)
    )


DECIDED = finding("adding-colei", [0.75, 0.7, 0.72, 0.71])
LEANING = finding("mnist-colei", [0.45, 0.44, 0.46, 0.45], "first seeds")
FALLING = finding("transplant-vectors", [0.0, 0.01, -0.01, 0.0], "first seeds")


def test_what_leans_stands_below_what_is_decided_under_a_line_that_says_so():
    assert DECIDED.verdict == "reproduced" and LEANING.verdict == "undecided"
    decided, leaning = closing.lines([LEANING, DECIDED], "stands").split("Not decided yet")
    assert "adding problem" in decided and "adding problem" not in leaning
    assert "1 layer" in leaning and "1 layer" not in decided and "leans to *reproduced*" in leaning


def test_a_part_in_which_everything_only_leans_says_that_nothing_is_decided():
    text = closing.lines([FALLING, DECIDED], "falls")
    assert text.startswith("By now nothing is decided here.") and "leans to *contradicted*" in text
    assert "Not decided yet" not in closing.lines([DECIDED], "stands")


@pytest.mark.parametrize("wanted", closing.PARTS)
def test_a_part_without_claims_says_so(wanted):
    assert closing.lines([], wanted) == "Nothing, on what is archived here."


def test_what_has_not_run_or_ran_for_less_time_is_open_wherever_it_leans():
    short = replace(LEANING, evidence="below paper scale", scale="laptop")
    missing = replace(LEANING, effect=NONE, evidence="not run", scale=None)
    assert [closing.part(f) for f in (DECIDED, LEANING, FALLING, short, missing)] == [
        "stands", "stands", "falls", "open", "open",
    ]  # fmt: skip
    assert "not run" in closing.lines([missing], "open")
