"""Starts under Dale's law keep what they promise: signs, scale, spectrum, inputs."""

import math

import numpy as np
import pytest

from daleslaw_lib import theory
from daleslaw_lib.initialisation import colei_weights, column_signs, obeys_dale, split_population
from daleslaw_lib.initialisation import dale_starts as dale
from daleslaw_lib.magnitudes import effective_inputs, most_entropy
from daleslaw_lib.spectra import singular_values, spectral_radius, svd_entropy

CASES = [(100, 9.0), (100, 99.0), (100, 1.0), (30, 4.0)]
GAIN, RHO = 0.8, 1.3
SCALED_BY_GAIN = {
    "identity": lambda n, r, rng: dale.signed_identity(n, r, gain=GAIN),
    "permutation": lambda n, r, rng: dale.signed_permutation(n, r, gain=GAIN, rng=rng),
    "sparse": lambda n, r, rng: dale.sparse_inputs(n, r, inputs=6, gain=GAIN, rng=rng),
    "raised": lambda n, r, rng: dale.raised_entropy(n, r, gain=GAIN, steps=10, rng=rng),
}
SCALED_BY_RADIUS = {
    "gamma": lambda n, r, rng: dale.colei_of_law(n, r, law="gamma", cv=0.5, rho=RHO, rng=rng),
    "lognormal": lambda n, r, rng: dale.colei_of_law(n, r, law="lognormal", cv=3.0, rho=RHO, rng=rng),
    "equal": lambda n, r, rng: dale.equal_strength(n, r, rho=RHO, rng=rng),
    "row-balanced": lambda n, r, rng: dale.row_balanced(n, r, rho=RHO, rng=rng),
}
OTHERS = {
    "identity+colei": lambda n, r, rng: dale.identity_and_colei(n, r, rng=rng),
    "permutation+colei": lambda n, r, rng: dale.permutation_and_colei(n, r, rng=rng),
    "compact": lambda n, r, rng: dale.spectrum_of_rnn(n, r, rounds=20, rng=rng),
    "unit-gain": lambda n, r, rng: dale.colei_of_unit_gain(n, r, rng=rng),
}
ALL = SCALED_BY_GAIN | SCALED_BY_RADIUS | OTHERS


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("n, ei_ratio", CASES)
@pytest.mark.parametrize("name", ALL)
def test_every_start_has_the_signs_of_its_columns(name, n, ei_ratio):
    W = ALL[name](n, ei_ratio, rng())
    assert W.shape == (n, n) and obeys_dale(W) == (True, "every column has one sign")
    assert (W * column_signs(n, ei_ratio) >= 0).all() and np.isfinite(W).all() and W.any()


@pytest.mark.parametrize("name", ALL)
def test_a_start_is_a_function_of_its_generator(name):
    assert (ALL[name](30, 4.0, rng(3)) == ALL[name](30, 4.0, rng(3))).all()
    if name != "identity":
        assert (ALL[name](30, 4.0, rng(3)) != ALL[name](30, 4.0, rng(4))).any()


@pytest.mark.parametrize("n, ei_ratio", CASES)
@pytest.mark.parametrize("name", SCALED_BY_GAIN)
def test_gain_is_the_root_mean_square_of_the_singular_values(name, n, ei_ratio):
    s = singular_values(SCALED_BY_GAIN[name](n, ei_ratio, rng()))
    assert np.sqrt(np.square(s).mean()) == pytest.approx(GAIN)


@pytest.mark.parametrize("n, ei_ratio", CASES)
@pytest.mark.parametrize("name", SCALED_BY_RADIUS)
def test_rho_is_the_spectral_radius(name, n, ei_ratio):
    W = SCALED_BY_RADIUS[name](n, ei_ratio, rng())
    assert spectral_radius(W) == pytest.approx(RHO)
    assert (np.diag(W) == 0).all()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "n, ei_ratio, words", [(1, 9.0, "leaves both"), (100, -1.0, "ei_ratio"), (100, 1e-9, "leaves both")]
)
def test_a_start_without_both_populations_is_refused(name, n, ei_ratio, words):
    with pytest.raises(ValueError, match=words) as error:
        ALL[name](n, ei_ratio, rng())
    assert "\n" not in str(error.value)


# --- permutations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n, ei_ratio", CASES)
def test_a_signed_permutation_is_orthogonal_and_has_entropy_one(n, ei_ratio):
    P = dale.signed_permutation(n, ei_ratio, rng=rng())
    np.testing.assert_array_equal(P @ P.T, np.eye(n))
    assert svd_entropy(P) == pytest.approx(1)
    assert effective_inputs(P) == pytest.approx(1)


def test_permutations_are_drawn_evenly():
    hits = sum(dale.signed_permutation(4, 1.0, rng=rng(seed)) != 0 for seed in range(2_000))
    assert hits.sum() == 8_000
    assert np.abs(hits / 2_000 - 0.25).max() < 5 * math.sqrt(0.25 * 0.75 / 2_000)


