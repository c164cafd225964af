"""What chapter 5 says of its archives, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...archive import reading
from ...archive.reading import Archive
from ...evidence import prose, summary
from ...figures.learning import curves_by_kind
from ...initialisation.draw import NAMES
from ...statistics import estimate
from . import figures
from .gains import predicted_gain
from .halving import against_whole
from .selection import at_the_edge, flattery, preset_difference


def best_of_kind(archive: Archive) -> Archive:
    """Chapter 5: the runs at the best radius, learning rate and clip of each kind, by validation."""
    return summary.best_settings(archive, settings=("rho", "lr", "clip"))


def beside_the_paper(best: Archive, champions: Archive) -> pd.DataFrame:
    """Chapter 5: a row each kind at its best radius and at the radii the paper has numbers for."""
    marked = [summary.matching(best.runs, p.where) for p in best.experiment.published]
    runs = pd.concat([champions.runs, *marked])
    table = summary.beside_the_paper(best.only(runs.run_id))
    own = summary.beside_the_paper(champions)
    own = set(zip(own.network, own.preset))
    table["its best"] = ["yes" if pair in own else "" for pair in zip(table.network, table.preset)]
    columns = ["mean test error (%)", "95 % interval of the mean", "paper", "its best"]
    return table.set_index(["network", "preset"]).reindex(columns=columns).fillna("")


def gains(found: Mapping[str, Mapping[float, np.ndarray]], steps: int, radii: tuple[float, ...]) -> str:
    """Chapter 5: how far the median gains are from the prediction, and how far draws of one radius are
    apart.
    """
    lines = []
    for kind, by_radius in found.items():
        logs = [np.log10(by_radius[rho]) for rho in radii]
        off = max(abs(np.median(g) - np.log10(predicted_gain(rho, steps))) for g, rho in zip(logs, radii))
        apart = [np.ptp(g) for g in logs]
        factor = float(f"{10**off:.2g}")
        lines.append(
            f"- **{NAMES[kind]}**: the median gain is within a factor of {factor:,g} of the prediction; "
            f"draws of one radius differ by {min(apart):.1f} to {max(apart):.1f} decades."
        )
    names = ", ".join(figures.radius_name(rho) for rho in radii)
    return f"At the radii {names}:\n\n" + "\n".join(lines)


def champions(archive: Archive, at_best: Archive) -> str:
    """Chapter 5: ColEI's best run of all against the worst seed of the RNN at its best radius, and the
    differences.
    """
    colei = archive.runs[(archive.runs.kind == "colei") & ~archive.runs.diverged]
    rnn = summary.by_seed(at_best, "corrected", kind="rnn")
    low = 100 * colei[summary.final_column(colei, "test_error")].min()
    text = (
        f"The best of {len(colei)} ColEI runs, any radius and any setting, ends at {low:.1f} %; the worst of "
        f"{len(rnn)} RNN seeds at its best radius at {rnn.max():.1f} %."
    )
    for kind in ("colei", "dann"):
        gap = summary.difference(
            at_best, dict(kind=kind, preset="corrected"), dict(kind="rnn", preset="corrected")
        )
        text += f" {NAMES[kind]} less RNN, each at its best: {prose.points(gap)}."
    return text


def cost(archive: Archive) -> str:
    """Chapter 5: what the paper's grid would take at this archive's speed, whole and halved."""
    halving = archive.experiment.halving("paper")
    rate = archive.runs.updates.sum() / archive.seconds
    n, most = len(archive.runs), archive.runs.updates.max()
    whole = halving.n_final * len(halving.settings)
    hours = [updates / rate / 3600 for updates in (whole * halving.final["updates"], _updates(archive))]
    return (
        f"The paper's grid, all its settings at the paper's length, has {whole:,} runs: {hours[0]:,.0f} "
        f"hours of a core at this archive's speed. By successive halving it takes {hours[1]:,.0f}. This "
        f"archive has {n:,} runs of {most:,} updates and took {archive.seconds / 3600:.1f} hours."
    )


def _updates(archive: Archive) -> int:
    return sum(run.updates for run in archive.experiment.planned("paper"))


def schedule(archive: Archive) -> str:
    """Chapter 5: the stages of the sweep at the paper's length, as it is declared."""
    halving = archive.experiment.halving("paper")
    left, parts = f"all {len(halving.settings)} settings", []
    for updates, keep in halving.rungs:
        parts.append(f"{left} train for {updates:,} updates")
        left = f"the best {prose.number(keep)}" if keep > 1 else "the best one"
    final = halving.final["updates"]
    whole = halving.n_final * len(halving.settings) * final
    return (
        f"At each of {len(halving.points)} points {'; '.join(parts)}; {left} trains for {final:,}, on "
        f"{prose.number(len(halving.seeds))} seeds that have chosen nothing. That is "
        f"{_updates(archive) / whole:.0%} of the updates of the whole grid. At "
        f"{prose.number(len(halving.whole))} points, one a kind, every setting runs to the end as well: "
        "there one sees what was cut."
    )


