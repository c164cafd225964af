"""Writing an archive: tables and manifest under temporary names, then renamed; all of it, or nothing.

One runner at a time holds an experiment's folder (`claimed`). No torch.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pandas as pd

from ..experiments.configs import NUMBERS, OPTIONAL
from ..locks import LockedError, held
from . import manifests
from .manifests import TABLES, sha256
from .reading import SCHEMA, ArchiveError


def write(path: Path, tables: Mapping[str, pd.DataFrame], manifest: Mapping) -> None:
    """Write tables and manifest, or on any failure leave what was there.

    Raises: OSError if the folder cannot be written.
    """
    path.mkdir(parents=True, exist_ok=True)
    new: dict[Path, Path] = {}  # file: its temporary name
    old: dict[Path, Path | None] = {}  # file: where its old content is meanwhile, if there is any
    try:
        entries = {}
        for name in TABLES:
            file = path / f"{name}.parquet"
            new[file] = path / f".{name}.parquet.tmp"
            tables[name].to_parquet(new[file], index=False, **_compact(tables[name]))
            entries[name] = {"sha256": sha256(new[file]), "rows": len(tables[name])}
        file = path / "manifest.json"
        new[file] = path / ".manifest.json.tmp"
        content = {"schema": SCHEMA, **manifest, "tables": entries}
        content["digest"] = manifests.digest(content)
        new[file].write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        for temporary in new.values():
            _flush(temporary)
        old.update({file: _second_name(file) for file in new})
        for file, temporary in new.items():  # the manifest is the last
            os.replace(temporary, file)
    except BaseException:
        _put_back(old)
        raise
    finally:
        _remove(new.values())
    _remove(aside for aside in old.values() if aside)


def _compact(table: pd.DataFrame) -> dict:
    """Options of `to_parquet` for numbers that do not repeat: half the size of the defaults."""
    floats = [name for name in table if table[name].dtype.kind == "f"]
    others = [name for name in table if name not in floats]
    return {"compression": "zstd", "use_dictionary": others, "use_byte_stream_split": floats}


def _second_name(file: Path) -> Path | None:
    """Keep a file's content under another name; None if there is no such file."""
    if not file.exists():
        return None
    aside = file.with_name(f".{file.name}.old")
    aside.unlink(missing_ok=True)
    try:
        os.link(file, aside)
    except OSError:  # a file system without links
        shutil.copyfile(file, aside)
    return aside


def _put_back(old: Mapping[Path, Path | None]) -> None:
    for file, aside in old.items():
        if aside and not os.path.samefile(file, aside):
            os.replace(aside, file)
    _remove(aside or file for file, aside in old.items())


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):  # a folder that became read-only: the error that matters was raised
            file.unlink(missing_ok=True)


def typed(runs: pd.DataFrame) -> pd.DataFrame:
    """Columns whose type does not depend on which runs there are: an absent number is NaN, an absent
    choice None, an absent switch False."""
    numbers = [name for name in OPTIONAL if name in NUMBERS and name in runs]
    switches = [
        name for name in ("random_ix", "frozen", "full_diagonal", "spectra", "mechanism") if name in runs
    ]
    return runs.astype(dict.fromkeys(numbers, float)).assign(
        **{name: runs[name].fillna(False).astype(bool) for name in switches}
    )


def thin(history: Mapping[str, list], most: int = 201) -> dict[str, list]:
    """At most `most` evenly spaced rows of a history, the first and the last among them."""
    n = len(history["update"])
    keep = sorted({round(i * (n - 1) / (most - 1)) for i in range(most)}) if n > most else range(n)
    return {name: [rows[i] for i in keep] for name, rows in history.items()}


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold an experiment's folder for one runner.

    Raises: ArchiveError if it cannot be written, or another runner holds it.
    """
    lock = ExitStack()
    try:
        path.mkdir(parents=True, exist_ok=True)
        _try_to_write(path / f".writable-{os.getpid()}")
        lock.enter_context(held(path / ".lock"))
    except LockedError as holder:
        raise ArchiveError(
            f"{path}: expected to be its only runner, got another one at work on it ({holder})"
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise ArchiveError(f"{path}: expected a folder that can be written, got {reason}") from error
    with lock:
        yield


def _try_to_write(probe: Path) -> None:
    try:
        probe.write_bytes(b"x" * 4096)
    finally:
        _remove([probe])


def _flush(file: Path) -> None:
    with open(file, "rb+") as handle:
        os.fsync(handle.fileno())
