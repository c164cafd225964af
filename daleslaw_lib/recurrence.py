r"""One recurrence for every kind of network, and its hand-derived gradient.

    h_t = relu(U x_t + W h_{t-1} + b),   t = 0 .. T-1.

With g_t the gradient of the loss by h_t that comes from elsewhere (a readout, the layer above),
backward in time

    delta_t = (g_t + W^T delta_{t+1}) * [h_t > 0]

is the gradient by the sum inside the relu, and

    dW = sum_t delta_t h_{t-1}^T,  dU = sum_t delta_t x_t^T,  db = sum_t delta_t,  dx_t = U^T delta_t.

`forward_` and `backward_` are these lines on buffers allocated once: that is what the trainer runs.
`recur` is the same thing as a function that autograd can differentiate, for anyone's model.

Shapes: x `(T, M, B, n_in)`; h `(T, M, B, n)`; U `(M, n, n_in)`; W `(M, n, n)`; b `(M, n)`;
h0 `(M, B, n)`. Time first, member of the ensemble second, batch third. The buffers of `forward_`
and `backward_` have the batch last, `(T, M, n, B)`: then a state is a column, the code is the
equations above, and the products are a fifth faster.
"""

from __future__ import annotations

import torch
from torch import Tensor

_relu_backward_ = torch.ops.aten.threshold_backward.grad_input  # one pass: grad * [h > 0]


@torch.no_grad()
def forward_(h: Tensor, x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor | None = None):
    """Fill `h (T, M, n, B)` with the states for input `x (T, M, n_in, B)`, from state h0 or zero."""
    T, M, b = len(x), x.shape[1], b[..., None]
    if len(h) != T:
        raise ValueError(f"x: expected {len(h)} time steps, as many as h has, got {T}")
    if M == 1:  # U x_t for all t in one product, time taking the members' place
        torch.baddbmm(b.expand(T, -1, -1), U.expand(T, -1, -1), x[:, 0], out=h[:, 0])
    previous = h0
    for x_t, h_t in zip(x.unbind(0), h.unbind(0)):
        if M > 1:
            torch.baddbmm(b, U, x_t, out=h_t)
        if previous is not None:
            h_t.baddbmm_(W, previous)
        h_t.relu_()
        previous = h_t


@torch.no_grad()
def backward_(
    delta: Tensor,
    x: Tensor,
    h: Tensor,
    U: Tensor,
    W: Tensor,
    dU: Tensor,
    dW: Tensor,
    *,
    dx: Tensor | None = None,
    last_only: bool = False,
    h0: Tensor | None = None,
):
    """From the loss's gradients by `h`, in `delta (T, M, n, B)`, to those by everything else.

    On return `delta` holds delta_t, and `dU`, `dW` (and `dx (T, M, n_in, B)`, unless None) are
    overwritten; db is `delta.sum((0, 3))`. With `last_only` just `delta[-1]` is read, the rest is
    taken as zero.
    """
    T, M, W_T, U_T = len(x), x.shape[1], W.transpose(1, 2), U.transpose(1, 2)
    deltas, xs, hs = delta.unbind(0), x.unbind(0), h.unbind(0)
    dU.zero_(), dW.zero_()
    for t in range(T - 1, -1, -1):
        delta_t = deltas[t]
        if t < T - 1:
            if last_only:
                torch.bmm(W_T, deltas[t + 1], out=delta_t)
            else:
                delta_t.baddbmm_(W_T, deltas[t + 1])
        _relu_backward_(delta_t, hs[t], 0, grad_input=delta_t)
        if M > 1:  # while delta_t is in the cache
            dU.baddbmm_(delta_t, xs[t].transpose(1, 2))
            if t:
                dW.baddbmm_(delta_t, hs[t - 1].transpose(1, 2))
        if dx is not None:
            torch.bmm(U_T, delta_t, out=dx[t])
    if M == 1:  # one product over time and batch
        torch.mm(_flat(delta), _flat(x).T, out=dU[0])
        torch.mm(_flat(delta[1:]), _flat(h[:-1]).T, out=dW[0])
    if h0 is not None:
        dW.baddbmm_(deltas[0], h0.transpose(1, 2))


def _flat(a: Tensor) -> Tensor:
    """(T, 1, n, B) -> (n, T B)."""
    return a[:, 0].transpose(0, 1).flatten(1)


class Recurrence(torch.autograd.Function):
    """`recur` for autograd: the hand-derived backward pass in place of a graph of T steps."""

    @staticmethod
    def forward(ctx, x, U, W, b, h0):
        T, M, B, _ = x.shape
        x, h0 = x.transpose(2, 3), None if h0 is None else h0.transpose(1, 2)
        h = x.new_empty(T, M, U.shape[1], B)
        forward_(h, x, U, W, b, h0)
        ctx.save_for_backward(x, U, W, h, h0)
        return h.transpose(2, 3)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        x, U, W, h, h0 = ctx.saved_tensors
        delta = gradient.transpose(2, 3).clone(memory_format=torch.contiguous_format)
        dU, dW = torch.empty_like(U), torch.empty_like(W)
        dx = x.new_empty(x.shape) if ctx.needs_input_grad[0] else None
        backward_(delta, x, h, U, W, dU, dW, dx=dx, h0=h0)
        dh0 = None if h0 is None else torch.bmm(W.transpose(1, 2), delta[0]).transpose(1, 2)
        return None if dx is None else dx.transpose(2, 3), dU, dW, delta.sum(0).sum(-1), dh0


def recur(x: Tensor, U: Tensor, W: Tensor, b: Tensor, h0: Tensor | None = None) -> Tensor:
    """States `h (T, M, B, n)` of a ReLU recurrent layer; differentiable by every argument.

    Raises: ValueError if the shapes do not fit one another.

    Example: one network (M = 1) of 5 units, 3 inputs, 7 steps, batch 2:

    >>> x, U = torch.randn(7, 1, 2, 3), torch.randn(1, 5, 3, requires_grad=True)
    >>> W, b = torch.randn(1, 5, 5), torch.zeros(1, 5)
    >>> h = recur(x, U, W, b)
    >>> h.shape
    torch.Size([7, 1, 2, 5])
    >>> h.sum().backward(); U.grad.shape
    torch.Size([1, 5, 3])
    """
    check_shapes(x, U, W, b, h0)
    return Recurrence.apply(x, U, W, b, h0)


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
