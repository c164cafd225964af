"""The entropy explorer draws what it predicts, at every end of its controls."""

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib.spectra import singular_values, svd_entropy
from daleslaw_lib.studies import entropy
from daleslaw_lib.studies.entropy.explorer import THEORY, predicted_entropy, predicted_values


@pytest.mark.parametrize("kind", THEORY)
def test_what_the_explorer_predicts_is_what_it_draws(kind):
    values = predicted_values(kind, 200, 9.0)
    drawn = singular_values(initialisation.draw_matrix(kind, 200, 9.0, rng=np.random.default_rng(0)))
    assert len(values) == 200
    assert svd_entropy(singular_values=values) == pytest.approx(predicted_entropy(kind, 200, 9.0), abs=1e-3)
    assert svd_entropy(singular_values=drawn) == pytest.approx(predicted_entropy(kind, 200, 9.0), abs=5e-3)


@pytest.mark.parametrize("control, value", [("kind", "dann"), ("n", 30), ("inhibitory", 50), ("seed", 3)])
def test_the_entropy_explorer_redraws_when_a_control_moves(control, value):
    play = entropy.explorer()
    before = play.picture.value, play.words.value
    play.controls[control].value = value
    assert play.picture.value != before[0] and play.words.value != before[1]


def test_the_entropy_explorer_has_an_answer_at_every_end():
    play = entropy.explorer()
    play.controls["n"].value, play.controls["inhibitory"].value = 30, 1
    assert play.words.value.startswith("H = ") and "1 inhibitory units" in play.words.value
