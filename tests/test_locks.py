"""Locks: one holder at a time, who is named, for as long as he lives."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from filelock import FileLock, Timeout

from daleslaw_lib.locks import LockedError, held
from helpers import ROOT

HOLD = """
import sys, time
from pathlib import Path
from daleslaw_lib.locks import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(lock, seconds=60):
    """Another process that holds a lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock), str(seconds)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_that_is_held_names_its_holder(tmp_path):
    lock = tmp_path / "a.lock"
    with holder(lock) as process:
        try:
            with pytest.raises(LockedError) as error, held(lock, 0.1):
                pytest.fail("two hold it")
        finally:
            process.kill()
    assert re.fullmatch(rf"process {process.pid} on \S.*, since 20[\d-]+ [\d:]+ UTC", str(error.value))


def test_every_contender_is_told_the_holder_though_the_file_is_emptied_by_trying(tmp_path, monkeypatch):
    lock = tmp_path / "a.lock"

    def acquire(self, **_):  # as filelock does before 3.30
        lock.write_text("")
        raise Timeout(str(lock))

    with held(lock):
        monkeypatch.setattr(FileLock, "acquire", acquire)
        for _ in range(3):
            with pytest.raises(LockedError, match=f"^process {os.getpid()} on "), held(lock):
                pytest.fail("two hold it")


def test_who_waits_gets_it_when_it_is_free(tmp_path):
    lock, start = tmp_path / "a.lock", time.monotonic()
    with holder(lock, 0.5), held(lock, 30):
        assert 0.1 < time.monotonic() - start < 20
    assert not lock.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no lock file is removed there while it is open")
def test_a_file_that_goes_between_opening_and_locking_is_made_anew(tmp_path, monkeypatch):
    import fcntl

    lock, lock_file, tries = tmp_path / "a.lock", fcntl.flock, []

    def after_the_holder_has_gone(*arguments):
        tries.append(arguments)
        if len(tries) == 1:
            lock.unlink()
        return lock_file(*arguments)

    monkeypatch.setattr(fcntl, "flock", after_the_holder_has_gone)
    with held(lock, 10):
        with pytest.raises(LockedError), held(lock):
            pytest.fail("two hold it")
    assert len(tries) > 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_holder_locks_nobody_out(tmp_path):
    lock = tmp_path / "a.lock"
    with holder(lock) as process:
        process.kill()
    assert lock.exists()
    with held(lock):
        assert f"process {os.getpid()} " in lock.read_text()
    assert not lock.exists()


def test_two_of_one_process_exclude_each_other(tmp_path):
    lock = tmp_path / "a.lock"
    with held(lock):
        with pytest.raises(LockedError, match=f"process {os.getpid()} "), held(lock):
            pytest.fail("two hold it")
    with held(lock):
        pass


def test_a_lock_is_not_written_through_a_link(tmp_path):
    target, lock = tmp_path / "precious", tmp_path / "a.lock"
    target.write_text("kept")
    lock.symlink_to(target)
    with pytest.raises(OSError), held(lock, 0.1):
        pytest.fail("it is held")
    assert target.read_text() == "kept"
