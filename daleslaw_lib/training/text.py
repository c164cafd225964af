r"""Text for an ensemble: windows to train on, and perplexity in two ways.

A text is a row of words, each a number. What follows a word is predicted from it and what came before:

    perplexity = exp(mean over words of -log p(word | words before)).

How much came before is a matter of definition (E17). *Windowed*, as in the paper's code: the text is cut into
pieces of T + 1 words, and each is read from the zero state, so a word sees 25 others on average. *Carried*,
the usual perplexity of a language model: the state goes on from piece to piece, in ten streams.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks.network import Network
from ..tasks.task import measures
from .gradients import Head, fold, step, steps_at_once

STREAMS = 10  # the text is read in so many places at once
WINDOWS = 100  # at once


@dataclass(frozen=True)
class Text:
    """Words `(n,)` on the device, read T at a time: an item is a place where a window may begin.

    >>> text = Text(torch.tensor([5, 6, 7, 8]), T=2)
    >>> x, y = text.batch(torch.tensor([[1]]))
    >>> len(text), x.flatten().tolist(), y.flatten().tolist()
    (2, [6, 7], [7, 8])
    """

    words: Tensor
    T: int

    def __len__(self) -> int:
        return len(self.words) - self.T

    def batch(self, index: Tensor, out: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The windows that begin at `index (M, B)`, and the words that follow: both `(T, M, B)`.

        `out`, memory for vectors, is not used: these are words.
        """
        at = index + torch.arange(self.T, device=index.device)[:, None, None]
        return self.words[at], self.words[at + 1]

    def measure(self, network: Network, loss: str) -> dict[str, Tensor]:
        """Mean loss (nats) and perplexity of each member, `(M,)`, windowed and carried."""
        windowed, carried = windowed_loss(network, self.words, self.T), carried_loss(network, self.words)
        return dict(zip(self.measures(loss), (windowed, windowed.exp(), carried, carried.exp())))

    def measures(self, loss: str) -> tuple[str, ...]:
        """The names of what `measure` gives."""
        return measures("text", loss)


@torch.no_grad()
def windowed_loss(network: Network, words: Tensor, T: int) -> Tensor:
    """Mean loss over every T + 1 words read from the zero state, `(M,)`; a rest of the text is left out.

    Raises: ValueError for a text of fewer words.

    >>> network = Network.draw("rnn", 4, 8, 6, seeds=[0, 1], words=6, every_step=True)
    >>> windowed_loss(network, torch.arange(6).repeat(5), T=5).shape  # a member each
    torch.Size([2])
    """
    n = len(words) // (T + 1)
    if n < 1:
        raise ValueError(f"words: expected more than {T}, one window, got {len(words)}")
    windows = words[: n * (T + 1)].view(n, T + 1)
    total = sum(_read(network, part[:, :-1].T, part[:, 1:].T) for part in windows.split(WINDOWS))
    return total / (n * T)


@torch.no_grad()
def carried_loss(network: Network, words: Tensor, streams: int = STREAMS) -> Tensor:
    """Mean loss over a text read in `streams` pieces side by side, each from end to end, `(M,)`.

    Raises: ValueError for a text too short to be cut.

    >>> network = Network.draw("rnn", 4, 8, 6, seeds=[0, 1], words=6, every_step=True)
    >>> carried_loss(network, torch.arange(6).repeat(5), streams=3).shape
    torch.Size([2])
    """
    length = (len(words) - 1) // streams
    if length < 1:
        raise ValueError(f"words: expected more than {streams}, one for each stream, got {len(words)}")
    n = length * streams
    x, y = (part.view(streams, length).T for part in (words[:n], words[1 : n + 1]))
    return _read(network, x, y) / n


def _read(network: Network, x: Tensor, y: Tensor) -> Tensor:
    """Sum of the losses of predicting `y (T, B)` while reading `x (T, B)`, `(M,)`, float64."""
    folded, head, embedding = fold(network), Head(network), network.embedding
    head.start()
    M, at_once = network.n_members, steps_at_once(network, x.shape[1])
    states, total = [None] * len(folded), 0
    for x_part, y_part in zip(x.split(at_once), y.split(at_once)):
        inputs = embedding(x_part[:, None].expand(-1, M, -1)).transpose(2, 3)  # (steps, M, n_in, B)
        tops = []
        for below in inputs:
            states = step(folded, below, states)
            tops.append(states[-1])
        outputs = head.forward(torch.cat(tops, -1))  # (M, steps B, n_words)
        picked = outputs.gather(-1, y_part.reshape(1, -1, 1).expand(M, -1, 1))[..., 0]
        total = total + (outputs.logsumexp(-1) - picked).double().sum(-1)
    return total
