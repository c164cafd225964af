"""A stack of recurrent layers, once there and back: states, deltas and every gradient."""

import torch

from daleslaw_lib.networks import Unrolled


def there_and_back(by, used, shape, dtype, *, with_h0=False, last_only=False, device="cpu"):
    """Of a stack of `shape`, on random numbers; `used`: which of its attributes says what does the work."""
    T, M, B, n_in, sizes = shape
    generator = torch.Generator().manual_seed(sum(sizes) + T)

    def drawn(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(device, dtype)

    weights = [(drawn(M, n, m), drawn(M, n, n) / n**0.5, drawn(M, n)) for m, n in zip([n_in, *sizes], sizes)]
    x, given = drawn(T, M, n_in, B), drawn(T, M, sizes[-1], B)
    h0 = [drawn(M, n, B) if with_h0 else None for n in sizes]
    unrolled, dx = Unrolled(T, M, B, n_in, sizes, x, by=by), torch.full_like(x, torch.nan)
    assert getattr(unrolled, used) == [by == "any"] * len(sizes)
    for _ in range(2):  # buffers are used again
        unrolled.x.copy_(x)
        unrolled.start_(h0)
        unrolled.forward_(weights)
        unrolled.delta[-1].copy_(given)
        if last_only:
            unrolled.delta[-1][:-1] = torch.nan
        unrolled.backward_(last_only=last_only, dx=dx)
    gradients = [value.clone() for layer in unrolled.gradients for value in layer]
    return [*unrolled.h, *unrolled.delta, dx, *gradients]
