"""What chapter 5 says agrees with what is archived."""

import numpy as np
import pytest

from daleslaw_lib.evidence import summary
from daleslaw_lib.notebook import archive
from daleslaw_lib.studies import radius
from daleslaw_lib.studies.radius import report


@pytest.fixture(scope="module")
def sweep():
    return archive("radius_sweep", "laptop")


def test_a_gain_as_predicted_is_within_a_factor_of_one():
    steps, radii = 10, (1.0, 2.0)
    exact = {"rnn": {rho: np.full(4, radius.predicted_gain(rho, steps)) for rho in radii}}
    assert "within a factor of 1 of" in report.gains(exact, steps, radii)
    assert "0.0 to 0.0 decades" in report.gains(exact, steps, radii)


def test_the_differences_at_the_best_radius_are_those_of_the_archive(sweep):
    best = report.best_of_kind(sweep)
    gap = summary.difference(
        best, dict(kind="colei", preset="corrected"), dict(kind="rnn", preset="corrected")
    )
    assert f"ColEI less RNN, each at its best: {gap.mean:.2f} points" in report.champions(sweep, best)


def test_divergence_is_counted_with_and_without_clipping(sweep):
    diverged = sweep.runs[sweep.runs.diverged]
    assert f"{diverged['clip'].isna().sum()} of " in report.lost(sweep)
    assert f"{diverged['clip'].notna().sum()} of " in report.lost(sweep)


def test_the_table_marks_each_kinds_best_radius(sweep):
    best = summary.best_settings(sweep)
    table = report.beside_the_paper(best, report.best_of_kind(sweep))
    assert (table["its best"] == "yes").sum() == 5  # RNN and DANN in both presets, ColEI


def test_the_traps_and_the_flattery_have_a_number_each(sweep):
    assert report.traps(summary.best_settings(sweep)).count("points (") == 2
    assert f"of {len(radius.flattery(sweep))} points" in report.flattered(sweep)
    assert f"{len(sweep.runs):,} runs" in report.cost(sweep)


def test_the_schedule_is_told_as_it_is_declared(sweep):
    said = report.schedule(sweep)
    assert (
        "At each of 105 points all 28 settings train for 1,170 updates; the best ten train for 4,680" in said
    )
    assert "the best three train for 15,600 updates; the best one trains for 46,800, on five seeds" in said
    planned = sum(run.updates for run in sweep.experiment.planned("paper"))
    assert f"{planned / (105 * 28 * 5 * 46_800):.0%} of the updates" in said
    assert "14,700 runs" in report.cost(sweep)


def test_a_halving_that_has_not_run_is_said_to_be_so(sweep, tmp_path, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path))
    assert "has not been run yet" in report.halved(sweep)