def test_an_orthogonal_matrix_of_one_sign_a_column_is_monomial():
    """What the projections find when they are asked for one."""
    signs = column_signs(20, 4.0)
    W = dale.towards_spectrum(colei_weights(20, 4.0, rng=rng()), np.ones(20), signs, rounds=2_000)
    entries = np.abs(W) > 1e-3
    assert (entries.sum(0) == 1).all() and (entries.sum(1) == 1).all()
    assert np.abs(W[entries]) == pytest.approx(1, abs=1e-6)


BLENDS = {"identity": dale.identity_and_colei, "permutation": dale.permutation_and_colei}
blends = pytest.mark.parametrize("blend", BLENDS.values(), ids=BLENDS)


@blends
@pytest.mark.parametrize("n, ei_ratio", CASES)
def test_a_blend_with_little_colei_has_one_entry_a_row_and_column_of_its_columns_sign(blend, n, ei_ratio):
    W = blend(n, ei_ratio, gain=0.7, rho=1e-9, rng=rng())
    entries = np.abs(W) > 1e-3
    assert (entries.sum(0) == 1).all() and (entries.sum(1) == 1).all()
    np.testing.assert_allclose(W.sum(0), 0.7 * column_signs(n, ei_ratio), atol=1e-6)
    assert singular_values(W) == pytest.approx(0.7, abs=1e-6)


def test_the_one_entry_of_the_identitys_blend_is_on_the_diagonal():
    W = dale.identity_and_colei(30, 4.0, gain=0.7, rho=1e-9, rng=rng())
    np.testing.assert_allclose(np.diag(W), 0.7 * column_signs(30, 4.0), atol=1e-6)


@blends
@pytest.mark.parametrize("n, ei_ratio", CASES)
def test_a_blend_of_little_gain_is_colei_of_its_radius(blend, n, ei_ratio):
    W = blend(n, ei_ratio, gain=1e-9, rho=0.4, rng=rng())
    assert spectral_radius(W) == pytest.approx(0.4, abs=1e-5) and obeys_dale(W)[0]
    assert (np.abs(W) > 1e-7).sum() > 0.9 * n * (n - 1)  # dense but for its diagonal


@blends
def test_a_blends_singular_values_are_off_the_gain_by_no_more_than_coleis_largest(blend):
    """Weyl: those of a sum are off those of one part by at most the norm of the other."""
    W, alone = (blend(100, 9.0, gain=gain, rho=0.2, rng=rng(3)) for gain in (0.7, 1e-12))
    assert np.abs(singular_values(W) - 0.7).max() <= singular_values(alone)[0] + 1e-9
    assert np.ptp(singular_values(W)) > 0.1


# --- few inputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n, ei_ratio, inputs, k_i", [(100, 9.0, 10, 1), (100, 9.0, 30, 3), (100, 1.0, 10, 5)]
)
def test_every_unit_hears_as_many_others_as_it_should(n, ei_ratio, inputs, k_i):
    W = dale.sparse_inputs(n, ei_ratio, inputs=inputs, rng=rng())
    assert ((W > 0).sum(1) == inputs - k_i).all() and ((W < 0).sum(1) == k_i).all()
    assert (np.diag(W) == 0).all()


def test_excitation_and_inhibition_of_few_inputs_balance_on_average():
    sums = np.concatenate([dale.sparse_inputs(100, 9.0, inputs=10, rng=rng(k)).sum(1) for k in range(50)])
    assert abs(sums.mean()) < 4 * sums.std() / math.sqrt(len(sums))


def test_a_single_inhibitory_unit_hears_none():
    W = dale.sparse_inputs(100, 99.0, inputs=5, rng=rng())
    assert (W[:, -1] < 0).sum() == 99 and W[-1, -1] == 0


@pytest.mark.parametrize("inputs, ei_ratio", [(1, 9.0), (0, 9.0), (99, 9.0), (100, 99.0), (2.5, 9.0)])
def test_an_impossible_number_of_inputs_is_refused(inputs, ei_ratio):
    with pytest.raises(ValueError, match="inputs: expected"):
        dale.sparse_inputs(100, ei_ratio, inputs=inputs, rng=rng())


# --- ColEI with one thing changed ------------------------------------------------------------------


@pytest.mark.parametrize("law", dale.LAWS)
@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
def test_weights_of_a_law_have_its_variation_and_balance(law, cv):
    W = dale.colei_of_law(300, 9.0, law=law, cv=cv, rng=rng())
    E, inhibitory = W[:, :270], -W[:, 270:]
    for part in (E[E > 0], inhibitory[inhibitory > 0]):
        assert part.std() / part.mean() == pytest.approx(cv, rel=0.15)
    assert inhibitory.mean() / E.mean() == pytest.approx(9, rel=0.1)


