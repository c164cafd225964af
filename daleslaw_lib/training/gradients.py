r"""The trainer's way through a network: loss and gradient by hand, no graph, buffers allocated once.

`Gradients` does what autograd would do with `Network.forward`; `predict` keeps one state a layer, not T.
What stands on the recurrent layers is the *head*: dense ReLU layers and the readout. It sees K states at
once: those of the last step, or of several steps where every step is read, so that the outputs of ten
thousand words need never be held for all of them.

Shapes: states z `(M, n, K)`, outputs `(M, K, n_out)`; K = B, or steps x B, in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ..checks import positive_integer
from ..networks.cells import as_input
from ..networks.network import Network
from ..networks.recurrence import Unrolled, relu_backward_

OUTPUTS_AT_ONCE = {"cpu": 2**22, "cuda": 2**28}  # numbers; on a CPU a few times its cache

Loss = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def steps_at_once(network: Network, B: int) -> int:
    """The number of steps whose outputs `(M, B, n_out)` are held at once, to stay near the cache."""
    b = network.readout.b
    return max(OUTPUTS_AT_ONCE[b.device.type] // (b.numel() * B), 1)


class Head:
    """Dense layers and readout in training, folded once an update: outputs of states, and the way back.

    `forward` keeps what `backward_` needs; `dW` and `db` add up until `start`. A readout of one output is
    given a second, of zeros: products with a vector round in another order when M = 1, and a member must
    not depend on its ensemble.
    """

    def __init__(self, network: Network):
        self.blocks = network.head
        self.dW: list[Tensor] = []
        self.db: list[Tensor] = []

    def start(self, W: Sequence[Tensor] | None = None) -> None:
        """Fold the weights as they are now, or take the blocks' matrices `(M, n_out, n)`; no gradient yet."""
        self.W = [block.W for block in self.blocks] if W is None else list(W)
        self.b = [block.b for block in self.blocks]
        self.n_out = self.W[-1].shape[1]
        if self.n_out == 1:
            self.W[-1] = nn.functional.pad(self.W[-1], (0, 0, 0, 1))
            self.b[-1] = nn.functional.pad(self.b[-1], (0, 1))
        self.fresh = True

    def forward(self, z: Tensor) -> Tensor:
        """Outputs `(M, K, n_out)` of states `z (M, n, K)`."""
        self.z = [z]
        for W, b in zip(self.W[:-1], self.b):
            self.z.append(torch.baddbmm(b[..., None], W, self.z[-1]).relu_())
        b, W = self.b[-1], self.W[-1]
        return torch.baddbmm(b[:, None], self.z[-1].transpose(1, 2), W.transpose(1, 2))[..., : self.n_out]

    def backward_(self, d_outputs: Tensor, out: Tensor | None = None) -> Tensor:
        """Gradient `(M, n, K)` of the states, in `out`, from that of the outputs; weights' are added."""
        if not self.dW:
            self.dW = [torch.empty_like(W) for W in self.W]
            self.db = [torch.empty_like(b) for b in self.b]
        d = d_outputs.transpose(1, 2)
        if self.n_out == 1:
            d = nn.functional.pad(d, (0, 0, 0, 1))
        for k in range(len(self.W) - 1, -1, -1):
            if k < len(self.W) - 1:
                relu_backward_(d, self.z[k + 1], 0, grad_input=d)
            if self.fresh:
                torch.bmm(d, self.z[k].transpose(1, 2), out=self.dW[k])
                torch.sum(d, -1, out=self.db[k])
            else:
                self.dW[k].baddbmm_(d, self.z[k].transpose(1, 2))
                self.db[k] += d.sum(-1)
            d = torch.bmm(self.W[k].transpose(1, 2), d, out=None if k else out)
        self.fresh = False
        return d

    def finish(self) -> None:
        """Set `.grad` of every raw parameter."""
        dW, db = self.dW, self.db
        if self.n_out == 1:
            dW, db = [*dW[:-1], dW[-1][:, :1]], [*db[:-1], db[-1][:, :1]]
        for block, dW_k, db_k in zip(self.blocks, dW, db):
            block.backward_(dW_k, db_k)


