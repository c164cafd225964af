"""Every test of the archive has a results folder of its own."""

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.experiments import Experiment
from helpers.configs import config


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty results folder, and one experiment with three scales."""
    grids = {scale: lambda: [config(), config(seed=1)] for scale in experiments.SCALES}
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": Experiment("toy", "Toy", "", grids)})
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"
