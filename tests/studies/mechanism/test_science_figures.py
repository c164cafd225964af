"""Figures and tables of chapters 9 and 10 show the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import theory
from daleslaw_lib.initialisation import obeys_dale, starts
from daleslaw_lib.magnitudes import most_entropy
from daleslaw_lib.running import runner
from daleslaw_lib.studies.better_colei import figures as better
from daleslaw_lib.studies.better_colei import selection, start_explorer, table
from daleslaw_lib.studies.mechanism import figures as mechanism
from daleslaw_lib.studies.mechanism import jacobian_explorer, networks, predictors
from helpers.science import a_screen, a_table, config, order

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


# --- chapter 10 ------------------------------------------------------------------------------------


def test_the_curve_of_dales_law_is_above_every_start():
    drawn = table.drawn(
        {"permutation": ("permutation", 1.0, None), "ColEI": (None, None, None)}, n=40, draws=2
    )
    (ax,) = better.inputs_and_entropy(drawn, n=40, footer=FOOT).axes
    K, H = ax.lines[0].get_data()
    np.testing.assert_allclose(H, most_entropy(K, 40))
    assert (drawn.H <= most_entropy(drawn.inputs.to_numpy(), 40) + 1e-9).all()
    assert {t.get_text() for t in ax.texts} >= {"permutation", "ColEI"}


def test_matrices_of_starts_are_images_over_spectra():
    Ws = {
        name: table.start_matrix(name, 1.0, n=20, ei_ratio=4.0)
        for name in ("identity", "permutation", "equal")
    }
    figure = better.matrices_of_starts(Ws, columns=2)
    assert sum(bool(ax.images) for ax in figure.axes) == 3 and sum(bool(ax.lines) for ax in figure.axes) == 3


def test_learning_curves_are_thin_by_run_and_thick_by_network():
    three = {
        "ColEI": dict(kind="colei"),
        "RNN": dict(kind="rnn"),
        "P": dict(kind="colei", start="permutation"),
    }
    runs = [config(seed=s, kind=kind) for kind in ("colei", "rnn") for s in (0, 1)]
    here = runner.train_here([*runs, config(start="permutation", start_a=1.0)])
    (ax,) = better.learning_curves(here, three).axes
    assert len(ax.lines) == (2 + 1) + (2 + 1) + (1 + 1)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(three)


@pytest.mark.parametrize("start", [(None, None, None), ("sparse", 3.0, 1.0), ("raised", 0.8, None)])
def test_a_start_matrix_obeys_dale_and_is_the_runs_own(start):
    W = table.start_matrix(*start, n=20, ei_ratio=4.0, seed=3)
    assert W.shape == (20, 20) and obeys_dale(W)[0]


def test_there_is_an_objection_to_every_start_under_dales_law():
    assert set(table.OBJECTIONS) == {None, *starts.STARTS["colei"]}


def test_what_to_use_has_a_row_a_screened_start_best_first():
    made = table.what_to_use(selection.scores(a_screen(order)))
    assert len(made) == 13 and made["error at 10 %"].is_monotonic_increasing
    assert made.index[0] == "signed permutation (1)" and "ColEI itself" in made.index
    assert made[["error at 1 %", "error at 50 %", "H", "inputs"]].notna().all(axis=None)


# --- what the reader plays with --------------------------------------------------------------------


def test_the_jacobian_explorer_says_in_how_many_directions_changes_arrive():
    play = jacobian_explorer(n=30)
    before, picture = play.words.value, play.picture.value
    assert "changes arrive in" in before and "of 30 directions" in before
    play.controls["network"].value = "ColEI, signed permutation"
    assert "H of W 1.000" in play.words.value and play.picture.value != picture
    play.controls["steps"].value = 1
    assert "after 1 step changes" in play.words.value


def test_every_start_can_be_explored_at_every_share_or_says_why_not():
    play = start_explorer(n=30)
    for _, start in play.controls["start"].options:
        for share in (99.0, 1.0):
            words, figure = play.draw(start=start, a=1.0, b=0.5, share=share, seed=0)
            assert "H = " in words and len(figure.axes) == 3, (start, share)
    play.controls["start"].value = "sparse"
    play.controls["a"].value = 3.0
    assert "inputs: expected at least 2" in play.words.value  # thirty inputs of thirty units
