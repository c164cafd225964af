"""Every way to draw weights: what it depends on, what arrays it gives, what it refuses."""

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib import initialisation as init
from daleslaw_lib.initialisation import (
    KINDS,
    PYTORCH_RHO,
    count_interneurons,
    dann_weights,
    effective_dann,
    obeys_dale,
)
from daleslaw_lib.spectra import spectral_radius
from helpers.moments import BAD_COUNTS, BAD_NUMBERS, rng

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


@pytest.mark.parametrize("kind", KINDS)
def test_draw_matrix_uses_the_kinds_radius_unless_told(kind):
    rng = np.random.default_rng(0)
    usual = {"rnn": PYTORCH_RHO, "colei": 1.5, "dann": PYTORCH_RHO}[kind]
    W = initialisation.draw_matrix(kind, 200, 9, rng=rng)
    assert W.shape == (200, 200)
    assert spectral_radius(W) == pytest.approx(usual, rel=0.15)
    assert spectral_radius(initialisation.draw_matrix(kind, 200, 9, rho=1.0, rng=rng)) == pytest.approx(
        1.0, rel=0.15
    )


def test_draw_matrix_gives_what_the_initialisers_give():
    assert obeys_dale(initialisation.draw_matrix("colei", 30, 9, rng=np.random.default_rng(1)))[0]
    parts = dann_weights(30, count_interneurons(30, 9), rng=np.random.default_rng(1))
    W = initialisation.draw_matrix("dann", 30, 9, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(W, effective_dann(*parts))


def test_draw_matrix_refuses_an_unknown_kind():
    with pytest.raises(ValueError, match="kind: expected one of rnn, colei, dann, got 'lstm'"):
        initialisation.draw_matrix("lstm", 10, 9, rng=np.random.default_rng(0))
