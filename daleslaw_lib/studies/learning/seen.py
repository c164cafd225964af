"""What networks do while they read: a digit row by row, numbers to add, a text word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ...checks import positive_integer
from ...networks import Network
from ...tasks import adding, mnist, penn_treebank
from ...training import Sequences, Splits, Text, Training

KINDS = ("rnn", "colei")


def states_while_reading(
    image: np.ndarray, kinds: Sequence[str] = KINDS, *, updates: int = 400, seed: int = 0
) -> dict[str, np.ndarray]:
    """Chapter 4: hidden activity `(28, N)` of a small trained network of each kind as it reads an image `(28,
    28)`.

    The networks learn the digits that come with the library for a few hundred updates, at ten times the
    paper's learning rate, clipped at norm 1.
    """
    d = mnist.load(source="subset")
    digits = Splits(train=_sequences(d.x_train, d.y_train), test=_sequences(d.x_test, d.y_test))
    x = torch.as_tensor(mnist.scaled(image[None], "float32")).transpose(0, 1)[:, None]  # (T, M, B, n_in)
    found = {}
    for kind in kinds:
        network = Network.draw(kind, 28, 100, 10, seeds=[seed])
        settings = dict(seeds=[seed], lr=[0.1], clip=[1.0], clip_by="layer", batch=32)
        Training(network, digits, updates=updates, eval_every=updates, **settings).run()
        with torch.no_grad():
            found[kind] = network.layers[0](x)[:, 0, 0].numpy()
    return found


@dataclass(frozen=True, eq=False)
class Addition:
    """Chapter 4: a network at every step of a sum, its state `(T, n)`, and what it would answer, `(T,)`."""

    h: np.ndarray
    answer: np.ndarray


def states_while_adding(
    x: np.ndarray, kinds: Sequence[str] = KINDS, *, updates: int = 1_500, seed: int = 0
) -> dict[str, Addition]:
    """Chapter 4: what a small trained network of each kind does while it reads an adding problem `(T, 2)`.

    Ten units, as in the chapter; Adam at learning rate 0.01 and clipping at norm 1, so that seconds are
    enough. The answer counts at the last step alone; before it, it is what the network would say if asked.
    """
    d = adding.load(9_024, T=len(x))
    problems = Splits(train=_numbers(d.x_train, d.y_train), test=_numbers(d.x_test, d.y_test))
    read = torch.as_tensor(x, dtype=torch.float32)[:, None, None]  # (T, M, B, 2)
    found = {}
    for kind in kinds:
        network = Network.draw(kind, adding.N_IN, 10, adding.N_OUT, seeds=[seed])
        settings = dict(seeds=[seed], lr=[0.01], clip=[1.0], clip_by="layer", batch=64, optimiser="adam")
        loss = adding.TASK.loss
        Training(network, problems, updates=updates, eval_every=updates, loss=loss, **settings).run()
        with torch.no_grad():
            h = network.layers[0](read)
            answer = network.readout(h)
        found[kind] = Addition(h[:, 0, 0].numpy(), answer[:, 0, 0, 0].numpy())
    return found


@dataclass(frozen=True, eq=False)
class Reading:
    """Chapter 4: words as they were read and the one that follows, `n + 1`, and what was expected after each.

    `expected[kind]` is `(n, n_words)`: the probability of every word of the vocabulary.
    """

    words: tuple[str, ...]
    vocabulary: tuple[str, ...]
    expected: dict[str, np.ndarray]

    def guesses(self, kind: str, count: int) -> list[list[tuple[str, float]]]:
        """After every word the `count` likeliest that follow, likeliest first, with their probabilities."""
        best = np.argsort(-self.expected[kind], axis=1, kind="stable")[:, :count]
        return [[(self.vocabulary[w], float(p[w])) for w in row] for p, row in zip(self.expected[kind], best)]

    def given(self, kind: str) -> np.ndarray:
        """The probability that was given to each word that came, `(n,)`."""
        came = [self.vocabulary.index(word) for word in self.words[1:]]
        return self.expected[kind][np.arange(len(came)), came]


def predictions_while_reading(
    n: int = 12,
    kinds: Sequence[str] = KINDS,
    *,
    source: str = "small",
    updates: int = 1_000,
    seed: int = 0,
) -> Reading:
    """Chapter 4: what a small trained network of each kind expects after each of n words of the test text.

    They begin with the second sentence. `source` as in `penn_treebank.load`: "small" comes with the library,
    "full" is Penn Treebank, for a reader who has it.

    Raises: ValueError for a number or source out of range; DataError if no place has the files.
    """
    n = positive_integer("n", n)
    words = penn_treebank.load(20_000, source=source)
    V = len(words.vocabulary)
    text = Splits(train=Text(torch.as_tensor(words.train), 10), test=Text(torch.as_tensor(words.test), 10))
    start = int(np.flatnonzero(words.test == words.vocabulary.index(penn_treebank.END))[0]) + 1
    stretch = words.test[start : start + n + 1]
    if len(stretch) <= n:
        raise ValueError(f"n: expected at most {len(words.test) - start - 1:,} words, got {n:,}")
    expected = {}
    for kind in kinds:
        network = Network.draw(kind, 16, 24, V, seeds=[seed], words=V, every_step=True)
        settings = dict(seeds=[seed], lr=[0.5], clip=[1.0], clip_by="layer", batch=20)
        Training(network, text, updates=updates, eval_every=updates, **settings).run()
        with torch.no_grad():
            outputs = network(torch.as_tensor(stretch[:-1])[:, None, None])  # (n, M, B, V)
        expected[kind] = outputs[:, 0, 0].softmax(-1).double().numpy()
    return Reading(tuple(words.vocabulary[k] for k in stretch), words.vocabulary, expected)


def _numbers(x: np.ndarray, y: np.ndarray) -> Sequences:
    x, y = (torch.as_tensor(part, dtype=torch.float32) for part in (x, y))
    return Sequences(x.transpose(0, 1).contiguous(), y)


def _sequences(images: np.ndarray, labels: np.ndarray) -> Sequences:
    x = torch.as_tensor(mnist.scaled(images, "float32"))
    return Sequences(x.transpose(0, 1).contiguous(), torch.as_tensor(labels))
