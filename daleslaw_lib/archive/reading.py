"""The archive: results/<experiment>/<scale>/ with two tables and a manifest.

    runs-*.parquet   a row a run: every field of its RunConfig, final figures, `diverged`, `part`
    curves-*.parquet thinned learning curves: run_id, update, losses and errors, and where a run keeps its
                     spectra a list of singular values and their entropy; where nothing is trained, spectra:
                     run_id, rank, singular value, eigenvalue
    manifest.json    what was run, and in which parts: by what, on what, when; file and SHA-256 of each
                     table, and SHA-256 of itself

An archive may hold some of its experiment's runs: more are added by running the rest.

A table's name has its digest, and the manifest names the tables: renaming a new manifest into place is the
whole commit (`writing`). An archive of schema 2 has tables of fixed names and is read as it is. No torch
here: reading an archive needs pandas alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from .. import HOME, experiments, regular_files, setting
from ..checks import in_short, one_of
from ..evaluation_times import LATE, N_LAST
from ..experiments.configs import DrawConfig, RunConfig
from ..tasks import TASKS
from . import columns, manifests
from .manifests import SCHEMA, TABLES, is_archived

NEEDED = ("tables", "parts", "data", "fingerprint")  # in a manifest
COLUMNS = {"runs": ("run_id", "seed", "diverged"), "curves": ("run_id",)}
MOST = 1_000_000_000  # bytes of a table
TRIES = 100  # to read what another process commits meanwhile


class ArchiveError(RuntimeError):
    """An archive that is missing, damaged, or cannot be written: one line, with what to do.

    Where more is wrong than the first, `lines` has a line for each.
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(map(str, self.args))


@dataclass(frozen=True)
class Archive:
    """One experiment at one scale, read back."""

    experiment: experiments.Experiment
    scale: str
    runs: pd.DataFrame
    curves: pd.DataFrame
    manifest: dict
    final: bool = False  # of a halving, the runs at length alone

    @property
    def total(self) -> int:
        """How many runs the experiment has at this scale, archived or not."""
        halving = self.experiment.halving(self.scale) if self.final else None
        return len(self.experiment.planned(self.scale)) if halving is None else halving.n_final

    @property
    def n_beside(self) -> int:
        """How many runs are there beside those that are to be: of a halving, asked for by name alone."""
        return 0 if self.experiment.halving(self.scale) is None else int(by_name_alone(self).sum())

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
        n, seeds = len(self.runs), self.runs.seed.nunique()
        word = ("run" if self.experiment.trains else "draw") + "s" * (total != 1)
        runs = f"{n:,} {word}" if n == total else f"{n:,} of {total:,} {word}"
        notes = "".join(f"{note} · " for note in self._notes)
        return (
            f"{self.experiment.name} · {self.scale} scale · {runs} · {seeds:,} seed{'s' * (seeds != 1)} · "
            f"{notes}{devices} · {parts[-1]['finished'][:10]} · library {versions}"
        )

    @property
    def _notes(self) -> list[str]:
        """What the runs' tasks say of their sources, each once; draws have no task."""
        if "task" not in self.runs:
            return []
        sources = set(zip(self.runs.task, self.runs.source))
        return sorted({note for task, source in sources if (note := TASKS[task].notes.get(source))})

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
    beside = HOME.parent / "results"
    return setting("DALESLAW_RESULTS") or (beside if beside.is_dir() else Path("results"))


def folder(experiment: str, scale: str) -> Path:
    """Where one experiment at one scale is kept."""
    definition = experiments.get(experiment)
    return root() / experiment / one_of("scale", scale, definition.scales)


def archived_scales(experiment: str, *, unfinished: bool = False) -> list[str]:
    """Scales with an archive, whole or damaged, smallest first.

    `unfinished`: those of a halving too that has no run at length yet, so nothing to report.
    """
    definition, found = experiments.get(experiment), []
    for scale in definition.scales:
        path = folder(experiment, scale)
        if is_archived(path) and (unfinished or not _only_rungs(path, definition, scale)):
            found.append(scale)
    return found


def strangers(folder: Path) -> list[str]:
    """Names of archives in a results folder that no experiment has: the reader's own, without their file."""
    found = {path.parent.parent.name for path in folder.glob(f"*/*/{manifests.MANIFEST}")}
    return sorted(found - set(experiments.EXPERIMENTS))


