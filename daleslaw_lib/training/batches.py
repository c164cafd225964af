"""What an ensemble trains on: a task's arrays as tensors on the device, and the order of an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .. import fused
from ..networks.network import Network
from ..tasks import TASKS
from ..tasks.task import measures
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

        `out (T, M, B, n_in)`: where the inputs are put.
        """
        if out is None or not fused.gather(self.x, index, out.transpose(2, 3)):
            x = torch.index_select(self.x.transpose(0, 1), 0, index.reshape(-1))
            x = x.view(*index.shape, *x.shape[1:]).permute(2, 0, 1, 3)
            out = x if out is None else out.copy_(x)
        return out, self.y[index]

    def measure(self, network: Network, loss: str) -> dict[str, Tensor]:
        """Mean loss of each member, `(M,)`, and error rate where outputs are classes."""
        outputs = predict(network, self.x)
        targets = self.y.expand(network.n_members, *self.y.shape)
        measured = {"loss": LOSSES[loss](outputs, targets)[0]}
        if "error" in self.measures(loss):
            measured["error"] = error_rate(outputs, targets)
        return measured

    def measures(self, loss: str) -> tuple[str, ...]:
        """The names of what `measure` gives."""
        return measures("sequences", loss)


@dataclass(frozen=True)
class Splits:
    """What a training learns from: training, validation (or None) and test data, sequences or text."""

    train: Sequences | Text
    test: Sequences | Text
    valid: Sequences | Text | None = None


def epoch_order(seed: int, epoch: int, n: int) -> np.ndarray:
    """The order in which a training visits n items in an epoch: a permutation, by seed.

    A function of its arguments alone, so a run can be resumed anywhere, and networks of different
    kinds with one seed see the same batches.
    """
    return np.random.default_rng([seed, 1, epoch]).permutation(n)


def load(run, device: torch.device) -> Splits:
    """The data of a run's task on the device: sequences x `(T, n, n_in)`, y `(n,)` or `(n, n_out)`; or text.

    Raises: ValueError for a count out of range; DataError if the files cannot be had.
    """
    task, dtype = TASKS[run.task], getattr(torch, run.dtype)
    make = _text(run.length) if task.form == "text" else _sequences(dtype)
    arrays = task.checked_arrays(run)
    return Splits(**{name: None if part is None else make(part, device) for name, part in arrays.items()})


def invented(run, n_train: int, n_test: int, device: torch.device) -> Splits:
    """What a training learns from when only its speed is measured: random data of its task's shapes."""
    task, dtype = TASKS[run.task], getattr(torch, run.dtype)
    ends = task.ends(run)
    if task.form == "text":
        words = torch.randint(ends.n_out, (n_train,), device=device)
        return Splits(train=Text(words, ends.T), test=Text(words[:n_test], ends.T))

    def sequences(n: int) -> Sequences:
        x = torch.rand(n, ends.T, ends.n_in, dtype=dtype, device=device).transpose(0, 1)
        if task.loss == "cross_entropy":
            return Sequences(x, torch.randint(ends.n_out, (n,), device=device))
        return Sequences(x, torch.rand(n, ends.n_out, dtype=dtype, device=device))

    return Splits(train=sequences(n_train), test=sequences(n_test))


def _text(T: int) -> Callable[[np.ndarray, torch.device], Text]:
    return lambda words, device: Text(torch.as_tensor(words, device=device), T)


def _sequences(dtype: torch.dtype) -> Callable[[tuple, torch.device], Sequences]:
    def make(pair: tuple[np.ndarray, np.ndarray], device: torch.device) -> Sequences:
        x, y = pair
        y = torch.as_tensor(y, device=device)
        x = torch.as_tensor(np.ascontiguousarray(x), dtype=dtype, device=device)
        return Sequences(x.transpose(0, 1), y.to(dtype) if y.is_floating_point() else y)

    return make
