"""What chapter 10 says of its archived runs: tables, and sentences that follow the verdicts. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import answers, better_starts, claims, summary
from ...evidence.better_starts import SHARES, Early
from ...evidence.claims import Finding
from ...experiments.better_colei import LENGTHS, POINTS, RATIOS
from ...initialisation import populations, starts
from ...initialisation.colei import colei_weights
from ...initialisation.dale_starts import raised_entropy, towards_spectrum
from ...initialisation.rnn import rnn_weights
from ...magnitudes import effective_inputs
from ...spectra import eigenvalues, singular_values, svd_entropy
from ...statistics.estimates import Estimate
from .selection import scores
from .table import NAMED, start_matrix

OPTIMISERS = {"eg": "exponentiated gradient", "adam": "Adam"}

# Of the page, and words for the claims that answer each; "{side}" is "ahead" or "behind".
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "With one layer, is ColEI from its best start within 0.3 points of an RNN, or below it?": {
        f"better-{share}": f"at {share} % inhibition" for share in SHARES
    },
    "Is ColEI from an identity within 0.3 points of an RNN where only permutations went on, or below it?": {
        "identity-1": "at 1 % inhibition",
        "identity-50": "at 50 % inhibition",
    },
    "Is it ahead of ColEI from its own start, by at least a tenth of the error?": {
        f"better-than-colei-{share}": f"at {share} %" for share in SHARES
    },
    "With three layers, is it within 0.3 points of an RNN, or below it?": {
        f"better-layers-{share}": f"at {share} %" for share in SHARES
    },
    "Does an RNN, which no law binds, gain at least a tenth of its error if it starts from a permutation?": {
        "memory-rnn": "it is {side}"
    },
    "Is an RNN from an identity level with it?": {"memory-identity": "it is {side}"},
    "Is ColEI from its best start at most a fifth behind an RNN from a permutation?": {
        "memory-signs": "at 10 % it is {side}"
    },
    "Does another way to step help ColEI?": {
        "steps-eg": "exponentiated gradient, by at least a tenth of the error",
        "steps-eg-gap": "exponentiated gradient, to the error of an RNN",
        "steps-adam": "Adam, by at least a tenth of the error",
        "steps-adam-gap": "Adam, to the error of an RNN by Adam",
    },
    "Is ColEI behind an RNN on Fashion-MNIST, too?": {"fashion-colei": "by at least a tenth of the error"},
    "Is its best start as good as an RNN elsewhere?": {
        "fashion-better": "Fashion-MNIST, within 0.5 points",
        **{f"adding-better-{T}": f"adding in {T} steps" for T in LENGTHS},
    },
}


def what_it_means(findings: Iterable[Finding]) -> str:
    """Chapter 10: the aim, reached or not; a question a line, answered by the verdicts; what has not run.

    `findings`: on all claims of the chapter, `better_starts.ASKED`.
    """
    found = {finding.claim.name: finding for finding in findings}
    lines, waiting = [], []
    for question, names in QUESTIONS.items():
        if list(answers.by_outcome(found, names)) == ["not run yet"]:
            waiting.append(question)
        else:
            lines.append(f"- {answers.answer(question, found, names)}")
    if waiting:
        lines.append(f"- **Not run yet:** {' '.join(waiting)}")
    return "\n".join([better_starts.aim(found), "", *lines])


# --- the screen -------------------------------------------------------------------------------------------

PASSING_ON = ("identity", "permutation")  # starts whose units pass on what they hear


def early_order(archive: Archive) -> bool:
    """Chapter 10: whether on the screen all starts are ahead of ColEI, but for equal strength at 1 %; H
    raised is behind every pure start at 1 and 10 %, an RNN's spectrum behind a permutation everywhere; and
    the RNN ahead of all, its controls ahead of it.
    """
    table = scores(archive)
    colei, rnn = table[table.kind == "colei"], table[table.kind == "rnn"]
    error = colei.set_index(["ei_ratio", colei.start.fillna("its own")]).test
    for ratio in RATIOS:
        at = error[ratio]
        behind = set(at.index[at > at["its own"]])
        if behind != ({"equal"} if ratio == max(RATIOS) else set()):
            return False
        pure = at[at.index.isin(PASSING_ON)]
        if not at["compact"] > at["permutation"].min():
            return False
        if ratio > min(RATIOS) and not at["raised"] > pure.max():
            return False
    plain, controls = rnn[rnn.start.isna()].test.min(), rnn[rnn.start.isin(PASSING_ON)].test.max()
    return bool(controls < plain < colei.test.min())


def identities_end_ahead(archive: Archive, points: float = 0.5) -> bool:
    """Chapter 10: whether, at 10 % inhibition and at length, every start from an identity ends ahead of every
    one from a permutation, by so many points of error at least; and they alone come within `POINTS` of the
    RNN.
    """
    runs = archive.runs
    aim = 100 * runs[(runs.kind == "rnn") & runs.start.isna()].late_test_error.mean() + POINTS
    runs = runs[(runs.kind == "colei") & np.isclose(runs.ei_ratio, 9) & runs.start.notna()]
    ends = 100 * runs.groupby(["start", "start_a"]).late_test_error.mean()
    of = {name: ends[ends.index.get_level_values("start").str.startswith(name)] for name in PASSING_ON}
    apart = of["identity"].max() + points < of["permutation"].min()
    return bool(apart and of["identity"].max() < aim < of["permutation"].min())


def identity_is_no_way_out(identities: Archive, better: Archive) -> bool:
    """Chapter 10: whether an identity, too, ends behind the RNN at 1 and 50 % inhibition: at 1 % all its runs
    learn and all lose it again after 20,000 updates or more, about half ending as if they had hardly learned,
    as no RNN does; at 50 % it is further behind than the permutation was.
    """
    few, many = claims.judged(identities, "identity-1", "identity-50")
    permutation = claims.judged(better, "better-50")[0]
    if not (few and many and permutation):
        return False
    (lost, of), rnns = few.broken[1], [found.broken[0][0] for found in (few, many)]
    best, fallen = _best_and_fall(identities, "identity")
    half = 0.4 <= lost / of <= 0.6 and not any(rnns) and many.broken[1][0] == 0
    half = half and best.max() < 6 and len(fallen) == of and fallen.min() > 20_000
    further = many.effect.high < permutation.effect.low
    return bool(half and further and few.verdict == many.verdict == "contradicted")


LOST = 20  # test error (%) above which a run that had learned has lost it


def _best_and_fall(archive: Archive, start: str) -> tuple[pd.Series, pd.Series]:
    """Of each ColEI run from this start at 1 % inhibition: its lowest test error (%), and the update at which
    it has risen above `LOST` again, of those that have.
    """
    runs = archive.runs[(archive.runs.start == start) & np.isclose(archive.runs.ei_ratio, max(RATIOS))]
    curves = archive.curves[archive.curves.run_id.isin(runs[runs.kind == "colei"].run_id)]
    table = (100 * curves.pivot(index="update", columns="run_id", values="test_error")).dropna(how="all")
    risen = (table > LOST) & (table.cummin() < LOST)
    return table.min(), risen.idxmax()[risen.any()]


def learned_and_lost(identities: Archive, better: Archive) -> str:
    """Chapter 10: what becomes of runs at 1 % inhibition from an identity and from a permutation with ColEI:
    how far down they come, how many rise again, and when.
    """
    parts = []
    for archive, start, words in (
        (identities, "identity", "from an identity"),
        (better, "permutation+colei", "from a permutation with a little ColEI"),
    ):
        best, fallen = _best_and_fall(archive, start)
        first = f", the first at update {fallen.min():,}" if len(fallen) else ""
        parts.append(
            f"{words} {len(best)} runs come down to {best.min():.1f} to {best.max():.1f} % error, and "
            f"{len(fallen)} of them rise above {LOST} % again{first}"
        )
    return f"At 1 % inhibition, {'; '.join(parts)}."


def start_matters_whatever_the_step(archive: Archive) -> bool:
    """Chapter 10: whether Adam halves ColEI's error, nearly, and leaves it behind an RNN by Adam, which it
    reaches from its best start alone; whether exponentiated gradient does not bring ColEI nearer to an RNN
    than plain SGD, though from a dense start it is ahead of that; whether a better start helps with every
    step, and only with Adam as far as to the RNN.
    """
    best = summary.best_settings(archive, settings=("lr",)).runs
    ends = best.fillna({"start": "own", "optimiser": "sgd"}).groupby(["kind", "start", "optimiser"])
    error = ends.late_test_error.mean()
    halved = 0.4 < error["colei", "own", "adam"] / error["colei", "own", "sgd"] < 0.6
    reached = abs(np.log(error["colei", "identity+colei", "adam"] / error["rnn", "own", "adam"])) < 0.1
    dense = error["colei", "permutation+colei"]
    verdicts = {
        "steps-eg": "undecided",
        "steps-eg-gap": "contradicted",
        "steps-adam": "reproduced",
        "steps-adam-gap": "contradicted",
    }
    no_nearer = error["colei", "own", "eg"] > error["colei", "own", "sgd"]
    ahead = dense["eg"] < dense["sgd"]
    best_start = error["colei"].drop("own", level="start").groupby("optimiser").min()
    helps = (best_start < error["colei", "own"]).all()
    rnn = error["rnn", "own"].reindex(best_start.index).fillna(error["rnn", "own", "sgd"])  # none steps by EG
    behind = best_start / rnn > 1.1
    only_adam = behind.drop("adam").all() and not behind["adam"]
    return bool(halved and reached and no_nearer and ahead and helps and only_adam) and claims.judged_as(
        archive, verdicts
    )


def three_layers_stay_behind(archive: Archive, points: float = 0.7) -> bool:
    """Chapter 10: whether in three layers the start ends, where it learns, so many points or more behind the
    RNN at every share, which at 10 % leaves open whether it is within the aim; and some of its runs at 1 and
    10 % hardly learn, as no RNN does.
    """
    found = claims.judged(archive, *(f"better-layers-{share}" for share in SHARES))
    if not all(found):
        return False
    behind = all(f.effect.direction == "-" and f.effect.mean < -points for f in found)
    verdicts = [f.verdict for f in found] == ["contradicted", "undecided", "contradicted"]
    of_rnns, of_starts = ([f.broken[k][0] for f in found] for k in (0, 1))
    return behind and verdicts and not any(of_rnns) and all(of_starts[:2])


def half_of_the_gap_closes(archive: Archive) -> bool:
    """Chapter 10: whether on Fashion-MNIST the start ends half-way between ColEI and an RNN, in points."""
    runs = archive.runs.assign(start=archive.runs.start.fillna("own"))
    error = runs.groupby(["kind", "start"]).late_test_error.mean()
    colei, rnn = error["colei", "own"], error["rnn", "own"]
    closed = (colei - error["colei", "identity+colei"]) / (colei - rnn)
    verdicts = {"fashion-better": "contradicted", "fashion-colei": "reproduced"}
    return bool(0.4 < closed < 0.6) and claims.judged_as(archive, verdicts)


def long_sequences_break_it(archive: Archive) -> bool:
    """Chapter 10: whether on the adding problem the start is behind an RNN and ahead of ColEI in 20 steps; in
    50 ahead of both where it learns, which a quarter to two fifths of its runs do not and all RNNs do; in 100
    explodes always, when about half of the RNNs hardly learn; and has an eigenvalue above 1.
    """
    runs = archive.runs.assign(start=archive.runs.start.fillna("own"))
    loss = runs.groupby(["length", "kind", "start"]).late_test_loss.median()
    found = claims.judged(archive, *(f"adding-better-{T}" for T in LENGTHS))
    if not all(found):
        return False
    few, some, many = found
    (no_rnn, of), (lost, of_start) = some.broken
    (half, of_rnns), (all_, of_starts) = many.broken
    start = start_matrix(*NAMED["identity + ColEI"])
    verdicts = (few.verdict, some.verdict, many.evidence) == ("contradicted", "larger", "too few learn")
    order = loss[20, "rnn", "own"] < loss[20, "colei", "identity+colei"] < loss[20, "colei", "own"]
    return bool(
        verdicts
        and order
        and loss[50, "colei", "identity+colei"] < loss[50, "colei", "own"]
        and no_rnn == 0
        and 0.25 <= lost / of_start <= 0.4
        and 0.4 <= half / of_rnns <= 0.6
        and all_ == of_starts
        and np.abs(eigenvalues(start)).max() > 1
    )


def early(archive: Archive) -> Early:
    """Chapter 10: what the screen says in a sentence of the first page."""
    table = scores(archive)
    colei = table[table.kind == "colei"]
    own, best = ({}, {})
    for ratio, share in zip(RATIOS, SHARES):
        at = colei[np.isclose(colei.ei_ratio, ratio)]
        own[share], best[share] = (
            float(at[rows].test.iloc[0]) for rows in (at.start.isna(), at.start.notna())
        )
    rnn = table[(table.kind == "rnn") & table.start.isna()].test.iloc[0]
    return Early(int(archive.runs.updates.max()), int(table.seeds.min()), own, best, float(rnn))


# --- what networks are called -----------------------------------------------------------------------------


def called(condition: Mapping[str, object], *, shares: bool = False) -> str:
    """Chapter 10: a network of its archives in few words: "RNN from an identity", "1 %: permutation".

    `condition`: fields of a run. `shares`: say of ColEI at which share of inhibition it is.
    """
    c = {name: None if pd.isna(value) else value for name, value in condition.items()}
    start = [c.get(name) for name in ("start", "start_a", "start_b")]
    if c["kind"] == "rnn":
        words = f"RNN from {_a(starts.get('rnn', start[0]).words)}" if start[0] else "RNN"
    else:
        alike = [name for name, of in NAMED.items() if _is(start, of)]
        words = alike[0] if alike else starts.get("colei", start[0]).words
    if shares and c["kind"] != "rnn":
        words = f"{populations.share(c['ei_ratio']):.0f} %: {words}"
    more = [f"{c['length']:g} steps"] if c.get("length") else []
    more += [OPTIMISERS[c["optimiser"]]] if c.get("optimiser") else []
    return ", ".join([words, *more])


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _is(start: list, of: tuple) -> bool:
    """Whether a start is that of a name; numbers that are not said may be any."""
    return start[0] == of[0] and all(a is None or a == b for a, b in zip(start[1:], of[1:]))


def rows(archive: Archive, most: float = np.inf) -> list[summary.Row]:
    """Chapter 10: a row a network of at least two runs, called as `called` does.

    Runs that end above `most`, or diverged, have exploded: they are counted in the row's name, and not shown.
    """
    shares = archive.runs[archive.runs.kind == "colei"].ei_ratio.nunique() > 1
    found = []
    for condition in summary.conditions(archive):
        values, name = summary.by_seed_exactly(archive, condition), called(condition, shares=shares)
        if np.isfinite(most):
            values, all_ = values[values <= most], len(summary.matching(archive.runs, condition))
            name += f", {all_ - len(values)} exploded" if len(values) < all_ else ""
            if len(values) < 2:
                found.append(summary.Row(name, condition["kind"], NO_RUNS, ()))
                continue
        if len(values) > 1:
            estimate = summary.mean_over_seeds(values, archive.experiment.quantity)
            found.append(summary.Row(name, condition["kind"], estimate, ()))
    return found


NO_RUNS = Estimate(np.nan, np.nan, np.nan, ())


# --- tables -----------------------------------------------------------------------------------------------


def weights_at_the_end(archive: Archive) -> pd.DataFrame:
    """Chapter 10: a row a network and way to step, at its best rate: H, inputs, zeros and the law of its
    recurrent weights, before learning and at its end; medians over runs.
    """
    best = summary.best_settings(archive, settings=("lr",))
    conditions = {run["run_id"]: called(run) for run in best.runs.to_dict("records")}
    by_run = best.curves.dropna(subset=["inputs"]).sort_values("update", kind="stable").groupby("run_id")
    before, after = (ends.set_index("run_id") for ends in (by_run.head(1), by_run.tail(1)))
    table = pd.DataFrame(
        {
            "rate": best.runs.set_index("run_id").lr,
            "H before": before.entropy,
            "H after": after.entropy,
            "inputs before": before.inputs,
            "inputs after": after.inputs,
            "zeros (%)": 100 * after.zeros,
            "variation": after.variation,
            "log_skew": after.log_skew,
        }
    )
    network = pd.Series(conditions, name="network").reindex(table.index)
    return table.groupby(network, sort=False).median()


def reached(
    *, n: int = 100, ei_ratio: float = 9.0, rounds: int = 200, steps: Iterable[int] = (1, 10, 50),
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Chapter 10: how far alternating projections from ColEI get, asked for an RNN's spectrum and for an even
    one, and steps uphill in H: H, effective inputs, and how far the farthest singular value is off.
    """
    signs = populations.column_signs(n, ei_ratio)
    W = colei_weights(n, ei_ratio, rng=rng)
    wanted = {"an RNN's spectrum": singular_values(rnn_weights(n, rng=rng)), "all values equal": np.ones(n)}
    found = {}
    for words, values in wanted.items():
        projected = towards_spectrum(W, values, signs, rounds=rounds)
        found[words] = projected, np.abs(singular_values(projected) - values).max()
    for k in steps:
        uphill = raised_entropy(n, ei_ratio, steps=k, rng=np.random.default_rng(1))
        found[f"{k} step{'s' * (k > 1)} uphill in H"] = uphill, np.nan
    return pd.DataFrame.from_dict(
        {words: (svd_entropy(M), effective_inputs(M), off) for words, (M, off) in found.items()},
        orient="index",
        columns=["H", "inputs", "off by at most"],
    ).rename_axis("asked for")
