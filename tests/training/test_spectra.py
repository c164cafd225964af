"""Runs that keep their spectra: whose they are, and that nothing else changes."""

import numpy as np
import pytest

from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.spectra import singular_values, svd_entropy
from daleslaw_lib.training import load_checkpoint, save_checkpoint
from helpers.training import build, stop_at


@pytest.mark.parametrize("kind", KINDS)
def test_kept_spectra_are_those_of_the_first_layers_matrix(kind):
    training = build(kind, layers=2, spectra=True)
    matrices = []
    training.run(
        on_progress=lambda t: matrices.append((t.update_index, t.network.layers[0].W.detach().numpy().copy()))
    )
    at = dict(matrices)
    assert training.history["update"] == [0, 5, 10, 12]
    for update, s, H in zip(*(training.history[name] for name in ("update", "singular_values", "entropy"))):
        np.testing.assert_allclose(s, singular_values(at[update]), rtol=0, atol=1e-14)
        np.testing.assert_allclose(H, svd_entropy(at[update]), rtol=0, atol=1e-14)


def test_keeping_spectra_changes_nothing_else():
    with_them, without = build(spectra=True), build()
    assert with_them.run() and without.run()
    assert set(with_them.history) == {*without.history, "singular_values", "entropy"}
    for name, rows in without.history.items():
        np.testing.assert_array_equal(rows, with_them.history[name])


def test_a_member_that_diverged_has_no_spectrum_and_leaves_the_others_theirs():
    training, alone = build(spectra=True, lr=[0.2, 1e200, 0.2], clip=[None] * 3), build(spectra=True, M=1)
    training.run(), alone.run()
    assert training.diverged_at.tolist()[1] >= 0 and not np.isnan(training.history["entropy"][0]).any()
    for name in ("singular_values", "entropy"):
        last = training.history[name][-1]
        assert np.isnan(last[1]).all() and np.isfinite(last[[0, 2]]).all()


def test_spectra_come_through_a_checkpoint_bit_for_bit(tmp_path):
    whole, stopped, resumed = (build(spectra=True) for _ in range(3))
    whole.run()
    stopped.run(checkpoint=tmp_path / "a.npz", should_stop=stop_at(stopped, 7))
    load_checkpoint(resumed, tmp_path / "a.npz")
    resumed.run()
    for name, rows in whole.history.items():
        np.testing.assert_array_equal(rows, resumed.history[name])


@pytest.mark.parametrize("kept", [True, None])
def test_a_checkpoint_of_a_run_with_spectra_is_not_one_without(tmp_path, kept):
    save_checkpoint(build(spectra=kept), tmp_path / "a.npz")
    with pytest.raises(CheckpointError, match="its spectra are others"):
        load_checkpoint(build(spectra=None if kept else True), tmp_path / "a.npz")
