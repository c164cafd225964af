"""Layers and readout: effective weights, forward and backward, constraints, shapes."""

import numpy as np
import pytest
import torch

from daleslaw_lib.initialisation import KINDS, column_signs, obeys_dale
from daleslaw_lib.networks.cells import DANN, LAYERS, RNN, ColEI, Readout
from daleslaw_lib.networks.weights import ColumnWeight, FreeWeight


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_layer_for_every_kind():
    assert LAYERS == {"rnn": RNN, "colei": ColEI, "dann": DANN}
    assert set(LAYERS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("with_h0", [False, True])
def test_a_layer_is_the_recurrence_of_its_effective_weights(draw, kind, with_h0):
    layer = draw(kind, M=3).layers[0]
    x, h0 = random(4, 3, 2, 5), random(3, 2, 8, seed=1).abs() if with_h0 else None
    h = torch.zeros(3, 2, 8, dtype=torch.float64) if h0 is None else h0
    for t, h_t in enumerate(layer(x, h0)):
        z = [x[t, m] @ layer.U[m].T + h[m] @ layer.W[m].T + layer.b[m] for m in range(3)]
        h = torch.stack(z).relu()
        torch.testing.assert_close(h_t, h, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_backward_is_autograd_through_the_effective_weights(draw, kind):
    network = draw(kind, M=3)
    for block in (network.layers[0], network.readout):
        gradients = {name: random(*getattr(block, name).shape, seed=1) for name in [*block.weights, "b"]}
        sum((getattr(block, name) * g).sum() for name, g in gradients.items()).backward()
        expected = [p.grad for p in block.parameters()]
        block.zero_grad()
        block.backward_(**{f"d{name}": g.clone() for name, g in gradients.items()})
        for p, gradient in zip(block.parameters(), expected, strict=True):
            torch.testing.assert_close(p.grad, gradient, rtol=1e-12, atol=1e-12)


def test_an_rnn_layer_is_pytorchs_with_one_bias(draw):
    layer, x = draw("rnn", M=1).layers[0], random(6, 1, 3, 5)
    theirs = torch.nn.RNN(5, 8, nonlinearity="relu", dtype=torch.float64)
    with torch.no_grad():
        for name, value in {"weight_ih_l0": layer.U, "weight_hh_l0": layer.W, "bias_ih_l0": layer.b}.items():
            getattr(theirs, name).copy_(value[0])
        theirs.bias_hh_l0.zero_()
    torch.testing.assert_close(layer(x)[:, 0], theirs(x[:, 0])[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("ratio", [9, 3, 1])
def test_colei_columns_carry_the_sign_of_the_sender(draw, ratio):
    network = draw("colei", layers=2, n=20, ei_ratio=ratio)
    signs = torch.as_tensor(column_signs(20, ratio))
    assert (network.layers[0].U > 0).all()  # the input is all excitatory
    for W in (network.layers[0].W, network.layers[1].U, network.layers[1].W, network.readout.W):
        assert (W * signs >= 0).all() and (W != 0).any()


@pytest.mark.parametrize("kind", ["colei", "dann"])
def test_projection_restores_dales_law_after_any_step(draw, kind):
    network = draw(kind, layers=2)
    with torch.no_grad():
        for p in network.parameters():
            p += torch.randn(p.shape, generator=torch.Generator().manual_seed(1), dtype=p.dtype)
    biases = {name: block.b.clone() for name, block in network.blocks().items()}
    for name, block in network.blocks().items():
        block.project_()
        assert torch.equal(block.b, biases[name])  # biases are free
        for weight in block.weights.values():
            assert all((value >= 0).all() for value in weight.raw.values())
            if kind == "colei":
                assert obeys_dale(weight.effective().detach().numpy())[0]


def test_an_rnns_projection_and_correction_change_nothing(draw):
    layer = draw("rnn").layers[0]
    layer.backward_(random(3, 8, 5), random(3, 8, 8), random(3, 8))
    before = [(p.detach().clone(), p.grad.clone()) for p in layer.parameters()]
    layer.correct_(), layer.project_()
    for p, (value, gradient) in zip(layer.parameters(), before):
        assert torch.equal(p, value) and torch.equal(p.grad, gradient)


def test_a_readout_is_linear_over_any_leading_axes(draw):
    readout, h = draw("dann", M=3).readout, random(6, 3, 2, 8)
    y = readout(h)
    assert y.shape == (6, 3, 2, 4)
    torch.testing.assert_close(y[4], readout(h[4]))
    torch.testing.assert_close(y[1, 2, 0], readout.W[2] @ h[1, 2, 0] + readout.b[2])


@pytest.mark.parametrize(
    ("U", "W", "b"),
    [
        ((2, 4, 3), (2, 4, 5), (2, 4)),
        ((2, 4, 3), (1, 4, 4), (2, 4)),
        ((2, 4, 3), (2, 4, 4), (2, 4, 1)),
        ((2, 4, 3), (2, 4, 4), (4,)),
        ((2, 5, 3), (2, 4, 4), (2, 4)),
    ],
)
def test_a_layer_whose_parts_do_not_fit_is_refused(U, W, b):
    with pytest.raises(ValueError, match=r"^RNN: expected U \(M, n, n_in\), W .*, b \(M, n\), got \(2"):
        RNN(FreeWeight(torch.zeros(U)), FreeWeight(torch.zeros(W)), torch.zeros(b))


@pytest.mark.parametrize("b", [(2, 4), (1, 3), (3,), (2, 3, 1)])
def test_a_readout_whose_parts_do_not_fit_is_refused(b):
    with pytest.raises(ValueError, match=r"^Readout: expected W \(M, n_out, n\), b \(M, n_out\), got"):
        Readout(FreeWeight(torch.zeros(2, 3, 4)), torch.zeros(b))


def test_a_layer_moves_between_dtypes_whole():
    signs = torch.as_tensor(np.where(np.arange(4) < 3, 1.0, -1.0))[None, None].expand(2, 1, 4).clone()
    layer = ColEI(
        ColumnWeight(random(2, 4, 3).abs(), torch.ones(2, 1, 3, dtype=torch.float64)),
        ColumnWeight(random(2, 4, 4).abs(), signs),
        random(2, 4),
    ).float()
    assert layer(random(5, 2, 1, 3).float()).dtype == torch.float32
