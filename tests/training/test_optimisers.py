"""Other ways to step than plain SGD: formulas, signs, checkpoints, divergence; the mechanism on the way."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from daleslaw_lib import jacobians, magnitudes
from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.experiments.configs import RunConfig
from daleslaw_lib.experiments.experiment import PLAIN, SUBSET
from daleslaw_lib.initialisation import KINDS, column_signs, obeys_dale
from daleslaw_lib.jobs.building import build, draw, load_task
from daleslaw_lib.networks.network import Network
from daleslaw_lib.tasks import mnist
from daleslaw_lib.training import (
    Adam,
    Training,
    exponential_step_,
    load_checkpoint,
    project_,
    save_checkpoint,
)
from daleslaw_lib.training.batches import Sequences, Splits
from daleslaw_lib.training.text import Text

CPU = torch.device("cpu")


def config(**changes) -> RunConfig:
    """24 updates of a small ColEI on embedded digits."""
    small = dict(
        preset="both", kind="colei", hidden=20, ei_ratio=4.0, lr=0.05, clip=1.0, n_train=512, updates=24,
        eval_every=8, batch=16, dtype="float64", seed=0,
    )  # fmt: skip
    return RunConfig(**{**PLAIN, **SUBSET, **small, **changes})


def training(*runs):
    runs = list(runs) or [config()]
    return build(runs, load_task(runs[0], CPU), CPU)


def with_gradients(kind, seed=0):
    network = Network.draw(kind, 5, 8, 4, seeds=[0, 1], layers=2, ei_ratio=3, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    for p in network.parameters():
        p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return network


@pytest.mark.parametrize("kind", KINDS)
def test_an_exponential_step_multiplies_weights_and_moves_biases(kind):
    network = with_gradients(kind)
    before, lr = network.arrays(), torch.tensor([0.1, 2.0], dtype=torch.float64)
    gradients = {name: p.grad.numpy() for name, p in network.tensors().items()}
    exponential_step_(network, lr)
    for name, array in network.arrays().items():
        rate = lr.numpy().reshape(2, *[1] * (array.ndim - 1)) * gradients[name]
        weight = before[name] * np.exp(-rate * np.sign(before[name]))
        np.testing.assert_allclose(array, before[name] - rate if name.endswith("/b") else weight, rtol=1e-13)
        assert name.endswith("/b") or (np.sign(array) == np.sign(before[name])).all()


def test_an_exponential_step_needs_no_projection_and_leaves_zeros_alone():
    network = with_gradients("colei")
    zeros = {name: a == 0 for name, a in network.arrays().items() if name.endswith("W")}
    exponential_step_(network, torch.full((2,), 5.0, dtype=torch.float64))
    stepped = network.arrays()
    project_(network)
    for name, array in network.arrays().items():
        np.testing.assert_array_equal(array, stepped[name])
    assert zeros["layer0/W"].any() and all((stepped[n][z] == 0).all() for n, z in zeros.items())


@pytest.mark.parametrize("kind", KINDS)
def test_adam_is_torchs(kind):
    network, other = with_gradients(kind), with_gradients(kind)
    adam = Adam(network)
    reference = torch.optim.Adam(list(other.parameters()), lr=0.03)
    for t in range(1, 5):
        for p, q in zip(network.parameters(), other.parameters()):
            q.grad = (p.grad * (1 + t)).clone()
            p.grad = q.grad.clone()
        adam.step_(torch.full((2,), 0.03, dtype=torch.float64), torch.tensor(t - 1))
        reference.step()
    for name, p in network.tensors().items():
        torch.testing.assert_close(p, other.tensors()[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimiser", ["eg", "adam"])
@pytest.mark.parametrize("start", [{}, dict(start="permutation", start_a=1.0)])
def test_signs_are_kept_after_every_update(optimiser, start):
    going = training(config(optimiser=optimiser, lr=0.02, **start))
    for _ in range(going.updates):
        going.advance()
        W = going.network.layers[0].W[0].detach().numpy()
        assert obeys_dale(W)[0] and (W * column_signs(20, 4.0) >= 0).all()
    assert torch.isfinite(going.network.layers[0].W).all()


def test_plain_sgd_from_a_start_keeps_its_signs_after_every_update():
    going = training(config(start="sparse", start_a=5.0, start_b=1.0, lr=0.2))
    for _ in range(going.updates):
        going.advance()
        assert obeys_dale(going.network.layers[0].W[0].detach().numpy())[0]


@pytest.mark.parametrize("optimiser", [None, "eg", "adam"])
def test_a_training_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(optimiser, tmp_path):
    runs = [config(optimiser=optimiser, lr=0.02, seed=s, mechanism=True) for s in (0, 1)]
    whole, first, second = (training(*runs) for _ in range(3))
    whole.run()
    first.run(should_stop=lambda: first.update_index == 11)
    save_checkpoint(first, tmp_path / "c.npz")
    load_checkpoint(second, tmp_path / "c.npz")
    second.run()
    for name, array in whole.network.arrays().items():
        np.testing.assert_array_equal(array, second.network.arrays()[name])
    for name, rows in whole.history.items():
        np.testing.assert_array_equal(np.array(rows), np.array(second.history[name]))


def test_a_checkpoint_of_another_step_is_refused(tmp_path):
    save_checkpoint(training(config(optimiser="adam")), tmp_path / "c.npz")
    with pytest.raises(CheckpointError, match="optimiser are others"):
        load_checkpoint(training(config()), tmp_path / "c.npz")


@pytest.mark.parametrize("optimiser", ["eg", "adam"])
def test_a_member_that_diverges_stops_alone(optimiser):
    runs = [config(optimiser=optimiser, lr=lr, clip=None, seed=0) for lr in (1e300, 1e-3)]
    both, alone = training(*runs), training(runs[1])
    both.run()
    alone.run()
    assert both.diverged_at[0] >= 0 and both.diverged_at[1] == -1
    for name, array in both.network.arrays().items():
        assert (array[0] == 0).all()
        np.testing.assert_allclose(array[1], alone.network.arrays()[name][0], rtol=1e-12)


# --- the mechanism on the way ----------------------------------------------------------------------


def test_the_mechanism_is_measured_at_each_evaluation_on_the_first_test_digits():
    run = config(mechanism=True)
    going = training(run)
    going.run()
    names = (*jacobians.MEASURES, *magnitudes.MEASURES)
    assert all(np.shape(going.history[name]) == (4, 1) for name in names)
    network = draw([run], CPU)
    layer, data = network.layers[0], load_task(run, CPU)
    arrays = (
        a[0].detach().numpy() for a in (layer.U, layer.W, layer.b, network.readout.W, network.readout.b)
    )
    x, y = data.test.x[:, :32].numpy(), data.test.y[:32].numpy()
    expected = jacobians.measure(jacobians.LayerWithReadout(*arrays), x, y)
    expected |= magnitudes.measure(layer.W[0].detach().numpy())
    for name in names:
        assert going.history[name][0][0] == pytest.approx(expected[name]), name
    assert going.history["participation"][-1] != going.history["participation"][0]


def test_measuring_does_not_change_what_is_learned():
    plain, measured = training(config()), training(config(mechanism=True))
    plain.run()
    measured.run()
    for name, array in plain.network.arrays().items():
        np.testing.assert_array_equal(array, measured.network.arrays()[name])


def test_a_member_that_has_diverged_has_no_mechanism():
    going = training(config(mechanism=True, lr=1e300, clip=None))
    going.run()
    assert np.isnan(going.history["participation"][-1]).all() and np.isfinite(
        going.history["participation"][0]
    )


@pytest.mark.parametrize(
    "network, loss, message",
    [
        (dict(layers=2), "cross_entropy", "mechanism: expected one recurrent layer, got 2"),
        (dict(dense=1), "cross_entropy", "mechanism: expected no dense layer, got 1"),
        (dict(), "mean_squared_error", "mechanism: expected a task of classes, with cross_entropy, got mean"),
    ],
)
def test_a_network_whose_mechanism_is_not_measured_is_refused_by_the_part_that_does_not_fit(
    network, loss, message
):
    measured(load_task(config(), CPU), message, loss, **network)


def measured(data, message, loss="cross_entropy", **network):
    ends = mnist.N_IN, 20, mnist.N_CLASSES
    with pytest.raises(ValueError, match=f"^{message}"):
        Training(
            Network.draw("colei", *ends, seeds=[0], **network), data, seeds=[0], lr=[0.1], clip=[None],
            clip_by="layer", batch=16, updates=2, eval_every=2, loss=loss, mechanism=True,
        )  # fmt: skip


def test_text_and_sequences_that_are_too_short_have_no_mechanism():
    data = load_task(config(), CPU)
    short = Sequences(data.test.x[:5], data.test.y)
    measured(replace(data, test=short), "mechanism: expected sequences of at least 10 steps, got 5$")
    words = Text(torch.arange(30), 5)
    measured(Splits(words, words), "mechanism: expected sequences, got text$")
