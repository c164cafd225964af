r"""Four ways to make a weight matrix, for an ensemble of M networks at once.

A `Weight` holds raw parameters and knows the matrix they amount to. All there is of Dale's law in a
network is in this file: after `effective()` the three kinds of network are the same.

An optimiser that knows nothing of the law may leave a magnitude below zero. `lawful()`, through which
every forward pass and every saved state goes, puts it back at zero: so each step is a projected one,
whatever the optimiser, and the trainer's own `project_` finds nothing left to do.

| kind | raw parameters | effective matrix | Dale's law |
|---|---|---|---|
| `FreeWeight` (RNN) | W | W | none |
| `FrozenWeight` (RNN, sign-frozen) | W | W | none: each entry keeps its first sign |
| `ColumnWeight` (ColEI) | W >= 0 | W D, D = diag(+-1) | a column has one sign |
| `InterneuronWeight` (DANN) | W_ex, W_ix, W_ei >= 0 | W_ex - W_ei W_ix | each part has one sign |

Shapes: raw and effective matrices are `(M, n_post, n_pre)`: rows receive, columns send. In the layers of
`daleslaw_lib.nn`, which are one network, they are without M.
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
    def of_members(
        cls,
        *raw: Tensor,
        ratios: Sequence[float | None],
        outside: bool = False,
        signs: Sequence | None = None,
    ) -> Weight:
        """From all members' raw parameters.

        Args: ratios: E:I, one a member; outside: what sends is the network's input; signs: of each member's
              columns, as its arrays brought them along, or None.
        """
        return cls(*raw)

    @property
    def raw(self) -> dict[str, nn.Parameter]:
        """The raw parameters by the suffix of their name."""
        return {part: getattr(self, f"w{part}") for part in self.parts}

    def extra_repr(self) -> str:
        return ", ".join(f"w{part} {tuple(value.shape)}" for part, value in self.raw.items())

    def effective(self) -> Tensor:
        """The matrices that the raw parameters amount to; differentiable."""
        return self.raw[""]

    def lawful(self) -> Tensor:
        """`effective()` of raw parameters that obey Dale's law, made to if need be."""
        return self.effective()

    def forward(self) -> Tensor:
        """`lawful()`, as a call: hooks run, those of torch's pruning too."""
        return self.lawful()

    def backward_(self, gradient: Tensor) -> None:
        """Set the raw parameters' `.grad` from the gradient with respect to the effective matrices.

        `gradient` may be overwritten, and kept as a parameter's `.grad`.
        """
        self.raw[""].grad = gradient

    def correct_(self) -> None:
        """Rescale the gradients before clipping, where the kind asks for it (DANN)."""

    def project_(self) -> None:
        """Put the raw parameters back to where they obey Dale's law, after a step."""


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


class Magnitudes(Weight):
    """A network's raw parameters that are >= 0, whoever changes them; a state with others is refused."""

    def magnitudes(self) -> list[Tensor]:
        """The raw parameters in the order of `parts`, with what is below zero put back at zero.

        In `torch.func` and `torch.export`, which change nothing in place, they are left alone and read as if
        they had been put back; their gradient is the same.
        """
        found, compiling, in_place = [], torch.compiler.is_compiling(), not _nothing_in_place()
        for raw in self.raw.values():
            own = isinstance(raw, nn.Parameter) and in_place
            if own:
                raw.data.clamp_(min=0)  # not seen by autograd, which may still want what it saved: the same
            if compiling or not own:  # a compiled program may be an exported one, which loses the clamp
                raw = torch.where(raw < 0, raw - raw.detach(), raw)
            found.append(raw)
        return found

    @torch.no_grad()
    def project_(self) -> None:
        for value in self.raw.values():
            value.clamp_(min=0)

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        self.magnitudes()
        super()._save_to_state_dict(destination, prefix, keep_vars)

    def _load_from_state_dict(self, state, prefix, metadata, strict, missing, unexpected, errors):
        for part in self.parts:
            value = state.get(f"{prefix}w{part}")
            if value is not None and (value < 0).any():
                errors.append(f"{prefix}w{part}: expected magnitudes >= 0, got negative entries")
        if not errors:
            super()._load_from_state_dict(state, prefix, metadata, strict, missing, unexpected, errors)


