"""The first page's sentences: they turn with the evidence."""

import math
from dataclasses import replace

import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import claims, headlines
from daleslaw_lib.statistics import Resampled
from daleslaw_lib.statistics.contrasts import NONE, student


def finding(name, effects, evidence="new seeds", broken=((3, 10), (0, 10))):
    """A finding on the claim of that name whose contrasts are these logarithms of ratios."""
    return claims.Finding(
        claims.get(name), evidence, "paper", effect=student(effects), contrasts=tuple(effects), broken=broken
    )


AS_PUBLISHED = [[0.30, 0.31, 0.29, 0.30], [0.03, 0.02, 0.04, 0.03], [0.10, 0.09, 0.11, 0.10]]
LARGE, NONE_AT_ALL, OPPOSITE = [1.3, 1.4, 1.5, 1.4], [-0.02, 0.01, 0.02, -0.01], [-1.3, -1.4, -1.5]


def test_the_law_is_cleared_only_if_colei_is_worse_and_dann_is_not():
    dann = finding("adding-dann", NONE_AT_ALL, broken=((2, 10), (0, 10)))
    text = headlines.law(finding("adding-colei", LARGE, broken=((3, 10), (2, 10))), dann)
    cleared = "One way to obey the law learns badly, another does not"
    assert text.startswith(f"**{cleared}")
    assert "3 of 10 ColEI networks never learn, 2 of 10 RNNs, and 0 of 10 DANNs" in text
    assert f"{math.exp(1.4):.2f} times" in text and "*larger*, decided on 10 new seeds" in text
    worse_dann = finding("adding-dann", OPPOSITE)
    assert cleared not in headlines.law(finding("adding-colei", NONE_AT_ALL), dann)
    assert cleared not in headlines.law(finding("adding-colei", LARGE), worse_dann)


def test_rnns_that_are_clipped_stand_beside_those_that_are_not():
    """How many of them break, and how DANN's loss compares with that of those that do not."""
    found = finding("adding-colei", LARGE, broken=((3, 10), (2, 10))), finding("adding-dann", NONE_AT_ALL)
    clipped = finding("adding-dann", [-0.3, -0.4, -0.2, -0.3], broken=((1, 12), (0, 12)))
    text = headlines.law(*found, clipped)
    assert "2 of 10 RNNs (1 of 12 if clipped, as the others are), and" in text
    assert f". Beside a clipped RNN, DANN ends at {math.exp(0.3):.2f} times the loss (" in text
    assert "clipped RNN" not in headlines.law(*found)


def test_dann_has_its_own_interval_and_verdict_the_way_that_its_ratio_is_said():
    dann = finding("adding-dann", [0.05, 0.1, 0.15, 0.1])  # log RNN - log DANN
    low, high = math.exp(-dann.effect.high), math.exp(-dann.effect.low)
    text = headlines.law(finding("adding-colei", LARGE), dann)
    assert f"DANN at {math.exp(-0.1):.2f} times ({low:.2f} to {high:.2f}; *reproduced*, " in text


@pytest.mark.parametrize(
    "effects, words", [(LARGE, "rescue"), (OPPOSITE, "harm"), (NONE_AT_ALL, "no clear difference")]
)
def test_a_rescue_is_said_only_where_the_interval_shows_one(effects, words):
    assert words in headlines.rescue(finding("rescue-spectrum", effects)).split("**")[1]


def test_a_rescue_is_measured_from_coleis_own_start_under_the_same_sign_freeze():
    frozen = {term.where["frozen"] for term in claims.get("rescue-spectrum").terms}
    baseline = claims.get("rescue-spectrum").terms[0].where
    assert frozen == {True} and (baseline["vectors"], baseline["spectrum"]) == ("colei", "colei")
    text = headlines.rescue(finding("rescue-spectrum", LARGE))
    assert f"the error of ColEI's own start, under the same sign freeze, by {math.exp(1.4):.2f} (" in text


