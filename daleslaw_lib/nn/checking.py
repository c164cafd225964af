"""Does a whole model obey Dale's law? And if not: where, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..checks import numbers, shown
from ..initialisation import obeys_dale as one_sign_a_column
from ..networks import ColumnWeight, Network, Weight
from ..networks import Layer as EnsembleLayer
from ..networks.weights import Magnitudes
from .layers import Layer, Recurrent
from .readouts import Readout

GATED_OR_NOT = (nn.RNNBase, nn.RNNCellBase)


@torch.no_grad()
def obeys_dale(model, *, skip: Sequence[str] = ()) -> tuple[bool, str]:
    """Whether everything that a unit of `model` sends has one sign, and why (not).

    Checked are the layers and readouts of this library, torch's Linear, RNN, GRU and LSTM and their
    cells, and a matrix or tensor by itself. Of a ColEI every weight must have the signs of its units, and
    what reads the units the same ones; of a DANN every part must be >= 0, whatever the signs of W, since
    its interneurons stand between. Connections that a mask has cut (a pruned or parametrised weight, signs of
    zero) do not count. What comes from outside the network has no sign to keep: the first U of an RNN,
    torch's `weight_ih_l0`. Biases send nothing.

    Args:    skip: names of submodules that are not neurons, as in `named_modules`; a Linear that is an
             encoder of inputs, say.
    Returns: `(ok, reason)`; the reason names the first weight that breaks the law, and its column.
    Raises:  ValueError if there is nothing to check, or `skip` names what is not there.

    >>> from daleslaw_lib.nn import ColEI
    >>> rnn = ColEI(3, 20)
    >>> obeys_dale(rnn)
    (True, '2 weights obey the law')
    >>> obeys_dale(torch.nn.Sequential(torch.nn.Linear(20, 20, bias=False)))[0]
    False
    """
    if not isinstance(model, nn.Module):
        return one_sign_a_column(numbers("model", model))
    if not isinstance(skip, (list, tuple, set)) or not all(isinstance(name, str) for name in skip):
        raise ValueError(f"skip: expected a list of names of submodules, got {shown(skip)}")
    known = {name for name, _ in model.named_modules()}
    if strange := sorted(set(skip) - known):
        raise ValueError(f"skip: expected names of submodules, got {strange[0]!r}")
    checked = 0
    for name, module in model.named_modules():
        if any(name == left_out or name.startswith(f"{left_out}.") for left_out in skip):
            continue
        for own, p in module.named_parameters(prefix=name, recurse=False):
            if p.is_meta or is_lazy(p):
                where = "of no size yet" if is_lazy(p) else "on the meta device"
                raise ValueError(f"model: expected weights with numbers, got {own}, {where}")
        for weight, broken in _weights(name, module):
            checked += 1
            if broken:
                return False, f"{'.'.join(filter(None, (name, weight)))} ({type(module).__name__}): {broken}"
    if not checked:
        raise ValueError(
            "model: expected weights of units, those of this library's layers or of torch's Linear, RNN, GRU "
            f"or LSTM, got {type(model).__name__} without any"
        )
    if broken := _disagreement(model):
        return False, broken
    return True, f"{checked} weight{'s obey' if checked > 1 else ' obeys'} the law"


def _weights(name: str, module: nn.Module) -> Iterator[tuple[str, str]]:
    """Each weight that a module itself has: its name, and how it breaks the law ("" if it doesn't)."""
    if isinstance(module, (Layer, EnsembleLayer)):
        deeper = name.rpartition(".")[2] not in ("", "0")  # in a list of layers
        if isinstance(module.input, Magnitudes) or deeper:
            yield "U", _broken(module.input)
        yield "W", _broken(module.recurrent)
    elif isinstance(getattr(module, "output", None), Weight):
        yield "weight" if isinstance(module, Readout) else module.name, _broken(module.output)
    elif isinstance(module, nn.Linear):
        yield "weight", _mixed(module.weight)
    elif isinstance(module, GATED_OR_NOT):
        outside = ("weight_ih", "weight_ih_l0", "weight_ih_l0_reverse")
        for name in sorted(dict(module.named_parameters(recurse=False))):
            if name.startswith("weight") and name not in outside:
                yield name, _mixed(getattr(module, name))


def _broken(weight: Weight) -> str:
    """How one of this library's weights breaks the law."""
    W = weight()  # a call, which makes anew what a mask leaves of raw parameters
    if not isinstance(weight, Magnitudes):
        return _mixed(W)
    for part, raw in zip(weight.parts, weight.magnitudes()):
        if not torch.isfinite(raw).all():
            return f"expected finite numbers, got others in w{part}"
        if (raw < 0).any():
            return f"w{part} has entries below zero"
    return _mixed(W) if isinstance(weight, ColumnWeight) else ""


def _mixed(W: Tensor) -> str:
    if not torch.isfinite(W).all():
        return "expected finite numbers, got others"
    ok, reason = one_sign_a_column(W.detach())
    return "" if ok else reason


def _disagreement(model: nn.Module) -> str:
    """Where a ColEI's unit sends with one sign here and with another there."""
    stacks = [(name, m) for name, m in model.named_modules() if isinstance(m, (Recurrent, Network))]
    for name, stack in stacks:
        if stack.kind != "colei":
            continue
        layers, prefix = list(stack.layers), f"{name}." if name else ""
        pairs = [
            (f"{prefix}layers.{k}.W", below.recurrent, f"{prefix}layers.{k + 1}.U", above.input)
            for k, (below, above) in enumerate(zip(layers, layers[1:]))
        ]
        sender = f"{prefix}layers.{len(layers) - 1}.W", layers[-1].recurrent
        if isinstance(stack, Network):
            above, block = "dense.0" if len(stack.dense) else "readout", stack.head[0]
            pairs.append((*sender, f"{prefix}{above}.{block.name}", block.output))
        elif len(stacks) == 1:  # otherwise there is no telling which readout reads which layer
            pairs += [
                (*sender, f"{other}.weight", m.output)
                for other, m in model.named_modules()
                if isinstance(m, Readout) and m.kind == "colei" and m.in_features == stack.hidden_size
            ]
        for sender, a, reader, b in pairs:
            a, b = _unit_signs(a), _unit_signs(b)
            if a.shape == b.shape and (a * b < 0).any():
                unit = int(np.argwhere(a * b < 0)[0][-1])
                return f"unit {unit} sends with one sign in {sender}, with the other in {reader}"
    return ""


def _unit_signs(weight: ColumnWeight) -> np.ndarray:
    """+1, -1, or 0 where all connections are cut, of each unit that sends; `(n_pre,)` or `(M, n_pre)`."""
    signs = numbers("signs", weight.signs)
    return np.sign(signs.sum(-2)) if signs.ndim > 1 else signs
