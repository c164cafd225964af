"""The controls of a live notebook answer within a second."""

import time

import numpy as np
import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.studies import building, entropy, initial_spectra, learning, radius, size


def ends(control):
    """A control's values at its ends."""
    if hasattr(control, "options"):
        values = [option[1] if isinstance(option, tuple) else option for option in control.options]
        return [values[0], values[-1]]
    return [control.min, control.max] if hasattr(control, "min") else [not control.value, control.value]


def playgrounds():
    yield from (initial_spectra.stretching, entropy.explorer, size.explorer)
    yield building.matrix_builder
    yield lambda: learning.curve_explorer(reading.load("one_layer_mnist"))
    digits = np.random.default_rng(0).random((28, 32, 28))
    yield lambda: radius.explorer(digits)


def answer(control, value):
    """Seconds of processor time that a change takes."""
    started = time.process_time()
    control.value = value
    return time.process_time() - started


@pytest.mark.parametrize("make", list(playgrounds()))
def test_every_control_answers_within_a_second(make):
    play = make()
    for name, control in play.controls.items():
        for value in ends(control):
            before, seconds = control.value, answer(control, value)
            if seconds >= 1:  # once more: others use this machine too
                answer(control, before)
                seconds = answer(control, value)
            assert seconds < 1, f"{name} = {value}: {seconds:.1f} s"
