"""The archive: what is written can be read back, and no failure loses what was there."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_configs import config

from daleslaw_lib import HOME, experiments
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.experiments import Experiment

AGAIN = "run: daleslaw run toy --scale smoke"


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """An empty results folder, and one experiment with three scales."""
    grids = {scale: lambda: [config(), config(seed=1)] for scale in experiments.SCALES}
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": Experiment("toy", "Toy", "", grids)})
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


def tables(value=0.5):
    runs = pd.DataFrame({"run_id": ["a", "b"], "seed": [0, 1], "test_error": [value, np.nan]})
    runs["diverged"] = [False, True]
    curves = pd.DataFrame({"run_id": ["a", "a", "b"], "update": [0, 8, 0]})
    curves["test_error"] = np.array([0.9, value, 0.1], "f4")
    return {"runs": runs, "curves": curves}


def part(**changes):
    return {
        "library_version": "0.1.0",
        "device": "CPU",
        "finished": "2024-05-06T07:08:09+00:00",
        "wall_seconds": 1.5,
        "runs": 2,
    } | changes


MANIFEST = {"parts": [part()], "data": {}, "fingerprint": {}}


def archive(scale="smoke", parts=(), **arguments):
    path = reading.folder("toy", scale)
    writing.write(path, tables(**arguments), MANIFEST | {"parts": list(parts) or MANIFEST["parts"]})
    return path


def snapshot(path: Path) -> dict[str, bytes]:
    """Every file under a folder, hidden ones too."""
    return {str(f.relative_to(path)): f.read_bytes() for f in path.rglob("*") if f.is_file()}


def refusal(scale=None) -> str:
    with pytest.raises(reading.ArchiveError) as error:
        reading.load("toy", scale)
    assert "\n" not in str(error.value)
    return str(error.value)


# --- round trip --------------------------------------------------------------------------------


def test_what_is_written_is_read_back():
    path = archive()
    got = reading.load("toy", "smoke")
    for name, table in tables().items():
        pd.testing.assert_frame_equal(getattr(got, name), table, check_exact=True)
    assert MANIFEST.items() <= got.manifest.items() and got.manifest["schema"] == reading.SCHEMA
    assert got.experiment.name == "toy" and got.scale == "smoke"
    for name, table in tables().items():
        entry = got.manifest["tables"][name]
        assert entry == {"sha256": reading.sha256(path / f"{name}.parquet"), "rows": len(table)}


def test_an_archive_is_two_tables_and_a_manifest_and_nothing_else():
    assert sorted(snapshot(archive())) == ["curves.parquet", "manifest.json", "runs.parquet"]


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


def test_column_types_do_not_depend_on_which_runs_there_are():
    plain = [asdict(config())]
    full = [asdict(config(rho=1.5, n_inhibitory=3, random_ix=True, lr_decay=0.9, dense=1, length=28))]
    full += [asdict(config(kind="rnn", frozen=True)), asdict(config(kind="colei", ablated=1))]
    one, other = (writing.typed(pd.DataFrame(rows)) for rows in (plain, full))
    for name in ("rho", "n_inhibitory", "clip", "length", "dense", "embedding", "ablated", "lr_decay"):
        assert one[name].dtype == other[name].dtype == float
    for name in ("random_ix", "frozen"):
        assert one[name].dtype == other[name].dtype == bool
    assert list(other.random_ix) == [True, False, False] and list(other.frozen) == [False, True, False]


def test_the_manifest_is_put_in_place_last(monkeypatch):
    order, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(Path(b).name), replace(a, b)))
    archive()
    assert order[-1] == "manifest.json" and set(order) == set(reading.FILES)


def test_a_table_of_text_with_any_letters_survives():
    path = reading.folder("toy", "smoke")
    writing.write(path, tables(), MANIFEST | {"parts": [part(device="CPU · x86 é 漢")]})
    assert reading.load("toy").manifest["parts"][0]["device"] == "CPU · x86 é 漢"


def test_load_takes_the_largest_archived_scale():
    for scale in ("smoke", "paper", "laptop"):
        archive(scale)
    assert reading.archived_scales("toy") == ["smoke", "laptop", "paper"]
    assert reading.load("toy").scale == "paper"
    assert reading.load("toy", "smoke").scale == "smoke"


def test_reading_an_archive_needs_no_torch(root):
    archive()
    code = (
        "import sys; sys.modules['torch'] = None; sys.path.insert(0, sys.argv[1])\n"
        "import test_configs as t; from daleslaw_lib import experiments as e\n"
        "from daleslaw_lib.archive import reading\n"
        "e.EXPERIMENTS = {'toy': e.Experiment('toy', '', '', {'smoke': lambda: [t.config()]})}\n"
        "print(len(reading.load('toy').runs))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True, text=True, cwd=Path(__file__).parents[1],
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


# --- thinning ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 200, 201, 202, 403, 1000, 46_801])
def test_thin_keeps_the_first_and_last_row_and_even_spacing(n):
    history = {"update": list(range(n)), "loss": [np.array([i, -i]) for i in range(n)]}
    thinned = writing.thin(history)
    kept = thinned["update"]
    assert len(kept) == min(n, 201) == len(thinned["loss"])
    assert (kept[0], kept[-1]) == (0, n - 1) and len(set(kept)) == len(kept)
    assert all(loss[0] == i for i, loss in zip(kept, thinned["loss"]))
    if n > 1:
        assert np.ptp(np.diff(kept)) <= 1


# --- failures while writing --------------------------------------------------------------------


def fail_at(monkeypatch, owner, name, call, code):
    """Make the `call`-th call of owner.name fail as a full or read-only disk does."""
    real, calls = getattr(owner, name), []

    def failing(*arguments, **options):
        calls.append(arguments)
        if len(calls) == call:
            raise OSError(code, os.strerror(code), str(arguments[0]))
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, failing)
    return calls


STEPS = [
    *[(pd.DataFrame, "to_parquet", k) for k in (1, 2)],
    (Path, "write_text", 1),
    *[(os, "fsync", k) for k in (1, 3)],
]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize(
    "there_before, owner, name, call",
    [(there, *step) for there in (True, False) for step in STEPS]
    + [(False, os, "replace", k) for k in (1, 2, 3)]
    + [(True, os, "replace", k) for k in (1, 2, 3)],
)
def test_a_failure_while_writing_leaves_what_was_there(there_before, owner, name, call, code, monkeypatch):
    path = reading.folder("toy", "smoke")
    if there_before:
        archive()
    before = snapshot(path)
    with monkeypatch.context() as patch:
        calls = fail_at(patch, owner, name, call, code)
        with pytest.raises(OSError) as error:
            archive(value=0.25)
    assert error.value.errno == code and len(calls) >= call
    assert snapshot(path) == before
    archive(value=0.25)  # and the way is clear
    assert reading.load("toy").runs.test_error[0] == 0.25


def test_an_interrupt_between_two_renames_leaves_what_was_there(monkeypatch):
    path = archive()
    before, replace, calls = snapshot(path), os.replace, []

    def interrupted(a, b):
        calls.append(b)
        if len(calls) == 2:
            raise KeyboardInterrupt
        replace(a, b)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            archive(value=0.25)
    assert snapshot(path) == before


def test_a_file_system_without_links_loses_nothing_either(monkeypatch):
    path = archive()
    before = snapshot(path)

    def no_links(a, b):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    with monkeypatch.context() as patch:
        fail_at(patch, os, "replace", 3, errno.EIO)
        with pytest.raises(OSError, match="Input/output error"):
            archive(value=0.25)
    assert snapshot(path) == before
    archive(value=0.25)
    assert reading.load("toy").runs.test_error[0] == 0.25
    assert sorted(snapshot(path)) == sorted(reading.FILES)


def test_what_a_killed_writer_left_behind_does_no_harm():
    path = archive()
    for name in reading.FILES:
        (path / f".{name}.old").write_text("older")
        (path / f".{name}.tmp").write_text("half")
    archive(value=0.25)
    assert reading.load("toy").runs.test_error[0] == 0.25
    assert sorted(snapshot(path)) == sorted(reading.FILES)


def test_a_table_that_cannot_be_converted_leaves_what_was_there():
    path = archive()
    before, mixed = snapshot(path), pd.DataFrame({"x": [1, "a", None, {}]})
    with pytest.raises(Exception, match="[cC]onver|[eE]xpected"):
        writing.write(path, tables() | {"curves": mixed}, MANIFEST)
    with pytest.raises(TypeError, match="JSON"):
        writing.write(path, tables(), MANIFEST | {"device": object()})
    assert snapshot(path) == before


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
    file = path / f"{table}.parquet"
    content = file.read_bytes()
    if damage == "delete":
        file.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        other = next(path / f"{t}.parquet" for t in reading.TABLES if t != table).read_bytes()
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


@pytest.mark.parametrize("schema", [0, 1, 3, "2", None])
def test_an_archive_of_another_schema_is_refused(schema):
    path = archive()
    content = json.loads((path / "manifest.json").read_text()) | {"schema": schema}
    (path / "manifest.json").write_text(json.dumps(content))
    assert refusal().endswith(f"manifest.json: expected schema 2, got {schema!r}; {AGAIN} --fresh")


def test_an_archive_of_the_first_schema_says_in_one_line_what_to_do():
    path = archive()
    content = json.loads((path / "manifest.json").read_text()) | {"schema": 1} | part()
    for name in ("parts", "fingerprint"):
        del content[name]
    (path / "manifest.json").write_text(json.dumps(content))
    assert refusal() == f"{path}/manifest.json: expected schema 2, got 1; {AGAIN} --fresh"


def test_tables_that_lost_their_manifest_are_damaged_not_absent():
    path = archive()
    (path / "manifest.json").unlink()
    assert reading.archived_scales("toy") == ["smoke"]
    assert refusal().endswith(f"expected an archived result, got none; {AGAIN} --fresh")


# --- one runner at a time ----------------------------------------------------------------------


def claim(path) -> str:
    with pytest.raises(reading.ArchiveError) as error:
        with writing.claimed(path):
            raise AssertionError("the folder was claimed")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_claimed_folder_is_left_free_and_clean(root):
    path = root / "toy" / "smoke"
    for _ in range(2):
        with writing.claimed(path):
            assert path.is_dir()
    with pytest.raises(KeyboardInterrupt), writing.claimed(path):
        raise KeyboardInterrupt
    with writing.claimed(path):
        pass
    assert set(snapshot(path)) <= {".lock"}


def test_two_runners_cannot_claim_one_folder(root):
    path = root / "toy" / "smoke"
    code = (
        "import sys; from pathlib import Path; from daleslaw_lib.archive import writing\n"
        "with writing.claimed(Path(sys.argv[1])):\n"
        "    print('mine', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    try:
        assert other.stdout.readline() == "mine\n"
        message = f"{path}: expected to be its only runner, got another one at work on it"
        assert claim(path) == message
        with writing.claimed(path.with_name("laptop")):
            pass  # another scale is free
    finally:
        other.kill()  # not a clean end: the claim goes with the process all the same
        other.communicate()
    with writing.claimed(path):
        pass


def test_one_process_cannot_claim_a_folder_twice(root):
    path = root / "toy" / "smoke"
    with writing.claimed(path):
        assert "only runner" in claim(path)
    with writing.claimed(path):
        pass


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("owner, name", [(Path, "write_bytes"), (Path, "mkdir"), (os, "open")])
def test_a_folder_that_is_read_only_or_full_is_refused(root, owner, name, code, monkeypatch):
    path = root / "toy" / "smoke"
    archive()
    before = snapshot(path)
    with monkeypatch.context() as patch:

        def failing(*arguments, **options):
            raise OSError(code, os.strerror(code))

        patch.setattr(owner, name, failing)
        message = claim(path)
    assert message == f"{path}: expected a folder that can be written, got {os.strerror(code)}"
    assert set(snapshot(path)) - {".lock"} == set(before)


def test_a_disk_that_fills_up_during_the_probe_is_left_clean(root, monkeypatch):
    path, write_bytes = root / "toy" / "smoke", Path.write_bytes

    def half(self, content):
        write_bytes(self, content[:7])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half)
        claim(path)
    assert snapshot(path) == {}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_without_permission_is_refused(root):
    root.mkdir(mode=0o500)
    path = root / "toy" / "smoke"
    assert "expected a folder that can be written, got Permission denied" in claim(path)


def test_a_file_in_place_of_the_folder_is_refused(root):
    root.write_text("not a folder")
    assert "expected a folder that can be written, got " in claim(root / "toy" / "smoke")
    assert root.read_text() == "not a folder"
