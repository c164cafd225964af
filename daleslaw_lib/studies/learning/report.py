"""What chapter 4 says of its archives, in sentences and small tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import prose, summary
from ...evidence.claims import broken_above
from ...initialisation.draw import KINDS, NAMES
from ...spectra import svd_entropy
from ...statistics import estimate
from .courses import changes, courses


def beside_the_paper(archive: Archive) -> pd.DataFrame:
    """Chapter 4: a row a condition: mean and interval, the last evaluation alone, median, runs, the paper's
    number.
    """
    table = summary.beside_the_paper(archive).set_index(["network", "preset"])
    return table.drop(columns="lowest to highest seed", errors="ignore")  # absent from single runs


def gap(archive: Archive, a: str, b: str, preset: str, other: str | None = None):
    """Chapter 4: final figure of kind `a` less that of `b`, seed by seed; of `b` under `other`, if given."""
    return summary.difference(archive, dict(kind=a, preset=preset), dict(kind=b, preset=other or preset))


def differences(archive: Archive) -> str:
    """Chapter 4: ColEI and DANN less the RNN, and what the faithful presets add, in points and in how many
    seeds.
    """
    lines = []
    for kind in ("colei", "dann"):
        found = gap(archive, kind, "rnn", "corrected")
        lines.append(
            f"{NAMES[kind]} ends above the RNN by {prose.points(found)}, higher {prose.in_seeds(found)}."
        )
    for kind in ("colei", "dann"):
        found = gap(archive, kind, kind, "faithful", "corrected")
        lines.append(f"Faithful {NAMES[kind]} less corrected: {prose.points(found)}.")
    return "\n".join(f"- {line}" for line in lines)


def one_evaluation(archive: Archive, preset: str = "faithful") -> str:
    """Chapter 4: how far a single last evaluation lies from the mean of the last ten, for each kind."""
    parts = []
    for kind in KINDS:
        ten = summary.by_seed(archive, preset, kind=kind)
        one = summary.by_seed(archive, preset, reading="last", kind=kind)
        parts.append(f"{abs(one - ten).max():.2f} points for {NAMES[kind]}")
    return f"A run's last evaluation is off the mean of its last ten by up to {', '.join(parts)}."


def broken(archive: Archive) -> pd.DataFrame:
    """Chapter 4: a row a condition: how many runs are broken, of how many, and the median of the others.

    Diverged runs count as broken. Source: the appendix "How claims are judged".
    """
    quantity = archive.experiment.quantity
    rows = []
    for condition in summary.conditions(archive):
        runs = summary.deciding(archive, summary.matching(archive.runs, condition))
        alive, lost = summary.unbroken(runs, quantity, broken_above(archive.runs, quantity))
        rows.append(
            {
                "network": NAMES[condition["kind"]],
                "preset": condition["preset"],
                "broken": lost,
                "runs": len(runs),
                "median of the others": alive.median(),
            }
        )
    return pd.DataFrame(rows)


def breakage(archive: Archive) -> str:
    """Chapter 4: a bullet a network: how many of its runs broke, of how many, and the median of the
    others.
    """
    unit = " %" if archive.experiment.quantity == "test_error" else ""
    digits = 2 if unit else 4
    parts = []
    for row in broken(archive).to_dict("records"):
        name = row["network"] + ("" if row["preset"] == "both" else f", {row['preset']}")
        middle = f"median of the others {row['median of the others']:.{digits}f}{unit}"
        parts.append(f"- **{name}**: {row['broken']} of {row['runs']} broken, {middle}.")
    return "\n".join(parts)


def chance_in_five(archive: Archive, kind: str = "rnn", preset: str = "faithful", of: int = 5) -> str:
    """Chapter 4: how often a figure of a few seeds would hold a broken one, at the rate that the archive
    shows.
    """
    table = broken(archive)
    rows = table[(table.network == NAMES[kind]) & table.preset.isin([preset, "both"])]
    if not rows.runs.sum():
        raise ValueError(f"archive: expected runs of {kind}, {preset}, got none")
    share = rows.broken.iloc[0] / rows.runs.iloc[0]
    at_least_one = 1 - (1 - share) ** of
    return (
        f"At this rate, {share:.0%} of runs, {prose.number(of)} seeds of the {preset} {NAMES[kind]} hold a "
        f"broken one {at_least_one:.0%} of the time."
    )


def depths(one: Archive, three: Archive) -> str:
    """Chapter 4: RNN and DANN with one layer and with three."""
    lines = []
    for kind in ("rnn", "dann"):
        a, b = (summary.final(found, "corrected", kind=kind) for found in (one, three))
        lines.append(f"- **{NAMES[kind]}**: {a} % with one layer, {b} % with three.")
    return "\n".join(lines)


def traps(archive: Archive) -> str:
    """Chapter 4: what each trap of the public code adds to perplexity, and where the kinds stand under each
    preset.
    """
    names = {
        "rnn": "Frozen signs change",
        "dann": "A drawn $W_\\text{ix}$ changes",
        "colei": "Clipping by tensor changes",
    }
    lines = []
    for kind, trap in names.items():
        found = gap(archive, kind, kind, "faithful", "corrected")
        lines.append(f"- {trap} the perplexity of {NAMES[kind]} by {_perplexity(found)}.")
    for preset in ("faithful", "corrected"):
        found = [f"{NAMES[k]} by {_perplexity(gap(archive, k, 'rnn', preset))}" for k in ("colei", "dann")]
        lines.append(f"- Above the RNN, {preset}: {', '.join(found)}.")
    return "\n".join(lines)


def _perplexity(found) -> str:
    return f"{found.mean:+.0f} ({found.low:+.0f} to {found.high:+.0f})"


def both_ways(archive: Archive) -> str:
    """Chapter 4: test perplexity restarted every 50 words, and with the state carried through."""
    parts = []
    for kind in KINDS:
        restarted, carried = (
            summary.by_seed(archive, "corrected", name, kind=kind).mean()
            for name in ("test_perplexity", "test_carried_perplexity")
        )
        parts.append(f"{NAMES[kind]} {restarted:,.0f} restarted, {carried:,.0f} carried on")
    return f"Mean test perplexity: {'; '.join(parts)}."


def before_and_after(archive: Archive) -> pd.DataFrame:
    """Chapter 4: a column a kind: means over seeds of `courses.changes`."""
    means = changes(archive).drop(columns="seed").groupby("kind", sort=False).mean()
    return means.rename(index=NAMES).round(2).T


def entropies(archive: Archive) -> str:
    """Chapter 4: in how many seeds of each kind H rises, and how the distance of RNN and ColEI changes."""
    table = changes(archive)
    rise = table["entropy after"] > table["entropy before"]
    parts = []
    for kind in KINDS:
        mine = rise[table.kind == kind]
        parts.append(f"{mine.sum()} of {len(mine)} seeds of {NAMES[kind]}")
    H = table.groupby("kind")[["entropy before", "entropy after"]].mean()
    if not {"rnn", "colei"} <= set(H.index):
        raise ValueError(f"archive: expected runs of RNN and ColEI, got those of {', '.join(H.index)}")
    before, after = H.loc["rnn"] - H.loc["colei"]
    return (
        f"$H$ rises in {prose.series(parts)}. The RNN's is above ColEI's by {before:.3f} before learning and "
        f"by {after:.3f} after it."
    )


def colei_stays_apart(archive: Archive) -> bool:
    """Chapter 4: whether every ColEI ends with a lower entropy and a higher error than any of the others."""
    table = changes(archive)
    colei = table.kind == "colei"
    return bool(
        table["entropy after"][colei].max() < table["entropy after"][~colei].min()
        and table.error[colei].min() > table.error[~colei].max()
    )


def parts_of_entropy(archive: Archive, largest: int = 10) -> pd.DataFrame:
    """Chapter 4: ColEI's H, a row a seed: at the start, if only the largest had moved, only the others, at
    the end.
    """
    rows = {}
    for course in courses(archive):
        if course.kind != "colei":
            continue
        start, end = course.s[[0, -1]]
        top, rest = np.r_[end[:largest], start[largest:]], np.r_[start[:largest], end[largest:]]
        moved = {"start": start, "only the ten": top, "only the others": rest, "end": end}
        rows[f"seed {course.seed}"] = {
            name: float(svd_entropy(singular_values=s)) for name, s in moved.items()
        }
    return pd.DataFrame(rows).T


def parts_in_three_digits(archive: Archive) -> pd.DataFrame:
    """Chapter 4: `parts_of_entropy` as the page shows it."""
    return parts_of_entropy(archive).round(3)


def bulk_raises_entropy(archive: Archive) -> bool:
    """Chapter 4: whether in every ColEI the ten largest lower H, and the others raise it above where it
    ends.
    """
    t = parts_of_entropy(archive)
    order = t[["only the ten", "start", "end", "only the others"]]
    return bool((order.diff(axis=1).iloc[:, 1:] > 0).all(axis=None))


def both_end_above_the_rnn(archive: Archive, preset: str = "corrected") -> bool:
    """Chapter 4: whether ColEI and DANN end above the RNN in the mean, the whole interval of it."""
    return all(gap(archive, kind, "rnn", preset).low > 0 for kind in ("colei", "dann"))


def colei_ends_last(archive: Archive) -> bool:
    """Chapter 4: whether every ColEI that isn't broken ends above every other network that isn't."""
    bound = broken_above(archive.runs, archive.experiment.quantity)
    colei, others = [], []
    for condition in summary.conditions(archive):
        figures = summary.by_seed_exactly(archive, condition)
        (colei if condition["kind"] == "colei" else others).extend(figures[figures <= bound])
    return min(colei) > max(others)


def only_unclipped_runs_broke(archive: Archive) -> bool:
    """Chapter 4: whether some RNNs broke, which nothing clips, and no ColEI or DANN, which are clipped."""
    table = broken(archive).groupby("network").broken.sum()
    return bool(table["RNN"] > 0 == table["ColEI"] == table["DANN"])


def clipping_mends_the_rnn(archive: Archive) -> bool:
    """Chapter 4: on the adding problem: ColEI breaks most, the unclipped RNN more than the clipped, DANN
    never.

    Raises: ValueError if a condition has no runs.
    """
    table = broken(archive)
    if len(table) < 5:
        raise ValueError(f"archive: expected five conditions, got {len(table)}")
    share = (table.broken / table.runs).set_axis(table.network + ", " + table.preset)
    colei = share[share.index.str.startswith("ColEI")].min()
    return bool(colei > share["RNN, faithful"] > share["RNN, corrected"] >= share["DANN, both"] == 0)


def starts_of(spectra: dict[str, np.ndarray]) -> str:
    """Chapter 4: the mean entropy of each kind before learning, from its singular values `(seeds, N)`."""
    parts = [f"{NAMES[k]} {estimate(svd_entropy(singular_values=s)).mean:.2f}" for k, s in spectra.items()]
    return f"Normalised SVD entropy at the start: {', '.join(parts)}."
