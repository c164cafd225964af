"""From a configuration to a training: the task's data, the networks, the device."""

from __future__ import annotations

import platform

import numpy as np
import torch

from .checks import one_of
from .experiments import RunConfig
from .network import Network
from .tasks import mnist
from .training import Sequences, Splits, Training


def load_task(config: RunConfig, device: torch.device) -> Splits:
    """A task's sequences on the device: x `(T, n, n_in)`, y `(n,)`.

    Raises: ValueError for a count out of range; data.DataError if the files cannot be had.
    """
    digits = mnist.load(config.n_train, config.n_valid, source=config.source)

    def sequences(images: np.ndarray, labels: np.ndarray) -> Sequences | None:
        if not len(images):
            return None
        x = np.ascontiguousarray(mnist.scaled(images, config.dtype).transpose(1, 0, 2))  # time first
        return Sequences(torch.as_tensor(x, device=device), torch.as_tensor(labels, device=device))

    return Splits(
        train=sequences(digits.x_train, digits.y_train),
        valid=sequences(digits.x_valid, digits.y_valid),
        test=sequences(digits.x_test, digits.y_test),
    )


def build(ensemble: list[RunConfig], data: Splits, device: torch.device) -> Training:
    """A training at update 0 for runs that share a shape.

    Raises: ValueError if they do not, or a number is out of range.
    """
    if len({run.shape for run in ensemble}) != 1:
        raise ValueError(f"ensemble: expected runs of one shape, got {len({r.shape for r in ensemble})}")
    first, seeds = ensemble[0], [run.seed for run in ensemble]
    network = Network.draw(
        first.kind,
        mnist.N_IN,
        first.hidden,
        mnist.N_CLASSES,
        seeds=seeds,
        layers=first.layers,
        ei_ratio=[run.ei_ratio for run in ensemble],
        rho=[run.rho for run in ensemble],
        n_inhibitory=[run.n_inhibitory for run in ensemble],
        dtype=getattr(torch, first.dtype),
        device=device,
    )
    return Training(
        network,
        data,
        seeds=seeds,
        lr=[run.lr for run in ensemble],
        clip=[run.clip for run in ensemble],
        clip_by=first.clip_by,
        batch=first.batch,
        updates=first.updates,
        eval_every=first.eval_every,
    )


def pick_device(name: str) -> torch.device:
    """ "auto", "cpu" or "cuda" as a device; auto takes a GPU where there is one.

    Raises: ValueError for another name, or if CUDA is asked for and absent.
    """
    one_of("device", name, ("auto", "cpu", "cuda"))
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: expected one that is here, got 'cuda' and torch sees no CUDA device")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def device_name(place: torch.device) -> str:
    if place.type == "cuda":
        return torch.cuda.get_device_name(place)
    threads = torch.get_num_threads()
    return f"CPU {platform.machine()}, {threads} thread{'s' if threads > 1 else ''}"


def data_digests(todo: list[list[RunConfig]]) -> dict[str, str]:
    sources = sorted({ensemble[0].source for ensemble in todo})
    return {name: value for source in sources for name, value in mnist.digests(source).items()}
