"""How many workers, of pytest or for chapters, a machine or the container in it has cores and memory for."""

from __future__ import annotations

from daleslaw_lib import machine

EACH = 2e9  # bytes of memory for a worker: torch, and what it starts
MOST = 8  # each imports torch, and one of pytest collects every test before its first one


def workers() -> int:
    """How many workers there should be; 0 where the process had better do all itself."""
    found = int(min(machine.cores(), machine.memory() // EACH, MOST))
    return found if found > 1 else 0
