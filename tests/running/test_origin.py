"""A checkpoint goes on with its own runs, trained by the code that wrote it, by one process at a time."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from daleslaw_lib import HOME, code_digests, experiments, jobs, regular_files
from daleslaw_lib import checkpoints as files
from daleslaw_lib.archive import reading
from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.locks import held
from daleslaw_lib.running import chunks, remaining, runner
from helpers import ROOT, draws
from helpers.archives import same_tables, snapshot
from helpers.configs import config
from helpers.executors import Here
from helpers.toy import SMOKE, TOY, UPDATES, interrupted, refusal, stop_at

pytestmark = pytest.mark.usefixtures("one_thread", "root")


def rewrite(path, change) -> None:
    """The same checkpoint with another state."""
    with np.load(path) as file:
        content = dict(file)
    state = json.loads(str(content.pop("state")))
    files.write(path, change(state) or state, content)


def left_behind(root):
    (file,) = (root / "toy" / "smoke").glob("checkpoints/*.npz")
    return file


# --- whose it is -----------------------------------------------------------------------------------

ALIKE = [  # ensembles that differ in nothing that a training is given
    dict(kind="rnn", rho=1.0),
    dict(kind="rnn", rho=1.1),
    dict(kind="rnn", vectors="rnn", spectrum="colei"),
    dict(kind="rnn", vectors="colei", spectrum="rnn"),
    dict(kind="dann", ei_ratio=4.0),
    dict(kind="dann", ei_ratio=5.0),
    dict(kind="dann", random_ix=True),
]


@pytest.mark.parametrize("a", range(len(ALIKE)))
def test_a_checkpoint_of_an_ensemble_that_is_alike_is_refused(a, tmp_path):
    path = tmp_path / "a.npz"
    runs = [[config(updates=2, eval_every=2, **settings)] for settings in ALIKE]
    here = jobs.job_of(runs[a])
    data = here.data()
    here.start(data).run(checkpoint=path)
    assert here.read(path).history["update"][-1] == 2
    for other in (runs[b] for b in range(len(ALIKE)) if b != a):
        job = jobs.job_of(other)
        for use in (partial(job.start, data), job.read, job.look_at):
            with pytest.raises(CheckpointError, match="a checkpoint of this run.* are others") as error:
                use(path)
            assert "\n" not in str(error.value)


def test_an_exchanged_checkpoint_is_refused_before_training_and_left(root, monkeypatch):
    pair = [config(kind="rnn", seed=0), config(kind="rnn", seed=1)]
    low, high = ([replace(run, rho=rho) for run in pair] for rho in (0.5, 1.5))
    for runs in (low, high):
        toy = replace(TOY, grids={"smoke": lambda runs=runs: runs})
        monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
        interrupted(3)
    path = root / "toy" / "smoke"
    mine, other = (remaining.checkpoint_of(path, runs) for runs in (high, low))
    mine.write_bytes(other.read_bytes())
    before = snapshot(root)
    counted = stop_at(monkeypatch, -1, None)
    assert refusal(CheckpointError, resume=True).endswith(
        "(its runs are others); delete it to start this run again"
    )
    assert snapshot(root) == before and not counted


def test_draws_notice_damage_as_trainings_do(root, monkeypatch, tmp_path):
    job, path = jobs.job_of(draws.grid()[:7]), tmp_path / "a.npz"
    job.start().run(checkpoint=path)
    content = path.read_bytes()
    good = job.read(path).table()
    for position in range(40, len(content), len(content) // 60):
        damaged = bytearray(content)
        damaged[position] ^= 4
        path.write_bytes(damaged)
        drawing = job.start()
        try:
            drawing.load(path)
        except CheckpointError as error:
            assert "\n" not in str(error) and drawing.update_index == 0
        else:  # a bit that means nothing, such as one of the file's time
            drawing.run()
            assert drawing.table().equals(good)


@pytest.mark.parametrize("name", ["figures", "s", "e"])
def test_draws_with_arrays_of_other_shapes_are_refused(name, tmp_path):
    job, path = jobs.job_of(draws.grid()[:7]), tmp_path / "a.npz"
    job.start().run(checkpoint=path)
    state, content = files.read(path)
    files.write(path, state, content | {name: content[name][1:]})
    with pytest.raises(CheckpointError, match="its arrays are of other shapes"):
        job.start(checkpoint=path)


# --- whose code wrote it ---------------------------------------------------------------------------


def test_a_checkpoint_of_other_code_is_refused_before_training(root, monkeypatch):
    interrupted(UPDATES + 3)
    before = snapshot(root)
    monkeypatch.setattr(jobs.job, "training_code", lambda: "0" * 16)
    for arguments in (dict(resume=True), dict(resume=True, executor=Here())):
        assert refusal(CheckpointError, **arguments) == (
            f"{left_behind(root)}: expected a checkpoint of this run, got one that cannot be used "
            f"(it was written by code {code_digests.training_code()}, and this is 0000000000000000); "
            "delete it to start this run again"
        )
    assert snapshot(root) == before


def test_a_checkpoint_from_before_they_said_who_wrote_them_is_one_line(root):
    """An older library wrote neither digests nor all of today's settings."""

    def older(state):
        state.pop("origin")
        state["settings"].pop("end_every")

    interrupted(UPDATES + 3)
    rewrite(left_behind(root), older)
    assert (
        f"(it was written by code that left no digest, and this is {code_digests.training_code()})"
        in refusal(CheckpointError, resume=True)
    )
    left_behind(root).unlink()
    assert runner.run(*SMOKE, resume=True).n_trained == 2