def test_seeds_on_which_a_network_breaks_are_said_of_two_networks_or_of_all():
    both = headlines.standing(finding("adding-colei", LARGE, broken=((3, 10), (2, 10))))
    assert both.endswith("decided on 10 new seeds, on 4 of which both networks learn")
    four = headlines.standing(finding("size-gap", LARGE, broken=((3, 10),) * 4))
    assert four.endswith("on 4 of which all its networks learn")
    assert headlines.standing(finding("adding-colei", LARGE, broken=((0, 4), (0, 4)))).endswith("4 new seeds")


def test_first_seeds_are_hedged_and_counted():
    text = headlines.rescue(finding("rescue-spectrum", LARGE, "first seeds", broken=((0, 5), (0, 5))))
    assert text.startswith("**So far, an RNN's") and "*undecided*: so far five first seeds" in text
    assert "lower in 4 of 4 seeds" in text
    some = replace(finding("rescue-spectrum", LARGE), evidence="some new seeds")
    assert "*undecided*: so far ten of its new seeds" in headlines.rescue(some)
    wide = finding("rescue-spectrum", [0.1, 0.9, 0.2, 0.6])
    assert "*undecided* on all ten new seeds" in headlines.rescue(wide)


def test_a_doubt_is_said_beside_the_verdict():
    doubtful = replace(finding("rescue-spectrum", LARGE), p_holm=0.2)
    assert (
        "on 4 of which both networks learn, but not after correction for the other claims of its figure or "
        "chapter" in headlines.rescue(doubtful)
    )


def test_without_inhibitory_connections_the_error_is_that_many_times_as_large():
    text = headlines.inhibition(finding("ii-ablation-all", [-math.log(2.0), -math.log(2.2), -math.log(1.8)]))
    assert "ColEI needs" in text and f"{(2.0 * 2.2 * 1.8) ** (1 / 3):.2f} times as large" in text
    assert "is better without" in headlines.inhibition(finding("ii-ablation-all", LARGE))


@pytest.mark.parametrize(
    ("evidence", "words"),
    [("not run", "have not been made yet"), ("too few learn", "Too few of the runs learn")],
)
def test_without_an_effect_the_reason_is_said(evidence, words):
    def none(name):
        return replace(finding(name, LARGE, evidence), effect=NONE)

    said = (
        headlines.rescue(none("rescue-spectrum")),
        headlines.inhibition(none("ii-ablation-all")),
        headlines.law(none("adding-colei"), finding("adding-dann", NONE_AT_ALL)),
        headlines.law(finding("adding-colei", LARGE), none("adding-dann")),
        headlines.within(none("one-cell-entropy"), finding("control-balanced", OPPOSITE)),
    )
    assert all(words in text and text.startswith("**") for text in said)


def test_entropy_adds_nothing_where_its_interval_holds_zero():
    grid = reading.load("entropy_grid", "laptop")
    assert "adds nothing" in headlines.entropy(Resampled(0.1, -0.2, 0.3), 30, grid)
    assert "says more" in headlines.entropy(Resampled(0.5, 0.2, 0.7), 30, grid)


def test_short_runs_of_the_grid_are_called_short():
    grid = reading.load("entropy_grid", "laptop")
    text = headlines.entropy(Resampled(0.1, -0.2, 0.3), 30, grid)
    assert text.startswith("**So far, one number") and "short runs, 2,400 of 56,250 updates" in text
    text = headlines.entropy(Resampled(0.1, -0.2, 0.3), 30, replace(grid, scale="paper"))
    assert text.startswith("**One number") and "short" not in text


def within(r, balanced, n=10):
    correlation = replace(student(LARGE), mean=r, low=r - 0.3, high=r + 0.1, n=n)
    cell = replace(finding("one-cell-entropy", LARGE), effect=correlation)
    return headlines.within(cell, finding("control-balanced", balanced))


def test_entropy_matters_within_one_size_and_share_only_if_the_interval_says_so():
    assert within(0.8, NONE_AT_ALL).startswith(
        "**At one size and share of inhibition entropy goes with the error.**"
    )
    assert "over ten sorts of ColEI's weights the higher the entropy, the smaller the error: the rank " in (
        within(0.8, NONE_AT_ALL).lower().replace("colei", "ColEI")
    )
    assert "correlation is 0.80 (0.50 to 0.90; *reproduced*)" in within(0.8, NONE_AT_ALL)
    assert "says nothing clear" in within(0.1, NONE_AT_ALL) and "smaller" not in within(0.1, NONE_AT_ALL)
    assert "goes with the error the other way.**" in within(-0.6, NONE_AT_ALL) and "larger" in within(
        -0.6, NONE_AT_ALL
    )


