"""Archived runs made again: which, what is the same, what is near, and what is not what the archive says."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.evidence import compare, reproduction
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.experiments.spectra import SPECTRA
from daleslaw_lib.running import runner
from helpers.archives import file_of, in_memory
from helpers.configs import config
from helpers.toy import TOY

pytestmark = pytest.mark.usefixtures("one_thread")


def again(name="toy", share=1.0, seed=0, scale="smoke"):
    (sample,) = reproduction.samples(name, share, seed, scale)
    return sample, reproduction.beside(sample, reproduction.run_again(sample))


def rewritten(path, change):
    """The archive with tables and manifest changed, and digests that fit: a careful forger's."""
    manifest = reading.read_manifest(path)
    tables = {name: pd.read_parquet(file_of(path, name)) for name in reading.TABLES}
    tables, manifest = change(tables, manifest) or (tables, manifest)
    shutil.rmtree(path)
    kept = {k: v for k, v in manifest.items() if k not in ("tables", "schema", "digest")}
    writing.write(path, tables, kept)


def other_version(tables, manifest):
    for part in manifest["parts"]:
        part["torch"] = "1.0.0"


@pytest.mark.parametrize("asked", ["2a", "Figure 2a", "fig. 2a", "FIG 2A", "adding"])
def test_a_figure_is_asked_for_in_any_usual_way(asked):
    assert reproduction.behind(asked) == ["adding"]


def test_every_figure_of_the_paper_that_shows_results_is_known():
    assert list(reproduction.figures()) == ["2a", "2b", "2c", "2d", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("asked", ["1", "2e", "chapter 9", "", "Figure"])
def test_another_figure_is_refused_with_those_there_are(asked):
    with pytest.raises(ValueError, match=r"^figure: expected one of 2a, 2b, .*, 7, or an experiment's name"):
        reproduction.behind(asked)


@pytest.mark.parametrize("text", ["0%", "0", "-1%", "100.1%", "nan", "inf%", "two", "", "%"])
def test_a_share_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"^sample: expected a percentage above 0 and up to 100"):
        reproduction.share_of(text)


def test_a_sample_is_its_seeds_and_at_least_one_run(root, archived):
    n = len(TOY.runs("smoke"))
    sizes = {s: len(reproduction.samples("toy", s, 0)[0].runs) for s in (0.001, 0.2, 0.21, 0.6, 1.0)}
    assert sizes == {0.001: 1, 0.2: 1, 0.21: 2, 0.6: 3, 1.0: n}
    first = [reproduction.samples("toy", 0.4, seed)[0].runs for seed in range(20)]
    assert first == [reproduction.samples("toy", 0.4, seed)[0].runs for seed in range(20)]
    assert {run for runs in first for run in runs} == set(TOY.runs("smoke"))


def test_what_is_not_archived_is_refused_with_the_command_that_makes_it(root):
    with pytest.raises(reading.ArchiveError) as refused:
        reproduction.samples("toy", 1.0, 0, "smoke")
    expected = "toy: expected an archive of toy at smoke scale, got none; run: daleslaw run toy --scale smoke"
    assert str(refused.value) == expected
    with pytest.raises(ValueError, match="^scale: expected one of smoke, paper, got 'laptop'$"):
        reproduction.samples("toy", 1.0, 0, "laptop")


def test_a_whole_archive_made_again_is_the_same_to_the_last_bit(root, archived):
    before = {file.name: file.read_bytes() for file in archived.iterdir()}
    sample, found = again()
    assert [one.verdict for one in found] == ["same"] * len(TOY.runs("smoke"))
    assert all(one.to_the_bit for one in found)
    assert sum(np.isnan(one.again) for one in found) == 1  # the run that diverges does so again
    assert {file.name: file.read_bytes() for file in archived.iterdir()} == before
    assert reading.root() == root


def test_a_dann_that_others_made_wider_need_not_be_the_same_to_the_last_bit(root, monkeypatch):
    narrow = [config(seed=seed) for seed in range(3)]
    wide = [config(seed=seed, n_inhibitory=5) for seed in range(3)]
    free = [config(kind="rnn", seed=seed) for seed in range(2)]
    grids = {"smoke": lambda: [*narrow, *wide, *free]}
    mixed = Experiment("toy", "A toy", "Figure 0", grids, by=("kind", "n_inhibitory"))
    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", mixed)
    runner.run("toy", "smoke", quiet=True)
    archive = reading.load("toy", "smoke")
    assert compare.padded(archive) == {run.run_id for run in narrow}
    sample = reproduction.Sample(archive, (*narrow[:2], wide[0], free[0]))
    found = reproduction.beside(sample, reproduction.run_again(sample))
    assert [one.to_the_bit for one in found] == [False, False, True, True]
    assert [one.verdict for one in found[2:]] == ["same", "same"]
    assert all(one.verdict in ("same", "near") for one in found)
    said = compare.compare(archive, archive).expected
    assert said.endswith("to the last bit, DANNs of unequal numbers of interneurons but for rounding")
    (root / "toy").rename(root / "before")
    alone = Experiment("toy", "A toy", "Figure 0", {"smoke": lambda: [*narrow, *free]})
    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", alone)
    runner.run("toy", "smoke", quiet=True)
    assert compare.padded(reading.load("toy", "smoke")) == frozenset()


