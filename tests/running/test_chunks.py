"""Chunks of work: finished ones are kept, failures are named, time limits stop at a checkpoint."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from daleslaw_lib import checkpoints as files
from daleslaw_lib.archive import reading
from daleslaw_lib.running import chunks, runner
from helpers.archives import same_tables
from helpers.executors import Here
from helpers.toy import SMOKE, stop_at

pytestmark = pytest.mark.usefixtures("one_thread", "root")


def failing(which=0, **changes):
    """An executor in which one chunk always fails: its worker dies, or with changes cannot train it."""

    def change(chunk):
        if chunk.ensemble[0].kind != ("rnn", "dann")[which]:
            return chunk
        if changes:
            return replace(chunk, **changes)
        raise RuntimeError("it is\ngone")

    return Here(change)


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
