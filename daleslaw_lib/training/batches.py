"""What an ensemble trains on: sequences on the device, splits of a task, and the order of an epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..networks.network import Network
from .gradients import predict
from .losses import LOSSES, error_rate
from .text import Text


@dataclass(frozen=True)
class Sequences:
    """Labelled sequences on the device: `x (T, n, n_in)`, `y (n,)` classes or `(n, n_out)` values.

    Items are gathered fastest where each lies in one piece: a transposed `(n, T, n_in)`.
    """

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return self.x.shape[1]

    @property
    def T(self) -> int:
        return len(self.x)

    def batch(self, index: Tensor, out: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Inputs `(T, M, B, n_in)` and targets `(M, B)` or `(M, B, n_out)` of items `index (M, B)`.

        `out (M B, T, n_in)`: where the inputs may be put.
        """
        x = torch.index_select(self.x.transpose(0, 1), 0, index.reshape(-1), out=out)
        return x.transpose(0, 1).unflatten(1, index.shape), self.y[index]

    def measure(self, network: Network, loss: str) -> dict[str, Tensor]:
        """Mean loss of each member, `(M,)`, and error rate where outputs are classes."""
        outputs = predict(network, self.x)
        targets = self.y.expand(network.n_members, *self.y.shape)
        measured = {"loss": LOSSES[loss](outputs, targets)[0]}
        if loss == "cross_entropy":
            measured["error"] = error_rate(outputs, targets)
        return measured


@dataclass(frozen=True)
class Splits:
    """Training, validation (or None) and test data of a task: sequences, or text."""

    train: Sequences | Text
    test: Sequences | Text
    valid: Sequences | Text | None = None


def epoch_order(seed: int, epoch: int, n: int) -> np.ndarray:
    """The order in which a seed visits n training items in an epoch: a permutation.

    A function of its arguments alone, so a run can be resumed anywhere, and networks of different
    kinds with one seed see the same batches.
    """
    return np.random.default_rng([seed, 1, epoch]).permutation(n)


def sequences(arrays, dtype: torch.dtype, device: torch.device) -> Splits:
    """Arrays x_train (n, T, n_in), y_train (n,) ..., as sequences on the device."""

    def of(split: str) -> Sequences | None:
        x, y = getattr(arrays, f"x_{split}"), getattr(arrays, f"y_{split}")
        if not len(x):
            return None
        y = torch.as_tensor(y, device=device)
        x = torch.as_tensor(np.ascontiguousarray(x), dtype=dtype, device=device)
        return Sequences(x.transpose(0, 1), y.to(dtype) if y.is_floating_point() else y)

    return Splits(train=of("train"), valid=of("valid"), test=of("test"))