def test_a_run_that_diverged_in_one_folder_alone_is_counted_apart():
    found = in_memory(TOY, {run: {"test_error": 0.1 + 0.01 * k} for k, run in enumerate(TOY.runs("smoke"))})
    lost = found.runs.test_error.mask(found.runs.index == 0)
    runs = found.runs.assign(test_error=lost + 0.001 * (found.runs.index == 1), diverged=lost.isna())
    other = replace(found, runs=runs)
    result = compare.compare(found, other)
    assert (result.lost, result.same) == (1, result.shared - 2) and result.largest == pytest.approx(0.1)
    assert "the same to the last bit, 1 differ, by 0.1 at most, 1 diverged in one alone" in str(result)


def test_a_part_of_an_archive_is_as_the_whole(root, archived):
    _, found = again(share=0.5, seed=3)
    assert [one.verdict for one in found] == ["same"] * 3


@pytest.mark.parametrize(
    "column", ["test_error", "test_loss", "train_loss", "late_test_error", "diverged_at"]
)
def test_one_figure_that_was_changed_in_its_last_digits_is_found(root, archived, column):
    changed = TOY.runs("smoke")[1].run_id

    def change(tables, manifest):
        row = tables["runs"].run_id == changed
        shift = 1 if column == "diverged_at" else 1e-4 * tables["runs"].loc[row, column]
        tables["runs"].loc[row, column] += shift

    rewritten(archived, change)
    _, found = again()
    assert [one.run_id for one in found if one.verdict == "off"] == [changed]
    assert column.replace("_", " ") in next(one.why for one in found if one.verdict == "off")


def test_one_point_of_a_curve_that_was_changed_is_found(root, archived):
    changed = TOY.runs("smoke")[3].run_id

    def change(tables, manifest):
        row = tables["curves"].index[tables["curves"].run_id == changed][1]
        tables["curves"].loc[row, "test_loss"] *= 1.001

    rewritten(archived, change)
    _, found = again()
    assert [one.run_id for one in found if one.verdict == "off"] == [changed]
    assert "the curve of test loss" in next(one.why for one in found if one.verdict == "off")


def test_by_another_version_a_run_may_round_otherwise_but_not_start_elsewhere(root, archived):
    first, second = (run.run_id for run in TOY.runs("smoke")[:2])

    def change(tables, manifest):
        other_version(tables, manifest)
        curves, runs = tables["curves"], tables["runs"]
        runs.loc[runs.run_id == first, "test_loss"] *= 1 + 1e-9  # rounding
        start = curves.index[curves.run_id == second][0]
        curves.loc[start, "test_loss"] *= 1.01  # another initial network

    rewritten(archived, change)
    _, found = again()
    by_id = {one.run_id: one for one in found}
    assert not any(one.to_the_bit for one in found)
    assert by_id[first].verdict == "near" and by_id[second].verdict == "off"
    assert by_id[second].why.startswith("starts elsewhere: test loss")


@pytest.fixture
def many(root, monkeypatch):
    """An archive of eight seeds."""
    toy = Experiment("toy", "A toy", "Figure 0", {"smoke": lambda: [config(seed=s) for s in range(8)]})
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
    return runner.run("toy", "smoke", quiet=True).path


def test_by_another_version_a_run_ends_no_further_off_than_two_seeds_may_lie_apart(many):
    def change(tables, manifest):
        other_version(tables, manifest)
        tables["runs"].loc[3, "test_error"] /= 20  # a forged success
        tables["runs"].loc[5, "test_error"] *= 1.001

    rewritten(many, change)
    _, found = again()
    verdicts = ["same", "same", "same", "off", "same", "near", "same", "same"]
    assert [one.verdict for one in found] == verdicts
    assert found[3].why.startswith("outside ") and found[5].why.startswith("within ")
    assert found[3].why.endswith("as far as two seeds may lie apart")


def test_by_another_version_a_run_that_diverges_only_once_is_off(many):
    def change(tables, manifest):
        other_version(tables, manifest)
        tables["runs"].loc[2, ["test_error", "test_loss", "late_test_error"]] = np.nan
        tables["runs"].loc[2, "diverged"] = True

    rewritten(many, change)
    _, found = again()
    assert [one.why for one in found if one.verdict == "off"] == ["diverged only once"]


def test_draws_are_made_again_too(root, monkeypatch):
    few = Experiment(
        "spectra", SPECTRA.title, SPECTRA.figure, {"smoke": lambda: SPECTRA.runs("smoke")[:3]},
        by=SPECTRA.by, quantity=SPECTRA.quantity, trains=False,
    )  # fmt: skip
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"spectra": few})
    path = runner.run("spectra", "smoke", quiet=True).path
    assert [one.verdict for one in again("spectra")[1]] == ["same"] * 3

    def change(tables, manifest):
        other_version(tables, manifest)
        tables["runs"].loc[0, "largest"] *= 1 + 1e-12
        tables["runs"].loc[1, "largest"] *= 1.001

    rewritten(path, change)
    assert [one.verdict for one in again("spectra")[1]] == ["near", "off", "same"]


def test_a_run_is_said_with_its_condition_and_both_figures(root, archived):
    _, found = again(share=0.2, seed=1)
    (one,) = found
    assert str(one).endswith(": the same to the last bit") and ", seed " in str(one)
    assert reproduction.in_short(found) == (
        "1 run again: 1 the same to the last bit, 0 within what is expected, 0 beyond it"
    )
