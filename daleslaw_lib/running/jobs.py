"""From configurations to what works on them: the task's data, the networks, a training or a drawing."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from ..experiments.configs import DrawConfig, RunConfig
from ..networks.network import Network
from ..tasks import TASKS
from ..training import batches
from ..training.batches import Splits
from ..training.loop import Training, load_checkpoint
from . import costs
from .drawing import Drawing

GPU_SHARE = 0.8  # of its memory, for one ensemble and the data; the rest is workspace


def load_task(config: RunConfig, device: torch.device) -> Splits:
    """A task's data on the device: sequences x `(T, n, n_in)`, y `(n,)` or `(n, n_out)`; or text `(n,)`.

    Raises: ValueError for a count out of range; DataError if the files cannot be had.
    """
    return batches.load(config, device)


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
        n=first.hidden,
        seeds=[run.seed for run in ensemble],
        layers=first.layers,
        dense=first.dense or 0,
        dtype=getattr(torch, first.dtype),
        device=device,
        **TASKS[first.task].network(first),
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
        end_every=first.end_every,
        spectra=first.spectra,
        loss=TASKS[first.task].loss,
    )


def members_at_once(run: RunConfig | DrawConfig, place: torch.device) -> int | None:
    """How many members to train together: on a CPU as many as keep a step in its cache; on a GPU as many as
    fit its memory.

    Raises: ValueError if one member does not fit.
    """
    if isinstance(run, DrawConfig):
        return run.at_once
    if place.type != "cuda":
        return max(1000 // run.hidden, 1)
    _, total = torch.cuda.mem_get_info(place)  # of the device, not what is free now: blocks must not change
    return members_within(run, GPU_SHARE * total)


def members_within(run: RunConfig, budget: float) -> int:
    """The most members, of 1, 2, 4, .., that train together within a budget of so many bytes.

    Raises: ValueError if one does not fit.
    """
    fixed, each = costs.shared_bytes(run), costs.member_bytes(run)
    if fixed + each > budget:
        raise ValueError(
            f"memory: expected at least {(fixed + each) / 1e9:.3g} GB, for the data and one member of "
            f"{run.kind} with {run.hidden} units, got a budget of {budget / 1e9:.3g} GB"
        )
    return 2 ** int(math.log2((budget - fixed) / each))


def data_digests(todo: list[list[RunConfig]]) -> dict[str, str]:
    """SHA-256 of every data file that the ensembles read, by name."""
    sources = sorted({(ensemble[0].task, ensemble[0].source) for ensemble in todo})
    return {n: value for task, source in sources for n, value in TASKS[task].digests(source).items()}


def start(ensemble: list, data: Splits | None, place: torch.device, checkpoint: Path | None = None):
    """A Training, or a Drawing, where its checkpoint left it, or at its start."""
    drawn = isinstance(ensemble[0], DrawConfig)
    training = Drawing(ensemble) if drawn else build(ensemble, data, place)
    if checkpoint is not None and checkpoint.exists():
        training.load(checkpoint) if drawn else load_checkpoint(training, checkpoint)
    return training


def data_key(config: RunConfig) -> tuple:
    """What runs must agree in to train on the same data."""
    return config.task, config.source, config.length, config.n_train, config.n_valid, config.dtype
