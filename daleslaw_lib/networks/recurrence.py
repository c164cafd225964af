r"""One recurrence for every kind of network, and its hand-derived gradient.

    h_t = relu(U x_t + W h_{t-1} + b),   t = 0 .. T-1.

With g_t the gradient of the loss by h_t that comes from elsewhere (a readout, the layer above),
backward in time

    delta_t = (g_t + W^T delta_{t+1}) * [h_t > 0]

is the gradient by the sum inside the relu, and

    dW = sum_t delta_t h_{t-1}^T,  dU = sum_t delta_t x_t^T,  db = sum_t delta_t,  dx_t = U^T delta_t.

`Unrolled` is these lines for a stack of layers, on buffers allocated once: that is what the trainer
runs. `recur` is one layer as a function that autograd can differentiate, for anyone's model.

Shapes: x `(T, M, B, n_in)`; h `(T, M, B, n)`; U `(M, n, n_in)`; W `(M, n, n)`; b `(M, n)`;
h0 `(M, B, n)`. Time first, member of the ensemble second, batch third. Buffers have the batch last,
`(T, M, n, B)`: then a state is a column, the code is the equations above, and products are faster.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
from torch import Tensor

_relu_backward_ = torch.ops.aten.threshold_backward.grad_input  # one pass: grad * [h > 0]
LARGE = 600  # units: from here on a CPU, too, gains by one product over all times (benchmarks/throughput.py)


class Unrolled:
    r"""A stack of L recurrent layers over T time steps: every state, kept once, and the way back.

    What a layer reads, its own state of the step before and what comes from below, lies in neighbouring
    rows, so that one product with V = [W U] does both, and one more gives both gradients. For that
    slot s of the buffer holds, from the top down, h^L_{s-L}, .., h^2_{s-2}, h^1_{s-1}, x_s: layer l, counted
    from 1, at time t reads slot t + l - 1 and writes slot t + l.

    Attributes: x `(T, M, n_in, B)`, to be filled in; h and delta, `(T, M, n, B)` for each layer. These are
                views: writing to them is how data and gradients come in.
    Memory:     2 T M B n numbers a layer.
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
    ):
        L, rows = len(sizes), n_in + sum(sizes)
        self.time_third = place.is_cuda
        self.large = (
            place.is_cuda or max(sizes) >= LARGE
        )  # whatever M is: a member is the same in any company
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
        self._steps = [
            list(zip(*(a.unbind(0) for a in part))) for part in zip(self._read, self.h, self.delta)
        ]

    def _buffer(self, T: int, M: int, n: int, B: int, place: Tensor) -> Tensor:
        """`(T, M, n, B)`; on a GPU time comes third in memory, where one product wants it."""
        return _buffer(T, M, n, B, place, self.time_third)

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
        for (_, _, b), V, steps, total in zip(weights, self._V, self._steps, self._sum):
            b = b[..., None]
            for read, h_t, _ in steps:
                torch.baddbmm(b, V, read, out=total)
                torch.clamp_min(total, 0, out=h_t)

    @torch.no_grad()
    def backward_(self, *, last_only: bool = False, dx: Tensor | None = None) -> None:
        """From the loss's gradients by the top layer's `h`, in its `delta`, to those by everything else.

        On return every `delta` holds delta_t, `gradients` has those by the weights, and
        `dx (T, M, n_in, B)`, unless None, is overwritten. With `last_only` just the top's `delta[-1]` is
        read, the rest is taken as zero.
        """
        for k in range(len(self.h) - 1, -1, -1):
            below = self.delta[k - 1] if k else dx
            self._layer_backward(k, last_only and k == len(self.h) - 1, below)

    def _layer_backward(self, k: int, last_only: bool, below: Tensor | None) -> None:
        V, dV, n = self._V[k], self._dV[k], self.h[k].shape[2]
        W_T, U_T = V[..., :n].transpose(1, 2), V[..., n:].transpose(1, 2)
        later = None
        for t, (read, h_t, delta_t) in reversed(list(enumerate(self._steps[k]))):
            if later is not None and last_only:
                torch.bmm(W_T, later, out=delta_t)
            elif later is not None:
                delta_t.baddbmm_(W_T, later)
            _relu_backward_(delta_t, h_t, 0, grad_input=delta_t)
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
        for delta, dV, total in zip(self.delta, self._dV, self._sum):
            n = dV.shape[1]
            if self.large:
                db = _flat(delta).sum(-1)
            else:  # one step after another: the order of `delta.sum(0)` depends on how many members there are
                total.copy_(delta[0])
                for delta_t in delta[1:].unbind(0):
                    total += delta_t
                db = total.sum(-1)
            found.append((dV[..., n:], dV[..., :n], db))
        return found


