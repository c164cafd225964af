"""What chapter 9 says of Jacobians while learning follows the archived runs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.studies.mechanism import predictors, report


@pytest.fixture(scope="module")
def learned():
    return reading.load("jacobians")


def test_the_table_has_geometric_means_of_first_and_last_measurements(learned):
    table = report.starts_and_ends(learned)
    runs = learned.runs[(learned.runs.kind == "dann")]
    curves = learned.curves[learned.curves.run_id.isin(runs.run_id)].sort_values("update")
    last = curves.groupby("run_id").last()
    assert table.loc["DANN", "directions after"] == pytest.approx(np.exp(np.log(last.participation).mean()))
    assert table.loc["DANN", "gain after"] == pytest.approx(np.exp(last.log_gain.mean()))
    errors = np.exp(np.log(100 * runs.late_test_error).mean())
    assert table.loc["DANN", "error"] == pytest.approx(errors) and len(table) == 6


def test_what_the_page_says_holds_and_could_fail(learned):
    assert report.learning_brings_together(learned)
    assert report.order_of_directions_is_not_that_of_errors(learned)
    curves = learned.curves
    last = curves["update"] == curves["update"].max()
    lost = curves.assign(participation=curves.participation.where(~last, 1.0))
    assert not report.learning_brings_together(replace(learned, curves=lost))
    equal = learned.runs.assign(late_test_error=0.02)
    assert not report.order_of_directions_is_not_that_of_errors(replace(learned, runs=equal))


def test_runs_without_their_mechanism_are_a_line():
    with pytest.raises(ValueError, match="archive: expected runs that kept their mechanism, got adding"):
        report.starts_and_ends(reading.load("adding"))


def test_what_the_page_says_of_the_controls_holds_and_could_fail():
    controls = reading.load("controls")
    assert report.balance_costs_and_radius_does_not(controls)
    balanced = controls.runs.start == "row-balanced"
    better = controls.runs.late_test_error.where(~balanced, controls.runs.late_test_error / 3)
    runs = controls.runs.assign(late_test_error=better)
    assert not report.balance_costs_and_radius_does_not(replace(controls, runs=runs))


def test_what_the_page_says_of_one_size_and_share_holds_and_could_fail():
    cell = reading.load("one_cell")
    assert report.variation_lowers_the_error(cell)
    rising = replace(cell, runs=cell.runs.assign(late_test_error=0.1 * cell.runs.start_a))
    assert not report.variation_lowers_the_error(rising)


def test_w_carries_most_of_a_spectrum_s_harm_and_good_and_could_fail():
    parts, grafts = reading.load("spectrum_parts"), reading.load("transplants")
    assert report.w_carries_most(parts, grafts)
    halved = parts.runs.assign(late_test_error=parts.runs.late_test_error**0.5)
    assert not report.w_carries_most(replace(parts, runs=halved), grafts)
    assert not report.w_carries_most(parts.only(parts.runs.run_id[:0]), grafts)


def test_the_best_predictor_is_H_only_if_none_is_better_and_it_is_above_zero():
    rows = {label: 0.1 for label in predictors.LABELS.values()}
    found = pd.DataFrame({predictors.LEFT_OUT: rows, "low": rows})
    found.loc[[predictors.LABELS[name] for name in predictors.NEAR], predictors.LEFT_OUT] = 0.4
    found.loc[[predictors.LABELS[name] for name in predictors.NO_GUIDE], predictors.LEFT_OUT] = -1.0
    found.loc[predictors.LABELS["H"], predictors.LEFT_OUT] = 0.5
    assert predictors.entropy_is_not_beaten(found)
    beaten = found.copy()
    beaten.loc[predictors.LABELS["stable"], predictors.LEFT_OUT] = 0.6
    at_zero = found.assign(low=-0.1)
    assert not predictors.entropy_is_not_beaten(beaten) and not predictors.entropy_is_not_beaten(at_zero)
    for name, value in (("stable", 0.05), ("radius", 0.05), ("log_gain", 0.3), ("H", 0.9)):
        other = found.copy()
        other.loc[predictors.LABELS[name], predictors.LEFT_OUT] = value
        assert not predictors.entropy_is_not_beaten(other), name


def test_controls_are_known_by_medians_of_their_starts():
    table = report.starts_of_controls(draws=5, n=40)
    assert list(table.index) == ["ColEI", "balanced rows", "gain 1"]
    assert table["spectral radius"]["ColEI"] == pytest.approx(1.5, rel=1e-6)
    assert table.gain["gain 1"] == pytest.approx(1, abs=0.1) and table.H.between(0.5, 1).all()
    assert table["in discs"]["balanced rows"] < table["in discs"]["ColEI"]


def test_directions_guide_if_they_do_without_the_one_design_that_has_many_times_as_many():
    rng, n = np.random.default_rng(0), 40
    directions, noise = rng.uniform(1, 4, n), rng.normal(0, 0.8, (2, n))
    error = -directions + noise[0]
    table = pd.DataFrame(
        {
            "design": [f"design {k}" for k in range(n)], "participation": directions, "log_error": error,
            "H": -error + 0.5 * noise[1],
        }
    )  # fmt: skip
    far = pd.DataFrame([dict(design="far", participation=41.0, log_error=error.mean(), H=-error.mean())])
    with_far = pd.concat([table, far])
    r2, of, times = predictors.without_the_largest(with_far, "participation")
    assert r2 == pytest.approx(predictors.left_out(table, ["participation"])) and 0.35 < r2 < 0.5
    assert predictors.left_out(with_far, ["participation"]) < 0.1
    assert of == n + 1 and times == pytest.approx(41 / directions.max())
    assert predictors.directions_guide_but_for_one(with_far)
    said = predictors.without_the_most_directions(with_far)
    assert f"explain {r2:.2f}" in said and f"Of {n + 1} designs one has {times:.0f} times as many" in said
    assert not predictors.directions_guide_but_for_one(table)  # none stands apart
    assert not predictors.directions_guide_but_for_one(with_far.assign(H=with_far.participation))


def test_what_the_page_says_of_the_parts_holds_and_could_fail():
    parts = reading.load("spectrum_parts")
    assert report.parts_add_up_and_act_by_scale(parts)
    harmless = parts.runs.start == "outlier"
    plain = parts.runs[(parts.runs.start == "none") & (parts.runs.spectrum == "rnn")].late_test_error.mean()
    runs = parts.runs.assign(late_test_error=parts.runs.late_test_error.mask(harmless, plain))
    assert not report.parts_add_up_and_act_by_scale(replace(parts, runs=runs))
