"""A halved experiment runs stage by stage, goes on where it stopped, and its archive tells what it did."""

import json
import re
import shutil
import signal
from pathlib import Path

import pandas as pd
import pytest

from daleslaw_lib import __main__, experiments, notebook, verification
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.running import executors, runner
from helpers.archives import file_of, same_tables
from helpers.halved import HALVED, STAGES
from helpers.toy import SMOKE, send, stop_at

pytestmark = pytest.mark.usefixtures("one_thread", "root")
ALL = sum(STAGES)


@pytest.fixture(autouse=True)
def halved(monkeypatch, root):
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": HALVED})


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The archive of a run in one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiments, "EXPERIMENTS", {"toy": HALVED})
        patch.setenv("DALESLAW_RESULTS", str(tmp_path_factory.mktemp("unbroken")))
        outcome = runner.run(*SMOKE, quiet=True)
        assert outcome.n_trained == ALL
        return outcome.path


@pytest.fixture
def there(unbroken, root):
    """The same in this test's own results folder."""
    return Path(shutil.copytree(unbroken, root / "toy" / "smoke"))


def test_the_setting_that_learns_is_found_and_alone_runs_at_length(unbroken, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", str(unbroken.parents[1]))
    final, whole = reading.load("toy"), reading.load("toy", whole=True)
    assert (
        set(final.runs.lr) == {0.05}
        and set(final.runs.seed) == {0, 1}
        and len(final.runs) == final.total == 4
    )
    assert len(whole.runs) == whole.total == ALL and len(whole.configs) == ALL
    assert whole.manifest["halving"]["final"] == 4
    assert [rung["kept"] for rung in whole.manifest["halving"]["rungs"]] == [4, 2]
    assert set(final.curves.run_id) == set(final.runs.run_id)
    assert verification.verify(*SMOKE) == []


@pytest.mark.parametrize("k", [3, 20, 40, 60])
def test_a_stopped_run_goes_on_in_its_stage_and_ends_with_the_same_tables(k, unbroken):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(runner.Interrupted, match="--resume"):
        stop_at(patch, k, send(signal.SIGINT))
        runner.run(*SMOKE, quiet=True)
    path = runner.run(*SMOKE, quiet=True, resume=True).path
    assert same_tables(path, unbroken)
    with pytest.raises(reading.ArchiveError, match="holds a finished archive"):
        runner.run(*SMOKE, quiet=True)


def test_processes_and_points_one_at_a_time_give_the_same_runs(unbroken):
    with executors.processes(2) as executor:
        runner.run(*SMOKE, quiet=True, executor=executor, only={"kind": "dann"})
    assert set(reading.load("toy").runs.kind) == {"dann"}
    path = runner.run(*SMOKE, quiet=True).path
    tables = [pd.read_parquet(file_of(folder, "runs")) for folder in (path, unbroken)]
    pd.testing.assert_frame_equal(*(table.drop(columns="part") for table in tables))


def test_before_the_first_run_at_length_there_is_nothing_to_report_but_its_status(capsys):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(runner.Interrupted):
        stop_at(patch, 20, send(signal.SIGINT))
        runner.run(*SMOKE, quiet=True)
    assert reading.archived_scales("toy") == []
    assert reading.archived_scales("toy", unfinished=True) == ["smoke"]
    with pytest.raises(reading.ArchiveError, match="expected runs at length.*--resume"):
        reading.load("toy")
    assert isinstance(notebook.archive("toy"), notebook.Missing)
    assert __main__.main(["status"]) == 0
    assert re.search(rf"8 of {ALL} runs, .*; checkpoints: rnn .* 8/12", capsys.readouterr().out)
    assert __main__.main(["verify"]) == 0


def test_a_time_limit_is_one_for_all_stages():
    with pytest.raises(runner.TimeIsUp, match="--resume"):
        runner.run(*SMOKE, quiet=True, minutes=1e-6)
    rest = runner.run(*SMOKE, quiet=True, resume=True, minutes=60)
    assert (
        rest.n_trained + rest.n_kept == ALL and rest.n_trained > 0
    )  # a fast machine trains a few in no time


def test_fresh_starts_with_the_first_stage(there, unbroken):
    outcome = runner.run(*SMOKE, quiet=True, fresh=True)
    assert outcome.n_trained == ALL and same_tables(outcome.path, unbroken)


@pytest.mark.parametrize("field", ["lr", "seed", "updates"])
def test_a_choice_of_settings_is_refused_before_anything_starts(field, capsys):
    assert __main__.main(["run", "toy", "--only", f"{field}=1"]) == 1
    assert "a halving needs every setting of a point" in capsys.readouterr().err
    assert __main__.main(["plan", "toy", "--only", f"{field}=1"]) == 1


def test_the_plan_prices_every_stage(capsys):
    assert __main__.main(["plan", "toy", "--seconds", "0.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ALL
    assert __main__.main(["list", "--json"]) == 0
    (scale,) = json.loads(capsys.readouterr().out)["toy"]["scales"].values()
    assert scale["runs"] == ALL and scale["updates"] == 8 * 6 + 4 * 12 + 8 * 24


def rewrite(path, change):
    """The archive with a table and a manifest changed, digests right."""
    archive = reading.load(*SMOKE, whole=True)
    runs, manifest = change(archive.runs.copy(), json.loads((path / "manifest.json").read_text()))
    curves = archive.curves[archive.curves.run_id.isin(runs.run_id)]
    rest = {name: value for name, value in manifest.items() if name not in ("tables", "schema", "digest")}
    writing.write(path, {"runs": runs, "curves": curves}, rest)


def drop_a_rung(runs, manifest):
    return runs[runs.updates != 12], manifest


def another_record(runs, manifest):
    manifest["halving"]["rungs"][0]["digest"] = "0" * 16
    return runs, manifest


def another_winner(runs, manifest):
    runs.loc[runs.lr == 1e-6, "valid_error"] = 0.0
    return runs, manifest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop_a_rung, "its halving did not choose 4 of its runs"),
        (another_record, "tells of another halving"),
        (another_winner, "its halving did not choose"),
    ],
)
def test_a_changed_halving_is_found(change, words, there):
    rewrite(there, change)
    problems = verification.verify(*SMOKE)
    assert any(words in line for line in problems) and all("\n" not in line for line in problems)


