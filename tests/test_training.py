"""The four steps of an update against written-out formulas; the loop; divergence; checkpoints."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.networks.network import Network
from daleslaw_lib.training import (
    Sequences,
    Splits,
    Training,
    clip_,
    correct_,
    epoch_order,
    load_checkpoint,
    project_,
    save_checkpoint,
    step_,
)
from daleslaw_lib.training import loop as module
from daleslaw_lib.training.gradients import predict
from daleslaw_lib.training.losses import cross_entropy

ROOT = Path(__file__).parents[1]
T, N_IN, N_OUT = 4, 3, 3
NAN, INF = float("nan"), float("inf")


def sequences(n, seed, dtype=torch.float64, device="cpu"):
    """n sequences of three classes: which of three inputs is largest in total."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand((T, n, N_IN), generator=generator, dtype=torch.float64)
    return Sequences(x.to(device, dtype), x.sum(0).argmax(-1).to(device))


def splits(dtype=torch.float64, device="cpu", valid=True):
    place = {"dtype": dtype, "device": device}
    return Splits(
        sequences(50, 0, **place), sequences(30, 1, **place), sequences(20, 2, **place) if valid else None
    )


def build(kind="dann", M=3, *, layers=1, dtype=torch.float64, device="cpu", data=None, **settings):
    """A small training: 12 updates of batch 16 (3 an epoch), evaluated every 5."""
    network = Network.draw(
        kind, N_IN, 8, N_OUT, seeds=range(M), layers=layers, ei_ratio=3, dtype=dtype, device=device
    )
    settings = {
        "seeds": range(M), "lr": [0.2] * M, "clip": [0.5] * M, "clip_by": "layer",
        "batch": 16, "updates": 12, "eval_every": 5,
    } | settings  # fmt: skip
    return Training(network, data or splits(dtype, device), **settings)


def with_gradients(kind, M=3, layers=2):
    """A network with a gradient for every raw parameter, and copies of both as NumPy arrays."""
    network = Network.draw(kind, 5, 8, 4, seeds=range(M), layers=layers, ei_ratio=3, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    for p in network.parameters():
        p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return network, network.arrays(), gradients_of(network)


def gradients_of(network):
    return {name: p.grad.numpy().copy() for name, p in network.tensors().items()}


def assert_same(got, expected):
    """Bit for bit, NaN included."""
    assert set(got) == set(expected)
    for name in expected:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)