def _only_rungs(path: Path, definition: experiments.Experiment, scale: str) -> bool:
    """Whether all that is archived of a halving are runs that were to choose settings."""
    try:
        return definition.halving(scale) is not None and read_manifest(path)["halving"]["final"] == 0
    except (ArchiveError, KeyError, TypeError):
        return False  # for who reads it whole to say


def load(experiment: str, scale: str | None = None, *, whole: bool = False) -> Archive:
    """Read an archive back; `scale=None` takes the largest there is.

    `whole`: with the runs by which a halving chose settings; without, only those at length, which count.

    Raises: ValueError for an unknown experiment or scale; ArchiveError, with the command that makes
            it, if there is none, or if a table is not the one its manifest was written for.
    """
    definition = experiments.get(experiment)
    if scale is None:
        scale = (archived_scales(experiment, unfinished=whole) or [definition.scales[0]])[-1]
    return load_from(folder(experiment, scale), whole=whole)


def load_from(path: Path, *, whole: bool = False) -> Archive:
    """Read the archive in .../<experiment>/<scale>, in any results folder; `whole`: see `load`.

    Raises: as `load`.
    """
    definition, scale = experiments.get(path.parent.name), path.name
    one_of("scale", scale, definition.scales)
    manifest, tables = _read(path)
    fields = columns.needed(definition.trains)
    missing = [name for name in fields if name not in tables["runs"]]
    if missing and set(fields) & {*tables["runs"]} > {"seed"}:
        again = experiments.again(path.parent.name, scale, "--fresh")
        raise ArchiveError(
            f"{path}: expected a table with all settings of its runs, got one without {', '.join(missing)}; "
            f"restore it, or run: {again}"
        )
    if definition.quantity not in tables["runs"]:
        again = experiments.again(path.parent.name, scale, "--fresh")
        raise ArchiveError(
            f"{path}: expected a table with {definition.quantity} of its runs, got one without; "
            f"restore it, or run: {again}"
        )
    if definition.trains and "updates" in tables["runs"] and "update" in tables["curves"]:
        tables["runs"] = with_late(**tables)
    archive = Archive(definition, scale, manifest=manifest, **tables)
    return archive if whole or definition.halving(scale) is None else at_length(archive)


def at_length(archive: Archive) -> Archive:
    """Of a halving's archive the runs at length, which are reported.

    Raises: ArchiveError if there are none yet.
    """
    final = archive.runs.run_id[are_final(archive)]
    if final.empty:
        name, again = archive.experiment.name, experiments.again(archive.experiment.name, archive.scale)
        raise ArchiveError(
            f"{folder(name, archive.scale)}: expected runs at length, got only those that choose settings, "
            f"or that were asked for by name, so far; run: {again} --resume"
        )
    return replace(archive.only(final), final=True)


def are_final(archive: Archive) -> pd.Series:
    """Which runs of a halving's archive are those at length, a truth value a row.

    A run that was asked for by name is not one of them, unless the halving chose it as well.
    """
    halving, runs = archive.experiment.halving(archive.scale), archive.runs
    values = [halving.is_final(*row) for row in zip(runs.seed, runs.updates)]
    return pd.Series(values, index=runs.index, dtype=bool) & ~by_name_alone(archive)


def by_name_alone(archive: Archive) -> pd.Series:
    """Which runs of a halving's archive are there by name alone, a truth value a row: it chose others."""
    named = [k for k, part in enumerate(archive.manifest["parts"]) if part.get("by_name") is True]
    found = archive.runs["part"].isin(named) if "part" in archive.runs else archive.runs.run_id.isin([])
    return found & ~chosen(archive) if found.any() else found


def chosen(archive: Archive) -> pd.Series:
    """Which runs of a halving's archive its scores call for, a truth value a row."""
    needed = archive.experiment.halving(archive.scale).needed(scores(archive.runs))
    return archive.runs.run_id.isin({run.run_id for run in needed})


def scores(runs: pd.DataFrame, on: str = "valid_error") -> dict[str, float]:
    """What an archive holds for a halving to choose by: of each run, by its run_id; infinite if it
    diverged.
    """
    return dict(zip(runs.run_id, runs[on].where(~runs.diverged).fillna(float("inf")).astype(float)))


