"""Figures and controls of chapter 9 show the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import theory
from daleslaw_lib.running import runner
from daleslaw_lib.studies.mechanism import figures as mechanism
from daleslaw_lib.studies.mechanism import jacobian_explorer, networks, predictors
from helpers.science import a_table, config

FOOT = "a footer"


def offsets(ax):
    return [collection.get_offsets() for collection in ax.collections]


def test_directions_and_gain_have_a_line_a_network_and_a_dot_a_draw():
    measured = networks.measured(range(2), n=20, ei_ratio=4.0)
    figure = mechanism.directions_and_gain(measured, footer=FOOT)
    left, right = figure.axes
    assert [t.get_text() for t in left.get_yticklabels()] == list(networks.VARIANTS)
    assert [len(o) for o in offsets(left)] == [2] * len(networks.VARIANTS)
    np.testing.assert_allclose(offsets(left)[0][:, 0], measured[measured.network == "RNN"].participation)
    np.testing.assert_allclose(offsets(right)[0][:, 0], np.exp(measured[measured.network == "RNN"].log_gain))
    assert FOOT in [t.get_text() for t in figure.texts]


def test_through_steps_has_a_line_a_network_in_both_panels():
    made = pd.DataFrame({"steps": [1, 2], "participation": [9.0, 4], "gradient_ratio": [0.5, 0.1]})
    figure = mechanism.through_steps({"RNN": made, "ColEI": made}, footer=FOOT)
    assert [len(ax.lines) for ax in figure.axes] == [2, 2]
    np.testing.assert_allclose(figure.axes[1].lines[0].get_ydata(), [0.5, 0.1])


def test_the_mechanism_while_learning_has_a_line_a_run_and_refuses_runs_without_it():

    kept = runner.train_here([config(mechanism=True), config(kind="rnn", mechanism=True)])
    figure = mechanism.while_learning(kept)
    assert [len(ax.lines) for ax in figure.axes] == [2, 2, 2]
    assert len(figure.axes[0].lines[0].get_xdata()) == 3
    with pytest.raises(ValueError, match="expected runs that kept their mechanism"):
        mechanism.while_learning(runner.train_here([config()]))


def test_radius_and_theory_show_distribution_functions_of_both():
    drawn, series = (
        np.array([1.1, 1.5, 1.3]),
        theory.outlier_growth(20, terms=12, rng=np.random.default_rng(0)),
    )
    figure = mechanism.radius_and_theory({"10 I": drawn}, {"10 I": series}, footer=FOOT)
    thin, broad = figure.axes[0].lines[:2]
    np.testing.assert_allclose(thin.get_xdata(), [1.1, 1.3, 1.5])
    np.testing.assert_allclose(broad.get_xdata(), np.sort(series))


def test_predictors_are_in_order_with_their_intervals():
    compared = predictors.compare(a_table(), draws=5)
    figure = mechanism.predictors_left_out(compared, footer=FOOT)
    (ax,) = figure.axes
    assert ax.get_yticklabels()[-1].get_text() == predictors.LABELS["H"]
    assert len(ax.get_yticklabels()) == len(predictors.LABELS)


def test_errors_in_one_cell_have_a_marker_a_law():
    made = pd.DataFrame({"H": [0.7, 0.8, 0.9], "error": [4.0, 3, 2], "law": ["gamma", "gamma", "lognormal"]})
    (ax,) = mechanism.errors_in_one_cell(made, footer=FOOT).axes
    assert [len(o) for o in offsets(ax)] == [2, 1]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["gamma weights", "log-normal weights"]


# --- what the reader plays with --------------------------------------------------------------------


def test_the_jacobian_explorer_says_in_how_many_directions_changes_arrive():
    play = jacobian_explorer(n=30)
    before, picture = play.words.value, play.picture.value
    assert "changes arrive in" in before and "of 30 directions" in before
    play.controls["network"].value = "ColEI, signed permutation"
    assert "H of W 1.000" in play.words.value and play.picture.value != picture
    play.controls["steps"].value = 1
    assert "after 1 step changes" in play.words.value
