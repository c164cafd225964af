"""Trajectories of the paper's public implementation: the faithful update must follow each to 1e-9.

Every *.npz in the folder $DALESLAW_REFERENCE (default: ../shared/reference beside this checkout) is
read. A file holds `config` (JSON), `losses`, `initial/<layer>/<parameter>` and `final/...`; kind,
number and size of the layers, interneurons and E:I ratio are the file's own.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from daleslaw_lib.initialisation import KINDS, draw_network
from daleslaw_lib.networks.network import Network
from daleslaw_lib.tasks import mnist
from daleslaw_lib.training import Sequences, Splits, Training
from helpers import ROOT

FOLDER = Path(os.environ.get("DALESLAW_REFERENCE") or ROOT.parent / "shared" / "reference")
FILES = sorted(FOLDER.glob("*.npz"))
TOLERANCE = 1e-9

NEEDED = {"model", "max_grad_norm", "lr", "updates", "batch", "first_image"}
CHECKED = {"hidden", "layers", "ei_ratio"}  # against the arrays, where they are given
HARMLESS = {"seed", "comment", "source"}  # how `initial` came about


# --- the reader ----------------------------------------------------------------------------------


@dataclass
class Reference:
    """One file: its settings, and its arrays by name, biases as (n,)."""

    config: dict
    initial: dict
    final: dict
    losses: np.ndarray

    @property
    def n_layers(self):
        return len({name.split("/")[0] for name in self.initial} - {"readout"})


def read(path):
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    config = json.loads(str(arrays.pop("config")))
    losses = arrays.pop("losses")
    parts = {"initial": {}, "final": {}}
    for key, value in arrays.items():
        part, name = key.split("/", 1)
        parts[part][name] = value.reshape(-1) if name.endswith("/b") else value
    reference = Reference(config, losses=losses, **parts)
    check(reference, path.name)
    return reference


def check(reference, name):
    """Nothing in the file is passed over: what is not understood fails."""
    config, given = reference.config, set(reference.config)
    unknown = given - NEEDED - CHECKED - HARMLESS
    assert not unknown, f"{name}: config keys not understood: {', '.join(sorted(unknown))}"
    assert NEEDED <= given, f"{name}: config lacks {', '.join(sorted(NEEDED - given))}"
    assert config["model"] != "colei" or config.get("ei_ratio"), f"{name}: config lacks ei_ratio"
    assert set(reference.final) == set(reference.initial), f"{name}: initial and final differ in names"
    assert len(reference.losses) == config["updates"], f"{name}: losses of another number of updates"
    sizes = [len(reference.initial[f"layer{k}/b"]) for k in range(reference.n_layers)]
    assert config.get("layers", len(sizes)) == len(sizes), f"{name}: config's layers, but {len(sizes)}"
    hidden = config.get("hidden", sizes)
    hidden = hidden if isinstance(hidden, list) else [hidden] * len(sizes)
    assert hidden == sizes, f"{name}: config's hidden, but layers of {sizes}"


def digits(n, monkeypatch):
    """The first n MNIST training images, pixels / 255 in float64, and their labels."""
    in_subset = n <= mnist.N_IMAGES["subset"]
    shared = ROOT.parent / "shared" / "data"
    if not in_subset and not os.environ.get("DALESLAW_DATA") and shared.is_dir():
        monkeypatch.setenv("DALESLAW_DATA", str(shared))
    data = mnist.load(n, source="subset" if in_subset else "full")
    return mnist.scaled(data.x_train, np.float64), data.y_train


# --- the library's way ---------------------------------------------------------------------------


def train(reference, images, labels):
    """Losses, and every array after the last update, by the library."""
    config = reference.config
    network = Network.from_arrays(
        config["model"], [reference.initial], ei_ratio=config.get("ei_ratio"), dtype=torch.float64
    )
    assert set(network.tensors()) == set(reference.initial)
    batch, first = config["batch"], config["first_image"]
    data = Sequences(torch.as_tensor(images).transpose(0, 1), torch.as_tensor(labels))
    training = Training(
        network,
        Splits(data, data),
        seeds=[0],
        lr=[config["lr"]],
        clip=[config["max_grad_norm"]],
        clip_by="tensor" if config["model"] == "colei" else "layer",  # E3
        batch=batch,
        updates=config["updates"],
        eval_every=config["updates"],
    )
    losses = []
    for start in range(first, first + batch * config["updates"], batch):
        at = slice(start, start + batch)
        losses.append(training.update_(data.x[:, None, at].contiguous(), data.y[None, at]).item())
    return np.array(losses), {name: array[0] for name, array in network.arrays().items()}


def differences(reference, losses, arrays):
    """What is further than the tolerance from the file: name -> largest difference."""
    expected = {"losses": reference.losses} | reference.final
    got = {"losses": losses} | arrays
    assert set(got) == set(expected)
    largest = {}
    for name, value in expected.items():
        assert got[name].shape == value.shape, name
        largest[name] = float(np.abs(got[name] - value).max())
    return {name: d for name, d in largest.items() if not d <= TOLERANCE}  # NaN is a difference


def compare(path, monkeypatch):
    reference = read(path)
    config = reference.config
    images, labels = digits(config["first_image"] + config["batch"] * config["updates"], monkeypatch)
    return differences(reference, *train(reference, images, labels))


# --- the files -----------------------------------------------------------------------------------


NONE = pytest.param(
    None, marks=pytest.mark.skip(reason=f"no trajectories (*.npz) in {FOLDER}; set DALESLAW_REFERENCE")
)


@pytest.mark.parametrize("path", FILES or [NONE], ids=lambda path: path.stem if path else "none")
def test_the_library_follows_the_reference(path, monkeypatch):
    assert compare(path, monkeypatch) == {}


# --- the test itself is tested: files made here, by the equations written out ---------------------


def signs(name, config, n_pre):
    """Of the columns of a ColEI matrix: the sender's."""
    if name == "layer0/U":
        return torch.ones(n_pre)
    n_i = -(-n_pre // (config["ei_ratio"] + 1))
    return torch.cat([torch.ones(n_pre - n_i), -torch.ones(n_i)])


def follow(config, initial, images, labels):
    """One network, a layer and a time step at a time, under autograd: losses and final arrays."""
    kind, batch = config["model"], config["batch"]
    p = {name: torch.tensor(value, requires_grad=True) for name, value in initial.items()}
    layers = sorted({name.split("/")[0] for name in p} - {"readout"})

    def times(name, a):
        if kind == "dann":
            return a @ p[name + "_ex"].T - (a @ p[name + "_ix"].T) @ p[name + "_ei"].T
        W = p[name]
        return a @ (W * signs(name, config, W.shape[1]) if kind == "colei" else W).T

    losses = []
    for start in range(config["first_image"], config["first_image"] + batch * config["updates"], batch):
        x = torch.tensor(images[start : start + batch])
        h = {layer: 0 * p[layer + "/b"].T.expand(batch, -1) for layer in layers}
        for t in range(28):
            a = x[:, t]
            for layer in layers:
                z = times(layer + "/U", a) + times(layer + "/W", h[layer]) + p[layer + "/b"].T
                a = h[layer] = torch.relu(z)
        outputs = times("readout/W", a) + p["readout/b"].T
        loss = cross_entropy(outputs, torch.tensor(labels[start : start + batch]))
        losses.append(loss.item())
        gradients = dict(zip(p, torch.autograd.grad(loss, list(p.values()))))
        with torch.no_grad():
            update(config, p, gradients)
    return np.array(losses), {name: value.detach().numpy() for name, value in p.items()}


def update(config, p, g):
    """One update as the paper's notes have it: correct, clip, step, clamp."""
    kind, limit = config["model"], config["max_grad_norm"]
    for name in g:
        if name.endswith("_ix"):
            g[name] = g[name] / np.sqrt(p[name[:-3] + "_ex"].shape[0])
        if name.endswith("_ei"):
            g[name] = g[name] / p[name[:-3] + "_ex"].shape[1]
    groups = {}
    for name in g:
        groups.setdefault(name if kind == "colei" else name.split("/")[0], []).append(name)
    for names in groups.values() if limit is not None else ():
        norm = sum((g[name] ** 2).sum() for name in names) ** 0.5
        for name in names:
            g[name] = g[name] * min(1.0, limit / (norm.item() + 1e-12))
    for name in p:
        p[name] -= config["lr"] * g[name]
        if kind != "rnn" and not name.endswith("/b"):
            p[name].clamp_(min=0)


def write(path, kind, *, limit=0.3, sizes=(12, 12, 12), ratio=3, first_image=64, **extra):
    """A file of a few updates; `sizes` may differ from layer to layer."""
    rng, initial, n_in = np.random.default_rng(0), {}, 28
    for k, n in enumerate(sizes):
        drawn = draw_network(kind, n_in, n, 10, ei_ratio=ratio, rng=rng)
        initial |= {name.replace("layer0", f"layer{k}"): a for name, a in drawn.items()}
        n_in = n
    initial = {name: a[:, None] if name.endswith("/b") else a for name, a in initial.items()}
    config = {
        "model": kind, "hidden": sizes[0] if len(set(sizes)) == 1 else list(sizes), "layers": len(sizes),
        "max_grad_norm": limit, "ei_ratio": ratio, "batch": 16, "updates": 8,
        "first_image": first_image, "lr": 0.005 if kind == "colei" else 0.1,
    }  # fmt: skip
    images, labels = digits(first_image + 8 * 16, None)
    losses, final = follow(config, initial, images, labels)
    arrays = {f"initial/{name}": a for name, a in initial.items()}
    arrays |= {f"final/{name}": a for name, a in final.items()}
    np.savez(path, losses=losses, config=np.array(json.dumps(config | extra)), **arrays)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [0.05, None])
