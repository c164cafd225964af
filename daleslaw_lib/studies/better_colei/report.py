"""What chapter 10 says of its archived runs: tables, and sentences that follow the verdicts. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import answers, claims, prose, summary
from ...evidence.claims import Finding
from ...experiments.better_colei import RATIOS
from ...initialisation import starts
from ...initialisation.colei import colei_weights
from ...initialisation.dale_starts import raised_entropy, towards_spectrum
from ...initialisation.populations import column_signs
from ...initialisation.rnn import rnn_weights
from ...magnitudes import effective_inputs
from ...spectra import singular_values, svd_entropy
from .table import NAMED

SHARES = tuple(share.split()[0] for share in RATIOS.values())  # "1", "10", "50" per cent
OPTIMISERS = {"eg": "exponentiated gradient", "adam": "Adam"}
LENGTHS = (20, 50, 100)

QUESTIONS: Mapping[str, Mapping[str, str]] = {  # of the page, and words for the claims that answer each
    "With one layer, within 0.3 points of an RNN, or below?": {
        f"better-{share}": f"at {share} % inhibition" for share in SHARES
    },
    "Ahead of ColEI by a tenth of the error?": {
        f"better-than-colei-{share}": f"at {share} %" for share in SHARES
    },
    "With three layers, within 0.3 points of an RNN, or below?": {
        f"better-layers-{share}": f"at {share} %" for share in SHARES
    },
    "Does the start help those whom the law does not bind?": {
        "memory-rnn": "an RNN gains a tenth of its error from a permutation",
        "memory-identity": "an identity does for it what a permutation does",
        "memory-signs": "the best start under the law is no worse than an RNN from a permutation",
    },
    "Does another step do it?": {
        "steps-eg": "exponentiated gradient makes ColEI better",
        "steps-eg-gap": "with it ColEI is no worse than an RNN",
        "steps-adam": "Adam makes ColEI better",
        "steps-adam-gap": "with it ColEI is no worse than an RNN that has it, too",
    },
    "Is it so elsewhere?": {
        "fashion-colei": "on Fashion-MNIST, too, ColEI is worse than an RNN",
        "fashion-better": "there the best start is within 0.5 points of the RNN",
        **{f"adding-better-{T}": f"adding in {T} steps it is no worse than an RNN" for T in LENGTHS},
    },
}  # fmt: skip


def findings() -> dict[str, Finding]:
    """Chapter 10: what the archive says of each of its claims, by name."""
    names = [name for asked in QUESTIONS.values() for name in asked]
    return dict(zip(names, claims.check(*names)))


def what_it_means() -> str:
    """Chapter 10: the aim, reached or not; then a question a line, answered by the verdicts."""
    found = findings()
    asked = [f"- {answers.answer(question, found, names)}" for question, names in QUESTIONS.items()]
    return "\n".join([aim(found), "", *asked])


AIM = {  # by outcome, of shares of inhibition
    "yes": "Dale's law can be kept and an RNN's error reached, within 0.3 points, at {} % inhibition",
    "no": "the chosen start stays further behind an RNN than 0.3 points at {} %",
    "undecided": "at {} % it is undecided",
    "not run yet": "at {} % the runs are still to come",
}


def aim(found: Mapping[str, Finding]) -> str:
    """Chapter 10: at which shares of inhibition the best start is as good as an RNN; and whether the law
    still costs something where it is.
    """
    by = answers.by_outcome(found, {f"better-{share}": "" for share in SHARES})
    if list(by) == ["not run yet"]:
        return f"**{UNKNOWN}.**"
    shares = {one: prose.series(name.split("-")[1] for name in names) for one, names in by.items()}
    said = "; ".join(AIM[one].format(which) for one, which in shares.items())
    text = f"**{said[0].upper()}{said[1:]}.**"
    return text + (BESIDE_A_FREE_ONE[answers.outcome(found["memory-signs"])] if "yes" in by else "")


UNKNOWN = "Whether a ColEI can learn as an RNN does is not known yet: the runs at length are still to come"
BESIDE_A_FREE_ONE = {  # by outcome: the best start beside an RNN that starts from a permutation
    "yes": " Nor is it behind an RNN that starts from a permutation: no cost of the law is seen there.",
    "no": " An RNN that starts from a permutation is ahead of it: the same help helps more without the law.",
    "undecided": "",
    "not run yet": "",
}


# --- what networks are called -----------------------------------------------------------------------------


def called(condition: Mapping[str, object], *, shares: bool = False) -> str:
    """Chapter 10: a network of its archives in few words: "RNN from identity", "1 %: permutation + ColEI".

    `condition`: fields of a run. `shares`: say of ColEI at which share of inhibition it is.
    """
    c = {name: None if pd.isna(value) else value for name, value in condition.items()}
    start = [c.get(name) for name in ("start", "start_a", "start_b")]
    if c["kind"] == "rnn":
        words = f"RNN from {starts.get('rnn', start[0]).words}" if start[0] else "RNN"
    else:
        alike = [name for name, of in NAMED.items() if _is(start, of)]
        words = alike[0] if alike else starts.get("colei", start[0]).words
    if shares and c["kind"] != "rnn":
        words = f"{100 / (c['ei_ratio'] + 1):.0f} %: {words}"
    more = [f"{c['length']:g} steps"] if c.get("length") else []
    more += [OPTIMISERS[c["optimiser"]]] if c.get("optimiser") else []
    return ", ".join([words, *more])


def _is(start: list, of: tuple) -> bool:
    """Whether a start is that of a name; numbers that are not said may be any."""
    return start[0] == of[0] and all(a is None or a == b for a, b in zip(start[1:], of[1:]))


def rows(archive: Archive) -> list[summary.Row]:
    """Chapter 10: a row a network of at least two runs, called as `called` does."""
    shares = "ei_ratio" in archive.experiment.by
    found = []
    for condition in summary.conditions(archive):
        values = summary.by_seed_exactly(archive, condition)
        if len(values) > 1:
            estimate = summary.mean_over_seeds(values, archive.experiment.quantity)
            found.append(summary.Row(called(condition, shares=shares), condition["kind"], estimate, ()))
    return found


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
    signs = column_signs(n, ei_ratio)
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
    )
