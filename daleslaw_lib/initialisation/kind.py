"""What a kind of network is: its name, its looks, and how the weights of a new one are drawn. NumPy only.

How its weights learn is a class of `networks.weights`, which `networks` alone knows.
"""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..checks import named

LINES = ("-", "--", "-.", ":")
MARKERS = tuple(".,ov^<>12348spP*hH+xXDd|_")
FORMULA = re.compile(r"\$[^$]+\$")


class Draw(ABC):
    """How each weight of one new network is drawn; the file of a kind has its subclass.

    `input`, `recurrent`, `readout` and `feedforward` return a tuple: an array for each of `parts`, which are
    suffixes of the raw parameters' names; rows receive, columns send. They are called in the order input,
    recurrent (layer by layer), dense, readout, and take their random numbers from one stream, `rng`.

    RHO:        the spectral radius of W, unless a run gives one.
    LEAST:      the fewest units that make such a network.
    RATIO:      whether an E:I ratio means anything for it.
    MAGNITUDES: whether the raw parameters are magnitudes, >= 0.
    """

    parts: tuple[str, ...] = ("",)
    RHO = 1.0
    LEAST = 1
    RATIO = False
    MAGNITUDES = False

    def __init__(self, *, rho: float | None, ei_ratio: float, rng: np.random.Generator):
        self.rho, self.ei_ratio, self.rng = self.RHO if rho is None else rho, ei_ratio, rng

    @abstractmethod
    def input(self, n: int, n_in: int) -> tuple[np.ndarray, ...]:
        """Weights of what comes from outside: `(n, n_in)`."""

    @abstractmethod
    def recurrent(self, n: int) -> tuple[np.ndarray, ...]:
        """Weights of the units among themselves: `(n, n)`."""

    @abstractmethod
    def readout(self, n_out: int, n: int) -> tuple[np.ndarray, ...]:
        """Weights of the outputs: `(n_out, n)`."""

    def feedforward(self, n: int, n_pre: int) -> tuple[np.ndarray, ...]:
        """Weights of what comes from another layer of the network: `(n, n_pre)`."""
        return self.input(n, n_pre)

    def matrix(self, n: int) -> np.ndarray:
        """The effective recurrent matrix `(n, n)` of a new network."""
        return self.effective(self.recurrent(n), self.ei_ratio)

    @staticmethod
    def effective(parts: tuple[np.ndarray, ...], ei_ratio: float, *, outside: bool = False) -> np.ndarray:
        """What the parts of a weight amount to; `outside`: what sends is the network's input."""
        return parts[0]

    @classmethod
    def inhibitory(cls, n: int, ei_ratio: float) -> int:
        """How many of n units inhibit, or how many interneurons are added to them.

        Raises: ValueError if there is no such network.
        """
        return 0

    def above_the_bulk(self, n: int) -> int:
        """How many singular values of W are larger than the bulk of them."""
        return 0


@dataclass(frozen=True)
class Kind:
    """A kind of network: its name, its looks, and how its initial weights are drawn.

    name:    in configurations and tables, such as "colei"; `label` is for readers: "ColEI".
    colour, linestyle, marker: in every figure, as matplotlib has them; no two kinds share one. After the
             four styles of line that have a name come dashes: (0, (5, 1)).
    draw:    its `Draw`.
    options: fields of a run that this kind understands, besides those that all do.

    Raises: ValueError, naming the field, for a value that cannot be used.
    """

    name: str
    label: str
    colour: str
    linestyle: str | tuple[float, tuple[float, ...]]
    marker: str
    draw: type[Draw]
    options: tuple[str, ...] = ()

    def __post_init__(self):
        named("name", self.name)
        if not self.label:
            raise ValueError("label: expected the kind's name for readers, got none")
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.colour):
            raise ValueError(f"colour: expected one such as #0072B2, got {self.colour!r}")
        if not (self.linestyle in LINES if isinstance(self.linestyle, str) else _dashes(self.linestyle)):
            known = ", ".join(LINES)
            raise ValueError(f"linestyle: expected {known} or (0, (5, 1)), got {self.linestyle!r}")
        if not (isinstance(self.marker, str) and (self.marker in MARKERS or FORMULA.fullmatch(self.marker))):
            raise ValueError(f"marker: expected one of {''.join(MARKERS)} or $...$, got {self.marker!r}")
        if not (inspect.isclass(self.draw) and issubclass(self.draw, Draw)):
            raise ValueError(f"draw: expected a subclass of Draw, got {self.draw!r}")
        if missing := sorted(self.draw.__abstractmethods__):
            name = self.draw.__name__
            raise ValueError(f"draw: expected {name} to have {', '.join(missing)}, got no such method")


def _dashes(style) -> bool:
    match style:
        case (int() | float() as start, (_, _, *_) as lengths):
            numbers = [start, *lengths]
            return len(lengths) % 2 == 0 and all(isinstance(n, (int, float)) and n >= 0 for n in numbers)
    return False


class OfKinds(Mapping):
    """A property of every kind of network by its name; kinds registered later are included."""

    def __init__(self, kinds: Mapping[str, Kind], of: Callable[[Kind], object]):
        self._kinds, self._of = kinds, of

    def __getitem__(self, name: str):
        return self._of(self._kinds[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def __repr__(self) -> str:
        return repr(dict(self))
