"""A commit that is killed, or finds the disk full, at any one of its file operations.

python -m helpers.faults FOLDER EVERY: for each state an archive can be in, and for each operation on files
of a commit, or every so many, one process commits and meets the fault there, and another one reads what is
left, runs next, and looks for strays. It prints a line of JSON for each: what was found, or what was wrong.

Operations are those that Python reports (open, rename, remove, mkdir) and, beside them, every write and
fsync. A write that fails, or is killed, has written half.
"""

import builtins
import errno
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.experiments import Experiment
from helpers.archives import MANIFEST, old_schema, tables, whole
from helpers.configs import config

STATES = ("none", "schema 2", "schema 3")
FAULTS = ("kill", "full")
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir")
OLD, NEW, NEXT = 0.5, 0.25, 0.125
MOST = 200  # operations of a commit, and more


class Fault:
    """Counts operations on files, and lets the one of number `at` fail."""

    def __init__(self, fault: str, at: int, folder: Path):
        self.fault, self.at, self.folder, self.n = fault, at, str(folder), 0
        sys.addaudithook(self.heard)
        self.open, self.fsync = builtins.open, os.fsync
        builtins.open, os.fsync = self.opened, self.synced

    def heard(self, event: str, arguments: tuple) -> None:
        if event in EVENTS and str(arguments[0]).startswith(self.folder):
            self.meet()

    def meet(self, first=lambda: None) -> None:
        self.n += 1
        if self.n != self.at:
            return
        first()
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # which names no file

    def opened(self, file, mode="r", *arguments, **options):
        handle = self.open(file, mode, *arguments, **options)
        return Writer(handle, self) if str(file).startswith(self.folder) and "x" in mode else handle

    def synced(self, handle) -> None:
        self.meet()
        self.fsync(handle)


class Writer:
    """A file, open to be written, whose writes are operations too."""

    def __init__(self, file, fault: Fault):
        self.file, self.fault = file, fault

    def write(self, content: bytes) -> None:
        self.fault.meet(lambda: (self.file.write(content[: len(content) // 2]), self.file.flush()))
        self.file.write(content)

    def __getattr__(self, name: str):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def commit(path: Path, value: float) -> None:
    with writing.claimed(path):
        writing.write(path, tables(value), MANIFEST)


def value_of(path: Path) -> float | None:
    return reading.load("toy").runs.test_error[0] if reading.is_archived(path) else None


def faulty(path: Path, fault: str, at: int) -> None:
    """Exits with 0 if there was no such operation, else with 3."""
    met = Fault(fault, at, path)
    try:
        commit(path, NEW)
    except (OSError, reading.ArchiveError):
        pass
    os._exit(3 if met.n >= at else 0)


def examine(path: Path, state: str) -> None:
    """What the fault left, and what the next run makes of it."""
    found = value_of(path)
    assert found in (NEW, None if state == "none" else OLD), f"found {found}"
    commit(path, NEXT)
    assert value_of(path) == NEXT, "the next run did not archive"
    assert whole(path), f"strays: {sorted(file.name for file in path.iterdir())}"
    print(json.dumps({"state": state, "found": found}), flush=True)


def in_a_child(work, *arguments) -> int:
    """The exit status of a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
            os._exit(0)
        except BaseException:
            print(json.dumps({"wrong": traceback.format_exc()}), flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def prepare(path: Path, state: str) -> None:
    if state != "none":
        commit(path, OLD)
    if state == "schema 2":
        old_schema(path)


def main(folder: Path, every: int) -> None:
    experiments.EXPERIMENTS = {"toy": Experiment("toy", "", "", {"smoke": lambda: [config()]})}
    os.environ["DALESLAW_RESULTS"] = str(folder / "results")
    path, first = folder / "results" / "toy" / "smoke", folder / "first"
    for k, state in enumerate(STATES):
        shutil.rmtree(path.parent, ignore_errors=True)
        path.mkdir(parents=True)
        in_a_child(prepare, path, state)
        shutil.rmtree(first, ignore_errors=True)
        shutil.copytree(path, first)
        for fault in FAULTS:
            for at in range(1 + k % every, MOST, every):
                shutil.rmtree(path)
                shutil.copytree(first, path)
                status = in_a_child(faulty, path, fault, at)
                print(json.dumps({"state": state, "fault": fault, "at": at, "status": status}), flush=True)
                if status == 0:
                    break
                in_a_child(examine, path, state)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
