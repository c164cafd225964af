"""Small ensembles in training, and what a run amounts to."""

import numpy as np
import torch

from daleslaw_lib.networks.network import Network
from daleslaw_lib.training import Sequences, Splits, Training

T, N_IN, N_OUT = 4, 3, 3


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


def state_of(training):
    """All that a run amounts to, for comparison bit for bit."""
    history = {f"history/{name}": np.array(rows) for name, rows in training.history.items()}
    return training.network.arrays() | history | {"diverged_at": training.diverged_at.cpu().numpy()}


def stop_at(training, update):
    return lambda: training.update_index == update
