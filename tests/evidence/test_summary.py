"""Estimates over seeds: what they say, what they leave out, what they refuse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence import summary
from daleslaw_lib.experiments import Experiment, Published
from helpers.archives import in_memory

SMOKE = experiments.get("one_layer_mnist").runs("smoke")
FEW = [replace(run, hidden=12, seed=seed) for run in SMOKE[::2] for seed in range(3)]  # 5 conditions


def archive(errors=None, runs=FEW):
    """An archive in memory: errors[k] is the test error of the k-th run."""
    errors = np.linspace(0.02, 0.3, len(runs)) if errors is None else errors
    published = (Published(3.5, "Fig. 6", {"kind": "colei"}),)
    found = {run: dict(test_error=float(e), diverged=not np.isfinite(e)) for run, e in zip(runs, errors)}
    return in_memory(Experiment("tiny", "Tiny", "Figure 0", {}, published=published), found)


def test_errors_are_in_per_cent_in_order_of_seed():
    found = summary.by_seed(archive(), "corrected", kind="rnn")
    assert found.index.tolist() == [0, 1, 2]
    assert found.to_numpy() == pytest.approx(100 * np.linspace(0.02, 0.3, 15)[:3])


def test_what_both_presets_share_is_found_under_either():
    a = archive()
    assert summary.by_seed(a, "faithful", kind="rnn").equals(summary.by_seed(a, "corrected", kind="rnn"))
    assert not summary.by_seed(a, "faithful", kind="dann").equals(
        summary.by_seed(a, "corrected", kind="dann")
    )


def test_a_diverged_run_is_left_out_and_counted():
    errors = np.linspace(0.02, 0.3, 15)
    errors[1] = np.nan
    a = archive(errors)
    assert summary.by_seed(a, "corrected", kind="rnn").index.tolist() == [0, 2]
    row = summary.beside_the_paper(a).query("network == 'RNN'").iloc[0]
    assert row.runs == "2 of 3"


def test_several_runs_of_a_seed_are_refused():
    with pytest.raises(ValueError, match="where: runs: expected one a seed, got several"):
        summary.by_seed(archive(), "corrected")


def test_an_unknown_field_is_refused():
    with pytest.raises(ValueError, match="where: expected fields of the runs table, got 'colour'"):
        summary.by_seed(archive(), "corrected", colour="red")


def test_none_matches_what_is_absent():
    runs = archive().runs
    with_count = summary.matching(runs, {"n_inhibitory": 50})
    without = summary.matching(runs, {"n_inhibitory": None})
    assert len(with_count) == 3 and len(without) == 12
    assert len(summary.matching(runs, {"frozen": None})) == 15
    assert len(summary.matching(runs, {"lr": 0.010772})) == 12


def test_a_difference_is_taken_seed_by_seed():
    a = archive(np.r_[[0.02, 0.03, 0.04], [0.05, 0.06, 0.10], np.linspace(0, 1, 9)])
    gap = summary.difference(a, dict(kind="colei", preset="faithful"), dict(kind="rnn", preset="faithful"))
    assert gap.values == pytest.approx((3.0, 3.0, 6.0))


def test_beside_the_paper_has_a_row_a_condition_with_the_papers_number():
    table = summary.beside_the_paper(archive())
    assert table.network.tolist() == ["RNN", "ColEI", "ColEI", "DANN", "DANN"]
    assert table.paper.tolist() == ["", "3.5 (Fig. 6)", "3.5 (Fig. 6)", "", ""]


def test_no_interval_of_an_error_leaves_what_is_possible():
    """One seed of three that fails: Student's interval alone would run from below 0 % to above 100 %."""
    errors = [0.03, 0.04, 0.9] * 5
    mean = summary.final(archive(errors), "faithful", kind="colei")
    assert (mean.low, mean.high) == (0, 100) and mean.mean == pytest.approx(100 * np.mean(errors[:3]))
    assert all(row.estimate.low == 0 and row.estimate.high == 100 for row in summary.rows(archive(errors)))
    table = summary.beside_the_paper(archive(errors))
    assert set(table["95 % interval of the mean"]) == {"0.00 to 100.00"}


def test_a_quantity_of_somebodys_own_task_may_be_below_zero():
    values = pd.Series([-1.0, 0.5, 0.2])
    assert summary.mean_over_seeds(values, "test_reward").low < -1
    assert summary.mean_over_seeds(abs(values), "test_loss").low == 0


def test_rows_leave_out_conditions_of_one_run():
    a = archive()
    few = a.only(a.runs.run_id[:4])
    assert [row.label for row in summary.rows(few)] == ["RNN"]


def test_rows_name_the_preset_where_the_presets_differ_unless_told_not_to():
    with_preset = ["RNN", "ColEI, corrected", "ColEI, faithful", "DANN, corrected", "DANN, faithful"]
    assert sorted(row.label for row in summary.rows(archive())) == sorted(with_preset)
    left_out = [row.label for row in summary.rows(archive(), without=("preset",))]
    assert left_out == ["RNN", "ColEI", "ColEI", "DANN", "DANN"]


@pytest.mark.parametrize(
    "condition, words",
    [
        (dict(kind="colei", ei_ratio=99.0), "ColEI, ratio 99"),
        (dict(kind="rnn", ei_ratio=9.0), "RNN"),
        (dict(kind="dann", hidden=1000), "DANN, N = 1,000"),
        (
            dict(kind="rnn", vectors="rnn", spectrum="colei", frozen=True),
            "RNN vectors, ColEI spectrum, frozen",
        ),
        (dict(kind="rnn", vectors="rnn", spectrum="rnn", frozen=None), "RNN"),
        (dict(kind="rnn", vectors="rnn", spectrum="rnn", frozen=True), "RNN, frozen"),
        (dict(kind="rnn", vectors="colei", spectrum="colei", frozen=None), "ColEI, signs not frozen"),
        (dict(hidden=200, ei_ratio=1.0), "ColEI, N = 200, ratio 1"),
    ],
)
def test_a_condition_is_said_in_words(condition, words):
    assert summary.label(condition) == words


def test_the_best_setting_is_chosen_for_each_condition_by_the_mean_over_seeds():
    runs = [replace(SMOKE[0], lr=lr, seed=seed) for lr in (0.1, 0.2, 0.4) for seed in range(2)]
    a = archive([0.3, 0.3, 0.1, 0.2, 0.05, np.nan], runs)  # the largest lr has a diverged run
    best = summary.best_settings(a, settings=("lr",), on="test_error")
    assert set(best.runs.lr) == {0.2} and len(best.runs) == 2


def test_where_nothing_matches_is_named():
    with pytest.raises(ValueError) as refused:
        summary.final(archive(), "faithful", kind="rnn", hidden=13)
    message = "where: expected to leave some runs, got none: faithful {'kind': 'rnn', 'hidden': 13}"
    assert str(refused.value) == message
