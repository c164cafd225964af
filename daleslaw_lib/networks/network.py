r"""An ensemble of M networks of one kind: recurrent layers, perhaps dense ones, then a readout.

`Network.draw` makes M networks from M seeds; `Network.from_arrays` from given arrays (names: see `arrays`).
`forward` is for anyone (autograd works through it). The trainer's way is in `gradients.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import numbers, one_of, whole_numbers
from ..initialisation import starts
from ..initialisation.draw import KINDS, draw_network, draw_transplant, start_generator, weight_generator
from .arrays import SIGNS, Arrays, Members, apart, each_of
from .cells import LAYERS, Dense, Embedding, Layer, Readout, as_input
from .weights import ColumnWeight, FrozenWeight, Weight


class Network(nn.Module):
    """x `(T, M, B, n_in)` -> `(M, B, n_out)`, read from the last time step.

    With `every_step` it is read at every step, `(T, M, B, n_out)`. With an `embedding` x holds the numbers
    of words, `(T, M, B)`.

    Raises: ValueError if the layers do not fit one another.
    """

    def __init__(
        self,
        kind: str,
        layers: Sequence[Layer],
        readout: Readout,
        *,
        dense: Sequence[Dense] = (),
        embedding: Embedding | None = None,
        every_step: bool = False,
    ):
        super().__init__()
        self.kind = one_of("kind", kind, KINDS)
        self.layers, self.dense, self.readout = nn.ModuleList(layers), nn.ModuleList(dense), readout
        self.embedding, self.every_step = embedding, every_step
        sizes = [tuple(layer.U.shape) for layer in layers] + [tuple(block.W.shape) for block in self.head]
        for k in range(1, len(sizes)):
            if sizes[k][0] != sizes[0][0] or sizes[k][2] != sizes[k - 1][1]:
                raise ValueError(
                    f"layers: expected each to take the one below, (M, n, n of the one below), got {sizes}"
                )

    @classmethod
    def draw(
        cls,
        kind: str,
        n_in: int,
        n: int,
        n_out: int,
        *,
        seeds: Sequence[int],
        layers: int = 1,
        ei_ratio: float | Sequence[float] = 9.0,
        frozen: bool | None | Sequence[bool | None] = None,
        ablated: int | None | Sequence[int | None] = None,
        dense: int = 0,
        words: int | None = None,
        table: np.ndarray | None = None,
        every_step: bool = False,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
        **initial,
    ) -> Network:
        """M networks, one a seed; every further argument is one for all or one a member.

        A member depends on its own seed and settings alone: it is the same in any ensemble.

        Args:   frozen, ablated, table, every_step: see `from_arrays`; initial: rho, n_inhibitory, random_ix,
                input_init as in `initialisation.draw_network`, and so are dense and words; vectors, spectrum
                and parts as in `draw_transplant`; start, start_a and start_b as in `starts.put`.
        Raises: ValueError for an argument out of range, or of another length than seeds.
        """
        seeds = whole_numbers("seeds", seeds)
        M = len(seeds)
        each = {name: each_of(name, value, M) for name, value in (initial | {"ei_ratio": ei_ratio}).items()}
        members = []
        for m, seed in enumerate(seeds):
            own = {name: values[m] for name, values in each.items() if values[m] is not None}
            rng = weight_generator(seed)
            if "vectors" in own:
                both = {name: own[name] for name in TRANSPLANT if name in own}
                members.append(draw_transplant(n_in=n_in, n=n, n_out=n_out, rng=rng, **both))
                continue
            start = {key: own.pop(name) for name, key in START.items() if name in own}
            shape = dict(layers=layers, dense=dense, words=words)
            drawn = draw_network(kind, n_in, n, n_out, **shape, rng=rng, **own)
            if start:
                drawn = starts.put(
                    drawn, kind, **start, ei_ratio=each["ei_ratio"][m], rng=start_generator(seed)
                )
            members.append(drawn)
        given = dict(ei_ratio=ei_ratio, frozen=frozen, ablated=ablated, dtype=dtype, device=device)
        return cls.from_arrays(kind, members, table=table, every_step=every_step, **given)

    @classmethod
    def from_arrays(
        cls,
        kind: str,
        members: Sequence[Mapping[str, np.ndarray]],
        *,
        ei_ratio: float | None | Sequence[float | None] = None,
        frozen: bool | None | Sequence[bool | None] = None,
        ablated: int | None | Sequence[int | None] = None,
        table: np.ndarray | None = None,
        every_step: bool = False,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> Network:
        """From each member's arrays, named as in `initialisation.draw_network`.

        An ensemble's own `arrays()`, with the leading axis M, stand for all its members.

        Args: ei_ratio: gives the signs of ColEI's columns, unless the arrays bring signs along; the other
              kinds do not need it.
              frozen: the entries of an RNN's W keep their initial signs (E9).
              ablated: so many of ColEI's inhibitory units, the last, have no connections among
              them (E11).
              table: fixed vectors of words `(n_words, n_in)` for all members, in place of learned ones.
              every_step: outputs are read at every step, not at the last alone.

        Raises: ValueError if there are no members, an array is missing, shapes differ, or ColEI's signs
                are unknown, or are not those of `ei_ratio`.
        """
        build = _Builder(one_of("kind", kind, KINDS), members, dict(dtype=dtype, device=device))
        build.check(ei_ratio=ei_ratio, frozen=frozen, ablated=ablated, table=table)
        return cls(
            kind,
            [build.layer(k) for k in range(build.members.n_layers)],
            build.readout(),
            dense=[build.dense(k) for k in range(build.members.n_dense)],
            embedding=build.embedding(table),
            every_step=every_step,
        )

    @property
    def n_members(self) -> int:
        return len(self.readout.b)

    @property
    def head(self) -> list[Dense | Readout]:
        """What stands on the recurrent layers, in order: dense layers, then the readout."""
        return [*self.dense, self.readout]

    def blocks(self) -> dict[str, Layer | Dense | Readout | Embedding]:
        """Everything that learns, by name: the units by which gradients are clipped."""
        found = {f"layer{k}": layer for k, layer in enumerate(self.layers)}
        found |= {f"dense{k}": layer for k, layer in enumerate(self.dense)} | {"readout": self.readout}
        if self.embedding is not None and self.embedding.learned:
            found["embedding"] = self.embedding
        return found

    def tensors(self) -> dict[str, nn.Parameter]:
        """Every raw parameter by its array's name; leading axis M."""
        return {
            f"{block}/{name}": value
            for block, module in self.blocks().items()
            for name, value in _named_parameters(module)
        }

    def signs(self) -> dict[str, np.ndarray]:
        """ColEI's signs by the names of the magnitudes they belong to; empty for the other kinds.

        Shapes: `(M, 1, n_pre)`; `(M, n_post, n_pre)`, with zeros, where connections are cut. Whole numbers.
        """
        return {
            f"{block}/{name}": weight.signs.cpu().numpy().astype(np.int8)
            for block, module in self.blocks().items()
            for name, weight in getattr(module, "weights", {}).items()
            if isinstance(weight, ColumnWeight)
        }

    def arrays(self) -> Arrays:
        """A copy of every raw parameter, `(M, ...)`, by its array's name; ColEI's signs come with them."""
        raw = {name: value.detach().cpu().numpy().copy() for name, value in self.tensors().items()}
        return Arrays(raw, self.signs())

    @torch.no_grad()
    def load_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Overwrite every raw parameter. Arrays that bring no signs are taken to have this network's.

        Raises: ValueError if a name, a shape or a sign is not this network's; then nothing is changed.
        """
        tensors, own = self.tensors(), self.signs()
        arrays, brought = apart(arrays)
        arrays |= {f"{SIGNS}{name}": value for name, value in brought.items() if name not in own}
        expected = {name: tuple(value.shape) for name, value in tensors.items()}
        got = {name: tuple(np.shape(value)) for name, value in arrays.items()}
        if expected != got:
            different = sorted(set(expected.items()) ^ set(got.items()))
            raise ValueError(f"arrays: expected those of this network, got others: {different[:4]}")
        strange, found = [], {}
        for name, value in arrays.items():
            try:
                found[name] = numbers(name, value)
            except ValueError:
                strange.append(name)
        if strange:
            raise ValueError(f"arrays: expected numbers, those of this network, got others: {strange[:4]}")
        for name, value in brought.items():
            if not np.array_equal(value, own[name]):
                raise ValueError(
                    f"arrays: expected {name} with the signs of this network, got others: it was drawn at "
                    "another ei_ratio, or with other connections"
                )
        for name, value in tensors.items():
            value.copy_(torch.as_tensor(found[name]))

    def forward(self, x: Tensor) -> Tensor:
        if self.embedding is not None:
            x = self.embedding(
                as_input("x", x, torch.empty(0, dtype=torch.long, device=self.readout.b.device))
            )
        for layer in self.layers:
            x = layer(x)
        if not self.every_step:
            x = x[-1]
        for block in self.head:
            x = block(x)
        return x


TRANSPLANT = ("vectors", "spectrum", "parts", "ei_ratio")
START = {"start": "name", "start_a": "a", "start_b": "b"}


class _Builder:
    """The parts of a network, from its members' arrays."""

    def __init__(self, kind: str, members, place: Mapping):
        self.kind, self.place, self.make = kind, place, LAYERS[kind].weight_type
        self.members = Members(kind, members, self.make.parts)
        if any(self.members.signs) and not issubclass(self.make, ColumnWeight):
            raise ValueError(f"members: expected signs only of colei, got some of {kind}")

    def check(self, *, ei_ratio, frozen, ablated, table) -> None:
        """Take what is one for all or one a member; ValueError for what this kind lacks."""
        M, options = len(self.members), KINDS[self.kind].options
        self.ratios = each_of("ei_ratio", ei_ratio, M)
        self.frozen, self.cut = each_of("frozen", frozen, M), each_of("ablated", ablated, M)
        if any(self.frozen) and "frozen" not in options:
            raise ValueError(f"frozen: expected only of an rnn, got {self.kind}")
        if any(self.cut) and "ablated" not in options:
            raise ValueError(f"ablated: expected only of colei, got {self.kind}")
        if self.members.learned and table is not None:
            raise ValueError("table: expected none where members have an embedding of their own, got one")

    def tensor(self, name: str) -> Tensor:
        return torch.as_tensor(self.members.stacked(name), **self.place)

    def weight(self, name: str, outside: bool = False) -> Weight:
        """`outside`: what sends is the network's input."""
        raw = {part: self.tensor(name + part) for part in self.make.parts}
        if KINDS[self.kind].draw.MAGNITUDES:
            for part, values in raw.items():
                if (values < 0).any():
                    raise ValueError(f"{name}{part}: expected magnitudes >= 0, got negative entries")
        n_pre = raw[self.make.parts[0]].shape[-1]
        how = dict(ratios=self.ratios, outside=outside, signs=self.members.signs_of(name, n_pre))
        try:
            return self.make.of_members(*raw.values(), **how)
        except ValueError as error:
            where = f"{name}: " if str(error).startswith("expected") else ""
            raise ValueError(f"{where}{error}") from None

    def recurrent(self, name: str) -> Weight:
        """W, perhaps with signs that are frozen, or inhibitory units that are not connected."""
        W = self.weight(name)
        if any(self.frozen):
            return FrozenWeight(W.raw[""].data, torch.tensor([bool(f) for f in self.frozen]))
        if any(self.cut):
            W.cut_(self.cut)
        return W

    def layer(self, k: int) -> Layer:
        name = f"layer{k}"
        U, W = self.weight(f"{name}/U", outside=k == 0), self.recurrent(f"{name}/W")
        return LAYERS[self.kind](U, W, self.tensor(f"{name}/b"))

    def dense(self, k: int) -> Dense:
        return Dense(self.weight(f"dense{k}/U"), self.tensor(f"dense{k}/b"))

    def readout(self) -> Readout:
        return Readout(self.weight("readout/W"), self.tensor("readout/b"))

    def embedding(self, table: np.ndarray | None) -> Embedding | None:
        """Word vectors of the members' own, or those of a table for all; None: x holds no words."""
        if self.members.learned:
            return Embedding(self.tensor("embedding/E"), learned=True)
        return None if table is None else Embedding(torch.as_tensor(table, **self.place), learned=False)


def _named_parameters(block):
    if isinstance(block, Embedding):
        yield "E", block.E
        return
    for name, weight in block.weights.items():
        for part, value in weight.raw.items():
            yield name + part, value
    yield "b", block.b
