"""On a GPU, `fused.cu`, where CuPy is installed: a layer's loop over time and its way back, a kernel each.

CuPy compiles it when a shape is first wanted, for the GPU at hand, and keeps it. Without CuPy, or with
DALESLAW_FUSED=never, torch does all the work, one product a step.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

SOURCE = Path(__file__).with_name("fused.cu")
ROWS, COLUMNS, AHEAD = 4, 8, 8  # of fused.cu: units and sequences of a thread; what it reads ahead, in fours
MOST_THREADS = 416  # of a block: each has up to 152 registers, and there are 65,536
TYPES = {  # of what the kernels are given
    "forward": [np.int32] + 4 * [np.uint64] + 2 * [np.int64],
    "backward": [np.int32] + 3 * [np.uint64] + 4 * [np.int64] + [np.int32],
}


def serves(place: Tensor, B: int, n: int, K: int) -> bool:
    """Whether layers of this shape, of numbers like `place`, are for `fused.cu`, if there is CuPy."""
    if type(place) not in (Tensor, nn.Parameter) or not place.is_cuda or place.dtype != torch.float32:
        return False
    if os.environ.get("DALESLAW_FUSED") == "never" or not fits(B, n, K, _most_shared(place.device)):
        return False
    return _kernels(B, n, K) is not None


def fits(B: int, n: int, K: int, most_shared: int) -> bool:
    """Whether a layer of n units, which read K numbers of B sequences, fits a block with so many bytes of
    shared memory.

    >>> fits(32, 100, 128, 227 * 1024), fits(32, 300, 328, 227 * 1024), fits(20, 100, 128, 227 * 1024)
    (True, False, False)
    """
    inputs = -(-(K - n) * B // 4 // threads(B, n)) if B % COLUMNS == 0 else 0
    return (
        B % COLUMNS == 0
        and threads(B, n) <= MOST_THREADS
        and inputs <= AHEAD
        and shared_bytes(B, n, K) <= most_shared
    )


def threads(B: int, n: int) -> int:
    """Of a block: one a tile, in whole warps."""
    return -(-(B // COLUMNS * -(-n // ROWS)) // 32) * 32


def shared_bytes(B: int, n: int, K: int) -> int:
    """Of the forward kernel's block, which takes the most: V = [W U], and what a step reads."""
    return 4 * K * (-(-n // ROWS) * ROWS + B)


def given(B: int, n: int, K: int) -> list[str]:
    """The shape, as the compiler of fused.cu is told it."""
    return [f"-D{name}={value}" for name, value in dict(BATCH=B, UNITS=n, READS=K).items()]


def forward(V: Tensor, b: Tensor, read: Tensor, h: Tensor) -> None:
    """h_t = relu(V read_t + b): one kernel for all time steps, on torch's present stream.

    Shapes: as `Layer` of fused.cpp, in buffers where time comes third.
    """
    (T, M, n, B), K = h.shape, V.shape[2]
    _launch("forward", M, B, n, K, T, V, b, read, h, *read.stride()[1:3])


def backward(V: Tensor, h: Tensor, delta: Tensor, last_only: bool) -> None:
    """From the loss's gradients in delta to delta_t at every step, as `Unrolled.backward_`."""
    (T, M, n, B), K = h.shape, V.shape[2]
    _launch("backward", M, B, n, K, T, V, h, delta, *h.stride()[1:3], *delta.stride()[1:3], last_only)


def _launch(name: str, M: int, B: int, n: int, K: int, *arguments: Tensor | int) -> None:
    import cupy

    plain = [a.data_ptr() if isinstance(a, Tensor) else a for a in arguments]
    plain = tuple(kind(value) for kind, value in zip(TYPES[name], plain, strict=True))
    device, kernel, room = arguments[1].device, _kernels(B, n, K)[name], shared_bytes(B, n, K)
    stream = torch.cuda.current_stream(device)
    with cupy.cuda.Device(device.index), cupy.cuda.ExternalStream(stream.cuda_stream):
        if kernel.max_dynamic_shared_size_bytes < room:
            kernel.max_dynamic_shared_size_bytes = room
        kernel((M,), (threads(B, n),), plain, shared_mem=room)


@cache
def _kernels(B: int, n: int, K: int) -> dict | None:
    """fused.cu compiled for a shape, by name; None without CuPy, or where it cannot compile."""
    try:
        import cupy

        module = cupy.RawModule(code=SOURCE.read_text(), options=("-std=c++17", *given(B, n, K)))
        return {name: module.get_function(name) for name in ("forward", "backward")}
    except Exception:  # CuPy raises what its compilers raise
        return None


@cache
def _most_shared(device: torch.device) -> int:
    return torch.cuda.get_device_properties(device).shared_memory_per_block_optin
