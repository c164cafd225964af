"""Bring your own matrix in a cell: a place for the script, a picture, and the matrix that comes back."""

import base64

import numpy as np
import pytest

from daleslaw_lib.studies import better_colei
from daleslaw_lib.widgets import page, playground


def test_a_cell_shows_a_place_for_the_script_and_a_picture_of_an_example(shown):
    better_colei.show_own_matrix()
    (bundle,) = shown
    assert bundle["text/html"].startswith('<div class="own-matrix"><img alt="A ColEI matrix of 60 units')
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (page.anywidget is not None)


@pytest.mark.skipif(page.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_gives_the_matrix_that_the_page_has_read():
    widget = better_colei.OwnMatrix()
    assert widget.W is None
    W = np.random.default_rng(0).standard_normal((7, 7))
    widget.set_state({"weights": memoryview(W.tobytes())})  # as a message
    np.testing.assert_array_equal(widget.W, W)
    assert better_colei.examine(widget.W).reason.startswith("column 0 has entries of both signs")
    assert 'DaleslawFigures["own-matrix"].render' in widget._esm[-80:]


@pytest.mark.skipif(page.anywidget is None, reason="missing: the package anywidget")
def test_a_widget_of_the_readers_own_is_the_one_that_is_shown(shown):
    widget = better_colei.OwnMatrix()
    better_colei.show_own_matrix(widget)
    assert shown[0][playground.WIDGET_VIEW]["model_id"] == widget.model_id
