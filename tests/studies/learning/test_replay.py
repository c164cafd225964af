"""The replay in a notebook: what the page is given, and what the widget refuses."""

import base64
import json

import numpy as np
import pytest

from daleslaw_lib.studies import learning
from daleslaw_lib.studies.learning import replay
from daleslaw_lib.widgets import page, playground
from helpers import trained


@pytest.fixture(scope="module")
def archive():
    return trained.replay()


# --- what the page is given --------------------------------------------------------------------------------


def test_frames_are_dense_at_first_and_end_with_the_last_evaluation():
    found = replay.frames(201)
    assert found[:4] == [0, 1, 2, 3] and found[-1] == 200 and len(found) <= replay.FRAMES
    assert (np.diff(found, 2) >= -1).all() and np.diff(found).max() < 20
    assert replay.frames(1) == [0] and replay.frames(2) == [0, 1] and replay.frames(5) == [0, 1, 2, 3, 4]


def test_a_singular_value_that_cannot_be_coded_is_refused():
    with pytest.raises(ValueError, match="s: expected singular values up to 358, got 400"):
        replay.coded(np.array([400.0]))


# --- in a notebook -----------------------------------------------------------------------------------------


def test_a_cell_shows_a_place_with_data_and_a_picture(archive, monkeypatch):
    shown = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: shown.append(bundle))
    learning.show_replay(archive, seed=1)
    (bundle,) = shown
    assert bundle["text/html"].startswith('<div class="training-replay" data-seed="1"><img alt="Singular')
    text = bundle["text/html"].split('<script type="application/json">')[1].split("</script>")[0]
    assert json.loads(text) == learning.replay_data(archive)
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (replay.anywidget is not None)


def test_a_seed_that_is_not_there_is_refused_by_name(archive):
    with pytest.raises(ValueError, match="seed: expected one of 0, 1, 2, got 7"):
        learning.show_replay(archive, seed=7)
    with pytest.raises(ValueError, match=r"seed: expected one of \[0, 1, 2\], got 7"):
        learning.figures.spectra_while_learning(archive, seed=7)


@pytest.mark.skipif(replay.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_starts_at_the_end_and_refuses_a_strange_seed(archive):
    widget = learning.Replay(archive)
    assert (widget.seed, widget.update) == (0, 250)
    widget.seed = 2
    with pytest.raises(ValueError, match="seed: expected one of 0, 1, 2, got 3"):
        widget.seed = 3
    assert 'DaleslawFigures["training-replay"].render' in widget._esm[-80:]
