"""The radius explorer redraws for every control."""

import numpy as np

from daleslaw_lib.studies.radius.explorer import explorer
from daleslaw_lib.widgets import playground

X = np.random.default_rng(0).random((6, 8, 28))


def test_the_explorer_redraws_for_every_control():
    play = explorer(X, draws=2)
    assert isinstance(play, playground.Playground)
    for name, value in {"kind": "rnn", "rho": 0.5, "seed": 2}.items():
        before = play.picture.value, play.words.value
        play.controls[name].value = value
        assert play.picture.value != before[0] and play.words.value != before[1], name
    assert play.words.value.startswith("gain of a gradient over 5 steps")