def with_late(runs: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """An archive's runs, with a "late_" column beside each final loss and error, from the curves where need
    be.

    That is the mean of its last evaluations.
    """
    late = last_evaluations(runs, curves).groupby("run_id")
    for name in [name for name in curves if name.startswith(("test_", "valid_")) and name in runs]:
        means = runs.run_id.map(late[name].mean())
        there = runs.get(f"late_{name}", pd.Series(float("nan"), index=runs.index))
        runs = runs.assign(**{f"late_{name}": there.fillna(means).where(~runs.diverged)})
    return runs


def last_evaluations(runs: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Of an archive's curves the rows that final figures of these runs are means of: the last ten evaluations
    of each run, none of them before four fifths of it.
    """
    ends = runs.drop_duplicates("run_id").set_index("run_id")["updates"]
    late = curves[curves["update"] >= LATE * curves.run_id.map(ends)]
    return late.groupby("run_id", sort=False).tail(N_LAST)


def _read(path: Path) -> tuple[dict, dict[str, pd.DataFrame]]:
    """Manifest and tables, again and again while another process commits between the two."""
    for _ in range(TRIES):
        before = _bytes_or_none(path / manifests.MANIFEST)
        try:
            manifest = read_manifest(path)
            return manifest, {name: _read_table(path, name, manifest) for name in TABLES}
        except ArchiveError as error:
            refusal = error
            if _bytes_or_none(path / manifests.MANIFEST) == before:
                break
    raise refusal


def _bytes_or_none(file: Path) -> bytes | None:
    try:
        return regular_files.content(file, manifests.MOST)
    except OSError:
        return None


def read_manifest(path: Path) -> dict:
    """The manifest in a folder, as the present schema has it.

    Raises: ArchiveError if it is missing, not JSON, incomplete, of another schema, or changed since it was
            written; its `lines` are all that is wrong.
    """
    file = path / manifests.MANIFEST
    again = f"run: {experiments.again(path.parent.name, path.name)}"
    again += " --fresh" if is_archived(path) else ""
    try:
        manifest = manifests.read_json(file)
        schema = manifest["schema"]
        missing = [name for name in NEEDED if name not in manifest]
    except FileNotFoundError:
        raise ArchiveError(f"{file}: expected an archived result, got none; {again}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = regular_files.reason_of(error)
        raise ArchiveError(
            f"{file}: expected a manifest, got a damaged file ({reason}); restore it, or {again}"
        ) from error
    if not (type(schema) is int and schema in manifests.SCHEMAS):
        raise ArchiveError(f"{file}: expected schema {SCHEMA}, got {schema!r}; {again}")
    if missing:
        raise ArchiveError(f"{file}: expected {', '.join(missing)} in it, got none; {again}")
    if found := manifests.faults(manifest):
        raise ArchiveError(*(f"{file}: {line}; {again}" for line in found))
    recorded = manifest.get("digest", "none")
    has_one = schema != 2 or "digest" in manifest  # one of schema 2 has none; null is not a digest
    if has_one and recorded != (got := manifests.digest(manifest)):
        raise ArchiveError(
            f"{file}: expected what was written, with digest {str(recorded)[:8]}..., got a manifest that was "
            f"changed since, with {got[:8]}...; restore it, or {again}"
        )
    return manifests.migrated(manifest)


def _read_table(path: Path, name: str, manifest: Mapping) -> pd.DataFrame:
    file = path / manifest["tables"][name]["file"]
    again = f"restore it, or run: {experiments.again(*file.parts[-3:-1], '--fresh')}"
    try:
        expected = manifest["tables"][name]["sha256"]
        content = regular_files.content(file, MOST)
    except OSError as error:
        reason = regular_files.reason_of(error)
        raise ArchiveError(
            f"{file}: expected a table, got none that can be read ({reason}); {again}"
        ) from error
    if (got := hashlib.sha256(content).hexdigest()) != expected:
        raise ArchiveError(f"{file}: expected SHA-256 {expected[:8]}..., got {got[:8]}...; {again}")
    try:
        table = columns.read(content)
        if missing := [column for column in COLUMNS[name] if column not in table]:
            raise ValueError(f"no column {', '.join(missing)}")
        if wrong := next(columns.faults(table), None):
            raise ValueError(wrong)
    except Exception as error:  # a file that is not a table may raise nearly anything
        reason = in_short(error)
        raise ArchiveError(
            f"{file}: expected a table, got one that cannot be used ({reason}); {again}"
        ) from error
    return table


def under(runs: pd.DataFrame, preset: str) -> pd.DataFrame:
    """An archive's runs of one preset: its own, and those in which the presets agree ("both")."""
    return runs[runs.preset.isin([preset, "both"])]
