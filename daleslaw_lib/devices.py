"""The device that trains: which one, how exactly it multiplies, and what it is called."""

from __future__ import annotations

import platform

import torch

from .checks import one_of


def pick_device(name: str) -> torch.device:
    """What to run on: "auto", "cpu" or "cuda" as a device; auto takes a GPU where there is one.

    Raises: ValueError for another name, or if CUDA is asked for and absent.
    """
    one_of("device", name, ("auto", "cpu", "cuda"))
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: expected one that is here, got 'cuda' and torch sees no CUDA device")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def use_tf32(wanted: bool, place: torch.device) -> None:
    """Run on a GPU with products whose factors are rounded to 10 bits, or not: faster, and a thousandth off.

    Raises: ValueError if it is wanted on a CPU, which knows no such thing.
    """
    if wanted and place.type != "cuda":
        raise ValueError("tf32: expected a CUDA device, got a CPU")
    torch.backends.cuda.matmul.allow_tf32 = wanted


def device_name(place: torch.device) -> str:
    if place.type == "cuda":
        return torch.cuda.get_device_name(place)
    threads = torch.get_num_threads()
    return f"CPU {platform.machine()}, {threads} thread{'s' if threads > 1 else ''}"
