"""Writing an archive: its commit is one rename, of the manifest; all of it, or nothing.

One runner at a time holds an experiment's folder (`claimed`). No torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pandas as pd

from .. import regular_files
from ..locks import LockedError, held
from . import manifests
from .manifests import MANIFEST, SCHEMA, TABLES, is_archived
from .reading import ArchiveError


def write(path: Path, tables: Mapping[str, pd.DataFrame], manifest: Mapping) -> None:
    """Write tables and manifest, or on any failure leave what was there.

    Everything is on the disk before the new manifest takes the old one's name, which is the commit: whoever
    is killed before it leaves the old archive, and after it the new one. What is then no part of the archive
    is removed, by this writer or the next.

    Raises: OSError if the folder cannot be written.
    """
    path.mkdir(parents=True, exist_ok=True)
    contents, entries = {}, {}  # by file name
    for name in TABLES:
        content = tables[name].to_parquet(None, index=False, **_compact(tables[name]))
        digest = hashlib.sha256(content).hexdigest()
        file = manifests.named(name, digest)
        contents[file] = content
        entries[name] = {"file": file, "sha256": digest, "rows": len(tables[name])}
    whole = {**manifest, "schema": SCHEMA, "tables": entries}
    whole["digest"] = manifests.digest(whole)
    contents[MANIFEST] = (json.dumps(whole, indent=1) + "\n").encode()
    new, made = {}, []
    try:
        with regular_files.naming(path):
            if not is_archived(path):
                regular_files.mark(path / manifests.BEGUN)
            for file, content in contents.items():
                new[path / file] = temporary = path / f".{secrets.token_hex(8)}.tmp"
                _write_new(temporary, content)
            for file, temporary in new.items():  # the manifest is the last
                if file.name == MANIFEST:
                    _flush_folder(path)  # no name may be lost of what it names
                elif not file.exists():
                    made.append(file)
                os.replace(temporary, file)
            _flush_folder(path)
    finally:
        manifests.sweep(path, made)


def _write_new(file: Path, content: bytes) -> None:
    """To a file that was not there before, never through a link, and on to the disk."""
    with open(file, "xb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _flush_folder(path: Path) -> None:
    with suppress(OSError):  # not every system opens folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _compact(table: pd.DataFrame) -> dict:
    """Options of `to_parquet` for numbers that do not repeat: half the size of the defaults."""
    floats = [name for name in table if table[name].dtype.kind == "f"]
    others = [name for name in table if name not in floats]
    return {"compression": "zstd", "use_dictionary": others, "use_byte_stream_split": floats}


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold an archive's folder for one runner.

    Raises: ArchiveError if it cannot be written, or another runner holds it.
    """
    lock = ExitStack()
    try:
        path.mkdir(parents=True, exist_ok=True)
        _try_to_write(path / f".writable-{secrets.token_hex(8)}")
        lock.enter_context(held(path / ".lock"))
    except LockedError as holder:
        raise ArchiveError(
            f"{path}: expected to be its only runner, got another one at work on it ({holder})"
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise ArchiveError(f"{path}: expected a folder that can be written, got {reason}") from error
    with lock:
        manifests.sweep(path)  # what a killed runner left
        yield


def _try_to_write(probe: Path) -> None:
    try:
        with regular_files.naming(probe):
            probe.write_bytes(b"x" * 4096)
    finally:
        with suppress(OSError):  # a folder that became read-only: the error that matters was raised
            probe.unlink(missing_ok=True)
