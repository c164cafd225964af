"""Figures of the entropy chapter show every cell and seed."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from daleslaw_lib import experiments, statistics, theory
from daleslaw_lib.running import runner
from daleslaw_lib.studies import entropy

SMOKE = experiments.get("entropy_grid").runs("smoke")
RATIOS, SIZES, SEEDS = (1.0, 5.0, 11.0), (12, 20), (0, 1)


@pytest.fixture(scope="module")
def archive():
    runs = [
        replace(SMOKE[0], hidden=n, ei_ratio=ratio, seed=seed, n_train=256, updates=4, eval_every=2)
        for n in SIZES
        for ratio in RATIOS
        for seed in SEEDS
    ]
    return entropy.as_grid(runner.train_here(runs))


@pytest.fixture(scope="module")
def cells(archive):
    return entropy.cells(archive)


@pytest.fixture(scope="module")
def runs(archive):
    return entropy.runs_with_predictors(archive)


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts] + [t.get_text() for t in figure.texts]


def test_heat_maps_give_every_cell_its_number(cells):
    figure = entropy.figures.heat_maps(cells, footer="where from")
    written = texts(figure)
    for row in cells.itertuples():
        assert f"{row.entropy:.2f}" in written and f"{row.error:.0f}" in written
    assert "where from" in written
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert rows == ["8.3", "17", "50"]


def test_the_scatter_shows_cells_seeds_and_what_a_line_leaves_out(cells, runs):
    figure = entropy.figures.scatter(cells, runs, footer="x", without=cells.drop(index=0))
    sizes = [len(c.get_offsets()) for c in figure.axes[0].collections if len(c.get_offsets())]
    assert {len(runs), len(cells), 1} <= set(sizes)
    assert len(figure.axes[0].lines) == 2


def test_the_line_of_the_scatter_is_the_regression(cells, runs):
    x, y = entropy.figures.scatter(cells, runs, footer="x").axes[0].lines[0].get_data()
    slope, height = entropy.line(cells)
    np.testing.assert_allclose(y, slope * x + height)


def test_each_axis_of_the_grid_has_its_cells_and_a_trend(cells):
    left, right = entropy.figures.along_each_axis(cells, footer="x").axes
    assert [len(points.get_offsets()) for points in left.collections] == [len(RATIOS)] * len(SIZES)
    assert [len(points.get_offsets()) for points in right.collections] == [len(SIZES)] * len(RATIOS)
    assert [len(line.get_xdata()) for line in left.lines] == [2] * len(SIZES)
    assert [len(line.get_xdata()) for line in right.lines] == [2] * len(RATIOS)


def test_legends_of_both_panels_go_from_few_to_many(cells):
    for ax in entropy.figures.along_each_axis(cells, footer="x").axes:
        legend = [text.get_text() for text in ax.get_legend().get_texts()]
        numbers = [float(text.removeprefix("N = ").removesuffix(" %").replace(",", "")) for text in legend]
        assert len(numbers) > 1 and numbers == sorted(numbers)


def test_fractions_have_colours_of_their_own(cells):
    lines = entropy.figures.along_each_axis(cells, footer="x").axes[1].lines
    assert len({to_hex(line.get_color()) for line in lines}) == len(RATIOS)


def test_curves_show_every_seed_and_the_papers_mark_apart(archive):
    table = entropy.figures.curves_of_cell(archive.curves, archive.runs, 12, 5.0)
    assert table.index.tolist() == [0, 2, 4] and table.columns.tolist() == list(SEEDS)
    ax = entropy.figures.cell_curves({"A": table}, footer="x", published={"A": ("paper", 2.5)}).axes[0]
    (mark,) = [line for line in ax.lines if line.get_marker() == "D"]
    assert mark.get_ydata()[0] == 2.5 and mark.get_xdata()[0] > 4
    assert max(tick for tick in ax.get_xticks()) <= 4


def test_an_absent_cell_is_refused(archive):
    with pytest.raises(ValueError, match="hidden, ei_ratio: expected one of"):
        entropy.figures.curves_of_cell(archive.curves, archive.runs, 13, 5.0)


def test_forest_gives_every_interval_a_line(cells):
    rows = {
        "a": [("H", statistics.Resampled(0.5, 0.2, 0.7))],
        "b": [("N", statistics.Resampled(0.1, -0.2, 0.3))],
    }
    ax = entropy.figures.forest(rows, xlabel="x", footer="x").axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["H", "N"]


def test_other_figures_are_made(cells, archive):
    others = entropy.at_update(archive, 4).assign(kind="rnn")
    radii = others.assign(rho=[0.5, 1.0] * 6)
    assert "$\\rho$ = 1" in texts(entropy.figures.off_the_line(cells, others, radii, footer="x"))
    entropy.figures.off_the_line(cells, others, footer="x")
    entropy.figures.spectra_by_share({"even": np.ones(5), "not": np.arange(5, 0, -1.0)})
    lines = {("colei", "ColEI"): ([30, 100], [0.7, 0.8])}
    entropy.figures.entropy_by_size(lines, lines, footer="x")


def test_theory_and_the_figures_agree_on_what_a_fraction_is():
    assert entropy.figures.percent(1 / 0.108 - 1) == "11" and entropy.figures.percent(99) == "1"
    assert theory.colei_entropy(100, 1.0) > theory.colei_entropy(100, 9.0)
