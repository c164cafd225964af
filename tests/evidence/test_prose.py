"""Findings in words: the table of verdicts, and what is still open."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib.evidence import chapters, claims, closing, prose
from daleslaw_lib.evidence.claims import Finding
from daleslaw_lib.statistics import estimate
from daleslaw_lib.statistics.contrasts import Interval


def finding(
    name="rescue-spectrum", effect=(0.6, 0.5, 0.7), n=5, evidence="first seeds", contrasts=(0.5, 0.6, 0.7)
):
    return Finding(claims.get(name), evidence, "paper", effect=Interval(*effect, n), contrasts=contrasts)


def test_a_ratio_is_written_with_its_interval():
    f = finding(effect=tuple(np.log([2.0, 1.5, 3.0])))
    assert prose.ratio(f) == "× 2.00 (1.50 to 3.00)"
    assert prose.ratio(replace(f, effect=Interval(np.nan, np.nan, np.nan, 0))) == "–"


def test_a_verdict_falls_on_new_seeds_alone_and_others_lean():
    early, new = finding(), finding(evidence="new seeds", n=30)
    assert prose.verdict(early) == f"undecided, leans to *{early.leaning}*"
    assert prose.verdict(new) == f"**{new.leaning}**"


def test_the_table_has_a_row_a_claim_and_says_why_it_is_open():
    text = prose.verdicts([finding(), finding("rescue-signs", evidence="not run", n=0)])
    assert sum(line.startswith("| ") for line in text.splitlines()) == 3
    assert "Two of two are undecided: one has only its first seeds" in text and "one has not been run" in text


def test_a_column_with_nothing_in_it_is_left_out():
    def columns(*findings):
        return [cell.strip() for cell in prose.verdicts(findings).splitlines()[0].strip("|").split("|")]

    everything = ["claim", "the paper", "ours (95 % interval)", "seeds", "verdict"]
    own = finding("better-10", effect=(0.1, -0.1, 0.3), n=20, evidence="new seeds")
    waiting = finding("better-1", effect=(np.nan,) * 3, evidence="not run", n=0)
    assert columns(finding(), own) == everything
    assert columns(own, waiting) == [name for name in everything if name != "the paper"]
    assert columns(waiting) == ["claim", "seeds", "verdict"]
    assert prose.verdicts([own, waiting]).count("\n| ") == 2


def test_a_table_has_its_digits_by_column_and_does_not_cut_words():
    words = "far longer than what pandas shows of a cell, which is fifty characters of it and no more"
    made = pd.DataFrame({"H": [0.5, np.nan], "error at": [1234.5, 2], "why": [words, ""]}, index=["a", "b"])
    head, line, *rows = prose.table(made.rename_axis("start"), H=3, error_at=0).splitlines()
    assert head == "| start | H | error at | why |" and line == "|---|---|---|---|"
    assert rows == [f"| a | 0.500 | 1,234 | {words} |", "| b |  | 2 |  |"]


def test_a_difference_of_errors_is_in_points():
    own = finding("better-10", effect=(0.1, -0.1, 0.3), n=20, evidence="new seeds")
    assert prose.ratio(own) == "+0.10 points (-0.10 to +0.30)"


def test_what_is_all_decided_is_said_so():
    new = finding(evidence="new seeds", n=30)
    assert prose.still_open([new]) == "It is decided on new seeds."
    assert prose.still_open([new, new]).startswith("All of these")


def test_seeds_that_would_decide_are_named_where_they_can_be_known():
    assert "new seeds decide it" in prose.still_open([finding()])
    assert "seeds decide" not in prose.still_open([finding(evidence="below paper scale")])


def test_small_counts_are_words():
    assert [prose.number(k) for k in (0, 1, 12, 13, 1500)] == ["no", "one", "twelve", "13", "1,500"]


def test_points_and_seeds_of_a_difference():
    e = estimate([1.0, 2.0, -0.5])
    assert prose.points(e).startswith("0.83 points (") and prose.in_seeds(e) == "in 2 of 3 seeds"


@pytest.mark.parametrize(
    ("evidence", "effect", "part"),
    [
        ("new seeds", (0.6, 0.5, 0.7), "stands"),
        ("first seeds", (0.6, 0.5, 0.7), "stands"),
        ("first seeds", (0.0, -0.1, 0.1), "falls"),
        ("first seeds", (0.3, -0.5, 1.1), "open"),
        ("below paper scale", (0.6, 0.5, 0.7), "open"),
        ("not run", (0.6, 0.5, 0.7), "open"),
    ],
)
def test_the_last_page_sorts_claims_by_what_the_archive_says(evidence, effect, part):
    f = finding(effect=effect, evidence=evidence, n=0 if evidence == "not run" else 5)
    assert closing.part(f) == part
    others = [name for name in closing.PARTS if name != part]
    assert f.claim.text in closing.lines([f], part)
    assert all(closing.lines([f], other).startswith("Nothing") for other in others)


def test_the_last_page_asks_claims_that_exist():
    assert [claims.get(name).name for name in closing.ASKED] == list(closing.ASKED)
    assert set(closing.ASKED.values()) <= set(chapters.FILES)


def test_how_many_are_decided_is_counted():
    said = closing.settled([finding(), finding(evidence="new seeds", n=30)])
    assert said.startswith("One of these two claims is decided")
