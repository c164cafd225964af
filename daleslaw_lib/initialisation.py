r"""Initial weights of the three kinds of network, as pure functions of a random generator. NumPy only.

Rows receive and columns send: `W[i, j]` is the connection from unit j to unit i. Exp(s) is the
exponential distribution of mean s.

* RNN: no constraint; entries of either sign everywhere.
* ColEI ("column E-I"): every column has one sign, that of the unit that sends.
* DANN ("Dale's ANN"): N excitatory units, and linear interneurons that settle at once, so that
  `W = W_ex - W_ei W_ix` with all three parts >= 0.

Source: the paper, section 2 and its public code; the numbers behind each formula are derived in
chapter 2. Where the two disagree the code is followed and the E-number of the appendix is given.
"""

from __future__ import annotations

import math
from copy import deepcopy

import numpy as np

from .checks import generator, matrices, one_of, positive, positive_integer
from .spectra import spectral_radius, transplant

KINDS = ("rnn", "colei", "dann")
PYTORCH_RHO = 1 / math.sqrt(3)  # spectral radius of Uniform(-1/sqrt(N), 1/sqrt(N)), PyTorch's default
EMBEDDING_STD = 0.4  # of the numbers in a learned word vector before learning; the paper has none


# --- populations -----------------------------------------------------------------------------


def split_population(n: int, ei_ratio: float) -> tuple[int, int]:
    """Split n units into `(n_e, n_i)` at `ei_ratio` excitatory ones per inhibitory one (ColEI).

    n_i = ceil(n / (ei_ratio + 1)), the rest are excitatory.

    Raises: ValueError if n or ei_ratio is not positive and finite, or a population is left empty.
    """
    n, ei_ratio = positive_integer("n", n), positive("ei_ratio", ei_ratio)
    n_i = math.ceil(n / (ei_ratio + 1) - 1e-9)  # the slack forgives rounding, as in 1 / 0.1 - 1
    n_e = n - n_i
    if n_e < 1 or n_i < 1:
        raise ValueError(
            f"ei_ratio: expected a split that leaves both populations units, "
            f"got {n_e} excitatory and {n_i} inhibitory of {n} at ratio {ei_ratio:g}"
        )
    return n_e, n_i


def count_interneurons(n: int, ei_ratio: float) -> int:
    """Interneurons that a DANN layer of n excitatory units adds: max(floor(n / (ei_ratio + 1)), 1).

    Raises: ValueError if n or ei_ratio is not positive and finite.
    """
    n, ei_ratio = positive_integer("n", n), positive("ei_ratio", ei_ratio)
    return max(math.floor(n / (ei_ratio + 1) + 1e-9), 1)


def column_signs(n: int, ei_ratio: float) -> np.ndarray:
    """+1 for the excitatory senders, then -1 for the inhibitory ones: shape (n,).

    Raises: ValueError as in `split_population`.
    """
    n_e, n_i = split_population(n, ei_ratio)
    return np.repeat([1.0, -1.0], [n_e, n_i])


def obeys_dale(W) -> tuple[bool, str]:
    """Whether every column of `W (..., n, m)` has one sign, and why (not). Zeros have any sign.

    Returns: `(ok, reason)`; the reason names the first column that mixes signs.
    """
    W = matrices("W", W)
    mixed = (W > 0).any(-2) & (W < 0).any(-2)  # (..., m)
    if not mixed.any():
        return True, "every column has one sign"
    *member, column = (int(i) for i in np.argwhere(mixed)[0])
    where = f"column {column}" + (f" of matrix {tuple(member)}" if member else "")
    others = f" ({mixed.sum()} such columns in all)" if mixed.sum() > 1 else ""
    return False, f"{where} has entries of both signs{others}"


# --- RNN -------------------------------------------------------------------------------------


def rnn_weights(n: int, *, rho: float = PYTORCH_RHO, rng: np.random.Generator) -> np.ndarray:
    """Recurrent weights of a standard RNN: uniform, mean 0, variance rho^2 / n; shape (n, n).

    Eigenvalues fill a disc of radius about rho. The default is PyTorch's: U(-1/sqrt(n), 1/sqrt(n)).
    """
    n, rho = positive_integer("n", n), positive("rho", rho)
    bound = rho * math.sqrt(3 / n)
    return generator(rng).uniform(-bound, bound, (n, n))


