r"""Recurrent layers of the three kinds, and the layers above and below them, for an ensemble of M networks.

A layer is two weights and a bias; what distinguishes the kinds is the kind of weight
(`weights.py`). `forward` works in anyone's model, under autograd and any optimiser; the trainer calls
`backward_` with gradients it has derived by hand, then `correct_`, and after its step `project_`.

Shapes: x `(T, M, B, n_in)` -> h `(T, M, B, n)`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import numbers
from .derivatives import autocast_is_on, recur
from .weights import ColumnWeight, FreeWeight, InterneuronWeight, Weight


def as_input(name: str, value, like: Tensor) -> Tensor:
    """What a network reads, as a tensor of the dtype of `like`: lists, pandas, NumPy, whole numbers.

    Raises: ValueError for a tensor on another device or of another floating dtype, where torch would not know
            which is meant; for complex, sparse or masked ones, and for what holds no numbers.
    """
    if not isinstance(value, Tensor):
        return torch.tensor(np.array(numbers(name, value), order="C"), dtype=like.dtype, device=like.device)
    if value.is_nested:
        raise ValueError(
            f"{name}: expected a dense tensor of real numbers, got a nested one; pad it, or pack it"
        )
    if value.device != like.device:
        raise ValueError(
            f"{name}: expected a tensor on {like.device}, as the weights, got one on {value.device}"
        )
    if value.dtype == like.dtype and value.layout == torch.strided and not _is_masked(value):
        return value
    if value.is_complex() or value.layout != torch.strided or _is_masked(value):
        kind = "a masked" if _is_masked(value) else "a complex" if value.is_complex() else "a sparse"
        raise ValueError(f"{name}: expected a dense tensor of real numbers, got {kind} one")
    if not value.is_floating_point():
        return value.to(like.dtype)
    if autocast_is_on(value.device.type):
        return value
    raise ValueError(
        f"{name}: expected {like.dtype}, as the weights, got {value.dtype}; convert it, "
        f"{name}.to({like.dtype}), or the model, model.to({value.dtype})"
    )


def _is_masked(value: Tensor) -> bool:
    return type(value) is not Tensor and hasattr(value, "get_mask")


class Layer(nn.Module):
    r"""h_t = relu(U x_t + W h_{t-1} + b).

    Shapes: U `(M, n, n_in)`, W `(M, n, n)`, b `(M, n)`, all effective.
    Raises: ValueError if these do not fit one another.
    """

    weight_type: type[Weight]

    def __init__(self, U: Weight, W: Weight, b: Tensor):
        super().__init__()
        self.input, self.recurrent, self.b = U, W, nn.Parameter(b)
        M, n, n_in = self.U.shape
        if self.W.shape != (M, n, n) or b.shape != (M, n):
            raise ValueError(
                f"{type(self).__name__}: expected U (M, n, n_in), W (M, n, n), b (M, n), "
                f"got {(M, n, n_in)}, {tuple(self.W.shape)}, {tuple(b.shape)}"
            )

    @property
    def U(self) -> Tensor:  # (M, n, n_in)
        return self.input()

    @property
    def W(self) -> Tensor:  # (M, n, n)
        return self.recurrent()

    @property
    def weights(self) -> dict[str, Weight]:
        return {"U": self.input, "W": self.recurrent}

    def forward(self, x: Tensor, h0: Tensor | None = None) -> Tensor:
        x, h0 = as_input("x", x, self.b), None if h0 is None else as_input("h0", h0, self.b)
        return recur(x, self.U, self.W, self.b, h0)

    def backward_(self, dU: Tensor, dW: Tensor, db: Tensor) -> None:
        """Set `.grad` of every raw parameter from the gradients with respect to the effective ones."""
        self.input.backward_(dU)
        self.recurrent.backward_(dW)
        self.b.grad = db

    def correct_(self) -> None:
        for weight in self.weights.values():
            weight.correct_()

    def project_(self) -> None:
        for weight in self.weights.values():
            weight.project_()


class RNN(Layer):
    """Standard ReLU RNN: U and W are free. PyTorch's `nn.RNN(nonlinearity="relu")` with one bias."""

    weight_type = FreeWeight


