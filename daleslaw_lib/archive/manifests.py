"""What a manifest must say, a line a fault; its own digest; and the list of archives that should be there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from .. import regular_files

SCHEMA = 3
TABLES = ("runs", "curves")
MANIFEST = "manifest.json"
BEGUN = ".first-commit"  # stands beside tables that no manifest names yet, while the first one is written
INDEX = "index.json"  # in a results folder
MOST = 50_000_000  # bytes of either: those of the book have a few thousand
MOST_NAMED = 200  # characters of an experiment and a scale
MOST_COUNTED = 2**53  # whole numbers below it are floats as well, and so are their sums


# --- digests -----------------------------------------------------------------------------------------


def sha256(file: Path) -> str:
    """SHA-256 of a manifest's file, in hex.

    Raises: OSError if it is not a regular file, or too large for a manifest.
    """
    return regular_files.sha256(file, MOST)


def read_json(file: Path):
    """What is in the file of a manifest or of a list.

    Raises: OSError as `sha256`; ValueError, RecursionError if it is not JSON, or says something twice.
    """
    return json.loads(regular_files.text(file, MOST), object_pairs_hook=_said_once)


def _said_once(pairs: list[tuple]) -> dict:
    """An object of JSON. An entry that comes twice is read as the last, and seen as the first."""
    entries = {}
    for name, value in pairs:
        if name in entries:
            raise ValueError(f"{shown(name)} comes twice")
        entries[name] = value
    return entries


def digest(manifest: Mapping) -> str:
    """SHA-256 of a manifest as canonical JSON, but for its entry "digest"."""
    content = {name: value for name, value in manifest.items() if name != "digest"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# --- earlier schemas ---------------------------------------------------------------------------------


def _with_files(manifest: dict) -> dict:
    """From schema 2, whose tables had fixed names."""
    tables = {name: entry | {"file": f"{name}.parquet"} for name, entry in manifest["tables"].items()}
    return manifest | {"schema": 3, "tables": tables}


MIGRATIONS = {2: _with_files}  # from a schema to the next; its manifest has no fault
SCHEMAS = (*MIGRATIONS, SCHEMA)


def migrated(manifest: dict) -> dict:
    """A manifest without faults as the present schema has it; the file stays as it is."""
    while manifest["schema"] != SCHEMA:
        manifest = MIGRATIONS[manifest["schema"]](manifest)
    return manifest


# --- files -------------------------------------------------------------------------------------------


def named(table: str, sha256: str) -> str:
    """The file name of a table with this content."""
    return f"{table}-{sha256[:16]}.parquet"


def table_files(path: Path) -> list[Path]:
    """All tables in a folder, those that no manifest names among them."""
    return [file for file in path.glob("*.parquet") if re.fullmatch(TABLE_FILE, file.name)]


def is_archived(path: Path) -> bool:
    """Whether a folder holds any file of an archive, whole or damaged.

    Tables alone are an archive that lost its manifest, unless a first commit was broken off.
    """
    if (path / MANIFEST).exists():
        return True
    return not (path / BEGUN).exists() and bool(table_files(path))


def sweep(path: Path, made: Collection[Path] = ()) -> None:
    """Remove what is not of the archive in a folder: tables that its manifest does not name, temporary files.

    Without a manifest that can be read nothing is known of the tables: those `made` go then, no others, but
    for those of a first commit that was broken off. To be called by the one who holds the folder.
    """
    with suppress(OSError):  # what cannot be found or removed now is left to the next one
        for file in _strays(path, made):
            with suppress(OSError):
                file.unlink(missing_ok=True)


def _strays(path: Path, made: Collection[Path]) -> list[Path]:
    strays = [file for pattern in (".*.tmp", ".*.old", ".writable-*") for file in path.glob(pattern)]
    try:
        manifest = read_json(path / MANIFEST)
        if manifest["schema"] not in SCHEMAS or faults(manifest):
            raise ValueError
        keep = {entry["file"] for entry in migrated(manifest)["tables"].values()}
        strays += [file for file in table_files(path) if file.name not in keep]
        strays.append(path / BEGUN)
    except FileNotFoundError:
        strays += [*table_files(path), path / BEGUN] if (path / BEGUN).exists() else made
    except (ValueError, KeyError, TypeError, RecursionError):
        strays += made
    except OSError:
        pass
    return strays


# --- the list of archives ----------------------------------------------------------------------------


def listed(root: Path) -> dict[str, str]:
    """The archives that should be in a results folder, "experiment/scale": SHA-256 of the manifest.

    Without a list there is none that should be.

    Raises: ValueError, in one line, if the list is damaged.
    """
    file = root / INDEX
    try:
        archives = read_json(file)["archives"]
        if not all(_is_hash(value) for value in archives.values()):
            raise ValueError("an entry that is not a SHA-256")
        if odd := [name for name in archives if not _is_place(name)]:
            raise ValueError(f"an entry that is not experiment/scale: {shown(odd[0])}")
        return dict(archives)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = regular_files.reason_of(error)
        raise ValueError(f"{file}: expected a list of archives, got a damaged file ({reason})") from error


def listing(root: Path) -> dict[str, str]:
    """The archives that are in a results folder, as `listed` has them."""
    files = sorted(root.glob(f"*/*/{MANIFEST}"))
    return {file.parent.relative_to(root).as_posix(): sha256(file) for file in files}


# --- what must be in a manifest ----------------------------------------------------------------------


def faults(manifest: Mapping, whole: bool = False) -> list[str]:
    """What is wrong in a manifest, a line each: what was expected, what came.

    `whole`: what reading does not need must be there, too.
    """
    found = [*_of(manifest, ENTRIES, "", whole)]
    if isinstance(parts := manifest.get("parts"), list):
        for k, part in enumerate(parts):
            found += _of(part, PART, f"parts[{k}].", whole)
    if isinstance(tables := manifest.get("tables"), dict):
        for name in TABLES:
            entries = TABLE | NAMED if manifest.get("schema") != 2 else TABLE
            found += _of(tables.get(name), entries, f"tables.{name}.", whole)
    return found


def _of(content, entries: Mapping[str, tuple[bool, str, Callable]], where: str, whole: bool) -> Iterator[str]:
    if not isinstance(content, dict):
        yield f"expected {where.rstrip('.')} with {', '.join(entries)}, got {shown(content)}"
        return
    for name, (needed, expected, right) in entries.items():
        if name in content and not right(content[name]):
            yield f"expected {where}{name}: {expected}, got {shown(content[name])}"
        elif name not in content and (needed or whole):
            yield f"expected {where}{name}: {expected}, got none"


def shown(value) -> str:
    """What stands in a file, for the end of a message: plain, and not much of it."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_text(value) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable()


