"""Dale's law holds whatever takes the steps, and the steps are those of projected descent."""

import copy
import pickle
import re

import pytest
import torch
from torch.nn.utils import prune

from daleslaw_lib.initialisation import obeys_dale as one_sign_a_column
from daleslaw_lib.networks import Network
from daleslaw_lib.nn import (
    DANN,
    RNN,
    ColEI,
    ColEIReadout,
    DANNReadout,
    RNNReadout,
    correct_gradients,
    obeys_dale,
)
from daleslaw_lib.training import clip_, correct_, project_, step_

OPTIMISERS = {
    "Adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.5),
    "Adam with weight decay": lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1),
    "SGD": lambda p: torch.optim.SGD(p, lr=1.0),
    "SGD with momentum": lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9),
    "Nesterov and weight decay": lambda p: torch.optim.SGD(
        p, lr=0.5, momentum=0.9, nesterov=True, weight_decay=0.1
    ),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.5),
    "fused Adam": lambda p: torch.optim.Adam(p, lr=0.05, fused=True),
    "without foreach": lambda p: torch.optim.Adam(p, lr=0.05, foreach=False),
    "LBFGS": lambda p: torch.optim.LBFGS(p, lr=1.0, max_iter=4),
}


class Model(torch.nn.Module):
    def __init__(self, layer_type, **options):
        super().__init__()
        self.rnn = layer_type(5, 20, 2, generator=0, dtype=torch.float64, **options)
        self.readout = self.rnn.readout(3, generator=1)

    def forward(self, x):
        return self.readout(self.rnn(x)[0][-1])


def data():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4, 8, 5, generator=generator, dtype=torch.float64)
    return x, torch.randint(3, (8,), generator=generator)


def train(model, optimiser, steps=5):
    x, y = data()
    for _ in range(steps):

        def closure():
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            return loss

        optimiser.step(closure)
        yield


def raw_signs(model):
    """Whether any raw parameter of a weight is below zero, without a look at the weight."""
    return any((p < 0).any() for name, p in model.named_parameters() if "bias" not in name)


@pytest.mark.parametrize("layer_type", [ColEI, DANN])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_the_law_holds_at_every_moment_under_any_optimiser(layer_type, name):
    model = Model(layer_type)
    pushed = False
    for _ in train(model, OPTIMISERS[name](model.parameters())):
        pushed = pushed or raw_signs(model)  # the optimiser did try
        for layer in model.rnn.layers:
            for W, weight in ((layer.U, layer.input), (layer.W, layer.recurrent)):
                assert all((raw >= 0).all() for raw in weight.raw.values())
                if layer_type is ColEI:
                    assert one_sign_a_column(W)[0] and (W * weight.signs >= 0).all()
        if layer_type is ColEI:
            assert one_sign_a_column(model.readout.weight)[0]
        assert obeys_dale(model)[0]
    assert pushed


def test_five_adam_steps_leave_no_mixed_column_in_an_ensemble_either():
    """The layers of an ensemble, in a loop of one's own: no call keeps the law but looking."""
    network = Network.draw("colei", 5, 20, 3, seeds=[0, 1], dtype=torch.float64)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.05)
    x, y = data()
    for _ in range(5):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(x[:, None].expand(-1, 2, -1, -1))[0], y).backward()
        optimiser.step()
        assert one_sign_a_column(network.layers[0].W)[0] and one_sign_a_column(network.readout.W)[0]
        assert obeys_dale(network)[0]


@pytest.mark.parametrize("layer_type", [ColEI, DANN])
@pytest.mark.parametrize("name", ["Adam", "SGD with momentum", "Nesterov and weight decay"])
def test_steps_are_those_of_projection_after_every_step(layer_type, name):
    lazy, eager = Model(layer_type), Model(layer_type)
    for _ in train(lazy, OPTIMISERS[name](lazy.parameters())):
        pass
    for _ in train(eager, OPTIMISERS[name](eager.parameters())):
        with torch.no_grad():
            for parameter_name, p in eager.named_parameters():
                if "bias" not in parameter_name:
                    p.clamp_(min=0)
    for (parameter_name, got), expected in zip(lazy.state_dict().items(), eager.state_dict().values()):
        assert torch.equal(got, expected), parameter_name


@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_a_magnitude_at_zero_can_leave_it(layer_type):
    model = Model(layer_type)
    weight = model.rnn.layers[0].recurrent
    with torch.no_grad():
        for raw in weight.raw.values():
            raw.fill_(-1.0)
    W = model.rnn.layers[0].W
    assert not W.any()
    (gradient,) = torch.autograd.grad((W * torch.ones_like(W)).sum(), next(iter(weight.raw.values())))
    assert gradient.abs().min() > 0


