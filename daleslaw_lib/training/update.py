"""One update of every kind of network, as four small functions, in this order:

    correct_(network)                        # DANN rescales the gradients of its interneurons
    clip_(network, max_norm, by="layer")     # each member by its own norm
    step_(network, lr)                       # raw -= lr * grad
    project_(network)                        # magnitudes back to >= 0

Source: the paper's public code, as in the appendix; Cornford et al. 2021 for the correction.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import torch
from torch import Tensor

from .. import fused
from ..networks.network import Network
from ..networks.weights import FreeWeight, Magnitudes

SHORT = 0.999  # of the square of a norm: what is below is clipped by nobody's rounding


@torch.no_grad()
def correct_(network: Network) -> None:
    """The update's first step: rescale gradients where the kind asks for it (DANN's interneurons)."""
    for block in network.blocks().values():
        block.correct_()


@torch.no_grad()
def clip_(network: Network, max_norm: Tensor, by: str) -> None:
    """Scale gradients down to norm `max_norm (M,)`, each member by itself; infinity clips nothing.

    by="layer": one norm for all of a layer's parameters; by="tensor": one for each (E3).
    """
    for block in network.blocks().values():
        gradients = [p.grad for p in block.parameters()]
        for group in [gradients] if by == "layer" else [[g] for g in gradients]:
            # A sum of terms, not of a stack: its order must not depend on the number of members.
            norm = sum(_norms(g).square() for g in group).sqrt()
            scale = _scale(max_norm, norm)
            for g in group:
                g.mul_(_broadcast(scale, g))


def _scale(max_norm: Tensor, norm: Tensor) -> Tensor:
    return (max_norm / (norm + 1e-12)).clamp(max=1)


def _norms(g: Tensor) -> Tensor:
    """Norm of each member's part of g, `(M,)`: rows first, since they lie in one piece."""
    while g.ndim > 1:
        g = torch.linalg.vector_norm(g, dim=-1)
    return g


@torch.no_grad()
def step_(network: Network, lr: Tensor) -> None:
    """raw -= lr * grad, with a learning rate a member, `(M,)`."""
    for p in network.parameters():
        p.addcmul_(p.grad, _broadcast(lr, p), value=-1)


@torch.no_grad()
def exponential_step_(network: Network, lr: Tensor) -> None:
    """Exponentiated gradient: raw *= exp(-lr * grad * sign of raw) for weights; biases and word vectors as
    in `step_`.

    A weight keeps its sign by itself, and one of zero stays there. For magnitudes, whose sign is +, a step is
    one of gradient descent on their logarithms, except that the gradient is the magnitude's own.

    Source: Kivinen and Warmuth 1997; Cornford et al. 2024.
    """
    for block in network.blocks().values():
        weights = [p for weight in getattr(block, "weights", {}).values() for p in weight.raw.values()]
        for p in weights:
            p.mul_(torch.exp(p.grad * p.sign() * -_broadcast(lr, p)))
        for p in block.parameters():
            if not any(p is weight for weight in weights):
                p.addcmul_(p.grad, _broadcast(lr, p), value=-1)


@torch.no_grad()
def project_(network: Network) -> None:
    """The update's last step: put raw parameters back to where they obey Dale's law."""
    for block in network.blocks().values():
        block.project_()


class UpdateRule:
    """What follows the gradients and their correction: clip, step, project. Calling it does all three.

    A rule is a subclass with its own `step_`, and a name in `RULES`; `moments` is what it remembers from one
    update to the next, raw arrays by name, which checkpoints carry.
    """

    moments: Mapping[str, Tensor] = MappingProxyType({})

    def __init__(self, network: Network, clip_by: str = "layer"):
        self.network, self.clip_by = network, clip_by

    @torch.no_grad()
    def __call__(self, max_norm: Tensor | None, lr: Tensor, done: Tensor) -> None:
        """Clip to `max_norm (M,)`, unless it is None; step; project. `done`: how many updates were before."""
        if max_norm is not None:
            clip_(self.network, max_norm, self.clip_by)
        self.step_(lr, done)
        project_(self.network)

    def step_(self, lr: Tensor, done: Tensor) -> None:
        """Change raw parameters by their gradients."""
        step_(self.network, lr)


class ExponentiatedGradient(UpdateRule):
    """`exponential_step_`."""

    def step_(self, lr: Tensor, done: Tensor) -> None:
        exponential_step_(self.network, lr)


