"""What networks do while they read a digit: their hidden activity, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ...networks import Network
from ...tasks import mnist
from ...training import Sequences, Splits, Training


def states_while_reading(
    image: np.ndarray, kinds: Sequence[str] = ("rnn", "colei"), *, updates: int = 400, seed: int = 0
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


def _sequences(images: np.ndarray, labels: np.ndarray) -> Sequences:
    x = torch.as_tensor(mnist.scaled(images, "float32"))
    return Sequences(x.transpose(0, 1).contiguous(), torch.as_tensor(labels))
