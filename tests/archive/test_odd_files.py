"""Pipes, devices, folders and files without end in the place of an archive's: one line, and they stay."""

import errno
import io
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from daleslaw_lib.archive import columns, manifests, reading, writing
from helpers import odd
from helpers.archives import FILES, MANIFEST, archive, file_of, snapshot, tables
from tools import index

pytestmark = pytest.mark.usefixtures("root")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", odd.KINDS)
def test_an_odd_file_of_an_archive_is_one_line_and_stays(kind, name, root):
    path = archive()
    file = file_of(path, name)
    odd.put(file, kind)
    with odd.bounded(), pytest.raises(reading.ArchiveError) as error:
        reading.load("toy")
    assert str(error.value).startswith(f"{file}: expected ") and "\n" not in str(error.value)
    assert odd.is_there(file, kind)


@pytest.mark.parametrize("kind", odd.KINDS)
def test_an_odd_manifest_protects_the_tables_beside_it(kind, root):
    path = archive()
    kept = [file_of(path, name) for name in FILES[:2]]
    odd.put(path / manifests.MANIFEST, kind)
    with odd.bounded(), writing.claimed(path):
        pass
    assert all(file.is_file() for file in kept) and odd.is_there(path / manifests.MANIFEST, kind)


@pytest.mark.parametrize("kind", odd.KINDS)
def test_an_odd_list_of_archives_is_one_line_and_stays(kind, root):
    file = root / manifests.INDEX
    odd.put(file, kind)
    with odd.bounded(), pytest.raises(ValueError, match="expected a list of archives, got") as error:
        manifests.listed(root)
    assert "\n" not in str(error.value) and odd.is_there(file, kind)


@pytest.mark.parametrize("kind", ["fifo", "folder", "unix_socket", "device", "loop"])
def test_an_odd_lock_is_one_line_and_stays(kind, root):
    path = archive()
    odd.put(path / ".lock", kind)
    with (
        odd.bounded(),
        pytest.raises(reading.ArchiveError, match="expected a folder that can be written") as error,
    ):
        with writing.claimed(path):
            pytest.fail("it was claimed")
    assert "\n" not in str(error.value) and odd.is_there(path / ".lock", kind)


def test_a_lock_without_end_is_not_read(root):
    path = archive()
    odd.put(path / ".lock", "sparse")
    with odd.bounded(), writing.claimed(path):
        pass


def test_few_bytes_that_unpack_to_a_huge_table_are_refused():
    zeros = pa.array(np.zeros(columns.MOST_VALUES + 1, "i1"))
    table = pa.table({"run_id": pa.DictionaryArray.from_arrays(zeros, ["a"])})
    packed = io.BytesIO()
    parquet.write_table(table, packed, compression="zstd")
    assert len(packed.getvalue()) < 1_000_000
    with odd.bounded(), pytest.raises(ValueError, match="30,000,001 rows with .* of which none has so many"):
        columns.read(packed.getvalue())


ALTERED = """
import random
import sys
import pandas as pd
from daleslaw_lib.archive import columns

columns_ = {"run_id": ["a", "b"], "seed": [0, 1], "test_error": [0.5, None], "diverged": [False, True]}
good = pd.DataFrame(columns_).to_parquet(None, index=False)
rng, read = random.Random(0), 0
for _ in range(int(sys.argv[1])):
    altered = bytearray(good)
    for _ in range(20):
        altered[rng.randrange(4, len(altered))] = rng.randrange(256)
    try:
        columns.read(bytes(altered))
        read += 1
    except Exception as error:
        assert str(error) is not None
print("went on", read)
"""


def test_no_alteration_of_a_table_ends_the_process():
    """Some do where pyarrow is asked for what its metadata say of a column: by C++, without an exception."""
    done = subprocess.run(
        [sys.executable, "-c", ALTERED, "6000"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and done.stdout.startswith("went on"), done.stderr


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_that_names_no_file_is_a_line_that_does(step, root, monkeypatch):
    path = archive()
    before = snapshot(path)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "fsync":
        monkeypatch.setattr(writing.os, "fsync", full)
    else:
        monkeypatch.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: b"content")
        monkeypatch.setattr(writing.os, "replace", lambda a, b: full())
    with pytest.raises(OSError) as error:
        writing.write(path, tables(0.25), MANIFEST)
    assert str(path) in str(error.value.filename) and snapshot(path) == before


def test_a_results_folder_that_is_not_utf_8_works(tmp_path, monkeypatch):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xff results")
    monkeypatch.setenv("DALESLAW_RESULTS", folder)
    path = archive()
    assert str(path).startswith(folder) and len(reading.load("toy").runs) == 2
    file_of(path, "runs.parquet").unlink()
    with pytest.raises(reading.ArchiveError, match="expected a table, got none"):
        reading.load("toy")


@pytest.mark.parametrize("place", ["index.json", "toy/smoke/manifest.json"])
@pytest.mark.parametrize("kind", odd.KINDS)
def test_the_list_is_not_written_over_or_from_what_is_no_file(kind, place, root, capsys):
    if kind == "loop" and place != manifests.INDEX:
        return  # it leads nowhere, so that there is no manifest
    archive()
    odd.put(root / place, kind)
    for words in ([], ["--check"]):
        with odd.bounded():
            assert index.main(words, root) == 1
        assert capsys.readouterr().err.count("\n") == 1 and odd.is_there(root / place, kind)
