"""Chapter 10's aim, a ColEI as good as an RNN, in sentences: for its own page, and for the first one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..experiments.better_colei import CLAIMS, RATIOS
from ..statistics.contrasts import NONE, Interval, student
from . import answers, prose
from .claims import Finding

SHARES = tuple(share.removesuffix(" %") for share in RATIOS.values())  # "1", "10", "50" per cent
AIMED = {f"better-{share}": share for share in SHARES}
NEEDED = (*AIMED, "memory-identity", "memory-signs")
ASKED = tuple(claim.name for claim in CLAIMS)  # all of the chapter

SAID = {  # by outcome, of shares of inhibition
    "yes": "on digits, in one layer, Dale's law can be kept and an RNN's error reached, within 0.3 points, "
    "at {} % inhibition",
    "only where it learns": "on digits, in one layer, an RNN's error is reached within 0.3 points at {} % "
    "inhibition by the runs that learn, which are fewer than the RNN's",
    "no": "the start that was chosen stays more than 0.3 points behind an RNN at {} % inhibition",
    "undecided": "whether a start brings ColEI within 0.3 points of an RNN is undecided at {} % inhibition",
    "not run yet": "at {} % the runs are still to come",
}
UNKNOWN = "Whether a ColEI can learn as an RNN does is not known yet: the runs at length are still to come"
BESIDE_A_FREE_ONE = {  # by outcome: the best start beside an RNN that starts from a permutation
    "yes": " Nor is it behind an RNN that starts from a permutation: no cost of the law is seen there.",
    "behind": " At {} % an RNN that starts from a permutation is still ahead of that start, by less than a "
    "fifth ({}){}.",
    "only where it learns": " Of the runs that learn it is not behind an RNN that starts from a permutation, "
    "but fewer of them learn.",
    "no": " An RNN that starts from a permutation is ahead of it: the same help helps more without the law.",
    "undecided": "",
    "not run yet": "",
}


def aim(found: Mapping[str, Finding]) -> str:
    """At which shares of inhibition the best start is as good as an RNN; and whether the law still costs
    something where it is. `found`: the findings on `NEEDED`, by their names.
    """
    by = answers.by_outcome(found, AIMED)
    if list(by) == ["not run yet"]:
        return f"**{UNKNOWN}.**"
    said = "; ".join(SAID[one].format(prose.series(AIMED[c] for c in names)) for one, names in by.items())
    text = f"**{said[0].upper()}{said[1:]}.**"
    return text + (beside_a_free_one(found) if "yes" in by else "")


def beside_a_free_one(found: Mapping[str, Finding]) -> str:
    """Whether the law still costs something; "no worse" may mean a little worse, within a fifth."""
    finding, further = found["memory-signs"], beside_an_identity(found)
    one = answers.outcome(finding)
    if not (one == "yes" and finding.effect.high < 0):
        return BESIDE_A_FREE_ONE[one]
    more = f", and one that starts from an identity by more ({answers.in_ratios(further)})"
    return BESIDE_A_FREE_ONE["behind"].format(
        SHARES[1],
        "; ".join([answers.effect(finding), *finding.doubts]),
        more if further.high < finding.effect.low else "",
    )


def beside_an_identity(found: Mapping[str, Finding]) -> Interval:
    """The effect of the best start beside an RNN that starts from an identity: seed by seed the effect beside
    one from a permutation, less the lead of the identity over the permutation. NONE unless all runs learned.
    """
    signs, identity = found["memory-signs"], found["memory-identity"]
    whole = not any(count for f in (signs, identity) for count, _ in f.broken)
    if not signs.contrasts or len(signs.contrasts) != len(identity.contrasts) or not whole:
        return NONE
    return student(np.subtract(signs.contrasts, identity.contrasts))


@dataclass(frozen=True)
class Early:
    """What the screen of starts found: test errors (%) after so many updates, means over so many seeds.

    `colei`, `best`: of ColEI and of its best start by share of inhibition; `rnn`: at its best radius.
    """

    updates: int
    seeds: int
    colei: Mapping[str, float]
    best: Mapping[str, float]
    rnn: float


def _end(finding: Finding, share: str) -> str:
    """Such as: 1.53 points above at 1 % inhibition (1.41 to 1.65)."""
    mean, interval = answers.mean_and_interval(finding)
    return f"{mean} at {share} % ({interval})"


def headline(found: Mapping[str, Finding], early: Early) -> str:
    """Finding of the first page: the aim with its effects; before any run at length, what the screen says."""
    there = [(found[name], share) for name, share in AIMED.items() if found[name].n]
    if there:
        ends = prose.series(_end(f, share) for f, share in there)
        return f"{aim(found)} Beside the RNN, ColEI from the best start on a screen ends {ends}."
    better = all(early.best[share] < early.colei[share] for share in early.colei)
    claim = "a ColEI can start better" if better else "no start is better than ColEI's own everywhere"
    best, own = (prose.series(f"{errors[s]:.1f}" for s in SHARES) for errors in (early.best, early.colei))
    return (
        f"**So far, {claim} without breaking the law.** After {early.updates:,} updates the best start "
        f"that obeys it has {best} % error at {prose.series(SHARES)} % inhibition, ColEI's own {own} %, and "
        f"an RNN {early.rnn:.1f} %. {prose.number(early.seeds).capitalize()} seeds on a screen say so: a "
        "choice for runs at length, which are still to come."
    )
