"""Chunks on executors of concurrent.futures: the tables of one process, and a stop that reaches all."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from daleslaw_lib import checkpoints as files
from daleslaw_lib import experiments, training
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.running import chunks, executors, runner
from helpers.archives import checkpoints, same_tables
from helpers.draws import draw
from helpers.executors import Here
from helpers.toy import SMOKE, UPDATES, send, stop_at

pytestmark = pytest.mark.usefixtures("one_thread", "root")

DRAWN = Experiment(
    "toy", "A toy", "Figure 0", {"smoke": lambda: [draw(seed=k) for k in range(5)]}, trains=False
)


@pytest.mark.parametrize("executor", [Here, lambda: ThreadPoolExecutor(2)], ids=["here", "two threads"])
def test_an_executor_makes_the_tables_of_one_process(executor, root, finished):
    outcome = runner.run(*SMOKE, executor=executor(), threads=1)
    assert same_tables(outcome.path, finished / "toy" / "smoke") and not checkpoints(outcome.path)
    assert outcome.n_trained == 5 and outcome.seconds > 0


def test_processes_make_the_tables_of_one_process_and_the_manifest_says_so(root, finished):
    with executors.processes(2) as pool:
        outcome = runner.run(*SMOKE, executor=pool, threads=1)
    assert same_tables(outcome.path, finished / "toy" / "smoke")
    (part,) = reading.read_manifest(outcome.path)["parts"]
    assert part["chunks"] == 2 and part["threads"] == 1 and part["device"].startswith("CPU")


def test_draws_go_the_same_way(root, monkeypatch):
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": DRAWN})
    plain = runner.run(*SMOKE).path
    plain.rename(root / "plain")
    executor = Here()
    runner.run(*SMOKE, executor=executor)
    assert executor.seen and same_tables(plain, root / "plain")


def test_a_stop_reaches_the_workers_and_what_they_did_is_kept(root, finished, monkeypatch):
    monkeypatch.setattr(chunks, "POLL_SECONDS", 0.0)
    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as pool:
        done = stop_at(patch, 5, send(signal.SIGINT))
        advance = training.Training.advance
        patch.setattr(training.Training, "advance", lambda self: (advance(self), time.sleep(0.02)))
        with pytest.raises(runner.Interrupted, match="after 0 of 2 chunks.*--resume"):
            runner.run(*SMOKE, executor=pool)
    assert 5 <= len(done) < 2 * UPDATES
    (begun,) = [path for path in checkpoints(root / "toy" / "smoke") if path.suffix == ".npz"]
    assert 0 < files.read_state(begun)["update"] < UPDATES
    again = stop_at(monkeypatch, -1, None)
    runner.run(*SMOKE, executor=Here(), resume=True)
    assert len(done) + len(again) == 2 * UPDATES  # none twice, none left out
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


def test_a_mark_to_stop_that_a_dead_driver_left_stops_nobody(root, finished):
    mark = root / "toy" / "smoke" / "checkpoints" / "stop"
    mark.parent.mkdir(parents=True)
    mark.touch()
    runner.run(*SMOKE, executor=Here(), resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke") and not mark.exists()


def test_a_driver_that_cannot_write_lets_its_workers_stop_at_a_checkpoint(root, finished, monkeypatch):
    monkeypatch.setattr(chunks, "POLL_SECONDS", 0.0)
    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
        advance = training.Training.advance
        slow = {"dann": 0.05, "rnn": 0.0}
        patch.setattr(
            training.Training, "advance", lambda self: (advance(self), time.sleep(slow[self.network.kind]))
        )
        full = OSError(28, "No space left on device", "runs.parquet")
        patch.setattr(writing, "write", lambda *_: (_ for _ in ()).throw(full))
        with pytest.raises(reading.ArchiveError, match="runs.parquet: cannot be written"):
            runner.run(*SMOKE, executor=pool)
    left = [path for path in checkpoints(root / "toy" / "smoke") if path.suffix == ".npz"]
    begun = [files.read_state(path)["update"] for path in left]
    assert max(begun) == UPDATES and 0 < min(begun) < UPDATES
    runner.run(*SMOKE, resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


def test_a_process_that_is_killed_is_one_line_and_the_run_can_go_on(root, finished):
    with pytest.raises(chunks.ChunkError, match="chunks failed: .*--resume") as failure:
        with executors.processes(1) as pool:
            pool.submit(os.getpid).result()
            (pid,) = pool._processes
            os.kill(pid, signal.SIGKILL)
            runner.run(*SMOKE, executor=pool)
    assert "\n" not in str(failure.value)
    runner.run(*SMOKE, resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")
