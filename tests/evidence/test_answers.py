"""A question is answered by its claims' verdicts, however they come out, and says why it is open."""

import math
from dataclasses import replace

import pytest

from daleslaw_lib.evidence import answers, claims
from daleslaw_lib.statistics.contrasts import NONE, Interval

NAMES = {"steps-eg": "exponentiated gradient", "steps-adam": "Adam"}


def finding(name, mean, half=0.05, evidence="new seeds"):
    effect = NONE if evidence == "not run" else Interval(mean, mean - half, mean + half, 20)
    return claims.Finding(claims.get(name), evidence, None if effect is NONE else "paper", effect=effect)


def found(eg, adam):
    return {"steps-eg": finding("steps-eg", **eg), "steps-adam": finding("steps-adam", **adam)}


GOOD, BAD, SLIGHT = dict(mean=0.7), dict(mean=-0.7), dict(mean=0.04, half=0.02)
OPEN, EARLY, NOT = dict(mean=0.1), dict(mean=0.7, evidence="first seeds"), dict(mean=0, evidence="not run")


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (GOOD, "yes"),
        (BAD, "no"),
        (SLIGHT, "no"),
        (OPEN, "undecided"),
        (EARLY, "undecided"),
        (NOT, "not run yet"),
    ],
)
def test_a_claim_is_a_yes_only_if_new_seeds_decide_it_as_claimed(case, expected):
    assert answers.outcome(finding("steps-eg", **case)) == expected


def test_claims_stand_under_their_outcome_with_their_effects():
    said = answers.answer("Better?", found(GOOD, BAD), NAMES)
    assert said.startswith(f"**Better?** Yes: exponentiated gradient (×\u00a0{math.exp(0.7):.2f}, ")
    assert f"No: Adam (×\u00a0{math.exp(-0.7):.2f}, " in said and said.endswith(").")


def test_where_nothing_has_run_that_is_all_that_is_said():
    assert answers.answer("Better?", found(NOT, NOT), NAMES) == "**Better?** Not run yet."
    assert answers.answer("Better?", found(GOOD, NOT), NAMES).endswith("Not run yet: Adam.")


def test_what_is_open_says_why_of_one_and_of_several():
    one = answers.answer("Better?", found(OPEN, GOOD), NAMES)
    assert "Undecided: exponentiated gradient (" in one and "; it stays open with all its new seeds" in one
    two = answers.answer("Better?", found(OPEN, EARLY), NAMES)
    assert "; they stay open with all their new seeds" in two and " or have only their first seeds" in two


def test_points_say_which_side_of_the_other_network_they_are_on():
    above = finding("better-10", -0.12, 0.15)
    assert answers.effect(above) == "0.12 points above, 0.03 below to 0.27 above"
    below = finding("better-10", 0.5, 0.1)
    assert answers.effect(below) == "0.50 points below, 0.40 to 0.60"
    assert answers.outcome(below) == "yes" and answers.outcome(finding("better-10", -0.5, 0.1)) == "no"
    assert (
        answers.outcome(above) == "yes" and answers.outcome(finding("better-10", -0.2, 0.15)) == "undecided"
    )


def test_a_correlation_has_its_sign():
    r = replace(finding("one-cell-entropy", 0.8, 0.1))
    assert answers.effect(r) == "+0.80, +0.70 to +0.90"
