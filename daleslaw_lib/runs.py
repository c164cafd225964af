"""From a configuration to a training: the task's data, the networks, the device."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from .checks import one_of
from .configs import RunConfig
from .network import Network
from .tasks import adding, mnist
from .training import Sequences, Splits, Training


@dataclass(frozen=True)
class Task:
    """What a task gives the trainer: sizes of input and output, the loss, its data and their digests."""

    n_in: int
    n_out: int
    loss: str
    load: Callable[[RunConfig], object]  # arrays x_train, y_train, ..., items first
    digests: Callable[[str], dict[str, str]]  # of a source's files


def _load_digits(config: RunConfig):
    digits = mnist.load(config.n_train, config.n_valid, source=config.source)
    images = ("x_train", "x_valid", "x_test")
    return replace(digits, **{name: mnist.scaled(getattr(digits, name), config.dtype) for name in images})


TASKS = {
    "mnist": Task(mnist.N_IN, mnist.N_CLASSES, "cross_entropy", _load_digits, mnist.digests),
    "adding": Task(
        adding.N_IN,
        adding.N_OUT,
        "mean_squared_error",
        lambda config: adding.load(config.n_train, config.n_valid, T=config.length),
        lambda source: {},
    ),
}


def load_task(config: RunConfig, device: torch.device) -> Splits:
    """A task's sequences on the device: x `(T, n, n_in)`, y `(n,)` classes or `(n, n_out)` values.

    Raises: ValueError for a count out of range; data.DataError if the files cannot be had.
    """
    arrays = TASKS[config.task].load(config)
    dtype = getattr(torch, config.dtype)

    def sequences(split: str) -> Sequences | None:
        x, y = getattr(arrays, f"x_{split}"), getattr(arrays, f"y_{split}")
        if not len(x):
            return None
        x = np.ascontiguousarray(x.transpose(1, 0, 2))  # time first
        y = torch.as_tensor(y, device=device)
        x = torch.as_tensor(x, dtype=dtype, device=device)
        return Sequences(x, y.to(dtype) if y.is_floating_point() else y)

    return Splits(train=sequences("train"), valid=sequences("valid"), test=sequences("test"))


INITIAL = (
    "ei_ratio",
    "frozen",
    "ablated",
    "rho",
    "n_inhibitory",
    "random_ix",
    "input_init",
    "vectors",
    "spectrum",
)


def draw(ensemble: list[RunConfig], device: torch.device) -> Network:
    """The networks of runs that share a shape, as they are before the first update.

    Raises: ValueError if they do not share one, or a number is out of range.
    """
    if len({run.shape for run in ensemble}) != 1:
        raise ValueError(f"ensemble: expected runs of one shape, got {len({r.shape for r in ensemble})}")
    first = ensemble[0]
    return Network.draw(
        first.kind,
        TASKS[first.task].n_in,
        first.hidden,
        TASKS[first.task].n_out,
        seeds=[run.seed for run in ensemble],
        layers=first.layers,
        dtype=getattr(torch, first.dtype),
        device=device,
        **{name: [getattr(run, name) for run in ensemble] for name in INITIAL},
    )


def build(ensemble: list[RunConfig], data: Splits, device: torch.device) -> Training:
    """A training at update 0 for runs that share a shape.

    Raises: ValueError if they do not, or a number is out of range.
    """
    network = draw(ensemble, device)
    first = ensemble[0]
    return Training(
        network,
        data,
        seeds=[run.seed for run in ensemble],
        lr=[run.lr for run in ensemble],
        clip=[run.clip for run in ensemble],
        lr_decay=first.lr_decay,
        clip_by=first.clip_by,
        batch=first.batch,
        updates=first.updates,
        eval_every=first.eval_every,
        loss=TASKS[first.task].loss,
    )


def members_at_once(hidden: int, device: torch.device) -> int | None:
    """How many members to train together: as many as keep a step in the CPU's cache; a GPU has no limit."""
    return None if device.type == "cuda" else max(1000 // hidden, 1)


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
    """SHA-256 of every data file that the ensembles read, by name."""
    sources = sorted({(ensemble[0].task, ensemble[0].source) for ensemble in todo})
    return {n: value for task, source in sources for n, value in TASKS[task].digests(source).items()}