@pytest.mark.parametrize(("sizes", "ratio"), [((12, 12, 12), 3), ((15, 15), 9), ((10,), 1), ((14, 9, 11), 3)])
def test_files_of_any_depth_size_and_ratio_are_read(tmp_path, monkeypatch, kind, limit, sizes, ratio):
    path = write(tmp_path / "made.npz", kind, limit=limit, sizes=sizes, ratio=ratio)
    assert read(path).n_layers == len(sizes)
    assert compare(path, monkeypatch) == {}


@pytest.fixture
def made(tmp_path):
    path = write(tmp_path / "made.npz", "dann", sizes=(12, 12))
    reference = read(path)
    return path, reference, train(reference, *digits(64 + 128, None))


def test_training_moved_what_is_compared(made):
    _, reference, _ = made
    for name, array in reference.initial.items():
        assert np.abs(reference.final[name] - array).max() > 1e3 * TOLERANCE, name


def test_a_difference_of_1e_8_in_any_array_is_found(made):
    _, reference, (losses, arrays) = made
    assert differences(reference, losses, arrays) == {}
    for name in arrays:
        for change in (1e-8, float("nan")):
            bad = {key: array.copy() for key, array in arrays.items()}
            bad[name].flat[-1] += change
            assert list(differences(reference, losses, bad)) == [name]
    assert list(differences(reference, losses + 1e-8 * (np.arange(8) == 5), arrays)) == ["losses"]


