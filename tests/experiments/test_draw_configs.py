"""Draws are data, as runs are: a name for every setting, and bad settings refused."""

from dataclasses import fields

import pytest

from daleslaw_lib.experiments.configs import DrawConfig
from helpers.draws import SETTINGS, draw


@pytest.mark.parametrize(
    "changes",
    [
        dict(preset="faithful"), dict(kind="rnn"), dict(hidden=21), dict(ei_ratio=4.5), dict(rho=1.0),
        dict(kind="dann", random_ix=True), dict(full_diagonal=True), dict(seed=1),
    ],
)  # fmt: skip
def test_a_run_id_changes_with_any_field(changes):
    base = draw(kind=changes.get("kind", "colei")) if "random_ix" in changes else draw()
    assert draw(**changes).run_id != base.run_id
    assert {f.name for f in fields(DrawConfig)} == set(SETTINGS)


def test_equal_numbers_are_one_draw():
    assert draw(ei_ratio=4, rho=1) == draw(rho=1.0) and draw(full_diagonal=1) == draw(full_diagonal=True)
    assert draw(ei_ratio=4).run_id == draw().run_id


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(kind="lstm"), "kind: expected one of rnn, colei, dann, got 'lstm'"),
        (dict(preset="mine"), "preset: expected one of faithful, corrected, both, got 'mine'"),
        (dict(hidden=0), "hidden: expected a whole number >= 1, got 0"),
        (dict(hidden=2), "hidden: expected at least 3 units of colei, got 2"),
        (dict(ei_ratio=-1), "ei_ratio: expected a positive finite number, got -1"),
        (dict(rho=float("nan")), "rho: expected a positive finite number, got nan"),
        (dict(seed=-1), "seed: expected a whole number >= 0, got -1"),
        (dict(random_ix=True), "random_ix: expected None for colei, got True"),
        (dict(kind="rnn", full_diagonal=True), "full_diagonal: expected None for rnn, got True"),
        (dict(full_diagonal=False), "full_diagonal: expected one of True, got False"),
        (
            dict(ei_ratio=0.001),
            "ei_ratio: expected a split that leaves both populations units, "
            "got 0 excitatory and 20 inhibitory of 20 at ratio 0.001",
        ),
    ],
)
def test_a_bad_setting_is_one_line(changes, message):
    with pytest.raises(ValueError) as error:
        draw(**changes)
    assert str(error.value) == message