class Gradients:
    """What a training steps along: loss and gradients of a network, without a graph.

    Calling it with inputs `x (T, M, B, n_in)`, or words `(T, M, B)`, targets y and a loss sets `.grad` of
    every raw parameter and returns the loss of each member, `(M,)`. The loss takes outputs `(M, K, n_out)`
    and their targets and returns `(losses (M,), gradient of the outputs)`, means over the K.

    Attributes: inputs `(T, M, B, n_in)`, memory where x may be put, which is then not copied.
    Shapes: y as the loss wants it for K = B; where every step is read `(T, M, B)`.
    Memory: 2 T M B n numbers a layer.
    """

    def __init__(self, network: Network, T: int, B: int):
        T, B = positive_integer("T", T), positive_integer("B", B)
        self.network, self.head = network, Head(network)
        M, place = network.n_members, network.readout.b
        n_in, sizes = network.layers[0].U.shape[2], [layer.b.shape[1] for layer in network.layers]
        words = network.embedding is not None
        self.shape = (T, M, B) if words else (T, M, B, n_in)
        self.unrolled = Unrolled(T, M, B, n_in, sizes, place)
        self.h, self.delta = self.unrolled.h[-1], self.unrolled.delta[-1]  # batch last: see recurrence.py
        self.last = self.h[-1], self.delta[-1]
        self.inputs = self.unrolled.x.transpose(2, 3)
        self.dx = place.new_empty(T, M, n_in, B) if words and network.embedding.learned else None
        self.at_once = steps_at_once(network, B)

    @torch.no_grad()
    def __call__(self, x: Tensor, y: Tensor, loss: Loss) -> Tensor:
        network, unrolled = self.network, self.unrolled
        if x.shape != self.shape:
            names = "(T, M, B)" if network.embedding is not None else "(T, M, B, n_in)"
            raise ValueError(f"x: expected shape {self.shape}, {names}, got {tuple(x.shape)}")
        words = x
        if network.embedding is not None:
            x = network.embedding(words)
        if x is not self.inputs:
            unrolled.x.copy_(x.transpose(2, 3))
        unrolled.forward_(  # folded once an update, which has put every weight where it must be
            [(layer.input.effective(), layer.recurrent.effective(), layer.b) for layer in network.layers]
        )
        self.head.start([block.output.effective() for block in self.head.blocks])
        losses = self._every_step(y, loss) if network.every_step else self._last_step(y, loss)
        self.head.finish()
        unrolled.backward_(last_only=not network.every_step, dx=self.dx, keep=False)
        for layer, (dU, dW, db) in zip(network.layers, unrolled.gradients):
            layer.backward_(dU, dW, db)
        if self.dx is not None:
            network.embedding.backward_(words, self.dx.transpose(2, 3))
        return losses

    def _last_step(self, y: Tensor, loss: Loss) -> Tensor:
        h, delta = self.last
        losses, d_outputs = loss(self.head.forward(h), y)
        self.head.backward_(d_outputs, delta)
        return losses

    def _every_step(self, y: Tensor, loss: Loss) -> Tensor:
        """Some steps at a time; each is weighted by its share of all."""
        (T, M, n, B), total = self.h.shape, 0
        for steps in torch.arange(T).split(self.at_once):
            steps = slice(int(steps[0]), int(steps[-1]) + 1)
            z = self.h[steps].permute(1, 2, 0, 3).reshape(M, n, -1)
            targets = y[steps].transpose(0, 1).reshape(M, -1)
            losses, d_outputs = loss(self.head.forward(z), targets)
            share = targets.shape[1] / (T * B)
            d = self.head.backward_(d_outputs.mul_(share))
            self.delta[steps] = d.view(M, n, -1, B).permute(2, 0, 1, 3)
            total = total + share * losses
        return total


@torch.no_grad()
def predict(network: Network, x: Tensor, batch: int = 200) -> Tensor:
    """Outputs `(M, n, n_out)` after the last step, for inputs `x (T, n, n_in)` that all members share.

    Works through `batch` inputs at a time.
    """
    x = as_input("x", x, network.readout.b)
    folded, head = fold(network), Head(network)
    head.start()
    M = network.n_members
    out = x.new_empty(M, x.shape[1], network.readout.b.shape[1])
    for start in range(0, x.shape[1], batch):
        x_b = x[:, start : start + batch].transpose(1, 2)  # (T, n_in, B)
        states: list[Tensor | None] = [None] * len(folded)
        for x_t in x_b.unbind(0):
            states = step(folded, x_t.expand(M, *x_t.shape), states)
        out[:, start : start + batch] = head.forward(states[-1])
    return out


def fold(network: Network) -> list[tuple[Tensor, Tensor, Tensor]]:
    """U, W and b `(M, n, 1)` of every recurrent layer, folded once an update of training."""
    return [(layer.U, layer.W, layer.b[..., None]) for layer in network.layers]


def step(folded, below: Tensor, states: list[Tensor | None]) -> list[Tensor]:
    """The layers' next states `(M, n, B)` where training needs them one by one; None is the zero state."""
    after = []
    for (U, W, b), state in zip(folded, states):
        h = torch.baddbmm(b, U, below)
        if state is not None:
            h.baddbmm_(W, state)
        below = h.relu_()
        after.append(below)
    return after
