"""The starts of the three kinds in torch's own modules."""

import pytest
import torch

from daleslaw_lib.initialisation import KINDS, column_signs
from daleslaw_lib.nn import DANN, RNN, ColEI, init_, obeys_dale
from daleslaw_lib.spectra import spectral_radius

LAYERS = {"rnn": RNN, "colei": ColEI, "dann": DANN}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", [torch.nn.RNN(5, 20, 2, nonlinearity="relu"), torch.nn.RNNCell(5, 20)])
def test_the_start_is_that_of_our_layers(kind, module):
    n_layers = getattr(module, "num_layers", 1)
    ours = LAYERS[kind](5, 20, n_layers, ei_ratio=4, generator=3)
    assert init_(module, kind, ei_ratio=4, generator=3) is module
    for k, layer in enumerate(ours.layers):
        suffix = f"_l{k}" if n_layers > 1 else ""
        torch.testing.assert_close(getattr(module, f"weight_ih{suffix}"), layer.U)
        torch.testing.assert_close(getattr(module, f"weight_hh{suffix}"), layer.W)
        assert not getattr(module, f"bias_ih{suffix}").any() and not getattr(module, f"bias_hh{suffix}").any()
    if n_layers > 1:
        x = torch.randn(6, 4, 5)
        torch.testing.assert_close(module(x)[0], ours(x)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_linear_gets_the_start_of_a_readout(kind):
    linear = init_(torch.nn.Linear(20, 3), kind, ei_ratio=4, generator=3)
    ours = LAYERS[kind](5, 20, ei_ratio=4).readout(3, generator=3)
    torch.testing.assert_close(linear.weight, ours.weight)
    assert not linear.bias.any()


def test_options_and_dtypes_are_kept():
    rnn = init_(torch.nn.RNN(5, 50, dtype=torch.float64, bias=False), "colei", rho=2.0, generator=0)
    assert spectral_radius(rnn.weight_hh_l0) == pytest.approx(2.0)
    assert rnn.weight_hh_l0.dtype == torch.float64 and rnn.weight_hh_l0.requires_grad
    assert obeys_dale(rnn)[0]
    signs = torch.as_tensor(column_signs(50, 9))
    assert (rnn.weight_hh_l0 * signs >= 0).all() and (rnn.weight_ih_l0 > 0).all()


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        (torch.nn.LSTM(5, 20), ("colei",), "module: expected torch.nn.RNN of one direction, .* got LSTM$"),
        (torch.nn.RNN(5, 20, bidirectional=True), ("rnn",), "module: .* got RNN, bidirectional$"),
        (torch.nn.RNN(5, 20), ("lstm",), "kind: expected one of rnn, colei, dann, got 'lstm'$"),
    ],
)
def test_what_has_no_start_is_refused_and_left_alone(module, arguments, message):
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(ValueError, match=f"^{message}"):
        init_(module, *arguments)
    with pytest.raises(ValueError, match="^options: expected those of colei, rho, got 'n_inhibitory'$"):
        init_(torch.nn.RNN(5, 20), "colei", n_inhibitory=3)
    with pytest.raises(ValueError, match="^options: expected none of a Linear, got 'rho'$"):
        init_(torch.nn.Linear(5, 20), "colei", rho=3)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_a_lazy_module_has_a_start_once_it_knows_its_sizes():
    module = torch.nn.LazyLinear(10)
    message = "module: expected one whose sizes are known, got LazyLinear; call it first"
    with pytest.raises(ValueError, match=f"^{message}$"):
        init_(module, "colei", generator=0)
    module(torch.zeros(1, 20))
    like = init_(torch.nn.Linear(20, 10), "colei", generator=0)
    assert torch.equal(init_(module, "colei", generator=0).weight, like.weight)
