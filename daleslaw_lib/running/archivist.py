"""From trained ensembles to archived tables, with a manifest that says what made them."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from .. import __version__
from ..archive import checking, reading, writing
from ..archive.manifests import now
from ..archive.tables import runs_table, typed
from ..code_digests import commit
from ..devices import device_name
from ..jobs.drawing import Drawing
from ..jobs.job import Finished
from ..jobs.ways import all_probes, curves_table, data_digests
from ..training.loop import Training
from ..verification import fingerprint


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
        for probe in all_probes(run for ensemble in todo for run in ensemble):
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
            finished = max(now(), self.part["started"])  # both in UTC; a clock may have been set back
            parts.append(
                self.part | {"finished": finished, "wall_seconds": round(seconds, 3), "runs": len(runs)}
            )
        runs, curves = (pd.concat(frames, ignore_index=True) for frames in zip(*tables))
        runs = typed(runs)  # an older part may lack a field
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
            chosen["halving"] = checking.halving_record(archive)
        return chosen | {
            "experiment": self.definition.name,
            "scale": self.scale,
            "definition": self.definition.definition(self.scale),
            "parts": parts,
            "data": old.get("data", {}) | data_digests(self.todo),
            "fingerprint": old.get("fingerprint", {}) | self.fingerprints,
        }
