"""Killed, or on a full disk, at one file operation of a commit: nothing is lost, refused or left behind.

At every third operation, and with DALESLAW_AT_LENGTH set, as `make test-full` does, at every single one.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from helpers import PYTHONPATH, ROOT, faults

EVERY = 1 if os.environ.get("DALESLAW_AT_LENGTH") else 3
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")]


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    done = subprocess.run(
        [sys.executable, "-m", "helpers.faults", str(folder), str(EVERY)],
        env=os.environ | {"PYTHONPATH": PYTHONPATH}, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_faults_were_met_at_every_operation(lines):
    met = [line for line in lines if "fault" in line]
    for state in faults.STATES:
        for fault in faults.FAULTS:
            statuses = [line["status"] for line in met if (line["state"], line["fault"]) == (state, fault)]
            assert len(statuses) > 20 // EVERY and statuses[-1] == 0  # the last commit was through before it
            assert set(statuses[:-1]) == {-signal.SIGKILL if fault == "kill" else 3}


def test_no_archive_is_unreadable_refused_or_left_with_strays(lines):
    assert [line["wrong"] for line in lines if "wrong" in line] == []
    n_met = sum(line.get("status", 0) != 0 for line in lines)
    assert sum("found" in line for line in lines) == n_met > 120 // EVERY


def test_what_is_found_is_the_old_archive_or_the_new_one(lines):
    found = Counter((line["state"], line["found"]) for line in lines if "found" in line)
    for state in faults.STATES:
        old = None if state == "none" else faults.OLD
        assert found[state, old] > 10 // EVERY and found[state, faults.NEW] > 0
