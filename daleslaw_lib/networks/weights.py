r"""Three ways to make a weight matrix, for an ensemble of M networks at once.

A `Weight` holds raw parameters and knows the matrix they amount to. All that Dale's law is, for a
network, happens in this file: after `effective()` the three kinds of network are the same.

| kind | raw parameters | effective matrix | Dale's law |
|---|---|---|---|
| `FreeWeight` (RNN) | W | W | none |
| `FrozenWeight` (RNN, sign-frozen) | W | W | none: each entry keeps its first sign |
| `ColumnWeight` (ColEI) | W >= 0 | W D, D = diag(+-1) | a column has one sign |
| `InterneuronWeight` (DANN) | W_ex, W_ix, W_ei >= 0 | W_ex - W_ei W_ix | each part has one sign |

Shapes: raw and effective matrices are `(M, n_post, n_pre)`: rows receive, columns send.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..initialisation.populations import column_signs


class Weight(nn.Module):
    """An ensemble of matrices `(M, n_post, n_pre)` made from raw parameters.

    `parts` are the suffixes of the raw parameters' names: ("",) or ("_ex", "_ix", "_ei").
    """

    parts: tuple[str, ...] = ("",)

    def __init__(self, *raw: Tensor):
        super().__init__()
        for part, value in zip(self.parts, raw, strict=True):
            self.register_parameter(f"w{part}", nn.Parameter(value))

    @classmethod
    def of_members(cls, *raw: Tensor, ratios: Sequence[float], outside: bool = False) -> Weight:
        """From all members' raw parameters and E:I ratios; `outside`: what sends is the network's input."""
        return cls(*raw)

    @property
    def raw(self) -> dict[str, nn.Parameter]:
        """The raw parameters by the suffix of their name."""
        return {part: getattr(self, f"w{part}") for part in self.parts}

    def effective(self) -> Tensor:
        """The matrices that the raw parameters amount to; differentiable."""
        return self.raw[""]

    def backward_(self, gradient: Tensor) -> None:
        """Set the raw parameters' `.grad` from the gradient by the effective matrices.

        `gradient` may be overwritten, and kept as a parameter's `.grad`.
        """
        self.raw[""].grad = gradient

    def correct_(self) -> None:
        """Rescale the gradients before clipping, where the kind asks for it (DANN)."""

    def project_(self) -> None:
        """Put the raw parameters back where Dale's law wants them, after a step."""


class FreeWeight(Weight):
    """No constraint: the raw matrix is the matrix."""


class FrozenWeight(FreeWeight):
    r"""Free, but that every entry keeps the sign it has at the start, with a floor of 1e-9.

    An entrywise freeze is not Dale's law: a row and a column may hold both signs (E9).

    Shapes: W `(M, n_post, n_pre)`; frozen `(M,)`, which members are (the others are free).
    Source: the paper, section 4 and Fig. 4.
    """

    floor = 1e-9

    def __init__(self, w: Tensor, frozen: Tensor):
        super().__init__(w)
        frozen = torch.as_tensor(frozen, device=w.device)[:, None, None]
        bound = torch.full_like(w, math.inf)
        self.register_buffer("low", torch.where(frozen & (w > 0), self.floor, -bound))
        self.register_buffer("high", torch.where(frozen & (w < 0), -self.floor, bound))

    @torch.no_grad()
    def project_(self) -> None:
        self.w.clamp_(self.low, self.high)


class ColumnWeight(Weight):
    r"""W D: magnitudes >= 0 times the sign of the unit that sends.

    Shapes: magnitudes `(M, n_post, n_pre)`; signs `(M, 1, n_pre)`, or `(M, n_post, n_pre)` with
            zeros where there is no connection.
    Source: Song et al. 2016, eq. 7; the paper, section 2.
    """

    def __init__(self, magnitudes: Tensor, signs: Tensor):
        super().__init__(magnitudes)
        self.register_buffer("signs", signs)

    @classmethod
    def of_members(cls, *raw: Tensor, ratios: Sequence[float], outside: bool = False) -> ColumnWeight:
        """Signs by each member's E:I ratio; whatever comes from outside excites."""
        (magnitudes,) = raw
        M, _, n_pre = magnitudes.shape
        signs = np.ones((M, n_pre)) if outside else np.stack([column_signs(n_pre, r) for r in ratios])
        return cls(magnitudes, torch.as_tensor(signs[:, None]).to(magnitudes))

    def effective(self) -> Tensor:
        return self.raw[""] * self.signs

    def backward_(self, gradient: Tensor) -> None:
        self.raw[""].grad = gradient.mul_(self.signs)

    @torch.no_grad()
    def project_(self) -> None:
        self.raw[""].clamp_(min=0)


class InterneuronWeight(Weight):
    r"""W_ex - W_ei W_ix: excitation, less what linear interneurons make of the same input.

    Members may have different numbers of interneurons: spare ones are padded with zeros, get zero
    gradients and stay at zero.

    Shapes: `W_ex (M, n_post, n_pre)`, `W_ix (M, n_i, n_pre)`, `W_ei (M, n_post, n_i)`.
    Source: Cornford et al. 2021, the corrected gradients too; the paper, section 2.
    """

    parts = ("_ex", "_ix", "_ei")

    def __init__(self, w_ex: Tensor, w_ix: Tensor, w_ei: Tensor):
        (M, n_post, n_pre), n_i = w_ex.shape, w_ix.shape[1]
        if w_ix.shape != (M, n_i, n_pre) or w_ei.shape != (M, n_post, n_i):
            raise ValueError(
                "expected W_ex (M, n_post, n_pre), W_ix (M, n_i, n_pre), W_ei (M, n_post, n_i), "
                f"got {tuple(w_ex.shape)}, {tuple(w_ix.shape)}, {tuple(w_ei.shape)}"
            )
        super().__init__(w_ex, w_ix, w_ei)

    def effective(self) -> Tensor:
        return torch.baddbmm(self.w_ex, self.w_ei, self.w_ix, alpha=-1)

    def backward_(self, gradient: Tensor) -> None:
        with torch.no_grad():
            self.w_ix.grad = torch.bmm(self.w_ei.transpose(1, 2), gradient).neg_()
            self.w_ei.grad = torch.bmm(gradient, self.w_ix.transpose(1, 2)).neg_()
        self.w_ex.grad = gradient

    def correct_(self) -> None:
        """Gradients of W_ix over sqrt(n_post), of W_ei over n_pre: the corrected SGD of DANNs."""
        n_post, n_pre = self.w_ex.shape[1:]
        self.w_ix.grad.div_(math.sqrt(n_post))
        self.w_ei.grad.div_(n_pre)

    @torch.no_grad()
    def project_(self) -> None:
        for value in self.raw.values():
            value.clamp_(min=0)
