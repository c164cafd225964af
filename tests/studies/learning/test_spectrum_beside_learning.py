"""The spectra that runs start from, beside how they learn."""

import pytest

from daleslaw_lib.evidence import starts
from daleslaw_lib.studies import learning
from helpers import trained


@pytest.fixture(scope="module")
def archive():
    return trained.one_layer_mnist()


def test_initial_spectra_are_those_of_the_runs(archive):
    spectra = starts.initial_spectra(archive)
    assert {kind: s.shape for kind, s in spectra.items()} == dict.fromkeys(("rnn", "colei", "dann"), (2, 12))
    assert spectra["colei"].max() > 2 * spectra["rnn"].max()
    learning.figures.spectrum_beside_learning(spectra, archive)
