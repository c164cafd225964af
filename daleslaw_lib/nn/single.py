"""One network out of an ensemble: its weights without the member axis, and the stream they are drawn from."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import shown
from ..networks import ColumnWeight, Weight

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
Generator = torch.Generator | np.random.Generator | int | None


def stream(generator: Generator) -> np.random.Generator:
    """A module's random stream for its weights: a NumPy generator's or a seed's; else one that torch's seeds.

    With None it is seeded by torch's global generator: `torch.manual_seed` repeats it.
    """
    if isinstance(generator, np.random.Generator):
        return generator
    if generator is None or isinstance(generator, torch.Generator):
        where = {} if generator is None else {"device": generator.device}
        generator = int(torch.randint(2**63 - 1, (), generator=generator, **where))
    elif isinstance(generator, bool) or not isinstance(generator, (int, np.integer)) or generator < 0:
        raise TypeError(
            "generator: expected a torch.Generator, a numpy.random.Generator, a whole number >= 0 or None, "
            f"got {shown(generator)}"
        )
    return np.random.default_rng(int(generator))


def place(dtype, device) -> tuple[torch.dtype, torch.device]:
    """A floating dtype and a device that is there; torch's own defaults for None.

    Raises: ValueError for others.
    """
    dtype = torch.get_default_dtype() if dtype is None else dtype
    if not isinstance(dtype, torch.dtype) or dtype not in DTYPES:
        names = ", ".join(str(known) for known in DTYPES)
        raise ValueError(f"dtype: expected {names} or None, got {shown(dtype)}")
    device = torch.get_default_device() if device is None else device
    try:
        if isinstance(device, bool) or not isinstance(device, (str, int, torch.device)):
            raise TypeError("no device")
        return dtype, torch.empty(0, device=device).device
    except (RuntimeError, TypeError, AssertionError, ValueError):
        raise ValueError(
            f"device: expected one that is here, such as 'cpu', or None, got {shown(device)}"
        ) from None


def alone(weight: Weight) -> Weight:
    """The weight of a single network `(n_post, n_pre)` from that of an ensemble of one."""
    raw = [value.detach()[0].clone() for value in weight.raw.values()]
    if not isinstance(weight, ColumnWeight):
        return type(weight)(*raw)
    signs = weight.signs[0]  # (1, n_pre), or (n_post, n_pre) with zeros where nothing connects
    return ColumnWeight(*raw, (signs[0] if len(signs) == 1 else signs).clone())


def bias_of(module: nn.Module, like: Tensor, n: int) -> Tensor:
    """The bias, or zeros where the module was built without one."""
    return like.new_zeros(n) if module.bias is None else module.bias


def not_scriptable(module: nn.Module) -> TypeError:
    """The error of a module that torch.jit.script is asked to compile, with what can compile it."""
    return TypeError(
        f"{type(module).__name__}: torch.jit.script cannot compile it; torch.jit.trace, torch.export and "
        "torch.compile can"
    )
