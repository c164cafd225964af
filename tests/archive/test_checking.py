"""What cannot be in an archive that the library wrote is named, a line each, and nothing else is."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import checking, reading, tables, writing
from daleslaw_lib.experiments import Experiment
from helpers.archives import MANIFEST, part
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("root")


@pytest.fixture
def good():
    """The archive of the toy's two runs, the second of which diverged."""
    figures = dict(train_loss=0.5, test_loss=0.25, test_error=0.125, diverged=False, diverged_at=-1, part=0)
    configs = [config(), config(seed=1)]
    rows = [{"run_id": run.run_id} | asdict(run) | figures for run in configs]
    rows[1] |= dict.fromkeys(("train_loss", "test_loss", "test_error"), np.nan)
    rows[1] |= dict(diverged=True, diverged_at=3)
    ends = [0, configs[0].updates]
    curves = pd.DataFrame({"run_id": [run.run_id for run in configs for _ in ends], "update": ends * 2})
    for name, values in dict(train_loss=[1, 0.5], test_loss=[1, 0.25], test_error=[0.5, 0.125]).items():
        curves[name] = np.array([*values, values[0], np.nan], "f4")
    path = reading.folder("toy", "smoke")
    writing.write(path, {"runs": tables.typed(pd.DataFrame(rows)), "curves": curves}, MANIFEST)
    return reading.load("toy")


def changed(archive, table: str, row: int, **values) -> reading.Archive:
    frame = archive.tables[table].copy()
    for name, value in values.items():
        frame[name] = frame[name].astype(object).where(frame.index != row, value)
        frame[name] = frame[name].astype(archive.tables[table][name].dtype)
    return replace(archive, **{table: frame})


def with_manifest(archive, **entries) -> reading.Archive:
    return replace(archive, manifest=archive.manifest | entries)


def test_an_archive_that_the_library_wrote_has_no_fault(good):
    assert checking.faults(good) == []


@pytest.mark.parametrize(
    "table, row, values, said",
    [
        ("runs", 0, dict(lr=0.07), "its table says lr 0.07 of run"),
        ("runs", 0, dict(kind="rnn"), "its table says kind 'rnn' of run"),
        ("runs", 1, dict(seed=5), "its table says seed 5 of run"),
        ("runs", 0, dict(rho=1.5), "its table says rho 1.5 of run"),
        ("runs", 0, dict(frozen=True), "its table says frozen True of run"),
        ("runs", 0, dict(test_error=0.0625), "its table says test_error 0.0625 of run"),
        ("runs", 0, dict(train_loss=0.25), "its table says train_loss 0.25 of run"),
        ("curves", 1, dict(test_loss=0.5), "its table says test_loss 0.25 of run"),
        ("curves", 1, dict(update=1), "its table says updates"),
        ("curves", 0, dict(update=10**6), "its curves do not go forward"),
        ("curves", 0, dict(update=-1), "its curves do not go forward"),
        ("curves", 0, dict(test_error=1.25), "its curves have test_error 1.25 of run"),
        ("curves", 0, dict(train_loss=-0.5), "its curves have train_loss -0.5 of run"),
        ("runs", 1, dict(diverged=False), "its table says two things about whether run"),
        ("runs", 1, dict(diverged_at=10**6), "its table says two things about whether run"),
        ("runs", 1, dict(diverged=False, diverged_at=-1), "its table has no test_error of run"),
    ],
)
def test_a_number_that_cannot_be_is_named(good, table, row, values, said):
    lines = checking.faults(changed(good, table, row, **values))
    assert any(line.startswith(said) for line in lines) and not any("\n" in line for line in lines)


@pytest.mark.parametrize(
    "table, name, said",
    [
        ("runs", "train_loss", "its runs lack train_loss"),
        ("runs", "test_loss", "its runs lack test_loss"),
        ("runs", "diverged_at", "its runs lack diverged_at"),
        ("curves", "train_loss", "its curves lack train_loss"),
        ("curves", "test_error", "its curves lack test_error"),
    ],
)
def test_a_column_that_every_archive_has_is_missed(good, table, name, said):
    assert said in checking.faults(replace(good, **{table: good.tables[table].drop(columns=name)}))


def test_a_run_belongs_to_a_part_that_there_is(good):
    (line,) = checking.faults(changed(good, "runs", 1, part=4))
    assert line == "its table has runs of part 4, its manifest 1 parts"
    without = replace(good, runs=good.runs.drop(columns="part"))
    assert checking.faults(without) == []
    two = with_manifest(without, parts=[part(), part()])
    assert checking.faults(two) == ["its table does not say of which of its 2 parts a run is"]


