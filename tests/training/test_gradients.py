"""Gradients against the plain way: a loop over time, weights formed at every step, autograd."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.training import clip_, correct_, project_, step_
from daleslaw_lib.training.gradients import Gradients, predict
from daleslaw_lib.training.losses import cross_entropy, mean_squared_error

LAYERS = [1, 2, 3]


def task(M, *, T=6, B=4, n_in=5, n_out=4, device="cpu"):
    """Inputs (T, M, B, n_in) and classes (M, B)."""
    generator = torch.Generator().manual_seed(M)
    x = torch.rand((T, M, B, n_in), generator=generator, dtype=torch.float64)
    return x.to(device), torch.randint(n_out, (M, B), generator=generator).to(device)


def plain(network, x):
    """Outputs (M, B, n_out) as the equations have them, from the raw parameters."""

    def weight(name, m, h):
        """What the connection `name` of member m makes of the activity h (B, n_pre)."""
        if network.kind == "dann":
            W_ex, W_ix, W_ei = (raw[f"{name}_{part}"][m] for part in ("ex", "ix", "ei"))
            return h @ W_ex.T - (h @ W_ix.T) @ W_ei.T
        W = raw[name][m]
        if network.kind == "colei":
            W = W * signs[name][m]
        return h @ W.T

    raw, outputs = network.tensors(), []
    signs = {
        f"{block}/{name}": getattr(weight, "signs", None)
        for block, module in network.blocks().items()
        for name, weight in module.weights.items()
    }
    for m in range(network.n_members):
        states = list(x[:, m])
        for k in range(len(network.layers)):
            b = raw[f"layer{k}/b"][m]
            h = x.new_zeros(x.shape[2], len(b))
            for t, below in enumerate(states):
                h = torch.relu(weight(f"layer{k}/U", m, below) + weight(f"layer{k}/W", m, h) + b)
                states[t] = h
        outputs.append(weight("readout/W", m, states[-1]) + raw["readout/b"][m])
    return torch.stack(outputs)


def assert_close(got, expected, name="", tolerance=1e-12):
    assert got.shape == expected.shape
    error, scale = (got - expected).abs().max().item(), expected.abs().max().item()
    assert error <= tolerance * max(scale, 1e-8), name


def gradients_of(network, x, y, loss=cross_entropy):
    """Losses (M,) and every raw parameter's gradient, the trainer's way."""
    losses = Gradients(network, x.shape[0], x.shape[2])(x, y, loss)
    return losses, {name: p.grad.clone() for name, p in network.tensors().items()}


# --- forward and gradients -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("M", [1, 4])
def test_gradients_equal_autograd_through_the_plain_way(draw, kind, layers, M, device):
    network = draw(kind, M, layers=layers, ei_ratio=1, device=device)
    x, y = task(M, device=device)
    outputs = plain(network, x)
    assert_close(network(x), outputs)
    expected = torch.stack([functional.cross_entropy(o, t) for o, t in zip(outputs, y)])
    expected.sum().backward()
    by_autograd = {name: p.grad for name, p in network.tensors().items()}
    losses, got = gradients_of(network, x, y)
    assert_close(losses, expected.detach())
    for name in by_autograd:
        assert by_autograd[name].abs().max() > 0, name
        assert_close(got[name], by_autograd[name], name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", LAYERS)
def test_gradients_equal_autograd_through_forward(draw, kind, layers):
    network = draw(kind, 3, layers=layers, ei_ratio=[7, 3, 1])
    x, y = task(3)
    outputs = network(x)
    sum(functional.cross_entropy(o, t) for o, t in zip(outputs, y)).backward()
    by_autograd = {name: p.grad for name, p in network.tensors().items()}
    for name, gradient in gradients_of(network, x, y)[1].items():
        assert_close(gradient, by_autograd[name], name)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_serve_other_losses(draw, kind):
    network = draw(kind, 2, n_out=1, layers=2)
    x, y = task(2)[0], torch.rand((2, 4, 1), dtype=torch.float64)
    (plain(network, x) - y).square().mean((1, 2)).sum().backward()
    expected = {name: p.grad for name, p in network.tensors().items()}
    for name, gradient in gradients_of(network, x, y, mean_squared_error)[1].items():
        assert_close(gradient, expected[name], name)


@pytest.mark.parametrize("kind", KINDS)
def test_buffers_carry_nothing_from_one_batch_to_the_next(draw, kind):
    network = draw(kind, 2, layers=2)
    gradients, (x, y) = Gradients(network, 6, 4), task(2)
    for inputs in (x, 100 * x, x):
        losses = gradients(inputs, y, cross_entropy)
    expected_losses, expected = gradients_of(draw(kind, 2, layers=2), x, y)
    assert torch.equal(losses, expected_losses)
    for name, p in network.tensors().items():
        assert torch.equal(p.grad, expected[name]), name


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_in_float32_are_those_of_float64_to_its_precision(draw, kind):
    x, y = task(3)
    exact = gradients_of(draw(kind, 3, layers=2, ei_ratio=1), x, y)[1]
    single = gradients_of(draw(kind, 3, layers=2, ei_ratio=1, dtype=torch.float32), x.float(), y)[1]
    for name in exact:
        assert single[name].dtype == torch.float32
        assert_close(single[name].double(), exact[name], name, 1e-4)


@pytest.mark.parametrize("shape", [(5, 2, 4, 5), (7, 2, 4, 5), (6, 2, 3, 5), (6, 1, 4, 5), (6, 2, 4, 3)])
def test_gradients_refuse_an_input_that_is_not_their_buffers(draw, shape):
    gradients, y = Gradients(draw("rnn", 2), 6, 4), task(2)[1]
    with pytest.raises(ValueError, match="^x: expected shape"):
        gradients(torch.zeros(shape, dtype=torch.float64), y, cross_entropy)


@pytest.mark.parametrize(("T", "B", "name"), [(0, 4, "T"), (6, 0, "B"), (6, 2.5, "B"), ("6", 4, "T")])
def test_buffers_of_no_size_are_refused(draw, T, B, name):
    with pytest.raises(ValueError, match=f"^{name}: expected a whole number >= 1"):
        Gradients(draw("rnn"), T, B)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("batch", [1, 3, 500])
def test_predict_is_forward_on_shared_inputs(draw, kind, layers, batch, device):
    network, x = draw(kind, 3, layers=layers, device=device), task(1, B=7, device=device)[0]
    with torch.no_grad():
        expected = network(x.expand(-1, 3, -1, -1))
    assert_close(predict(network, x[:, 0], batch), expected)


# --- members -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("by", ["layer", "tensor"])
def test_a_member_trains_the_same_in_any_company(draw, kind, layers, by):
    ratios, lr, limit = [7, 3, 1, 3], [0.3, 0.1, 0.2, 0.4], [0.2, float("inf"), 0.1, 1.0]
    x, y = task(4)

    def train(members):
        chosen = [ratios[m] for m in members]
        network = draw(kind, seeds=members, layers=layers, ei_ratio=chosen)
        for _ in range(10):
            gradients_of(network, x[:, members], y[members])
            correct_(network)
            clip_(network, torch.tensor([limit[m] for m in members]).double(), by)
            step_(network, torch.tensor([lr[m] for m in members]).double())
            project_(network)
        with torch.no_grad():
            return network.arrays(), network(x[:, members])

    together, outputs = train([0, 1, 2, 3])
    for m in range(4):
        arrays, output = train([m])
        assert_close(outputs[m : m + 1], output)
        for name, array in arrays.items():
            full = together[name][m]
            own = tuple(slice(length) for length in array.shape[1:])
            np.testing.assert_allclose(full[own], array[0], rtol=1e-12, atol=1e-12, err_msg=name)
            spare = full.copy()
            spare[own] = 0
            assert not spare.any(), name  # padded interneurons are still zero
