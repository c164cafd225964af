"""The explorer of learning curves follows its controls."""

import pytest

from daleslaw_lib.studies.learning.explorer import curve_explorer
from daleslaw_lib.widgets import playground
from helpers import trained


@pytest.fixture(scope="module")
def archive():
    return trained.one_layer_mnist()


def test_the_explorer_redraws_for_every_control(archive):
    play = curve_explorer(archive)
    assert isinstance(play, playground.Playground)
    before = play.picture.value
    for name, value in {"quantity": "test_loss", "preset": "faithful", "log": False}.items():
        play.controls[name].value = value
        assert play.picture.value != before, name
        before = play.picture.value
    assert "test loss (nats)" in play.words.value


def test_it_starts_with_the_second_half_of_learning(archive):
    first = curve_explorer(archive).controls["first_update"]
    assert first.value == first.options[len(first.options) // 2]