def _nothing_in_place() -> bool:
    """In `torch.func`, and in `torch.export` where it runs a module instead of reading its code."""
    exporting = torch.compiler.is_compiling() and not torch.compiler.is_dynamo_compiling()
    return exporting or torch._C._are_functorch_transforms_active()


class ColumnWeight(Magnitudes):
    r"""W D: magnitudes >= 0 times the sign of the unit that sends.

    Shapes: magnitudes `(M, n_post, n_pre)`; signs `(M, 1, n_pre)`, or `(M, n_post, n_pre)` with
            zeros where there is no connection.
    Source: Song et al. 2016, eq. 7; the paper, section 2.
    """

    def __init__(self, magnitudes: Tensor, signs: Tensor):
        super().__init__(magnitudes)
        self.register_buffer("signs", signs)

    @classmethod
    def of_members(
        cls,
        *raw: Tensor,
        ratios: Sequence[float | None],
        outside: bool = False,
        signs: Sequence | None = None,
    ) -> ColumnWeight:
        """Signs that came along, or those of each member's E:I ratio; whatever comes from outside excites.

        Raises: ValueError where there is neither, or one contradicts the other.
        """
        (magnitudes,) = raw
        n_pre = magnitudes.shape[2]
        each = [
            _signs(n_pre, brought, ratio, outside)
            for brought, ratio in zip(signs or [None] * len(ratios), ratios, strict=True)
        ]
        return cls(magnitudes, torch.as_tensor(np.stack(np.broadcast_arrays(*each))).to(magnitudes))

    def cut_(self, counts: Sequence[int | None]) -> None:
        """Take away the connections among so many inhibitory units of each member, the last ones."""
        kept = np.ones((len(counts), *self.raw[""].shape[1:]))
        for m, count in enumerate(counts):
            if count:
                n_i = int((self.signs[m] < 0).any(0).sum())
                if count > n_i:
                    raise ValueError(f"ablated: expected at most {n_i} inhibitory units, got {count}")
                kept[m, -count:, -count:] = 0
        self.signs = self.signs * torch.as_tensor(kept).to(self.signs)

    def effective(self) -> Tensor:
        return self.raw[""] * self.signs

    def lawful(self) -> Tensor:
        return self.magnitudes()[0] * self.signs

    def backward_(self, gradient: Tensor) -> None:
        self.raw[""].grad = gradient.mul_(self.signs)

    def _load_from_state_dict(self, state, prefix, metadata, strict, missing, unexpected, errors):
        signs = state.get(f"{prefix}signs")
        if signs is not None and not torch.isin(signs, signs.new_tensor([-1, 0, 1])).all():
            errors.append(f"{prefix}signs: expected -1, 0 or 1, got other numbers")
        super()._load_from_state_dict(state, prefix, metadata, strict, missing, unexpected, errors)