class Adam(UpdateRule):
    """Adam's moments of every raw parameter; `step_` in place of plain SGD's.

    m and v are running means of grad and grad^2; raw -= lr * (m / (1 - a^t)) / (sqrt(v / (1 - b^t)) + 1e-8)
    with a = 0.9 and b = 0.999, t the number of this update from 1. What `project_` does then is as for SGD.

    Source: Kingma and Ba 2015.
    """

    decay = (0.9, 0.999)

    def __init__(self, network: Network, clip_by: str = "layer"):
        super().__init__(network, clip_by)
        self.moments = {
            f"{name}/{which}": torch.zeros_like(p) for name, p in network.tensors().items() for which in "mv"
        }

    @torch.no_grad()
    def step_(self, lr: Tensor, done: Tensor) -> None:
        (a, b), t = self.decay, (done + 1).to(lr.dtype)
        for name, p in self.network.tensors().items():
            m, v = (self.moments[f"{name}/{which}"] for which in "mv")
            m.mul_(a).add_(p.grad, alpha=1 - a)
            v.mul_(b).addcmul_(p.grad, p.grad, value=1 - b)
            size = (v / (1 - b**t)).sqrt_().add_(1e-8)
            p.sub_(m / size * (_broadcast(lr, p) / (1 - a**t)))


class PlainUpdate(UpdateRule):
    """Plain SGD: in C++ (`fused.py`) where that gives the same to the last bit, here, for these shapes."""

    def __init__(self, network: Network, clip_by: str = "layer"):
        super().__init__(network, clip_by)
        self.learning, self._listed, self._places = [], None, None
        blocks = network.blocks().values()
        weights = [weight for block in blocks for weight in getattr(block, "weights", {}).values()]
        projects = {type(weight).project_ for weight in weights}
        magnitudes = {id(p) for weight in weights if _clamps(weight) for p in weight.raw.values()}
        for block in blocks:
            own = list(block.parameters())
            for p in own:
                self.learning.append((p, id(p) in magnitudes, clip_by == "tensor" or p is own[-1]))
        self.fused = (
            projects <= {Magnitudes.project_, FreeWeight.project_}
            and all(p.is_contiguous() for p, *_ in self.learning)
            and fused.serves(network.readout.b, network.n_members, 1, 1, 1)
            and fused.library() is not None
            and all(same_norm(k, network.readout.b.dtype) for p, *_ in self.learning for k in p.shape[1:])
        )

    @torch.no_grad()
    def __call__(self, max_norm: Tensor | None, lr: Tensor, done: Tensor) -> None:
        if not self.fused or not all(p.grad.stride(-1) == 1 for p, *_ in self.learning):
            super().__call__(max_norm, lr, done)
            return
        listed, scales = self._parts(), None
        if max_norm is not None:
            squares = fused.squares(listed, lr)
            if not (squares.numpy() < SHORT * max_norm.numpy() ** 2).all():  # else nothing is clipped
                # Roots a group at a time: how torch rounds them depends on their place.
                scales = torch.stack([_scale(max_norm, square.sqrt()) for square in squares])
        fused.update(listed, scales, lr)

    def __getstate__(self) -> dict:
        return vars(self) | {"_listed": None, "_places": None}  # a copy's tensors lie elsewhere

    def _parts(self) -> ctypes.Array[fused.PartStruct]:
        """`fused.parts`, again only where a tensor or its gradient has moved."""
        places = [(p.data_ptr(), p.grad.data_ptr(), p.grad.stride()) for p, *_ in self.learning]
        if places != self._places:
            self._listed, self._places = fused.parts(self.learning), places
        return self._listed


def _clamps(weight) -> bool:
    return type(weight).project_ is Magnitudes.project_


@cache
def same_norm(length: int, dtype: torch.dtype) -> bool:
    """Whether torch and C++ give rows of this length the same norms to the last bit: many are tried."""
    rows = torch.empty(4000, length, dtype=dtype)
    rows.grad = torch.randn(rows.shape, generator=torch.Generator().manual_seed(0), dtype=dtype)
    (squares,) = fused.squares(fused.parts([(rows, False, True)]), rows.new_empty(len(rows)))
    return torch.equal(squares, _norms(rows.grad).square())


def _broadcast(per_member: Tensor, like: Tensor) -> Tensor:
    return per_member.view(-1, *[1] * (like.ndim - 1))


RULES = {None: PlainUpdate, "eg": ExponentiatedGradient, "adam": Adam}
OPTIMISERS = tuple(name for name in RULES if name)  # besides plain SGD