class ColEI(Layer):
    r"""Cells of an ensemble of column E-I networks: W = W_pos D, D = diag(+1 .. -1 ..) by the unit that
    sends.

    The first layer's input is all excitatory; deeper ones get the signs of the layer below.

    Source:  Song et al. 2016; the paper, section 2.
    Differs: the zero diagonal holds at initialisation only (E8).
    """

    weight_type = ColumnWeight


class DANN(Layer):
    r"""Cells of an ensemble of Dale's ANNs: W = W_ex - W_ei W_ix, linear interneurons that settle at once.

    All N recurrent units are excitatory; interneurons come on top, for U and W apart.

    Source: Cornford et al. 2021; the paper, section 2.
    """

    weight_type = InterneuronWeight


class Readout(nn.Module):
    """Linear readout of the network's own kind: y = W h + b; h `(..., M, B, n)` -> `(..., M, B, n_out)`."""

    name = "W"  # of its weight, in arrays

    def __init__(self, W: Weight, b: Tensor):
        super().__init__()
        self.output, self.b = W, nn.Parameter(b)
        if self.W.shape[:2] != b.shape:
            raise ValueError(
                f"{type(self).__name__}: expected {self.name} (M, n_out, n), b (M, n_out), "
                f"got {tuple(self.W.shape)}, {tuple(b.shape)}"
            )

    @property
    def W(self) -> Tensor:  # (M, n_out, n)
        return self.output()

    @property
    def weights(self) -> dict[str, Weight]:
        return {self.name: self.output}

    def forward(self, h: Tensor) -> Tensor:
        return torch.matmul(as_input("h", h, self.b), self.W.transpose(1, 2)) + self.b[:, None]

    def backward_(self, dW: Tensor, db: Tensor) -> None:
        """Set `.grad` of every raw parameter from the gradients with respect to the effective ones."""
        self.output.backward_(dW)
        self.b.grad = db

    def correct_(self) -> None:
        self.output.correct_()

    def project_(self) -> None:
        self.output.project_()


class Dense(Readout):
    """Feed-forward ReLU layer of the network's own kind: y = relu(U h + b); shapes as of `Readout`."""

    name = "U"

    def forward(self, h: Tensor) -> Tensor:
        return super().forward(h).relu()


class Embedding(nn.Module):
    r"""Vectors of words, in place of inputs: x_t = E[word_t]. Dale's law does not concern them.

    Shapes: words `(T, M, B)`, whole numbers -> x `(T, M, B, n_in)`. Learned: E `(M, n_words, n_in)`, a table
            a member. Fixed: E `(n_words, n_in)`, one for all.
    Source: the paper, Fig. 2c, has fixed vectors (GloVe).
    """

    def __init__(self, vectors: Tensor, *, learned: bool):
        super().__init__()
        if vectors.ndim != 2 + learned:
            shape = "(M, n_words, n_in)" if learned else "(n_words, n_in)"
            raise ValueError(f"Embedding: expected vectors {shape}, got {tuple(vectors.shape)}")
        self.learned = learned
        if learned:
            self.E = nn.Parameter(vectors)
        else:
            self.register_buffer("E", vectors)

    @property
    def words(self) -> Tensor:
        """Of the dtype of words, and where the vectors are; empty."""
        return torch.empty(0, dtype=torch.long, device=self.E.device)

    def rows(self, words: Tensor) -> Tensor:
        """Where each of `words (T, M, B)` stands in the table, or in members' tables one after another."""
        if not self.learned:
            return words
        M, n_words, _ = self.E.shape
        return words + n_words * torch.arange(M, device=words.device)[:, None]

    def forward(self, words: Tensor) -> Tensor:
        return nn.functional.embedding(self.rows(words), self.E.flatten(0, -2))

    def backward_(self, words: Tensor, dx: Tensor) -> None:
        """Set `E.grad` from the gradient with respect to the inputs, `(T, M, B, n_in)`."""
        if self.E.grad is None:
            self.E.grad = torch.empty_like(self.E)
        flat = self.E.grad.zero_().flatten(0, 1)
        flat.index_add_(0, self.rows(words).flatten(), dx.reshape(-1, dx.shape[-1]))

    def correct_(self) -> None:
        """Nothing to correct."""

    def project_(self) -> None:
        """Nothing to project."""


LAYERS: dict[str, type[Layer]] = {"rnn": RNN, "colei": ColEI, "dann": DANN}
