"""Writing an archive: it can be read back, no failure loses what was there, one runner at a time."""

import errno
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib.archive import manifests, reading, writing
from daleslaw_lib.archive.tables import thin, typed
from helpers import ROOT
from helpers.archives import FILES, MANIFEST, archive, fail_at, file_of, part, snapshot, tables, whole
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("root")

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
        digest = manifests.sha256(file_of(path, f"{name}.parquet"))
        assert entry == {"sha256": digest, "rows": len(table), "file": f"{name}-{digest[:16]}.parquet"}


def test_an_archive_is_two_tables_and_a_manifest_and_nothing_else():
    path = archive()
    names = [file_of(path, name).name for name in ("curves.parquet", "manifest.json", "runs.parquet")]
    assert sorted(snapshot(path)) == names


def test_column_types_do_not_depend_on_which_runs_there_are():
    plain = [asdict(config())]
    full = [asdict(config(rho=1.5, n_inhibitory=3, random_ix=True, lr_decay=0.9, dense=1))]
    full += [asdict(config(task="adding", source="generated", length=28))]
    full += [asdict(config(kind="rnn", frozen=True)), asdict(config(kind="colei", ablated=1))]
    one, other = (typed(pd.DataFrame(rows)) for rows in (plain, full))
    for name in ("rho", "n_inhibitory", "clip", "length", "dense", "embedding", "ablated", "lr_decay"):
        assert one[name].dtype == other[name].dtype == float
    for name in ("random_ix", "frozen"):
        assert one[name].dtype == other[name].dtype == bool
    assert list(other.random_ix) == [True, False, False, False]
    assert list(other.frozen) == [False, False, True, False]


def test_the_manifest_is_put_in_place_last(monkeypatch):
    order, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(Path(b).name), replace(a, b)))
    archive()
    assert order[-1] == "manifest.json" and len(order) == 3
    assert set(order) == {file_of(reading.folder("toy", "smoke"), name).name for name in FILES}


def test_a_table_of_text_with_any_letters_survives():
    path = reading.folder("toy", "smoke")
    writing.write(path, tables(), MANIFEST | {"parts": [part(device="CPU · x86 é 漢")]})
    assert reading.load("toy").manifest["parts"][0]["device"] == "CPU · x86 é 漢"


# --- thinning ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 200, 201, 202, 403, 1000, 46_801])
def test_thin_keeps_the_first_and_last_row_and_even_spacing(n):
    history = {"update": list(range(n)), "loss": [np.array([i, -i]) for i in range(n)]}
    thinned = thin(history)
    kept = thinned["update"]
    assert len(kept) == min(n, 201) == len(thinned["loss"])
    assert (kept[0], kept[-1]) == (0, n - 1) and len(set(kept)) == len(kept)
    assert all(loss[0] == i for i, loss in zip(kept, thinned["loss"]))
    if n > 1:
        assert np.ptp(np.diff(kept)) <= 1


# --- failures while writing --------------------------------------------------------------------


STEPS = [
    *[(pd.DataFrame, "to_parquet", k) for k in (1, 2)],
    *[(os, "fsync", k) for k in (1, 2, 3)],
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
    assert whole(path)


def test_what_a_killed_writer_left_behind_does_no_harm():
    path = archive()
    for name in FILES:
        (path / f".{name}.old").write_text("older")
        (path / f".{name}.tmp").write_text("half")
    (path / "runs-0123456789abcdef.parquet").write_text("of a commit that never was")
    archive(value=0.25)
    assert reading.load("toy").runs.test_error[0] == 0.25
    assert whole(path)


def test_a_table_that_cannot_be_converted_leaves_what_was_there():
    path = archive()
    before, mixed = snapshot(path), pd.DataFrame({"x": [1, "a", None, {}]})
    with pytest.raises(Exception, match="[cC]onver|[eE]xpected"):
        writing.write(path, tables() | {"curves": mixed}, MANIFEST)
    with pytest.raises(TypeError, match="JSON"):
        writing.write(path, tables(), MANIFEST | {"device": object()})
    assert snapshot(path) == before


def test_what_no_manifest_names_is_removed_and_nothing_else_is(root):
    path = archive()
    mine = ("notes.txt", "other.parquet", "runs-of-mine.parquet", ".lock")
    for name in mine:
        (path / name).write_text("mine")
    archive(value=0.25)
    assert set(snapshot(path)) == {*mine, *(file_of(path, name).name for name in FILES)}


def test_nothing_is_written_through_a_link(root, tmp_path):
    path, target = archive(), tmp_path / "precious"
    target.write_text("precious")
    for name in ("manifest.json", *(f"{n}.parquet" for n in reading.TABLES)):
        file = file_of(path, name) if name != "manifest.json" else None
        if file:
            file.unlink()
            file.symlink_to(target)
    archive()
    assert target.read_text() == "precious" and whole(path)
    assert not any(file.is_symlink() for file in path.iterdir())


def test_the_mark_of_a_first_commit_makes_nothing_through_a_link(root, tmp_path):
    path = reading.folder("toy", "smoke")
    path.mkdir(parents=True)
    (path / manifests.BEGUN).symlink_to(tmp_path / "elsewhere")
    assert archive() == path and whole(path) and not (tmp_path / "elsewhere").exists()


def test_a_manifest_that_cannot_be_read_protects_the_tables_beside_it():
    path = archive()
    (path / "manifest.json").write_bytes(b"damaged")
    before = snapshot(path)
    with writing.claimed(path):
        pass
    assert set(snapshot(path)) - {".lock"} == set(before)


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
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert other.stdout.readline() == "mine\n"
        message = f"{path}: expected to be its only runner, got another one at work on it"
        message += f" (process {other.pid} on "
        assert claim(path).startswith(message)
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