def _buffer(T: int, M: int, n: int, B: int, place: Tensor, time_third: bool) -> Tensor:
    if time_third:
        return place.new_empty(M, n, T, B).permute(2, 0, 1, 3)
    return place.new_empty(T, M, n, B)


def _flat(a: Tensor) -> Tensor:
    """(T, M, n, B) -> (M, n, T B), without a copy where time comes third in memory."""
    return a.permute(1, 2, 0, 3).flatten(2)


def states_of(
    x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor, kept: list[Unrolled] | None = None
) -> tuple[Tensor, Tensor]:
    """States `(T, M, B, n)`, and the buffer that the way back starts from (`Unrolled.z`)."""
    T, M, B, n_in = x.shape
    unrolled = Unrolled(T, M, B, n_in, [U.shape[1]], x)
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
    """Gradients by x, U, W, b and h0, from that by the states and their buffer.

    Those by x and h0 are empty unless they are wanted. `unrolled` is the one that z comes from, if it is
    there still.
    """
    (T, M, B, n), n_in = gradient.shape, U.shape[2]
    if unrolled is None:
        unrolled = Unrolled(T, M, B, n_in, [n], gradient, z=z)
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


class Recurrence(torch.autograd.Function):
    """`recur` for autograd and `torch.func`: the hand-derived backward pass in place of a graph of T steps.

    `kept`, a list or None, holds what the first backward pass need not build again.
    """

    @staticmethod
    def forward(x, U, W, b, h0, kept):
        return states_of(x, U, W, b, h0, kept)

    @staticmethod
    def setup_context(ctx, inputs, output):
        *tensors, ctx.kept = inputs
        h, z = output
        ctx.mark_non_differentiable(z)
        ctx.save_for_backward(*tensors, z)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx, gradient, _):
        *tensors, z = ctx.saved_tensors
        wanted = ctx.needs_input_grad[0], ctx.needs_input_grad[4]
        if torch._C._functorch.is_legacy_batchedtensor(gradient):  # autograd.grad(is_grads_batched=True)
            return *_loop_gradient(gradient, *tensors), None
        unrolled = ctx.kept.pop() if ctx.kept else None
        if torch.is_grad_enabled() or torch._C._are_functorch_transforms_active():
            found = RecurrenceGradient.apply(gradient, *tensors, z, wanted, unrolled)
        else:
            found = gradients_of(gradient, z, *tensors[1:3], *wanted, unrolled)
        return *_only(wanted, found), None

    @staticmethod
    def jvp(ctx, *tangents):
        return _push(_loop, ctx.saved_tensors, tangents[:5]), None

    @staticmethod
    def vmap(info, axes, *inputs):
        """Copies of a network are members of an ensemble."""
        found = Recurrence.apply(*_members(info.batch_size, axes, inputs[:5], [1, 0, 0, 0, 0]), None)
        return tuple(_copies(value, 1, info.batch_size) for value in found), (1, 1)