def test_a_final_figure_is_the_mean_of_the_ends_of_its_curve(good):
    assert good.runs.late_test_error[0] == pytest.approx(0.125)
    (line,) = checking.faults(changed(good, "runs", 0, late_test_error=0.12501))
    assert line.startswith("its table says late_test_error 0.12501 of run ") and line.endswith("0.125")
    lost = replace(good, runs=good.runs.assign(late_test_error=np.nan))
    assert "its table says late_test_error nan of run" in checking.faults(lost)[0]
    odd = replace(good, runs=good.runs.assign(late_test_accuracy=0.5))
    assert checking.faults(odd) == [
        "its runs have late_test_accuracy, its curves nothing that it is the mean of"
    ]


def test_the_mean_of_a_curve_that_was_thinned_is_not_known(good):
    run = good.runs.run_id[0]
    n = tables.MOST_ROWS
    values = dict(train_loss=0.5, test_loss=0.25, test_error=0.125)
    long = pd.DataFrame({"run_id": run, "update": np.linspace(0, good.runs.updates[0], n)} | values)
    curves = pd.concat([long, good.curves[good.curves.run_id != run]], ignore_index=True)
    other = changed(replace(good, curves=curves), "runs", 0, late_test_error=0.12)
    assert not [line for line in checking.faults(other) if "late" in line]


def test_times_are_compared_as_times_and_none_is_still_to_come(good):
    early = part(started="2024-05-06T08:08:00+01:00")  # an hour later to read, and 9 seconds before
    assert checking.faults(with_manifest(good, parts=[early])) == []
    (line,) = checking.faults(with_manifest(good, parts=[part(finished="2924-05-06T07:08:09+00:00")]))
    assert line == "part 0 of it finished at 2924-05-06T07:08:09+00:00, which is still to come"


def test_parts_and_rows_are_those_of_the_tables(good):
    tables = good.manifest["tables"] | {"runs": good.manifest["tables"]["runs"] | {"rows": 3}}
    assert checking.faults(with_manifest(good, tables=tables)) == [
        "its manifest says 3 rows of runs, its table has 2"
    ]
    two = checking.faults(with_manifest(good, parts=[part(), part()]))
    assert two == ["its manifest says 2 runs in part 1, its table has 0"]
    few = checking.faults(with_manifest(good, parts=[part(runs=1)]))
    assert few == ["its manifest says 1 runs in part 0, its table has 2"]
    late = part(started="2024-06-01T00:00:00+00:00")
    (line,) = checking.faults(with_manifest(good, parts=[late]))
    assert line.startswith("part 0 of it finished at 2024-05-06")


@pytest.mark.parametrize("name, value", [("experiment", "size"), ("scale", "paper")])
def test_a_manifest_of_another_folder_is_named(good, name, value):
    (line,) = checking.faults(with_manifest(good, **{name: value}))
    assert line.startswith(f"its manifest is of {name} {value!r}, its folder of ")


def test_the_first_singular_value_of_a_draw_is_its_largest(monkeypatch):
    drawn = Experiment("toy", "", "", {"smoke": list}, trains=False, quantity="largest")
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": drawn})
    runs = pd.DataFrame(
        dict(run_id=["a", "b"], largest=[1.5, 2.5], diverged=False, diverged_at=-1, part=0, seed=[0, 1])
    )
    curves = pd.DataFrame(dict(run_id=[*"aabb"], rank=[0, 1] * 2, singular_value=[1.5, 0.5, 2.5, 1.0]))
    path = reading.folder("toy", "smoke")
    writing.write(path, {"runs": runs, "curves": curves}, MANIFEST)
    draws = replace(reading.load("toy"), experiment=experiments.EXPERIMENTS["toy"])
    assert list(checking._ends(draws)) == []
    assert list(checking._columns(draws)) == []
    for table, name in (("runs", "largest"), ("curves", "singular_value")):
        without = replace(draws, **{table: draws.tables[table].drop(columns=name)})
        assert list(checking._columns(without)) == [f"its tables lack {name}"]
    wrong = changed(draws, "runs", 1, largest=2.51)
    assert list(checking._ends(wrong)) == ["its table says largest 2.51 of run b, its spectrum starts at 2.5"]
