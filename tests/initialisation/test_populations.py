"""Populations: how units are split, and whether a matrix obeys Dale's law."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daleslaw_lib import initialisation as init
from daleslaw_lib.nn import DANN, ColEI
from helpers.moments import BAD_COUNTS, BAD_NUMBERS, NAN, rng

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


@pytest.mark.parametrize("function", [init.split_population, init.count_interneurons])
def test_a_ratio_that_may_be_meant_as_a_fraction_is_taken_and_both_readings_are_named(function):
    with pytest.warns(UserWarning) as said:
        assert (
            function(100, 0.8) == {"split_population": (44, 56), "count_interneurons": 55}[function.__name__]
        )
    assert [str(warning.message) for warning in said] == [
        "ei_ratio: 0.8 is read as 0.8 excitatory units per inhibitory one, 44% excitatory; "
        "for 80% excitatory give 4"
    ]
    assert said[0].filename == __file__  # the reader's line, not one of the library


@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_whoever_builds_a_layer_is_told_of_its_ratio_once_and_at_the_own_line(layer_type):
    with warnings.catch_warnings(record=True) as said:
        warnings.resetwarnings()
        warnings.simplefilter("default")
        layer_type(3, 20, 2, ei_ratio=0.8).readout(4)
    assert {warning.filename for warning in said} == {__file__} and len(said) == 1


@pytest.mark.parametrize("ratio", [1, 1.0, 1.5, 9])
def test_a_ratio_of_one_or_more_is_taken_without_a_word(ratio):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        init.split_population(100, ratio)
        init.count_interneurons(100, ratio)


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
