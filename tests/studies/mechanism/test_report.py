"""What chapter 9 says of Jacobians while learning follows the archived runs."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.studies.mechanism import report


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
