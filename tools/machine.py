"""What a machine, or the container in it, gives: cores, memory, and how many workers of pytest that is.

A container that may use two of a host's sixty-four cores sees them all, and so with memory; what it may use
stands in its control group (cgroup v2).
"""

from __future__ import annotations

import math
import os
from pathlib import Path

GROUP = Path("/sys/fs/cgroup")
EACH = 2e9  # bytes of memory for a worker: torch, and the processes that its tests start
MOST = 8  # workers: each imports torch and collects every test before its first one


def cores() -> int:
    """How many cores this process may use, at least one."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    match _words("cpu.max"):
        case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period):
            return max(min(there, math.ceil(int(quota) / int(period))), 1)
    return there


def memory() -> float:
    """How many bytes of memory this process may use; infinite where nobody says."""
    try:
        there = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # not Linux, or not said
        there = math.inf
    match _words("memory.max"):
        case [most] if most.isdecimal():
            return min(there, float(most))
    return there


def workers() -> int:
    """How many workers of pytest there should be beside it; 0 where it had better do all itself."""
    found = int(min(cores(), memory() // EACH, MOST))
    return found if found > 1 else 0


def _words(name: str) -> list[str]:
    try:
        return (GROUP / name).read_text("ascii").split()
    except (OSError, ValueError):
        return []
