"""Archives that grow: what is there is kept to the bit, what is missing is trained, once."""

import json
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from daleslaw_lib import experiments, initialisation, training, verification
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.initialisation import dann, rnn
from daleslaw_lib.running import runner
from daleslaw_lib.tasks import mnist
from helpers.archives import FILES, archive_of, checkpoints, file_of, same_tables, snapshot
from helpers.configs import config
from helpers.toy import SMOKE, TOY, UPDATES, grid, interrupted, raises, refusal, stop_at

pytestmark = pytest.mark.usefixtures("one_thread", "root")

LONG = 2 * UPDATES  # of a third ensemble


def three_ensembles(**changes):
    """The toy's two ensembles, and a third of another length."""
    return [*grid(**changes), config(kind="colei", updates=LONG), config(kind="colei", updates=LONG, seed=1)]


@pytest.fixture(autouse=True)
def experiment(root, monkeypatch):
    """experiment(runs) makes these the runs of the toy, from now on; at first, three ensembles."""

    def experiment(runs, **changes):
        toy = replace(TOY, grids={"smoke": lambda: runs}, **changes)
        monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
        return root / "toy" / "smoke"

    experiment(three_ensembles())
    return experiment


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The archive of an unbroken run of the three ensembles."""
    folder = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        toy = replace(TOY, grids={"smoke": three_ensembles})
        patch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
        patch.setenv("DALESLAW_RESULTS", str(folder))
        torch.set_num_threads(1)
        runner.run(*SMOKE)
    return folder / "toy" / "smoke"


@pytest.fixture
def counted(monkeypatch):
    """Updates of every member that is trained from now on, fingerprints aside: {(kind, seed): updates}."""
    advance, updates = training.Training.advance, Counter()

    def counting(self):
        advance(self)
        if self.updates in (UPDATES, LONG):
            updates.update((self.network.kind, seed) for seed in self.seeds)

    monkeypatch.setattr(training.Training, "advance", counting)
    return updates


ONCE = {("rnn", s): UPDATES for s in range(3)} | {("dann", s): UPDATES for s in range(2)}
ONCE |= {("colei", s): LONG for s in range(2)}


def archived_kinds() -> list[str]:
    return list(dict.fromkeys(reading.load("toy").runs.kind))


def rows(path: Path, *ids: str) -> dict[str, pd.DataFrame]:
    """Both tables of some runs, without the parts."""
    tables = {name: pd.read_parquet(file_of(path, f"{name}.parquet")) for name in reading.TABLES}
    return {
        name: table[table.run_id.isin(ids)].reset_index(drop=True).drop(columns="part", errors="ignore")
        for name, table in tables.items()
    }


def assert_same_rows(path: Path, other: Path, runs) -> None:
    ids = [run.run_id for run in runs]
    a, b = rows(path, *ids), rows(other, *ids)
    for name in reading.TABLES:
        pd.testing.assert_frame_equal(a[name], b[name], check_exact=True)
    assert len(a["runs"]) == len(ids)


# --- a sweep that is interrupted -----------------------------------------------------------------


@pytest.mark.parametrize("k", [3, UPDATES, UPDATES + 10, 2 * UPDATES, 2 * UPDATES + 30])
def test_a_sweep_resumes_at_the_ensemble_where_it_stopped(k, root, counted, unbroken):
    interrupted(k)
    path = root / "toy" / "smoke"
    whole = min(k // UPDATES, 2)
    assert reading.is_archived(path) == (whole > 0)
    if whole:
        assert archived_kinds() == ["rnn", "dann"][:whole] and verification.verify(*SMOKE) == []
    assert [u for _, u, _ in runner.progress_of(*SMOKE)] == [k - whole * UPDATES]
    outcome = runner.run(*SMOKE, resume=True)
    assert counted == ONCE  # no update of anyone was made twice
    assert outcome.n_kept == [0, 3, 5][whole] and outcome.n_trained == 7 - outcome.n_kept
    assert same_tables(path, unbroken) and not (path / "checkpoints").exists()
    assert verification.verify(*SMOKE) == []


def test_a_sweep_that_is_stopped_in_each_ensemble_ends_with_the_same_numbers(root, counted, unbroken):
    interrupted(5)
    for k in (UPDATES, UPDATES + 2, 20):
        interrupted(k, resume=True)
    runner.run(*SMOKE, resume=True)
    path = root / "toy" / "smoke"
    assert counted == ONCE and same_tables(path, unbroken) and not (path / "checkpoints").exists()
    archive = reading.load("toy")
    assert [part["runs"] for part in archive.manifest["parts"]] == [3, 2, 2]
    assert list(archive.runs.part) == [0] * 3 + [1] * 2 + [2] * 2


def test_a_failure_in_a_later_ensemble_loses_nothing_of_the_earlier_ones(root, counted, unbroken):
    for failure in (RuntimeError("out of memory"), MemoryError()):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(type(failure)):
            stop_at(
                patch, UPDATES + 1 if not reading.is_archived(root / "toy" / "smoke") else 1, raises(failure)
            )
            runner.run(*SMOKE)
        assert archived_kinds() == ["rnn"]
    assert verification.verify(*SMOKE) == []
    counted.clear()
    runner.run(*SMOKE)
    assert set(counted) == {m for m in ONCE if m[0] != "rnn"} and same_tables(
        root / "toy" / "smoke", unbroken
    )


def test_signals_are_handled_as_before_even_while_a_failure_is_looked_at(root, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(writing, "write", lambda *_: raises(MemoryError())())
    with pytest.raises(MemoryError) as failure:
        runner.run(*SMOKE)
    assert failure.value.__traceback__ and signal.getsignal(signal.SIGINT) is before


# --- a grid that changes -------------------------------------------------------------------------


def test_a_grid_that_grows_trains_only_the_new_runs_and_keeps_the_others(experiment, counted, unbroken):
    path = experiment(grid())
    runner.run(*SMOKE)
    first = json.loads((path / "manifest.json").read_text())
    before = snapshot(path)
    counted.clear()
    experiment(three_ensembles())
    outcome = runner.run(*SMOKE)
    assert (outcome.n_trained, outcome.n_kept, outcome.n_dropped) == (2, 5, 0)
    assert set(counted) == {("colei", 0), ("colei", 1)}
    assert same_tables(path, unbroken) and snapshot(path) != before
    manifest = reading.load("toy").manifest
    assert manifest["parts"][0] == first["parts"][0] and manifest["parts"][1]["runs"] == 2
    assert first["fingerprint"].items() < manifest["fingerprint"].items()
    assert manifest["definition"] == experiments.get("toy").definition("smoke") != first["definition"]
    assert verification.verify(*SMOKE) == []


def test_more_seeds_of_every_condition_are_added_in_the_order_of_the_grid(experiment, counted):
    def seeds(n):
        return [config(kind=kind, seed=s) for kind in ("rnn", "dann") for s in range(n)]

    experiment(seeds(1))
    runner.run(*SMOKE)
    experiment(seeds(3))
    runner.run(*SMOKE)
    assert counted == {(kind, s): UPDATES for kind in ("rnn", "dann") for s in range(3)}
    runs = reading.load("toy").runs
    assert list(runs.run_id) == [run.run_id for run in seeds(3)] and list(runs.part) == [0, 1, 1] * 2
    assert list(reading.load("toy").curves.run_id.drop_duplicates()) == list(runs.run_id)


def test_tables_that_grow_have_the_types_of_tables_made_at_once(experiment, root):
    runs = [
        config(updates=4),
        config(kind="rnn", updates=4, input_init="he", frozen=True),
        config(kind="rnn", updates=4, vectors="colei", spectrum="rnn", eval_every=2),
        config(kind="colei", updates=4, ablated=1, lr_decay=0.5, n_valid=10),
        config(n_inhibitory=3, random_ix=True, rho=1.0, updates=4, dtype="float64"),
    ]
    for k in range(1, 6):
        path = experiment(runs[:k])
        runner.run(*SMOKE)
    kept = root.with_name("kept")
    path.rename(kept)
    runner.run(*SMOKE)
    assert same_tables(kept, path)


@pytest.mark.parametrize("keep", [slice(0, 3), slice(3, 5), slice(1, 6)])
def test_a_grid_that_shrinks_drops_what_no_longer_belongs(keep, experiment, counted, unbroken):
    path = experiment(three_ensembles())
    runner.run(*SMOKE)
    counted.clear()
    left = three_ensembles()[keep]
    experiment(left)
    outcome = runner.run(*SMOKE)
    assert (outcome.n_trained, outcome.n_kept, outcome.n_dropped) == (0, len(left), 7 - len(left))
    assert not counted and list(reading.load("toy").runs.run_id) == [run.run_id for run in left]
    assert_same_rows(path, unbroken, left)
    assert verification.verify(*SMOKE) == []
    assert refusal().startswith(f"{path}: holds a finished archive")


def test_a_grid_that_changes_replaces_what_it_changes(experiment, counted, unbroken):
    path = experiment(three_ensembles())
    runner.run(*SMOKE)
    counted.clear()
    runs = three_ensembles()
    runs[0] = replace(runs[0], lr=0.07)
    experiment(runs)
    outcome = runner.run(*SMOKE)
    assert (outcome.n_trained, outcome.n_kept, outcome.n_dropped) == (1, 6, 1)
    assert counted == {("rnn", 0): UPDATES}
    archive = reading.load("toy")
    assert archive.runs.lr[0] == 0.07 and list(archive.runs.run_id) == [run.run_id for run in runs]
    assert list(archive.runs.part) == [1] + [0] * 6
    assert_same_rows(path, unbroken, runs[1:])
    assert verification.verify(*SMOKE) == []


def test_what_no_longer_belongs_stays_until_something_replaces_it(experiment):
    path = experiment(grid())
    runner.run(*SMOKE)
    before = archive_of(path)
    experiment([config(kind="colei"), config(kind="colei", seed=1)])
    interrupted(5)
    assert archive_of(path) == before
    runner.run(*SMOKE, resume=True)
    archive = reading.load("toy")
    assert list(archive.runs.kind) == ["colei"] * 2 and verification.verify(*SMOKE) == []


def test_a_part_leaves_with_the_last_of_its_runs(experiment):
    experiment(grid()[:3])
    runner.run(*SMOKE)
    experiment(grid())
    runner.run(*SMOKE)
    second = reading.load("toy").manifest["parts"][1]
    experiment(grid()[3:])
    runner.run(*SMOKE)
    archive = reading.load("toy")
    assert archive.manifest["parts"] == [second] and archive.runs.part.eq(0).all()


def test_runs_on_other_data_may_be_dropped(experiment, monkeypatch):
    """What is left is verified against its own data."""
    archived = [config(updates=4), config(updates=4, kind="rnn")]
    experiment(archived)
    digests = mnist.digests
    monkeypatch.setattr(mnist, "digests", lambda source: digests(source) | {"mnist/other": "1"})
    runner.run(*SMOKE)
    manifest = reading.load("toy").manifest
    writing.write(
        experiment(archived[:1]),
        reading.load("toy").only([archived[0].run_id]).tables,
        manifest | {"data": manifest["data"] | {"of/others": "2"}},
    )
    assert verification.verify(*SMOKE) == []


# --- some of the runs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "steps",
    [
        [dict(kind="rnn"), dict(kind="dann"), dict(kind="colei")],
        [dict(kind="colei"), dict(updates=str(UPDATES))],
        [dict(kind="dann"), {}],
    ],
)
def test_some_and_then_the_others_equals_all_at_once(steps, root, counted, unbroken):
    path, n = root / "toy" / "smoke", 0
    for only in steps:
        outcome = runner.run(*SMOKE, only=only)
        assert outcome.n_kept == n
        n += outcome.n_trained
        assert verification.verify(*SMOKE) == []
    assert counted == ONCE and same_tables(path, unbroken)


@pytest.mark.parametrize("steps", [[dict(seed="1"), {}], [dict(kind="dann", seed=0), dict(lr="0.05"), {}]])
def test_ensembles_that_are_split_give_the_same_numbers_but_for_rounding(steps, root, counted, unbroken):
    for only in steps:
        runner.run(*SMOKE, only=only)
    assert counted == ONCE
    for name in reading.TABLES:
        both = (root / "toy" / "smoke", unbroken)
        a, b = (pd.read_parquet(file_of(path, f"{name}.parquet")) for path in both)
        a, b = (table.drop(columns="part", errors="ignore") for table in (a, b))
        pd.testing.assert_frame_equal(a, b, rtol=1e-5)


def test_only_what_is_asked_for_is_trained(counted):
    outcome = runner.run(*SMOKE, only=dict(kind="rnn", lr="0.05"))
    assert outcome.n_trained == 2 and counted == {("rnn", 0): UPDATES, ("rnn", 1): UPDATES}
    archive = reading.load("toy")
    assert len(archive.runs) == 2 and archive.total == 7 and archive.configs == grid()[:2]
    assert " · 2 of 7 runs · " in archive.provenance


def test_what_is_asked_for_and_there_is_not_trained_again(root):
    runner.run(*SMOKE, only=dict(kind="rnn"))
    before = snapshot(root)
    assert "holds a finished archive" in refusal(only=dict(kind="rnn"))
    assert snapshot(root) == before


def test_some_runs_that_are_interrupted_say_how_to_go_on_with_them(root, counted):
    message = interrupted(5, only=dict(kind="dann", lr="0.05"))
    assert message.endswith("daleslaw run toy --scale smoke --only kind=dann --only lr=0.05 --resume")
    assert "holds checkpoints of an interrupted run" in refusal(only=dict(kind="dann"))
    runner.run(*SMOKE, only=dict(kind="dann", lr="0.05"), resume=True)
    assert counted == {("dann", 0): UPDATES, ("dann", 1): UPDATES}
    assert not (root / "toy" / "smoke" / "checkpoints").exists()


def test_the_rest_goes_on_from_what_some_had_begun(root, counted, unbroken):
    """Where the runs asked for are an ensemble by themselves."""
    interrupted(5, only=dict(kind="dann"))
    runner.run(*SMOKE, resume=True)
    assert counted == ONCE and same_tables(root / "toy" / "smoke", unbroken)


@pytest.mark.parametrize(
    "only, n",
    [
        (dict(kind="dann"), 2),
        (dict(lr="0.05"), 6),
        (dict(lr="5e-2"), 6),
        (dict(lr=0.05), 6),
        (dict(clip="None"), 3),
        (dict(clip=None), 3),
        (dict(clip="5"), 4),
        (dict(hidden="10.0"), 7),
        (dict(seed="1", kind="rnn"), 1),
        ({}, 7),
    ],
)
def test_values_may_be_written_as_text(only, n):
    assert len(runner.select(three_ensembles(), only)) == n


@pytest.mark.parametrize(
    "only, message",
    [
        (dict(colour="red"), "only: expected one of preset, task, "),
        (dict(kind="lstm"), "only: expected to leave some runs, got none with {'kind': 'lstm'}"),
        (dict(lr="nan"), "only: expected to leave some runs, got none with {'lr': 'nan'}"),
        (dict(kind="dann", seed="2"), "only: expected to leave some runs, got none with "),
    ],
)
def test_a_bad_choice_is_refused_before_a_folder_is_made(only, message, root):
    assert refusal(ValueError, only=only).startswith(message)
    assert not root.exists()


def test_some_runs_alone_are_not_replaced(root):
    message = refusal(ValueError, only=dict(kind="rnn"), fresh=True)
    assert message == "only, fresh: expected at most one of the two, got both"


# --- an archive that is replaced -----------------------------------------------------------------


@pytest.fixture
def old(root):
    """The archive of the toy as it was trained some time ago, with another learning rate."""
    runner.run(*SMOKE)
    path = root / "toy" / "smoke"
    archive = reading.load("toy")
    marked = archive.runs.assign(test_loss=-1.0)
    writing.write(path, {"runs": marked, "curves": archive.curves}, archive.manifest)
    return path


@pytest.mark.parametrize("k", [3, UPDATES + 10, 2 * UPDATES + 30])
def test_fresh_leaves_the_old_archive_until_the_new_one_is_whole(k, old, counted, unbroken):
    before = archive_of(old)
    interrupted(k, fresh=True)
    assert archive_of(old) == before
    interrupted(2, resume=True)
    assert archive_of(old) == before
    with pytest.MonkeyPatch.context() as patch:
        seen = []
        stop_at(patch, 1, lambda: seen.append(archive_of(old)))
        runner.run(*SMOKE, resume=True)
    assert seen == [before] and counted == ONCE
    assert same_tables(old, unbroken) and not (old / "checkpoints").exists()
    assert [part["runs"] for part in reading.load("toy").manifest["parts"]] == [7]
    assert verification.verify(*SMOKE) == []


def test_an_old_archive_that_is_being_replaced_is_not_mixed_with_the_new(old, experiment, unbroken):
    interrupted(UPDATES + 10, fresh=True)
    before = snapshot(old)
    assert "holds checkpoints of an interrupted run" in refusal()
    again = "first run: daleslaw run toy --scale smoke --resume"
    for arguments in ({}, dict(resume=True)):
        message = refusal(only=dict(kind="rnn"), **arguments)
        assert message == f"{old}: is being replaced as a whole; {again}"
    assert {k: v for k, v in snapshot(old).items()} == before


def test_a_fresh_run_that_is_killed_before_its_first_checkpoint_is_not_taken_for_nothing(old):
    (old / "checkpoints").mkdir()
    (old / "checkpoints" / "replacing").touch()
    before = snapshot(old)
    assert "holds checkpoints of an interrupted run; add --resume" in refusal()
    assert snapshot(old) == before


def test_a_new_archive_that_is_whole_is_kept_if_the_end_is_cut_short(old, counted, unbroken, monkeypatch):
    """Killed while what is left over is removed: the archive is the new one, and nothing is repeated."""
    unlink, removed = Path.unlink, []

    def killed(self, missing_ok=False):
        if self.parent.name == "checkpoints" and self.suffix not in (".tmp", ".lock"):
            if removed and self.name != "replacing":
                raise SystemExit
            removed.append(self.name)
        unlink(self, missing_ok)

    with monkeypatch.context() as patch:
        interrupted(2 * UPDATES + 30, fresh=True)
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(SystemExit):
            runner.run(*SMOKE, resume=True)
    assert removed == ["replacing"] and same_tables(old, unbroken)
    counted.clear()
    assert refusal().startswith(f"{old}: holds a finished archive") and not counted


def test_fresh_again_starts_again(old, counted, unbroken):
    interrupted(UPDATES + 10, fresh=True)
    counted.clear()
    runner.run(*SMOKE, fresh=True)
    assert counted == ONCE and same_tables(old, unbroken) and not (old / "checkpoints").exists()


def test_fresh_replaces_an_archive_that_cannot_be_read(old, unbroken):
    for file in [file_of(old, name) for name in FILES]:
        file.write_bytes(b"damaged")
    assert "expected a manifest, got a damaged file" in refusal()
    runner.run(*SMOKE, fresh=True)
    assert same_tables(old, unbroken)


# --- an archive that is not added to -------------------------------------------------------------


def test_an_archive_of_the_first_schema_says_in_one_line_what_to_do(old):
    file = old / "manifest.json"
    manifest = json.loads(file.read_text())
    file.write_text(json.dumps(manifest.pop("parts")[0] | manifest | {"schema": 1}))
    before = snapshot(old)
    again = "run: daleslaw run toy --scale smoke --fresh"
    for arguments in ({}, dict(resume=True), dict(only=dict(kind="rnn"))):
        assert refusal(**arguments) == f"{file}: expected schema 3, got 1; {again}"
    assert verification.verify(*SMOKE) == [f"damaged: {file}: expected schema 3, got 1; {again}"]
    assert snapshot(old) == before
    runner.run(*SMOKE, fresh=True)
    assert verification.verify(*SMOKE) == []


def half_an_archive() -> Path:
    return runner.run(*SMOKE, only=dict(kind="rnn")).path


@pytest.mark.parametrize("arguments", [{}, dict(resume=True), dict(only=dict(kind="dann"))])
def test_runs_of_another_library_are_not_added_to(arguments, monkeypatch):
    path = half_an_archive()
    before = snapshot(path)
    original = initialisation.rnn_weights
    monkeypatch.setattr(rnn, "rnn_weights", lambda *a, **k: original(*a, **k) * 1.001)
    assert refusal(**arguments) == (
        f"{path}: expected runs to add to, got stale: the library trains rnn (task mnist, layers 1, "
        "clip_by layer) differently since; run: daleslaw run toy --scale smoke --fresh"
    )
    assert snapshot(path) == before


def test_a_change_that_does_not_concern_what_is_archived_does_no_harm(monkeypatch):
    half_an_archive()
    original = initialisation.dann_weights
    changed = lambda *a, **k: tuple(1.001 * w for w in original(*a, **k))  # noqa: E731
    monkeypatch.setattr(dann, "dann_weights", changed)
    assert runner.run(*SMOKE).n_trained == 4


def test_runs_on_other_data_are_not_added_to():
    path = half_an_archive()
    archive = reading.load("toy")
    data = dict.fromkeys(archive.manifest["data"], "0" * 64)
    writing.write(path, archive.tables, archive.manifest | {"data": data})
    before = snapshot(path)
    assert refusal() == (
        f"{path}: expected runs to add to, got stale: the data files of toy have changed since; "
        "run: daleslaw run toy --scale smoke --fresh"
    )
    assert snapshot(path) == before


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_archive_is_not_added_to(name):
    path = half_an_archive()
    file = file_of(path, name)
    file.write_bytes(file.read_bytes()[:-20])
    before = snapshot(path)
    assert refusal().startswith(f"{file}: expected ")
    assert snapshot(path) == before


def test_a_disk_that_fills_up_as_an_ensemble_is_archived_keeps_the_others(root, counted, unbroken):
    path, write, calls = root / "toy" / "smoke", writing.write, []

    def second_fails(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device", "some/file")
        write(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "write", second_fails)
        assert refusal().startswith("some/file: cannot be written (No space left on device); what was")
    assert archived_kinds() == ["rnn"] and len(checkpoints(path)) == 1
    runner.run(*SMOKE, resume=True)
    assert counted == ONCE and same_tables(path, unbroken)


# --- another task --------------------------------------------------------------------------------


def test_an_experiment_of_the_adding_problem_has_losses_and_no_errors(experiment):
    adding = dict(task="adding", source="generated", length=6, hidden=4, eval_every=4)
    runs = [config(kind=kind, lr_decay=0.9, **adding) for kind in ("rnn", "dann")]
    experiment(runs, quantity="test_loss")
    runner.run(*SMOKE)
    archive = reading.load("toy")
    assert archive.runs.test_loss.between(0, 2).all() and "test_error" not in archive.runs
    assert archive.manifest["data"] == {} and verification.verify(*SMOKE) == []
