"""What chapter 8 says agrees with what is archived."""

import re

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib.notebook import archive
from daleslaw_lib.studies import entropy
from daleslaw_lib.studies.entropy import report


@pytest.fixture(scope="module")
def grid():
    return archive("entropy_grid", "laptop")


@pytest.fixture(scope="module")
def tables(grid):
    return entropy.cells(grid), entropy.runs_with_predictors(grid)


def test_theory_is_close_to_the_archived_matrices(grid):
    said = report.theory_against_runs(grid)
    median, most = map(
        float, re.search(r"by (\d\.\d{3}) in the median, and by (\d\.\d{3}) at", said).groups()
    )
    assert median < 0.002 and median < most < 0.03


def test_the_correlation_is_that_of_the_cells(tables):
    cells, runs = tables
    rank = entropy.rank_correlation(cells.entropy.to_numpy(), cells.error.to_numpy())
    assert f"Rank correlation of $H$ and error: {rank:.2f} (" in report.correlation(cells, runs)


def test_h_is_told_to_add_nothing_where_it_adds_nothing(tables):
    cells, runs = tables
    interval = report.given(cells, "entropy", "log_size", "log_fraction")
    assert interval.low < 0 < interval.high and str(interval) in report.partial(cells, runs)
    better = report.models(cells)
    assert better.loc["log N, log fraction, H"].iloc[1] <= better.loc["log N, log fraction"].iloc[1] + 0.02


def test_the_cell_left_out_is_the_first(tables):
    cells, _ = tables
    assert len(report.without_first(cells)) == len(cells) - 1
    assert report.without_some(cells).cells.tolist()[:2] == [len(cells), len(cells) - 1]


def test_the_size_of_a_rank_has_no_sign():
    x = np.arange(5.0)
    assert report.size_of_rank(x, -x) == report.size_of_rank(x, x) == 1


def test_advantages_name_every_other_number_once(tables):
    said = report.advantages(tables[0])
    assert "condition number" in said.split(". For")[0] and "stable rank" in said.split(". For")[1]
    assert "and the number of units" in said and "the largest singular value" in said


def test_the_line_is_told_beside_other_kinds():
    cells = pd.DataFrame({"entropy": [0.5, 0.9], "error": [50.0, 10.0]})
    others = pd.DataFrame({"kind": ["rnn"] * 3, "entropy": [0.9] * 3, "error": [9.0, 10.0, 11.0]})
    one_H = pd.DataFrame({"rho": [1.0, 10.0], "error": [20.0, 80.0]})
    said = report.off_the_line(cells, others, one_H)
    assert "RNN, for which the line says 10 %, is at 10 %" in said and "20 to 80 % over all 2 radii" in said


def test_the_pair_is_told_in_points(grid):
    assert report.contrast(grid).count("points (") == 2


def test_draws_are_told_for_each_fraction(tables):
    said = report.draws(tables[1], count=3)
    assert said.count("% inhibition") == 3 and not re.search(r"\d\.\d{4}", said)
    assert report.along(tables[0]).count("on average") == 2
