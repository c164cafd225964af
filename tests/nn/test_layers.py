"""Layers and readouts built from sizes: their starts, their streams, their signs, what they refuse."""

import copy
import pickle
import re

import numpy as np
import pandas
import pytest
import torch

from daleslaw_lib.initialisation import column_signs, draw_network
from daleslaw_lib.networks import Network, weight_generator
from daleslaw_lib.nn import DANN, RNN, ColEI, ColEIReadout, DANNReadout, RNNReadout
from daleslaw_lib.spectra import spectral_radius
from helpers.odd_arguments import HOLDERS, normal

KINDS = {"rnn": RNN, "colei": ColEI, "dann": DANN}
READOUTS = {"rnn": RNNReadout, "colei": ColEIReadout, "dann": DANNReadout}


@pytest.mark.parametrize("kind", KINDS)
def test_a_layers_start_is_that_of_the_books_networks(kind):
    network = Network.draw(kind, 5, 20, 3, seeds=[7], layers=2, ei_ratio=4, dtype=torch.float64)
    generator = weight_generator(7)
    ours = KINDS[kind](5, 20, 2, ei_ratio=4, generator=generator, dtype=torch.float64)
    for layer, theirs in zip(ours.layers, network.layers, strict=True):
        assert torch.equal(layer.U, theirs.U[0]) and torch.equal(layer.W, theirs.W[0])
        assert not layer.bias.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_runs_as_the_network_it_is_made_of(kind):
    network = Network.draw(kind, 5, 20, 3, seeds=[0, 1], layers=2, ei_ratio=4, every_step=True)
    x = torch.randn(6, 4, 5, generator=torch.Generator().manual_seed(0))
    outputs = network(x[:, None].expand(-1, 2, -1, -1))
    for m in range(2):
        arrays = network.arrays().member(m)
        ours = KINDS[kind](5, 20, 2, init=arrays)
        readout = ours.readout(3)
        with torch.no_grad():
            for part, raw in readout.output.raw.items():
                raw.copy_(torch.as_tensor(arrays[f"readout/W{part}"]))
        torch.testing.assert_close(readout(ours(x)[0]), outputs[:, m])


def test_no_member_axis_is_to_be_seen():
    for layer_type in KINDS.values():
        layer = layer_type(5, 20)
        assert {value.ndim for value in layer.state_dict().values()} <= {1, 2}
        assert layer.layers[0].W.shape == (20, 20) and layer.layers[0].U.shape == (20, 5)
        assert layer.readout(3).weight.shape == (3, 20)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_a_seed_and_torchs_own_repeat_a_start(kind):
    def start(generator=None):
        return KINDS[kind](5, 20, generator=generator).layers[0].W

    for make in (lambda: 3, lambda: np.random.default_rng(3), lambda: torch.Generator().manual_seed(3)):
        assert torch.equal(start(make()), start(make()))
        assert not torch.equal(start(make()), start(4))
    torch.manual_seed(0)
    first, second = start(), start()
    assert not torch.equal(first, second)
    torch.manual_seed(0)
    assert torch.equal(first, start()) and torch.equal(second, start())


@pytest.mark.parametrize("generator", [-1, 1.5, True, "seed"])
def test_what_is_no_generator_is_refused(generator):
    with pytest.raises(TypeError, match="^generator: expected a torch.Generator, a numpy.random.Gene"):
        RNN(5, 20, generator=generator)


