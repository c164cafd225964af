"""The rule by which claims are judged, and how often it errs."""

import math
from itertools import product

import numpy as np
import pytest

from daleslaw_lib.evidence import verdicts
from daleslaw_lib.evidence.verdicts import verdict
from daleslaw_lib.experiments import experiment
from daleslaw_lib.experiments.experiment import MARGIN
from daleslaw_lib.statistics import contrasts
from daleslaw_lib.statistics.contrasts import Interval


def at(low, high, n=10):
    return Interval((low + high) / 2, low, high, n)


@pytest.mark.parametrize(
    "low, high, claimed, published, given",
    [
        (0.6, 0.9, "better", 1.0, "reproduced"),
        (0.6, 1.9, "better", 1.0, "reproduced"),
        (1.6, 1.9, "better", 1.0, "larger"),
        (0.1, 0.4, "better", 1.0, "smaller"),
        (-0.1, 0.4, "better", 1.0, "contradicted"),
        (-0.9, -0.4, "better", 1.0, "contradicted"),
        (-0.4, 0.6, "better", 1.0, "undecided"),
        (0.1, 0.6, "better", 1.0, "undecided"),
        (0.4, 3.0, "better", 1.0, "undecided"),
        (0.1, 0.4, "better", None, "reproduced"),
        (-0.1, 0.4, "better", None, "undecided"),
        (-0.4, -0.1, "better", None, "contradicted"),
        (-0.1, 0.1, "no worse", None, "reproduced"),
        (-0.1, -0.05, "no worse", 1.0, "reproduced"),
        (0.3, 0.4, "no worse", None, "larger"),
        (-0.5, 0.1, "no worse", None, "undecided"),
        (-0.5, -0.3, "no worse", None, "contradicted"),
        (-0.1, 0.1, "same", None, "reproduced"),
        (-0.1, 0.3, "same", None, "undecided"),
        (0.3, 0.4, "same", None, "contradicted"),
        (-0.4, -0.3, "same", None, "contradicted"),
    ],
)
def test_a_verdict_follows_from_where_the_interval_lies(low, high, claimed, published, given):
    assert verdict(at(low, high), claimed, published) == given


def test_nothing_measured_is_undecided():
    for claimed in experiment.CLAIMED:
        assert verdict(contrasts.NONE, claimed, 1.0) == "undecided"


@pytest.mark.parametrize(
    "claimed, published", [("better", 1.0), ("better", None), ("no worse", None), ("same", None)]
)
def test_more_noise_never_improves_a_verdict(claimed, published):
    """Widen an interval about its middle: what is not reproduced does not become so, and nothing negative
    turns into something better than undecided."""
    good, bad = {"larger", "reproduced"}, {"contradicted", "smaller"}
    for middle in np.linspace(-2.5, 2.5, 101):
        before = None
        for half in np.linspace(0.001, 4, 200):
            now = verdict(at(middle - half, middle + half), claimed, published)
            if before in bad or before == "undecided":
                assert now not in good
            if before == "undecided":
                assert now == "undecided"
            if before == "contradicted":
                assert now != "smaller"
            before = now


EFFECTS = {"none": 0.0, "half": 0.5, "full": 1.0, "double": 2.0, "opposite": -1.0}


@pytest.mark.parametrize("n, spread", list(product((5, 30), (0.1, 0.5))))
@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
def test_a_verdict_is_wrong_with_a_chance_of_five_per_cent_at_most(n, spread, effect):
    """At the effects that matter, for a published effect of 0.4 on the log scale."""
    rng = np.random.default_rng([n, round(10 * spread), round(10 * effect) + 50])
    for claimed, published in (("better", 0.4), ("no worse", None), ("same", None)):
        settings = (0.4 * effect, claimed, published, MARGIN)
        chance = verdicts.chances(settings[0], spread, n, *settings[1:], rng=rng, draws=2_000)
        assert sum(chance.values()) == pytest.approx(1)
        errors = sum(p for name, p in chance.items() if p and verdicts.wrong(name, *settings))
        assert errors < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2_000)


def test_with_no_effect_a_claim_is_hardly_ever_reproduced_however_noisy():
    rng = np.random.default_rng(1)
    for spread in (0.05, 0.2, 1.0, 5.0):
        chance = verdicts.chances(0.0, spread, 5, "better", 0.4, MARGIN, rng=rng, draws=2_000)
        assert chance["reproduced"] + chance["larger"] < 0.04


