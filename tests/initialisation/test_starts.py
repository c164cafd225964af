"""Starts by name, and those of an unconstrained RNN."""

import numpy as np
import pytest

from daleslaw_lib.initialisation import (
    colei_weights,
    column_signs,
    draw_network,
    obeys_dale,
    rnn_weights,
    starts,
)
from daleslaw_lib.initialisation import free_starts as free
from daleslaw_lib.initialisation.dale_starts import masked_gain
from daleslaw_lib.spectra import singular_values, svd_entropy

NUMBERS = {
    "gain": 0.9, "rho": 0.6, "inputs": 5.0, "cv": 0.7,
}  # fmt: skip
ALL = [(kind, name) for kind, table in starts.STARTS.items() for name in table]


def rng(seed=0):
    return np.random.default_rng(seed)


def numbers(kind, name):
    start = starts.get(kind, name)
    return NUMBERS.get(start.a), NUMBERS.get(start.b)


@pytest.mark.parametrize("kind, name", ALL)
def test_a_start_changes_the_recurrent_matrices_and_nothing_else(kind, name):
    before = draw_network(kind, 5, 24, 3, layers=2, ei_ratio=3.0, rng=rng())
    after = starts.put(before, kind, name, *numbers(kind, name), ei_ratio=3.0, rng=rng(1))
    assert after.keys() == before.keys()
    for key in before:
        assert after[key].shape == before[key].shape
        assert (after[key] == before[key]).all() == (not key.endswith("/W") or key.startswith("readout"))
    if kind == "colei":
        W = after["layer0/W"]
        assert (W >= 0).all() and obeys_dale(W * column_signs(24, 3.0))[0]


@pytest.mark.parametrize("kind, name", ALL)
def test_a_start_wants_its_numbers_and_no_others(kind, name):
    a, b = numbers(kind, name)
    assert starts.check(kind, name, a, b) == (a, b)
    for bad in ({"a": None if a else 1.0, "b": b}, {"a": a, "b": None if b else 1.0}):
        with pytest.raises(ValueError, match="start_[ab]: expected"):
            starts.check(kind, name, **bad)


@pytest.mark.parametrize(
    "call, words",
    [
        (("colei", "magic", None, None), "start: expected one of identity, permutation.*got 'magic'"),
        (("rnn", "sparse", 5.0, 1.0), "start: expected one of identity.*got 'sparse'"),
        (("dann", "identity", 1.0, None), "start: expected None for dann, got 'identity'"),
        (("colei", "sparse", 5.5, 1.0), "start_a: expected a whole number of inputs, got 5.5"),
        (("colei", "sparse", 5.0, -1.0), "start_b: expected a positive finite number, got -1.0"),
        (("colei", "permutation", float("nan"), None), "start_a: expected a positive"),
    ],
)
def test_what_no_start_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        starts.check(*call)


def test_a_start_that_cannot_be_at_this_size_is_refused():
    arrays = draw_network("colei", 5, 10, 3, ei_ratio=3.0, rng=rng())
    with pytest.raises(ValueError, match="inputs: expected"):
        starts.put(arrays, "colei", "sparse", 50.0, 1.0, ei_ratio=3.0, rng=rng())


# --- an RNN's --------------------------------------------------------------------------------------


def test_orthogonal_starts_are_orthogonal():
    for W in (free.identity(30), free.permutation(30, rng=rng()), free.orthogonal(30, rng=rng())):
        np.testing.assert_allclose(W @ W.T, np.eye(30), atol=1e-12)
        np.testing.assert_allclose(singular_values(2 * W), 2)
    assert free.orthogonal(30, gain=0.5, rng=rng()) == pytest.approx(0.5 * free.orthogonal(30, rng=rng()))


def test_haar_matrices_have_a_mean_of_zero():
    """Without R's signs the diagonal of Q would lean to one side."""
    diagonal = np.concatenate([np.diag(free.orthogonal(20, rng=rng(k))) for k in range(200)])
    assert abs(diagonal.mean()) < 4 * diagonal.std() / np.sqrt(len(diagonal))


