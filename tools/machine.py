"""What a machine, or the container in it, has room for: workers of pytest, kernels of chapters."""

from __future__ import annotations

from daleslaw_lib.machine import cores, memory

EACH = 2e9  # bytes of memory for a worker: torch, and the processes that its tests start
MOST = 8  # workers: each imports torch and collects every test before its first one


def workers() -> int:
    """How many workers there should be beside the first process; 0 where it had better do all itself."""
    found = int(min(cores(), memory() // EACH, MOST))
    return found if found > 1 else 0