def test_options_of_a_start_are_those_of_the_draws():
    for rho in (0.5, 2.0):
        assert spectral_radius(ColEI(5, 50, init={"rho": rho}).layers[0].W) == pytest.approx(rho, rel=1e-5)
    dann = DANN(5, 20, init={"n_inhibitory": 7, "random_ix": True}, generator=0)
    assert dann.layers[0].recurrent.w_ix.shape == (7, 20) and dann.layers[0].input.w_ix.shape == (2, 5)
    assert dann.layers[0].recurrent.w_ix.std(0).min() > 0  # no two rows alike
    he = RNN(200, 50, init={"input_init": "he"}, generator=0)
    assert he.layers[0].U.std().item() == pytest.approx((2 / 200) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RNN(0, 20), "n_in: expected a whole number >= 1, got 0"),
        (lambda: RNN(5, 2.5), "n: expected a whole number >= 1, got 2.5"),
        (lambda: RNN(5, 20, 0), "n_layers: expected a whole number >= 1, got 0"),
        (lambda: ColEI(5, 20, ei_ratio=-3), "ei_ratio: expected a positive finite number, got -3"),
        (lambda: ColEI(5, 1), "ei_ratio: expected a split that leaves both populations units"),
        (lambda: DANN(5, 1), "n: expected at least 2 units, so that a column can be centred, got 1"),
        (
            lambda: RNN(5, 20, dropout=0.5),
            "dropout: expected 0 with one layer, since it stands",
        ),
        (lambda: RNN(5, 20, 2, dropout=1.5), "dropout: expected a share, 0 <= dropout < 1, got 1.5"),
        (
            lambda: ColEI(5, 20, init={"n_inhibitory": 3}),
            "init: expected options of ColEI, rho, got 'n_inh",
        ),
        (lambda: RNN(5, 20, init={"ro": 3}), "init: expected options of RNN, rho, input_init, got 'ro'"),
        (lambda: DANN(5, 20, init={"rho": -1}), "rho: expected a positive finite number, got -1"),
        (lambda: ColEIReadout(20, 0), "n_out: expected a whole number >= 1, got 0"),
        (lambda: ColEIReadout(20, 3, ei_ratio=0), "ei_ratio: expected a positive finite number, got 0"),
        (lambda: RNNReadout(20, 3)(torch.ones(4, 19)), r"h: expected shape \(..., 20\), got \(4, 19\)"),
        (lambda: RNNReadout(20, 3)(torch.tensor(1.0)), r"h: expected shape \(..., 20\), got \(\)"),
        (lambda: RNNReadout(20, 3)(torch.ones(4, 20).double()), "h: expected torch.float32, as the weights"),
    ],
)
def test_bad_arguments_get_one_line(make, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        make()
    assert "\n" not in str(error.value)


def test_arrays_that_are_not_of_these_sizes_are_refused():
    network = Network.draw("colei", 5, 20, 3, seeds=[0, 1], ei_ratio=4)
    arrays = network.arrays()
    for wrong in (
        lambda: ColEI(5, 21, init=arrays.member(0)),
        lambda: ColEI(5, 20, 2, init=arrays.member(0)),
    ):
        with pytest.raises(ValueError, match="^init: expected the arrays of one network"):
            wrong()
    with pytest.raises(ValueError, match="^init: expected the arrays of one network"):
        ColEI(5, 20, init=arrays)
    with pytest.raises(ValueError, match="^ei_ratio: expected the one with the signs that the arrays bring"):
        ColEI(5, 20, ei_ratio=9, init=arrays.member(0))
    with pytest.raises(ValueError, match="^ei_ratio: expected that of each ColEI network whose arrays"):
        ColEI(5, 20, init=dict(arrays.member(0)))
    assert ColEI(5, 20, ei_ratio=4, init=dict(arrays.member(0))).signs.sum() == 12


@pytest.mark.parametrize("ratio", [9, 4, 1])
def test_signs_are_those_of_the_ratio_everywhere(ratio):
    rnn = ColEI(5, 20, 2, ei_ratio=ratio)
    signs, readout = torch.as_tensor(column_signs(20, ratio)), rnn.readout(3)
    assert torch.equal(rnn.signs.double(), signs)
    assert (rnn.layers[0].U > 0).all()
    for W in (rnn.layers[0].W, rnn.layers[1].U, rnn.layers[1].W, readout.weight):
        assert (W * signs >= 0).all() and W.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_readout_starts_as_the_books(kind):
    draws = torch.stack([READOUTS[kind](100, 10, generator=seed).weight for seed in range(40)])
    rng = np.random.default_rng(0)
    theirs = []
    for _ in range(40):
        arrays = draw_network(kind, 5, 100, 10, rng=rng)
        if kind == "dann":
            W = arrays["readout/W_ex"] - arrays["readout/W_ei"] @ arrays["readout/W_ix"]
        else:
            W = arrays["readout/W"] * (column_signs(100, 9) if kind == "colei" else 1)
        theirs.append(W)
    theirs = torch.as_tensor(np.stack(theirs))
    assert draws.std().item() == pytest.approx(theirs.std().item(), rel=0.03)
    assert draws[..., :90].mean().item() == pytest.approx(theirs[..., :90].mean().item(), abs=0.004)
    assert draws[..., 90:].mean().item() == pytest.approx(theirs[..., 90:].mean().item(), abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(20,), (4, 20), (6, 4, 20)])
def test_a_readout_is_linear_over_any_leading_axes(kind, shape):
    readout, h = READOUTS[kind](20, 3, dtype=torch.float64), torch.rand(shape, dtype=torch.float64)
    expected = torch.nn.functional.linear(h, readout.weight, readout.bias)
    assert torch.equal(readout(h), expected) and readout(h).shape == (*shape[:-1], 3)
    assert READOUTS[kind](20, 3, bias=False).bias is None


def test_inputs_may_be_lists_frames_whole_numbers_and_numpy():
    rnn = ColEI(3, 20, generator=0, dtype=torch.float64)
    x = np.arange(18).reshape(6, 3) % 4
    expected, _ = rnn(torch.tensor(x, dtype=torch.float64))
    holders = [x, x.tolist(), x.astype(np.float32), torch.tensor(x), torch.tensor(x, dtype=torch.int8)]
    holders += [pandas.DataFrame(x), pandas.DataFrame(x, dtype="Int64"), [torch.tensor(row) for row in x]]
    for held in holders:
        assert torch.equal(rnn(held)[0], expected), type(held)
    readout = rnn.readout(2)
    assert torch.equal(readout(expected.tolist()), readout(expected))


