"""A kind of network from outside the library, and what any kind promises."""

from __future__ import annotations

import inspect

import numpy as np
import torch

from ..initialisation.draw import KINDS, draw_network, drawing, effective_weight
from ..initialisation.kind import Kind
from .cells import LAYERS, Layer
from .network import Network, weight_generator
from .weights import Weight

OURS = frozenset(KINDS)
DRAWN = ("n_inhibitory", "random_ix", "input_init")  # fields of a run that a draw is told
UNITS, RATIO, SEEDS = 12, 3.0, (0, 1)  # of the small networks that are looked at


def register_kind(kind: Kind, weight: type[Weight]) -> Kind:
    """Make a kind of network of your own known: runs may name it, and figures have its colour.

    Small networks of it are made first, and checked (`broken_promises`). Registering a name again, as a
    notebook does when a cell is run twice, replaces the kind.

    Raises: ValueError saying what is missing or wrong; then nothing has changed.
    """
    _check(kind, weight)
    before = KINDS.get(kind.name), LAYERS.get(kind.name)
    layer = type(kind.label, (Layer,), {"weight_type": weight, "__doc__": f"A layer of {kind.label}."})
    KINDS[kind.name], LAYERS[kind.name] = kind, layer
    try:
        broken = broken_promises(kind.name)
    except Exception as error:
        broken = [f"expected to make small networks of it, got {type(error).__name__}: {error}"]
    if broken:
        for table, value in zip((KINDS, LAYERS), before):
            table.pop(kind.name)
            if value is not None:
                table[kind.name] = value
        raise ValueError(f"kind {kind.name}: {broken[0]}")
    return kind


def _check(kind: Kind, weight: type[Weight]) -> None:
    if not isinstance(kind, Kind):
        raise TypeError(f"kind: expected a Kind, got {type(kind).__name__}")
    if kind.name in OURS:
        raise ValueError(f"name: expected one that no kind of the library has, got {kind.name!r}")
    if not (inspect.isclass(weight) and issubclass(weight, Weight)):
        raise ValueError(f"weight: expected a subclass of Weight, got {weight!r}")
    if strange := sorted(set(kind.options) - set(DRAWN)):
        raise ValueError(f"options: expected any of {', '.join(DRAWN)}, got {strange[0]!r}")
    for name in ("label", "colour", "linestyle", "marker"):
        value = getattr(kind, name)
        for other in KINDS.values():
            if other.name != kind.name and getattr(other, name) == value:
                raise ValueError(f"{name}: expected another than that of {other.name}, got {value!r}")


def broken_promises(kind: str) -> list[str]:
    """The promises of all kinds that this one breaks, a line each, as small networks of it show.

    Its start is a function of the random stream; it has the parts that its weight has; NumPy and torch make
    the same matrix of them. Its weight gives the gradients that autograd gives, and `project_` leaves alone
    what is allowed already: the start, and what it has projected once.
    """
    make, weight = KINDS[kind].draw, LAYERS[kind].weight_type
    if make.parts != weight.parts:
        names = f"{make.__name__} and {weight.__name__}"
        return [f"expected {names} to have the same parts, got {make.parts} and {weight.parts}"]
    n, found = max(UNITS, make.LEAST), []
    shape = dict(n_in=3, n=n, n_out=4, layers=2, dense=1, ei_ratio=RATIO)
    first, again = (draw_network(kind, **shape, rng=weight_generator(SEEDS[0])) for _ in range(2))
    if not all(np.array_equal(first[name], again[name]) for name in first):
        found.append("expected one network of one random stream, got two")
    network = Network.draw(kind, **shape, seeds=SEEDS, dtype=torch.float64)
    for name, w in _weights(network).items():
        W, by_numpy = w.effective()[0].detach(), effective_weight(first, kind, name, RATIO)
        if by_numpy.shape != W.shape or not np.allclose(by_numpy, W):
            found.append(f"{name}: expected one matrix of NumPy and torch, got two")
        found += [f"{name}: {line}" for line in _broken_by(w, make.MAGNITUDES)]
    W = drawing(kind, RATIO, rho=None, rng=weight_generator(SEEDS[0])).matrix(n)
    if np.shape(W) != (n, n):
        found.append(f"expected matrix of {make.__name__} to be ({n}, {n}), got {np.shape(W)}")
    return found


def _weights(network: Network) -> dict[str, Weight]:
    """Every weight of a network without an embedding, by its name in arrays."""
    return {f"{k}/{name}": w for k, block in network.blocks().items() for name, w in block.weights.items()}


def _broken_by(weight: Weight, magnitudes: bool) -> list[str]:
    """What a weight breaks of its promises: about its gradients, and about `project_`."""
    name, found, raw = type(weight).__name__, [], list(weight.raw.values())
    stream = torch.Generator().manual_seed(0)
    given = torch.randn(weight.effective().shape, generator=stream, dtype=torch.float64)
    expected = torch.autograd.grad((weight.effective() * given).sum(), raw)
    weight.backward_(given.clone())
    if any(p.grad is None or not torch.allclose(p.grad, g) for p, g in zip(raw, expected)):
        found.append(f"expected backward_ of {name} to give the gradients of its effective(), got others")
    if not _left_alone(weight):
        found.append(f"expected project_ of {name} to leave the start alone, got other parameters")
    with torch.no_grad():
        for p in raw:
            p += 0.1 * torch.randn(p.shape, generator=stream, dtype=torch.float64)
    weight.project_()
    if not _left_alone(weight):
        found.append(f"expected project_ of {name} to leave alone what it has projected, got others")
    if magnitudes and any((p < 0).any() for p in raw):
        found.append(f"expected project_ of {name} to leave magnitudes >= 0, got negative ones")
    return found


def _left_alone(weight: Weight) -> bool:
    """Whether `project_` changes nothing."""
    before = [p.detach().clone() for p in weight.raw.values()]
    weight.project_()
    return all(map(torch.equal, weight.raw.values(), before))
