"""Controls redraw their picture; a page without a kernel gets a picture all the same."""

import base64
import doctest
import io

import ipywidgets
import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from daleslaw_lib import figures
from daleslaw_lib.studies import entropy, initial_spectra, size
from daleslaw_lib.widgets import playground

PNG = b"\x89PNG\r\n"
MAKERS = {
    "population_explorer": size.explorer,
    "entropy_explorer": entropy.explorer,
    "stretching": initial_spectra.stretching,
}


@pytest.fixture
def shown(monkeypatch):
    """What `show` hands to the page."""
    bundles = []
    monkeypatch.setattr(playground, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.mark.parametrize("name", MAKERS)
def test_a_widget_starts_with_a_picture(name):
    play = MAKERS[name]()
    assert isinstance(play, ipywidgets.Widget)
    assert bytes(play.picture.value).startswith(PNG) and play.words.value


@pytest.mark.parametrize("name", MAKERS)
def test_every_control_says_what_it_is(name):
    for control in MAKERS[name]().controls.values():
        assert control.description or isinstance(control, ipywidgets.ToggleButtons)


@pytest.mark.parametrize("control, value", [("ee", 0.5), ("ei", 0.5), ("ie", 0.0), ("ii", 2.0), ("steps", 5)])
def test_stretching_redraws_when_a_control_moves(control, value):
    play = initial_spectra.stretching()
    before = play.picture.value
    play.controls[control].value = value
    assert play.picture.value != before


def test_a_balanced_pair_stretches_though_its_radius_is_zero():
    play = initial_spectra.stretching()
    play.controls["ii"].value = 1.0
    assert "at most 2.00" in play.words.value and "radius 0.00" in play.words.value


def test_bad_input_becomes_words_and_the_picture_stays():
    def draw(k):
        if k > 3:
            raise ValueError("k: expected at most 3, got <4>")
        return "fine", Figure()

    play = playground.Playground(draw, k=ipywidgets.IntSlider(3, 1, 5))
    before = play.picture.value
    play.controls["k"].value = 4
    assert play.words.value == "k: expected at most 3, got &lt;4&gt;"
    assert play.picture.value == before


def test_show_offers_a_widget_and_a_picture_in_one_output(shown):
    play = initial_spectra.stretching()
    playground.play(play)
    (bundle,) = shown
    assert bundle[playground.WIDGET_VIEW]["model_id"] == play.model_id
    assert base64.b64decode(bundle["image/png"]) == play.picture.value
    assert "kernel" in bundle["text/plain"]


def test_show_takes_another_still_picture(shown):
    still = figures.stretched_circles({"identity": np.eye(2)})
    playground.play(ipywidgets.IntSlider(), still=still)
    assert base64.b64decode(shown[0]["image/png"]).startswith(PNG)


def test_show_refuses_a_widget_without_a_picture(shown):
    with pytest.raises(ValueError, match="still: expected a Figure for a IntSlider, got None"):
        playground.play(ipywidgets.IntSlider())
    assert not shown


def test_a_png_shows_the_whole_figure():
    data = playground.png(figures.stretched_circles({"identity": np.eye(2)}))
    image = matplotlib.pyplot.imread(io.BytesIO(data))
    assert min(image.shape[:2]) > 200


def test_the_docstrings_example_is_true():
    assert doctest.testmod(playground).failed == 0