@pytest.mark.parametrize(
    "change",
    [{"lr": 0.1001}, {"max_grad_norm": 0.29}, {"max_grad_norm": None}, {"first_image": 32}, {"batch": 15}],
)
def test_a_setting_that_is_not_the_files_is_found(made, change):
    _, reference, _ = made
    reference.config |= change
    assert "losses" in differences(reference, *train(reference, *digits(64 + 128, None)))


def test_colei_signs_come_from_the_ratio_of_the_file(tmp_path):
    reference = read(write(tmp_path / "made.npz", "colei"))
    reference.config["ei_ratio"] = 9
    assert "losses" in differences(reference, *train(reference, *digits(64 + 128, None)))


def test_settings_that_are_not_understood_are_listed(tmp_path):
    path = write(tmp_path / "made.npz", "rnn", sizes=(8,), momentum=0.9, frozen=True, seed=3)
    with pytest.raises(AssertionError, match="made.npz: config keys not understood: frozen, momentum"):
        read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"layers": 2}, "config's layers, but 1"), ({"hidden": 9}, r"config's hidden, but layers of \[8\]"),
     ({"updates": 7}, "losses of another number of updates")],
)  # fmt: skip
def test_settings_that_contradict_the_arrays_are_found(tmp_path, change, message):
    with pytest.raises(AssertionError, match=message):
        read(write(tmp_path / "made.npz", "rnn", sizes=(8,), **change))


def test_an_array_that_is_no_parameter_is_found(tmp_path):
    path = write(tmp_path / "made.npz", "rnn", sizes=(8,))
    with np.load(path) as file:
        arrays = dict(file)
    for part in ("initial", "final"):
        arrays[f"{part}/layer0/V"] = np.zeros((8, 8))
    np.savez(path, **arrays)
    reference = read(path)
    with pytest.raises((AssertionError, ValueError), match="layer0/V"):
        train(reference, *digits(64 + 128, None))


@pytest.mark.skipif(
    not (os.environ.get("DALESLAW_DATA") or (ROOT.parent / "shared" / "data" / "mnist").is_dir()),
    reason="the whole of MNIST is in neither $DALESLAW_DATA nor ../shared/data",
)
def test_files_that_start_past_the_embedded_subset_use_the_whole_set(monkeypatch):
    images, labels = digits(4_200, monkeypatch)
    assert images.shape == (4_200, 28, 28) and images.dtype == np.float64
    head, head_labels = digits(4_000, monkeypatch)
    np.testing.assert_array_equal(images[:4_000], head)
    np.testing.assert_array_equal(labels[:4_000], head_labels)
