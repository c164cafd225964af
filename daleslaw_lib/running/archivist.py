"""From trained ensembles to archived tables, with a manifest that says what made them."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from .. import HOME, __version__
from ..archive import reading, writing
from ..evaluation_times import LATE, N_LAST
from ..training.loop import Training
from .devices import device_name
from .drawing import Drawing
from .jobs import Finished, data_digests, job_of
from .verification import fingerprint, halving_record, probes


class Archivist:
    """Keeps the archive of an experiment up to date as its ensembles are trained."""

    def __init__(
        self,
        definition,
        scale: str,
        path: Path,
        place,
        archived: reading.Archive | None,
        tf32=False,
        by_name=False,
    ):
        self.definition, self.scale, self.path, self.place = definition, scale, path, place
        self.archived, self.todo, self.trained, self.fingerprints = archived, [], [], {}
        self.part = {
            "started": now(), "commit": commit(), "library_version": __version__,
            "device": device_name(place), "threads": torch.get_num_threads(),
            "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(),
        }  # fmt: skip
        if tf32:
            self.part["precision"] = "TF32"
        if by_name:  # whatever a halving would choose
            self.part["by_name"] = True

    def take_fingerprints(self, todo: Iterable[list]) -> None:
        """Of every make of network among these ensembles that has none yet.

        Raises: ValueError if a miniature of one cannot be trained.
        """
        for probe in probes(run for ensemble in todo for run in ensemble):
            if probe.run_id not in self.fingerprints:
                try:
                    self.fingerprints[probe.run_id] = fingerprint(probe)
                except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
                    what = " of ".join(filter(None, (probe.kind, getattr(probe, "task", None))))
                    got = f"{type(error).__name__}: {error}"
                    raise ValueError(f"{what}: expected a miniature that trains, got {got}") from error

    def add(self, ensemble: list, training: Training | Drawing | Finished) -> None:
        self.todo.append(ensemble)
        self.trained.append(training)
        training.release()  # its history is all that is needed from now on

    def made_by(self, report: dict) -> None:
        """A chunk was trained elsewhere: by what, and how many chunks so far (see `chunks.train`)."""
        if "chunks" not in self.part:
            self.part |= {"device": report["device"], "threads": report["threads"], "chunks": 0}
        self.part["chunks"] += 1
        if report["device"] not in self.part["device"].split(" and "):
            self.part["device"] += f" and {report['device']}"

    def write(self) -> None:
        """Write what was archived and what has been trained since; on any failure nothing changes."""
        tables = [] if self.archived is None else [(self.archived.runs, self.archived.curves)]
        parts = [] if self.archived is None else list(self.archived.manifest["parts"])
        if self.trained:
            runs = runs_table(self.todo, self.trained).assign(part=len(parts))
            tables.append((runs, curves_table(self.todo, self.trained)))
            seconds = sum(sum(training.seconds.values()) for training in self.trained)
            parts.append(
                self.part | {"finished": now(), "wall_seconds": round(seconds, 1), "runs": len(runs)}
            )
        runs, curves = (pd.concat(frames, ignore_index=True) for frames in zip(*tables))
        runs = writing.typed(runs)  # an older part may lack a field
        used = sorted(set(runs.part))  # a part all of whose runs were dropped leaves with them
        runs["part"] = runs.part.map({part: k for k, part in enumerate(used)})
        order = {run.run_id: k for k, run in enumerate(self.definition.runs(self.scale))}
        in_order = dict(by="run_id", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)
        tables = {"runs": runs.sort_values(**in_order), "curves": curves.sort_values(**in_order)}
        writing.write(self.path, tables, self._manifest([parts[k] for k in used], tables))

    def _manifest(self, parts: list[dict], tables: dict[str, pd.DataFrame]) -> dict:
        old = {} if self.archived is None else self.archived.manifest
        self.take_fingerprints(self.todo)
        chosen = {}
        if self.definition.halving(self.scale) is not None:
            archive = reading.Archive(self.definition, self.scale, manifest={"parts": parts}, **tables)
            chosen["halving"] = halving_record(archive)
        return chosen | {
            "experiment": self.definition.name,
            "scale": self.scale,
            "definition": self.definition.definition(self.scale),
            "parts": parts,
            "data": old.get("data", {}) | data_digests(self.todo),
            "fingerprint": old.get("fingerprint", {}) | self.fingerprints,
        }


def runs_table(todo: list[list], trained: list[Training | Drawing | Finished]) -> pd.DataFrame:
    """What was run, for the archive: a row a run, with configuration, final figures, and when it diverged
    (-1: no).

    Of each loss and error there are two: of the last evaluation, as the paper reads it, and, with "late_"
    before its name, the mean of the last ten.
    """
    rows = []
    for ensemble, training in zip(todo, trained):
        final = {name: v[-1] for name, v in training.history.items() if np.ndim(v[-1]) == 1}
        updates = np.array(training.history["update"])
        n_late = min(int((updates >= LATE * ensemble[0].updates).sum()), N_LAST)
        final |= {
            f"late_{name}": np.mean(training.history[name][-n_late:], axis=0)
            for name in final
            if name.startswith(("test_", "valid_"))
        }
        for m, config in enumerate(ensemble):
            diverged_at = int(training.diverged_at[m])
            rows.append(
                {"run_id": config.run_id}
                | asdict(config)
                | {name: float(values[m]) for name, values in final.items()}
                | {"diverged": diverged_at >= 0, "diverged_at": diverged_at}
            )
    return writing.typed(pd.DataFrame(rows))


def curves_table(todo: list[list], trained: list[Training | Drawing | Finished]) -> pd.DataFrame:
    """What was run, for the archive: thinned curves, a row a run and evaluation; of draws, a row a singular
    value.
    """
    parts = [job_of(ensemble).table(training) for ensemble, training in zip(todo, trained)]
    return pd.concat(parts, ignore_index=True)


def commit() -> str | None:
    """The commit that is being run, for the manifest: the checkout's, with "+" where its files differ from
    it.

    git is told where the checkout is: left to itself it would also take an enclosing repository, and refuse
    another user's.
    """
    top = HOME if (HOME / ".git").exists() else HOME.parent

    def git(*words: str) -> str:
        command = ["git", f"--git-dir={top / '.git'}", f"--work-tree={top}", *words]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno", "--", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def now() -> str:
    """The time at which a run ends, for the manifest: in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