class RecurrenceGradient(torch.autograd.Function):
    """The backward pass as a function of its own, so that it has derivatives, too: those of a plain loop."""

    @staticmethod
    def forward(gradient, x, U, W, b, h0, z, wanted, unrolled):
        return gradients_of(gradient, z, U, W, *wanted, unrolled)

    @staticmethod
    def setup_context(ctx, inputs, output):
        *tensors, _, ctx.wanted, _ = inputs
        ctx.mark_non_differentiable(*(output[k] for k in (0, 4) if not ctx.wanted[k // 4]))
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx, *gradients):
        dx, dU, dW, db, dh0 = gradients
        _, x, *_, h0 = tensors = ctx.saved_tensors
        dx = dx if ctx.wanted[0] else torch.zeros_like(x)
        dh0 = dh0 if ctx.wanted[1] else torch.zeros_like(h0)
        _, pull = torch.func.vjp(_loop_gradient, *tensors)
        return *pull((dx, dU, dW, db, dh0)), None, None, None

    @staticmethod
    def jvp(ctx, *tangents):
        return _only(ctx.wanted, _push(_loop_gradient, ctx.saved_tensors, tangents[:6]))

    @staticmethod
    def vmap(info, axes, *inputs):
        *tensors, wanted, _ = inputs
        tensors = _members(info.batch_size, axes, tensors, [1, 1, 0, 0, 0, 0, 1])
        found, axes = RecurrenceGradient.apply(*tensors, wanted, None), [1, 0, 0, 0, 0]
        axes = _only(wanted, axes)
        return tuple(
            value if axis is None else _copies(value, axis, info.batch_size)
            for value, axis in zip(found, axes)
        ), axes


for _function in (
    Recurrence,
    RecurrenceGradient,
):  # which torch, else, works out at every call: 60 microseconds
    _function.forward.__signature__ = inspect.signature(_function.forward)


def _only(wanted, found):
    """Of what there is for x, U, W, b and h0: None for x or h0 where it isn't wanted."""
    dx, dU, dW, db, dh0 = found
    return dx if wanted[0] else None, dU, dW, db, dh0 if wanted[1] else None


def _members(copies, axes, tensors, members):
    """Tensors in which `copies` of each member stand in the member's axis, where `vmap` keeps them apart."""
    found = []
    for tensor, axis, member in zip(tensors, axes, members):
        if axis is None:
            tensor = tensor.unsqueeze(member)
            tensor = tensor.expand(*tensor.shape[:member], copies, *tensor.shape[member + 1 :])
        else:
            tensor = tensor.movedim(axis, member)
        found.append(tensor.flatten(member, member + 1))
    return found


def _copies(tensor, member, copies):
    return tensor.unflatten(member, (copies, -1))


def _loop(x, U, W, b, h0):
    """The states by torch's own operations, which have derivatives of every order."""
    states, h = [], h0
    for u in (torch.matmul(x, U.transpose(1, 2)) + b[:, None]).unbind(0):
        h = torch.relu(u + torch.matmul(h, W.transpose(1, 2)))
        states.append(h)
    return torch.stack(states)


def _loop_gradient(gradient, x, U, W, b, h0):
    """The gradients by the same: the equations above."""
    h = _loop(x, U, W, b, h0)
    before, delta, later = torch.cat((h0[None], h[:-1])), [], None
    for g_t, h_t in zip(gradient.flip(0).unbind(0), h.flip(0).unbind(0)):
        later = (g_t if later is None else g_t + torch.matmul(later, W)) * (h_t > 0)
        delta.append(later)
    delta = torch.stack(delta[::-1])
    dU = torch.matmul(delta.transpose(2, 3), x).sum(0)
    dW = torch.matmul(delta.transpose(2, 3), before).sum(0)
    return torch.matmul(delta, U), dU, dW, delta.sum((0, 2)), torch.matmul(delta[0], W)


def _push(function, inputs, tangents):
    """J v from two passes backwards: u -> u J is linear, and its transpose is J."""
    outputs, pull = torch.func.vjp(function, *inputs)
    zero = torch.utils._pytree.tree_map(torch.zeros_like, outputs)
    _, push = torch.func.vjp(pull, zero)
    known = (torch.zeros_like(v) if t is None else t for v, t in zip(inputs, tangents))
    return push(tuple(known))[0]


@torch.library.custom_op("daleslaw::recur", mutates_args=())
def _recur_op(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
    """`states_of` as one operation, for `torch.compile`, `torch.export` and `torch.jit.trace`."""
    h, z = states_of(x, U, W, b, h0)
    return h.contiguous(), z


@torch.library.custom_op("daleslaw::recur_gradient", mutates_args=())
def _gradient_op(
    gradient: Tensor, z: Tensor, U: Tensor, W: Tensor, with_x: bool, with_h0: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    dx, *others, dh0 = gradients_of(gradient, z, U, W, with_x, with_h0)
    return dx.contiguous(), *others, dh0.contiguous()


@_recur_op.register_fake
def _(x, U, W, b, h0):
    (T, M, B, n_in), n = x.shape, U.shape[1]
    return x.new_empty(T, M, B, n), _buffer(T + 1, M, n_in + n, B, x, x.is_cuda)


@_gradient_op.register_fake
def _(gradient, z, U, W, with_x, with_h0):
    (T, M, B, n), n_in = gradient.shape, U.shape[2]
    x, h0 = (T, M, B, n_in) if with_x else (0,), (M, B, n) if with_h0 else (0,)
    return tuple(gradient.new_empty(shape) for shape in (x, (M, n, n_in), (M, n, n), (M, n), h0))


def _save(ctx, inputs, output):
    _, U, W, *_ = inputs
    ctx.mark_non_differentiable(output[1])
    ctx.save_for_backward(U, W, output[1])


def _first_derivative(ctx, gradient, _):
    U, W, z = ctx.saved_tensors
    wanted = ctx.needs_input_grad[0], ctx.needs_input_grad[4]
    return _only(wanted, _gradient_op(gradient, z, U, W, *wanted))


_recur_op.register_autograd(_first_derivative, setup_context=_save)


def recur(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor | None = None) -> Tensor:
    """States `h (T, M, B, n)` of a ReLU recurrent layer; differentiable by every argument.

    So often as you like, by `torch.autograd` and by `torch.func`: the first derivative is the one above,
    further ones are those of a plain loop, slower. `vmap` makes members of the copies. In a compiled,
    exported or traced model it is one operation, with a first derivative.

    Raises: ValueError if the shapes or dtypes do not fit one another.

    Example: one network (M = 1) of 5 units, 3 inputs, 7 steps, batch 2:

    >>> x, U = torch.randn(7, 1, 2, 3), torch.randn(1, 5, 3, requires_grad=True)
    >>> W, b = torch.randn(1, 5, 5), torch.zeros(1, 5)
    >>> h = recur(x, U, W, b)
    >>> h.shape
    torch.Size([7, 1, 2, 5])
    >>> h.sum().backward(); U.grad.shape
    torch.Size([1, 5, 3])
    """
    traced, device = torch.jit.is_tracing(), x.device.type
    if not traced:  # where sizes are unknown
        check_shapes(x, U, W, b, h0)
    if h0 is None:
        h0 = x.new_zeros(x.shape[1], x.shape[2], U.shape[1])
    if torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
        with torch.autocast(device, enabled=False):
            return recur(*(value.to(dtype) for value in (x, U, W, b, h0)))
    if not x.dtype == U.dtype == W.dtype == b.dtype == h0.dtype:
        dtypes = ", ".join(f"{name} {v.dtype}" for name, v in dict(x=x, U=U, W=W, b=b, h0=h0).items())
        raise ValueError(f"recur: expected one dtype for all, got {dtypes}")
    if torch.compiler.is_compiling() or traced:
        return _recur_op(x, U, W, b, h0)[0]
    kept = None if torch._C._are_functorch_transforms_active() else []
    return Recurrence.apply(x, U, W, b, h0, kept)[0]


def check_shapes(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor | None = None) -> None:
    """ValueError unless the arguments of `recur` fit one another; one line naming the shapes."""
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