@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_given_parameters_are_read_as_if_projected_with_the_same_gradient(layer_type):
    """In torch.func nothing is changed in place."""
    layer = layer_type(3, 8, generator=0, dtype=torch.float64)
    given = {name: p.detach() - 0.02 for name, p in layer.named_parameters()}
    copies = {name: p.clone() for name, p in given.items()}
    projected = {name: p if "bias" in name else p.clamp(min=0) for name, p in given.items()}
    x = torch.randn(4, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(parameters):
        return torch.func.functional_call(layer, parameters, (x,))[0].square().sum()

    assert any((p < 0).any() for name, p in given.items() if "bias" not in name)
    assert torch.equal(loss(given), loss(projected))
    expected = torch.func.grad(loss)(projected)
    for name, gradient in torch.func.grad(loss)(given).items():
        torch.testing.assert_close(gradient, expected[name], msg=name)
    assert all(torch.equal(given[name], copies[name]) for name in given)


@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_a_state_is_saved_lawful_and_refused_otherwise(layer_type):
    model = Model(layer_type)
    with torch.no_grad():
        for raw in model.rnn.layers[1].recurrent.raw.values():
            raw -= 0.05
    state = model.state_dict()
    assert all((value >= 0).all() for name, value in state.items() if ".w" in name)
    name = next(name for name in state if "layers.1.recurrent.w" in name)
    bad = dict(state) | {name: state[name] - 0.1}
    fresh = Model(layer_type)
    with pytest.raises(RuntimeError, match=f"{name}: expected magnitudes >= 0, got negative entries"):
        fresh.load_state_dict(bad)


def test_signs_travel_in_a_state():
    four, nine = ColEI(3, 20, ei_ratio=4, generator=0), ColEI(3, 20, ei_ratio=9, generator=0)
    x = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    assert not torch.equal(nine(x)[0], four(x)[0])
    nine.load_state_dict(four.state_dict())
    assert torch.equal(nine(x)[0], four(x)[0]) and torch.equal(nine.signs, four.signs)
    bad = four.state_dict() | {"layers.0.recurrent.signs": torch.full((20,), 2.0)}
    with pytest.raises(RuntimeError, match="layers.0.recurrent.signs: expected -1, 0 or 1, got other num"):
        nine.load_state_dict(bad)


def test_an_average_of_models_is_lawful():
    model = Model(ColEI)
    average = torch.optim.swa_utils.AveragedModel(model)
    for _ in train(model, OPTIMISERS["Adam"](model.parameters())):
        average.update_parameters(model)
    assert obeys_dale(average)[0] and average(data()[0]).shape == (8, 3)


def test_gradient_scaling_and_clipping_are_no_hindrance():
    model, (x, y) = Model(DANN), data()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(3):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        assert torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1) > 0
        optimiser.step()
        assert obeys_dale(model)[0]


# --- the corrected SGD ---------------------------------------------------------------------------


def test_corrected_sgd_is_the_trainers_update():
    network = Network.draw("dann", 5, 20, 3, seeds=[4], layers=2, dtype=torch.float64)
    arrays = network.arrays().member(0)
    model = Model(DANN, init=arrays)
    with torch.no_grad():
        for part, raw in model.readout.output.raw.items():
            raw.copy_(torch.as_tensor(arrays[f"readout/W{part}"]))
    correct_gradients(model)
    optimiser, (x, y) = torch.optim.SGD(model.parameters(), lr=0.5), data()
    for _ in range(5):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        for block in (*model.rnn.layers, model.readout):
            torch.nn.utils.clip_grad_norm_(block.parameters(), 0.5)
        optimiser.step()
        network.zero_grad()
        torch.nn.functional.cross_entropy(network(x[:, None])[0], y).backward()
        correct_(network)
        clip_(network, torch.tensor([0.5], dtype=torch.float64), "layer")
        step_(network, torch.tensor([0.5], dtype=torch.float64))
        project_(network)
    expected = network.arrays().member(0)
    for k, layer in enumerate(model.rnn.layers):
        for name, weight in (("U", layer.input), ("W", layer.recurrent)):
            weight.lawful()
            for part, raw in weight.raw.items():
                wanted = torch.as_tensor(expected[f"layer{k}/{name}{part}"])
                torch.testing.assert_close(raw.detach(), wanted, rtol=1e-6, atol=1e-9)
        torch.testing.assert_close(
            layer.bias.detach(), torch.as_tensor(expected[f"layer{k}/b"]), rtol=1e-6, atol=1e-9
        )


