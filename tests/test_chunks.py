"""Chunks on executors of concurrent.futures: the tables of one process, and failures that are named."""
# ruff: noqa: F401, F811  (fixtures are imported, and then named as arguments)

import os
import signal
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from test_configs import config
from test_drawing import draw
from test_results import snapshot
from test_runner import (
    PROBE,
    SMOKE,
    TOTAL,
    UPDATES,
    checkpoints,
    finished,
    grid,
    one_thread,
    root,
    same_tables,
    send,
    stop_at,
)

from daleslaw_lib import checkpoints as files
from daleslaw_lib import experiments, training
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.running import chunks, executors, runner

DRAWN = Experiment(
    "toy", "A toy", "Figure 0", {"smoke": lambda: [draw(seed=k) for k in range(5)]}, trains=False
)


class Here(Executor):
    """Runs each chunk at once, where it is submitted; notes them."""

    def __init__(self, change=lambda chunk: chunk):
        self.change, self.seen = change, []

    def submit(self, function, chunk):
        self.seen.append(chunk)
        future = Future()
        try:
            future.set_result(function(self.change(chunk)))
        except Exception as failure:
            future.set_exception(failure)
        return future


def failing(which=0, **changes):
    """An executor in which one chunk always fails: its worker dies, or with changes cannot train it."""

    def change(chunk):
        if chunk.ensemble[0].kind != ("rnn", "dann")[which]:
            return chunk
        if changes:
            return replace(chunk, **changes)
        raise RuntimeError("it is\ngone")

    return Here(change)


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


def test_a_finished_chunk_is_not_trained_again(root, finished, monkeypatch):
    with pytest.raises(chunks.ChunkError):
        runner.run(*SMOKE, executor=failing(which=1))
    counted = stop_at(monkeypatch, -1, None)
    with pytest.raises(chunks.ChunkError, match="1 of 1 chunks failed"):
        runner.run(*SMOKE, executor=failing(which=1), resume=True)
    assert not counted


def test_a_checkpoint_that_is_finished_and_not_archived_is_the_result(root, finished, monkeypatch):
    """The driver died after a worker had finished."""
    left = []

    def keep(chunk):
        left.append(chunk)
        chunks.train(chunk)
        raise RuntimeError("the driver is gone")

    with pytest.raises(chunks.ChunkError):
        runner.run(*SMOKE, executor=Here(keep))
    assert len(left) == 2 and not reading.is_archived(root / "toy" / "smoke")
    counted = stop_at(monkeypatch, -1, None)
    runner.run(*SMOKE, executor=Here(), resume=True)
    assert not counted and same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, "RuntimeError: it is"),
        ({"device": "tpu"}, "ValueError: device: expected one of"),
    ],
)
def test_a_chunk_that_always_fails_is_named_and_the_rest_is_archived(changes, what, root):
    with pytest.raises(chunks.ChunkError) as failure:
        runner.run(*SMOKE, executor=failing(**changes))
    message = str(failure.value)
    assert message.startswith("1 of 2 chunks failed: 3 x rnn, hidden 10 (") and "\n" not in message
    assert what in message and message.endswith("--resume")
    assert set(reading.load(*SMOKE).runs.kind) == {"dann"}
    runner.run(*SMOKE, executor=Here(), resume=True)
    assert len(reading.load(*SMOKE).runs) == 5


def test_a_worker_with_another_library_trains_nothing(root, monkeypatch):
    counted = stop_at(monkeypatch, -1, None)
    with pytest.raises(chunks.ChunkError, match="expected library .*, the driver's, got"):
        runner.run(*SMOKE, executor=Here(lambda chunk: replace(chunk, library="0" * 16)))
    assert not counted


def test_a_worker_that_writes_elsewhere_is_found_out(root, tmp_path):
    elsewhere = Here(lambda chunk: replace(chunk, checkpoint=tmp_path / "other" / chunk.checkpoint.name))
    with pytest.raises(chunks.ChunkError, match="workers must see the driver's results folder"):
        runner.run(*SMOKE, executor=elsewhere)
    assert not reading.is_archived(root / "toy" / "smoke")


def test_a_disk_that_fills_up_in_a_worker_is_one_line(root, finished, monkeypatch):
    write, full = files.write, OSError(28, "No space left on device")

    def fill(path, state, arrays):
        if state["settings"].get("kind") == "rnn":
            raise full
        write(path, state, arrays)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", fill)
        with pytest.raises(chunks.ChunkError, match="No space left on device"):
            runner.run(*SMOKE, executor=Here())
    assert set(reading.load(*SMOKE).runs.kind) == {"dann"}
    runner.run(*SMOKE, executor=Here(), resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


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


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_time_limit_stops_at_a_checkpoint(elsewhere, root, finished, monkeypatch):
    monkeypatch.setattr(chunks, "POLL_SECONDS", 0.0)
    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as pool:
        stop_at(patch, 1, lambda: time.sleep(0.5))
        with pytest.raises(runner.TimeIsUp, match="stopped.*--resume"):
            runner.run(*SMOKE, minutes=0.25 / 60, executor=pool if elsewhere else None)
    runner.run(*SMOKE, resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


@pytest.mark.parametrize("minutes", [0, -1, float("nan")])
def test_a_time_limit_must_be_one(minutes, root):
    with pytest.raises(ValueError, match="minutes: expected"):
        runner.run(*SMOKE, minutes=minutes)
    assert not root.exists()


def test_the_digest_of_the_library_is_of_its_code(monkeypatch, tmp_path):
    before = chunks.library.__wrapped__()
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(chunks, "HOME", tmp_path)
    one = chunks.library.__wrapped__()
    (tmp_path / "a.py").write_text("x = 2\n")
    assert len({before, one, chunks.library.__wrapped__()}) == 3
