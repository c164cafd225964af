"""Tables with the digest that their manifest names, and columns that no run has: one line, whoever reads."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib.archive import checking, columns, manifests, reading
from helpers.archives import archive, file_of, rewrite, tables
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("root")

ODD = {
    "text": lambda n: ["x"] * n,
    "none": lambda n: [None] * n,
    "NaN": lambda n: [float("nan")] * n,
    "lists": lambda n: [[1, 2]] * n,
    "dictionaries": lambda n: [{"a": 1}] * n,
    "bytes": lambda n: [b"\xff"] * n,
    "times": lambda n: pd.to_datetime(["2020-01-01"] * n),
    "truth values": lambda n: [True] * n,
    "halves": lambda n: [0.5] * n,
    "categories": lambda n: pd.Categorical(["x"] * n),
    "gaps": lambda n: pd.array([None] * n, dtype="Int64"),
    "two lines": lambda n: ["a\nb"] * n,
}
FITS = {  # what each column may hold of these
    "run_id": {"text"},
    "kind": set(),  # but for the names of kinds, which the tables of these tests have
    "task": set(),
    "preset": {"text"},
    "seed": set(),
    "hidden": set(),
    "lr": {"halves"},
    "rho": {"halves", "none", "NaN"},
    "input_init": {"text", "none", "NaN"},
    "frozen": {"truth values", "none", "NaN"},
    "diverged": {"truth values"},
    "test_error": {"halves", "none", "NaN"},
    "update": set(),
}


def whole():
    """Tables with all settings of two runs."""
    runs = pd.DataFrame([{"run_id": one.run_id} | asdict(one) for one in (config(), config(seed=1))])
    runs = runs.assign(test_error=0.5, test_loss=1.0, diverged=False, diverged_at=-1, part=0)
    ids = np.repeat(runs.run_id.to_numpy(object), 2)
    curves = pd.DataFrame({"run_id": ids, "update": [0, 24] * 2, "test_error": 0.5, "test_loss": 1.0})
    return {"runs": runs, "curves": curves}


def archived(**changed):
    """An archive whose tables have these contents, and the digests of them."""
    path, entries = archive(), {}
    for name, table in (whole() | changed).items():
        file = file_of(path, f"{name}.parquet")
        table.to_parquet(file, index=False)
        digest = manifests.sha256(file)
        entries[name] = {"file": manifests.named(name, digest), "sha256": digest, "rows": len(table)}
        file.rename(path / entries[name]["file"])
    rewrite(path, tables=entries)
    return path


def refused() -> str:
    with pytest.raises(reading.ArchiveError) as error:
        reading.load("toy")
    assert "\n" not in str(error.value) and ": expected a table" in str(error.value)
    return str(error.value)


def test_tables_as_runs_leave_them_are_read():
    archived()
    found = reading.load("toy")
    assert len(found.runs) == 2 and len(found.curves) == 4 and found.provenance
    assert "late_test_error" in found.runs


@pytest.mark.parametrize("name", FITS)
def test_a_column_holds_what_it_may_hold_and_nothing_else(name):
    for kind, values in ODD.items():
        table = "curves" if name == "update" else "runs"
        content = whole()[table]
        archived(**{table: content.assign(**{name: values(len(content))})})
        if kind in FITS[name]:
            found = reading.load("toy")
            assert found.provenance and not any("\n" in line for line in checking.faults(found)), kind
        else:
            assert f"column {name!r} holds other things than" in refused(), kind


@pytest.mark.parametrize("name", columns.needed(True))
def test_a_setting_that_every_run_has_is_missed(name):
    archived(runs=whole()["runs"].drop(columns=name))
    assert name in refused()


@pytest.mark.parametrize("table", ["runs", "curves"])
@pytest.mark.parametrize("rows", ["none", "one", "twice", "turned round"])
def test_rows_of_another_number_or_order_are_found_and_break_nothing(table, rows):
    content = whole()[table]
    other = {
        "none": content[:0],
        "one": content[:1],
        "twice": pd.concat([content, content]),
        "turned round": content[::-1],
    }
    path = archived(**{table: other[rows].reset_index(drop=True)})
    manifest = json.loads((path / "manifest.json").read_text())
    rewrite(path, tables={n: entry | {"rows": 7} for n, entry in manifest["tables"].items()})
    try:
        found = reading.load("toy")
    except reading.ArchiveError as error:
        assert "\n" not in str(error)
    else:
        lines = checking.faults(found)
        assert any("its manifest says 7 rows" in line for line in lines) and not any("\n" in x for x in lines)


def test_a_kind_and_a_task_that_nobody_knows_are_refused_by_name():
    for name, words in {"kind": "kinds of network", "task": "tasks"}.items():
        archived(runs=whole()["runs"].assign(**{name: ["x" * 500, "y"]}))
        assert f"column {name!r} holds other things than {words} known here: 'xxx" in (line := refused())
        assert len(line) < 600


def test_runs_without_what_the_experiment_measures_are_refused():
    archived(runs=whole()["runs"].drop(columns="test_error"))
    assert "expected a table with test_error of its runs, got one without" in refused()


def test_a_column_whose_name_cannot_be_printed_is_refused():
    archived(runs=whole()["runs"].assign(**{"a\x1b[31m": 1.0}))
    assert "a column 'a\\x1b[31m'" in refused()


def test_lists_of_singular_values_are_lists_of_numbers():
    curves = whole()["curves"]
    archived(curves=curves.assign(singular_values=[np.array([2.0, 1.0], "f4")] * 4))
    assert len(reading.load("toy").curves.singular_values[0]) == 2
    for values in (["a", "b"], 1.0, None, [[1.0], [2.0]]):
        archived(curves=curves.assign(singular_values=[values] * 4))
        assert "column 'singular_values' holds other things than lists of numbers" in refused()


def test_the_tables_of_other_tests_have_no_fault():
    for table in tables().values():
        assert list(columns.faults(table)) == []
