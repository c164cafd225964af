"""The training loop: what is recorded, what is refused, and members that diverge."""

import numpy as np
import pytest
import torch

from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.networks.network import Network
from daleslaw_lib.training import Sequences, Splits, Training
from daleslaw_lib.training.gradients import predict
from helpers.training import N_IN, assert_same, build, sequences, splits

NAN, INF = float("nan"), float("inf")


# --- the loop ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_history_holds_means_of_training_losses_and_measures_of_each_split(kind):
    training, by_hand = build(kind), build(kind)
    assert training.run() is True
    history = training.history
    assert history["update"] == [0, 5, 10, 12]
    assert set(history) == {
        "update", "train_loss", "valid_loss", "valid_error", "test_loss", "test_error"
    }  # fmt: skip

    losses = []
    for row, update in enumerate(history["update"]):
        new = [by_hand.update_(*by_hand.batch_of(u)) for u in range(len(losses), update)]
        losses += new
        mean = torch.stack(new).mean(0) if new else torch.full((3,), NAN)
        np.testing.assert_allclose(history["train_loss"][row], mean, rtol=1e-12)
        for name, split in (("valid", by_hand.data.valid), ("test", by_hand.data.test)):
            outputs = predict(by_hand.network, split.x)
            for m in range(3):
                loss = torch.nn.functional.cross_entropy(outputs[m], split.y)
                np.testing.assert_allclose(history[f"{name}_loss"][row][m], loss, rtol=1e-12)
                error = (outputs[m].argmax(-1) != split.y).double().mean()
                np.testing.assert_allclose(history[f"{name}_error"][row][m], error)
    assert_same(training.network.arrays(), by_hand.network.arrays())


def test_a_split_that_is_not_there_is_not_measured():
    training = build(data=splits(valid=False))
    training.run()
    assert set(training.history) == {"update", "train_loss", "test_loss", "test_error"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_networks_learn(kind, dtype, device):
    place = {"dtype": dtype, "device": device, "lr": [0.1] * 2, "clip": [1.0] * 2}
    training = build(kind, M=2, updates=400, eval_every=400, **place)
    training.run()
    first, last = training.history["test_loss"]
    assert (last < 0.85 * first).all() and (training.diverged_at == -1).all()
    assert training.network.readout.b.dtype == dtype


def test_squared_error_is_learnt_and_has_no_error_rate():
    def values(n, seed):
        x = sequences(n, seed).x
        return Sequences(x, x.sum((0, 2))[:, None] / 6)

    network = Network.draw("rnn", N_IN, 8, 1, seeds=[0, 1], dtype=torch.float64)
    training = Training(
        network, Splits(values(50, 0), values(30, 1)), seeds=[0, 1], lr=[0.05] * 2, clip=[1.0] * 2,
        clip_by="layer", batch=10, updates=100, eval_every=100, loss="mean_squared_error",
    )  # fmt: skip
    training.run()
    assert set(training.history) == {"update", "train_loss", "test_loss"}
    outputs = predict(network, training.data.test.x)
    mse = (outputs - training.data.test.y).square().mean((1, 2))
    np.testing.assert_allclose(training.history["test_loss"][-1], mse, rtol=1e-12)
    assert (training.history["test_loss"][-1] < 0.5 * training.history["test_loss"][0]).all()


def test_no_clipping_is_an_infinite_limit():
    none, some = build(clip=[None] * 3), build(clip=[None, 1e9, None])
    none.run(), some.run()
    assert none.clip is None and some.clip.tolist() == [INF, 1e9, INF]
    assert_same(none.network.arrays(), some.network.arrays())


def test_a_run_does_not_touch_the_global_random_state():
    torch.manual_seed(0), np.random.seed(0)  # noqa: NPY002
    expected = torch.rand(1).item(), np.random.rand()  # noqa: NPY002
    torch.manual_seed(0), np.random.seed(0)  # noqa: NPY002
    build().run()
    assert (torch.rand(1).item(), np.random.rand()) == expected  # noqa: NPY002


def test_progress_is_reported_at_every_update_and_the_end():
    seen = []
    build().run(on_progress=lambda training: seen.append(training.update_index))
    assert seen == list(range(13))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({name: values}, f"{name}: expected one for each of 3 members, got {len(values)}")
     for name in ("seeds", "lr", "clip") for values in ([], [1], [1] * 4)]
    + [({"lr": [0.1, bad, 0.1]}, f"lr: expected a positive finite number, got {bad!r}")
       for bad in (0, -0.1, NAN, INF, "0.1", True, None)]
    + [({"clip": [None, bad, 1.0]}, f"clip: expected a positive finite number, got {bad!r}")
       for bad in (0, -1, NAN, INF, "1", True)]
    + [({name: bad}, f"{name}: expected a whole number >= 1, got {bad!r}")
       for name in ("batch", "updates", "eval_every") for bad in (0, -1, 2.5, "10", None, True)]
    + [({"seeds": [0, bad, 1]}, "seeds: expected whole numbers >= 0, got") for bad in (-1, 1.5, "1", None)]
    + [({"batch": 51}, "batch: expected at most 50 training items, got 51"),
       ({"clip_by": "member"}, "clip_by: expected one of layer, tensor, got 'member'"),
       ({"loss": "hinge"}, "loss: expected one of cross_entropy, mean_squared_error, got 'hinge'")],
)  # fmt: skip
def test_a_bad_setting_is_refused_before_any_work(changes, message):
    with pytest.raises(ValueError) as error:
        build(**changes)
    assert str(error.value).startswith(message) and "\n" not in str(error.value)


