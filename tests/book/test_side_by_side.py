"""Experiments side by side: who waits for whom, and that all end in time."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from daleslaw_lib import checkpoints
from daleslaw_lib.running import signals
from helpers import ROOT
from tools import side_by_side
from tools.side_by_side import Pace, next_to_change


def checkpoint(folder, name, update, updates, at):
    file = folder / "checkpoints" / f"{name}.npz"
    file.parent.mkdir(exist_ok=True)
    checkpoints.write(file, {"update": update, "settings": {"updates": updates}}, {})
    os.utime(file, (at, at))


def test_what_an_experiment_needs_follows_from_two_looks_at_its_checkpoints(tmp_path):
    pace = Pace(tmp_path, started=1000.0)
    assert pace.seconds_left(1010) == 0  # nothing is known
    checkpoint(tmp_path, "a", 100, 1000, 1050)
    assert pace.seconds_left(1050) == pytest.approx(450)  # 100 updates in 50 seconds, and 900 to go
    checkpoint(tmp_path, "a", 400, 1000, 1080)
    assert pace.seconds_left(1090) == pytest.approx(50)  # 10 a second, and ten seconds gone since
    checkpoint(tmp_path, "b", 10, 1000, 1090)
    assert pace.seconds_left(1090) == pytest.approx(990 * 9)  # the slowest


def running(name, left, waits=False):
    return SimpleNamespace(
        name=name, waits=waits, pace=SimpleNamespace(seconds_left=lambda now: left), process=None
    )


@pytest.mark.parametrize(
    ("left", "waiting", "changes"),
    [
        (100, (), None),  # done in time
        (300, (), "c"),  # late: the last stops
        (300, ("c",), "b"),  # still late: the one before
        (300, ("b", "c"), None),  # nobody is left to stop
        (200, ("b", "c"), None),  # just in time: all stays
        (100, ("b", "c"), "b"),  # well in time: the one before goes on again
    ],
)
def test_others_wait_for_as_long_as_the_first_would_be_late(left, waiting, changes):
    first = running("a", left)
    others = [running(name, 10_000, name in waiting) for name in "bc"]
    found = next_to_change([first, *others], ["a"], now=0, end=300)
    assert changes == (found and found.name)


def test_one_that_waits_can_be_told_to_go_on(tmp_path):
    one = side_by_side.Running.__new__(side_by_side.Running)
    one.waits = False
    one.process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    for number, state in ((signal.SIGSTOP, "T"), (signal.SIGCONT, "S")):
        one.send(number)
        assert one.waits == (state == "T")
        deadline = time.monotonic() + 20
        while (found := _state(one.process.pid)) not in (state, "R" if state == "S" else state):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
    one.send(signal.SIGKILL)
    one.process.wait()


def _state(pid):
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout[0]


def side_by_side_of(tmp_path, *words):
    return subprocess.run(
        [sys.executable, "-m", "tools.side_by_side", *words, "--logs", str(tmp_path / "logs")], cwd=ROOT,
        env=os.environ | {"DALESLAW_RESULTS": str(tmp_path / "results")}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip


def test_chains_run_side_by_side_and_each_archives(tmp_path):
    one, other = "ei_ratio --only kind=rnn", "three_layer_mnist --only kind=rnn"
    then = "one_layer_mnist --only kind=rnn"
    done = side_by_side_of(
        tmp_path, f"{one} + {then}", other, "--minutes", "4", "--scale", "smoke", "--device", "cpu"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("ei_ratio", "three_layer_mnist", "one_layer_mnist"):
        assert (tmp_path / "results" / name / "smoke" / "manifest.json").exists()
        assert f"ends with 0: {name}" in done.stdout


def test_what_is_not_done_in_time_stands_at_a_checkpoint(tmp_path):
    done = side_by_side_of(
        tmp_path, "ei_ratio --only kind=rnn", "--minutes", "0.2", "--scale", "laptop", "--device", "cpu"
    )
    assert done.returncode == 75, done.stdout + done.stderr
    assert "to continue: daleslaw run ei_ratio" in (tmp_path / "logs" / "ei_ratio.log").read_text()


@pytest.fixture
def stand_ins(monkeypatch, tmp_path):
    """`main` of chains whose experiments are these programs, in minutes; the processes that it started.

    Signals are as they come: `nohup`, under which tests may run, ignores SIGHUP.
    """
    before = {number: signal.signal(number, signal.SIG_DFL) for number in signals.STOPS[1:]}
    popen, started = subprocess.Popen, []

    def main(*chains, minutes="10", **programs):
        def start(command, **how):
            program = [sys.executable, "-S", "-c", programs[command[4]]]
            started.append(popen(program, **how))
            return started[-1]

        with monkeypatch.context() as patch:
            patch.setattr(side_by_side.subprocess, "Popen", start)
            patch.setattr(side_by_side.shutil, "which", lambda *_, **__: None)  # no MPS
            words = ["--minutes", minutes, "--device", "cpu", "--logs", str(tmp_path / "logs")]
            patch.setattr(sys, "argv", ["side_by_side", *chains, *words])
            return side_by_side.main()

    yield main, started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    for number, handler in before.items():
        signal.signal(number, handler)


ENDS, SLEEPS = "pass", "import time; time.sleep(600)"
DIES = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize("number", signals.STOPS, ids=lambda number: number.name)
def test_a_signal_ends_all_that_run_and_those_that_wait(number, stand_ins, monkeypatch):
    main, started = stand_ins

    def one_waits(running, *_):
        if running[1].waits:  # all are under way: now it comes
            os.kill(os.getpid(), number)
            return None
        return running[1]

    monkeypatch.setattr(side_by_side, "LOOK", 0.0)
    monkeypatch.setattr(side_by_side, "next_to_change", one_waits)
    assert main("adding", "size", adding=SLEEPS, size=SLEEPS) == 128 + number
    assert [process.poll() for process in started] == [-signal.SIGTERM] * 2


@pytest.mark.parametrize("chains", [("adding", "size"), ("size", "adding"), ("size + adding",)])
def test_one_that_is_killed_is_no_success(chains, stand_ins, capsys):
    main, _ = stand_ins
    assert main(*chains, adding=ENDS, size=DIES) == 128 + signal.SIGKILL
    assert "ends with 137: size" in capsys.readouterr().out


def test_what_fails_is_not_hidden_by_what_has_no_time_left(stand_ins):
    main, _ = stand_ins
    assert main("adding + size", minutes="0.1", adding="raise SystemExit(1)") == 1


def test_one_that_cannot_be_begun_leaves_no_other_behind(stand_ins, monkeypatch, tmp_path):
    main, started = stand_ins
    (tmp_path / "logs" / "size.log").mkdir(parents=True)  # where its log would be
    assert main("adding", "size", adding=SLEEPS, size=SLEEPS) == 1
    assert len(started) == 1 and started[0].wait(20) == -signal.SIGTERM


def test_one_that_does_not_end_when_it_is_told_to_is_killed(stand_ins, monkeypatch, tmp_path, capsys):
    main, started = stand_ins
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS

    def once_it_is_deaf(seconds):
        time.sleep(1.0)  # Python starts, and ignores the signal
        os.kill(os.getpid(), signal.SIGTERM)

    # its own clock, and not everybody's: `wait` below sleeps, too, where nothing takes the signal any more
    monkeypatch.setattr(side_by_side, "time", SimpleNamespace(time=time.time, sleep=once_it_is_deaf))
    monkeypatch.setattr(side_by_side, "LATE", 0.2)
    assert main("adding", adding=deaf) == 128 + signal.SIGTERM
    assert started[0].wait(20) == -signal.SIGKILL
    assert "does not end, and is killed: adding" in capsys.readouterr().out


def test_a_log_goes_on_where_it_ended(stand_ins, tmp_path):
    main, _ = stand_ins
    for words in ("first", "second"):
        assert main("adding", adding=f"print('{words}')") == 0
    assert (tmp_path / "logs" / "adding.log").read_text().split() == ["first", "second"]


def test_what_there_is_no_time_to_begin_is_said_and_is_no_success(stand_ins, capsys):
    main, started = stand_ins
    assert main("adding + size --only 'hidden=100' + replay", minutes="0.1", adding=ENDS) == 75
    assert len(started) == 1
    assert capsys.readouterr().out.endswith(" s  no time left for: size --only hidden=100 + replay\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_such", "--minutes", "1"], "side_by_side: experiment: expected one of"),
        (["size", "--minutes", "-1"], "side_by_side: minutes: expected"),
    ],
)
def test_bad_input_is_one_line(tmp_path, words, said):
    done = side_by_side_of(tmp_path, *words)
    assert done.returncode == 1 and done.stderr.startswith(said) and done.stderr.count("\n") == 1


def test_a_plus_within_a_word_parts_nothing_and_who_goes_first_must_be_there(capsys, monkeypatch):
    words = "better_colei --only start=permutation+colei + adding"
    chain = [["better_colei", "--only", "start=permutation+colei"], ["adding"]]
    assert side_by_side.chain_of(words) == chain
    monkeypatch.setattr(sys, "argv", ["side_by_side", words, "--minutes", "1", "--first", "size"])
    assert side_by_side.main() == 1
    assert "first: expected one of better_colei, adding, got 'size'" in capsys.readouterr().err
