"""What many steps leave of many directions: products, their measures, and what holds of many draws."""

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib.spectra import singular_values, without_column_means
from daleslaw_lib.studies.initial_spectra import figures, mechanism
from daleslaw_lib.tasks import mnist

STEPS = mechanism.STEPS


@pytest.fixture(scope="module")
def survey():
    return mechanism.survey(draws=60)


def read(name, seed=0, n=40):
    """A network, and the masks that it has in the middle of a digit."""
    U, W = mechanism.network(name, n, rng=np.random.default_rng(seed))
    x = mnist.scaled(mnist.load(source="subset").x_test[seed], float)
    return U, W, mechanism.active(U, W, x)[mechanism.FIRST : mechanism.FIRST + STEPS], x


# --- the products ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", mechanism.MATRICES)
def test_what_goes_back_is_what_goes_forward_transposed(name):
    _, W, masks, _ = read(name)
    forward, backward = (mechanism.products(W, masks, backward=way) for way in (False, True))
    np.testing.assert_allclose(forward[-1], backward[-1].T, atol=1e-12)
    np.testing.assert_allclose(mechanism.directions(forward[-1]), mechanism.directions(backward[-1]))


def test_a_small_change_of_the_state_goes_where_the_product_says():
    U, W, masks, x = read("rnn")
    first, change = mechanism.FIRST, 1e-7 * np.random.default_rng(1).normal(size=40)

    def state(h, rows):
        for row in rows:
            h = np.maximum(U @ row + W @ h, 0)
        return h

    h = state(np.zeros(40), x[:first])
    rows = x[first : first + STEPS]
    moved = state(h + change, rows) - state(h, rows)
    expected = mechanism.products(W, masks)[-1] @ change
    np.testing.assert_allclose(moved, expected, atol=1e-3 * np.abs(expected).max())


def test_a_gradient_goes_back_where_the_product_says():
    """Against differences of a sum of the last state, one unit at a time."""
    U, W, masks, x = read("colei", seed=3)
    first, weights = mechanism.FIRST, np.random.default_rng(2).normal(size=40)

    def total(h):
        for row in x[first : first + STEPS]:
            h = np.maximum(U @ row + W @ h, 0)
        return weights @ h

    h = np.zeros(40)
    for row in x[:first]:
        h = np.maximum(U @ row + W @ h, 0)
    size = 1e-7
    measured = [(total(h + size * e) - total(h - size * e)) / (2 * size) for e in np.eye(40)]
    expected = mechanism.products(W, masks, backward=True)[-1] @ weights
    np.testing.assert_allclose(measured, expected, atol=1e-4 * np.abs(expected).max())


# --- measures ----------------------------------------------------------------------------------------


def test_directions_are_the_participation_ratio_of_squared_singular_values():
    M = np.random.default_rng(0).normal(size=(5, 12, 12)) * 1e-120
    s = singular_values(M)
    s = s / s[:, :1]
    expected = (s**2).sum(1) ** 2 / (s**4).sum(1)
    np.testing.assert_allclose(mechanism.directions(M), expected)


@pytest.mark.parametrize("M, directions, log_gain", [(np.eye(7), 7, 0), (np.ones((4, 4)), 1, np.log10(2))])
def test_measures_that_are_easy_for_people(M, directions, log_gain):
    assert mechanism.directions(M) == pytest.approx(directions)
    assert mechanism.log_gain(M) == pytest.approx(log_gain)


def test_nothing_has_no_directions_and_no_size():
    assert mechanism.directions(np.zeros((3, 3))) == 0 and mechanism.log_gain(np.zeros((3, 3))) == -np.inf


def test_positions_have_the_lengths_of_the_clouds_two_longest_axes():
    M = np.random.default_rng(4).normal(size=(30, 30))
    s, places = singular_values(M), mechanism.positions(M, np.eye(30))
    np.testing.assert_allclose((places**2).mean(1), (s[:2] / s[0]) ** 2)
    assert abs(places[0] @ places[1]) < 1e-9 and (places.sum(1) >= 0).all()


# --- matrices ----------------------------------------------------------------------------------------


