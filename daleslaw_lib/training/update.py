"""One update of every kind of network, as four small functions, in this order:

    correct_(network)                        # DANN rescales the gradients of its interneurons
    clip_(network, max_norm, by="layer")     # each member by its own norm
    step_(network, lr)                       # raw -= lr * grad
    project_(network)                        # magnitudes back to >= 0

Source: the paper's public code, as in the appendix; Cornford et al. 2021 for the correction.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..networks.network import Network


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
            scale = (max_norm / (norm + 1e-12)).clamp(max=1)
            for g in group:
                g.mul_(_broadcast(scale, g))


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


class Adam:
    """Adam's moments of every raw parameter; `step_` in place of plain SGD's.

    m and v are running means of grad and grad^2; raw -= lr * (m / (1 - a^t)) / (sqrt(v / (1 - b^t)) + 1e-8)
    with a = 0.9 and b = 0.999, t the number of this update from 1. What `project_` does then is as for SGD.

    Source: Kingma and Ba 2015.
    """

    decay = (0.9, 0.999)

    def __init__(self, network: Network):
        self.network = network
        self.moments = {
            f"{name}/{which}": torch.zeros_like(p) for name, p in network.tensors().items() for which in "mv"
        }

    @torch.no_grad()
    def step_(self, lr: Tensor, t: Tensor) -> None:
        (a, b), t = self.decay, t.to(lr.dtype)
        for name, p in self.network.tensors().items():
            m, v = (self.moments[f"{name}/{which}"] for which in "mv")
            m.mul_(a).add_(p.grad, alpha=1 - a)
            v.mul_(b).addcmul_(p.grad, p.grad, value=1 - b)
            size = (v / (1 - b**t)).sqrt_().add_(1e-8)
            p.sub_(m / size * (_broadcast(lr, p) / (1 - a**t)))


@torch.no_grad()
def project_(network: Network) -> None:
    """The update's last step: put raw parameters back to where they obey Dale's law."""
    for block in network.blocks().values():
        block.project_()


def _broadcast(per_member: Tensor, like: Tensor) -> Tensor:
    return per_member.view(-1, *[1] * (like.ndim - 1))


OPTIMISERS = ("eg", "adam")  # besides plain SGD
