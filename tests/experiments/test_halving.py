"""A halving keeps the settings of the lowest validation error, and is known before it runs but for which."""

import math

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.experiments.halving import Halving
from helpers.halved import FINAL, HALVED, POINTS, RATES, STAGES, halving


def by_rate(runs, error) -> dict[str, float]:
    return {run.run_id: error(run.lr) for run in runs}


def closest(lr: float) -> float:
    """Best at 0.05, the worse the farther."""
    return abs(math.log(lr) - math.log(0.05))


def test_every_setting_runs_first_and_the_best_go_on_to_longer_rungs():
    h = halving()
    first = h.runs(0, {})
    assert {(r.kind, r.lr) for r in first} == {(p["kind"], lr) for p in POINTS for lr in RATES}
    assert {(r.updates, r.eval_every, r.seed) for r in first} == {(6, 6, 90)}
    assert not h.runs(1, {}) and not h.runs(3, {})
    scores = by_rate(first, closest)
    second = h.runs(1, scores)
    assert {(r.lr, r.updates) for r in second} == {(0.05, 12), (1e-5, 12)} and len(second) == 4
    scores |= by_rate(second, closest)
    last = h.runs(3, scores)
    assert {(r.lr, r.updates, r.seed) for r in last} == {(0.05, 24, 0), (0.05, 24, 1)} and len(last) == 4


def test_whole_grids_wait_for_nothing_and_stand_at_their_points_alone():
    runs = halving().runs(2, {})
    assert [(r.kind, r.lr, r.seed, r.updates) for r in runs] == [("rnn", lr, 90, 24) for lr in RATES]
    assert halving(whole=()).n_stages == 3


@pytest.mark.parametrize("whole", [None, ()])
def test_as_many_runs_are_planned_as_equal_scores_would_call_for(whole):
    h = halving() if whole is None else halving(whole=whole)
    assert h.planned() == h.needed({run.run_id: 0.5 for run in h()})


def test_diverged_and_missing_errors_come_last_and_equals_go_in_the_order_of_the_settings():
    h = halving()
    worst = {RATES[0]: math.inf, RATES[1]: math.nan, RATES[2]: 0.9, RATES[3]: 0.9}
    assert h.kept(1, by_rate(h.runs(0, {}), worst.get)) == {0: [2, 3], 1: [2, 3]}
    assert h.kept(1, by_rate(h.runs(0, {}), lambda lr: 0.5)) == {0: [0, 1], 1: [0, 1]}
    assert h.kept(1, by_rate(h.runs(0, {}), lambda lr: math.inf)) == {0: [0, 1], 1: [0, 1]}


def test_a_point_goes_on_when_its_own_rung_is_done_whatever_the_others_do():
    h = halving()
    scores = by_rate([r for r in h.runs(0, {}) if r.kind == "dann"], closest)
    assert h.kept(1, scores) == {1: [1, 2]} and {r.kind for r in h.runs(1, scores)} == {"dann"}


def test_what_will_run_is_known_before_it_is_known_which():
    planned = HALVED.planned("smoke")
    assert len(planned) == sum(STAGES) == len(set(planned))
    assert sum(r.updates for r in planned) == 8 * 6 + 4 * 12 + 4 * 24 + 4 * 24
    assert set(planned) <= set(HALVED.runs("smoke"))
    h = halving()
    scores = by_rate(h(), closest)
    assert len(h.needed(scores)) == len(planned)


def test_runs_at_length_are_told_by_length_and_seed():
    h = halving()
    assert h.is_final(0, 24) and not h.is_final(90, 24) and not h.is_final(0, 12)
    assert h.n_final == 4


def test_the_schedule_is_part_of_the_definition():
    wider = Experiment("toy", "A toy", "Figure 0", {"smoke": halving(rungs=((6, 3), (12, 1)))})
    assert set(wider.runs("smoke")) == set(HALVED.runs("smoke"))
    assert wider.definition("smoke") != HALVED.definition("smoke")


def test_the_record_tells_each_rung_and_changes_with_what_is_kept():
    h = halving()
    scores = by_rate(h.runs(0, {}), closest)
    one, two = h.record(scores)
    assert (one["updates"], one["keep"], one["runs"], one["kept"]) == (6, 2, 8, 4)
    assert (two["runs"], two["kept"]) == (0, 0)
    others = by_rate(h.runs(0, {}), lambda lr: -closest(lr))
    assert h.record(others)[0]["digest"] != one["digest"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (dict(rungs=((12, 2), (6, 1))), "more updates"),
        (dict(rungs=((6, 2), (12, 2))), "fewer settings"),
        (dict(rungs=((6, 2), (12, 3))), "fewer settings"),
        (dict(rungs=((6, 2),)), "down to 1"),
        (dict(rungs=((6, 2), (24, 1))), "more updates"),
        (dict(seed=1), "seed: expected one that is not among"),
        (dict(whole=(dict(kind="colei"),)), "whole: expected some of the points"),
    ],
)
def test_a_schedule_that_halves_nothing_is_refused(changes, words):
    with pytest.raises(ValueError, match=words) as refused:
        halving(**changes)
    assert "\n" not in str(refused.value)


def test_the_papers_sweep_is_halved_from_all_its_settings_at_all_its_radii():  # Fig. 2d
    sweep = experiments.get("radius_sweep")
    h = sweep.halving("paper")
    assert len(h.points) == 5 * 21 and len(h.settings) == 28
    assert h.rungs == ((1_170, 10), (4_680, 3), (15_600, 1)) and h.final["updates"] == 46_800
    assert [r.lr for r in h.runs(0, {})[:28]] == sorted(r.lr for r in h.runs(0, {})[:28])
    assert {(p["kind"], p["preset"]) for p in h.whole} == {
        ("rnn", "corrected"), ("colei", "both"), ("dann", "corrected")
    }  # fmt: skip
    rungs = 105 * (28 * 1_170 + 10 * 4_680 + 3 * 15_600)
    assert sum(r.updates for r in sweep.planned("paper")) == rungs + (3 * 28 + 105 * 5) * 46_800
    assert min(h.seeds) >= experiments.NEW_SEEDS > h.seed > 4
    assert isinstance(sweep.grids["smoke"], Halving) and sweep.halving("laptop") is None
    assert FINAL["updates"] == 24