class InterneuronWeight(Magnitudes):
    r"""W_ex - W_ei W_ix: excitation, less what linear interneurons make of the same input.

    Members may have different numbers of interneurons: spare ones are padded with zeros, get zero
    gradients and stay at zero.

    Shapes: `W_ex (M, n_post, n_pre)`, `W_ix (M, n_i, n_pre)`, `W_ei (M, n_post, n_i)`.
    Source: Cornford et al. 2021, the corrected gradients too; the paper, section 2.
    """

    parts = ("_ex", "_ix", "_ei")
    corrected = False  # whether autograd's gradients come as after `correct_`

    def __init__(self, w_ex: Tensor, w_ix: Tensor, w_ei: Tensor):
        *M, n_post, n_pre = w_ex.shape
        n_i = w_ix.shape[-2]
        if w_ix.shape != (*M, n_i, n_pre) or w_ei.shape != (*M, n_post, n_i):
            raise ValueError(
                "expected W_ex (M, n_post, n_pre), W_ix (M, n_i, n_pre), W_ei (M, n_post, n_i), "
                f"got {tuple(w_ex.shape)}, {tuple(w_ix.shape)}, {tuple(w_ei.shape)}"
            )
        super().__init__(w_ex, w_ix, w_ei)

    def effective(self) -> Tensor:
        return _less(self.w_ex, self.w_ix, self.w_ei)

    def lawful(self) -> Tensor:
        w_ex, w_ix, w_ei = self.magnitudes()
        if self.corrected:
            by_ix, by_ei = self.corrections
            w_ix, w_ei = _gradient_over(w_ix, by_ix), _gradient_over(w_ei, by_ei)
        return _less(w_ex, w_ix, w_ei)

    def backward_(self, gradient: Tensor) -> None:
        with torch.no_grad():
            self.w_ix.grad = _minus(self.w_ix, self.w_ei.transpose(1, 2), gradient)
            self.w_ei.grad = _minus(self.w_ei, gradient, self.w_ix.transpose(1, 2))
        self.w_ex.grad = gradient

    def correct_(self) -> None:
        """Gradients of W_ix over sqrt(n_post), of W_ei over n_pre: the corrected SGD of DANNs."""
        by_ix, by_ei = self.corrections
        self.w_ix.grad.div_(by_ix)
        self.w_ei.grad.div_(by_ei)

    @property
    def corrections(self) -> tuple[float, int]:
        """What the gradients of W_ix and W_ei are divided by."""
        n_post, n_pre = self.w_ex.shape[-2:]
        return math.sqrt(n_post), n_pre


def _gradient_over(w: Tensor, number: float) -> Tensor:
    """w, whose gradient comes divided by a number."""
    return w.detach() + (w - w.detach()) / number


def _less(w_ex: Tensor, w_ix: Tensor, w_ei: Tensor) -> Tensor:
    if w_ex.ndim == 3:
        return _product(w_ex, w_ei, w_ix, alpha=-1)
    return torch.addmm(w_ex, w_ei, w_ix, alpha=-1)


def _minus(like: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """-a b, of the shape of `like`."""
    return _product(like, a, b, beta=0, alpha=-1)


def _product(c: Tensor, a: Tensor, b: Tensor, **factors: float) -> Tensor:
    """`torch.baddbmm`, where a network's numbers, in training, do not depend on its ensemble.

    Where a product with a vector, or of two, is the only one, it is made twice: alone it may be added up in
    another order than beside others.
    """
    if len(a) == 1 and 1 in (*a.shape, *b.shape[1:])[1:] and not torch.is_grad_enabled():
        return torch.baddbmm(*map(_twice, (c, a, b)), **factors)[:1]
    return torch.baddbmm(c, a, b, **factors)


def _twice(matrix: Tensor) -> Tensor:
    """A network's matrix `(1, ., .)` twice, laid out as it is: that decides, too, how it is multiplied."""
    shape, strides = matrix.shape[1:], matrix.stride()[1:]
    span = sum((n - 1) * stride for n, stride in zip(shape, strides)) + 1
    both = matrix.new_empty_strided((2, *shape), (max(matrix.stride(0), span), *strides))
    return both.copy_(matrix)


def _signs(n_pre, brought, ratio, outside):
    """Signs `(1 or n_post, n_pre)` of one member's columns: brought along, or those of its ratio."""
    given = None
    if outside:
        given = np.ones((1, n_pre))
    elif ratio is not None:
        given = column_signs(n_pre, ratio)[None]
    if brought is None:
        if given is None:
            raise ValueError(
                "ei_ratio: expected that of each ColEI network whose arrays bring no signs along, got None"
            )
        return given
    if given is not None and (brought * given < 0).any():
        raise ValueError(
            f"ei_ratio: expected the one with the signs that the arrays bring along, got {ratio:g}"
        )
    return brought
