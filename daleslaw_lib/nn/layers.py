r"""Recurrent layers of the three kinds as torch modules: sizes in, `torch.nn.RNN` out.

    h_t = relu(U x_t + W h_{t-1} + b)

and what U and W are made of is the kind's. The weights are those of `networks/weights.py`, without the axis
of members. Dale's law holds whatever steps are taken, since reading a weight, as the forward pass does first,
puts back at zero what a step has left below it. That is projected gradient descent: Adam,
momentum and weight decay may push a magnitude against zero, and it can leave zero at the next step.

Shapes: x `(T, B, n_in)`, or `(B, T, n_in)` with `batch_first`, or `(T, n_in)`; h0 `(n_layers, B, n)`
        or `(n_layers, n)` -> output like x with n in place of n_in, state like h0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from ..checks import numbers, positive_integer, scale, shown, size
from ..initialisation import draw_network, split_population
from ..networks import Network, Weight, recur
from ..networks.cells import as_input
from ..networks.derivatives import in_full_precision
from .readouts import ColEIReadout, DANNReadout, Readout, RNNReadout
from .single import Generator, alone, bias_of, not_scriptable, place, stream

OPTIONS = {  # of a start, by kind
    "rnn": ("rho", "input_init"),
    "colei": ("rho",),
    "dann": ("rho", "n_inhibitory", "random_ix"),
}


class Layer(nn.Module):
    """What a module's weights amount to in one layer: U `(n, n_in)`, W `(n, n)`, bias `(n,)` or None."""

    def __init__(self, U: Weight, W: Weight, b: Tensor | None):
        super().__init__()
        self.input, self.recurrent = U, W
        self.register_parameter("bias", None if b is None else nn.Parameter(b))

    @property
    def U(self) -> Tensor:  # (n, n_in)
        return self.input()

    @property
    def W(self) -> Tensor:  # (n, n)
        return self.recurrent()

    def folded(self) -> tuple[Tensor, Tensor, Tensor]:
        """U, W and b of an ensemble of one, as `recur` wants them; in full precision under autocast."""
        with in_full_precision(next(self.parameters()).device.type):
            W = self.W
            return self.U[None], W[None], bias_of(self, W, W.shape[0])[None]


