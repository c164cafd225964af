"""Cores and memory are those that the process may use: by affinity, and by quotas of its control groups."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daleslaw_lib import HOME, machine

HOST = 256 * 10**9  # bytes


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A control group of a machine with 64 cores and 256 GB; the test writes its limits."""
    monkeypatch.setattr(machine, "GROUPS", tmp_path)
    monkeypatch.setattr(machine, "OURS", tmp_path / "ours")
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: range(64), raising=False)
    sizes = {"SC_PHYS_PAGES": HOST // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(machine.os, "sysconf", sizes.__getitem__, raising=False)
    return tmp_path


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")


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
    ("quota", "period", "expected"),
    [("200000", "100000", 2), ("50000", "100000", 1), ("-1", "100000", 64), ("200000", "0", 64)]
    + [("", "100000", 64), ("200000", "", 64)],
)
def test_cores_are_those_that_a_container_of_the_first_version_may_use(group, quota, period, expected):
    write(group / "cpu", cpu__cfs_quota_us=f"{quota}\n", cpu__cfs_period_us=f"{period}\n")
    assert machine.cores() == expected


@pytest.mark.parametrize(("said", "expected"), [("3000000000", 3e9), (str(2**63 - 4096), HOST), ("-1", HOST)])
def test_memory_is_what_a_container_of_the_first_version_may_use(group, said, expected):
    write(group / "memory", memory__limit_in_bytes=said)
    assert machine.memory() == pytest.approx(expected, rel=1e-6)


def test_of_the_groups_that_a_process_is_in_the_smallest_limit_holds(group):
    write(group, ours="0::/a.slice/b.scope\n")
    write(group / "a.slice", cpu__max="300000 100000", memory__max="4000000000")
    write(group / "a.slice" / "b.scope", cpu__max="max 100000", memory__max="9000000000")
    write(group / "of_others.slice", cpu__max="100000 100000", memory__max="1")
    assert machine.cores() == 3 and machine.memory() == 4e9
    write(group / "a.slice" / "b.scope", cpu__max="100000 100000", memory__max="3000000000")
    assert machine.cores() == 1 and machine.memory() == 3e9


def test_of_the_first_version_too_and_a_controller_is_found_beside_others(group):
    write(group, ours="9:name=systemd:/\n4:cpu,cpuacct:/docker/1\n3:memory:/docker/2\n0::/\n")
    write(group / "cpu" / "docker" / "1", cpu__cfs_quota_us="200000", cpu__cfs_period_us="100000")
    write(group / "memory" / "docker" / "2", memory__limit_in_bytes="3000000000")
    assert machine.cores() == 2 and machine.memory() == 3e9


def test_a_container_that_sees_the_host_s_path_finds_its_group_at_the_top(group):
    write(group, ours="4:cpu:/docker/0123\n3:memory:/docker/0123\n0::/docker/0123\n")
    write(group / "cpu", cpu__cfs_quota_us="400000", cpu__cfs_period_us="100000")
    write(group, memory__max="3000000000")
    assert machine.cores() == 4 and machine.memory() == 3e9


@pytest.mark.parametrize("text", ["", "nonsense\n", "0:\n", "::\n", "0::/../..\n", "0::\n", "\0"])
def test_whatever_stands_in_the_list_of_groups_the_top_is_looked_at(group, text):
    write(group, ours=text, cpu__max="200000 100000")
    assert machine.cores() == 2


def test_cores_are_no_more_than_the_affinity_allows(group, monkeypatch):
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: {3, 5})
    assert machine.cores() == 2
    (group / "cpu.max").write_text("100000 100000")
    assert machine.cores() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_on_one_core_knows_it():
    core = min(os.sched_getaffinity(0))
    lines = f"import os\nos.sched_setaffinity(0, {{{core}}})\nfrom daleslaw_lib import machine\n"
    lines += "print(machine.cores())"
    done = subprocess.run([sys.executable, "-c", lines], cwd=HOME.parent, capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr


def test_without_a_control_group_or_any_word_of_memory_there_are_cores(group, monkeypatch):
    monkeypatch.delattr(machine.os, "sysconf")
    assert machine.cores() == 64 and machine.memory() == math.inf
    monkeypatch.delattr(machine.os, "sched_getaffinity")
    monkeypatch.setattr(machine.os, "cpu_count", lambda: None)
    assert machine.cores() == 1


def test_nobody_else_in_the_project_counts_cores():
    folders = ("daleslaw_lib", "tools", "benchmarks", "_ext")
    paths = {path for folder in folders for path in (HOME.parent / folder).rglob("*.py")}
    counting = ("cpu_count(", "len(os.sched_getaffinity", "process_cpu_count")
    found = {path.name for path in paths if any(word in path.read_text("utf-8") for word in counting)}
    assert found == {"machine.py"}
    assert Path(machine.__file__) in paths
