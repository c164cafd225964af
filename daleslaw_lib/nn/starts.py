"""The starts of the three kinds for torch's own modules."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..checks import one_of, scale, shown
from ..initialisation import KINDS, draw_network, effective_weight
from .layers import OPTIONS
from .readouts import ColEIReadout, DANNReadout, RNNReadout
from .single import Generator, stream

READOUTS = {readout.kind: readout for readout in (RNNReadout, ColEIReadout, DANNReadout)}


@torch.no_grad()
def init_(
    module: nn.RNN | nn.RNNCell | nn.Linear,
    kind: str,
    *,
    ei_ratio: float = 9.0,
    generator: Generator = None,
    **options,
) -> nn.Module:
    """Give torch's RNN, RNNCell or Linear, as a readout, the start of a kind: its effective weights.

    A start, no more: torch's modules know nothing of Dale's law, and lose it at the first step. Biases become
    zero. The activation stays what it is; the starts are made for relu.

    Args:    options: of the start, as in `initialisation.draw_network`: rho, and for RNN input_init, for
             DANN n_inhibitory and random_ix.
    Returns: the module.
    Raises:  ValueError for another module, an unknown kind or option; then nothing is changed.

    >>> rnn = init_(torch.nn.RNN(28, 100, nonlinearity="relu"), "colei", ei_ratio=4, generator=0)
    >>> bool((rnn.weight_hh_l0[:, :80] >= 0).all() and (rnn.weight_hh_l0[:, 80:] <= 0).all())
    True
    """
    one_of("kind", kind, KINDS)
    ei_ratio = scale("ei_ratio", ei_ratio)
    if isinstance(module, nn.Module) and any(map(is_lazy, module.parameters(recurse=False))):
        raise ValueError(
            f"module: expected one whose sizes are known, got {type(module).__name__}; call it first"
        )
    if isinstance(module, nn.Linear):
        found = _readout(module, kind, ei_ratio, stream(generator), options)
    elif isinstance(module, nn.RNN) and not module.bidirectional and not module.proj_size:
        sizes = module.input_size, module.hidden_size, module.num_layers
        found = {
            f"{name}_l{k}": W for (name, k), W in _drawn(kind, sizes, ei_ratio, generator, options).items()
        }
    elif isinstance(module, nn.RNNCell):
        sizes = module.input_size, module.hidden_size, 1
        found = {name: W for (name, _), W in _drawn(kind, sizes, ei_ratio, generator, options).items()}
    else:
        what = type(module).__name__ + (", bidirectional" if getattr(module, "bidirectional", False) else "")
        raise ValueError(f"module: expected torch.nn.RNN of one direction, RNNCell or Linear, got {what}")
    for name, W in found.items():
        found[name] = torch.as_tensor(W).to(getattr(module, name).dtype)
        if not torch.isfinite(found[name]).all():
            held = f"weights that {found[name].dtype} can hold"
            raise ValueError(f"options: expected some that give {held}, got {shown(options)}")
    for name, W in found.items():
        getattr(module, name).copy_(W)
    for name, b in module.named_parameters(recurse=False):
        if name.startswith("bias"):
            b.zero_()
    return module


def _drawn(kind, sizes, ei_ratio, generator, options) -> dict[tuple[str, int], np.ndarray]:
    """Effective weights of a stack, by torch's name and the number of the layer."""
    known = OPTIONS.get(kind, ("rho", *KINDS[kind].options))
    if strange := sorted(set(options) - set(known)):
        raise ValueError(f"options: expected those of {kind}, {', '.join(known)}, got {strange[0]!r}")
    n_in, n, layers = sizes
    shape = {"layers": layers, "ei_ratio": ei_ratio, "rng": stream(generator)}
    arrays = draw_network(kind, n_in, n, 2, **shape, **options)
    found = {}
    for k in range(layers):
        for name, torchs in (("U", "weight_ih"), ("W", "weight_hh")):
            found[torchs, k] = effective_weight(arrays, kind, f"layer{k}/{name}", ei_ratio)
    return found


def _readout(module, kind, ei_ratio, rng, options) -> dict[str, np.ndarray]:
    if options:
        raise ValueError(f"options: expected none of a Linear, got {sorted(options)[0]!r}")
    one_of("kind: of a readout", kind, READOUTS)
    settings = {"ei_ratio": ei_ratio, "generator": rng, "dtype": torch.float64, "device": "cpu"}
    drawn = READOUTS[kind](module.in_features, module.out_features, **settings)
    return {"weight": drawn.weight.numpy()}
