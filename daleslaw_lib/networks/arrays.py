"""Arrays of networks by name, as files hold them: checked, taken apart, stacked. No torch.

Names, here and in every file: "layer0/U", "layer0/W_ex", ..., "dense0/U", "readout/b", "embedding/E".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..checks import numbers

SIGNS = "signs/"  # before the names of the magnitudes that they belong to


class Arrays(dict):
    """Raw arrays by name, with the signs of ColEI's magnitudes, which travel with them.

    Attributes: signs, by the names of what they belong to; empty for the other kinds.

    >>> from daleslaw_lib.networks import Network
    >>> network = Network.draw("colei", 2, 10, 1, seeds=[0], ei_ratio=4)
    >>> again = Network.from_arrays("colei", network.arrays())  # knows that 8 units are excitatory
    >>> int((again.layers[0].recurrent.signs > 0).sum())
    8
    """

    def __init__(self, raw: Mapping[str, np.ndarray], signs: Mapping[str, np.ndarray]):
        super().__init__(raw)
        self.signs = dict(signs)

    def member(self, m: int) -> Arrays:
        """The arrays of one member of an ensemble, without the leading axis."""
        return Arrays(*({name: value[m] for name, value in part.items()} for part in (self, self.signs)))

    def with_signs(self) -> dict[str, np.ndarray]:
        """Arrays and signs in one dictionary, "signs/layer0/W" and so on, for a file."""
        return dict(self) | {f"{SIGNS}{name}": value for name, value in self.signs.items()}


class Members:
    """Members of one kind as `Network.from_arrays` gets them: raw arrays of each, and signs, checked.

    Args:   members: a mapping a member, or an ensemble's arrays, with the leading axis M, for all of them;
            parts: suffixes of the raw arrays of a weight.
    Raises: ValueError if there are none, an array is missing or strange, or members differ in depth.
    """

    def __init__(self, kind: str, members, parts: Sequence[str]):
        self.raw, self.signs = _members(members)
        if not self.raw:
            raise ValueError("members: expected at least one network, got none")
        first = self.raw[0]
        self.n_layers, self.n_dense = (
            len({name.split("/")[0] for name in first if name.startswith(block)})
            for block in ("layer", "dense")
        )
        self.learned = "embedding/E" in first
        if self.n_layers < 1:
            raise ValueError("members: expected at least one layer, got none")
        names = names_of(parts, self.n_layers, self.n_dense, self.learned)
        for i, arrays in enumerate(self.raw):
            if missing := sorted(names - set(arrays)):
                raise ValueError(f"members: expected an array {missing[0]!r} in each, got none in member {i}")
            if others := sorted(set(arrays) - names):
                raise ValueError(
                    f"members: expected {self.n_layers} {kind} layers, got {others[0]!r} in member {i}"
                )
            for name in sorted(names):
                axes = 1 if name.endswith("/b") else 2
                if arrays[name].ndim != axes or 0 in arrays[name].shape:
                    raise ValueError(
                        f"members: expected {name} with {axes} axes and none of them empty, "
                        f"got shape {arrays[name].shape} in member {i}"
                    )

    def __len__(self) -> int:
        return len(self.raw)

    def stacked(self, name: str) -> np.ndarray:
        """One array of all members, `(M, ...)`."""
        return _stack(name, [arrays[name] for arrays in self.raw])

    def signs_of(self, name: str, n_pre: int) -> list[np.ndarray | None]:
        """Each member's signs of a weight, `(1 or n_post, n_pre)`; None where it brought none."""
        found = [signs.get(name) for signs in self.signs]
        for signs in found:
            if signs is None:
                continue
            if signs.ndim != 2 or signs.shape[1] != n_pre or not np.isin(signs, (-1, 0, 1)).all():
                raise ValueError(
                    f"{SIGNS}{name}: expected -1, 0 or 1 of shape (1, {n_pre}) or (n_post, {n_pre}), "
                    f"got {signs.dtype} of shape {signs.shape}"
                )
        return found


def names_of(parts: Sequence[str], n_layers: int, n_dense: int = 0, embedding: bool = False) -> set[str]:
    """The names of a network's arrays, where its weights have these parts."""
    weights = [f"layer{k}/{name}" for k in range(n_layers) for name in "UW"]
    weights += [f"dense{k}/U" for k in range(n_dense)] + ["readout/W"]
    others = {f"{name.split('/')[0]}/b" for name in weights} | ({"embedding/E"} if embedding else set())
    return {name + part for name in weights for part in parts} | others


def apart(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A network's arrays: those that are trained, and signs by the names of what they belong to."""
    signs = dict(getattr(arrays, "signs", {}))
    signs |= {name.removeprefix(SIGNS): a for name, a in arrays.items() if name.startswith(SIGNS)}
    return {name: a for name, a in arrays.items() if not name.startswith(SIGNS)}, signs


def _members(members) -> tuple[list[dict[str, np.ndarray]], list[dict[str, np.ndarray]]]:
    """Each member's raw arrays, and its signs; an ensemble's arrays are taken apart."""
    raw: list[dict[str, np.ndarray]] = []
    signs: list[dict[str, np.ndarray]] = []
    for arrays in [members] if isinstance(members, Mapping) else members:
        both = [{name: numbers(name, value) for name, value in part.items()} for part in apart(arrays)]
        if np.ndim(both[0].get("readout/b")) != 2:
            each = [both]
        else:
            M = len(both[0]["readout/b"])
            for name, value in (both[0] | both[1]).items():
                if np.shape(value)[:1] != (M,):
                    raise ValueError(
                        f"members: expected {M} members in every array, as in readout/b {(M, '...')}, "
                        f"got {name} {np.shape(value)}"
                    )
            each = [[{name: value[m] for name, value in part.items()} for part in both] for m in range(M)]
        raw += [one for one, _ in each]
        signs += [one for _, one in each]
    return raw, signs


def each_of(name, value, M):
    """One value for each of M members of an ensemble, from one for all or a sequence of M."""
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
