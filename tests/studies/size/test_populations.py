"""What the sizes of populations do: entropy, the loop between them, and what is clipped."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence import starts as evidence_starts
from daleslaw_lib.evidence import summary
from daleslaw_lib.experiments.experiment import NEW_SEEDS
from daleslaw_lib.initialisation import colei_weights, obeys_dale
from daleslaw_lib.running import runner
from daleslaw_lib.spectra import eigenvalues, singular_values, spectral_radius, svd_entropy
from daleslaw_lib.studies import size
from helpers.archives import in_memory


@pytest.fixture(scope="module")
def drawn():
    return [colei_weights(100, 9, rng=np.random.default_rng(k)) for k in range(4)]


def test_entropy_rises_with_size_at_a_fixed_share_and_falls_at_a_fixed_number():
    H = {key: size.colei_entropy(*key, draws=3).mean() for key in ((50, 5), (200, 20), (200, 5))}
    assert H[200, 5] < H[50, 5] < H[200, 20]


def test_entropy_is_that_of_the_rescaled_matrix():
    W = colei_weights(60, 9, rng=np.random.default_rng(0))
    assert svd_entropy(3 * W) == pytest.approx(svd_entropy(W))
    found = size.colei_entropy(60, 6, draws=20)
    others = [svd_entropy(colei_weights(60, 9, rng=np.random.default_rng(k))) for k in range(20)]
    assert found.shape == (20,) and found.mean() == pytest.approx(np.mean(others), abs=0.02)


@pytest.mark.parametrize("n, n_i", [(10, 10), (10, 0), (10, -1)])
def test_entropy_needs_both_populations(n, n_i):
    with pytest.raises(ValueError, match="n_i"):
        size.colei_entropy(n, n_i, draws=1)


def test_an_ablation_cuts_one_block_and_nothing_else(drawn):
    W = np.stack(drawn)
    cut = size.ablate(W, 10)
    assert (cut[:, -10:, -10:] == 0).all() and (W[:, -10:, -10:] != 0).any()
    assert (cut[:, :-10] == W[:, :-10]).all() and (cut[:, :, :-10] == W[:, :, :-10]).all()
    assert obeys_dale(cut)[0]
    assert (size.ablate(W, 0) == W).all()


def test_an_ablation_of_more_units_than_there_are_is_refused():
    with pytest.raises(ValueError, match="count: expected 0 to 3 units, got 4"):
        size.ablate(np.eye(3), 4)


def test_the_networks_ablation_is_that_of_the_matrix():
    runs = experiments.get("ii_ablation").runs("smoke")
    whole = [run for run in runs if run.ablated is None]
    cut = [run for run in runs if run.ablated == 10]
    W = size.initial_matrices(whole)
    assert np.allclose(size.initial_matrices(cut), size.ablate(W, 10))


@pytest.mark.parametrize("name", ["ei_ratio", "ii_ablation", "size"])
def test_first_and_new_seeds_are_drawn_together(name):
    """They are evaluated at other times, which ensembles do not mix: a figure of both failed."""
    runs = [r for r in experiments.get(name).runs("paper") if r.kind == "colei" and r.hidden == 100]
    like = replace(runs[0], seed=0)
    same = [
        r for r in runs if (r.preset, r.ei_ratio, r.ablated) == (like.preset, like.ei_ratio, like.ablated)
    ]
    first, last = min(same, key=lambda run: run.seed), max(same, key=lambda run: run.seed)
    both = size.initial_matrices([first, last])
    assert both.shape == (2, 100, 100) and not np.allclose(both[0], both[1])
    assert np.array_equal(both[1], size.initial_matrices([last])[0])


def test_the_loop_of_block_means_is_exact_for_a_matrix_of_blocks():
    W = np.block([[np.full((6, 6), 0.5), np.full((6, 2), -1.5)], [np.full((2, 6), 0.5), np.zeros((2, 2))]])
    loop = size.loop_eigenvalues(W, (6, 2))
    assert np.abs(loop) == pytest.approx([3.0, 3.0])
    assert np.sort(np.abs(np.angle(loop))) == pytest.approx([np.pi / 3] * 2)
    others = eigenvalues(W)
    assert all(np.abs(others - value).min() < 1e-9 for value in loop)


def test_without_i_to_i_the_loop_sets_the_spectral_radius(drawn):
    for W in drawn:
        cut = size.ablate(W, 10)
        loop = np.abs(size.loop_eigenvalues(cut, (90, 10))).max()
        assert spectral_radius(cut) > 2 and spectral_radius(cut) == pytest.approx(loop, rel=0.1)
        assert svd_entropy(cut) == pytest.approx(svd_entropy(W), abs=0.03)


def test_populations_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="sizes: expected numbers that add up to 4"):
        size.loop_eigenvalues(np.eye(4), (2, 1))


@pytest.fixture(scope="module")
def archive():
    runs = [
        replace(run, n_train=256, updates=4, eval_every=4, hidden=20)
        for run in experiments.get("ei_ratio").runs("smoke")
        if run.ei_ratio < 99 and run.n_inhibitory is None
    ]
    found = runner.train_here(runs)
    return replace(found, experiment=replace(found.experiment, by=("kind", "ei_ratio")))


def test_starts_pair_each_runs_own_matrix_with_its_own_error(archive):
    starts = size.starts(archive, "corrected")
    assert {s.condition["preset"] for s in starts} == {"corrected", "both"}
    H = evidence_starts.initial_entropies(archive)
    for start in starts:
        runs = summary.matching(archive.runs, start.condition).sort_values("seed")
        assert start.s.shape == (len(runs), 20)
        assert start.H == pytest.approx(H[runs.run_id].to_numpy(), abs=1e-5)
        assert start.errors == pytest.approx(100 * runs.late_test_error.to_numpy())


def test_errors_beside_starts_are_the_final_ones_of_new_seeds():
    like = next(run for run in experiments.get("ei_ratio").runs("smoke") if run.kind == "colei")
    runs = [replace(like, hidden=20, ei_ratio=4.0, seed=seed) for seed in (0, 1, NEW_SEEDS, NEW_SEEDS + 1)]
    found = {run: {"test_error": 0.9, "late_test_error": 0.01 * (k + 1)} for k, run in enumerate(runs)}
    smoke = in_memory(replace(experiments.get("ei_ratio"), by=("kind", "ei_ratio")), found)
    paper = replace(smoke.experiment, grids={"paper": lambda: tuple(runs)})
    (start,) = size.starts(replace(smoke, scale="paper", experiment=paper), like.preset)
    assert start.errors == pytest.approx([3, 4])
    assert np.allclose(start.s, singular_values(size.initial_matrices(runs[2:])))


def clipped(clip):
    like = next(
        r for r in experiments.get("ei_ratio").runs("smoke") if r.kind == "colei" and r.clip_by == "tensor"
    )
    return replace(like, n_train=256, updates=6, eval_every=6, hidden=20, ei_ratio=9.0, clip=clip)


def test_a_tiny_limit_clips_every_update_and_a_huge_one_none():
    share = size.share_clipped([clipped(1e-6), clipped(1e6)], last=3)
    assert len(share) == 2 * 5
    assert share.share[:].tolist() == [1.0, 0.0] * 5


def test_clipping_by_layer_cannot_be_counted_by_tensor():
    with pytest.raises(ValueError, match="runs: expected 3 updates or more, clipped by tensor"):
        size.share_clipped([replace(clipped(1.0), clip_by="layer")], last=3)