def test_the_correction_is_exact_adds_up_and_can_be_taken_out():
    def gradients(corrected, times=1):
        model, (x, y) = Model(DANN), data()
        handle = correct_gradients(model) if corrected else None
        for _ in range(times):
            torch.nn.functional.cross_entropy(model(x), y).backward()
        return model, handle, {name: p.grad.clone() for name, p in model.named_parameters()}

    _, _, plain = gradients(False)
    model, handle, corrected = gradients(True)
    for name, gradient in corrected.items():
        by = {"w_ix": 20**0.5, "w_ei": 20}.get(name.split(".")[-1], 1)
        if name.startswith("readout") and name.endswith("w_ix"):
            by = 3**0.5
        if name.startswith("rnn.layers.0.input") and name.endswith("w_ei"):
            by = 5
        torch.testing.assert_close(gradient, plain[name] / by, msg=name)
    _, _, twice = gradients(True, times=2)
    for name, gradient in twice.items():
        torch.testing.assert_close(gradient, 2 * corrected[name], msg=name)
    handle.remove()
    model.zero_grad()
    x, y = data()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    assert all(torch.equal(p.grad, plain[name]) for name, p in model.named_parameters())


def test_a_model_without_a_dann_has_nothing_to_correct():
    with pytest.raises(ValueError, match="^model: expected a DANN's weights in it, got ColEI without any$"):
        correct_gradients(ColEI(3, 20))


# --- the check -----------------------------------------------------------------------------------


def test_a_model_that_obeys_is_told_so():
    for layer_type in (ColEI, DANN):
        assert obeys_dale(Model(layer_type)) == (True, "5 weights obey the law")
    assert obeys_dale(ColEIReadout(20, 3)) == (True, "1 weight obeys the law")
    for kind in ("colei", "dann"):
        assert obeys_dale(Network.draw(kind, 5, 20, 3, seeds=[0, 1], dense=1))[0]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda: RNN(3, 20),
            r"^layers.0.W \(Layer\): column 0 has entries of both signs \(\d+ such columns in all",
        ),
        (lambda: Model(RNN), r"^rnn.layers.0.W \(Layer\): column 0"),
        (lambda: RNNReadout(20, 3), r"^weight \(RNNReadout\): column"),
        (lambda: torch.nn.Sequential(torch.nn.Linear(4, 4)), r"^0.weight \(Linear\): column"),
        (lambda: torch.nn.RNN(3, 8), r"^weight_hh_l0 \(RNN\): column"),
        (lambda: torch.nn.LSTM(3, 8), r"^weight_hh_l0 \(LSTM\): column"),
        (lambda: torch.nn.GRUCell(3, 8), r"^weight_hh \(GRUCell\): column"),
        (
            lambda: Network.draw("rnn", 3, 8, 2, seeds=[0]),
            r"^layers.0.W \(RNN\): column 0 of matrix \(0,\) has",
        ),
        (lambda: torch.tensor([[1.0, 1.0], [-1.0, 1.0]]), r"^column 0 has entries of both signs$"),
    ],
)
def test_what_breaks_the_law_is_named(make, reason):
    torch.manual_seed(0)
    ok, said = obeys_dale(make())
    assert not ok and re.search(reason, said), said


def test_a_linear_readout_on_a_colei_breaks_it_and_may_be_left_out():
    model = torch.nn.ModuleDict({"encoder": torch.nn.Linear(3, 3), "rnn": ColEI(3, 20)})
    ok, reason = obeys_dale(model)
    assert not ok and reason.startswith("encoder.weight (Linear): column")
    assert obeys_dale(model, skip=["encoder"]) == (True, "2 weights obey the law")
    with pytest.raises(ValueError, match="^skip: expected names of submodules, got 'decoder'$"):
        obeys_dale(model, skip=["decoder"])


def test_a_readout_of_other_signs_is_noticed():
    rnn = ColEI(3, 20, ei_ratio=4)
    model = torch.nn.ModuleDict({"rnn": rnn, "out": ColEIReadout(20, 3, ei_ratio=9)})
    ok, reason = obeys_dale(model)
    assert not ok
    assert reason == "unit 16 sends with one sign in rnn.layers.0.W, with the other in out.weight"
    model["out"] = rnn.readout(3)
    assert obeys_dale(model)[0]
    network = Network.draw("colei", 5, 20, 3, seeds=[0, 1], layers=2)
    network.layers[1].input.signs.neg_()
    ok, reason = obeys_dale(network)
    assert not ok and reason == "unit 0 sends with one sign in layers.0.W, with the other in layers.1.U"


def test_masks_are_known():
    rnn = ColEI(3, 20, init=Network.draw("colei", 3, 20, 2, seeds=[0], ablated=2).arrays().member(0))
    assert not rnn.layers[0].W[-2:, -2:].any() and rnn.layers[0].W[:2, -2:].any()
    assert obeys_dale(torch.nn.ModuleDict({"rnn": rnn, "out": rnn.readout(3)}))[0]
    linear = torch.nn.Linear(4, 4, bias=False)
    assert not obeys_dale(linear)[0]
    prune.custom_from_mask(linear, "weight", linear.weight > 0)
    assert obeys_dale(linear)[0]


