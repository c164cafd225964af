"""What chapter 4 says of its archives, in sentences and small tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import answers, claims, prose, summary, wording
from ...evidence.claims import Finding, broken_above
from ...initialisation.draw import NAMES
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
    parts = [
        f"{_wobble(archive, preset, kind):.2f} points for {NAMES[kind]}"
        for kind in summary.kinds(archive.runs)
    ]
    return f"A run's last evaluation is off the mean of its last ten by up to {', '.join(parts)}."


def _wobble(archive: Archive, preset: str, kind: str) -> float:
    one, ten = (summary.by_seed(archive, preset, reading=name, kind=kind) for name in ("last", "late"))
    return float(abs(one - ten).max())


def broken(archive: Archive) -> pd.DataFrame:
    """Chapter 4: a row a condition: how many runs are broken, of how many, and the median of the others.

    Diverged runs count as broken. Source: the appendix "How claims are judged".
    """
    quantity = archive.experiment.quantity
    rows = []
    for condition in summary.conditions(archive):
        runs = summary.runs_of(archive, condition)
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
    for kind in summary.kinds(archive.runs):
        restarted, carried = _restarted_and_carried(archive, kind)
        parts.append(f"{NAMES[kind]} {restarted:,.0f} restarted, {carried:,.0f} carried on")
    return f"Mean test perplexity: {'; '.join(parts)}."


def _restarted_and_carried(archive: Archive, kind: str) -> tuple[float, float]:
    """Mean test perplexities of a kind, corrected: restarted, and with the state carried on."""
    names = ("test_perplexity", "test_carried_perplexity")
    return tuple(summary.by_seed(archive, "corrected", name, kind=kind).mean() for name in names)


def before_and_after(archive: Archive) -> pd.DataFrame:
    """Chapter 4: a column a kind: means over seeds of `courses.changes`."""
    means = changes(archive).drop(columns="seed").groupby("kind", sort=False).mean()
    return means.rename(index=NAMES).round(2).T


def entropies(archive: Archive) -> str:
    """Chapter 4: in how many seeds of each kind H rises, and how the distance of RNN and ColEI changes."""
    table = changes(archive)
    rise = table["entropy after"] > table["entropy before"]
    parts = []
    for kind in summary.kinds(archive.runs):
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


def _judged(archive: Archive, name: str, preset: str = "faithful") -> Finding:
    """The finding on a claim under a preset.

    Raises: ValueError if fewer than two runs of a condition are archived.
    """
    if (found := _found(archive, name, preset)) is None:
        raise ValueError(f"archive: expected two runs of each condition of {name}, got fewer")
    return found


def _found(archive: Archive, name: str, preset: str) -> Finding | None:
    return claims.judge(replace(claims.get(name), preset=preset), archive, checks=False)


def beside_a_clipped_rnn(archive: Archive) -> Finding | None:
    """Chapter 4: the claim about DANN on the adding problem, beside RNNs clipped as their label says (E3).

    None where there are no such runs. The paper's claim is about the unclipped ones; this is a check on it.
    """
    return _found(archive, "adding-dann", "corrected")


def clipped_words(archive: Archive) -> str:
    """Chapter 4: how DANN's loss compares with a clipped RNN's, and what the rule would say."""
    f = beside_a_clipped_rnn(archive)
    if f is None:
        return "Clipped RNNs have not run in this archive."
    broken = wording.broken_in_words(f) or "none"
    return (
        f"DANN beside RNNs that are clipped, too: ratio of losses {answers.effect(f)} over {f.n} seeds "
        f"(hardly learned: {broken}). Were this the claim, it would be *{f.verdict}*."
    )


def clipping_decides_for_dann(archive: Archive) -> bool:
    """Chapter 4: whether DANN is no worse than unclipped RNNs, and by more than a fifth worse than clipped
    ones.
    """
    unclipped, clipped = (_judged(archive, "adding-dann", preset) for preset in ("faithful", "corrected"))
    return unclipped.verdict == "reproduced" and clipped.verdict == "contradicted"


def dann_is_a_little_behind(archive: Archive) -> bool:
    """Chapter 4: whether DANN is behind the RNN on digits in all pairs but at most one, corrected by about a
    seventh and faithful by about a fifth of the RNN's error; and each trap costs less than a tenth of
    ColEI's gap.
    """
    shares = {"corrected": 1 / 7, "faithful": 1 / 5}
    for preset, share in shares.items():
        f = _judged(archive, "mnist-dann-short", preset)
        if sum(c < 0 for c in f.contrasts) < f.n - 1 or abs(np.exp(-f.effect.mean) - 1 - share) > 0.02:
            return False
    traps = [abs(gap(archive, kind, kind, "faithful", "corrected").mean) for kind in ("colei", "dann")]
    return max(traps) < gap(archive, "colei", "rnn", "corrected").mean / 10


def colei_wobbles_most(archive: Archive, preset: str = "faithful") -> bool:
    """Chapter 4: whether single evaluations of ColEI lie further off the mean of ten than any other's: by
    more than twice as far.
    """
    off = {kind: _wobble(archive, preset, kind) for kind in summary.kinds(archive.runs)}
    return off["colei"] > 2 * max(value for kind, value in off.items() if kind != "colei")


def learning_moves_spectra(archive: Archive) -> bool:
    """Chapter 4: how each kind's spectrum moves, in means over seeds.

    All by similar distances (none by twice another's), which is more than half of where RNN and DANN start
    and less of ColEI's; the largest values of those two become two to three times what they were, and H
    falls; ColEI's outlier grows by a little, its second value stays within a twentieth.
    """
    t = before_and_after(archive)
    growth, second = t.loc["largest after"] / t.loc["largest before"], t.loc["second after"]
    others = ["RNN", "DANN"]
    return bool(
        t.loc["moved"].max() < 2 * t.loc["moved"].min()
        and t.loc["turnover", others].min() > 0.5 > t.loc["turnover", "ColEI"]
        and growth[others].between(1.9, 3).all()
        and (t.loc["entropy after", others] < t.loc["entropy before", others]).all()
        and 1 < growth["ColEI"] < 1.5
        and abs(second["ColEI"] / t.loc["second before", "ColEI"] - 1) < 0.05
    )


def three_layers_decided(archive: Archive) -> bool:
    """Chapter 4: whether with three layers ColEI is behind by about a factor of two, which is more than in
    the paper, but not by the last evaluation alone, nor clipped by layer; and whether DANN is no worse,
    without a difference that the seeds show.
    """
    colei, dann = (_judged(archive, name) for name in ("mnist3-colei", "mnist3-dann"))
    by_layer = _judged(archive, "mnist3-colei", "corrected")
    return (
        (colei.verdict, colei.judged_by(colei.last), by_layer.verdict)
        == ("larger", "reproduced", "reproduced")
        and 1.9 < np.exp(colei.effect.mean) < 2.3
        and (dann.verdict, dann.direction) == ("reproduced", "unclear")
    )


def words_begin(archive: Archive) -> bool:
    """Chapter 4: on text, whether ColEI is behind the RNN under either preset and DANN is not, no trap has an
    effect that the seeds show, and every faithful ColEI counts as broken.
    """
    presets = ("faithful", "corrected")
    traps = [gap(archive, kind, kind, *presets) for kind in summary.kinds(archive.runs)]
    table = broken(archive).set_index(["network", "preset"])
    colei = table.loc[("ColEI", "faithful")]
    return bool(
        all(gap(archive, "colei", "rnn", preset).low > 0 for preset in presets)
        and all(gap(archive, "dann", "rnn", preset).low <= 0 for preset in presets)
        and all(trap.low <= 0 <= trap.high for trap in traps)
        and colei.broken == colei.runs
    )


def carrying_makes_no_difference(archive: Archive) -> bool:
    """Chapter 4: whether perplexity with the state carried on is within a hundredth of that restarted."""
    means = (_restarted_and_carried(archive, kind) for kind in summary.kinds(archive.runs))
    return all(abs(restarted - carried) < 0.01 * restarted for restarted, carried in means)


def starts_of(spectra: dict[str, np.ndarray]) -> str:
    """Chapter 4: the mean entropy of each kind before learning, from its singular values `(seeds, N)`."""
    parts = [f"{NAMES[k]} {estimate(svd_entropy(singular_values=s)).mean:.2f}" for k, s in spectra.items()]
    return f"Normalised SVD entropy at the start: {', '.join(parts)}."
