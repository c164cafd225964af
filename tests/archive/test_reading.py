"""Reading an archive: its provenance, its place, and one clear line for what is damaged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import HOME, experiments
from daleslaw_lib.archive import manifests, reading, writing
from daleslaw_lib.archive.tables import typed
from daleslaw_lib.experiments import Experiment
from helpers import PYTHONPATH, ROOT
from helpers.archives import (
    AGAIN,
    MANIFEST,
    archive,
    file_of,
    old_schema,
    part,
    rewrite,
    snapshot,
    tables,
    whole,
)
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("root")

# --- runs that keep their spectra ----------------------------------------------------------------------


def test_an_archive_from_before_there_were_spectra_can_grow():
    table = pd.DataFrame({"run_id": ["a"], "hidden": [10], "frozen": [None], "spectra": [None]})
    both = typed(pd.concat([table.drop(columns="spectra"), table], ignore_index=True))
    assert both.spectra.tolist() == [False, False] and both.spectra.dtype == bool


def refusal(scale=None) -> str:
    with pytest.raises(reading.ArchiveError) as error:
        reading.load("toy", scale)
    assert "\n" not in str(error.value)
    return str(error.value)


# --- round trip --------------------------------------------------------------------------------


def test_provenance_names_scale_runs_seeds_device_date_and_version():
    archive()
    line = reading.load("toy").provenance
    assert line == "toy · smoke scale · 2 runs · 2 seeds · CPU · 2024-05-06 · library 0.1.0"


def test_provenance_of_parts_names_each_device_and_version_once_and_the_last_date():
    later = "2024-06-01T00:00:00+00:00"
    archive(parts=[part(), part(device="H100", library_version="0.2.0"), part(finished=later)])
    assert reading.load("toy").provenance == (
        "toy · smoke scale · 2 runs · 2 seeds · CPU and H100 · 2024-06-01 · library 0.1.0, 0.2.0"
    )
    assert reading.load("toy").seconds == 4.5


def test_provenance_of_some_of_the_runs_says_of_how_many(monkeypatch):
    toy = Experiment("toy", "", "", {"smoke": lambda: [config(seed=s) for s in range(1234)]})
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
    archive()
    got = reading.load("toy")
    assert "· 2 of 1,234 runs ·" in got.provenance and got.total == 1234


def test_an_archives_configurations_are_those_that_belong_to_the_experiment():
    runs, curves = tables().values()
    runs["run_id"] = [config(seed=1).run_id, "of another"]
    writing.write(reading.folder("toy", "smoke"), {"runs": runs, "curves": curves}, MANIFEST)
    assert reading.load("toy").configs == [config(seed=1)]


def test_an_archive_of_some_runs_holds_both_their_tables():
    archive()
    some = reading.load("toy").only(["b", "c"])
    assert list(some.runs.run_id) == list(some.curves.run_id) == ["b"]
    assert list(some.runs.index) == list(some.curves.index) == [0]
    assert len(reading.load("toy").only([]).runs) == 0


def test_load_takes_the_largest_archived_scale():
    for scale in ("smoke", "paper", "laptop"):
        archive(scale)
    assert reading.archived_scales("toy") == ["smoke", "laptop", "paper"]
    assert reading.load("toy").scale == "paper"
    assert reading.load("toy", "smoke").scale == "smoke"


def test_reading_an_archive_needs_no_torch(root):
    archive()
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from helpers import configs as t; from daleslaw_lib import experiments as e\n"
        "from daleslaw_lib.archive import reading\n"
        "e.EXPERIMENTS = {'toy': e.Experiment('toy', '', '', {'smoke': lambda: [t.config()]})}\n"
        "print(len(reading.load('toy').runs))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": PYTHONPATH},
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("2\n", "")


@pytest.mark.parametrize("setting", [None, "", "~/of-mine"])
def test_the_results_folder_is_the_setting_or_the_one_beside_the_library(setting, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    if setting is None:
        monkeypatch.delenv("DALESLAW_RESULTS")
    else:
        monkeypatch.setenv("DALESLAW_RESULTS", setting)
    if setting:
        assert reading.root() == tmp_path / "of-mine"
    else:
        beside = HOME.parent / "results"
        assert reading.root() == (beside if beside.is_dir() else Path("results"))


# --- bad archives ------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [None, "smoke"])
def test_a_missing_archive_is_refused_with_the_command_that_makes_it(scale):
    message = refusal(scale)
    assert message.endswith(f"expected an archived result, got none; {AGAIN}")
    assert reading.archived_scales("toy") == []


def test_an_unknown_experiment_or_scale_is_refused():
    with pytest.raises(ValueError, match="experiment: expected one of toy, got 'foo'"):
        reading.load("foo")
    with pytest.raises(ValueError, match="scale: expected one of smoke, laptop, paper, got 'foo'"):
        reading.load("toy", "foo")


@pytest.mark.parametrize("table", reading.TABLES)
@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "delete", "swap"])
def test_a_damaged_table_is_refused_and_left_as_it_is(table, damage):
    path = archive()
    file = file_of(path, f"{table}.parquet")
    content = file.read_bytes()
    if damage == "delete":
        file.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        (other,) = [file_of(path, f"{t}.parquet").read_bytes() for t in reading.TABLES if t != table]
        file.write_bytes({"truncate": content[:middle], "flip": flipped, "empty": b"", "swap": other}[damage])
    before = snapshot(path)
    message = refusal()
    assert message.startswith(f"{file}: expected ") and message.endswith(f"{AGAIN} --fresh")
    assert snapshot(path) == before


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", '"schema"', "null", "{}", "\x00\xff", '{"schema": 2}', '{"schema": 2, "t'],
)
def test_a_damaged_manifest_is_refused_and_left_as_it_is(content):
    path = archive()
    file = path / "manifest.json"
    file.write_bytes(content.encode("latin-1"))
    before = snapshot(path)
    message = refusal()
    assert message.startswith(f"{file}: expected ") and message.endswith(f"{AGAIN} --fresh")
    assert snapshot(path) == before


@pytest.mark.parametrize("entry", [None, 3, [], {}, {"runs": None}, {"runs": {"sha256": None}}])
def test_a_manifest_without_digests_of_its_tables_is_refused(entry):
    path = archive()
    content = json.loads((path / "manifest.json").read_text()) | {"tables": entry}
    (path / "manifest.json").write_text(json.dumps(content))
    assert f"{AGAIN} --fresh" in refusal()


@pytest.mark.parametrize("name", reading.NEEDED)
def test_an_incomplete_manifest_is_refused(name):
    path = archive()
    content = json.loads((path / "manifest.json").read_text())
    del content[name]
    (path / "manifest.json").write_text(json.dumps(content))
    assert refusal().endswith(f"manifest.json: expected {name} in it, got none; {AGAIN} --fresh")


@pytest.mark.parametrize("schema", [0, 1, 4, -3, "3", "2", None, True, 3.0, [3]])
def test_an_archive_of_another_schema_is_refused(schema):
    path = archive()
    content = json.loads((path / "manifest.json").read_text()) | {"schema": schema}
    (path / "manifest.json").write_text(json.dumps(content))
    assert refusal().endswith(f"manifest.json: expected schema 3, got {schema!r}; {AGAIN} --fresh")


def test_an_archive_of_the_first_schema_says_in_one_line_what_to_do():
    path = archive()
    content = json.loads((path / "manifest.json").read_text()) | {"schema": 1} | part()
    for name in ("parts", "fingerprint"):
        del content[name]
    (path / "manifest.json").write_text(json.dumps(content))
    assert refusal() == f"{path}/manifest.json: expected schema 3, got 1; {AGAIN} --fresh"


def test_tables_that_lost_their_manifest_are_damaged_not_absent():
    path = archive()
    (path / "manifest.json").unlink()
    assert reading.archived_scales("toy") == ["smoke"]
    assert refusal().endswith(f"expected an archived result, got none; {AGAIN} --fresh")


def test_the_mean_of_the_last_ten_evaluations_is_taken_from_curves_where_it_was_not_recorded():
    updates = list(range(0, 101, 5))  # 21 rows, of which five are in the last fifth
    errors = [0.5 - u / 400 for u in updates]
    runs = pd.DataFrame(
        {"run_id": ["a", "b", "c"], "updates": 100, "diverged": [False, False, True], "test_error": 0.25}
    )
    curves = pd.concat(
        pd.DataFrame({"run_id": name, "update": updates, "test_error": errors}) for name in runs.run_id
    )
    late = reading.with_late(runs, curves).late_test_error
    assert late[0] == pytest.approx(np.mean(errors[-5:])) and np.isnan(late[2])
    recorded = reading.with_late(runs.assign(late_test_error=[0.1, np.nan, np.nan]), curves).late_test_error
    assert recorded[0] == 0.1 and recorded[1] == pytest.approx(late[1])


# --- archives of an earlier schema, and archives that are written meanwhile ------------------------------


def test_an_archive_of_schema_2_is_read_and_left_as_it_is():
    path = archive()
    expected = reading.load("toy")
    old_schema(path)
    before = snapshot(path)
    got = reading.load("toy")
    assert set(before) == {"runs.parquet", "curves.parquet", "manifest.json"} and snapshot(path) == before
    for name in reading.TABLES:
        pd.testing.assert_frame_equal(got.tables[name], expected.tables[name], check_exact=True)
        assert got.manifest["tables"][name]["file"] == f"{name}.parquet"
    assert got.manifest["schema"] == reading.SCHEMA == 3


def test_every_schema_has_a_way_to_the_present_one():
    assert manifests.SCHEMAS == (2, 3) and list(manifests.MIGRATIONS) == [2]
    for schema in manifests.MIGRATIONS:
        tables = {"runs": {"sha256": "0" * 64}, "curves": {"sha256": "1" * 64}}
        assert manifests.migrated({"schema": schema, "tables": tables})["schema"] == reading.SCHEMA


def test_the_next_writer_makes_the_present_schema_of_an_old_one():
    path = archive()
    old_schema(path)
    archive(value=0.25)
    assert whole(path) and reading.load("toy").runs.test_error[0] == 0.25
    assert json.loads((path / "manifest.json").read_text())["schema"] == 3


@pytest.mark.parametrize("file", ["../runs.parquet", "/etc/passwd", "runs.csv", "", None, "runs-0.parquet"])
def test_a_table_lies_beside_its_manifest_under_a_name_of_its_own(file):
    path = archive()
    entries = json.loads((path / "manifest.json").read_text())["tables"]
    rewrite(path, tables=entries | {"runs": entries["runs"] | {"file": file}})
    assert "expected tables.runs.file: the name of a table's file, got " in refusal()


def test_a_manifest_of_this_schema_without_a_digest_is_refused():
    path = archive()
    content = json.loads((path / "manifest.json").read_text())
    del content["digest"]
    (path / "manifest.json").write_text(json.dumps(content))
    assert "expected what was written" in refusal()


def test_reading_while_another_process_commits_never_fails(root):
    path = archive()
    code = (
        "import sys; from pathlib import Path\n"
        "from daleslaw_lib.archive import writing; from helpers.archives import tables, MANIFEST\n"
        "print('ready', flush=True); n = 0\n"
        "while True:\n"
        "    n += 1; writing.write(Path(sys.argv[1]), tables(value=n / 2**20), MANIFEST)"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": PYTHONPATH},
    )  # fmt: skip
    try:
        assert writer.stdout.readline() == "ready\n"
        seen, n = set(), 0
        while n < 400 or len(seen) <= 10:  # on a busy machine commits take their time
            n += 1
            assert writer.poll() is None and n < 40_000
            got = reading.load("toy")
            assert got.runs.test_error[0] == np.float64(got.curves.test_error[1])  # of one commit
            seen.add(got.runs.test_error[0])
    finally:
        writer.kill()
        writer.communicate()
    assert len(seen) > 10


def test_a_table_that_went_away_is_read_again_only_if_the_manifest_is_another(monkeypatch):
    path = archive()
    read, calls = reading.read_manifest, []
    monkeypatch.setattr(reading, "read_manifest", lambda folder: calls.append(folder) or read(folder))
    file_of(path, "runs.parquet").unlink()
    calls.clear()
    refusal()
    assert len(calls) == 1