# --- divergence ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_diverged_member_is_stopped_and_recorded_and_the_others_go_on(kind, dtype, device):
    huge = 1e38 if dtype == torch.float32 else 1e300
    place = {"dtype": dtype, "device": device, "clip": [0.5, None, None]}
    calm = build(kind, lr=[0.2, 0.1, 0.3], **place)
    wild = build(kind, lr=[0.2, huge, 0.3], **place)
    by_hand = build(kind, lr=[0.2, huge, 0.3], **place)
    losses = [by_hand.update_(*by_hand.batch_of(u))[1].item() for u in range(12)]
    first = int(np.argmin(np.isfinite(losses)))
    assert 0 < first < 12

    calm.run(), wild.run()
    assert wild.diverged_at.tolist() == [-1, first, -1]
    for name, value in wild.network.arrays().items():
        np.testing.assert_array_equal(value[[0, 2]], calm.network.arrays()[name][[0, 2]], err_msg=name)
        assert not value[1].any()
    for name in ("train_loss", "test_loss", "test_error", "valid_loss", "valid_error"):
        rows, expected = np.array(wild.history[name]), np.array(calm.history[name])
        np.testing.assert_array_equal(rows[:, [0, 2]], expected[:, [0, 2]])
        assert np.isnan(rows[1:, 1]).all()  # it diverged before the row at update 5


@pytest.mark.parametrize("bad", [NAN, INF])
@pytest.mark.parametrize("update", [0, 1, 5, 11])
def test_divergence_is_recorded_at_the_update_whose_loss_is_not_finite(bad, update):
    training = build()

    @torch.no_grad()
    def spoil(training):
        if training.update_index == update:
            training.network.readout.b[2, 0] = bad

    training.run(on_progress=spoil)
    assert training.diverged_at.tolist() == [-1, -1, update]


def test_divergence_in_the_very_last_update_is_recorded():
    training = build(M=2)

    @torch.no_grad()
    def spoil(training):
        if training.update_index == 11:
            training.lr[1] = NAN  # the loss of update 11 is still finite, the weights after it are not

    training.run(on_progress=spoil)
    assert training.diverged_at.tolist() == [-1, 12]
    for name in ("test_loss", "test_error", "valid_loss", "valid_error"):
        assert np.isfinite(training.history[name][-1][0]) and np.isnan(training.history[name][-1][1])


def test_when_all_members_diverge_the_run_still_ends():
    training = build(lr=[1e300] * 3, clip=[None] * 3)
    assert training.run() is True
    assert (training.diverged_at > 0).all()
    assert np.isnan(training.history["test_loss"][-1]).all()
