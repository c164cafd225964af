r"""`recur`: the recurrence as a function for anyone's model, with derivatives of every order.

The first derivative is derived by hand (`recurrence.py`), further ones are those of a plain loop. They work
in every way torch differentiates: `backward`, with `create_graph` too; `torch.autograd.functional`; the
transforms of `torch.func`; forward mode. `torch.compile`, `torch.export` and `torch.jit.trace` see one
operation, which has a first derivative, as all that is compiled has.

Shapes: as in `recurrence.py`.
"""

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from .recurrence import buffer, check_shapes, gradients_of, states_of


class Recurrence(torch.autograd.Function):
    """`recur` of a network for autograd and `torch.func`: the hand-derived way back, no graph of T steps.

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
    """A network's way back as a function of its own, so that it has derivatives, too: those of a plain
    loop.
    """

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


for _function in (Recurrence, RecurrenceGradient):
    # otherwise torch works it out at every call: 60 microseconds
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
    return x.new_empty(T, M, B, n), buffer(T + 1, M, n_in + n, B, x, x.is_cuda)


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


def autocast_is_on(device: str) -> bool:
    return device != "meta" and torch.is_autocast_enabled(device)  # which has no answer for meta


def in_full_precision(device: str) -> AbstractContextManager:
    """Where a network's weights are folded: autocast would round large terms whose difference is DANN's
    balance.
    """
    return torch.autocast(device, enabled=False) if autocast_is_on(device) else nullcontext()


def recur(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor | None = None) -> Tensor:
    """States `h (T, M, B, n)` of a network's ReLU recurrent layer; differentiable by every argument.

    As often as you like, by `torch.autograd` and by `torch.func`: the first derivative is the one above,
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
    for name, value in (("x", x), ("U", U), ("W", W), ("b", b), ("h0", x if h0 is None else h0)):
        if not isinstance(value, Tensor) or not value.is_floating_point():
            got = value.dtype if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(f"recur: expected tensors of floating numbers, got {name} of {got}")
    traced, device = torch.jit.is_tracing(), x.device.type
    if not traced:  # where sizes are unknown
        check_shapes(x, U, W, b, h0)
    if h0 is None:
        h0 = x.new_zeros(x.shape[1], x.shape[2], U.shape[1])
    if autocast_is_on(device):
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
