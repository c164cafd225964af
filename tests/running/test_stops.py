"""What stops a run: a signal to its driver, its workers or all; a checkpoint, one line, nobody left."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios
import time

import pytest

from daleslaw_lib import checkpoints as the_checkpoints
from daleslaw_lib import experiments
from daleslaw_lib.running import runner
from helpers.archives import checkpoints, same_tables
from helpers.cluster import CHUNKS, TOY, UPDATES
from helpers.group import Group
from helpers.toy import SMOKE, driver, environment, send, stop_at

pytestmark = [
    pytest.mark.usefixtures("one_thread", "root"),
    pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no groups of processes"),
]
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def heard():
    """SIGHUP as a terminal has it: under `nohup` this process, and so its children, would not hear it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def group(tmp_path, root, monkeypatch):
    """group("--processes", "2") -> a run in a session of its own, whose toy is that of this process, too."""
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": TOY})
    made = []

    def group(*words):
        made.append(Group(tmp_path, root, *words))
        return made[-1]

    yield group
    for one in made:
        one.end()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The archive of an unbroken run in one process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiments, "EXPERIMENTS", {"toy": TOY})
        patch.setenv("DALESLAW_RESULTS", str(tmp_path_factory.mktemp("unbroken")))
        return runner.run(*SMOKE, threads=1).path


def assert_one_line(status: int, errors: str, number: int) -> None:
    assert status == 128 + number, errors
    (line,) = errors.splitlines()
    assert line == "daleslaw: interrupted" or re.fullmatch(
        r"daleslaw: stopped (after|at) .*; to continue: daleslaw run toy --scale smoke --resume", line
    )


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(signal.SIGINT, 0.1), (signal.SIGINT, 2), (signal.SIGTERM, 1), (signal.SIGHUP, 1)],
)  # fmt: skip
def test_a_signal_in_the_first_seconds_is_one_line_and_leaves_nobody(number, seconds, group, root):
    """Workers are starting, or importing torch."""
    running = group("--processes", "2")
    time.sleep(seconds)
    assert_one_line(*running.send(number), number)
    assert not [path for path in checkpoints(root / "toy" / "smoke") if path.suffix != ".npz"]


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_to_all_leaves_a_checkpoint_of_every_chunk_under_way(number, group, root, unbroken):
    running = group("--processes", "2")
    running.wait_for(lambda: running.n_updates() > 20)
    assert_one_line(*running.send(number), number)
    path, done = root / "toy" / "smoke", running.n_updates()
    left = [the_checkpoints.read_state(file)["update"] for file in checkpoints(path)]
    assert sum(left) == done < CHUNKS * UPDATES  # no update is lost
    runner.run(*SMOKE, resume=True, threads=1)
    assert same_tables(path, unbroken)


def test_a_worker_whose_driver_is_killed_leaves_a_checkpoint_and_goes(group, root, unbroken):
    running = group("--processes", "2")
    running.wait_for(lambda: running.n_updates() > 20)
    os.kill(running.driver.pid, signal.SIGKILL)
    running.driver.wait()
    running.wait_for(lambda: not running.members(), 30)
    path, done = root / "toy" / "smoke", running.n_updates()
    assert sum(the_checkpoints.read_state(file)["update"] for file in path.glob("checkpoints/*.npz")) == done
    runner.run(*SMOKE, resume=True, threads=1)
    assert same_tables(path, unbroken) and not checkpoints(path)


def test_a_run_that_is_resumed_at_once_beside_living_workers_waits_for_them(group, root, unbroken):
    running = group("--processes", "2")
    running.wait_for(lambda: running.n_updates() > 20)
    os.kill(running.driver.pid, signal.SIGKILL)
    running.driver.wait()
    assert running.members()  # they have not noticed yet
    runner.run(*SMOKE, resume=True, threads=1)
    assert same_tables(root / "toy" / "smoke", unbroken)


def test_idle_workers_go_with_their_driver(group, root):
    running = group("--processes", "6", "--only", "kind=rnn")  # two chunks, for six
    running.wait_for(lambda: running.n_updates() > 5)
    os.kill(running.driver.pid, signal.SIGKILL)
    running.driver.wait()
    running.wait_for(lambda: not running.members(), 30)


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_to_a_run_in_one_process_leaves_a_checkpoint(number, group, root):
    running = group()
    running.wait_for(lambda: running.n_updates() > 20)
    assert_one_line(*running.send(number), number)
    assert sum(the_checkpoints.read_state(f)["update"] for f in checkpoints(root / "toy" / "smoke")) > 20


def test_a_terminal_that_is_closed_leaves_a_checkpoint(root, tmp_path):
    """The kernel sends SIGHUP, and nothing can be written to it any more: no bar, no last line."""
    screen, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x32\x00\xa0\x00\x00\x00\x00\x00")  # 50 x 160
    process = subprocess.Popen(
        [*driver(tmp_path, sleep=0.1), "run", "toy"], env=environment(root), stdin=slave, stdout=slave,
        stderr=slave, start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while b"rnn=" not in shown:  # the bar's latest error
        shown += os.read(screen, 4096)
    os.close(screen)
    assert process.wait(60) == 128 + signal.SIGHUP
    (file,) = checkpoints(root / "toy" / "smoke")
    assert the_checkpoints.read_state(file)["update"] > 0


def test_a_hangup_that_is_ignored_on_purpose_stops_nothing(root, finished):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with pytest.MonkeyPatch.context() as patch:
            stop_at(patch, 5, send(signal.SIGHUP))
            runner.run(*SMOKE)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")
