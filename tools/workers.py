"""How many workers of pytest a machine, or the container in it, has cores and memory for."""

from __future__ import annotations

from daleslaw_lib import machine

EACH = 2e9  # bytes of memory for a worker: torch, and the processes that its tests start
MOST = 8  # each imports torch and collects every test before its first one


def workers() -> int:
    """How many workers there should be beside pytest itself; 0 where it had better do all itself."""
    found = int(min(machine.cores(), machine.memory() // EACH, MOST))
    return found if found > 1 else 0
