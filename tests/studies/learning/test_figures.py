"""Spectra while learning goes on, in one picture."""

import numpy as np
import pytest

from daleslaw_lib.studies import learning
from helpers import trained


@pytest.fixture(scope="module")
def archive():
    return trained.replay()


def test_the_still_picture_has_both_spectra_of_every_kind_and_the_curves(archive):
    figure = learning.figures.spectra_while_learning(archive, seed=2)
    courses = [c for c in learning.courses(archive) if c.seed == 2]
    above, below = figure.axes[:3], figure.axes[3:]
    for ax, course in zip(above, courses):
        for line, row in zip(ax.lines, (0, -1)):
            np.testing.assert_array_equal(line.get_ydata(), course.s[row])
    for ax, name in zip(below, ("entropy", "error")):
        for line, course in zip(ax.lines, courses):
            np.testing.assert_array_equal(line.get_ydata(), getattr(course, name))
