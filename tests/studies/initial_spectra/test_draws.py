"""Draws come back from the archive by condition."""

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.running import runner
from daleslaw_lib.studies import initial_spectra
from helpers.draws import SMOKE, TOY


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty results folder, and one experiment, of draws."""
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": TOY})
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


def test_spectra_are_read_back_by_condition(root):
    runner.run(*SMOKE)
    found = initial_spectra.archived(reading.load("toy"))
    assert [key[1:] for key in found] == [
        ("colei", 20, 4.0, False), ("colei", 20, 4.0, True), ("dann", 251, 4.0, False),
    ]  # fmt: skip
    assert [(d.s.shape, d.e.shape) for d in found.values()] == [
        ((4, 20), (4, 20)), ((3, 20), (3, 20)), ((4, 251), (3, 251)),
    ]  # fmt: skip
    for d in found.values():
        np.testing.assert_allclose(d.s[:, 0], d.runs.largest, rtol=5e-4)
        np.testing.assert_allclose(np.abs(d.e[:, 0]), d.runs.radius[: len(d.e)], rtol=1e-3)