def test_p_belongs_to_the_statement_that_the_verdict_makes():
    x = np.array([0.1, 0.12, 0.08, 0.11, 0.09])
    assert verdicts.p_value(x, "better", "smaller", 1.0, MARGIN) < 0.001
    assert verdicts.p_value(x, "better", "reproduced", 1.0, MARGIN) > 0.99
    assert verdicts.p_value(x, "same", "reproduced", None, MARGIN) < 0.001
    assert verdicts.p_value(x + 1, "same", "contradicted", None, MARGIN) < 0.001
    assert math.isnan(verdicts.p_value([1.0], "better", "reproduced", 1.0, MARGIN))


@pytest.mark.parametrize(
    "claimed, published", [("better", 0.4), ("better by", None), ("no worse", None), ("same", None)]
)
@pytest.mark.parametrize("seed", range(8))
def test_p_is_below_a_twentieth_exactly_where_the_interval_decides(claimed, published, seed):
    """Two-sided, like the 95 % interval; over effects on all sides of every boundary."""
    rng = np.random.default_rng(seed)
    for effect in np.linspace(-0.8, 0.8, 9):
        x = rng.normal(effect, 0.2, 12)
        given = verdict(contrasts.student(x), claimed, published, MARGIN)
        p = verdicts.p_value(x, claimed, given, published, MARGIN)
        assert 0 <= p <= 1 and (p < 0.05) == (given != "undecided")


def test_chances_over_residuals_have_the_effect_and_spread_that_are_asked_for():
    """Two points, far and near: whatever they are, they are drawn about the effect with the spread."""
    rng = np.random.default_rng(0)
    kinds = [None, [1.0, 2.0, 3.0, 40.0, 2.5, 1.5], [7.0, 7.1]]
    found = [
        verdicts.chances(0.5, 0.01, 30, "better", 0.4, MARGIN, rng=rng, draws=200, residuals=r) for r in kinds
    ]
    assert all(chance["reproduced"] == 1 for chance in found)  # between 0.2 and 0.6, far from either
    wide = verdicts.chances(0.5, 5.0, 30, "better", 0.4, MARGIN, rng=rng, draws=200, residuals=kinds[1])
    assert wide["undecided"] > 0.5


def test_the_seeds_that_would_decide_do_decide_in_four_of_five_cases():
    n = verdicts.n_to_decide(0.3, 0.2, "better", 0.4, MARGIN)
    chance = verdicts.chances(0.3, 0.2, n, "better", 0.4, MARGIN, rng=np.random.default_rng(0))
    assert 0.75 < 1 - chance["undecided"] < 0.9
    assert verdicts.n_to_decide(0.2, 0.2, "better", 0.4, MARGIN) is None  # on the boundary itself


def test_a_published_p_gives_the_standard_error_of_its_difference():
    assert contrasts.standard_error(0.73, 0.0043, 5) == pytest.approx(0.18, abs=0.01)
    near, far = (verdicts.replication(0.7, 0.18, spread, 5) for spread in (0.1, 1.0))
    assert far.low < near.low < 0.7 < near.high < far.high


# --- the smallest effect of interest of what nobody has published ----------------------------------


@pytest.mark.parametrize(
    "low, high, given",
    [
        (0.2, 0.4, "reproduced"), (0.01, 0.05, "smaller"), (-0.3, 0.05, "contradicted"),
        (-0.3, -0.1, "contradicted"), (0.05, 0.3, "undecided"), (-0.1, 0.3, "undecided"),
    ],
)  # fmt: skip
def test_better_by_asks_for_an_effect_beyond_the_margin(low, high, given):
    found = Interval((low + high) / 2, low, high, 20)
    assert verdict(found, "better by", None, margin=0.1) == given
    contrasts = np.random.default_rng(0).normal(0.3, 0.05, 20)
    assert verdicts.p_value(contrasts, "better by", "reproduced", None, 0.1) < 1e-6
    assert verdicts.p_value(contrasts, "better by", "reproduced", None, 0.3) > 0.01


def test_wrong_of_better_by_is_a_matter_of_the_margin():
    assert verdicts.wrong("reproduced", 0.05, "better by", None, 0.1) and not verdicts.wrong(
        "reproduced", 0.2, "better by", None, 0.1
    )
    assert verdicts.wrong("smaller", 0.2, "better by", None, 0.1) and not verdicts.wrong(
        "smaller", 0.05, "better by", None, 0.1
    )
    assert verdicts.boundaries("better by", None, 0.1) == (0.1,)
