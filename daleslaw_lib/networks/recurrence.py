r"""One recurrence for every kind of network, and its hand-derived gradient.

    h_t = relu(U x_t + W h_{t-1} + b),   t = 0 .. T-1.

With g_t the gradient of the loss with respect to h_t that comes from elsewhere (a readout, the layer above),
backward in time

    delta_t = (g_t + W^T delta_{t+1}) * [h_t > 0]

is the gradient with respect to the sum inside the relu, and

    dW = sum_t delta_t h_{t-1}^T,  dU = sum_t delta_t x_t^T,  db = sum_t delta_t,  dx_t = U^T delta_t.

`Unrolled` is these lines for a stack of layers, on buffers allocated once: that is what the trainer
runs. Where it can be had, a layer's loop over time is one call of C++ (`fused.py`), or one kernel on a GPU
(`fused_gpu.py`). `recur`, in `derivatives.py`, is one layer as a function that torch can differentiate, for
anyone's model; `states_of` and `gradients_of` are its two halves.

Shapes: x `(T, M, B, n_in)`; h `(T, M, B, n)`; U `(M, n, n_in)`; W `(M, n, n)`; b `(M, n)`;
h0 `(M, B, n)`. Time first, member of the ensemble second, batch third. Buffers have the batch last,
`(T, M, n, B)`: then a state is a column, the code is the equations above, and products are faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from .. import fused, fused_gpu
from ..checks import one_of

WAYS = ("torch", "exact", "any", "untried")  # to do a layer; see Unrolled
relu_backward_ = torch.ops.aten.threshold_backward.grad_input  # one pass: grad * [h > 0]
ROUNDING = 1e-4  # of the largest number, between two ways to add up in single precision
LARGE = 600  # units: from here on a CPU, too, gains by one product over all times (benchmarks/throughput.py)


class Unrolled:
    r"""A stack of L recurrent layers over T time steps: every state, kept once, and the way back.

    What a layer reads, its own state of the step before and what comes from below, lies in neighbouring
    rows, so that one product with V = [W U] does both, and one more gives both gradients. For that
    slot s of the buffer holds, from the top down, h^L_{s-L}, .., h^2_{s-2}, h^1_{s-1}, x_s: layer l, counted
    from 1, at time t reads slot t + l - 1 and writes slot t + l.

    Attributes: x `(T, M, n_in, B)`, to be filled in; h and delta, `(T, M, n, B)` for each layer. These are
                views: writing to them is how data and gradients come in.
    Args:       by: "torch"; "exact", C++ where it gives torch's numbers to the last bit, on this machine, for
                this shape, since archived runs are made of those; "any", C++ wherever it can. On a GPU both
                mean kernels, where they give torch's numbers but for rounding. "untried" is "exact" with
                a GPU's kernels taken on trust: `same_numbers` tries them beside torch that way.
    Memory:     2 T M B n numbers a layer.
    Raises:     ValueError for another `by`.
    """

    def __init__(
        self,
        T: int,
        M: int,
        B: int,
        n_in: int,
        sizes: Sequence[int],
        place: Tensor,
        *,
        z: Tensor | None = None,
        by: str = "exact",
    ):
        L, rows = len(sizes), n_in + sum(sizes)
        self.time_third = is_on_gpu(place)
        # whatever M is: a member is the same in any ensemble
        self.large = self.time_third or max(sizes) >= LARGE
        self.z = self._buffer(T + L, M, rows, B, place).zero_() if z is None else z
        self.x = self.z[:T, :, rows - n_in :]
        self.h, self.delta, self._read, self._V, self._dV = [], [], [], [], []
        for k, (n, below) in enumerate(zip(sizes, [n_in, *sizes])):
            first = sum(sizes[k + 1 :])
            self.h.append(self.z[k + 1 : k + 1 + T, :, first : first + n])
            self._read.append(self.z[k : k + T, :, first : first + n + below])
            self.delta.append(self._buffer(T, M, n, B, place))
            self._V.append(place.new_empty(M, n, n + below))
            self._dV.append(place.new_empty(M, n, n + below))
        self._sum = [place.new_empty(M, n, B) for n in sizes]
        self.by = one_of("by", by, WAYS)
        self._fused = [self._is_fused(k, place) for k in range(L)]
        self._kernel = [by != "torch" and z is None and self._has_kernel(V, B) for V in self._V]
        self._structs: list[fused.LayerStruct | None] = [None] * L
        self._gradients = [(dV[..., n:], dV[..., :n]) for dV, n in zip(self._dV, sizes)]
        self._steps = [
            list(zip(*(a.unbind(0) for a in part))) for part in zip(self._read, self.h, self.delta)
        ]

    def _is_fused(self, k: int, place: Tensor) -> bool:
        """Whether C++ does the layer."""
        (_, M, n, B), K = self.h[k].shape, self._V[k].shape[2]
        if self.by == "torch" or self.large or self.z.stride()[2:] != (B, 1):
            return False
        if not fused.serves(place, M, B, n, K) or fused.library() is None:
            return False
        return self.by == "any" or same_bits(M, B, K - n, n, k > 0, place.dtype, torch.get_num_threads())

    def _has_kernel(self, V: Tensor, B: int) -> bool:
        """Whether a layer's loops over time are kernels: each shape is tried before, beside torch."""
        n, K = V.shape[1:]
        return (
            self.time_third
            and fused_gpu.serves(V, B, n, K)
            and (self.by == "untried" or same_numbers(B, K - n, n, V.device))
        )

    def _fused_layer(self, k: int, **others) -> fused.LayerStruct:
        """The layer as fused.cpp wants it, written once: its buffers stay where they are."""
        if (layer := self._structs[k]) is None:
            (T, M, n, B), K = self.h[k].shape, self._V[k].shape[2]
            tensors = dict(
                V=self._V, read=self._read, h=self.h, delta=self.delta, dV=self._dV, total=self._sum
            )
            addresses = {name: each[k].data_ptr() for name, each in tensors.items()}
            strides = dict(zip(("t_stride", "m_stride"), self.z.stride()))
            layer = self._structs[k] = fused.LayerStruct(T=T, M=M, B=B, n=n, K=K, **strides, **addresses)
        for name, value in others.items():
            setattr(layer, name, value)
        return layer

    def __getstate__(self) -> dict:
        return vars(self) | {"_structs": [None] * len(self._structs)}  # a copy's buffers lie elsewhere

    def _buffer(self, T: int, M: int, n: int, B: int, place: Tensor) -> Tensor:
        """`(T, M, n, B)`; on a GPU time comes third in memory, where one product wants it."""
        return buffer(T, M, n, B, place, self.time_third)

    def start_(self, h0: Sequence[Tensor | None]) -> None:
        """States before the first step, `(M, n, B)` for each layer; None is zero, and so is a new buffer."""
        for states, reads in zip(h0, self._read):
            n = self.h[0].shape[2] if states is None else states.shape[1]
            reads[0, :, :n].zero_() if states is None else reads[0, :, :n].copy_(states)

    @torch.no_grad()
    def fold_(self, weights: Sequence[tuple[Tensor, Tensor]]) -> None:
        """V = [W U] of each layer, from U and W."""
        for (U, W), V in zip(weights, self._V):
            torch.cat((W, U), 2, out=V)

    @torch.no_grad()
    def forward_(self, weights: Sequence[tuple[Tensor, Tensor, Tensor]]) -> None:
        """Fill `h` with the states for the input in `x`; weights: U, W, b of each layer."""
        self.fold_([(U, W) for U, W, _ in weights])
        for k, ((_, _, b), V, steps, total) in enumerate(zip(weights, self._V, self._steps, self._sum)):
            if self._fused[k]:
                b = b.contiguous()
                fused.call("forward", self._fused_layer(k, b=b.data_ptr()), b.dtype)
                continue
            if self._kernel[k]:
                fused_gpu.forward(V, b.contiguous(), self._read[k], self.h[k])
                continue
            b = b[..., None]
            for read, h_t, _ in steps:
                torch.baddbmm(b, V, read, out=total)
                torch.clamp_min(total, 0, out=h_t)

    @torch.no_grad()
    def backward_(self, *, last_only: bool = False, dx: Tensor | None = None, keep: bool = True) -> None:
        """From the loss's gradients with respect to the top layer's `h`, in its `delta`, to all others.

        On return every `delta` holds delta_t, or may hold anything unless `keep`; `gradients` has those of
        the weights, and `dx (T, M, n_in, B)`, unless None, is overwritten. With `last_only` just the top's
        `delta[-1]` is read, the rest is taken as zero.
        """
        for k in range(len(self.h) - 1, -1, -1):
            below = self.delta[k - 1] if k else dx
            self._layer_backward(k, last_only and k == len(self.h) - 1, below, keep)

    def _layer_backward(self, k: int, last_only: bool, below: Tensor | None, keep: bool) -> None:
        V, dV, n = self._V[k], self._dV[k], self.h[k].shape[2]
        if self._fused[k]:
            with_x = below is not None and (k > 0 or self.by == "any")
            dx = below.data_ptr() if with_x else None
            keep = keep or not last_only or (below is not None and not with_x)
            fused.call("backward", self._fused_layer(k, dx=dx, last_only=last_only, keep=keep), V.dtype)
            if below is not None and not with_x:
                for delta_t, below_t in zip(self.delta[k], below):
                    torch.bmm(V[..., n:].transpose(1, 2), delta_t, out=below_t)
            return
        W_T, U_T, later = V[..., :n].transpose(1, 2), V[..., n:].transpose(1, 2), None
        if self._kernel[k]:
            fused_gpu.backward(V, self.h[k], self.delta[k], last_only)
            if below is not None:
                below.copy_(
                    torch.bmm(U_T, _flat(self.delta[k])).unflatten(2, (len(below), -1)).permute(2, 0, 1, 3)
                )
            torch.bmm(_flat(self.delta[k]), _flat(self._read[k]).transpose(1, 2), out=dV)
            return
        for t, (read, h_t, delta_t) in reversed(list(enumerate(self._steps[k]))):
            if later is not None and last_only:
                torch.bmm(W_T, later, out=delta_t)
            elif later is not None:
                delta_t.baddbmm_(W_T, later)
            relu_backward_(delta_t, h_t, 0, grad_input=delta_t)
            if not self.large:  # while delta_t is in the cache
                if later is None:
                    torch.bmm(delta_t, read.transpose(1, 2), out=dV)
                else:
                    dV.baddbmm_(delta_t, read.transpose(1, 2))
            if below is not None:
                torch.bmm(U_T, delta_t, out=below[t])
            later = delta_t
        if self.large:
            torch.bmm(_flat(self.delta[k]), _flat(self._read[k]).transpose(1, 2), out=dV)

    @property
    def gradients(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """dU, dW and db of each layer; the first two are views of a buffer that is used again."""
        found = []
        for delta, views, total, is_fused in zip(self.delta, self._gradients, self._sum, self._fused):
            if is_fused:
                db = total.sum(-1)
            elif self.large:
                db = _flat(delta).sum(-1)
            else:  # one step after another: the order of `delta.sum(0)` depends on how many members there are
                total.copy_(delta[0])
                for delta_t in delta[1:].unbind(0):
                    total += delta_t
                db = total.sum(-1)
            found.append((*views, db))
        return found


@cache
def same_bits(M: int, B: int, n_in: int, n: int, with_x: bool, dtype: torch.dtype, threads: int) -> bool:
    """Whether torch and C++ give one layer of this shape the same numbers to the last bit: both are tried.

    Torch leaves products to another library, which adds up in an order of its own, by machine and shape.
    """
    return all(map(torch.equal, *_both("any", M, B, n_in, n, with_x, torch.empty(0, dtype=dtype))))


@cache
def same_numbers(B: int, n_in: int, n: int, device: torch.device) -> bool:
    """Whether torch and a GPU's kernels give one layer of this shape the same numbers, but for rounding."""
    found = _both("untried", 2, B, n_in, n, True, torch.empty(0, device=device))
    return all((a - b).abs().max() <= ROUNDING * a.abs().max() for a, b in zip(*found))


def _both(by: str, M: int, B: int, n_in: int, n: int, with_x: bool, place: Tensor) -> list[list[Tensor]]:
    """States, deltas and gradients of one layer on random numbers: by torch, and the other way."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=place.dtype).to(place.device)

    T, found = 3, []
    U, W, b = drawn(M, n, n_in), drawn(M, n, n) / n**0.5, drawn(M, n)
    x, given = drawn(T, M, n_in, B), drawn(T, M, n, B)
    for way in ("torch", by):
        tried = Unrolled(T, M, B, n_in, [n], place, by=way)
        tried.x.copy_(x)
        tried.forward_([(U, W, b)])
        tried.delta[0].copy_(given)
        dx = torch.empty_like(x) if with_x else None
        tried.backward_(dx=dx)
        found.append([tried.h[0], tried.delta[0], *tried.gradients[0], *([dx] if with_x else [])])
    return found


def is_on_gpu(place: Tensor) -> bool:
    return place.is_cuda


def buffer(T: int, M: int, n: int, B: int, place: Tensor, time_third: bool) -> Tensor:
    if time_third:
        return place.new_empty(M, n, T, B).permute(2, 0, 1, 3)
    return place.new_empty(T, M, n, B)


def _flat(a: Tensor) -> Tensor:
    """(T, M, n, B) -> (M, n, T B), without a copy where time comes third in memory."""
    return a.permute(1, 2, 0, 3).flatten(2)


def states_of(
    x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor, kept: list[Unrolled] | None = None
) -> tuple[Tensor, Tensor]:
    """A network's states `(T, M, B, n)`, and the buffer that the way back starts from (`Unrolled.z`)."""
    T, M, B, n_in = x.shape
    unrolled = Unrolled(T, M, B, n_in, [U.shape[1]], x, by="any")
    unrolled.x.copy_(x.transpose(2, 3))
    unrolled.start_([h0.transpose(1, 2)])
    unrolled.forward_([(U, W, b)])
    if kept is not None:
        kept.append(unrolled)
    return unrolled.h[0].transpose(2, 3).clone(), unrolled.z


def gradients_of(
    gradient: Tensor,
    z: Tensor,
    U: Tensor,
    W: Tensor,
    with_x: bool,
    with_h0: bool,
    unrolled: Unrolled | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """A network's gradients with respect to x, U, W, b and h0, from that of its states and their buffer.

    Those of x and h0 are empty unless they are wanted. `unrolled` is the one that z comes from, if it is
    there still.
    """
    (T, M, B, n), n_in = gradient.shape, U.shape[2]
    if unrolled is None:
        unrolled = Unrolled(T, M, B, n_in, [n], gradient, z=z, by="any")
        unrolled.fold_([(U, W)])
    unrolled.delta[0].copy_(gradient.transpose(2, 3))
    dx = gradient.new_empty(T, M, n_in, B) if with_x else None
    unrolled.backward_(dx=dx)
    ((dU, dW, db),) = unrolled.gradients
    dx = gradient.new_empty(0) if dx is None else dx.transpose(2, 3)
    dh0 = gradient.new_empty(0)
    if with_h0:
        dh0 = torch.bmm(W.transpose(1, 2), unrolled.delta[0][0]).transpose(1, 2)
    return dx, dU.clone(), dW.clone(), db, dh0


def check_shapes(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor | None = None) -> None:
    """ValueError unless what a network reads, its weights and states fit one another; one line naming the
    shapes.
    """
    shapes = f"x {tuple(x.shape)}, U {tuple(U.shape)}, W {tuple(W.shape)}, b {tuple(b.shape)}"
    expected = "x (T, M, B, n_in), U (M, n, n_in), W (M, n, n), b (M, n)"
    ok = x.ndim == 4 and U.ndim == 3 and len(x) > 0
    if ok:
        (_, M, B, n_in), n = x.shape, U.shape[1]
        ok = U.shape == (M, n, n_in) and W.shape == (M, n, n) and b.shape == (M, n)
        ok = ok and (h0 is None or h0.shape == (M, B, n))
    if not ok:
        if h0 is not None:
            shapes, expected = shapes + f", h0 {tuple(h0.shape)}", expected + ", h0 (M, B, n)"
        raise ValueError(f"recur: expected {expected}, got {shapes}")
