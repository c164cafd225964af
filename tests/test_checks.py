"""Bad input gets one line: the name, what was expected, what came."""

from fractions import Fraction

import numpy as np
import pandas
import pytest

from daleslaw_lib import checks

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [1, 0.5, 1e-300, np.float32(2), np.float64(2), np.int64(3), Fraction(1, 3)])
def test_positive_numbers_come_back_as_floats(value):
    got = checks.positive("rho", value)
    assert type(got) is float and got == float(value)


@pytest.mark.parametrize(
    "value",
    [0, 0.0, -3, -0.0, NAN, INF, -INF, np.float64(NAN), "9", "", True, np.True_, None, 1j, [1]],
)
def test_what_is_not_a_positive_finite_number_is_refused(value):
    with pytest.raises(ValueError) as error:
        checks.positive("ei_ratio", value)
    assert str(error.value) == f"ei_ratio: expected a positive finite number, got {value!r}"


def test_a_whole_number_too_large_for_a_float_is_refused():
    with pytest.raises(ValueError, match="^ei_ratio: expected a positive finite number, got 1000"):
        checks.positive("ei_ratio", 10**400)


@pytest.mark.parametrize("value", [1, 100, np.int64(7), np.uint8(7)])
def test_whole_numbers_come_back_as_ints(value):
    got = checks.positive_integer("n", value)
    assert type(got) is int and got == value


@pytest.mark.parametrize("value", [0, -1, 2.0, 2.5, NAN, INF, "10", True, None, [3]])
def test_what_is_not_a_whole_number_of_at_least_one_is_refused(value):
    with pytest.raises(ValueError) as error:
        checks.positive_integer("n", value)
    assert str(error.value) == f"n: expected a whole number >= 1, got {value!r}"


def test_one_of_names_the_choices():
    assert checks.one_of("kind", "rnn", ("rnn", "dann")) == "rnn"
    for value in ("lstm", "", None, 3):
        with pytest.raises(ValueError) as error:
            checks.one_of("kind", value, ("rnn", "dann"))
        assert str(error.value) == f"kind: expected one of rnn, dann, got {value!r}"


def test_a_generator_is_asked_for_by_name():
    rng = np.random.default_rng(0)
    assert checks.generator(rng) is rng
    for value in (None, 0, np.random.RandomState(0), np.random):
        with pytest.raises(TypeError, match=r"rng: expected a numpy.random.Generator, got \w+; make"):
            checks.generator(value)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("f4", "f4"), ("f8", "f8"), ("f2", "f4"), ("i8", "f8"), ("u1", "f4"), ("?", "f4"), ("c8", "c8")],
)
def test_matrices_become_floating_and_keep_their_precision(dtype, expected):
    array = checks.matrices("W", np.ones((2, 3, 4), dtype))
    assert array.dtype == np.dtype(expected) and array.shape == (2, 3, 4)


@pytest.mark.parametrize("value", [1.0, [1.0, 2.0], np.ones((0, 3)), np.ones((2, 0, 0)), []])
def test_what_is_not_a_matrix_is_refused_with_its_shape(value):
    with pytest.raises(ValueError, match=r"^W: expected matrices of shape \(\.\.\., n, m\), got shape"):
        checks.matrices("W", value)


@pytest.mark.parametrize("entry", [NAN, INF, -INF])
def test_entries_that_are_not_finite_are_refused(entry):
    with pytest.raises(ValueError, match="^W: expected finite entries, got NaN or infinity$"):
        checks.matrices("W", [[1.0, entry], [0.0, 1.0]])


@pytest.mark.parametrize("value", [[["a", "b"]], [[None, 1]], [[1, 2], [3]], {"W": 1}])
def test_what_is_not_numeric_is_refused(value):
    with pytest.raises(ValueError):
        checks.matrices("W", value)


# --- what holds numbers --------------------------------------------------------------------------


def held_in_every_way():
    import torch

    values = [[1, 2, 3], [4, 5, 6]]
    yield from (values, tuple(map(tuple, values)), np.array(values), np.array(values, dtype=np.uint8))
    yield from (pandas.DataFrame(values), pandas.DataFrame(values, dtype="Int64"))
    tensor = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    yield from (tensor, tensor * 1, tensor.bfloat16(), [tensor[0], tensor[1]], torch.tensor(values))


def test_numbers_are_taken_from_whatever_holds_them():
    for value in held_in_every_way():
        np.testing.assert_array_equal(checks.numbers("x", value), [[1, 2, 3], [4, 5, 6]])
        assert checks.matrices("x", value).shape == (2, 3)
    np.testing.assert_array_equal(checks.numbers("x", pandas.Series([1.5, 2])), [1.5, 2])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ma.masked_equal([[1, 2]], 2), "numbers without gaps, got a masked array; fill it first"),
        (pandas.Series([1, None], dtype="Int64"), "numbers, got gaps, or rows of unequal lengths"),
        ([[1], [2, 3]], "numbers, got gaps, or rows of unequal lengths"),
        ([1j], "real numbers, got complex128"),
        (["one"], "real numbers, got <U3"),
        (None, "real numbers, got object"),
        (pandas.Series(["a"], dtype=object), "numbers, got gaps, or rows of unequal lengths"),
    ],
)
def test_what_holds_no_real_numbers_is_named(value, message):
    with pytest.raises(ValueError, match=f"^x: expected {message}$"):
        checks.numbers("x", value)


def test_complex_numbers_pass_where_they_may():
    assert checks.numbers("x", [1j], complex_too=True).dtype == complex
    assert checks.matrices("W", [[1j]]).dtype == complex
