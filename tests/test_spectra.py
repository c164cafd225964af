"""Spectra of matrices whose spectra are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daleslaw_lib.spectra import (
    eigenvalues,
    singular_values,
    spectral_radius,
    svd_entropy,
    transplant,
    without_column_means,
)

SHAPES = [(2, 2), (5, 5), (100, 100), (7, 3), (3, 7), (1, 4), (4, 3, 3), (2, 3, 5, 4), (1, 6, 2)]
SQUARE = [shape for shape in SHAPES if shape[-1] == shape[-2]]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def orthogonal(n, seed=0):
    return np.linalg.qr(normal(n, n, seed=seed))[0]


# --- eigenvalues ---------------------------------------------------------------------------------


def test_eigenvalues_of_a_triangular_matrix_are_its_diagonal():
    W = np.triu(normal(6, 6))
    np.testing.assert_allclose(np.sort(eigenvalues(W).real), np.sort(np.diag(W)), atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2, 3.0])
def test_eigenvalues_of_a_rotation_are_on_the_unit_circle_at_its_angle(angle):
    W = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    got = eigenvalues(W)
    np.testing.assert_allclose(np.abs(np.angle(got)), angle, atol=1e-12)
    np.testing.assert_allclose(np.abs(got), 1, atol=1e-12)


@pytest.mark.parametrize(("dtype", "expected"), [("f4", "c8"), ("f8", "c16"), ("i8", "c16")])
@pytest.mark.parametrize("W", [np.eye(3), [[0, -1, 0], [1, 0, 0], [0, 0, 1]]])
def test_eigenvalues_are_complex_even_when_they_are_real(W, dtype, expected):
    assert eigenvalues(np.array(W, dtype)).dtype == np.dtype(expected)


@pytest.mark.parametrize("shape", SQUARE)
def test_eigenvalues_sum_to_the_trace_and_multiply_to_the_determinant(shape):
    W = normal(*shape)
    got = eigenvalues(W)
    assert got.shape == shape[:-1]
    np.testing.assert_allclose(got.sum(-1), np.trace(W, axis1=-2, axis2=-1), atol=1e-9)
    np.testing.assert_allclose(got.prod(-1), np.linalg.det(W), rtol=1e-8)


@pytest.mark.parametrize("shape", SQUARE)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 7.5])
def test_spectral_radius_scales_with_the_matrix(shape, scale):
    W = normal(*shape)
    assert spectral_radius(W).shape == shape[:-2]
    np.testing.assert_allclose(spectral_radius(-scale * W), scale * spectral_radius(W), rtol=1e-9)


def test_spectral_radius_is_of_the_largest_modulus_not_the_largest_value():
    assert spectral_radius(np.diag([1.0, -3.0, 2.0])) == 3
    assert spectral_radius([[0, -2], [2, 0]]) == pytest.approx(2, abs=1e-15)  # +-2i
    assert spectral_radius([[0, 1], [0, 0]]) == 0


@pytest.mark.parametrize("function", [eigenvalues, spectral_radius])
@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 3)])
def test_only_square_matrices_have_eigenvalues(function, shape):
    with pytest.raises(ValueError, match=r"^W: expected square matrices \(\.\.\., n, n\), got shape"):
        function(np.ones(shape))


# --- singular values -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_are_sorted_and_carry_the_frobenius_norm(shape):
    W = normal(*shape)
    s = singular_values(W)
    assert s.shape == (*shape[:-2], min(shape[-2:]))
    assert (s >= 0).all() and (np.diff(s, axis=-1) <= 0).all()
    np.testing.assert_allclose((s**2).sum(-1), (W**2).sum((-2, -1)), rtol=1e-12)
    np.testing.assert_allclose(s, singular_values(np.swapaxes(W, -1, -2)), rtol=1e-12, atol=1e-12)


def test_singular_values_of_a_diagonal_matrix_are_its_sorted_moduli():
    np.testing.assert_allclose(singular_values(np.diag([1.0, -3.0, 0.0, 2.0])), [3, 2, 1, 0])


@pytest.mark.parametrize("function", [eigenvalues, spectral_radius, singular_values, svd_entropy])
def test_a_stack_is_its_matrices_one_by_one(function):
    W = normal(2, 3, 4, 4)
    one_by_one = np.array([[function(W[i, j]) for j in range(3)] for i in range(2)])
    np.testing.assert_allclose(function(W), one_by_one, rtol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1j, 1e-200, 1e200])
def test_without_column_means_every_column_has_mean_zero_and_nothing_else_is_changed(scale):
    W = scale * normal(3, 5, 4)
    found = without_column_means(W)
    assert found.shape == W.shape and found.dtype == W.dtype
    np.testing.assert_allclose(found.mean(-2) / scale, 0, atol=1e-15)
    np.testing.assert_allclose((W - found) / scale, np.broadcast_to((W / scale).mean(-2)[:, None], W.shape))


# --- entropy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 10, 100])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_an_orthogonal_matrix_has_entropy_one(n, scale):
    assert svd_entropy(scale * orthogonal(n)) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("shape", [(2, 2), (10, 10), (7, 3), (3, 7), (100, 100)])
def test_a_rank_one_matrix_has_entropy_zero(shape):
    W = np.outer(normal(shape[0]), normal(shape[1], seed=1))
    assert svd_entropy(W) == pytest.approx(0, abs=1e-11)


def test_entropy_of_given_singular_values_is_the_formula():
    s = np.array([4.0, 2.0, 1.0, 1.0])
    p = s / 8
    by_hand = -(p * np.log(p)).sum() / np.log(4)
    assert by_hand == pytest.approx(0.875)  # 7/4 bits of 2
    assert svd_entropy(singular_values=s) == pytest.approx(by_hand, abs=1e-15)
    assert svd_entropy(np.diag(s)) == pytest.approx(by_hand, abs=1e-15)
    assert svd_entropy(singular_values=[1.0, 1.0, 0.0, 0.0]) == pytest.approx(0.5, abs=1e-15)


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=20), st.floats(1e-6, 1e6))
def test_entropy_is_between_zero_and_one_and_blind_to_scale_and_order(s, scale):
    H = svd_entropy(singular_values=s)
    assert -1e-12 <= H <= 1 + 1e-12
    assert svd_entropy(singular_values=scale * np.array(s[::-1])) == pytest.approx(H, abs=1e-12)


@pytest.mark.parametrize("shape", [(4, 4), (4, 6), (3, 5, 5)])
def test_entropy_does_not_change_under_rotation_and_transposition(shape):
    W = normal(*shape)
    rotated = orthogonal(shape[-2]) @ W @ orthogonal(shape[-1], seed=1)
    np.testing.assert_allclose(svd_entropy(rotated), svd_entropy(W), atol=1e-12)
    np.testing.assert_allclose(svd_entropy(np.swapaxes(W, -1, -2)), svd_entropy(W), atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "got both or neither"),
        ({"W": np.eye(2), "singular_values": [1, 1]}, "got both or neither"),
        ({"W": np.zeros((3, 3))}, "got all-zero singular values"),
        ({"W": np.stack([np.eye(2), np.zeros((2, 2))])}, "got all-zero singular values"),
        ({"W": [[1.0, 2.0, 3.0]]}, r"at least two singular values, got shape \(1,\)"),
        ({"singular_values": 3.0}, r"at least two singular values, got shape \(\)"),
        ({"singular_values": [1.0, -1.0]}, "expected finite singular values >= 0"),
        ({"singular_values": [1.0, float("nan")]}, "expected finite singular values >= 0"),
        ({"singular_values": [1.0, float("inf")]}, "expected finite singular values >= 0"),
        ({"W": [[1.0, float("nan")], [0, 1]]}, "W: expected finite entries"),
    ],
)
def test_entropy_says_what_it_cannot_take(arguments, message):
    with pytest.raises(ValueError, match=message):
        svd_entropy(**arguments)


# --- transplants ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_transplant_of_its_own_spectrum_gives_the_matrix_back(shape):
    W = normal(*shape)
    np.testing.assert_allclose(transplant(W, W), W, atol=1e-12)


@pytest.mark.parametrize(
    ("vectors", "spectrum", "result"),
    [
        ((6, 6), (6, 6), (6, 6)),
        ((6, 4), (4, 9), (6, 4)),
        ((4, 6), (4, 4), (4, 6)),
        ((3, 6, 5), (3, 5, 5), (3, 6, 5)),
        ((3, 6, 5), (5, 5), (3, 6, 5)),
        ((6, 5), (3, 5, 7), (3, 6, 5)),
    ],
)
def test_a_transplant_has_the_vectors_of_one_and_the_spectrum_of_the_other(vectors, spectrum, result):
    A, B = normal(*vectors), normal(*spectrum, seed=1)
    W = transplant(A, B)
    assert W.shape == result
    shape = np.broadcast_shapes(singular_values(W).shape, singular_values(B).shape)
    np.testing.assert_allclose(singular_values(W), np.broadcast_to(singular_values(B), shape), rtol=1e-10)
    U_A, s_A, V_A = np.linalg.svd(A, full_matrices=False)
    U_W, s_W, V_W = np.linalg.svd(W, full_matrices=False)
    left, right = (U_A * U_W).sum(-2), (V_A * V_W).sum(-1)  # cosines, pair by pair
    np.testing.assert_allclose(np.abs(left), 1, atol=1e-9)
    np.testing.assert_allclose(left, right, atol=1e-9)  # a pair may flip its sign, together


def test_a_transplant_of_equal_singular_values_is_orthogonal():
    W = transplant(normal(6, 6), np.eye(6))
    np.testing.assert_allclose(W @ W.T, np.eye(6), atol=1e-12)


def test_a_transplant_leaves_its_arguments_alone():
    A, B = normal(5, 5), normal(5, 5, seed=1)
    copies = A.copy(), B.copy()
    transplant(A, B)
    np.testing.assert_array_equal([A, B], copies)


def test_a_transplant_between_different_numbers_of_singular_values_is_refused():
    with pytest.raises(ValueError, match=r"^transplant: .* \(6, 4\) has, 4, got 5$"):
        transplant(np.ones((6, 4)), np.ones((5, 7)))


@pytest.mark.parametrize("name", ["vectors_from", "spectrum_from"])
def test_a_transplant_names_the_argument_that_is_no_matrix(name):
    arguments = {"vectors_from": np.eye(3), "spectrum_from": np.eye(3)} | {name: [1.0, 2.0]}
    with pytest.raises(ValueError, match=f"^{name}: expected matrices"):
        transplant(**arguments)


# --- numbers of any size ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5e-324, 1e-300, 1e-160, 1e160, 1e300])
def test_spectra_of_numbers_too_large_or_small_to_square_are_those_of_ordinary_ones(size):
    W = np.sign(normal(6, 6))
    if size > 1e-320:  # below, a singular value is a whole number of smallest numbers
        np.testing.assert_allclose(singular_values(size * W) / size, singular_values(W), atol=1e-14)
    assert svd_entropy(size * W) == pytest.approx(svd_entropy(W), abs=1e-12)
    assert svd_entropy(singular_values=[size, size]) == pytest.approx(1)


@pytest.mark.parametrize("function", [singular_values, spectral_radius, eigenvalues])
def test_values_that_no_number_holds_are_refused_in_a_line(function):
    with pytest.raises(ValueError, match="^W: expected entries whose .* are at most 1.8e[+]308, got larger"):
        function(np.full((10, 10), 1e308))
