"""The corrected SGD of DANNs, for anyone's optimiser."""

from __future__ import annotations

from torch import nn

from ..networks import InterneuronWeight


class Correction:
    """What `correct_gradients` has begun; `remove()` ends it, and so does the end of a `with`."""

    def __init__(self, weights: list[InterneuronWeight]):
        self.weights = weights

    def remove(self) -> None:
        for weight in self.weights:
            weight.corrected = False

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

    Gradients that come corrected already are left at that. A copy, or a model that is unpickled, goes on as
    before; a state is numbers alone, so a new model that loads one is to be told again.

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
    begun = [weight for weight in weights if not weight.corrected]
    for weight in begun:
        weight.corrected = True
    return Correction(begun)
