"""Figures of learning show every seed, real units, and the paper's numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import figures
from daleslaw_lib.evidence import starts, summary
from daleslaw_lib.figures.learning import seeds_and_median
from daleslaw_lib.studies import learning
from helpers import trained


@pytest.fixture(scope="module")
def archive():
    return trained.one_layer_mnist()


def test_every_seed_is_drawn_and_one_median_a_kind(archive):
    ax = figures.learning_curves(archive).axes[0]
    seeds = archive.runs.seed.nunique()
    curves = [line for line in ax.lines if len(line.get_xdata()) > 1]
    assert len(curves) == 3 * (seeds + 1)


def test_seeds_that_are_evaluated_at_other_updates_are_lines_too_and_count_in_the_median():
    """New seeds are evaluated seldom on the way: they showed at the end alone, and the median was that of the
    others."""
    table = pd.DataFrame(
        {0: [8, 6, 4, 2.0], 1: [np.nan, 3, np.nan, 1], 2: [9, np.nan, 3, np.nan]}, [1, 2, 3, 4]
    )
    figure, ((ax,),) = figures.subplots(size=(4, 3))
    seeds_and_median(ax, "rnn", table)
    *seeds, median = (line.get_xydata().tolist() for line in ax.lines)
    assert seeds == [[[1, 8], [2, 6], [3, 4], [4, 2]], [[2, 3], [4, 1]], [[1, 9], [3, 3]]]
    assert median == [[1, 8.5], [2, 6], [3, 3], [4, 1.5]]  # of 8, 9; 6, 3, 6; 4, 2, 3; 2, 1


def test_the_papers_value_is_marked_once_in_its_kinds_colour(archive):
    ax = figures.learning_curves(archive).axes[0]
    (mark,) = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert mark.get_ydata()[0] == 2.25
    assert mark.get_color() == figures.KIND_STYLE["rnn"]["color"]


def test_errors_are_in_per_cent_and_losses_in_nats(archive):
    errors = figures.curves_by_kind(archive, "corrected", "test_error")["rnn"]
    losses = figures.curves_by_kind(archive, "corrected", "test_loss")["rnn"]
    assert 50 < errors.loc[8].mean() <= 100
    assert losses.loc[8].mean() == pytest.approx(np.log(10), rel=0.2)
    assert list(errors.index) == [0, 4, 8]


def test_presets_show_their_own_runs(archive):
    faithful = figures.curves_by_kind(archive, "faithful", "test_loss")
    corrected = figures.curves_by_kind(archive, "corrected", "test_loss")
    assert faithful["rnn"].equals(corrected["rnn"])
    assert not faithful["dann"].equals(corrected["dann"])


def test_the_footer_says_what_was_run(archive):
    figure = figures.learning_curves(archive)
    assert any(archive.provenance in text.get_text() for text in figure.texts)


def test_every_axis_is_labelled_in_words_with_a_unit(archive):
    start = starts.initial_spectra(archive)
    made = (
        figures.learning_curves(archive),
        learning.figures.spectrum_beside_learning(start, archive),
        figures.final_dots(summary.rows(archive), xlabel="final test error (%)", footer="x"),
    )
    for figure in made:
        labels = [text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel())]
        assert not any("'" in text or "_" in text for text in labels)
        assert any("test error (%)" in text for text in labels)
    losses = replace(archive, runs=archive.runs.assign(task="adding"))
    assert "mean squared error" in figures.quantity_label(losses, "test_loss")


def test_a_panel_for_each_ratio_shows_the_rnn_in_all(archive):
    runs = archive.runs.assign(ei_ratio=archive.runs.ei_ratio.where(archive.runs.kind != "colei", 1.0))
    figure = figures.learning_curves(replace(archive, runs=runs), panels="ei_ratio")
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["10 % inhibitory units", "50 % inhibitory units"]
    rnn = figures.KIND_STYLE["rnn"]["color"]
    assert all(any(line.get_color() == rnn for line in ax.lines) for ax in figure.axes)


def test_several_runs_of_a_seed_must_be_told_apart(archive):
    doubled = replace(archive, runs=archive.runs.assign(kind="rnn"))
    with pytest.raises(ValueError, match="where: expected to leave one run"):
        figures.curves_by_kind(doubled, "corrected", "test_error")


def test_the_final_figures_of_an_archive_are_its_rows_with_their_label_and_provenance(archive):
    ax = figures.final_dots(archive).axes[0]
    rows = summary.rows(archive)
    assert [label.get_text() for label in ax.get_yticklabels()] == [row.label for row in rows]
    assert ax.get_xlabel() == summary.final_label(archive) == "final test error (%)"
    assert any(archive.provenance in text.get_text() for text in ax.figure.texts)
    own = figures.final_dots(rows[:1], xlabel="x", footer="from here")
    assert own.axes[0].get_xlabel() == "x" and len(own.axes[0].get_yticklabels()) == 1


def test_a_quantity_that_the_curves_do_not_have_is_refused_with_those_they_have(archive):
    with pytest.raises(ValueError, match="^quantity: expected one of .*test_error.*, got 'accuracy'$"):
        figures.learning_curves(archive, quantity="accuracy")
