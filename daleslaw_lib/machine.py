"""What a machine, or the container in it, gives to this process: cores and memory.

A container that may use two of a host's sixty-four cores sees them all, and so with memory; what it may use
stands in its control group (cgroup v1 or v2), or in one that this group is part of.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

GROUPS, OURS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def cores() -> int:
    """How many cores this process may use, at least one: its affinity, and the quotas of its groups."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for folder in _folders("cpu"):
        words = _words(folder / "cpu.max")  # "200000 100000", or "max 100000"; v1 has a file for each
        words = words or _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
        match words:
            case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period):
                there = min(there, math.ceil(int(quota) / int(period)))
    return max(there, 1)


def memory() -> float:
    """How many bytes of memory this process may use; infinite where nobody says."""
    try:
        there = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):  # not Linux, or not said
        there = math.inf
    for folder in _folders("memory"):
        match _words(folder / "memory.max") or _words(folder / "memory.limit_in_bytes"):
            case [most] if most.isdecimal():
                there = min(there, float(most))
    return there


def _folders(controller: str) -> Iterator[Path]:
    """The groups of this process that a controller limits, the innermost first.

    A container may see the path that its group has on the host, and the group itself at the top.
    """
    try:
        lines = OURS.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    paths = {}  # of a group by its controllers: "" is all of them, v2
    for line in lines:
        _, *names, path = [*line.split(":", 2), "/"][:3]
        paths |= {name: PurePosixPath(path) for name in ",".join(names).split(",")}
    for top, name in ((GROUPS, ""), (GROUPS / controller, controller)):
        path = paths.get(name, PurePosixPath("/"))
        for group in (path, *path.parents):
            if ".." not in group.parts:
                yield top / str(group).lstrip("/")


def _words(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split()
    except (OSError, ValueError):
        return []