def halved(archive: Archive) -> str:
    """Chapter 5: whether the halving chose well where the whole grid was run, or that it has not run yet."""
    try:
        found = reading.load(archive.experiment.name, "paper", whole=True)
    except reading.ArchiveError:
        return (
            "At the paper's length it has not been run yet; `daleslaw plan radius_sweep --scale paper` says "
            "what it costs."
        )
    rows = [
        f"{NAMES[row.kind]} at {row.rho:.3g}: number {row.rank} of {row.of}, {row.winner:.2f} % validation "
        f"error where the best has {row.best:.2f}"
        for row in against_whole(found).itertuples()
    ]
    return f"The setting that halving chose, among all at length: {'; '.join(rows) or 'not run yet'}."


def lost(archive: Archive) -> str:
    """Chapter 5: how many runs diverged with clipping and without, how soon, and which learning rates were
    chosen.
    """
    runs, without = archive.runs, archive.runs["clip"].isna()
    counts = f"{runs.diverged[without].sum()} of {without.sum()} runs without clipping diverged, "
    counts += f"{runs.diverged[~without].sum()} of {(~without).sum()} with it"
    if runs.diverged.any():
        counts += f"; half of those within {runs.diverged_at[runs.diverged].quantile(0.5):.0f} updates"
        counts = counts.replace("within 1 updates", "at the first update")
    edge = at_the_edge(archive)
    return f"{counts}. The larger of the two learning rates was chosen at {edge.largest} of {edge.of} points."


def on_the_way(digits: Archive, sweep: Archive) -> str:
    """Chapter 5: where chapter 4's networks stood when the sweep stops, and where they end."""
    stop = sweep.runs.updates.max()
    parts = []
    for kind, table in curves_by_kind(digits, "corrected", "test_error").items():
        then = table.index[abs(table.index - stop).argmin()]
        parts.append(f"{NAMES[kind]} from {table.loc[then].mean():.0f} to {table.iloc[-1].mean():.1f} %")
    last = digits.runs.updates.max()
    return f"From update {stop:,}, where the sweep stops, to {last:,} the error falls: {', '.join(parts)}."


def traps(best: Archive) -> str:
    """Chapter 5: what the sign freeze does to the RNN and drawn interneuron weights to DANN, over radii up to
    2.
    """
    words = {"rnn": "frozen signs change RNN's error by", "dann": "drawn interneuron weights DANN's by"}
    found = "; ".join(f"{start} {trap(best, kind)}" for kind, start in words.items())
    return f"Over the radii up to 2, {found}."


def trap(best: Archive, kind: str) -> str:
    """Chapter 5: what a kind's trap adds to its error, over radii up to 2, with its interval over seeds."""
    table = preset_difference(best, kind)
    return prose.points(estimate(table[table.index < 2.1].mean()))


def flattered(archive: Archive) -> str:
    """Chapter 5: how often test data would have chosen otherwise, and how much lower an error it would
    report.
    """
    table = flattery(archive)
    other, most = int((table.flattered > 0).sum()), table.flattered.max()
    return (
        f"Test data choose another setting than validation data at {prose.number(other)} of "
        f"{len(table)} points; the error reported would be lower by {table.flattered.mean():.3f} points "
        f"on average, {most:.2f} at most."
    )
