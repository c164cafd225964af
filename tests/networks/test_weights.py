"""Each way to make a weight matrix: its gradient, its correction, its projection."""

import math

import pytest
import torch

from daleslaw_lib.networks.weights import ColumnWeight, FreeWeight, InterneuronWeight

SHAPES = [(1, 4, 4), (3, 5, 2), (2, 1, 6), (4, 7, 7)]  # (M, n_post, n_pre)
TYPES = [FreeWeight, ColumnWeight, InterneuronWeight]


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def make(weight_type, shape, n_i=3):
    M, n_post, n_pre = shape
    if weight_type is FreeWeight:
        return FreeWeight(random(*shape))
    if weight_type is ColumnWeight:
        return ColumnWeight(random(*shape).abs(), random(M, 1, n_pre, seed=1).sign())
    parts = random(*shape), random(M, n_i, n_pre, seed=1), random(M, n_post, n_i, seed=2)
    return InterneuronWeight(*(part.abs() for part in parts))


def test_effective_matrices_are_the_formulas():
    shape = (3, 5, 4)
    free, column, interneuron = (make(t, shape) for t in TYPES)
    torch.testing.assert_close(free.effective(), free.w, rtol=0, atol=0)
    for m in range(3):
        D = torch.diag(column.signs[m, 0])
        torch.testing.assert_close(column.effective()[m], column.w[m] @ D)
        by_hand = interneuron.w_ex[m] - interneuron.w_ei[m] @ interneuron.w_ix[m]
        torch.testing.assert_close(interneuron.effective()[m], by_hand)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weight_type", TYPES)
