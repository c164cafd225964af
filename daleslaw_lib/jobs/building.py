"""A job's data, its networks as they are drawn, and its training, from the configurations of its runs."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ..experiments.configs import RunConfig
from ..networks.network import Network
from ..tasks import TASKS
from ..training import batches
from ..training.batches import Splits
from ..training.loop import Training

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
    "parts",
    "start",
    "start_a",
    "start_b",
)


def load_task(config: RunConfig, device: torch.device) -> Splits:
    """A job's data on its device: sequences x `(T, n, n_in)`, y `(n,)` or `(n, n_out)`; or text `(n,)`.

    Raises: ValueError for a count out of range; DataError if the files cannot be had.
    """
    return batches.load(config, device)


def draw(ensemble: list[RunConfig], device: torch.device) -> Network:
    """A job's networks, as they are before the first update; its runs share a shape.

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


def build(
    ensemble: list[RunConfig], data: Splits, device: torch.device, origin: Mapping[str, str] | None = None
) -> Training:
    """A job's training at update 0, of runs that share a shape; `origin`: see `Job.origin`.

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
        mechanism=first.mechanism,
        optimiser=first.optimiser,
        loss=TASKS[first.task].loss,
        origin=origin,
    )