class Recurrent(nn.Module):
    """What the three kinds have in common; see `RNN`, `ColEI` and `DANN`.

    Args:   n_in, n, n_layers: sizes; the second layer reads the first, and so on.
            ei_ratio: excitatory units for each inhibitory one, 9 unless given; an RNN takes no notice.
            bias: False for none. Biases start at zero.
            batch_first: x and output are `(B, T, n)`; states are not, as in torch.
            dropout: share of a layer's outputs that the next layer does not see, in training.
            init: options of the start, as in `initialisation.draw_network`: rho, for all kinds; input_init
            for RNN; n_inhibitory and random_ix for DANN. Or the arrays of one network, trained perhaps,
            `network.arrays().member(0)`, which bring their signs along.
            generator: of torch or NumPy, or a seed; None is torch's own, which `torch.manual_seed` sets.
    Raises: ValueError for an argument out of range, before anything is drawn.
    """

    kind: str
    readout_type: type[Readout]

    def __init__(
        self,
        n_in: int,
        n: int,
        n_layers: int = 1,
        *,
        ei_ratio: float | None = None,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        init: Mapping[str, object] | None = None,
        generator: Generator = None,
        dtype: torch.dtype | None = None,
        device: str | torch.device | None = None,
    ):
        super().__init__()
        self.input_size, self.hidden_size = size("n_in", n_in), size("n", n)
        self.num_layers = positive_integer("n_layers", n_layers)
        self.ei_ratio = None if ei_ratio is None else scale("ei_ratio", ei_ratio)
        self.batch_first, self.dropout = bool(batch_first), _share(dropout, n_layers)
        dtype, device = place(dtype, device)
        with torch.device("cpu"):  # where numbers are drawn, also for a model that is to have none yet
            self.layers = nn.ModuleList(
                Layer(
                    alone(layer.input), alone(layer.recurrent), layer.b.detach()[0].clone() if bias else None
                )
                for layer in self._network(init, generator, dtype).layers
            )
        self.to(device)
        if self.kind == "colei":
            self.register_load_state_dict_post_hook(_take_ratio)

    def _network(self, init, generator, dtype) -> Network:
        """An ensemble of one with this module's layers."""
        if not (init is None or isinstance(init, Mapping) and all(isinstance(name, str) for name in init)):
            raise ValueError(f"init: expected options or arrays by name, got {shown(init)}")
        sizes, options = (self.input_size, self.hidden_size), dict(init or {})
        if any("/" in name for name in options):
            network = Network.from_arrays(self.kind, [init], ei_ratio=self.ei_ratio, dtype=dtype)
            got = [tuple(layer.U.shape[:0:-1]) for layer in network.layers]
            expected = [sizes] + [(sizes[1], sizes[1])] * (self.num_layers - 1)
            if network.n_members != 1 or got != expected:
                raise ValueError(
                    f"init: expected the arrays of one network, (n_in, n) of its layers {expected}, "
                    f"got those of {network.n_members}, {got}"
                )
            if not _is_finite(network):
                raise ValueError("init: expected arrays of finite numbers, got NaN or infinity")
            return network
        if strange := sorted(set(options) - set(OPTIONS[self.kind])):
            raise ValueError(
                f"init: expected options of {type(self).__name__}, {', '.join(OPTIONS[self.kind])}, "
                f"got {strange[0]!r}"
            )
        self.ei_ratio = 9.0 if self.ei_ratio is None else self.ei_ratio
        options |= {"layers": self.num_layers, "ei_ratio": self.ei_ratio, "rng": stream(generator)}
        arrays = draw_network(self.kind, *sizes, 2, **options)
        network = Network.from_arrays(self.kind, [arrays], ei_ratio=self.ei_ratio, dtype=dtype)
        if not _is_finite(network):
            raise ValueError(f"init: expected options whose weights {dtype} can hold, got {shown(init)}")
        return network

    # --- the forward pass ----------------------------------------------------------------------

    def forward(
        self,
        x: Tensor | PackedSequence,
        h0: Tensor | None = None,
        *,
        lengths: Tensor | np.ndarray | list[int] | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Every state of the last layer, and the last state of every layer.

        A `PackedSequence` comes back as one. With `lengths (B,)` x is padded, the output is zero after a
        sequence's end, and the state is that of its end.
        """
        if isinstance(x, PackedSequence):
            if lengths is not None:
                raise ValueError("lengths: expected none with a PackedSequence, which has its own, got some")
            return self._packed(x, h0)
        x = as_input("x", x, self._like)
        if lengths is not None:
            return self._padded(x, h0, lengths)
        single, steps = x.ndim == 2, 1 if self.batch_first and x.ndim == 3 else 0
        if not torch.jit.is_tracing():  # where sizes are unknown
            if x.ndim not in (2, 3) or x.shape[-1] != self.input_size:
                raise ValueError(f"x: expected shape {self._shape}, got {tuple(x.shape)}")
            if x.shape[steps] == 0:
                raise ValueError("x: expected at least one time step, got none")
        if single:
            x = x[:, None]
        elif self.batch_first:
            x = x.transpose(0, 1)
        h0 = self._states(h0, x.shape[1], single)
        last = []
        for k, layer in enumerate(self.layers):
            U, W, b = layer.folded()
            x = recur(x[:, None], U, W, b, None if h0 is None else h0[k][None])[:, 0]
            last.append(x[-1])
            x = self._drop(x, k)
        state = torch.stack(last)
        if single:
            return x[:, 0], state[:, 0]
        return x.transpose(0, 1) if self.batch_first else x.contiguous(), state

    def _packed(self, x: PackedSequence, h0: Tensor | None) -> tuple[PackedSequence, Tensor]:
        """Stretches of time in which as many sequences go on, one after another: no step is wasted."""
        data, sizes = as_input("x", x.data, self._like), x.batch_sizes
        if data.ndim != 2 or data.shape[1] != self.input_size:
            raise ValueError(f"x: expected packed items of size {self.input_size}, got {tuple(data.shape)}")
        h0 = self._states(h0, int(sizes[0]), False)
        if h0 is not None and x.sorted_indices is not None:
            h0 = h0[:, x.sorted_indices]
        going, steps = torch.unique_consecutive(sizes, return_counts=True)
        stretches = list(zip(going.tolist(), steps.tolist()))
        last = []
        for k, layer in enumerate(self.layers):
            U, W, b = layer.folded()
            h = data.new_zeros(int(sizes[0]), self.hidden_size) if h0 is None else h0[k]
            below, parts = data.split([B * T for B, T in stretches]), []
            for (B, T), part in zip(stretches, below):
                states = recur(part.reshape(T, 1, B, -1), U, W, b, h[None, :B].to(part.dtype))[:, 0]
                parts.append(states.reshape(T * B, -1))
                h = torch.cat((states[-1], h[B:].to(states.dtype)))
            last.append(h)
            data = self._drop(torch.cat(parts), k)
        state = torch.stack(last)
        if x.unsorted_indices is not None:
            state = state[:, x.unsorted_indices]
        return PackedSequence(data, sizes, x.sorted_indices, x.unsorted_indices), state

    def _padded(self, x: Tensor, h0: Tensor | None, lengths) -> tuple[Tensor, Tensor]:
        if x.ndim != 3:
            raise ValueError(f"x: expected a batch, {self._shape}, with lengths, got {tuple(x.shape)}")
        T, B = x.shape[:2][::-1] if self.batch_first else x.shape[:2]
        lengths = torch.as_tensor(np.array(numbers("lengths", lengths), order="C"))
        if (
            lengths.shape != (B,)
            or lengths.dtype.is_floating_point
            or lengths.dtype == torch.bool
            or not ((1 <= lengths) & (lengths <= T)).all()
        ):
            raise ValueError(
                f"lengths: expected {B} whole numbers from 1 to {T}, one for each sequence, "
                f"got {str(lengths.tolist())[:60]}"
            )
        packed = pack_padded_sequence(x, lengths, batch_first=self.batch_first, enforce_sorted=False)
        packed, state = self._packed(packed, h0)
        return pad_packed_sequence(packed, batch_first=self.batch_first, total_length=T)[0], state

    def _states(self, h0: Tensor | None, B: int, single: bool) -> Tensor | None:
        """Initial states `(n_layers, B, n)`."""
        if h0 is None:
            return None
        h0, n = as_input("h0", h0, self._like), self.hidden_size
        expected = (self.num_layers, n) if single else (self.num_layers, B, n)
        if h0.shape != expected:
            shape = "(n_layers, n)" if single else "(n_layers, B, n)"
            raise ValueError(f"h0: expected shape {expected}, {shape}, got {tuple(h0.shape)}")
        return h0[:, None] if single else h0

    def _drop(self, x: Tensor, k: int) -> Tensor:
        if self.dropout and k < self.num_layers - 1:
            return nn.functional.dropout(x.contiguous(), self.dropout, self.training)  # as torch's: one order
        return x

    @property
    def _like(self) -> Tensor:
        return next(iter(self.layers[0].input.raw.values()))

    @property
    def _shape(self) -> str:
        return f"({'B, T' if self.batch_first else 'T, B'}, {self.input_size}) or (T, {self.input_size})"

    # --- what stands around it -----------------------------------------------------------------

    def readout(self, n_out: int, *, bias: bool = True, generator: Generator = None) -> Readout:
        """A readout of this kind for this layer's units, of its dtype and on its device."""
        like = self._like
        place = {"dtype": like.dtype, "device": like.device}
        options = {"ei_ratio": self.ei_ratio or 9.0, "bias": bias, "generator": generator}
        return self.readout_type(self.hidden_size, n_out, **options, **place)

    def flatten_parameters(self) -> None:
        """Nothing to do; torch.nn.RNN has it, and models call it."""

    def extra_repr(self) -> str:
        n_layers = f", n_layers={self.num_layers}" if self.num_layers > 1 else ""
        others = "".join(f", {name}={v}" for name, v in self._others().items())
        return f"{self.input_size}, {self.hidden_size}{n_layers}{others}"

    def _others(self) -> dict[str, object]:
        said = {"ei_ratio": self.kind != "rnn" and self.ei_ratio, "batch_first": self.batch_first}
        return {name: value for name, value in (said | {"dropout": self.dropout}).items() if value}

    def __prepare_scriptable__(self):
        raise not_scriptable(self)


class RNN(Recurrent):
    """Standard ReLU RNN, as torch.nn.RNN(nonlinearity="relu") with one bias and the paper's start.

    >>> rnn = RNN(3, 20, generator=0)
    >>> output, state = rnn(torch.randn(7, 2, 3))
    >>> output.shape, state.shape
    (torch.Size([7, 2, 20]), torch.Size([1, 2, 20]))
    """

    kind, readout_type = "rnn", RNNReadout


class ColEI(Recurrent):
    r"""A torch module, called like torch.nn.RNN: column E-I, W = W_pos D, D = diag(+1 .. -1 ..) by the
    sender.

    The first layer's input is all excitatory; deeper layers and readouts have the signs of the units they
    read. `signs (n,)` are those of the units.

    Source:  Song et al. 2016; the paper, section 2.
    Differs: the zero diagonal holds at initialisation only (E8).

    >>> rnn = ColEI(3, 20, ei_ratio=4, generator=0)
    >>> rnn.signs.sum(), bool((rnn.layers[0].W[:, 16:] <= 0).all())
    (tensor(12.), True)
    """

    kind, readout_type = "colei", ColEIReadout

    @property
    def signs(self) -> Tensor:  # (n,)
        signs = self.layers[-1].recurrent.signs
        return signs if signs.ndim == 1 else signs.sum(0).sign()

    def readout(self, n_out: int, **options) -> ColEIReadout:
        readout = super().readout(n_out, **options)
        readout.output.signs.copy_(self.signs)
        return readout


class DANN(Recurrent):
    r"""A torch module, called like torch.nn.RNN: Dale's ANN, W = W_ex - W_ei W_ix, interneurons settle at
    once.

    All n recurrent units are excitatory; interneurons come on top, for U and W apart. With plain SGD, see
    `correct_gradients`.

    Source: Cornford et al. 2021; the paper, section 2.

    >>> rnn = DANN(3, 20, ei_ratio=4, generator=0)
    >>> rnn.layers[0].recurrent.w_ix.shape  # four interneurons
    torch.Size([4, 20])
    """

    kind, readout_type = "dann", DANNReadout


def _take_ratio(module: ColEI, _) -> None:
    """A state brings its signs along: the ratio that the module is said to have is theirs."""
    if module.ei_ratio is not None and not module.signs.is_meta:
        n_i = int((module.signs < 0).sum())
        n_e = module.hidden_size - n_i
        if n_e and n_i and split_population(module.hidden_size, module.ei_ratio) != (n_e, n_i):
            module.ei_ratio = n_e / n_i


def _is_finite(network: Network) -> bool:
    return all(bool(torch.isfinite(value).all()) for value in network.tensors().values())


def _share(dropout: float, n_layers: int) -> float:
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout < 1:
        raise ValueError(f"dropout: expected a share, 0 <= dropout < 1, got {shown(dropout)}")
    if dropout and n_layers == 1:
        raise ValueError(
            f"dropout: expected 0 with one layer, since it stands between layers, got {dropout!r}"
        )
    return float(dropout)