def _is_hash(value) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _is_place(name: str) -> bool:
    return (
        len(name) <= MOST_NAMED
        and name.isprintable()
        and re.fullmatch(r"[^/\s]+(/[^/\s]+)+", name) is not None
    )


def _is_short_hash(value) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{16}", value) is not None


def _is_table_file(value) -> bool:
    return isinstance(value, str) and re.fullmatch(TABLE_FILE, value) is not None


def _is_count(value, least: int = 0) -> bool:
    return type(value) is int and least <= value < MOST_COUNTED


def _is_number(value) -> bool:
    """A float of any value, or a whole number that is one, too."""
    return type(value) is float or (type(value) is int and abs(value) < MOST_COUNTED)


def _is_duration(value) -> bool:
    return _is_number(value) and 0 <= value < MOST_COUNTED


def _is_time(value) -> bool:
    try:
        moment(value)
        return True
    except (TypeError, ValueError, OverflowError):
        return False


def _is_commit(value) -> bool:
    return value is None or (
        isinstance(value, str) and re.fullmatch(r"[0-9a-f]{40,64}\+?", value) is not None
    )


def _is_data(value) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value)) and all(map(_is_text, value.values()))


def _is_fingerprint(value) -> bool:
    return isinstance(value, dict) and all(
        isinstance(numbers, list) and all(map(_is_number, numbers)) for numbers in value.values()
    )


TABLE_FILE = rf"({'|'.join(TABLES)})(-[0-9a-f]{{16}})?\.parquet"

# name: is reading without it impossible, what it must be, whether a value is that
ENTRIES = {
    "experiment": (False, "text", _is_text),
    "scale": (False, "text", _is_text),
    "definition": (False, "16 hex digits", _is_short_hash),
    "parts": (True, "a list of at least one", lambda value: isinstance(value, list) and len(value) > 0),
    "data": (True, "digests of files by their names", _is_data),
    "fingerprint": (True, "lists of numbers by run id", _is_fingerprint),
    "tables": (True, "an entry for each table", lambda value: isinstance(value, dict)),
}
PART = {
    "started": (False, "a time with its offset", _is_time),
    "finished": (True, "a time with its offset", _is_time),
    "commit": (False, "a commit or null", _is_commit),
    "library_version": (True, "text", _is_text),
    "device": (True, "text", _is_text),
    "threads": (False, "a whole number >= 1", lambda value: _is_count(value, 1)),
    "torch": (False, "text", _is_text),
    "numpy": (False, "text", _is_text),
    "python": (False, "text", _is_text),
    "wall_seconds": (True, "a number of seconds >= 0", _is_duration),
    "runs": (True, "a whole number >= 1", lambda value: _is_count(value, 1)),
}
TABLE = {
    "sha256": (True, "64 hex digits", _is_hash),
    "rows": (False, "a whole number >= 0", _is_count),
}
NAMED = {"file": (True, "the name of a table's file", _is_table_file)}


def moment(value: str) -> datetime:
    """The time that stands in a manifest.

    Raises: TypeError, ValueError, OverflowError if it is not a time, or has no offset.
    """
    found = datetime.fromisoformat(value)
    if found.utcoffset() is None:
        raise ValueError(f"expected a time with its offset, got {shown(value)}")
    return found.astimezone(timezone.utc)


def now() -> str:
    """The time, as manifests have it: in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
