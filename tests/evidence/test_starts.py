"""Where runs start: spectra and entropies of the networks that were trained."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib import experiments, spectra
from daleslaw_lib.evidence import starts
from daleslaw_lib.jobs.building import draw
from helpers.archives import in_memory

SMOKE = experiments.get("one_layer_mnist").runs("smoke")
FEW = [replace(run, hidden=12, seed=seed) for run in SMOKE[::2] for seed in range(3)]  # 5 conditions


def test_initial_spectra_and_entropies_are_those_of_the_networks_that_were_trained():
    a = in_memory(experiments.get("one_layer_mnist"), {run: {} for run in FEW})
    drawn = draw([FEW[3]], "cpu").layers[0].W.detach().numpy()[0]
    start = starts.initial_spectra(a, "faithful")
    assert start["colei"].shape == (3, 12)
    np.testing.assert_allclose(start["colei"][0], spectra.singular_values(drawn), rtol=1e-5)
    H = starts.initial_entropies(a)
    assert H[FEW[3].run_id] == pytest.approx(spectra.svd_entropy(drawn), rel=1e-5)
