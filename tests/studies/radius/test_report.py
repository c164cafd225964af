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
