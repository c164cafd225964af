"""Linear readouts of the three kinds, as `torch.nn.Linear`: y = W h + b, h `(..., n)` -> y `(..., n_out)`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import scale, size
from ..initialisation import column_signs
from ..initialisation.draw import drawing
from ..networks import LAYERS, Weight
from ..networks.cells import as_input
from ..networks.derivatives import in_full_precision
from .single import Generator, bias_of, not_scriptable, place, stream


class Readout(nn.Module):
    """What the three have in common; see `RNNReadout`, `ColEIReadout` and `DANNReadout`.

    Args:   n, n_out: units it reads, outputs; ei_ratio, bias, generator: as of the layers.
    Raises: ValueError for an argument out of range.
    """

    kind: str

    def __init__(
        self,
        n: int,
        n_out: int,
        *,
        ei_ratio: float = 9.0,
        bias: bool = True,
        generator: Generator = None,
        dtype: torch.dtype | None = None,
        device: str | torch.device | None = None,
    ):
        super().__init__()
        self.in_features, self.out_features = size("n", n), size("n_out", n_out)
        dtype, device = place(dtype, device)
        with torch.device("cpu"):  # where numbers are drawn, also for a model that is to have none yet
            drawn = self._draw(scale("ei_ratio", ei_ratio), stream(generator))
            raw = (torch.as_tensor(np.ascontiguousarray(part), dtype=dtype) for part in drawn)
            self.output: Weight = LAYERS[self.kind].weight_type(*raw)
            self.register_parameter("bias", nn.Parameter(torch.zeros(n_out, dtype=dtype)) if bias else None)
        self.to(device)

    def _draw(self, ei_ratio: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """The arguments of the kind's weight."""
        if type(self) is Readout:
            raise TypeError("Readout: expected RNNReadout, ColEIReadout or DANNReadout, got Readout itself")
        return drawing(self.kind, ei_ratio, rho=None, rng=rng).readout(self.out_features, self.in_features)

    @property
    def weight(self) -> Tensor:  # (n_out, n)
        return self.output()

    def forward(self, h: Tensor) -> Tensor:
        like = next(iter(self.output.raw.values()))
        h = as_input("h", h, like)
        if not torch.jit.is_tracing() and (h.ndim < 1 or h.shape[-1] != self.in_features):
            raise ValueError(f"h: expected shape (..., {self.in_features}), got {tuple(h.shape)}")
        with in_full_precision(h.device.type):
            W = self.weight
        return nn.functional.linear(h, W, bias_of(self, W, self.out_features))

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}"

    def __prepare_scriptable__(self):
        raise not_scriptable(self)


class RNNReadout(Readout):
    """Free weights, normal of variance 2 / n (He)."""

    kind = "rnn"


class ColEIReadout(Readout):
    """Columns with the signs of the units that send: the first, excitatory ones +, the others -."""

    kind = "colei"

    def _draw(self, ei_ratio, rng):
        return *super()._draw(ei_ratio, rng), column_signs(self.in_features, ei_ratio)


class DANNReadout(Readout):
    """W_ex - W_ei W_ix, all three >= 0."""

    kind = "dann"
