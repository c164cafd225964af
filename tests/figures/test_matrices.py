"""Pictures of matrices."""

import numpy as np
import pytest

from daleslaw_lib import figures
from daleslaw_lib.figures.matrices import draw_weights
from daleslaw_lib.studies import building, transplants


def test_white_means_no_weight():
    image = figures.weight_images({"a": np.array([[0.0, 2.0], [-1.0, 0.5]])}).axes[0].images[0]
    assert image.norm(0.0) == pytest.approx(0.5)
    assert image.norm(-2.0) == pytest.approx(0.0)


def test_a_weak_weight_keeps_a_colour_and_the_numbers_below_an_image_are_the_weights():
    _, ((ax,),) = figures.subplots(size=(2, 2))
    W = np.array([[4.0, -1.0], [0.25, 0.0]])
    image = draw_weights(ax, W)
    assert np.array_equal(image.get_array(), W)
    assert image.norm([4.0, 1.0, -1.0, -4.0]).tolist() == pytest.approx([1, 0.75, 0.25, 0])


def test_every_page_shows_a_matrix_in_the_same_colours():
    W = np.array([[0.5, -2.0], [1.0, 0.0]])
    parts = building.figures.excitation_and_inhibition({"colei": (np.maximum(W, 0), np.minimum(W, 0))})
    bench = transplants.figures.bench(W, {"rnn": np.array([2.0, 1.0])}, "rnn", entropy=0.9)
    for image in (parts.axes[2].images[0], bench.axes[0].images[0]):
        assert image.get_cmap().name == figures.SIGN_COLOURS and np.array_equal(image.get_array(), W)
        assert image.norm([-2.0, 0.5]).tolist() == pytest.approx([0, 0.75])
