"""Archives in memory and on disk: made, compared, and spoilt."""

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from daleslaw_lib.archive import manifests, reading, writing
from daleslaw_lib.archive.tables import typed
from daleslaw_lib.evidence import claims

FILES = ("runs.parquet", "curves.parquet", "manifest.json")
AGAIN = "run: daleslaw run toy --scale smoke"


@cache
def findings():
    """What the committed archive says of every claim: judged once for all tests of a process."""
    return claims.check()


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


def in_memory(experiment, found, curves=None):
    """An archive without files, as if these runs were an experiment's smoke scale.

    `found[run]` is what its row has besides its settings.
    """
    rows = [{"run_id": run.run_id, **vars(run), "diverged": False} | row for run, row in found.items()]
    runs = typed(pd.DataFrame(rows))
    curves = runs[["run_id"]] if curves is None else pd.DataFrame(curves)
    experiment = replace(experiment, grids={"smoke": lambda: tuple(found)})
    return reading.Archive(experiment, "smoke", runs, curves, {"parts": [part()]})


def snapshot(path: Path) -> dict[str, bytes]:
    """Every file under a folder, hidden ones too."""
    return {str(f.relative_to(path)): f.read_bytes() for f in path.rglob("*") if f.is_file()}


def rewrite(path: Path, **entries) -> None:
    """Other entries in the manifest of a folder, as a writer with other things to say would have left it."""
    file = path / "manifest.json"
    content = json.loads(file.read_text()) | entries
    file.write_text(json.dumps(content | {"digest": manifests.digest(content)}))


def file_of(path: Path, name: str) -> Path:
    """The file of an archive that holds "runs.parquet", "curves.parquet" or "manifest.json"."""
    if name == "manifest.json":
        return path / name
    return path / reading.read_manifest(path)["tables"][Path(name).stem]["file"]


def whole(path: Path) -> bool:
    """Whether a folder holds an archive and nothing else, but for the lock."""
    files = {file_of(path, name).name for name in FILES}
    return set(snapshot(path)) - {".lock"} == files and len(files) == 3


def old_schema(path: Path) -> None:
    """Make an archive of schema 2 of one of schema 3, as it was written before."""
    for name in reading.TABLES:
        file_of(path, f"{name}.parquet").rename(path / f"{name}.parquet")
    file = path / "manifest.json"
    content = json.loads(file.read_text())
    for entry in content["tables"].values():
        del entry["file"]
    del content["digest"]
    file.write_text(json.dumps(content | {"schema": 2}))


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


def same_tables(path: Path, other: Path) -> bool:
    """Bit for bit, to the names and types of the columns; but for the parts they were trained in."""
    for name in reading.TABLES:
        a, b = (
            pd.read_parquet(file_of(p, f"{name}.parquet")).drop(columns="part", errors="ignore")
            for p in (path, other)
        )
        pd.testing.assert_frame_equal(a, b, check_exact=True)
        for column in a.select_dtypes("number"):
            assert a[column].to_numpy().tobytes() == b[column].to_numpy().tobytes(), column
    return True


def checkpoints(path: Path) -> list[Path]:
    return sorted(path.glob("checkpoints/*"))


def archive_of(path: Path) -> dict[str, bytes]:
    return {name: file_of(path, name).read_bytes() for name in FILES}
