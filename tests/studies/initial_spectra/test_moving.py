"""The moving mechanism in a notebook: a place for the script, a picture, and its results."""

import base64
import json
import re

import numpy as np
import pytest

from daleslaw_lib.studies import initial_spectra
from daleslaw_lib.studies.initial_spectra import moving
from daleslaw_lib.tasks import mnist
from daleslaw_lib.widgets import page, playground


def test_a_cell_shows_a_place_with_the_digits_and_a_picture(shown):
    initial_spectra.show_mechanism(beside="dann", step=4)
    (bundle,) = shown
    text = bundle["text/html"]
    assert text.startswith('<div class="moving-mechanism" data-beside="dann" data-step="4"><img alt="Clouds')
    data = json.loads(re.search(r'<script type="application/json">(.*)</script>', text)[1])
    assert data == {"digits": moving.digits()}
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG") and len(text) < 120_000
    assert (playground.WIDGET_VIEW in bundle) == (page.anywidget is not None)


def test_the_digits_are_test_images_one_of_each():
    found = mnist.load(source="subset")
    for digit, text in enumerate(moving.digits()):
        image = np.frombuffer(base64.b64decode(text), np.uint8).reshape(28, 28)
        (where,) = np.flatnonzero((found.x_test == image).all((1, 2)))
        assert found.y_test[where] == digit


@pytest.mark.parametrize("setting", [{"beside": "rnn"}, {"way": "up"}, {"step": 11}, {"n": 100}])
def test_a_setting_that_is_none_is_refused_by_name(shown, setting):
    with pytest.raises(ValueError, match=f"^({next(iter(setting))}|setting): expected"):
        initial_spectra.show_mechanism(**setting)
    assert shown == []


@pytest.mark.skipif(page.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_has_the_digits_and_the_scripts_entry():
    widget = initial_spectra.Mechanism(way="backward", seed=3)
    assert widget.way == "backward" and widget.data == {"digits": moving.digits()}
    assert 'DaleslawFigures["moving-mechanism"].render' in widget._esm[-80:]