def test_without_its_outlier_a_matrix_has_columns_of_mean_zero():
    W = without_column_means(initialisation.colei_weights(100, 9, rng=np.random.default_rng(0)))
    assert np.abs(W.mean(0)).max() < 1e-12 and singular_values(W)[0] < 6


def test_with_equal_variances_columns_keep_their_means_and_the_noise_its_size():
    W = initialisation.colei_weights(100, 9, rng=np.random.default_rng(0))
    even = mechanism.of_equal_variances(W)
    np.testing.assert_allclose(even.mean(0), W.mean(0))
    np.testing.assert_allclose(even.var(0), W.var(0).mean())


def test_networks_are_those_of_the_library():
    rng = np.random.default_rng(8)
    drawn = initialisation.draw_network("colei", 28, 100, 10, rng=rng)
    U, W = mechanism.network("colei", rng=np.random.default_rng(8))
    np.testing.assert_array_equal(np.abs(U), drawn["layer0/U"])
    np.testing.assert_allclose(np.abs(W), drawn["layer0/W"])
    assert initialisation.obeys_dale(W)[0] and not initialisation.obeys_dale(without_column_means(W))[0]


# --- what holds --------------------------------------------------------------------------------------


def at(survey, step):
    return survey[survey.step == step].groupby("name")


def test_colei_loses_its_directions_and_rnn_and_dann_keep_several(survey):
    one, ten = (at(survey, step).directions.median() for step in (1, 10))
    assert one["colei"] < 4 and one["rnn"] > 25 and one["dann"] > 25
    assert ten["colei"] < 1.5 and ten["rnn"] > 4 and ten["dann"] > 3


def test_neither_the_outlier_nor_the_variances_alone_but_both_lose_the_directions(survey):
    """Without its outlier ColEI keeps more at first, and no more in the end."""
    one, ten = (at(survey, step).directions.median() for step in (1, 10))
    assert one["no_outlier"] > 2 * one["colei"] and one["equal"] < 5
    assert ten["no_outlier"] < 1.5 and ten["equal"] < 2.5
    assert ten["neither"] > 0.7 * ten["rnn"]


def test_coleis_size_varies_between_draws_with_its_outlier_and_without(survey):
    spread = at(survey, 10).log_gain.agg(lambda values: np.subtract(*values.quantile([0.95, 0.05])))
    assert spread["rnn"] < 0.8 and spread["dann"] < 0.8
    assert spread["colei"] > 1.5 and spread["no_outlier"] > 1.2


def test_more_than_one_direction_is_stretched_and_the_next_step_does_not_stretch_it_again(survey):
    """Ten singular values beside the outlier are above 1; and the size after ten steps is not 11^10."""
    W = [mechanism.network("colei", rng=np.random.default_rng(k))[1] for k in range(20)]
    s = singular_values(np.array(W))
    assert 8 < np.median(s[:, 0]) < 15 and 9 <= np.median((s > 1).sum(1)) <= 13
    assert at(survey, 10).log_gain.median()["colei"] < 1


# --- bad input, and pictures -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: mechanism.network("lstm", rng=np.random.default_rng(0)),
            "^name: expected one of rnn, colei",
        ),
        (lambda: mechanism.survey(draws=0), "^draws: expected"),
        (lambda: mechanism.survey(steps=21), "^steps: expected at most 20, the rows that are left, got 21"),
        (lambda: mechanism.products(np.eye(3), np.ones((2, 4))), r"^masks: expected \(K, n\)"),
        (lambda: mechanism.active(np.ones((3, 2)), np.eye(3), np.ones((5, 4))), r"^x: expected \(T, n_in\)"),
        (lambda: mechanism.of_equal_variances(np.ones((3, 3))), "^W: expected columns that vary"),
    ],
)
def test_bad_input_is_refused_in_a_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_figures_draw_what_was_measured(survey):
    figure = figures.directions_and_size(survey)
    line = next(line for line in figure.axes[0].lines if line.get_label() == "ColEI")
    expected = survey[survey.name == "colei"].groupby("step").directions.median()
    np.testing.assert_allclose(line.get_ydata(), expected)
    assert len(figure.axes[0].lines) == len(mechanism.MATRICES)
    titles = [ax.get_title() for ax in figures.clouds().axes]
    assert len(titles) == 8 and titles[0].endswith("100 of 100 directions")
