"""Chapter 3: spectra that are alike, laid on one another and on theory."""

import numpy as np
import pytest

from daleslaw_lib.figures import vectors
from daleslaw_lib.initialisation import draw_matrix
from daleslaw_lib.studies.initial_spectra.figures import one_bulk_one_disc
from daleslaw_lib.theory import PYTORCH_RHO


def spectra(kind, draws=4, n=100):
    rng = np.random.default_rng(1)
    W = np.stack([draw_matrix(kind, n, 9, rng=rng) for _ in range(draws)])
    return kind, np.linalg.svd(W, compute_uv=False), np.linalg.eigvals(W)


@pytest.fixture(scope="module")
def figure():
    return one_bulk_one_disc({"RNN, N = 100": spectra("rnn"), "DANN, N = 100, 10 %": spectra("dann")})


def test_every_network_is_a_line_in_both_panels_and_so_is_theory(figure):
    for ax in figure.axes:
        labels = [line.get_label() for line in ax.lines]
        assert labels == ["RNN, N = 100", "DANN, N = 100, 10 %", "theory"]
    assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["RNN", "DANN", "theory"]


def test_lines_lie_on_theory(figure):
    bulk, disc = figure.axes
    for line in disc.lines[:2]:
        r, within = line.get_data()
        assert np.abs(within - np.minimum((r / PYTORCH_RHO) ** 2, 1)).max() < 0.1
    for line in bulk.lines[:2]:
        s, density = line.get_data()
        assert 0.95 < density[0] < 1.35


def test_danns_one_zero_is_left_out():
    kind, s, e = spectra("dann")
    assert np.allclose(s[:, -1], 0)
    with_zero = one_bulk_one_disc({"x": ("rnn", s, e)}).axes[0].lines[0].get_ydata()
    without = one_bulk_one_disc({"x": (kind, s, e)}).axes[0].lines[0].get_ydata()
    assert without[0] < with_zero[0]


def test_its_numbers_name_every_network(figure):
    table = vectors.table(figure)
    assert all(name in table for name in ("RNN, N = 100", "DANN, N = 100, 10 %", "theory"))