def rnn_input_weights(n: int, n_in: int, *, rng: np.random.Generator) -> np.ndarray:
    """Input weights of a standard RNN: U(-1/sqrt(n), 1/sqrt(n)), n the receiving units; (n, n_in)."""
    n, n_in = positive_integer("n", n), positive_integer("n_in", n_in)
    return generator(rng).uniform(-1 / math.sqrt(n), 1 / math.sqrt(n), (n, n_in))


def rnn_he_input_weights(n: int, n_in: int, *, rng: np.random.Generator) -> np.ndarray:
    """Input weights of the RNN in the size sweep: normal, variance 2 / n_in (He; E12); (n, n_in)."""
    n, n_in = positive_integer("n", n), positive_integer("n_in", n_in)
    return generator(rng).normal(0, math.sqrt(2 / n_in), (n, n_in))


def rnn_readout_weights(n_out: int, n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Readout of a standard RNN: normal, variance 2 / n (He); shape (n_out, n)."""
    n_out, n = positive_integer("n_out", n_out), positive_integer("n", n)
    return generator(rng).normal(0, math.sqrt(2 / n), (n_out, n))


# --- ColEI -----------------------------------------------------------------------------------


def colei_weights(
    n: int, ei_ratio: float, *, rho: float = 1.5, zero_diagonal: bool = True, rng: np.random.Generator
) -> np.ndarray:
    """Recurrent weights of a ColEI network: signed, (n, n), excitatory columns first.

    As `colei_feedforward_weights`, then the diagonal set to 0 and the whole rescaled to spectral
    radius rho. The paper's transplants and entropies leave the diagonal as it is drawn (E8).

    Raises: ValueError if a population is empty or an argument is not positive and finite.
    Source: Song et al. 2016; the paper, section 2. Differs: the zero diagonal holds only here, at
            initialisation (E8).
    """
    rho = positive("rho", rho)
    W = colei_feedforward_weights(n, n, ei_ratio, rng=rng)
    if zero_diagonal:
        np.fill_diagonal(W, 0)
    return W * (rho / spectral_radius(W))


def colei_feedforward_weights(n: int, n_pre: int, ei_ratio: float, *, rng: np.random.Generator) -> np.ndarray:
    r"""Weights from a ColEI population to n units: signed, (n, n_pre), excitatory columns first.

    Excitatory columns are Exp(s_E), inhibitory ones -Exp(s_I) with s_I = (n_e / n_i) s_E, so that
    excitation and inhibition cancel on average; s_E = 1 / sqrt((2 pi - 1) / (2 pi) (n_e + n_e^2 / n_i))
    keeps the variance of a ReLU layer's activity. Readouts and deeper layers' inputs use it as it is.
    """
    n = positive_integer("n", n)
    n_e, n_i = split_population(n_pre, ei_ratio)
    s_e = 1 / math.sqrt((2 * math.pi - 1) / (2 * math.pi) * (n_e + n_e**2 / n_i))
    means = np.repeat([s_e, n_e / n_i * s_e], [n_e, n_i])
    return generator(rng).exponential(means, (n, n_pre)) * column_signs(n_pre, ei_ratio)


def colei_input_weights(n: int, n_in: int, *, rng: np.random.Generator) -> np.ndarray:
    """Weights of the network's input in a ColEI network: all excitatory, Exp(1/sqrt(n_in)); (n, n_in)."""
    n, n_in = positive_integer("n", n), positive_integer("n_in", n_in)
    return generator(rng).exponential(1 / math.sqrt(n_in), (n, n_in))


# --- DANN ------------------------------------------------------------------------------------


def dann_weights(
    n: int,
    n_inhibitory: int,
    *,
    rho: float = PYTORCH_RHO,
    random_ix: bool = False,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recurrent weights of a DANN: `W_ex (n, n)`, `W_ix (n_inhibitory, n)`, `W_ei (n, n_inhibitory)`.

    W_ex is Exp(s) with s^2 = rho^2 / (n - 1); every row of W_ix is the mean row of W_ex, and rows
    of W_ei sum to one. So W_ei W_ix is the mean row of W_ex, and W = W_ex - W_ei W_ix is W_ex with
    its columns centred: variance rho^2 / n, like that of an RNN.

    With `random_ix` W_ix is drawn from Exp(s) like W_ex, as the public code does in two of its
    experiments (E5). It no longer cancels the mean, and a large singular value comes back.

    Source: Cornford et al. 2021; the paper, section 2.
    """
    n, rho = positive_integer("n", n), positive("rho", rho)
    if n < 2:
        raise ValueError(f"n: expected at least 2 units, so that a column can be centred, got {n}")
    s = rho / math.sqrt(n - 1)
    W_ex, W_ix, W_ei = _dann(n, n, n_inhibitory, s, rng)
    return W_ex, rng.exponential(s, W_ix.shape) if random_ix else W_ix, W_ei


def dann_input_weights(
    n: int, n_in: int, n_inhibitory: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Input weights of a DANN: `U_ex (n, n_in)`, `U_ix (n_inhibitory, n_in)`, `U_ei (n, n_inhibitory)`.

    Scaled by the receiving n, like `rnn_input_weights`, not by n_in (E12).
    """
    n = positive_integer("n", n)
    if n < 2:
        raise ValueError(f"n: expected at least 2 units, so that a column can be centred, got {n}")
    return _dann(n, n_in, n_inhibitory, PYTORCH_RHO / math.sqrt(n - 1), rng)


def dann_readout_weights(
    n_out: int, n: int, n_inhibitory: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Readout of a DANN: `W_ex (n_out, n)`, `W_ix (n_inhibitory, n)`, `W_ei (n_out, n_inhibitory)`.

    Effective variance 2 / n. With one output the mean row is the row itself, and the effective
    readout starts at exactly zero (E6).
    """
    n_out, n = positive_integer("n_out", n_out), positive_integer("n", n)
    centring = n_out / (n_out - 1) if n_out > 1 else 1
    return _dann(n_out, n, n_inhibitory, math.sqrt(2 / n * centring), rng)


def _dann(n_post, n_pre, n_inhibitory, s, rng):
    n_pre = positive_integer("n_in", n_pre)
    n_inhibitory = positive_integer("n_inhibitory", n_inhibitory)
    W_ex = generator(rng).exponential(s, (n_post, n_pre))
    W_ix = np.tile(W_ex.mean(0), (n_inhibitory, 1))
    W_ei = rng.exponential(1.0, (n_post, n_inhibitory))
    return W_ex, W_ix, W_ei / W_ei.sum(1, keepdims=True)


def effective_dann(W_ex, W_ix, W_ei) -> np.ndarray:
    """W = W_ex - W_ei W_ix: what the linear interneurons amount to; `(..., n_post, n_pre)`."""
    return np.asarray(W_ex) - np.asarray(W_ei) @ np.asarray(W_ix)


# --- whole networks --------------------------------------------------------------------------


def draw_network(
    kind: str,
    n_in: int,
    n: int,
    n_out: int,
    *,
    layers: int = 1,
    dense: int = 0,
    words: int | None = None,
    ei_ratio: float = 9.0,
    rho: float | None = None,
    n_inhibitory: int | None = None,
    random_ix: bool = False,
    input_init: str | None = None,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """All initial arrays of one network, by name: "layer0/U", ..., "dense0/U", ..., "readout/b".

    ColEI's weights are given as magnitudes (>= 0), DANN's as their three parts `_ex`, `_ix`, `_ei`.
    Biases are zero, in the first layer too (E7).

    Shapes: U (n, n_in or n), W (n, n), b (n,); readout W (n_out, n), b (n_out,).
    Args:   dense: feed-forward ReLU layers after the recurrent ones; words: None, or how many words
            have vectors of n_in numbers, "embedding/E (words, n_in)", drawn last; rho: None for the kind's
            default; n_inhibitory, random_ix: of DANN's recurrent W alone, None for
            `count_interneurons(n, ei_ratio)` (E4, E5); input_init: "he" for `rnn_he_input_weights`.
    Raises: ValueError for an unknown kind or an argument out of range.
    """
    one_of("kind", kind, KINDS)
    layers, ei_ratio, rng = positive_integer("layers", layers), positive("ei_ratio", ei_ratio), generator(rng)
    if kind == "rnn":
        make = _RNN(rho, input_init, rng)
    elif kind == "colei":
        make = _ColEI(rho, ei_ratio, rng)
    else:
        make = _DANN(rho, ei_ratio, n_inhibitory, random_ix, rng)
    arrays: dict[str, np.ndarray] = {}

    def add(block: str, n_out: int, **weights) -> None:
        for name, parts in weights.items():
            arrays.update({f"{block}/{name}{part}": w for part, w in zip(make.parts, parts)})
        arrays[f"{block}/b"] = np.zeros(n_out)

    for k in range(layers):
        add(f"layer{k}", n, U=make.feedforward(n, n) if k else make.input(n, n_in), W=make.recurrent(n))
    for k in range(dense):
        add(f"dense{k}", n, U=make.feedforward(n, n))
    add("readout", n_out, W=make.readout(n_out, n))
    if words is not None:
        size = (positive_integer("words", words), positive_integer("n_in", n_in))
        arrays["embedding/E"] = rng.normal(0, EMBEDDING_STD, size)
    return arrays


def draw_transplant(
    vectors: str,
    spectrum: str,
    n_in: int,
    n: int,
    n_out: int,
    *,
    ei_ratio: float = 9.0,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """A one-layer network of free weights: singular vectors of one kind's, singular values of another's.

    The two networks are those that one random stream gives each kind by itself, but for ColEI's
    diagonal, which is as drawn (E8). Input, recurrent and readout weights are transplanted alike; if
    both kinds are the same the weights are that kind's own.

    Raises: ValueError for another kind than "rnn" and "colei", or an argument out of range.
    Source: the paper, section 4 and Fig. 4.
    """
    for name, kind in {"vectors": vectors, "spectrum": spectrum}.items():
        one_of(name, kind, ("rnn", "colei"))
    drawn = {}
    for kind in dict.fromkeys((vectors, spectrum)):
        stream = deepcopy(generator(rng))
        drawn[kind] = draw_network(kind, n_in, n, n_out, ei_ratio=ei_ratio, rng=stream)
        if kind == "colei":
            stream = deepcopy(rng)
            colei_input_weights(n, n_in, rng=stream)  # W comes after U in the stream
            drawn[kind]["layer0/W"] = colei_weights(n, ei_ratio, zero_diagonal=False, rng=stream)
            drawn[kind]["readout/W"] *= column_signs(n, ei_ratio)
    if vectors == spectrum:
        return drawn[vectors]
    return {
        name: w if w.ndim == 1 else transplant(w, drawn[spectrum][name]) for name, w in drawn[vectors].items()
    }


class _RNN:
    """How each weight of a standard RNN is drawn, as a tuple of its `parts`."""

    parts = ("",)

    def __init__(self, rho, input_init, rng):
        self.rho, self.rng = PYTORCH_RHO if rho is None else rho, rng
        self.draw_input = rnn_input_weights if input_init is None else rnn_he_input_weights

    def input(self, n, n_in):
        return (self.draw_input(n, n_in, rng=self.rng),)

    def feedforward(self, n, n_pre):
        return (rnn_input_weights(n, n_pre, rng=self.rng),)

    def recurrent(self, n):
        return (rnn_weights(n, rho=self.rho, rng=self.rng),)

    def readout(self, n_out, n):
        return (rnn_readout_weights(n_out, n, rng=self.rng),)


class _ColEI:
    """How each weight of a ColEI network is drawn; magnitudes."""

    parts = ("",)

    def __init__(self, rho, ei_ratio, rng):
        self.rho, self.ei_ratio, self.rng = 1.5 if rho is None else rho, ei_ratio, rng

    def input(self, n, n_in):
        return (np.abs(colei_input_weights(n, n_in, rng=self.rng)),)

    def feedforward(self, n, n_pre):
        return (np.abs(colei_feedforward_weights(n, n_pre, self.ei_ratio, rng=self.rng)),)

    def recurrent(self, n):
        return (np.abs(colei_weights(n, self.ei_ratio, rho=self.rho, rng=self.rng)),)

    readout = feedforward


class _DANN:
    """How each weight of a DANN is drawn: W_ex, W_ix, W_ei."""

    parts = ("_ex", "_ix", "_ei")

    def __init__(self, rho, ei_ratio, n_inhibitory, random_ix, rng):
        self.rho, self.ei_ratio, self.rng = PYTORCH_RHO if rho is None else rho, ei_ratio, rng
        self.n_inhibitory, self.random_ix = n_inhibitory, random_ix

    def input(self, n, n_in):
        return dann_input_weights(n, n_in, count_interneurons(n, self.ei_ratio), rng=self.rng)

    feedforward = input

    def recurrent(self, n):
        n_i = count_interneurons(n, self.ei_ratio) if self.n_inhibitory is None else self.n_inhibitory
        return dann_weights(n, n_i, rho=self.rho, random_ix=self.random_ix, rng=self.rng)

    def readout(self, n_out, n):
        return dann_readout_weights(n_out, n, count_interneurons(n_out, self.ei_ratio), rng=self.rng)
