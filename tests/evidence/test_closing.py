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


def test_claims_that_wait_share_a_bullet_and_only_new_seeds_show_their_effects():
    layers = finding("mnist3-colei", [0.45, 0.44, 0.46, 0.45], "first seeds")
    *decided, waiting = closing.lines([LEANING, DECIDED, layers], "stands").splitlines()
    assert len(decided) == 1 and "×" in decided[0]
    assert "1 layer" in waiting and "3 layers" in waiting and "×" not in waiting
    assert waiting.count("](04_learning.ipynb)") == 2

    missing = replace(LEANING, effect=NONE, evidence="not run", scale=None)
    between = finding("transplant-spectrum", [0.1, 0.5, 0.2, 0.45])
    assert between.verdict == "undecided"
    all_new, not_run = closing.lines([missing, between], "open").splitlines()
    assert (
        "all new seeds hold a boundary" in all_new
        and "×" in all_new
        and not_run.startswith("- So far not run")
    )


def test_whatever_is_put_into_an_rnn_is_weighed_as_printed_and_at_matched_depth():
    for name in ("transplant-spectrum", "transplant-vectors", "transplant-signs"):
        assert {name, f"{name}-matched"} <= set(closing.ASKED)


def test_the_page_has_every_claim_once_under_what_stands_falls_or_is_open():
    missing = replace(LEANING, effect=NONE, evidence="not run", scale=None)
    said = closing.weighed([DECIDED, FALLING, missing])
    count, stands, falls, is_open = said.split("**What ")
    assert count.startswith("One of these three claims is decided")
    assert (
        stands.startswith("stands**: reproduced, where nothing else is said\n")
        and DECIDED.claim.text in stands
    )
    assert falls.startswith("falls**") and FALLING.claim.text in falls
    assert is_open.startswith("is open**") and missing.claim.text in is_open
    assert all(said.count(f"[{f.claim.text}]") == 1 for f in (DECIDED, FALLING, missing))


def test_a_verdict_is_said_where_it_is_not_reproduced():
    larger = finding("adding-colei", [1.4, 1.35, 1.3, 1.38])
    assert "**" not in closing.line(DECIDED) and closing.line(larger).endswith(", **larger**.")


def test_the_page_begins_with_every_claim_in_a_few_words_and_folds_how_it_was_weighed():
    missing = replace(LEANING, effect=NONE, evidence="not run", scale=None)
    findings = [DECIDED, FALLING, missing]
    brief, folded = closing.page(findings).split("<details>")
    assert folded.rstrip().endswith("</details>") and closing.weighed(findings) in folded
    _, stands, falls, is_open = brief.split("**What ")
    assert stands.startswith("stands.**") and closing.BRIEFLY["adding-colei"] in stands
    assert falls.startswith("falls.** *Not decided, but leaning so:*")
    assert closing.BRIEFLY["transplant-vectors"] in falls
    assert is_open.startswith("is open.** [") and closing.BRIEFLY["mnist-colei"] in is_open
    assert brief.count("](") == 3 and "×" not in brief


def test_a_few_words_name_the_verdict_where_it_says_more_than_their_part():
    larger = finding("adding-colei", [1.4, 1.35, 1.3, 1.38])
    assert "(by more than in the paper)" in closing.briefly([larger])
    assert "(" not in closing.briefly([DECIDED]).replace("](04", "")
    assert closing.briefly([]).count(closing.NOTHING) == len(closing.PARTS)


def test_every_claim_of_the_page_has_its_few_words_shorter_than_the_claim_or_hardly_longer():
    assert list(closing.BRIEFLY) == list(closing.ASKED)
    for name, words in closing.BRIEFLY.items():
        assert len(words) <= max(len(claims.get(name).text), 56), name


def test_what_else_a_page_says_stands_beside_the_claims_before_how_they_were_weighed():
    brief, folded = closing.page([DECIDED], "**What to build.** A bridge.").split("<details>")
    assert (
        "A bridge." in brief.split('<div class="in-columns">')[1].split("</div>")[0]
        and "bridge" not in folded
    )
