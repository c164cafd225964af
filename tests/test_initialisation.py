"""Initial weights: moments of large draws, invariants, and what is refused."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daleslaw_lib import initialisation as init
from daleslaw_lib.spectra import singular_values, spectral_radius

NAN, INF = float("nan"), float("inf")
BAD_NUMBERS = [0, -3, NAN, INF, -INF, "9", True, [9]]
BAD_COUNTS = [0, -1, 2.5, 10.0, NAN, "10", True, None]
KURTOSIS = {"uniform": 1.8, "normal": 3.0, "exponential": 9.0}


def rng(seed=0):
    return np.random.default_rng(seed)


def assert_moments(x, distribution, mean, variance):
    """Mean and variance are within five standard errors of what they should be."""
    mean_error = math.sqrt(variance / x.size)
    variance_error = variance * math.sqrt((KURTOSIS[distribution] - 1) / x.size)
    assert abs(x.mean() - mean) < 5 * mean_error
    assert abs(x.var() - variance) < 5 * variance_error


# --- populations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "ratio", "expected"),
    [
        (100, 99, (99, 1)),
        (100, 9, (90, 10)),
        (100, 1, (50, 50)),
        (1000, 99, (990, 10)),
        (300, 9, (270, 30)),
        (20, 9, (18, 2)),
        (10, 9, (9, 1)),
        (10, 99, (9, 1)),  # 0.1 of a unit is one unit
        (28, 9, (25, 3)),  # 2.8 rounds up
        (25, 3, (18, 7)),  # 6.25 rounds up
        (7, 1, (3, 4)),
        (2, 1, (1, 1)),
        (100, 1 / 3, (25, 75)),
        (100, Fraction(1, 3), (25, 75)),
        (100, 1 / 0.1 - 1, (90, 10)),  # a ratio that is 9 but for rounding
        (1000, 1 / 0.01 - 1, (990, 10)),
        (np.int64(100), np.float32(9), (90, 10)),
    ],
)
def test_a_population_splits_as_the_table_says(n, ratio, expected):
    assert init.split_population(n, ratio) == expected


@given(st.integers(2, 2000), st.integers(1, 400), st.integers(1, 400))
def test_a_split_rounds_inhibition_up_and_uses_every_unit(n, excitatory, inhibitory):
    ratio = Fraction(excitatory, inhibitory)
    n_i = math.ceil(n / (ratio + 1))
    if n_i == n:
        with pytest.raises(ValueError, match="leaves both populations units"):
            init.split_population(n, float(ratio))
    else:
        assert init.split_population(n, float(ratio)) == (n - n_i, n_i)


@pytest.mark.parametrize(("n", "ratio"), [(1, 9), (1, 1), (1, 0.1), (2, 0.5), (10, 0.05), (100, 1e-6)])
def test_a_split_that_empties_a_population_is_refused(n, ratio):
    for function in (init.split_population, init.column_signs):
        with pytest.raises(ValueError, match=rf"^ei_ratio: .* of {n} at ratio {ratio:g}$"):
            function(n, ratio)


@pytest.mark.parametrize(
    ("n", "ratio", "expected"),
    [(100, 99, 1), (100, 9, 10), (100, 1, 50), (28, 9, 2), (10, 99, 1), (1, 9, 1), (10, 1 / 3, 7)],
)
def test_dann_adds_interneurons_rounding_down_but_at_least_one(n, ratio, expected):
    assert init.count_interneurons(n, ratio) == expected


@pytest.mark.parametrize("n", [100, 300, 1000])
def test_a_ratio_computed_from_a_fraction_gives_that_fraction(n):
    for n_i in range(1, n // 2 + 1):
        ratio = 1 / (n_i / n) - 1  # off by rounding in many cases
        assert init.split_population(n, ratio) == (n - n_i, n_i)
        assert init.count_interneurons(n, ratio) == n_i


def test_column_signs_are_plus_for_excitatory_senders_then_minus():
    assert init.column_signs(10, 4).tolist() == [1] * 8 + [-1] * 2


@pytest.mark.parametrize("function", [init.split_population, init.count_interneurons, init.column_signs])
@pytest.mark.parametrize("value", [*BAD_NUMBERS, None])
def test_a_ratio_that_is_not_a_positive_number_is_refused(function, value):
    with pytest.raises(ValueError) as error:
        function(10, value)
    assert str(error.value) == f"ei_ratio: expected a positive finite number, got {value!r}"


@pytest.mark.parametrize("function", [init.split_population, init.count_interneurons, init.column_signs])
@pytest.mark.parametrize("value", BAD_COUNTS)
def test_a_population_that_is_not_a_whole_number_is_refused(function, value):
    with pytest.raises(ValueError, match="^n: expected a whole number >= 1, got"):
        function(value, 9)


# --- Dale's law ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (3, 6), (2, 5, 3)])
def test_matrices_with_one_sign_a_column_obey(shape):
    W = np.abs(rng().normal(size=shape)) * np.where(np.arange(shape[-1]) % 2, -1, 1)
    assert init.obeys_dale(W) == (True, "every column has one sign")
    assert init.obeys_dale(W * (rng().random(shape) < 0.5))[0]  # zeros have any sign
    assert init.obeys_dale(np.zeros(shape))[0]


def test_the_first_column_that_mixes_signs_is_named():
    W = np.ones((4, 5))
    W[2, 1] = W[0, 3] = -1e-300
    ok, reason = init.obeys_dale(W)
    assert not ok
    assert reason == "column 1 has entries of both signs (2 such columns in all)"
    ok, reason = init.obeys_dale(np.stack([np.ones((4, 5)), W]))
    assert not ok
    assert reason == "column 1 of matrix (1,) has entries of both signs (2 such columns in all)"


def test_rows_that_mix_signs_obey_when_columns_do_not():
    W = np.ones((4, 4)) * np.array([1, 1, 1, -1])
    assert init.obeys_dale(W)[0] and not init.obeys_dale(W.T)[0]


def test_dale_is_not_decided_for_what_is_not_finite():
    with pytest.raises(ValueError, match="^W: expected finite entries"):
        init.obeys_dale([[1.0, NAN], [1.0, 1.0]])


# --- RNN -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.2, init.PYTORCH_RHO, 1.0, math.sqrt(2), 6.5])
def test_rnn_weights_are_uniform_with_variance_rho_squared_over_n(rho):
    W = init.rnn_weights(300, rho=rho, rng=rng())
    assert W.shape == (300, 300)
    assert_moments(W, "uniform", 0, rho**2 / 300)
    assert np.abs(W).max() <= rho * math.sqrt(3 / 300)
    assert np.abs(W).max() == pytest.approx(rho * math.sqrt(3 / 300), rel=1e-3)
    assert spectral_radius(init.rnn_weights(60, rho=rho, rng=rng())) == pytest.approx(rho, rel=0.2)


def test_the_default_rnn_weights_are_pytorchs():
    W = init.rnn_weights(400, rng=rng())
    assert np.abs(W).max() <= 1 / 20 and np.abs(W).max() == pytest.approx(1 / 20, rel=1e-3)


def test_rnn_input_weights_are_scaled_by_the_receiving_units():
    U = init.rnn_input_weights(400, 700, rng=rng())
    assert U.shape == (400, 700)
    assert_moments(U, "uniform", 0, 1 / (3 * 400))


def test_rnn_readout_weights_are_normal_with_variance_two_over_n():
    W = init.rnn_readout_weights(300, 900, rng=rng())
    assert W.shape == (300, 900)
    assert_moments(W, "normal", 0, 2 / 900)
    assert np.abs(W).max() > 4 * math.sqrt(2 / 900)


# --- ColEI ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_pre", "ratio"), [(500, 99), (500, 9), (500, 1), (500, 1 / 3)])
def test_colei_columns_are_exponential_and_cancel_on_average(n_pre, ratio):
    W = init.colei_feedforward_weights(800, n_pre, ratio, rng=rng())
    n_e, n_i = init.split_population(n_pre, ratio)
    assert W.shape == (800, n_pre)
    s_e = 1 / math.sqrt((1 - 1 / (2 * math.pi)) * (n_e + n_e**2 / n_i))
    s_i = n_e / n_i * s_e
    assert n_e * s_e == pytest.approx(n_i * s_i)
    assert_moments(W[:, :n_e], "exponential", s_e, s_e**2)
    assert_moments(W[:, n_e:], "exponential", -s_i, s_i**2)


@pytest.mark.parametrize("n", [2, 3, 10, 40])
@pytest.mark.parametrize("ratio", [99, 9, 4, 1])
@pytest.mark.parametrize("rho", [None, 0.4, 13.0])
def test_colei_weights_have_the_radius_asked_for_and_no_diagonal(n, ratio, rho):
    W = init.colei_weights(n, ratio, rng=rng(), **({} if rho is None else {"rho": rho}))
    assert W.shape == (n, n)
    assert spectral_radius(W) == pytest.approx(rho or 1.5, rel=1e-12)
    np.testing.assert_array_equal(np.diag(W), 0)
    assert init.obeys_dale(W)[0]
    signs = np.broadcast_to(init.column_signs(n, ratio), (n, n))
    off_diagonal = ~np.eye(n, dtype=bool)
    np.testing.assert_array_equal(np.sign(W)[off_diagonal], signs[off_diagonal])


def test_colei_weights_are_the_feedforward_ones_without_diagonal_rescaled():
    W, F = init.colei_weights(30, 4, rng=rng()), init.colei_feedforward_weights(30, 30, 4, rng=rng())
    np.fill_diagonal(F, 0)
    np.testing.assert_allclose(W, F * (1.5 / spectral_radius(F)), rtol=1e-12)


def test_colei_has_an_outlier_singular_value_that_an_rnn_has_not():
    colei = singular_values(init.colei_weights(100, 9, rng=rng()))
    rnn = singular_values(init.rnn_weights(100, rng=rng()))
    assert colei[0] > 10 and colei[0] > 2 * colei[1]
    assert rnn[0] < 1.25


def test_colei_input_weights_are_excitatory_and_scaled_by_the_senders():
    U = init.colei_input_weights(900, 300, rng=rng())
    assert U.shape == (900, 300) and (U >= 0).all()
    assert_moments(U, "exponential", 1 / math.sqrt(300), 1 / 300)


# --- DANN ----------------------------------------------------------------------------------------

DANN_DRAWS = {
    "recurrent": lambda n_i: init.dann_weights(700, n_i, rng=rng()),
    "rho": lambda n_i: init.dann_weights(700, n_i, rho=2.0, rng=rng()),
    "input": lambda n_i: init.dann_input_weights(700, 400, n_i, rng=rng()),
    "readout": lambda n_i: init.dann_readout_weights(500, 800, n_i, rng=rng()),
}
DANN_SHAPES = {  # (n_post, n_pre), effective variance, times n_post / (n_post - 1): that of W_ex
    "recurrent": ((700, 700), 1 / (3 * 700)),
    "rho": ((700, 700), 4 / 700),
    "input": ((700, 400), 1 / (3 * 700)),
    "readout": ((500, 800), 2 / 800),
}


@pytest.mark.parametrize("n_i", [1, 7, 70])
@pytest.mark.parametrize("name", DANN_DRAWS)
def test_dann_parts_are_positive_and_interneurons_average(name, n_i):
    ex, ix, ei = DANN_DRAWS[name](n_i)
    (n_post, n_pre), variance = DANN_SHAPES[name]
    assert (ex.shape, ix.shape, ei.shape) == ((n_post, n_pre), (n_i, n_pre), (n_post, n_i))
    assert (ex > 0).all() and (ix > 0).all() and (ei > 0).all()
    s = math.sqrt(variance * n_post / (n_post - 1))
    assert_moments(ex, "exponential", s, s**2)
    np.testing.assert_allclose(ei.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(ix, np.broadcast_to(ex.mean(0), ix.shape), atol=1e-15)


@pytest.mark.parametrize("n_i", [1, 7, 70])
@pytest.mark.parametrize("name", DANN_DRAWS)
def test_dann_columns_are_balanced_at_initialisation(name, n_i):
    W = init.effective_dann(*DANN_DRAWS[name](n_i))
    shape, variance = DANN_SHAPES[name]
    assert W.shape == shape
    assert np.abs(W.mean(0)).max() < 1e-12
    assert_moments(W, "exponential", 0, variance)


@pytest.mark.parametrize(
    ("draw", "n_post", "variance"),
    [
        (lambda rng: init.dann_weights(4, 2, rng=rng), 4, 1 / (3 * 4)),
        (lambda rng: init.dann_weights(4, 2, rho=2.0, rng=rng), 4, 4 / 4),
        (lambda rng: init.dann_input_weights(4, 9, 2, rng=rng), 4, 1 / (3 * 4)),
        (lambda rng: init.dann_readout_weights(3, 5, 2, rng=rng), 3, 2 / 5),
    ],
)
def test_what_centring_takes_from_the_variance_is_given_first(draw, n_post, variance):
    generator = rng()
    W_ex, W_ix, W_ei = (np.array(parts) for parts in zip(*(draw(generator) for _ in range(4000))))
    s = math.sqrt(variance * n_post / (n_post - 1))
    assert_moments(W_ex, "exponential", s, s**2)
    W = init.effective_dann(W_ex, W_ix, W_ei)
    assert W.var() == pytest.approx(variance, rel=0.1)


def test_several_interneurons_share_the_inhibition_unequally():
    ei = init.dann_weights(500, 4, rng=rng())[2]  # rows of Exp scaled to sum 1: Dirichlet(1, 1, 1, 1)
    assert ei.mean() == pytest.approx(1 / 4, abs=1e-12)
    assert ei.var() == pytest.approx(3 / 80, rel=0.1)


def test_rho_scales_a_dann_and_leaves_the_shares_alone():
    one, two = (init.dann_weights(50, 5, rho=rho, rng=rng()) for rho in (1.0, 2.0))
    np.testing.assert_allclose(two[0], 2 * one[0])
    np.testing.assert_allclose(two[1], 2 * one[1])
    np.testing.assert_array_equal(two[2], one[2])


@pytest.mark.parametrize("n", [1, 10, 100])
def test_a_dann_readout_of_one_unit_starts_at_exactly_zero(n):
    parts = init.dann_readout_weights(1, n, 1, rng=rng())
    np.testing.assert_array_equal(init.effective_dann(*parts), np.zeros((1, n)))
    ex = init.dann_readout_weights(1, 100_000, 1, rng=rng())[0]
    assert_moments(ex, "exponential", math.sqrt(2e-5), 2e-5)


def test_effective_dann_takes_stacks():
    members = [init.dann_weights(6, 2, rng=rng(seed)) for seed in range(3)]
    stacked = init.effective_dann(*(np.stack(parts) for parts in zip(*members)))
    np.testing.assert_allclose(stacked, [init.effective_dann(*parts) for parts in members])


@pytest.mark.parametrize(
    "function",
    [lambda n: init.dann_weights(n, 1, rng=rng()), lambda n: init.dann_input_weights(n, 5, 1, rng=rng())],
)
def test_a_dann_of_one_unit_is_refused(function):
    with pytest.raises(ValueError, match="^n: expected at least 2 units, .*, got 1$"):
        function(1)


# --- every draw ----------------------------------------------------------------------------------

DRAWS = {  # name -> (function, its good positional arguments by name, whether it has a rho)
    "rnn_weights": ({"n": 6}, True),
    "rnn_input_weights": ({"n": 6, "n_in": 4}, False),
    "rnn_readout_weights": ({"n_out": 3, "n": 6}, False),
    "colei_weights": ({"n": 6, "ei_ratio": 2}, True),
    "colei_feedforward_weights": ({"n": 6, "n_pre": 6, "ei_ratio": 2}, False),
    "colei_input_weights": ({"n": 6, "n_in": 4}, False),
    "dann_weights": ({"n": 6, "n_inhibitory": 2}, True),
    "dann_input_weights": ({"n": 6, "n_in": 4, "n_inhibitory": 2}, False),
    "dann_readout_weights": ({"n_out": 3, "n": 6, "n_inhibitory": 2}, False),
}


def draw(name, **changes):
    return getattr(init, name)(**{"rng": rng(), **DRAWS[name][0], **changes})


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_depends_on_its_generator_alone(name):
    np.random.seed(1)  # noqa: NPY002
    first = draw(name)
    np.random.seed(2)  # noqa: NPY002
    again, other = draw(name), draw(name, rng=rng(1))
    for a, b, c in zip(*(w if isinstance(w, tuple) else (w,) for w in (first, again, other))):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == np.float64 and not np.array_equal(a, c)


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_moves_its_generator_on(name):
    generator = rng()
    first, second = draw(name, rng=generator), draw(name, rng=generator)
    assert not np.array_equal(np.ravel(first[0]), np.ravel(second[0]))


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("value", [None, 0, np.random.RandomState(0)])
def test_a_draw_without_a_generator_is_refused(name, value):
    with pytest.raises(TypeError, match="^rng: expected a numpy.random.Generator"):
        draw(name, rng=value)


@pytest.mark.parametrize("value", [*BAD_NUMBERS, None])
@pytest.mark.parametrize(
    ("name", "argument"),
    [(name, "rho") for name, (_, has_rho) in DRAWS.items() if has_rho]
    + [(name, "ei_ratio") for name, (arguments, _) in DRAWS.items() if "ei_ratio" in arguments],
)
def test_a_radius_or_ratio_that_is_not_a_positive_number_is_refused(name, argument, value):
    with pytest.raises(ValueError) as error:
        draw(name, **{argument: value})
    assert str(error.value) == f"{argument}: expected a positive finite number, got {value!r}"


@pytest.mark.parametrize("value", BAD_COUNTS)
@pytest.mark.parametrize(
    ("name", "argument"),
    [(name, a) for name, (arguments, _) in DRAWS.items() for a in arguments if a != "ei_ratio"],
)
def test_a_count_that_is_not_a_whole_number_is_refused(name, argument, value):
    with pytest.raises(ValueError, match=r"^n\w*: expected a whole number >= 1, got"):
        draw(name, **{argument: value})


# --- whole networks ------------------------------------------------------------------------------


def expected_shapes(kind, n_in, n, n_out, layers, ratio):
    weights = {}
    for k in range(layers):
        weights |= {f"layer{k}/U": (n, n if k else n_in), f"layer{k}/W": (n, n)}
    weights["readout/W"] = (n_out, n)
    shapes = {}
    for name, (post, pre) in weights.items():
        if kind == "dann":
            n_i = max(int(post / (ratio + 1)), 1)
            shapes |= {name + "_ex": (post, pre), name + "_ix": (n_i, pre), name + "_ei": (post, n_i)}
        else:
            shapes[name] = (post, pre)
    return shapes | {f"layer{k}/b": (n,) for k in range(layers)} | {"readout/b": (n_out,)}


@pytest.mark.parametrize("kind", init.KINDS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("ratio", [9, 3, 1])
def test_a_network_has_the_arrays_of_its_kind(kind, layers, ratio):
    arrays = init.draw_network(kind, 7, 20, 4, layers=layers, ei_ratio=ratio, rng=rng())
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == expected_shapes(kind, 7, 20, 4, layers, ratio)
    for name, array in arrays.items():
        if name.endswith("/b"):
            np.testing.assert_array_equal(array, 0)  # the first layer's too (E7)
        elif kind != "rnn":
            assert (array >= 0).all()  # magnitudes


@pytest.mark.parametrize("kind", init.KINDS)
def test_a_network_is_the_same_for_the_same_seed_and_another_for_another(kind):
    first, again, other = (init.draw_network(kind, 7, 20, 20, layers=2, rng=rng(seed)) for seed in (0, 0, 1))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        if not name.endswith("/b"):
            assert not np.array_equal(first[name], other[name])


@pytest.mark.parametrize("kind", init.KINDS)
def test_layers_of_a_network_are_drawn_apart(kind):
    arrays = init.draw_network(kind, 20, 20, 20, layers=3, rng=rng())
    for name, array in arrays.items():
        if name.startswith("layer1/") and not name.endswith("/b"):
            assert not np.array_equal(array, arrays[name.replace("layer1", "layer2")])


@pytest.mark.parametrize(("kind", "default"), [("rnn", None), ("colei", 1.5), ("dann", None)])
def test_rho_reaches_every_recurrent_matrix_of_a_network(kind, default):
    def radii(**rho):
        arrays = init.draw_network(kind, 7, 60, 4, layers=2, rng=rng(), **rho)
        for k in range(2):
            if kind == "dann":
                W = init.effective_dann(*(arrays[f"layer{k}/W_{part}"] for part in ("ex", "ix", "ei")))
            else:
                W = arrays[f"layer{k}/W"]
            yield spectral_radius(W * init.column_signs(60, 9) if kind == "colei" else W)

    base = default or init.PYTORCH_RHO
    np.testing.assert_allclose(list(radii(rho=2 * base)), 2 * np.array(list(radii())), rtol=1e-9)
    np.testing.assert_allclose(list(radii()), base, rtol=1e-9 if default else 0.25)


def test_n_inhibitory_is_of_the_recurrent_interneurons_alone():
    arrays = init.draw_network("dann", 7, 20, 10, ei_ratio=9, n_inhibitory=6, layers=2, rng=rng())
    interneurons = {name: array.shape[0] for name, array in arrays.items() if name.endswith("_ix")}
    assert interneurons == {
        "layer0/U_ix": 2, "layer0/W_ix": 6, "layer1/U_ix": 2, "layer1/W_ix": 6, "readout/W_ix": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "values", "message"),
    [
        ("kind", ["lstm", "", None, "RNN"], "kind: expected one of rnn, colei, dann, got"),
        ("n_in", BAD_COUNTS, "n_in: expected a whole number >= 1, got"),
        ("n", BAD_COUNTS, r"n\w*: expected a whole number >= 1, got"),
        ("n_out", BAD_COUNTS, r"n\w*: expected a whole number >= 1, got"),
        ("layers", BAD_COUNTS, "layers: expected a whole number >= 1, got"),
        ("ei_ratio", BAD_NUMBERS, "ei_ratio: expected a positive finite number, got"),
        ("rho", BAD_NUMBERS, "rho: expected a positive finite number, got"),
    ],
)
@pytest.mark.parametrize("kind", init.KINDS)
def test_every_kind_of_network_refuses_bad_arguments(kind, argument, values, message):
    good = {"kind": kind, "n_in": 7, "n": 20, "n_out": 4}
    for value in values:
        with pytest.raises(ValueError, match=f"^{message}"):
            init.draw_network(**good | {argument: value}, rng=rng())


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", True])
def test_a_bad_number_of_interneurons_is_refused(value):
    with pytest.raises(ValueError, match="^n_inhibitory: expected a whole number >= 1, got"):
        init.draw_network("dann", 7, 20, 4, n_inhibitory=value, rng=rng())


@pytest.mark.parametrize("kind", init.KINDS)
def test_a_network_without_a_generator_is_refused(kind):
    with pytest.raises(TypeError, match="^rng: expected a numpy.random.Generator"):
        init.draw_network(kind, 7, 20, 4, rng=None)