def test_numbers_that_are_not_finite_break_it():
    model = Model(DANN)
    with torch.no_grad():
        model.rnn.layers[1].recurrent.w_ix[0, 0] = float("nan")
    ok, reason = obeys_dale(model)
    assert not ok and reason == "rnn.layers.1.W (Layer): expected finite numbers, got others in w_ix"


def test_nothing_to_check_is_no_success():
    with pytest.raises(ValueError, match="^model: expected weights of units, .* got Sequential without any$"):
        obeys_dale(torch.nn.Sequential(torch.nn.ReLU()))


def test_checking_changes_nothing_that_is_lawful():
    model = Model(DANN)
    before = copy.deepcopy(model.state_dict())
    obeys_dale(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert obeys_dale(DANNReadout(20, 3))[0]


@pytest.mark.parametrize("made_by", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_corrected_model_is_corrected_and_so_is_one_whose_parameters_are_others(made_by):
    model, (x, y) = Model(DANN), data()

    def gradients(model):
        model.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        return {name: p.grad.clone() for name, p in model.named_parameters()}

    plain = gradients(model)
    correct_gradients(model)
    corrected = gradients(model)
    assert not torch.equal(corrected["rnn.layers.0.recurrent.w_ei"], plain["rnn.layers.0.recurrent.w_ei"])
    copied = made_by(model)
    for other in (copied, copied.double().to(x.dtype)):
        assert all(torch.equal(found, corrected[name]) for name, found in gradients(other).items())
    model.load_state_dict(copied.state_dict(), assign=True)
    assert all(torch.equal(found, corrected[name]) for name, found in gradients(model).items())


def test_gradients_are_corrected_once_however_often_it_is_asked_for():
    model, (x, y) = Model(DANN), data()
    first, second = correct_gradients(model), correct_gradients(model)
    torch.nn.functional.cross_entropy(model(x), y).backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters()}
    second.remove()  # it began nothing
    model.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    assert all(torch.equal(p.grad, found[name]) for name, p in model.named_parameters())
    first.remove()
    model.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    name = "rnn.layers.0.recurrent.w_ei"
    torch.testing.assert_close(model.get_parameter(name).grad, 20 * found[name])


def test_torch_func_and_a_parametrised_weight_get_corrected_gradients_and_the_same_numbers():
    model, (x, y) = Model(DANN), data()

    def gradients():
        def loss(p):
            return torch.nn.functional.cross_entropy(torch.func.functional_call(model, p, (x,)), y)

        return torch.func.grad(loss)(dict(model.named_parameters()))

    before, plain = model(x), gradients()
    correct_gradients(model)
    assert torch.equal(model(x), before)
    name = "rnn.layers.1.recurrent.w_ei"
    torch.testing.assert_close(gradients()[name], plain[name] / 20)
    weight = model.rnn.layers[1].recurrent
    torch.nn.utils.parametrize.register_parametrization(weight, "w_ei", torch.nn.Identity())
    torch.nn.functional.cross_entropy(model(x), y).backward()
    torch.testing.assert_close(weight.parametrizations.w_ei.original.grad, plain[name] / 20)


@pytest.mark.parametrize("layer_type, part", [(RNN, "w"), (ColEI, "w"), (DANN, "w_ex")])
def test_a_pruned_layer_learns_and_what_was_cut_stays_cut(layer_type, part):
    model, (x, y) = Model(layer_type), data()
    weight = model.rnn.layers[0].recurrent
    prune.random_unstructured(weight, part, 0.5)
    mask, start = getattr(weight, f"{part}_mask") == 0, getattr(weight, part).detach().clone()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(5):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
    weight()
    now = getattr(weight, part).detach()
    assert (now[mask] == 0).all() and (now[~mask] != start[~mask]).any()
    if layer_type is not RNN:
        assert obeys_dale(model)[0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_a_model_of_short_numbers_is_checked_like_any(layer_type, dtype):
    assert obeys_dale(Model(layer_type).to(dtype)) == (True, "5 weights obey the law")


def test_a_model_without_numbers_has_nothing_to_check_and_is_told_so():
    for model, name in (
        (Model(ColEI).to("meta"), "rnn.layers.0.bias, on the meta device"),
        (Model(DANN).to("meta"), "rnn.layers.0.bias, on the meta device"),
        (torch.nn.Sequential(torch.nn.Linear(3, 3, device="meta")), "0.weight, on the meta device"),
        (torch.nn.Sequential(torch.nn.LazyLinear(3)), "0.weight, of no size yet"),
    ):
        with pytest.raises(ValueError, match=f"^model: expected weights with numbers, got {name}$"):
            obeys_dale(model)
    encoder = torch.nn.ModuleDict({"rnn": ColEI(3, 20), "encoder": torch.nn.LazyLinear(3)})
    assert obeys_dale(encoder, skip=["encoder"])[0]