def test_backward_is_autograd_through_the_effective_matrix(weight_type, shape):
    weight, gradient = make(weight_type, shape), random(*shape, seed=3)
    (weight.effective() * gradient).sum().backward()
    expected = {part: value.grad for part, value in weight.raw.items()}
    for value in weight.raw.values():
        value.grad = None
    weight.backward_(gradient.clone())
    assert set(expected) == set(weight.parts)
    for part, value in weight.raw.items():
        torch.testing.assert_close(value.grad, expected[part], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("weight_type", TYPES)
def test_backward_replaces_earlier_gradients_and_builds_no_graph(weight_type):
    weight = make(weight_type, (2, 4, 3))
    for _ in range(2):
        weight.backward_(random(2, 4, 3, seed=3))
    once = make(weight_type, (2, 4, 3))
    once.backward_(random(2, 4, 3, seed=3))
    for part, value in weight.raw.items():
        torch.testing.assert_close(value.grad, once.raw[part].grad, rtol=0, atol=0)
        assert not value.grad.requires_grad


@pytest.mark.parametrize("shape", SHAPES)
def test_only_interneurons_gradients_are_corrected(shape):
    for weight_type in TYPES:
        weight = make(weight_type, shape)
        weight.backward_(random(*shape, seed=3))
        before = {part: value.grad.clone() for part, value in weight.raw.items()}
        weight.correct_()
        divisors = {"_ix": math.sqrt(shape[1]), "_ei": shape[2]}
        for part, value in weight.raw.items():
            expected = before[part] / divisors.get(part, 1)
            torch.testing.assert_close(value.grad, expected, rtol=1e-15, atol=0)


@pytest.mark.parametrize("weight_type", TYPES)
def test_projection_is_the_nearest_point_of_dales_orthant(weight_type):
    weight = make(weight_type, (3, 6, 5))
    stepped = {part: random(*value.shape, seed=4) for part, value in weight.raw.items()}
    with torch.no_grad():
        for part, value in weight.raw.items():
            value.copy_(stepped[part])
    for _ in range(2):  # the second time changes nothing
        weight.project_()
        for part, value in weight.raw.items():
            expected = stepped[part] if weight_type is FreeWeight else stepped[part].clamp(min=0)
            torch.testing.assert_close(value.detach(), expected, rtol=0, atol=0)


def test_columns_keep_their_sign_whatever_the_step():
    weight = make(ColumnWeight, (3, 6, 5))
    with torch.no_grad():
        weight.w.copy_(random(3, 6, 5, seed=4))
    weight.project_()
    assert (weight.effective() * weight.signs >= 0).all()


def test_signs_are_a_constant_that_travels_with_the_weight():
    weight = make(ColumnWeight, (2, 3, 4))
    assert set(weight.state_dict()) == {"w", "signs"}
    assert [name for name, _ in weight.named_parameters()] == ["w"]
    assert weight.float().effective().dtype == torch.float32


def test_spare_interneurons_stay_at_zero_through_updates():
    weight = make(InterneuronWeight, (2, 5, 4), n_i=3)
    with torch.no_grad():
        weight.w_ix[0, 1:] = 0  # member 0 has one interneuron, member 1 has three
        weight.w_ei[0, :, 1:] = 0
    parts = weight.w_ex[:1], weight.w_ix[:1, :1], weight.w_ei[:1, :, :1]
    alone = InterneuronWeight(*(part.detach().clone() for part in parts))
    for step in range(5):
        gradient = random(2, 5, 4, seed=step)
        for one, its in ((weight, gradient.clone()), (alone, gradient[:1].clone())):
            one.backward_(its)
            one.correct_()
            with torch.no_grad():
                for value in one.raw.values():
                    value -= 0.1 * value.grad
            one.project_()
    assert (weight.w_ix[0, 1:] == 0).all() and (weight.w_ei[0, :, 1:] == 0).all()
    assert (weight.w_ix[1] > 0).any(1).all()
    torch.testing.assert_close(weight.effective()[:1], alone.effective(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("weight_type", TYPES)
def test_a_wrong_number_of_raw_parameters_is_refused(weight_type):
    with pytest.raises((ValueError, TypeError)):
        weight_type(*[random(2, 3, 3)] * 4)


# --- whoever looks, finds the law kept -----------------------------------------------------------


@pytest.mark.parametrize("weight_type", [ColumnWeight, InterneuronWeight])
def test_a_look_puts_back_what_a_step_left_below_zero(weight_type):
    weight, same = make(weight_type, (2, 4, 3)), make(weight_type, (2, 4, 3))
    with torch.no_grad():
        for value, other in zip(weight.raw.values(), same.raw.values()):
            value -= 0.5
            other.copy_(value.clamp(min=0))
    assert any((value < 0).any() for value in weight.raw.values())
    assert torch.equal(weight.lawful(), same.effective())
    assert all((value >= 0).all() for value in weight.raw.values())


@pytest.mark.parametrize("weight_type", TYPES)
def test_a_look_at_what_is_lawful_is_the_effective_matrix(weight_type):
    weight = make(weight_type, (2, 4, 3))
    before = {part: value.detach().clone() for part, value in weight.raw.items()}
    assert torch.equal(weight.lawful(), weight.effective())
    assert all(torch.equal(value, before[part]) for part, value in weight.raw.items())


@pytest.mark.parametrize("weight_type", [ColumnWeight, InterneuronWeight])
def test_two_looks_before_going_back_do_not_disturb_the_gradient(weight_type):
    weight, gradient = make(weight_type, (2, 4, 3)), random(2, 4, 3, seed=3)
    loss = (weight.lawful() * gradient).sum()
    weight.lawful()
    loss.backward()
    expected = make(weight_type, (2, 4, 3))
    (expected.effective() * gradient).sum().backward()
    for part, value in weight.raw.items():
        assert torch.equal(value.grad, expected.raw[part].grad)


def test_weights_of_one_network_need_no_axis_of_members():
    for weight_type in TYPES:
        many = make(weight_type, (1, 5, 4))
        raw = [value.detach()[0] for value in many.raw.values()]
        one = weight_type(*raw, *([many.signs[0, 0]] if weight_type is ColumnWeight else []))
        torch.testing.assert_close(one.effective(), many.effective()[0])
    with pytest.raises(ValueError, match=r"^expected W_ex \(M, n_post, n_pre\)"):
        InterneuronWeight(torch.ones(5, 4), torch.ones(3, 5), torch.ones(5, 3))
