"""Workers are as many as a machine has cores and memory for."""

import math

import pytest

from daleslaw_lib import machine
from tools import workers


@pytest.mark.parametrize(
    ("cores", "memory", "expected"),
    [
        (64, math.inf, 8),
        (64, 256e9, 8),
        (2, 256e9, 2),
        (4, 6.1e9, 3),
        (4, 2.1e9, 0),
        (1, 256e9, 0),
        (4, 1.0, 0),
    ]
    + [(64, math.inf, workers.MOST), (1, math.inf, 0)],
)
def test_a_worker_has_a_core_and_its_memory_and_one_alone_is_none(monkeypatch, cores, memory, expected):
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(machine, "memory", lambda: memory)
    assert workers.workers() == expected
