"""Correlations find what is there, intervals cover it, and nothing is found in noise."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from daleslaw_lib.studies import entropy


def table(n=40, *, noise=0.2, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.5, 1, n)
    return pd.DataFrame(
        {"entropy": x, "error": 3 - 2 * x + noise * rng.normal(size=n), "other": rng.random(n)}
    )


def runs(cells=8, seeds=4, *, within=0.0, seed=0):
    """Cells whose H and error fall on one line; within a cell they are related by `within`."""
    rng, rows = np.random.default_rng(seed), []
    for k in range(cells):
        for s in range(seeds):
            shift = rng.normal()
            error = 50 - 4 * k + within * shift + rng.normal()
            rows.append((100 * (k + 1), 9.0, s, 0.5 + 0.05 * k + 0.001 * shift, error))
    return pd.DataFrame(rows, columns=["hidden", "ei_ratio", "seed", "entropy", "error"])


def test_statistics_agree_with_scipy_along_the_last_axis():
    t = table()
    x, y = t.entropy.to_numpy(), t.error.to_numpy()
    assert entropy.rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert entropy.slope(x, y) == pytest.approx(stats.linregress(x, y).slope)
    many = entropy.rank_correlation(np.stack([x, -x]), np.stack([y, y]))
    assert many == pytest.approx([many[0], -many[0]])
    assert entropy.line(t)[0] == pytest.approx(stats.linregress(x, y).slope)


def test_an_interval_holds_the_value_and_narrows_with_more_cells():
    few, many = (entropy.over_cells(table(n), entropy.slope) for n in (15, 400))
    for found in (few, many):
        assert found.low < found.value < found.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert many.low < -2 < many.high


def test_intervals_repeat():
    assert entropy.over_cells(table(), entropy.slope) == entropy.over_cells(table(), entropy.slope)


def test_seeds_that_agree_leave_no_uncertainty_and_seeds_that_differ_do():
    t = runs()
    alike = t.groupby("hidden")[["entropy", "error"]].transform("mean")
    exact = entropy.over_seeds(t.assign(entropy=alike.entropy, error=alike.error), entropy.slope)
    assert exact.high - exact.low == pytest.approx(0, abs=1e-9)
    assert entropy.over_seeds(t, entropy.slope).high > exact.high


def test_one_draw_each_keeps_the_errors_and_varies_the_entropies():
    t = runs()
    found = entropy.one_draw_each(t, entropy.slope)
    assert found.std() > 0
    same = t.assign(entropy=t.groupby("hidden").entropy.transform("mean"))
    means = t.groupby("hidden")[["entropy", "error"]].mean()
    assert entropy.one_draw_each(same, entropy.slope) == pytest.approx(entropy.line(means)[0])


def test_a_partial_correlation_removes_what_others_explain():
    rng = np.random.default_rng(1)
    size = rng.normal(size=2_000)
    x, y = size + 0.1 * rng.normal(size=2_000), -size + 0.1 * rng.normal(size=2_000)
    assert entropy.partial(x, y, rng.normal(size=2_000)) < -0.9
    assert abs(entropy.partial(x, y, size)) < 0.1


def test_predicting_left_out_cells_is_harder_than_fitting_them():
    fitted, left_out = entropy.explained(table(12), ["entropy", "other"])
    assert 0 < left_out < fitted < 1
    assert entropy.explained(table(noise=0), ["entropy"]) == pytest.approx((1, 1))


def test_left_out_cells_are_really_left_out():
    t = table(9)
    squares = 0.0
    for k in t.index:
        m, c = np.polyfit(t.entropy.drop(k), t.error.drop(k), 1)
        squares += (t.error[k] - m * t.entropy[k] - c) ** 2
    total = ((t.error - t.error.mean()) ** 2).sum()
    assert entropy.explained(t, ["entropy"])[1] == pytest.approx(1 - squares / total)


def test_correlation_within_cells_does_not_see_the_line_between_them():
    between = entropy.within_cells(runs(cells=40, within=0.0))
    assert between.low < 0 < between.high
    assert entropy.within_cells(runs(cells=40, within=5.0)).low > 0.5


def test_noisy_seeds_lower_the_ceiling():
    t = runs()
    noisy = t.assign(error=t.error + 8 * np.random.default_rng(0).normal(size=len(t)))
    low, high = entropy.ceiling(noisy), entropy.ceiling(t)
    assert low.value < high.value < 1
    assert low.low < low.value < low.high and high.high - high.low < low.high - low.low


def test_only_pairs_where_size_and_entropy_disagree_are_compared():
    cells = pd.DataFrame({"hidden": [100, 200, 300], "entropy": [0.9, 0.8, 0.95], "error": [10.0, 30.0, 5.0]})
    pairs = entropy.smaller_against_larger(cells)
    assert pairs[["small", "large", "gain"]].to_numpy().tolist() == [[0, 1, 20.0]]
