"""The archive: results/<experiment>/<scale>/ with two tables and a manifest.

    runs.parquet     a row a run: every field of its RunConfig, final figures, `diverged`, `part`
    curves.parquet   thinned learning curves: run_id, update, losses and errors, and where a run keeps its
                     spectra a list of singular values and their entropy; where nothing is trained, spectra:
                     run_id, rank, singular value, eigenvalue
    manifest.json    what was run, and in which parts: by what, on what, when; SHA-256 of each table

An archive may hold some of its experiment's runs: more are added by running the rest.

Tables are written under a temporary name and renamed, the manifest last. No torch here: reading an
archive needs pandas alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from . import experiments
from .checks import one_of
from .configs import LATE, N_LAST, NUMBERS, OPTIONAL, RunConfig
from .drawing import DrawConfig

SCHEMA = 2
TABLES = ("runs", "curves")
FILES = (*(f"{table}.parquet" for table in TABLES), "manifest.json")
NEEDED = ("tables", "parts", "data", "fingerprint")  # in a manifest


class ArchiveError(RuntimeError):
    """An archive that is missing, damaged, or cannot be written: one line, with what to do."""


@dataclass(frozen=True)
class Archive:
    """One experiment at one scale, read back."""

    experiment: experiments.Experiment
    scale: str
    runs: pd.DataFrame
    curves: pd.DataFrame
    manifest: dict

    @property
    def total(self) -> int:
        """How many runs the experiment has at this scale, archived or not."""
        return len(self.experiment.runs(self.scale))

    @property
    def configs(self) -> list[RunConfig | DrawConfig]:
        """The archived runs as configurations, as far as they belong to the experiment."""
        ids = set(self.runs.run_id)
        return [run for run in self.experiment.runs(self.scale) if run.run_id in ids]

    @property
    def seconds(self) -> float:
        """Training and evaluation, or drawing, all parts together."""
        return sum(part["wall_seconds"] for part in self.manifest["parts"])

    @property
    def provenance(self) -> str:
        """Scale, seeds, device and date: the line that every figure prints."""
        parts, total = self.manifest["parts"], self.total
        devices = " and ".join(dict.fromkeys(part["device"] for part in parts))
        versions = ", ".join(dict.fromkeys(part["library_version"] for part in parts))
        n = len(self.runs)
        word = "runs" if self.experiment.trains else "draws"
        runs = f"{n:,} {word}" if n == total else f"{n:,} of {total:,} {word}"
        words = self.runs.get("embedding", pd.Series(dtype=float)).notna().any()
        vectors = ""
        if words:
            vectors = "GloVe vectors · " if "glove" in set(self.runs.source) else "learned word vectors · "
        return (
            f"{self.experiment.name} · {self.scale} scale · {runs} · {self.runs.seed.nunique():,} seeds · "
            f"{vectors}"
            f"{devices} · {parts[-1]['finished'][:10]} · library {versions}"
        )

    def only(self, run_ids: Iterable[str]) -> Archive:
        """The same archive with these runs alone."""
        ids = set(run_ids)
        keep = {name: table[table.run_id.isin(ids)] for name, table in self.tables.items()}
        return replace(self, **{name: table.reset_index(drop=True) for name, table in keep.items()})

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        return {"runs": self.runs, "curves": self.curves}


def root() -> Path:
    """The results folder: $DALESLAW_RESULTS, else the one beside the library, else ./results."""
    if os.environ.get("DALESLAW_RESULTS"):
        return Path(os.environ["DALESLAW_RESULTS"]).expanduser()
    beside = Path(__file__).parents[1] / "results"
    return beside if beside.is_dir() else Path("results")


def folder(experiment: str, scale: str) -> Path:
    """Where one experiment at one scale is kept."""
    definition = experiments.get(experiment)
    return root() / experiment / one_of("scale", scale, definition.scales)


def archived_scales(experiment: str) -> list[str]:
    """Scales with an archive, whole or damaged, smallest first."""
    return [s for s in experiments.get(experiment).scales if is_archived(folder(experiment, s))]


def is_archived(path: Path) -> bool:
    """Whether a folder holds any file of an archive."""
    return any((path / file).exists() for file in FILES)


def load(experiment: str, scale: str | None = None) -> Archive:
    """Read an archive back; `scale=None` takes the largest there is.

    Raises: ValueError for an unknown experiment or scale; ArchiveError, with the command that makes
            it, if there is none, or if a table is not the one its manifest was written for.
    """
    definition = experiments.get(experiment)
    if scale is None:
        scale = (archived_scales(experiment) or [definition.scales[0]])[-1]
    path = folder(experiment, scale)
    manifest = read_manifest(path)
    tables = {name: _read_table(path / f"{name}.parquet", manifest) for name in TABLES}
    if definition.trains:
        tables["runs"] = with_late(**tables)
    return Archive(definition, scale, manifest=manifest, **tables)


def with_late(runs: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """The runs with "late_" beside each final loss and error, from the curves where it was not recorded.

    That is the mean of the last ten evaluations, none of them before four fifths of the run.
    """
    ends = runs.set_index("run_id")["updates"]
    late = curves[curves["update"] >= LATE * curves.run_id.map(ends)]
    late = late.groupby("run_id", sort=False).tail(N_LAST)
    for name in [name for name in curves if name.startswith(("test_", "valid_")) and name in runs]:
        means = runs.run_id.map(late.groupby("run_id")[name].mean())
        there = runs.get(f"late_{name}", pd.Series(float("nan"), index=runs.index))
        runs = runs.assign(**{f"late_{name}": there.fillna(means).where(~runs.diverged)})
    return runs


def read_manifest(path: Path) -> dict:
    """The manifest in a folder.

    Raises: ArchiveError if it is missing, not JSON, incomplete, or of another schema.
    """
    file = path / "manifest.json"
    again = f"run: daleslaw run {path.parent.name} --scale {path.name}"
    again += " --fresh" if is_archived(path) else ""
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        schema = manifest["schema"]
        missing = [name for name in NEEDED if name not in manifest]
    except FileNotFoundError:
        raise ArchiveError(f"{file}: expected an archived result, got none; {again}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"{file}: expected a manifest, got a damaged file ({error!r}); restore it, or {again}"
        ) from error
    if schema != SCHEMA:
        raise ArchiveError(f"{file}: expected schema {SCHEMA}, got {schema!r}; {again}")
    if missing:
        raise ArchiveError(f"{file}: expected {', '.join(missing)} in it, got none; {again}")
    return manifest


def _read_table(file: Path, manifest: Mapping) -> pd.DataFrame:
    again = f"restore it, or run: daleslaw run {file.parts[-3]} --scale {file.parts[-2]} --fresh"
    try:
        expected = str(manifest["tables"][file.stem]["sha256"])
        got = sha256(file)
    except (OSError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"{file}: expected a table, got none that can be read ({error!r}); {again}"
        ) from error
    if got != expected:
        raise ArchiveError(f"{file}: expected SHA-256 {expected[:8]}..., got {got[:8]}...; {again}")
    return pd.read_parquet(file)


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
    switches = [name for name in ("random_ix", "frozen", "full_diagonal", "spectra") if name in runs]
    return runs.astype(dict.fromkeys(numbers, float)).assign(
        **{name: runs[name].fillna(False).astype(bool) for name in switches}
    )


def under(runs: pd.DataFrame, preset: str) -> pd.DataFrame:
    """The runs of one preset: its own, and those in which the presets agree ("both")."""
    return runs[runs.preset.isin([preset, "both"])]


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
    try:
        path.mkdir(parents=True, exist_ok=True)
        _try_to_write(path / f".writable-{os.getpid()}")
        lock = FileLock(path / ".lock", timeout=0)
        lock.acquire()
    except Timeout:  # an OSError, so first
        raise ArchiveError(f"{path}: expected to be its only runner, got another one at work on it") from None
    except OSError as error:
        reason = error.strerror or error
        raise ArchiveError(f"{path}: expected a folder that can be written, got {reason}") from error
    try:
        yield
    finally:
        lock.release()


def _try_to_write(probe: Path) -> None:
    try:
        probe.write_bytes(b"x" * 4096)
    finally:
        _remove([probe])


def sha256(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _flush(file: Path) -> None:
    with open(file, "rb+") as handle:
        os.fsync(handle.fileno())
