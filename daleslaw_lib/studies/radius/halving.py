"""How settings are chosen by successive halving: what each rung cut, and whether it was right to."""

from __future__ import annotations

import pandas as pd

from ...archive import reading
from ...archive.reading import Archive
from ...experiments import Experiment
from ...experiments.halving import Halving


def halve_here(halving: Halving) -> Archive:
    """Chapter 5: every stage of a small halving, trained now: what a live cell shows.

    Raises: as `running.train_here`.
    """
    from ...running import train_here  # needs torch, which a page may lack

    found, scores = [], {}
    for stage in range(halving.n_stages):
        found.append(train_here(halving.runs(stage, scores)))
        scores |= reading.scores(found[-1].runs)
    tables = {
        name: pd.concat([one.tables[name] for one in found], ignore_index=True) for name in reading.TABLES
    }
    definition = Experiment("live cell", "halved in this cell", "", {"smoke": halving}, ("kind", "rho"))
    parts = [part for one in found for part in one.manifest["parts"]]
    return Archive(definition, "smoke", manifest={"parts": parts}, **tables)


def rungs(archive: Archive) -> pd.DataFrame:
    """Chapter 5: a row a run by which settings were chosen, and one a run at length: its point, setting and
    error (%).

    Columns: preset, kind, rho, lr, clip, updates, seed, error (of validation), stage (from 0), kept: whether
    its setting went on; at length, True.

    Raises: ValueError for an archive without a halving.
    """
    halving = _of(archive)
    scores, stages, kept = reading.scores(archive.runs), {}, set()
    for stage in range(halving.n_stages):
        at = halving.runs(stage, scores)
        stages |= {run.run_id: stage for run in at}
        if stage < len(halving.rungs):
            left = halving.kept(stage + 1, scores)
            going = {(p, k) for p, settings in left.items() for k in settings}
            kept |= {run.run_id for run in at if halving.place_of(run) in going}
    runs = archive.runs[archive.runs.run_id.isin(stages)]
    columns = ["preset", "kind", "rho", "lr", "clip", "updates", "seed"]
    return runs[columns].assign(
        error=100 * runs.valid_error.where(~runs.diverged),
        stage=runs.run_id.map(stages), kept=runs.run_id.isin(kept) | reading.are_final(archive)[runs.index],
    )  # fmt: skip


def against_whole(archive: Archive) -> pd.DataFrame:
    """Chapter 5: was it right to cut? A row a point whose whole grid ran at length, on one seed.

    Columns: preset, kind, rho; `winner` and `best`: validation error (%) of the setting that halving chose,
    and of the best of all; `rank` of the winner, from 1; `of` how many settings.

    Raises: ValueError for an archive without a halving.
    """
    halving, table, rows = _of(archive), rungs(archive), []
    point = ["preset", "kind", "rho"]
    whole = table[(table.stage == len(halving.rungs)) & (table.seed == halving.seed)]
    for key, group in whole.groupby(point, sort=False):
        ends = table[(table[point] == list(key)).all(axis=1) & (table.stage == halving.n_stages - 1)]
        if ends.empty:
            continue
        lr, clip = ends.iloc[0][["lr", "clip"]]
        chosen = (group.lr == lr) & ((group["clip"] == clip) | (group["clip"].isna() & pd.isna(clip)))
        errors = group.error.fillna(float("inf"))
        winner = float(errors[chosen].iloc[0])
        rows.append(
            dict(zip(point, key)) | {
                "winner": winner, "best": float(errors.min()), "rank": int((errors < winner).sum()) + 1,
                "of": len(group),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[*point, "winner", "best", "rank", "of"])


def _of(archive: Archive) -> Halving:
    halving = archive.experiment.halving(archive.scale)
    if halving is None:
        raise ValueError(
            f"archive: expected one of a halving, got {archive.experiment.name}, {archive.scale}"
        )
    return halving
