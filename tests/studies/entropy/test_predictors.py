"""The entropies and other predictors are those of the matrices that the runs start from."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib import experiments, spectra, theory
from daleslaw_lib.evidence import claims
from daleslaw_lib.initialisation import colei_weights
from daleslaw_lib.jobs.building import draw
from daleslaw_lib.running import runner
from daleslaw_lib.studies import entropy

SMOKE = experiments.get("entropy_grid").runs("smoke")


@pytest.fixture(scope="module")
def archive():
    runs = [
        replace(SMOKE[0], hidden=n, ei_ratio=ratio, seed=seed, n_train=256, updates=2, eval_every=2)
        for n in (12, 20)
        for ratio in (1.0, 5.0, 11.0)
        for seed in (0, 1)
    ]
    return entropy.as_grid(runner.train_here(runs))


def matrix(archive, row):
    run = next(run for run in archive.configs if run.run_id == row.run_id)
    return draw([run], "cpu").layers[0].W.detach().numpy()[0].astype(float)


def test_predictors_are_those_of_the_networks_that_were_trained(archive):
    for row in entropy.runs_with_predictors(archive).itertuples():
        s = np.linalg.svd(matrix(archive, row), compute_uv=False)
        assert row.entropy == pytest.approx(spectra.svd_entropy(singular_values=s), rel=1e-5)
        assert row.largest == pytest.approx(np.log(s[0]), abs=1e-4)
        assert row.share == pytest.approx(s[0] / s.sum(), rel=1e-4)
        assert row.effective == pytest.approx(len(s) ** row.entropy)


def test_cells_are_those_that_the_claim_is_tested_on(archive):
    cells, tested = entropy.cells(archive), claims.entropy_and_error(archive)
    assert len(cells) == 6 and set(entropy.LABELS) <= set(cells)
    assert cells[tested.columns.tolist()].equals(tested)
    runs = entropy.runs_with_predictors(archive)
    means = runs.groupby(["hidden", "ei_ratio"])[["entropy", "error"]].mean()
    np.testing.assert_allclose(cells.entropy, means.entropy)
    np.testing.assert_allclose(cells.error, means.error)


def test_another_kind_of_network_is_refused(archive):
    run = replace(archive.configs[0], kind="rnn", clip_by="layer")
    other = replace(archive.experiment, grids={"smoke": lambda: (run,)})
    runs = archive.runs.assign(run_id=run.run_id).iloc[:1]
    with pytest.raises(ValueError, match="kind: expected one of colei"):
        entropy.runs_with_predictors(replace(archive, experiment=other, runs=runs))


@pytest.mark.parametrize("n", [20, 80, 150])
def test_arnoldi_finds_the_spectral_radius(n):
    W = colei_weights(n, 9, rng=np.random.default_rng(0))
    assert entropy.radius(W) == pytest.approx(1.5, rel=2e-3)


def test_drawn_entropies_do_not_depend_on_the_radius_and_share_draws():
    H = entropy.drawn_entropies(40, 9, 3, seed=4)
    full = entropy.drawn_entropies(40, 9, 3, seed=4, zero_diagonal=False)
    first = colei_weights(40, 9, rho=0.3, rng=np.random.default_rng(4))
    assert H[0] == pytest.approx(spectra.svd_entropy(first))
    assert 0 < np.abs(H - full).max() < 0.02


def test_errors_on_the_way_are_in_per_cent_and_an_absent_update_is_refused(archive):
    found = entropy.at_update(archive, 0)
    assert len(found) == 12 and found.error.between(50, 100).all() and found.entropy.between(0.3, 1).all()
    with pytest.raises(ValueError, match=r"update: expected one of \[0, 2\], got 1"):
        entropy.at_update(archive, 1)


@pytest.mark.parametrize("family", [entropy.one_outlier, entropy.power_law])
@pytest.mark.parametrize("H", [0.3, 0.8, 0.999])
def test_a_spectrum_of_any_entropy_is_found(family, H):
    s = entropy.with_entropy(family, 50, H)
    assert len(s) == 50 and (np.diff(s) <= 0).all()
    assert spectra.svd_entropy(singular_values=s) == pytest.approx(H, abs=1e-9)


def test_an_impossible_entropy_is_refused():
    with pytest.raises(ValueError, match="H: expected an entropy that one_outlier of 50 values has"):
        entropy.with_entropy(entropy.one_outlier, 50, 1.2)


def test_chapter_8_says_which_outlier_a_larger_network_forgives():
    def entropies(outlier):
        found = [np.r_[outlier(n), np.ones(n - 1)] for n in (30, 100, 300)]
        return [spectra.svd_entropy(singular_values=s) for s in found]

    tenfold, a_tenth = entropies(lambda n: 10.0), entropies(lambda n: (n - 1) / 9)  # of the sum
    assert (np.diff(tenfold) > 0).all() and (np.diff(a_tenth) < 0).all()


def test_exercise_8_3_nine_of_thirty_are_as_even_as_a_tenth_of_five_hundred_and_eight_are_not_quite():
    eight, nine = (theory.colei_entropy(30, 30 / k - 1) for k in (8, 9))
    assert eight < theory.colei_entropy(500, 9) < nine
