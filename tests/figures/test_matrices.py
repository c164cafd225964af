"""Pictures of matrices."""

import numpy as np
import pytest

from daleslaw_lib import figures


def test_white_means_no_weight():
    image = figures.weight_images({"a": np.array([[0.0, 2.0], [-1.0, 0.5]])}).axes[0].images[0]
    assert image.norm(0.0) == pytest.approx(0.5)
    assert image.norm(-2.0) == pytest.approx(0.0)
