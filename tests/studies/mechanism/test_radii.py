"""Radii of chapter 9: drawn matrices are what they are said to be, and the series is near them."""

import numpy as np
import pytest

from daleslaw_lib.studies.mechanism import radii


def test_a_draw_repeats_and_another_seed_is_another():
    def draw(seed):
        return radii.drawn_radii(20, 4, 1.0, 1.0, draws=3, rng=np.random.default_rng(seed))

    assert draw(0).shape == (3,) and (draw(0) == draw(0)).all() and (draw(0) != draw(1)).all()


def test_a_seed_in_the_place_of_a_generator_is_one_line():
    with pytest.raises(TypeError, match="rng: expected a numpy.random.Generator, got int"):
        radii.drawn_radii(20, 4, 1.0, 1.0, draws=3, rng=0)


@pytest.mark.parametrize(("name", "near"), [("half of the connections", True), ("2 of 100", False)])
def test_the_series_agrees_with_draws_and_ends_at_two_inhibitory_units(name, near):
    drawn, predicted = radii.compared({name: radii.CASES[name]})
    assert drawn[name].shape == (radii.DRAWS,) and predicted[name].shape == (radii.ROOTS,)
    ratio = np.median(drawn[name]) / np.median(predicted[name])
    assert (abs(ratio - 1) < 0.05) == near