GAPS = pandas.DataFrame({"a": [1, None], "b": [1, 2], "c": [1, 2]}, dtype="Int64")


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (np.ma.masked_equal(np.ones((6, 3)), 3), "numbers without gaps, got a masked array; fill it first"),
        (GAPS, "numbers, got gaps, or rows of unequal lengths"),
        ([[1, 2, 3], [1, 2]], "numbers, got gaps, or rows of unequal lengths"),
        (np.ones((6, 3), complex), "real numbers, got complex128"),
    ],
)
def test_gaps_and_complex_numbers_are_refused(held, message):
    for module, name in ((ColEI(3, 20), "x"), (RNNReadout(3, 2), "h")):
        with pytest.raises(ValueError, match=f"^{name}: expected {message}$"):
            module(held)


def test_a_module_says_what_it_is():
    text = repr(ColEI(28, 100, 2, ei_ratio=4, batch_first=True, dropout=0.1))
    assert "28, 100, n_layers=2, ei_ratio=4.0, batch_first=True, dropout=0.1" in text
    assert "w_ix (2, 100)" in repr(DANN(28, 100, ei_ratio=49))


def test_layers_come_on_the_device_that_is_asked_for(device):
    for layer_type in KINDS.values():
        layer = layer_type(3, 8, device=device)
        readout = layer.readout(2)
        tensors = [*layer.state_dict().values(), *readout.state_dict().values()]
        assert {value.device.type for value in tensors} == {device}
        assert layer(torch.ones(5, 2, 3, device=device))[0].device.type == device
    meta = ColEI(3, 8, device="meta")
    assert meta(torch.ones(5, 2, 3, device="meta"))[0].shape == (5, 2, 8)


@pytest.mark.parametrize("holder", ["backwards", "other byte order", "read-only", "strided", "broadcast"])
def test_an_input_is_read_however_numpy_holds_it(holder):
    x, rnn = normal(4, 2, 3), RNN(3, 8, generator=0, dtype=torch.float64)
    held = np.broadcast_to(x[:, :1], x.shape) if holder == "broadcast" else HOLDERS[holder](x)
    expected = rnn(torch.tensor(np.array(held, float)))[0]
    assert torch.equal(rnn(held, lengths=HOLDERS["other byte order"](np.array([4, 4])))[0], expected)
    assert torch.equal(rnn(held)[0], expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"dtype": torch.int32},
            "dtype: expected torch.float16, torch.bfloat16, torch.float32, ",
        ),
        ({"dtype": "float32"}, "dtype: expected torch.float16"),
        ({"device": "nowhere"}, "device: expected one that is here, such as 'cpu', or None, got 'nowhere'"),
        ({"device": 1.5}, "device: expected one that is here"),
        ({"init": [1]}, "init: expected options or arrays by name, got "),
        ({"init": {1: 2}}, "init: expected options or arrays by name, got {1: 2}"),
        ({"n": 2**21}, "n: expected a whole number from 1 to 1,048,576, got 2097152"),
        ({"n_layers": 10**30}, "layers: expected a whole number from 1 to 1,000, got 1"),
    ],
)
@pytest.mark.parametrize("layer_type", [RNN, ColEI, DANN])
def test_settings_that_no_module_can_have_get_one_line(layer_type, arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}") as refused:
        layer_type(**{"n_in": 3, "n": 12} | arguments)
    assert "\n" not in str(refused.value)


def test_arrays_that_are_not_finite_make_no_layer():
    arrays = Network.draw("dann", 3, 12, 2, seeds=[0]).arrays().member(0)
    arrays["layer0/W_ix"][0, 0] = np.nan
    with pytest.raises(ValueError, match="^init: expected arrays of finite numbers, got NaN or infinity$"):
        DANN(3, 12, init=arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_may_be_built_without_numbers_and_get_them_later(kind):
    with torch.device("meta"):
        model = torch.nn.ModuleList([KINDS[kind](3, 20, 2, generator=1), READOUTS[kind](20, 4, generator=1)])
    assert {p.device.type for p in (*model.parameters(), *model.buffers())} == {"meta"}
    full = torch.nn.ModuleList([KINDS[kind](3, 20, 2, generator=0), READOUTS[kind](20, 4, generator=0)])
    x = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    for given in (model.to_empty(device="cpu"), model.to("meta")):
        given.load_state_dict(full.state_dict(), assign=True)
        assert torch.equal(given[1](given[0](x)[0]), full[1](full[0](x)[0]))


def test_a_layer_is_said_to_have_the_ratio_of_the_signs_that_it_was_given():
    layer = ColEI(3, 20, ei_ratio=1)
    layer.load_state_dict(ColEI(3, 20, ei_ratio=4).state_dict())
    assert layer.ei_ratio == 4 and "ei_ratio=4.0" in repr(layer)
    assert int((layer.readout(2).output.signs < 0).sum()) == 4
    same = ColEI(3, 20, ei_ratio=9.3)  # as many as 9, and keeps its own
    same.load_state_dict(ColEI(3, 20, ei_ratio=9).state_dict())
    assert same.ei_ratio == 9.3
    again = pickle.loads(pickle.dumps(copy.deepcopy(layer)))
    again.load_state_dict(same.state_dict())
    assert again.ei_ratio == 9