def test_a_finished_checkpoint_of_other_code_is_not_archived(root, monkeypatch):
    def exchanged(chunk):
        chunks.train(chunk)
        rewrite(chunk.checkpoint, lambda state: state["origin"].update(code="0" * 16))
        raise RuntimeError("the driver is gone")

    with pytest.raises(chunks.ChunkError):
        runner.run(*SMOKE, executor=Here(exchanged))
    with pytest.raises(CheckpointError, match="by code 0000000000000000"):
        runner.run(*SMOKE, executor=Here(), resume=True)
    assert not reading.is_archived(root / "toy" / "smoke")


def test_the_code_that_trains_is_all_that_a_job_imports_to_do_it():
    """But for what says which runs there are, what they cost, how tables are written, and what is said on a
    terminal."""
    listing = """if True:
        import sys, daleslaw_lib.jobs.ways
        print(*(name for name in sys.modules if name.startswith("daleslaw_lib.")))"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", listing], env=environment, capture_output=True, text=True)
    others = "experiments archive own_files later locks".split()
    others += ["code_digests", "costs", "terminal"]
    for name in done.stdout.split():
        name = name.removeprefix("daleslaw_lib.")
        if any(name == other or name.startswith(f"{other}.") for other in others):
            continue
        path = name.replace(".", "/")
        assert any(path == n.removesuffix(".py") or path.startswith(f"{n}/") for n in code_digests.NUMBERS), (
            name
        )
    for name in code_digests.NUMBERS:
        assert (HOME / name).exists(), name


@pytest.mark.parametrize(
    ("module", "changes"), [("training/update.py", True), ("checks.py", True), ("figures/style.py", False)]
)
def test_a_figures_label_does_not_cost_a_long_run_its_checkpoint(module, changes, tmp_path, monkeypatch):
    for path in HOME.rglob("*.py"):
        copy = tmp_path / path.relative_to(HOME)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(code_digests, "HOME", tmp_path)
    before = code_digests._training_code.__wrapped__(())
    with (tmp_path / module).open("a") as file:
        file.write("# changed\n")
    assert (code_digests._training_code.__wrapped__(()) != before) == changes


# --- one at a time ---------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", [None, Here()], ids=["here", "a worker"])
def test_a_chunk_that_somebody_is_at_names_them(executor, root, finished, monkeypatch):
    path = root / "toy" / "smoke"
    checkpoint = remaining.checkpoint_of(path, experiments.ensembles(TOY.runs("smoke"))[0])
    checkpoint.parent.mkdir(parents=True)
    monkeypatch.setattr(chunks, "WAIT_SECONDS", 0.2)
    with held(checkpoint.with_suffix(".lock")):
        message = refusal(chunks.ChunkError, executor=executor)
    expected = f"{checkpoint}: expected nobody else at work on it within 0.2 seconds"
    assert f"{expected}, got process {os.getpid()} on " in message
    assert message.endswith("to continue: daleslaw run toy --scale smoke --resume")
    runner.run(*SMOKE, resume=True)
    assert same_tables(path, finished / "toy" / "smoke")


def test_fresh_discards_no_checkpoint_that_somebody_is_at(root, monkeypatch):
    interrupted(3)
    before = left_behind(root).read_bytes()
    monkeypatch.setattr(chunks, "WAIT_SECONDS", 0.2)
    with held(left_behind(root).with_suffix(".lock")):
        refusal(chunks.ChunkError, fresh=True)
    assert left_behind(root).read_bytes() == before


def test_what_a_killed_writer_left_is_swept_away(root):
    interrupted(3)
    half = left_behind(root).with_name(left_behind(root).name + ".0123456789abcdef.tmp")
    half.write_bytes(b"PK half a checkpoint")
    path = runner.run(*SMOKE, resume=True).path
    assert not half.exists() and not (path / "checkpoints").exists()


def test_a_checkpoint_is_never_written_through_a_link(tmp_path, monkeypatch):
    target, path = tmp_path / "precious", tmp_path / "a.npz"
    target.write_text("kept")
    monkeypatch.setattr(regular_files.secrets, "token_hex", lambda n: "known")
    (tmp_path / "a.npz.known.tmp").symlink_to(target)
    with pytest.raises(FileExistsError):
        files.write(path, {}, {})
    assert target.read_text() == "kept" and not path.exists()


def test_two_writers_of_one_checkpoint_do_not_share_a_file(tmp_path, monkeypatch):
    seen, savez = [], np.savez
    monkeypatch.setattr(np, "savez", lambda file, **content: (seen.append(file.name), savez(file, **content)))
    for _ in range(2):
        files.write(tmp_path / "a.npz", {"update": 0}, {})
    assert len(set(seen)) == 2 and os.listdir(tmp_path) == ["a.npz"]
