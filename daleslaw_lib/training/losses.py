"""Losses of an ensemble, each with its gradient: a number a member, not one for all.

A loss takes outputs `(M, B, n_out)` and targets `(M, B)` or `(M, B, n_out)`, and returns
`(losses (M,), gradient with respect to the outputs (M, B, n_out))`, both means over the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor


def cross_entropy(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy in nats of softmax(outputs) against class numbers `targets (M, B)`.

    >>> outputs, targets = torch.zeros(1, 2, 4), torch.tensor([[0, 3]])  # one member that does not know
    >>> losses, gradient = cross_entropy(outputs, targets)
    >>> losses.exp().round(decimals=3).tolist(), gradient[0, 0].round(decimals=3).tolist()
    ([4.0], [-0.375, 0.125, 0.125, 0.125])
    """
    log_p = torch.log_softmax(outputs, -1)
    picked = targets[..., None]
    losses = -log_p.gather(-1, picked).mean((1, 2))
    gradient = log_p.exp_()
    gradient.scatter_(-1, picked, -1, reduce="add")
    return losses, gradient.div_(outputs.shape[1])


def mean_squared_error(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of (outputs - targets)^2 over batch and outputs; `targets (M, B, n_out)`.

    >>> outputs, targets = torch.tensor([[[3.0], [1.0]]]), torch.tensor([[[1.0], [1.0]]])
    >>> losses, gradient = mean_squared_error(outputs, targets)
    >>> losses.tolist(), gradient.flatten().tolist()
    ([2.0], [2.0, 0.0])
    """
    if targets.shape != outputs.shape:  # broadcasting would give a number, and a wrong one
        raise ValueError(
            f"targets: expected the shape of the outputs, {tuple(outputs.shape)}, got {tuple(targets.shape)}"
        )
    difference = outputs - targets
    losses = difference.square().mean((1, 2))
    return losses, difference.mul_(2 / (outputs.shape[1] * outputs.shape[2]))


def error_rate(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of inputs whose largest output is not the target's: `(M,)`, from 0 to 1.

    >>> outputs = torch.tensor([[[0.9, 0.1], [0.2, 0.8]], [[0.9, 0.1], [0.8, 0.2]]])  # two members
    >>> error_rate(outputs, torch.tensor([[0, 1], [0, 1]])).tolist()
    [0.0, 0.5]
    """
    return (outputs.argmax(-1) != targets).double().mean(-1)


LOSSES = {"cross_entropy": cross_entropy, "mean_squared_error": mean_squared_error}
