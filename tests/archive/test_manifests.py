"""A manifest says what it must, has a digest over itself, and a list says which archives should be there."""

import json
import math

import pytest

from daleslaw_lib.archive import manifests, reading
from helpers.archives import archive, part

WHOLE = {
    "started": "2024-05-06T07:08:00+00:00", "commit": "5" * 40 + "+", "threads": 1, "torch": "2.13.0+cpu",
    "numpy": "2.4.6", "python": "3.11.7",
}  # fmt: skip
ENTRY = {"sha256": "0" * 64, "rows": 2}
GOOD = {
    "schema": 2, "experiment": "toy", "scale": "smoke", "definition": "0123456789abcdef",
    "parts": [part(**WHOLE)], "data": {"mnist/images": "0" * 64}, "fingerprint": {"run": [0.5, math.nan, 1]},
    "tables": {"runs": ENTRY, "curves": ENTRY},
}  # fmt: skip


def test_a_whole_manifest_has_no_fault():
    assert manifests.faults(GOOD) == manifests.faults(GOOD, whole=True) == []


@pytest.mark.parametrize("value", [None, 0, 1.5, True, "", "text", [], [None], [[]], {}, {"a": None}, {1: 2}])
@pytest.mark.parametrize("name", [name for name in GOOD if name != "schema"])
def test_every_entry_of_another_form_is_one_line_or_more(name, value):
    harmless = [
        (name, value) for name in ("experiment", "scale") for value in ("text",)
    ] + [("data", {}), ("fingerprint", {})]  # fmt: skip
    lines = manifests.faults(GOOD | {name: value})
    assert bool(lines) != ((name, value) in harmless)
    assert all(line.startswith(f"expected {name}") and "\n" not in line for line in lines)


@pytest.mark.parametrize("value", [None, -1, True, "7", math.nan, math.inf, [], {}, 10**400, "a\nb", ""])
@pytest.mark.parametrize("name", list(GOOD["parts"][0]))
def test_every_entry_of_a_part_of_another_form_is_one_line(name, value):
    lines = manifests.faults(GOOD | {"parts": [GOOD["parts"][0], GOOD["parts"][0] | {name: value}]})
    texts = ("library_version", "device", "torch", "numpy", "python")
    if (name in texts and value == "7") or (name, value) == ("commit", None):
        assert lines == []
    else:
        (line,) = lines
        assert line.startswith(f"expected parts[1].{name}: ") and len(line) < 200 and "\n" not in line


def test_what_reading_needs_is_asked_for_and_the_rest_by_verify_alone():
    bare = GOOD | {"parts": [part()]}
    assert manifests.faults(bare) == []
    assert manifests.faults(bare, whole=True) == [
        f"expected parts[0].{name}: {manifests.PART[name][1]}, got none"
        for name in ("started", "commit", "threads", "torch", "numpy", "python")
    ]


def test_each_fault_has_its_line():
    spoilt = GOOD | {"parts": [], "data": None, "tables": {"runs": ENTRY | {"sha256": "0"}}}
    assert manifests.faults(spoilt) == [
        "expected parts: a list of at least one, got []",
        "expected data: digests of files by their names, got None",
        "expected tables.runs.sha256: 64 hex digits, got '0'",
        "expected tables.curves with sha256, rows, got None",
    ]


@pytest.mark.parametrize("value", [2**53, -(2**70), 10**400])
def test_whole_numbers_that_no_float_holds_are_no_numbers_of_a_manifest(value):
    (line,) = manifests.faults(GOOD | {"fingerprint": {"run": [value]}})
    assert line.startswith("expected fingerprint: lists of numbers by run id, got ") and len(line) < 150


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_is_none_in_utc_is_no_time(value):
    (line,) = manifests.faults(GOOD | {"parts": [GOOD["parts"][0] | {"started": value}]})
    assert line.startswith("expected parts[0].started: a time with its offset, got ")