def test_a_run_by_its_name_runs_whatever_a_halving_would_choose(unbroken):
    run = next(run for run in HALVED.runs("smoke") if run.updates == 24 and run.seed == 0)
    path = runner.run(*SMOKE, quiet=True, only={"run_id": frozenset([run.run_id])}).path
    assert list(pd.read_parquet(file_of(path, "runs")).run_id) == [run.run_id]


def unchosen():
    """A run at length, on a seed for that, of a setting that the toy halving does not choose."""
    wanted = ("rnn", 24, 1e-5, 0)
    (run,) = (r for r in HALVED.runs("smoke") if (r.kind, r.updates, r.lr, r.seed) == wanted)
    return run


def test_a_run_by_its_name_damages_nothing_and_counts_for_nothing(there, unbroken, capsys):
    run = unchosen()
    runner.run(*SMOKE, quiet=True, only={"run_id": run.run_id})
    whole = reading.load(*SMOKE, whole=True)
    assert run.run_id in set(whole.runs.run_id) and len(whole.runs) == ALL + 1
    assert verification.verify(*SMOKE) == []
    final, alone = reading.load(*SMOKE), reading.load_from(unbroken)
    pd.testing.assert_frame_equal(final.runs, alone.runs)
    assert final.total == len(final.runs) and final.manifest["halving"] == alone.manifest["halving"]
    assert __main__.main(["status"]) == __main__.main(["verify"]) == 0
    said = capsys.readouterr().out
    assert f" {ALL} runs and 1 asked for by name" in said and "ok, and 1 asked for by name" in said


def test_a_run_by_its_name_alone_is_verified_and_is_no_result(capsys):
    run = unchosen()
    assert __main__.main(["run", "toy", "--only", f"run_id={run.run_id}"]) == 0
    assert __main__.main(["verify"]) == 0
    with pytest.raises(reading.ArchiveError, match="expected runs at length.*asked for by name"):
        reading.load("toy")
    runner.run(*SMOKE, quiet=True)  # and a halving goes on from it
    assert verification.verify(*SMOKE) == [] and len(reading.load("toy").runs) == 4


def test_a_run_that_a_halving_chose_counts_though_it_was_asked_for_by_name(unbroken):
    run_id = reading.load_from(unbroken).runs.run_id[0]
    runner.run(*SMOKE, quiet=True, only={"run_id": run_id})
    runner.run(*SMOKE, quiet=True)
    assert set(reading.load("toy").runs.run_id) == set(reading.load_from(unbroken).runs.run_id)
    assert verification.verify(*SMOKE) == []


def test_a_run_at_length_that_nobody_asked_for_is_still_found(there):
    runner.run(*SMOKE, quiet=True, only={"run_id": unchosen().run_id})

    def nobody_asked(runs, manifest):
        manifest["parts"] = [{k: v for k, v in part.items() if k != "by_name"} for part in manifest["parts"]]
        return runs, manifest

    rewrite(there, nobody_asked)
    assert any("its halving did not choose 1 of its runs" in line for line in verification.verify(*SMOKE))
