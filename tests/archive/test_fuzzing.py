"""Any bytes in the place of an archive's: the same numbers are read, or it is refused in one line."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daleslaw_lib import checkpoints
from daleslaw_lib.archive import checking, manifests, reading
from helpers.archives import FILES, archive, file_of, rewrite
from helpers.spoiling import spoilt

pytestmark = pytest.mark.usefixtures("root")
fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def one_line(error) -> None:
    assert "\n" not in str(error.value) and str(error.value).count(": expected ") >= 1


@pytest.mark.parametrize("name", FILES)
@fuzzed
@given(st.data())
def test_bytes_of_an_archive(name, data):
    file = file_of(archive(), name)
    whole, content = reading.load("toy"), file.read_bytes()
    file.write_bytes(data.draw(spoilt(content)))
    try:
        got = reading.load("toy")
    except reading.ArchiveError as error:
        assert "\n" not in str(error) and ": expected " in str(error)
    else:
        for table in reading.TABLES:
            pd.testing.assert_frame_equal(got.tables[table], whole.tables[table], check_exact=True)
        assert got.manifest == whole.manifest
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("name", ["parts", "data", "fingerprint", "tables", "experiment", "scale", "schema"])
@fuzzed
@given(value=JSON)
def test_any_value_in_a_manifest_that_is_signed(name, value):
    rewrite(archive(), **{name: value})
    try:
        got = reading.load("toy")
    except reading.ArchiveError as error:
        assert error.lines and not any("\n" in line for line in error.lines)
    else:
        assert got.provenance and not any("\n" in line for line in checking.faults(got))


@fuzzed
@given(content=st.binary(max_size=60))
def test_a_table_that_is_none_but_has_its_digest(content):
    path = archive()
    file = file_of(path, "runs.parquet")
    file.write_bytes(content)
    entries = json.loads((path / "manifest.json").read_text())["tables"]
    rewrite(path, tables=entries | {"runs": entries["runs"] | {"sha256": manifests.sha256(file)}})
    with pytest.raises(reading.ArchiveError, match="expected a table, got one that cannot be used") as error:
        reading.load("toy")
    one_line(error)
    file.unlink()


@fuzzed
@given(content=st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_list_of_archives(root, content):
    root.mkdir(exist_ok=True)
    (root / manifests.INDEX).write_bytes(content)
    with pytest.raises(ValueError, match="expected a list of archives, got a damaged file") as error:
        manifests.listed(root)
    one_line(error)


@fuzzed
@given(st.data())
def test_bytes_of_a_checkpoint(tmp_path, data):
    file = tmp_path / "some.npz"
    state = {"update": 3, "seconds": {"training": 1.0}, "settings": {"updates": 3}, "origin": {"code": "a"}}
    arrays = {"history/loss": np.arange(4.0), "diverged_at": np.array([-1, 2])}
    checkpoints.write(file, state, arrays)
    expected, whole = checkpoints.read(file)
    file.write_bytes(data.draw(spoilt(file.read_bytes())))
    try:
        got, content = checkpoints.read(file)
    except checkpoints.CheckpointError as error:
        assert "\n" not in str(error) and ": expected a checkpoint of this run, got one" in str(error)
    else:
        assert got == expected and content.keys() == whole.keys()
        for name in whole:
            np.testing.assert_array_equal(content[name], whole[name])
