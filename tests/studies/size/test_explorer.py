"""Chapter 7's widget follows its controls."""

import pytest

from daleslaw_lib.studies import size


@pytest.mark.parametrize("control, value", [("n", 50), ("count", 1), ("seed", 3)])
def test_the_explorer_follows_every_control(control, value):
    play = size.explorer()
    before = play.picture.value, play.words.value
    play.controls[control].value = value
    assert (play.picture.value, play.words.value) != before
    assert bytes(play.picture.value).startswith(b"\x89PNG")


def test_the_explorer_refuses_more_inhibitory_than_excitatory_units_in_words():
    play = size.explorer()
    picture = play.picture.value
    play.controls["count"].value = 100
    assert "at most half" in play.words.value and play.picture.value == picture
