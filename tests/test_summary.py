"""Estimates over seeds: what they say, what they leave out, what they refuse."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from daleslaw_lib import summary
from daleslaw_lib.experiments import Published

RUNS = pd.DataFrame(
    [
        dict(kind=kind, preset=preset, seed=seed, diverged=False, test_error=error)
        for kind, preset, errors in (
            ("rnn", "both", [0.02, 0.03, 0.04]),
            ("colei", "faithful", [0.05, 0.06, 0.10]),
            ("colei", "corrected", [0.04, 0.05, 0.06]),
        )
        for seed, error in enumerate(errors)
    ]
)


def archive(runs=RUNS):
    published = (Published("colei", 3.5, "final test error (%)", "Fig. 6"),)
    return SimpleNamespace(runs=runs, experiment=SimpleNamespace(published=published))


def test_the_interval_is_students_t():
    values = [1.0, 2.0, 4.0, 4.5]
    found = summary.estimate(values)
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((2.875, low, high))
    assert found.n == 4 and found.values == (1.0, 2.0, 4.0, 4.5)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]]])
def test_too_few_or_broken_values_are_refused(values):
    with pytest.raises(ValueError, match="expected at least two finite numbers"):
        summary.estimate(values)


def test_final_errors_are_in_per_cent_and_in_order_of_seed():
    shuffled = archive(RUNS.sample(frac=1, random_state=0))
    assert summary.final_errors(shuffled, "colei", "faithful").values == pytest.approx((5, 6, 10))


def test_a_kind_in_which_presets_agree_is_found_under_either():
    for preset in ("faithful", "corrected"):
        assert summary.final_errors(archive(), "rnn", preset).mean == pytest.approx(3)


def test_differences_are_taken_seed_by_seed():
    found = summary.paired_difference(archive(), ("colei", "corrected"), ("rnn", "corrected"))
    assert found.values == pytest.approx((2, 2, 2)) and found.low == pytest.approx(2)


def test_a_diverged_run_is_left_out_and_the_table_says_so():
    runs = RUNS.copy()
    runs.loc[(runs.preset == "faithful") & (runs.seed == 2), ["diverged", "test_error"]] = [True, np.nan]
    assert summary.final_errors(archive(runs), "colei", "faithful").n == 2
    table = summary.beside_the_paper(archive(runs)).set_index(["network", "preset"])
    assert table.loc[("ColEI", "faithful"), "runs"] == "2 of 3"
    assert table.loc[("ColEI", "corrected"), "runs"] == "3"


def test_the_table_names_the_papers_figure():
    table = summary.beside_the_paper(archive()).set_index(["network", "preset"])
    assert table.loc[("ColEI", "corrected"), "paper (%)"] == "3.5 (Fig. 6)"
    assert table.loc[("RNN", "both"), "paper (%)"] == ""