def test_entropy_rises_with_the_variation_of_the_weights_alone():
    H = [
        np.mean([svd_entropy(dale.colei_of_law(100, 9.0, cv=cv, rng=rng(k))) for k in range(5)])
        for cv in (0.25, 0.5, 1)
    ]
    assert np.all(np.diff(H) > 0.005)


def test_another_law_is_refused():
    with pytest.raises(ValueError, match="law: expected one of gamma, lognormal, got 'cauchy'"):
        dale.colei_of_law(100, 9.0, law="cauchy", rng=rng())


@pytest.mark.parametrize("ei_ratio", [9.0, 1.0])
def test_balanced_rows_sum_to_zero_keep_entropy_and_lose_the_outlying_eigenvalues(ei_ratio):
    n_e, n_i = split_population(100, ei_ratio)
    excess, entropies = [], []
    for k in range(10):
        plain, balanced = (
            colei_weights(100, ei_ratio, rng=rng(k)),
            dale.row_balanced(100, ei_ratio, rng=rng(k)),
        )
        assert np.abs(balanced.sum(1)).max() < 1e-10 * np.abs(balanced).sum(1).max()
        entropies.append(svd_entropy(balanced) - svd_entropy(plain))
        mean = balanced[:, :n_e].sum() / (100 * n_e)
        excess.append(1.5 / (mean * theory.eigenvalue_radius(n_e, n_i)))
    assert abs(np.mean(entropies)) < 0.01
    assert np.median(excess) < 1.15  # ColEI's: 1.33


def test_equal_strength_makes_no_inhibitory_group():
    W = dale.equal_strength(100, 9.0, rng=rng())
    assert np.abs(W[:, 90:]).mean() == pytest.approx(W[:, :90].mean(), rel=0.1)
    s = singular_values(W)
    assert s[1] / s[11] < 1.3 < np.divide(*singular_values(colei_weights(100, 9.0, rng=rng()))[[1, 11]])


def test_at_unit_gain_changes_neither_grow_nor_shrink():
    for seed in range(3):
        W = dale.colei_of_unit_gain(100, 9.0, rng=rng(seed))
        assert dale.masked_gain(W, trials=1_000, rng=rng(seed + 10)) == pytest.approx(1, abs=0.08)


def test_masked_gain_is_in_proportion_and_known_for_an_orthogonal_matrix():
    Q = np.linalg.qr(rng().standard_normal((200, 200)))[0]
    assert dale.masked_gain(Q, trials=400, rng=rng()) == pytest.approx(math.sqrt(0.5), rel=0.01)
    assert dale.masked_gain(3 * Q, rng=rng(1)) == pytest.approx(3 * dale.masked_gain(Q, rng=rng(1)))


def test_masked_gain_refuses_what_has_none():
    with pytest.raises(ValueError, match="passes changes on"):
        dale.masked_gain(np.zeros((5, 5)), rng=rng())
    with pytest.raises(ValueError, match="one square matrix"):
        dale.masked_gain(np.zeros((5, 4)), rng=rng())


# --- a wanted spectrum -----------------------------------------------------------------------------


def test_h_is_raised_within_the_signs_while_many_inputs_are_kept():
    W = dale.raised_entropy(100, 9.0, rng=rng())
    before = colei_weights(100, 9.0, rng=rng())
    assert svd_entropy(W) > 0.985 > svd_entropy(before) + 0.15
    assert effective_inputs(W) > 8


def test_raising_is_uphill_at_every_length():
    H = [svd_entropy(dale.raised_entropy(50, 4.0, steps=steps, rng=rng())) for steps in (1, 5, 20, 60)]
    assert np.all(np.diff(H) > 0)


def test_the_projections_reach_an_rnns_spectrum_and_give_up_inputs_for_it():
    W = dale.spectrum_of_rnn(100, 9.0, rounds=150, rng=rng())
    s = singular_values(W)
    np.testing.assert_allclose(s, theory.quarter_circle_values(100), atol=0.1)
    assert effective_inputs(W) < 5 < effective_inputs(colei_weights(100, 9.0, rng=rng()))


def test_projections_refuse_shapes_and_spectra_that_cannot_be():
    W, signs = colei_weights(10, 4.0, rng=rng()), column_signs(10, 4.0)
    for bad in ((W, np.ones(9), signs), (W[:5], np.ones(10), signs), (W, np.ones(10), signs[:4])):
        with pytest.raises(ValueError, match="towards_spectrum: expected W"):
            dale.towards_spectrum(*bad)
    with pytest.raises(ValueError, match="s: expected finite"):
        dale.towards_spectrum(W, -np.ones(10), signs)


# --- what Dale's law leaves ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_no_start_exceeds_the_entropy_that_its_inputs_leave(name):
    for n, ei_ratio in CASES:
        W = ALL[name](n, ei_ratio, rng(1))
        K, s = effective_inputs(W), singular_values(W)
        assert K <= s[0] ** 2 / np.square(s).mean() + 1e-9
        assert svd_entropy(W) <= most_entropy(K, n) + 1e-9
