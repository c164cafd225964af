r"""An ensemble of M networks of one kind: recurrent layers, perhaps dense ones, then a readout.

`Network.draw` makes M networks from M seeds; `Network.from_arrays` from given arrays. `forward`
is for anyone (autograd works through it). The trainer's way is in `gradients.py`.

Names of arrays, here and in every file: "layer0/U", "layer0/W_ex", ..., "dense0/U", "readout/b",
"embedding/E".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import one_of
from ..initialisation.draw import KINDS, draw_network, draw_transplant
from ..initialisation.populations import split_population
from .cells import LAYERS, Dense, Embedding, Layer, Readout
from .weights import FrozenWeight, Weight


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

        A member depends on its own seed and settings alone: the same in any company.

        Args:   frozen, ablated, table, every_step: see `from_arrays`; initial: rho, n_inhibitory, random_ix,
                input_init as in `initialisation.draw_network`, and so are dense and words; vectors and
                spectrum as in `draw_transplant`.
        Raises: ValueError for an argument out of range, or of another length than seeds.
        """
        M = len(seeds)
        each = {name: _each(name, value, M) for name, value in (initial | {"ei_ratio": ei_ratio}).items()}
        members = []
        for m, seed in enumerate(seeds):
            options = {name: values[m] for name, values in each.items() if values[m] is not None}
            rng = weight_generator(seed)
            if "vectors" in options:
                options = {name: options[name] for name in ("vectors", "spectrum", "ei_ratio")}
                members.append(draw_transplant(n_in=n_in, n=n, n_out=n_out, rng=rng, **options))
            else:
                shape = dict(layers=layers, dense=dense, words=words)
                members.append(draw_network(kind, n_in, n, n_out, **shape, rng=rng, **options))
        options = dict(ei_ratio=ei_ratio, frozen=frozen, ablated=ablated, dtype=dtype, device=device)
        return cls.from_arrays(kind, members, table=table, every_step=every_step, **options)

    @classmethod
    def from_arrays(
        cls,
        kind: str,
        members: Sequence[Mapping[str, np.ndarray]],
        *,
        ei_ratio: float | Sequence[float] = 9.0,
        frozen: bool | None | Sequence[bool | None] = None,
        ablated: int | None | Sequence[int | None] = None,
        table: np.ndarray | None = None,
        every_step: bool = False,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> Network:
        """From each member's arrays, named as in `initialisation.draw_network`.

        Args: ei_ratio: gives the signs of ColEI's columns; the other kinds do not need it.
              frozen: the entries of an RNN's W keep their initial signs (E9).
              ablated: so many of ColEI's inhibitory units, the last, have no connections among
              them (E11).
              table: fixed vectors of words `(n_words, n_in)` for all members, in place of learned ones.
              every_step: outputs are read at every step, not at the last alone.

        Raises: ValueError if there are no members, an array is missing, or shapes differ.
        """
        one_of("kind", kind, KINDS)
        if not members:
            raise ValueError("members: expected at least one network, got none")
        ratios = _each("ei_ratio", ei_ratio, len(members))
        frozen_members, cut = _each("frozen", frozen, len(members)), _each("ablated", ablated, len(members))
        if any(frozen_members) and "frozen" not in KINDS[kind].options:
            raise ValueError(f"frozen: expected only of an rnn, got {kind}")
        if any(cut) and "ablated" not in KINDS[kind].options:
            raise ValueError(f"ablated: expected only of colei, got {kind}")
        for count, ratio in zip(cut, ratios):
            n_i = split_population(len(members[0]["layer0/b"]), ratio)[1] if count else 0
            if count and count > n_i:
                raise ValueError(f"ablated: expected at most {n_i} inhibitory units, got {count}")
        n_layers, n_dense = (
            len({name.split("/")[0] for name in members[0] if name.startswith(block)})
            for block in ("layer", "dense")
        )
        learned = "embedding/E" in members[0]
        if learned and table is not None:
            raise ValueError("table: expected none where members have an embedding of their own, got one")
        names = array_names(kind, n_layers, n_dense, learned)
        if n_layers < 1:
            raise ValueError("members: expected at least one layer, got none")
        for i, arrays in enumerate(members):
            if missing := sorted(names - set(arrays)):
                raise ValueError(f"members: expected an array {missing[0]!r} in each, member {i} has none")
            if others := sorted(set(arrays) - names):
                raise ValueError(f"members: expected {n_layers} {kind} layers, member {i} has {others[0]!r}")
        place = {"dtype": dtype, "device": device}

        def tensor(name: str) -> Tensor:
            return torch.as_tensor(_stack(name, [arrays[name] for arrays in members]), **place)

        def weight(name: str, outside: bool = False) -> Weight:
            make = LAYERS[kind].weight_type
            raw = [tensor(name + part) for part in make.parts]
            magnitudes = KINDS[kind].draw.MAGNITUDES
            if magnitudes and (bad := [part for part, w in zip(make.parts, raw) if (w < 0).any()]):
                raise ValueError(f"{name}{bad[0]}: expected magnitudes >= 0, got negative entries")
            try:
                return make.of_members(*raw, ratios=ratios, outside=outside)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None

        def recurrent(name: str) -> Weight:
            W = weight(name)
            if any(frozen_members):
                return FrozenWeight(W.raw[""].data, torch.tensor([bool(f) for f in frozen_members]))
            if any(cut):
                kept = np.ones((len(members), *W.raw[""].shape[1:]))
                for m, count in enumerate(cut):
                    if count:
                        kept[m, -count:, -count:] = 0
                W.signs = W.signs * torch.as_tensor(kept, **place)
            return W

        layers = [
            LAYERS[kind](
                weight(f"layer{k}/U", outside=k == 0), recurrent(f"layer{k}/W"), tensor(f"layer{k}/b")
            )
            for k in range(n_layers)
        ]
        embedding = None
        if learned or table is not None:
            vectors = tensor("embedding/E") if learned else torch.as_tensor(table, **place)
            embedding = Embedding(vectors, learned=learned)
        return cls(
            kind, layers, Readout(weight("readout/W"), tensor("readout/b")), embedding=embedding,
            dense=[Dense(weight(f"dense{k}/U"), tensor(f"dense{k}/b")) for k in range(n_dense)],
            every_step=every_step,
        )  # fmt: skip

    @property
    def n_members(self) -> int:
        return len(self.readout.b)

    @property
    def head(self) -> list[Dense | Readout]:
        """What stands on the recurrent layers, in order: dense layers, then the readout."""
        return [*self.dense, self.readout]

    def blocks(self) -> dict[str, Layer | Dense | Readout | Embedding]:
        """Whatever learns, by name: the units by which gradients are clipped."""
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

    def arrays(self) -> dict[str, np.ndarray]:
        """A copy of every raw parameter, `(M, ...)`, by its array's name."""
        return {name: value.detach().cpu().numpy().copy() for name, value in self.tensors().items()}

    @torch.no_grad()
    def load_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Overwrite every raw parameter.

        Raises: ValueError if a name or shape is not this network's; then nothing is changed.
        """
        tensors = self.tensors()
        expected = {name: tuple(value.shape) for name, value in tensors.items()}
        got = {name: tuple(np.shape(value)) for name, value in arrays.items()}
        if expected != got:
            different = sorted(set(expected.items()) ^ set(got.items()))
            raise ValueError(f"arrays: expected those of this network, got others: {different[:4]}")
        strange = [name for name, value in arrays.items() if np.asarray(value).dtype.kind not in "biuf"]
        if strange:
            raise ValueError(f"arrays: expected numbers, those of this network, got others: {strange[:4]}")
        for name, value in tensors.items():
            value.copy_(torch.as_tensor(arrays[name]))

    def forward(self, x: Tensor) -> Tensor:
        if self.embedding is not None:
            x = self.embedding(x)
        for layer in self.layers:
            x = layer(x)
        if not self.every_step:
            x = x[-1]
        for block in self.head:
            x = block(x)
        return x


def weight_generator(seed: int) -> np.random.Generator:
    """The random stream of a seed's initial weights; the order of its data has another one (E18)."""
    return np.random.default_rng([seed, 0])


def array_names(kind: str, n_layers: int, n_dense: int = 0, embedding: bool = False) -> set[str]:
    """The names of a network's arrays."""
    weights = [f"layer{k}/{name}" for k in range(n_layers) for name in "UW"]
    weights += [f"dense{k}/U" for k in range(n_dense)] + ["readout/W"]
    others = {f"{name.split('/')[0]}/b" for name in weights} | ({"embedding/E"} if embedding else set())
    return {name + part for name in weights for part in LAYERS[kind].weight_type.parts} | others


def _named_parameters(block):
    if isinstance(block, Embedding):
        yield "E", block.E
        return
    for name, weight in block.weights.items():
        for part, value in weight.raw.items():
            yield name + part, value
    yield "b", block.b


def _each(name, value, M):
    """One value a member, from one for all or a sequence of M."""
    if value is None or np.ndim(value) == 0:
        return [value] * M
    if len(value) != M:
        raise ValueError(f"{name}: expected one value, or one for each of {M} members, got {len(value)}")
    return list(value)


def _stack(name, arrays):
    """Stack members' arrays; interneurons that a member lacks are filled with zeros."""
    shapes = [np.shape(a) for a in arrays]
    axis = {"_ix": 0, "_ei": 1}.get(name[-3:])  # the axis of interneurons
    if axis is not None:
        most = max(shape[axis] for shape in shapes)
        pad = [[(0, most - s[i]) if i == axis else (0, 0) for i in range(2)] for s in shapes]
        arrays = [np.pad(a, p) for a, p in zip(arrays, pad)]
        shapes = [a.shape for a in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"members: expected one shape of {name} for all, got {sorted(set(shapes))}")
    return np.stack(arrays)
