"""The corrected SGD of DANNs, for anyone's optimiser."""

from __future__ import annotations

from torch import nn
from torch.utils.hooks import RemovableHandle

from ..networks import InterneuronWeight


class Correction:
    """The hooks of `correct_gradients`; `remove()` takes them out, and so does the end of a `with`."""

    def __init__(self, handles: list[RemovableHandle]):
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> Correction:
        return self

    def __exit__(self, *_) -> None:
        self.remove()


def correct_gradients(model: nn.Module) -> Correction:
    """From now on the gradients of a DANN's interneurons come corrected.

    Those of W_ix are divided by sqrt(n_post), those of W_ei by n_pre, so that a step of either changes what a
    layer puts out about as much as a step of W_ex. It is for plain SGD, momentum included; Adam and its
    kin divide by a gradient's own size, and undo it. Gradients are changed as they arrive, before any
    clipping of yours, as in the paper.

    The hooks are on the parameters as they are now: a copy, or a model that is unpickled, has none.

    Raises: ValueError if the model has no DANN.
    Source: Cornford et al. 2021; the paper, section 2.

    >>> import torch
    >>> from daleslaw_lib.nn import DANN
    >>> rnn = DANN(3, 16, generator=0)
    >>> with correct_gradients(rnn):
    ...     rnn(torch.ones(2, 1, 3))[0].sum().backward()
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"model: expected a module of torch's, got {type(model).__name__}")
    weights = [module for module in model.modules() if isinstance(module, InterneuronWeight)]
    if not weights:
        raise ValueError(f"model: expected a DANN's weights in it, got {type(model).__name__} without any")
    handles = []
    for weight in weights:
        by_ix, by_ei = weight.corrections
        handles.append(weight.w_ix.register_hook(_divided_by(by_ix)))
        handles.append(weight.w_ei.register_hook(_divided_by(by_ei)))
    return Correction(handles)


def _divided_by(number):
    return lambda gradient: gradient / number