@pytest.mark.parametrize(
    "part, taken", [("outlier", slice(0, 1)), ("group", slice(1, 11)), ("both", slice(0, 11))]
)
def test_a_part_is_coleis_and_the_rest_the_rnns(part, taken):
    W = rnn_weights(100, rng=rng())
    changed, own = free.with_part(W, part, rng=rng(1)), singular_values(W)
    expected = own.copy()
    expected[taken] = singular_values(colei_weights(100, 9.0, zero_diagonal=False, rng=rng(1)))[taken]
    np.testing.assert_allclose(singular_values(changed), np.sort(expected)[::-1], atol=1e-9)
    A, _, B = np.linalg.svd(W)
    inner = A.T @ changed @ B.T
    np.testing.assert_allclose(inner, np.diag(np.diag(inner)), atol=1e-9)


def test_matched_parts_have_the_rnns_gain_and_the_same_entropy():
    W = rnn_weights(100, rng=rng())
    both, matched = (free.with_part(W, part, rng=rng(1)) for part in ("both", "both, matched"))
    assert svd_entropy(both) == pytest.approx(svd_entropy(matched))
    own = masked_gain(W, trials=1_000, rng=rng(2))
    assert masked_gain(matched, trials=1_000, rng=rng(3)) == pytest.approx(own, rel=0.1)
    assert masked_gain(both, trials=1_000, rng=rng(3)) > 1.5 * own


def test_with_part_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="part: expected one of outlier"):
        free.with_part(np.eye(10), "edge", rng=rng())
    with pytest.raises(ValueError, match="one square matrix"):
        free.with_part(np.ones((10, 4)), "both", rng=rng())


# --- starts that cannot exist ---------------------------------------------------------------------------

USUAL = {None: (None,), "gain": (1.0,), "rho": (1.0,), "cv": (2.0,), "inputs": (2.0, 3.0, 40.0)}


@pytest.mark.filterwarnings("ignore:ei_ratio")  # a ratio below one is meant
@pytest.mark.parametrize("kind, name", ALL)
def test_a_start_either_is_a_finite_matrix_or_is_refused_in_one_line_before_it_is_drawn(kind, name):
    start, refused = starts.get(kind, name), 0
    b = USUAL[start.b][0]
    for n in (1, 2, 3, 4, 5, 10):
        for ratio in (1e9, 99.0, 9.0, 1.0, 0.5, 1e-3):
            for a in USUAL[start.a]:
                try:
                    starts.check(kind, name, a, b, n, ratio)
                except ValueError as error:
                    refused += 1
                    assert "\n" not in str(error) and ": expected " in str(error)
                    continue
                arrays = {"layer0/W": np.eye(n) + 1 / n}
                rng = np.random.default_rng(n)
                W = starts.put(arrays, kind, name, a, b, ei_ratio=ratio, rng=rng)["layer0/W"]
                assert W.shape == (n, n) and np.isfinite(W).all() and W.any()
                assert kind != "colei" or (W >= 0).all()
    assert refused or (kind == "rnn" and name in ("identity", "permutation", "orthogonal"))


@pytest.mark.parametrize("name", starts.STARTS["colei"])
@pytest.mark.parametrize("n, ratio, words", [(1, 9.0, "0 excitatory and 1 inhibitory"), (3, 1e-3, "0 excit")])
def test_a_start_of_one_unit_or_without_one_of_the_populations_is_refused_by_its_counts(
    name, n, ratio, words
):
    start = starts.get("colei", name)
    a, b = USUAL[start.a][0], USUAL[start.b][0]
    W = {"layer0/W": np.ones((n, n))}
    for refuse in (
        lambda: starts.check("colei", name, a, b, n, ratio),
        lambda: starts.put(W, "colei", name, a, b, ei_ratio=ratio, rng=np.random.default_rng(0)),
    ):
        with pytest.raises(ValueError, match=f"^ei_ratio: expected a split.*{words}") as error:
            refuse()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["row-balanced", "unit-gain"])
def test_two_units_are_too_few_where_rows_balance_or_masks_are_drawn(name):
    b = 1.0 if name == "row-balanced" else None
    with pytest.raises(ValueError, match="^n: expected at least 3 units for this start, got 2$"):
        starts.check("colei", name, b, None, 2, 1.0)
    with pytest.raises(ValueError, match="^n: expected at least 3 units"):
        starts.put({"layer0/W": np.eye(2)}, "colei", name, b, ei_ratio=1.0, rng=np.random.default_rng(0))
