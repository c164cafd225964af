"""Workers are as many as a machine has cores and memory for, and no more than its container may use."""

import math

import pytest

from tools import machine


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A control group of a machine with 64 cores and 256 GB; the test writes its limits."""
    monkeypatch.setattr(machine, "GROUP", tmp_path)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: range(64), raising=False)
    sizes = {"SC_PHYS_PAGES": 256 * 10**9 // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(machine.os, "sysconf", sizes.__getitem__, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("said", "expected"),
    [("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("9900000 100000", 64)]
    + [(odd, 64) for odd in ("max 100000", "", "1 0", "-1 5", "a b", "1 2 3", "\u0663 1")],
)
def test_cores_are_those_that_a_container_may_use(group, said, expected):
    (group / "cpu.max").write_text(said, "utf-8")
    assert machine.cores() == expected


@pytest.mark.parametrize(("said", "expected"), [("3000000000", 3e9), ("max", 256e9), ("", 256e9)])
def test_memory_is_what_a_container_may_use(group, said, expected):
    (group / "memory.max").write_text(said, "utf-8")
    assert machine.memory() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [("max", "max", 8), ("200000", "max", 2), ("400000", "6100000000", 3), ("400000", "2100000000", 0)]
    + [("100000", "max", 0), ("400000", "1", 0)],
)
def test_a_worker_has_a_core_and_its_memory_and_one_alone_is_none(group, cpu, memory, expected):
    (group / "cpu.max").write_text(f"{cpu} 100000")
    (group / "memory.max").write_text(memory)
    assert machine.workers() == expected


def test_without_a_control_group_or_any_word_of_memory_there_are_cores(group, monkeypatch):
    monkeypatch.delattr(machine.os, "sysconf")
    assert machine.cores() == 64 and machine.memory() == math.inf and machine.workers() == machine.MOST
    monkeypatch.delattr(machine.os, "sched_getaffinity")
    monkeypatch.setattr(machine.os, "cpu_count", lambda: None)
    assert machine.cores() == 1 and machine.workers() == 0
