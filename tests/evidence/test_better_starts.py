"""Chapter 10's aim in sentences, for every way in which its runs can come out."""

import math
from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib.evidence import answers, better_starts, claims
from daleslaw_lib.evidence.better_starts import Early
from daleslaw_lib.evidence.claims import Finding
from daleslaw_lib.statistics.contrasts import NONE, Interval, student

HELD, BROKEN = Interval(1.0, 0.9, 1.1, 20), Interval(-1.0, -1.1, -0.9, 20)
OPEN = Interval(-0.1, -1.2, 1.0, 20)


def found(**effects):
    """Findings on `NEEDED`: those named ("better_10") with these effects, the others not run."""
    some = {name.replace("_", "-"): effect for name, effect in effects.items()}
    return {
        name: Finding(claims.get(name), "new seeds", "paper", effect=some[name])
        if name in some
        else Finding(claims.get(name), "not run", None, effect=NONE)
        for name in better_starts.NEEDED
    }


def test_before_the_runs_nothing_is_known():
    text = better_starts.aim(found())
    assert "not known yet" in text and "can be kept" not in text


def test_the_aim_reached_everywhere_is_said_without_a_but():
    text = better_starts.aim(found(better_1=HELD, better_10=HELD, better_50=HELD))
    assert text.startswith(
        "**On digits, in one layer, Dale's law can be kept and an RNN's error reached, within 0.3 points, "
    )
    assert text.endswith(" at 1, 10 and 50 % inhibition.**")


def test_each_share_stands_under_what_came_of_it():
    text = better_starts.aim(found(better_1=BROKEN, better_10=HELD, better_50=OPEN))
    reached, behind, undecided = text.split("; ")
    assert reached.startswith("**On digits, in one layer, Dale's law can be kept") and reached.endswith(
        "at 10 % inhibition"
    )
    assert "more than 0.3 points behind an RNN at 1 % inhibition" in behind
    assert undecided.endswith("is undecided at 50 % inhibition.**")
    assert "at 1 and 50 % the runs are still to come" in better_starts.aim(found(better_10=HELD))


def test_the_aim_missed_everywhere_says_nothing_of_a_law_that_can_be_kept():
    text = better_starts.aim(found(better_1=BROKEN, better_10=BROKEN, better_50=BROKEN, memory_signs=HELD))
    assert text.startswith("**The start that was chosen stays more than 0.3 points behind an RNN")
    assert text.endswith(" at 1, 10 and 50 % inhibition.**") and "can be kept" not in text


@pytest.mark.parametrize(
    ("signs", "words"),
    [(HELD, "no cost of the law is seen"), (BROKEN, "helps more without the law"), (OPEN, "")],
)
def test_an_rnn_with_the_same_help_is_spoken_of_once_it_is_decided(signs, words):
    text = better_starts.aim(found(better_10=HELD, memory_signs=signs))
    assert words in text and ("permutation" in text) == bool(words)


def test_an_rnn_from_an_identity_stands_beside_one_from_a_permutation_where_it_is_further_ahead():
    """Its effect is, seed by seed, what the start has beside a permutation less what an identity has."""
    behind, ahead = [-0.14, -0.12, -0.15, -0.13], [0.26, 0.25, 0.27, 0.27]
    some = found(better_10=HELD, memory_signs=student(behind), memory_identity=student(ahead))
    assert "identity" not in better_starts.aim(some)  # without contrasts nothing is known seed by seed
    some["memory-signs"] = replace(some["memory-signs"], contrasts=tuple(behind))
    some["memory-identity"] = replace(some["memory-identity"], contrasts=tuple(ahead))
    ratio = math.exp(np.mean(behind) - np.mean(ahead))
    assert f", and one that starts from an identity by more (×\u00a0{ratio:.2f}, " in better_starts.aim(some)
    some["memory-identity"] = replace(some["memory-identity"], contrasts=tuple(-x for x in ahead))
    assert "identity" not in better_starts.aim(some)  # it is behind the permutation, then


@pytest.mark.parametrize("one", answers.OUTCOMES)
def test_every_outcome_has_its_words(one):
    assert one in better_starts.SAID and one in better_starts.BESIDE_A_FREE_ONE


EARLY = Early(9_360, 3, {"1": 30.0, "10": 17.0, "50": 15.0}, {"1": 7.5, "10": 5.5, "50": 6.0}, 4.75)


def test_before_the_runs_at_length_the_first_page_has_the_screen_and_hedges():
    said = better_starts.headline(found(), EARLY)
    assert said.startswith(
        "**So far, a ColEI can start better without breaking the law.** After 9,360 updates"
    )
    assert "7.5, 5.5 and 6.0 % error at 1, 10 and 50 % inhibition, ColEI's own 30.0, 17.0 and 15.0 %" in said
    assert "an RNN 4.8 %. Three seeds" in said and "still to come" in said
    worse = replace(EARLY, best={"1": 31.0, "10": 5.5, "50": 6.0})
    assert "no start is better" in better_starts.headline(found(), worse)


def test_after_them_it_has_the_aim_with_its_effects():
    said = better_starts.headline(found(better_1=BROKEN, better_10=HELD), EARLY)
    assert said.startswith(better_starts.aim(found(better_1=BROKEN, better_10=HELD)))
    assert "1.00 points above at 1 % (0.90 to 1.10) and 1.00 points below at 10 % (0.90 to 1.10)." in said
    assert "30.0" not in said