def per_member(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


# --- one update ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_correction_divides_the_gradients_of_danns_interneurons_alone(kind):
    network, _, before = with_gradients(kind)
    correct_(network)
    n, n_in, n_out = 8, 5, 4
    divisors = {  # W_ix by sqrt(rows of its W_ex), W_ei by the number of senders
        "layer0/U_ix": n**0.5, "layer0/U_ei": n_in, "layer0/W_ix": n**0.5, "layer0/W_ei": n,
        "layer1/U_ix": n**0.5, "layer1/U_ei": n, "layer1/W_ix": n**0.5, "layer1/W_ei": n,
        "readout/W_ix": n_out**0.5, "readout/W_ei": n,
    }  # fmt: skip
    assert kind != "dann" or set(divisors) <= set(before)
    for name, gradient in gradients_of(network).items():
        np.testing.assert_allclose(gradient, before[name] / divisors.get(name, 1), rtol=1e-15, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["layer", "tensor"])
@pytest.mark.parametrize("limits", [[0.3, 2.0, INF], [1e6, 1e-3, 5.0]])
def test_clipping_scales_each_member_by_its_own_norm(kind, by, limits):
    network, _, before = with_gradients(kind)
    clip_(network, per_member(limits), by)
    after = gradients_of(network)
    groups = {}
    for name in before:
        groups.setdefault(name.split("/")[0] if by == "layer" else name, []).append(name)
    for names in groups.values():
        for m, limit in enumerate(limits):
            norm = np.sqrt(sum((before[name][m] ** 2).sum() for name in names))
            scale = min(1.0, limit / (norm + 1e-12))
            for name in names:
                np.testing.assert_allclose(after[name][m], scale * before[name][m], rtol=1e-13, err_msg=name)
            clipped = np.sqrt(sum((after[name][m] ** 2).sum() for name in names))
            assert clipped == pytest.approx(min(norm, limit))


@pytest.mark.parametrize("by", ["layer", "tensor"])
def test_gradients_within_the_limit_or_without_one_are_not_touched(by):
    network, _, before = with_gradients("dann")
    clip_(network, per_member([INF, 1e9, INF]), by)
    assert_same(gradients_of(network), before)


def test_a_gradient_of_zero_survives_clipping():
    network, _, _ = with_gradients("colei")
    for p in network.parameters():
        p.grad[1] = 0
    clip_(network, per_member([1.0, 1.0, 1.0]), "tensor")
    assert all((gradient[1] == 0).all() for gradient in gradients_of(network).values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_moves_each_member_by_its_own_rate(kind):
    network, before, gradients = with_gradients(kind)
    lr = [0.1, 0.0, 3.0]
    step_(network, per_member(lr))
    for name, array in network.arrays().items():
        for m in range(3):
            expected = before[name][m] - lr[m] * gradients[name][m]
            np.testing.assert_allclose(array[m], expected, rtol=1e-14, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_projection_clamps_weights_and_leaves_biases(kind):
    network, _, _ = with_gradients(kind)
    step_(network, per_member([1.0] * 3))
    before = network.arrays()
    project_(network)
    for name, array in network.arrays().items():
        free = kind == "rnn" or name.endswith("/b")
        assert_same({name: array}, {name: before[name] if free else before[name].clip(min=0)})
        assert free or (before[name] < 0).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("clip_by", ["layer", "tensor"])
def test_an_update_is_correct_clip_step_project_in_that_order(kind, clip_by):
    training = build(kind, layers=2, lr=[0.1, 0.5, 2.0], clip=[0.1, None, 0.01], clip_by=clip_by)
    by_hand = build(kind, layers=2).network
    x, y = training.batch_of(0)
    losses = training.update_(x, y)

    expected = cross_entropy(by_hand(x), y)[0].detach()
    torch.testing.assert_close(losses, expected, rtol=1e-12, atol=0)
    sum(torch.nn.functional.cross_entropy(o, t) for o, t in zip(by_hand(x), y)).backward()
    correct_(by_hand)
    clip_(by_hand, per_member([0.1, INF, 0.01]), clip_by)
    step_(by_hand, per_member([0.1, 0.5, 2.0]))
    project_(by_hand)
    expected = by_hand.arrays()
    for name, array in training.network.arrays().items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-11, atol=1e-13, err_msg=name)


# --- batches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 50, 1001])
def test_an_epoch_visits_everything_once(n):
    assert sorted(epoch_order(3, 5, n)) == list(range(n))


def test_the_order_is_another_for_each_seed_and_epoch_and_the_same_again():
    orders = {(s, e): epoch_order(s, e, 100).tolist() for s in range(5) for e in range(5)}
    assert len({tuple(order) for order in orders.values()}) == 25
    for (seed, epoch), order in orders.items():
        assert epoch_order(seed, epoch, 100).tolist() == order


@pytest.mark.parametrize("kinds", [("rnn", "colei"), ("rnn", "dann")])
def test_a_seed_sees_the_same_batches_whatever_the_kind_and_company(kinds):
    first, second = build(kinds[0], M=3), build(kinds[1], M=2, seeds=[2, 0])
    for update in (0, 1, 2, 3, 7, 100, 4):
        (x, y), (x_2, y_2) = first.batch_of(update), second.batch_of(update)
        assert torch.equal(x[:, [2, 0]], x_2) and torch.equal(y[[2, 0]], y_2)
        assert x.shape == (T, 3, 16, N_IN) and y.shape == (3, 16)


def test_batches_are_slices_of_the_epochs_order_with_their_own_targets():
    training = build(M=2, seeds=[4, 9])
    for update in range(7):
        epoch, k = divmod(update, 50 // 16)  # what is left over at the end of an epoch is dropped
        x, y = training.batch_of(update)
        for m, seed in enumerate([4, 9]):
            index = epoch_order(seed, epoch, 50)[16 * k : 16 * (k + 1)]
            assert torch.equal(x[:, m], training.data.train.x[:, index])
            assert torch.equal(y[m], training.data.train.y[index])


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


# --- checkpoints ---------------------------------------------------------------------------------


def state_of(training):
    """All that a run amounts to, for comparison bit for bit."""
    history = {f"history/{name}": np.array(rows) for name, rows in training.history.items()}
    return training.network.arrays() | history | {"diverged_at": training.diverged_at.cpu().numpy()}


def stop_at(training, update):
    return lambda: training.update_index == update


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stop", [1, 3, 5, 7, 11])  # within and between epochs, at an evaluation
def test_a_run_that_is_stopped_and_resumed_ends_bit_for_bit_the_same(kind, stop, tmp_path, device):
    unbroken = build(kind, layers=2, device=device)
    unbroken.run()
    path = tmp_path / "run.npz"
    stopped = build(kind, layers=2, device=device)
    assert stopped.run(checkpoint=path, should_stop=stop_at(stopped, stop)) is False
    resumed = build(kind, layers=2, device=device)
    load_checkpoint(resumed, path)
    assert resumed.update_index == stop
    assert resumed.run(checkpoint=path) is True
    assert_same(state_of(resumed), state_of(unbroken))


def test_a_run_may_be_stopped_again_and_again(tmp_path):
    unbroken, path = build(dtype=torch.float32), tmp_path / "folder" / "run.npz"
    unbroken.run()
    for stop in (0, 2, 4, 6, 8, 10, 12):
        resumed = build(dtype=torch.float32)
        if path.exists():
            load_checkpoint(resumed, path)
        assert resumed.run(checkpoint=path, should_stop=stop_at(resumed, stop)) is (stop == 12)
    assert_same(state_of(resumed), state_of(unbroken))
    assert resumed.seconds["train"] > stop * 1e-6  # time is summed over the pieces
    load_checkpoint(finished := build(dtype=torch.float32), path)
    assert finished.run() is True
    assert_same(state_of(finished), state_of(unbroken))


def test_a_diverged_member_stays_stopped_after_resuming(tmp_path):
    arguments, path = {"lr": [0.2, 1e300, 0.2], "clip": [None] * 3}, tmp_path / "run.npz"
    unbroken, stopped, resumed = (build(**arguments) for _ in range(3))
    unbroken.run()
    stopped.run(checkpoint=path, should_stop=stop_at(stopped, 9))
    load_checkpoint(resumed, path)
    resumed.run()
    assert resumed.diverged_at[1] > 0
    assert_same(state_of(resumed), state_of(unbroken))


KILLED = """
import os, signal, sys
import daleslaw_lib.training as module
from test_training import Path, build, load_checkpoint

path, when = Path(sys.argv[1]), sys.argv[2]
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
training = build("dann", layers=2)
if path.exists():
    load_checkpoint(training, path)
else:
    fsync = os.fsync
    def progress(training):
        if training.update_index == 7:
            if when == "between updates":
                kill()
            os.fsync = kill  # in the middle of writing the next checkpoint
    training.run(checkpoint=path, checkpoint_seconds=-1, on_progress=progress)
    raise SystemExit("not killed")
training.run(checkpoint=path)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("when", ["between updates", "within a save"])
def test_a_run_that_is_killed_and_resumed_ends_bit_for_bit_the_same(when, tmp_path):
    path = tmp_path / "run.npz"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])

    def run():
        return subprocess.run(
            [sys.executable, "-c", KILLED, str(path), when],
            env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    assert (killed := run()).returncode == -signal.SIGKILL, killed.stderr
    assert (resumed := run()).returncode == 0, resumed.stderr
    ended, unbroken = build("dann", layers=2), build("dann", layers=2)
    load_checkpoint(ended, path)
    unbroken.run()
    assert ended.update_index == 12
    assert_same(state_of(ended), state_of(unbroken))


def checkpoint_of(tmp_path, updates=6, **settings):
    path = tmp_path / "run.npz"
    training = build(**settings)
    training.run(checkpoint=path, should_stop=stop_at(training, updates))
    return path


def assert_refused(path, training):
    """One line that names the file, which stays as it is, like the training."""
    content, before = path.read_bytes(), state_of(training)
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(training, path)
    assert str(error.value).startswith(f"{path}: expected a checkpoint of this run, got")
    assert "\n" not in str(error.value)
    assert path.read_bytes() == content and training.update_index == 0
    assert_same(state_of(training), before)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 100, 0.1, 0.5, 0.9, 0.99, -200, -22, -1])
def test_a_truncated_checkpoint_is_refused(tmp_path, length):
    path = checkpoint_of(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(length * len(content)) if 0 < length < 1 else length])
    assert_refused(path, build())


def test_no_flipped_bit_goes_unnoticed(tmp_path):
    path = checkpoint_of(tmp_path, M=1)
    content, training = path.read_bytes(), build(M=1)
    expected = state_of(training)
    load_checkpoint(training, path)
    good = state_of(training)
    rng = np.random.default_rng(0)
    for position in rng.choice(len(content), 500, replace=False):
        damaged = bytearray(content)
        damaged[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        training = build(M=1)
        try:
            load_checkpoint(training, path)
        except CheckpointError as error:
            assert "\n" not in str(error)
            assert_same(state_of(training), expected)
        else:  # a bit that means nothing, such as one of the file's time
            assert_same(state_of(training), good)


def test_a_header_that_lies_about_its_array_is_refused(tmp_path):
    path = checkpoint_of(tmp_path, M=20)  # arrays too large to be read, and checked, at one go
    content, position = path.read_bytes(), 0
    while (position := content.find(b"'<f8'", position + 1)) > 0:  # half the bytes are then not read
        path.write_bytes(content[:position] + b"'<f4'" + content[position + 5 :])
        assert_refused(path, build(M=20))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"not a checkpoint\n", b"\x93NUMPY\x01\x00", bytes(1000)]
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    assert_refused(path, build())


def test_what_would_unpickle_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    np.savez(path, state=np.array({"update": 3}, dtype=object))
    assert_refused(path, build())


@pytest.mark.parametrize("name", ["state", "diverged_at", "loss_sum", "history/update", "network/readout/b"])
@pytest.mark.parametrize("change", ["missing", "of another shape"])
def test_a_checkpoint_with_a_part_missing_or_misshapen_is_refused(tmp_path, name, change):
    path = checkpoint_of(tmp_path)
    with np.load(path) as file:
        content = dict(file)
    part = content.pop(name)
    if change == "of another shape":
        content[name] = np.array("[]") if name == "state" else part[..., None]
    np.savez(path, **content)
    assert_refused(path, build())


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "rnn"},
        {"M": 2},
        {"layers": 2},
        {"seeds": [5, 6, 7]},
        {"lr": [0.2, 0.2, 0.1]},
        {"clip": [0.5, 0.5, None]},
        {"clip_by": "tensor"},
        {"batch": 10},
        {"updates": 5},  # the checkpoint is past its end
        {"eval_every": 4},
        {"dtype": torch.float32},
        {"data": Splits(sequences(40, 0), sequences(30, 1))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, other):
    assert_refused(checkpoint_of(tmp_path, kind="colei"), build(**{"kind": "colei"} | other))


@pytest.mark.parametrize("at", ["savez", "fsync", "replace"])
def test_a_save_that_fails_leaves_the_earlier_checkpoint_whole(tmp_path, monkeypatch, at):
    path = checkpoint_of(tmp_path)
    before = path.read_bytes()
    training = build()
    load_checkpoint(training, path)

    def disk_is_full(file, *_, **__):
        if at == "savez":
            file.write(b"PK half a checkpoint")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(np if at == "savez" else os, at, disk_is_full)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            training.run(checkpoint=path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]  # nothing half-written is left behind

    again, unbroken = build(), build()
    load_checkpoint(again, path)
    again.run(checkpoint=path), unbroken.run()
    assert_same(state_of(again), state_of(unbroken))


def test_checkpoints_are_written_when_due_and_at_the_end(tmp_path, monkeypatch):
    saved, path = [], tmp_path / "run.npz"
    monkeypatch.setattr(module, "save_checkpoint", lambda training, path: saved.append(training.update_index))
    build().run(checkpoint=path, checkpoint_seconds=-1)
    build().run(checkpoint=path, checkpoint_seconds=1e9)
    build().run()
    assert saved == [*range(13), 12]


def test_saving_does_not_disturb_a_run(tmp_path):
    plain, saving = build(), build()
    plain.run(), saving.run(checkpoint=tmp_path / "run.npz", checkpoint_seconds=-1)
    assert_same(state_of(saving), state_of(plain))


def test_a_fresh_training_can_be_saved_and_restored(tmp_path):
    save_checkpoint(build(), tmp_path / "run.npz")
    load_checkpoint(restored := build(), tmp_path / "run.npz")
    unbroken = build()
    restored.run(), unbroken.run()
    assert_same(state_of(restored), state_of(unbroken))