@pytest.mark.usefixtures("root")
def test_reading_names_the_first_fault_and_keeps_a_line_for_each():
    file = archive() / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"parts": [], "data": None}))
    with pytest.raises(reading.ArchiveError) as error:
        reading.load("toy")
    assert str(error.value).startswith(f"{file}: expected parts: a list of at least one, got []; run: ")
    assert len(error.value.lines) == 2 and "expected data: " in error.value.lines[1]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("name", ["device", "finished", "wall_seconds", "library_version"])
def test_a_manifest_that_was_changed_since_is_refused(name):
    file = archive() / "manifest.json"
    content = json.loads(file.read_text())
    assert content["digest"] == manifests.digest(content)
    other = dict(device="H100", finished="2025-01-01T00:00:00+00:00", wall_seconds=2, library_version="9")
    content["parts"][0][name] = other[name]
    file.write_text(json.dumps(content))
    with pytest.raises(reading.ArchiveError, match="expected what was written, with digest .* changed since"):
        reading.load("toy")


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("recorded", [None, "", 0, False, [], "0" * 64])
def test_no_digest_and_another_one_are_refused_alike(recorded):
    """A digest of null once stood for a manifest that had none, so that any entry could be changed."""
    file = archive() / "manifest.json"
    content = json.loads(file.read_text())
    content["parts"][0]["device"] = "H100"
    file.write_text(json.dumps(content | {"digest": recorded}))
    with pytest.raises(reading.ArchiveError, match="expected what was written, with digest .* changed since"):
        reading.load("toy")
    del content["digest"]
    file.write_text(json.dumps(content))
    with pytest.raises(reading.ArchiveError, match="expected what was written, with digest none"):
        reading.load("toy")


@pytest.mark.usefixtures("root")
def test_an_archive_is_not_read_as_of_an_earlier_schema_that_had_no_digest():
    file = archive() / "manifest.json"
    content = json.loads(file.read_text())
    del content["digest"]
    file.write_text(json.dumps(content | {"schema": 2}))
    with pytest.raises(reading.ArchiveError, match="runs.parquet: expected a table, got none"):
        reading.load("toy")


@pytest.mark.usefixtures("root")
def test_an_entry_that_comes_twice_is_refused():
    """The last would count, and a person would read the first."""
    file = archive() / "manifest.json"
    file.write_text(file.read_text().replace('"device"', '"device": "H100", "device"', 1))
    with pytest.raises(reading.ArchiveError, match="got a damaged file .*'device' comes twice"):
        reading.load("toy")


@pytest.mark.usefixtures("root")
def test_layout_and_order_are_no_change():
    file = archive() / "manifest.json"
    content = dict(reversed(json.loads(file.read_text()).items()))
    file.write_text(json.dumps(content))
    assert len(reading.load("toy").runs) == 2


def test_a_manifest_nested_without_end_is_refused_in_one_line(root):
    file = archive() / "manifest.json"
    file.write_text("[" * 100_000)
    with pytest.raises(reading.ArchiveError) as error:
        reading.load("toy")
    assert "got a damaged file" in str(error.value) and "\n" not in str(error.value)


# --- the list of archives ------------------------------------------------------------------------------


def test_the_list_is_what_is_there(root):
    assert manifests.listed(root) == {}
    path = archive()
    assert manifests.listing(root) == {"toy/smoke": manifests.sha256(path / "manifest.json")}
    (root / manifests.INDEX).write_text(json.dumps({"archives": manifests.listing(root)}))
    assert manifests.listed(root) == manifests.listing(root)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", "{}", "[" * 10**5, '{"archives": 3}', '{"archives": {"a": 3}}']
)
def test_a_damaged_list_is_one_line(root, content):
    root.mkdir()
    (root / manifests.INDEX).write_text(content)
    with pytest.raises(ValueError, match="expected a list of archives, got a damaged file") as error:
        manifests.listed(root)
    assert "\n" not in str(error.value)
