"""Ensembles in training: the loop, what it measures on the way, and its checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .. import checkpoints, jacobians, magnitudes
from ..checkpoints import CheckpointError, agree, history_of, part, read, unusable
from ..evaluation_times import evaluated_at, evaluations
from ..networks.network import Network
from ..spectra import singular_values, svd_entropy
from .batches import Splits, epoch_order
from .gradients import Gradients
from .losses import LOSSES
from .settings import Settings
from .update import RULES, correct_

SEEN = 32  # test items on which the mechanism is measured
EAGER_UPDATES = 3  # on a GPU, before the update is recorded as a graph: what allocates has then allocated


# --- the loop --------------------------------------------------------------------------------


class Training:
    """An ensemble on its way from update 0 to `updates`.

    Before update 0, then every `eval_every` updates and after the last one it evaluates every
    member and adds a row to `history`: update, mean training loss since the row before, test (and
    validation) loss and error, each `(M,)`. A member whose loss is NaN or infinite is stopped: its
    update is in `diverged_at (M,)` (-1: none), its parameters are zeroed, its later rows are NaN.

    Args: settings: those of `Settings`, by name; origin: what its checkpoints carry besides, and must agree
          with (see `checkpoints`).
    Raises: ValueError for a number out of range or a list of another length than the ensemble.
    """

    def __init__(
        self, network: Network, data: Splits, *, origin: Mapping[str, str] | None = None, **settings
    ):
        self.settings = Settings(**settings)
        self.settings.fit(network, data)
        self.network, self.data, self.origin = network, data, dict(origin or {})
        self.update_index = 0
        self.history: dict[str, list] = {"update": []}
        self.seconds = {"train": 0.0, "evaluate": 0.0}
        self._on_the_device()
        self._n_train, self._epoch, self._order, self._whose = len(data.train), -1, None, None

    def _on_the_device(self) -> None:
        """What lies beside the network: rates, limits, losses, and memory for batches."""
        network, train, settings = self.network, self.data.train, self.settings
        M, like = network.n_members, network.readout.b
        self.lr = like.new_tensor(settings.lr)
        limits = [math.inf if value is None else value for value in settings.clip]
        self.clip = None if min(limits) == math.inf else like.new_tensor(limits)
        self.rule = RULES[settings.optimiser](network, settings.clip_by)
        self.gradients = Gradients(network, train.T, settings.batch)
        self._index = torch.empty(M, settings.batch, dtype=torch.int64, device=like.device)  # a graph's
        self._rate = self.lr if settings.lr_decay is None else self.lr.clone()  # of the update under way
        self._clock = torch.zeros((), dtype=torch.int64, device=like.device)  # update_index, on the device
        self.use_graph, self._graph, self._n_eager = like.is_cuda, None, 0
        self.diverged_at = torch.full((M,), -1, device=like.device)
        self.loss_sum = torch.zeros(M, dtype=torch.float64, device=like.device)

    @property
    def updates(self) -> int:
        """How many there will be."""
        return self.settings.updates

    @property
    def seeds(self) -> list[int]:
        return self.settings.seeds

    @property
    def columns(self) -> set[str]:
        """What each row of the history has."""
        names = {"update", "train_loss"}
        for split in ("valid", "test"):
            if (data := getattr(self.data, split)) is not None:
                names |= {f"{split}_{name}" for name in data.measures(self.settings.loss)}
        names |= {"singular_values", "entropy"} if self.settings.spectra else set()
        return names | ({*jacobians.MEASURES, *magnitudes.MEASURES} if self.settings.mechanism else set())

    @property
    def must_agree(self) -> dict:
        """What a checkpoint must agree with."""
        like = self.network.readout.b
        network = {"kind": self.network.kind, "dtype": str(like.dtype), "n_train": self._n_train}
        return network | asdict(self.settings)

    # one update

    def items_of(self, update: int) -> Tensor:
        """Which training items each member sees in an update, `(M, B)`."""
        B = self.settings.batch
        per_epoch = len(self.data.train) // B
        epoch, k = divmod(update, per_epoch)
        if epoch != self._epoch:
            distinct = list(dict.fromkeys(self.seeds))
            orders = [epoch_order(seed, epoch, len(self.data.train)) for seed in distinct]
            self._order = torch.as_tensor(np.stack(orders), device=self.lr.device)
            whose = [distinct.index(seed) for seed in self.seeds] if len(distinct) < len(self.seeds) else None
            self._whose = None if whose is None else torch.tensor(whose, device=self.lr.device)
            self._epoch = epoch
        items = self._order[:, k * B : (k + 1) * B]
        return items if self._whose is None else items[self._whose]

    def batch_of(self, update: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets of an update; see `Sequences.batch` and `Text.batch`. Their memory is reused."""
        return self._gather(self.items_of(update))

    def _gather(self, index: Tensor) -> tuple[Tensor, Tensor]:
        return self.data.train.batch(index, self.gradients.inputs)

    def update_(self, x: Tensor, y: Tensor) -> Tensor:
        """One update on a batch; returns the losses before it, `(M,)`."""
        losses = self.gradients(x, y, LOSSES[self.settings.loss])
        correct_(self.network)
        self.rule(self.clip, self._rate, self._clock)
        return losses

    @property
    def lr_now(self) -> Tensor:
        """Learning rates of the next update, `(M,)`: decayed at each evaluation so far."""
        if (decay := self.settings.lr_decay) is None:
            return self.lr
        return self.lr * decay ** (self.update_index // self.settings.eval_every)

    def advance(self) -> None:
        """The next update, with bookkeeping: losses, diverged members.

        On a GPU the update is recorded after a few of them, and from then on launched as one CUDA graph; the
        parameters of members that diverge are then zeroed at the next evaluation, not at once.
        """
        index = self.items_of(self.update_index)
        if self.use_graph:
            index = self._index.copy_(index)
        if self.settings.lr_decay is not None:
            self._rate.copy_(self.lr_now)
        if self._graph is not None:
            self._graph.replay()
        else:
            self._work(index)
            self._n_eager += 1
            if self.use_graph and self._n_eager == EAGER_UPDATES:
                self._graph = self._recorded()
        self.update_index += 1

    @torch.no_grad()
    def _work(self, index: Tensor) -> None:
        """All of an update that happens on the device: a GPU is neither waited for nor read from."""
        losses = self.update_(*self._gather(index))
        self.loss_sum += losses
        if losses.is_cuda or not np.isfinite(losses.numpy()).all():
            newly = (self.diverged_at < 0) & ~torch.isfinite(losses)
            self.diverged_at.copy_(torch.where(newly, self._clock, self.diverged_at))
            if not losses.is_cuda:  # there, looking would mean waiting
                self._stop_diverged()
        self._clock += 1

    def _recorded(self) -> torch.cuda.CUDAGraph:
        """The update as a graph that can be replayed; recording does not run it."""
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._work(self._index)
        return graph

    @torch.no_grad()
    def _stop_diverged(self) -> None:
        """Members that have diverged and still learn: they stop, with parameters of zero."""
        which = (self.diverged_at >= 0) & (self.lr > 0)
        if which.any():
            self.lr[which] = 0
            for p in (*self.network.parameters(), *self.rule.moments.values()):
                p[which] = 0

    # evaluation

    def evaluate(self) -> None:
        """Add a row to the history."""
        self._stop_diverged()
        done, last = self.update_index, (self.history["update"] or [0])[-1]
        train_loss = self.loss_sum / (done - last) if done > last else self.loss_sum * torch.nan
        row = {"train_loss": train_loss}
        for split in ("valid", "test"):
            if (data := getattr(self.data, split)) is not None:
                measured = data.measure(self.network, self.settings.loss)
                row |= {f"{split}_{name}": values for name, values in measured.items()}
        newly = (self.diverged_at < 0) & ~torch.isfinite(row["test_loss"])
        self.diverged_at[newly] = done  # in the update just done: its own loss was still finite
        self._stop_diverged()
        row = {name: values.double().cpu().numpy() for name, values in row.items()}
        if self.settings.spectra:
            row |= self._spectra()
        if self.settings.mechanism:
            row |= self._mechanism()
        stopped = (self.diverged_at >= 0).cpu().numpy()
        self.history["update"].append(done)
        for name, values in row.items():
            values = np.array(values)
            values[stopped] = np.nan
            self.history.setdefault(name, []).append(values)
        self.loss_sum.zero_()

    @torch.no_grad()
    def _spectra(self) -> dict[str, np.ndarray]:
        s = singular_values(self.network.layers[0].W.double().cpu().numpy())
        s = np.where((self.diverged_at < 0).cpu().numpy()[:, None], s, 1)  # a stopped member's are all zero
        return {"singular_values": s, "entropy": svd_entropy(singular_values=s)}

    @torch.no_grad()
    def _mechanism(self) -> dict[str, np.ndarray]:
        """`jacobians.measure` of each member on the first test items, and `magnitudes.measure` of its W."""
        x, y = (a.double().cpu().numpy() for a in (self.data.test.x[:, :SEEN], self.data.test.y[:SEEN]))
        layer, readout = self.network.layers[0], self.network.readout
        arrays = [a.double().cpu().numpy() for a in (layer.U, layer.W, layer.b, readout.W, readout.b)]
        stopped, rows = (self.diverged_at >= 0).cpu().numpy(), []
        for m in range(self.network.n_members):
            if stopped[m]:
                rows.append(dict.fromkeys((*jacobians.MEASURES, *magnitudes.MEASURES), np.nan))
                continue
            U, W, b, V, c = (a[m] for a in arrays)
            found = jacobians.measure(jacobians.LayerWithReadout(U, W, b, V, c), x, y.astype(int))
            rows.append(found | magnitudes.measure(W))
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def _evaluation_is_due(self) -> bool:
        how = self.settings
        due = evaluated_at(self.update_index, how.updates, how.eval_every, how.end_every)
        return due and self.update_index not in self.history["update"][-1:]

    # the whole way

    def release(self) -> None:
        """Let go of data and buffers: what stays is the network, the history and the settings."""
        self.data = self.gradients = self._order = self._graph = None
        self.rule = None
        for p in self.network.parameters():
            p.grad = None

    def run(
        self,
        *,
        checkpoint: Path | None = None,
        checkpoint_seconds: float = 60,
        on_progress: Callable[[Training], None] = lambda training: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Go on to the last update. True when it is reached, False when `should_stop` said so.

        Writes a checkpoint every `checkpoint_seconds`, and when it stops.
        Raises: OSError if a checkpoint cannot be written; the one before is then still whole.
        """
        saved = time.monotonic()
        while True:
            at_end = self.update_index == self.updates
            if self._evaluation_is_due():
                start = time.perf_counter()
                self.evaluate()
                self.seconds["evaluate"] += time.perf_counter() - start
            on_progress(self)
            stop = not at_end and should_stop()
            if checkpoint and (at_end or stop or time.monotonic() - saved > checkpoint_seconds):
                save_checkpoint(self, checkpoint)
                saved = time.monotonic()
            if at_end or stop:
                return at_end
            start = time.perf_counter()
            self.advance()
            self.seconds["train"] += time.perf_counter() - start


# --- checkpoints -----------------------------------------------------------------------------


def save_checkpoint(training: Training, path: Path) -> None:
    """A training as one .npz, all that `load_checkpoint` needs to go on; written whole or not at all."""
    content = {f"network/{k}": v for k, v in training.network.arrays().items()}
    content |= {f"history/{k}": np.asarray(v) for k, v in training.history.items()}
    content |= {f"adam/{k}": v.cpu().numpy() for k, v in training.rule.moments.items()}
    content["diverged_at"] = training.diverged_at.cpu().numpy()
    content["loss_sum"] = training.loss_sum.cpu().numpy()
    state = {"update": training.update_index, "seconds": training.seconds}
    state |= {"settings": training.must_agree, "origin": training.origin}
    checkpoints.write(path, state, content)


def load_checkpoint(training: Training, path: Path) -> None:
    """Bring a fresh training to where the one was that wrote `path`.

    Raises: CheckpointError if the file is damaged or of another run (network, seeds, learning rates,
            clipping, batches, length, data), or of another origin; then file and training are left as
            they are.
    """
    state, content = read(path, most=_most_bytes(training))
    M = training.network.n_members
    try:
        agree(state, training.must_agree, training.origin)
        history = history_of(content, state["update"], M)
        expected = training.columns if len(history["update"]) else {"update"}
        if set(history) != expected or set(state["seconds"]) != set(training.seconds):
            raise ValueError("its history has other columns")
        diverged_at, loss_sum = content["diverged_at"], content["loss_sum"]
        if loss_sum.shape != (M,) or loss_sum.dtype.kind != "f":
            raise ValueError("its arrays are of other shapes")
        moments = part(content, "adam/")
        expected = {k: tuple(v.shape) for k, v in training.rule.moments.items()}
        if {k: v.shape for k, v in moments.items()} != expected:
            raise ValueError("its moments are of other shapes")
        weights = part(content, "network/")
        for found, here in ((moments, training.rule.moments), (weights, training.network.tensors())):
            if other := [k for k, v in found.items() if k in here and not _is_of_type(v, here[k])]:
                raise ValueError(f"its {other[0]} is of another type")
        training.network.load_arrays(weights)  # the last thing that can fail
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(unusable(path, error)) from error
    place = training.diverged_at.device
    for name, value in moments.items():
        training.rule.moments[name].copy_(torch.as_tensor(value))
    training.update_index, training.seconds = state["update"], state["seconds"]
    training._clock.fill_(training.update_index)
    training.history = {k: list(v) for k, v in history.items()}
    training.history["update"] = [int(u) for u in history["update"]]
    training.diverged_at.copy_(torch.as_tensor(diverged_at, device=place))
    training.lr[training.diverged_at >= 0] = 0
    training.loss_sum.copy_(torch.as_tensor(loss_sum, device=place))


def _is_of_type(array: np.ndarray, tensor: Tensor) -> bool:
    return str(array.dtype) == str(tensor.dtype).removeprefix("torch.")


def _most_bytes(training: Training) -> int:
    """More than a checkpoint of this training can have: its arrays, all evaluations, and a wide margin."""
    network, how = training.network, training.settings
    arrays = sum(tensor.numel() * tensor.element_size() for tensor in network.tensors().values())
    rows = evaluations(how.updates, how.eval_every, how.end_every)
    columns = 100 + (network.layers[0].W.shape[-1] if how.spectra else 0)
    return 4 * arrays + 8 * rows * columns * network.n_members + 10_000_000
