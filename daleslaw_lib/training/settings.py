"""How an ensemble is trained, checked before any work starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import jacobians
from ..checks import one_of, positive, positive_integer, whole_numbers
from ..networks.network import Network
from .batches import Sequences, Splits
from .losses import LOSSES
from .update import OPTIMISERS


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an ensemble is trained: what a checkpoint must agree with, besides the network and the data.

    Args: seeds: order of the data, one a member, and so are lr and clip (None: no clipping); clip_by: see
          `clip_`; eval_every, end_every: see `evaluated_at`; loss: a name in `LOSSES`; lr_decay:
          factor of lr every `eval_every` updates (E15), None for a constant lr; spectra: the history has two
          columns more, the first layer's `singular_values (M, n)`, largest first, and their `entropy (M,)`;
          mechanism: and those of `jacobians.measure` and `magnitudes.measure`, `(M,)` each; optimiser: "eg"
          or "adam" in place of plain SGD.
    Raises: ValueError for a number out of range.
    """

    seeds: Sequence[int]
    lr: Sequence[float]
    clip: Sequence[float | None]
    clip_by: str
    batch: int
    updates: int
    eval_every: int
    end_every: int | None = None
    loss: str = "cross_entropy"
    lr_decay: float | None = None
    spectra: bool | None = None
    mechanism: bool | None = None
    optimiser: str | None = None

    def __post_init__(self):
        checked = {
            "seeds": whole_numbers("seeds", self.seeds),
            "lr": [positive("lr", value) for value in self.lr],
            "clip": [None if value is None else positive("clip", value) for value in self.clip],
        }
        one_of("clip_by", self.clip_by, ("layer", "tensor"))
        for name in ("batch", "updates", "eval_every"):
            checked[name] = positive_integer(name, getattr(self, name))
        for name, check in {"end_every": positive_integer, "lr_decay": positive}.items():
            if getattr(self, name) is not None:
                checked[name] = check(name, getattr(self, name))
        one_of("loss", self.loss, tuple(LOSSES))
        if self.optimiser is not None:
            one_of("optimiser", self.optimiser, OPTIMISERS)
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def fit(self, network: Network, data: Splits) -> None:
        """Check that they fit an ensemble and its data.

        Raises: ValueError for a list of another length than the ensemble, a batch larger than the data, or a
                mechanism that cannot be measured.
        """
        M = network.n_members
        for name in ("seeds", "lr", "clip"):
            if len(values := getattr(self, name)) != M:
                raise ValueError(f"{name}: expected one for each of {M} members, got {len(values)}")
        if self.batch > len(data.train):
            raise ValueError(f"batch: expected at most {len(data.train)} training items, got {self.batch}")
        if self.mechanism:
            self._check_measurable(network, data)

    def _check_measurable(self, network: Network, data: Splits) -> None:
        """ValueError, which says what does not fit, unless `jacobians.measure` can follow the network.

        It reads the test data for as many steps.
        """
        if (n := len(network.layers)) > 1:
            raise ValueError(f"mechanism: expected one recurrent layer, got {n}")
        if n := len(network.dense):
            raise ValueError(f"mechanism: expected no dense layer, got {n}")
        if self.loss != "cross_entropy":
            raise ValueError(f"mechanism: expected a task of classes, with cross_entropy, got {self.loss}")
        if not isinstance(data.test, Sequences):
            raise ValueError("mechanism: expected sequences, got text")
        if data.test.T < jacobians.STEPS:
            raise ValueError(
                f"mechanism: expected sequences of at least {jacobians.STEPS} steps, got {data.test.T}"
            )