def test_balanced_rows_are_spoken_of_only_where_they_cost():
    assert f"{math.exp(1.4):.2f} times as large" in within(0.8, OPPOSITE)
    assert "as large" not in within(0.8, LARGE) and "as large" not in within(0.8, NONE_AT_ALL)


def paper(verdict, evidence="new seeds"):
    """A finding on a claim of the paper that has this verdict."""
    effects = {
        "reproduced": [0.6, 0.7],
        "larger": [2.0, 2.1],
        "contradicted": [-0.5, -0.4],
        "undecided": [0.1, 0.9],
    }
    mean = [x + d for x in effects[verdict] for d in (-0.01, 0.01)]
    found = finding("rescue-spectrum", mean, evidence)
    assert evidence != "new seeds" or found.verdict == verdict
    return found


def test_the_score_says_how_many_claims_are_decided_and_why_others_are_not():
    decided = [paper("reproduced"), paper("larger")]
    open_ = [paper("undecided")], [paper("reproduced", "first seeds"), paper("reproduced", "not run")]
    said = headlines.score([*decided, *open_[0], *open_[1]])
    assert said.startswith(
        "Of the paper's 5 claims about learning 2 are decided by now: 1 reproduced and 1 larger. "
    )
    assert (
        "One stays open with all its runs done; for two, runs are still to come: one has not begun, and what "
        "is said of the other rests on first" in said
    )
    twice = replace(open_[0][0], claim=replace(open_[0][0].claim, second="second_sample"))
    assert "open with all its runs done; one is to be weighed by a second sample" in headlines.score(
        [*decided, *open_[0], twice]
    )
    assert "second sample" not in headlines.score([*decided, replace(twice, before=twice.effect)])
    assert "still to come" not in headlines.score([*decided, paper("reproduced", "too few learn")])
    assert "still to come" not in headlines.score([*decided, *open_[0]])
    assert "all" not in headlines.score([*decided, *open_[1]]).partition("Of")[2]
    assert headlines.score([paper("reproduced"), paper("reproduced"), paper("contradicted")]) == (
        "All 3 claims of the paper about learning are decided: 2 reproduced and 1 contradicted."
    )
    assert "0 are decided by now: none. For one, runs are" in headlines.score(
        [paper("larger", "first seeds")]
    )


def test_the_baseline_is_deep_if_the_deep_network_comes_nearer_to_it():
    one, three = reading.load("one_layer_mnist"), reading.load("three_layer_mnist")
    assert "probably has three layers" in headlines.baseline(one, three)
    assert "probably has three layers" not in headlines.baseline(three, one)


def test_what_follows_from_the_depth_is_said_once_all_three_are_reproduced():
    one, three = reading.load("one_layer_mnist"), reading.load("three_layer_mnist")
    matched = [finding(name, effects) for name, effects in zip(headlines.MATCHED, AS_PUBLISHED)]
    assert {f.verdict for f in matched} == {"reproduced"}
    said = "is *reproduced*"
    assert said in headlines.baseline(one, three, matched)
    first = [replace(f, evidence="first seeds") for f in matched]
    assert said not in headlines.baseline(one, three, [matched[0], first[1], matched[2]])
    assert said not in headlines.baseline(one, three)


def test_there_are_seven_sentences_each_with_its_chapter():
    found = {name: finding(name, LARGE) for name in headlines.NEEDED}
    one, three = reading.load("one_layer_mnist"), reading.load("three_layer_mnist")
    grid = reading.load("entropy_grid")
    errors = {"1": 9.0, "10": 8.0, "50": 7.0}
    early = headlines.Early(100, 3, errors, errors, 5.0)
    lines = headlines.headlines(found, one, three, grid, Resampled(0.1, -0.2, 0.3), 30, early).splitlines()
    assert [line[:2] for line in lines] == ["1.", "2.", "3.", "4.", "5.", "6.", "7."]
    assert all("](chapters/0" in line for line in lines[:6]) and "](chapters/10_" in lines[6]
