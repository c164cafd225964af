"""What to use: each start with its H, its inputs, its error, and what a biologist would object to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...initialisation import populations, starts
from ...initialisation.draw import draw_network, start_generator, weight_generator
from ...magnitudes import effective_inputs
from ...spectra import singular_values, spectral_radius, svd_entropy

OBJECTIONS: Mapping[str | None, str] = {
    None: "none of its own: dense, balanced, exponential weights",
    "identity": "autapses alone: each unit hears itself and no other",
    "permutation": "one input, one output a unit; a ring has no redundancy",
    "identity+colei": "strong autapses",
    "permutation+colei": "one synapse of each unit far stronger than the rest",
    "sparse": "few inputs, all alike in number; real counts vary",
    "raised": "no local rule finds it: it takes all singular vectors",
    "compact": "no local rule finds it, either; most connections are gone",
    "gamma": "none of its own",
    "lognormal": "none: synapses are about log-normal, if less broadly",
    "equal": "excitation wins: such a circuit is epileptic",
    "row-balanced": "exact balance of every unit needs a mechanism",
    "unit-gain": "somebody must have measured the gain",
}

# What chapter 10 calls its starts, and (start, a, b) of each; start None: ColEI itself.
NAMED: Mapping[str, tuple[str | None, float | None, float | None]] = {
    "ColEI": (None, None, None),
    "permutation": ("permutation", 1.0, None),
    "permutation + ColEI": ("permutation+colei", 1.0, 0.2),
    "permutation + more ColEI": ("permutation+colei", 0.7, 0.5),
    "identity + ColEI": ("identity+colei", 0.9, 0.5),
    "3 inputs": ("sparse", 3.0, 1.0),
    "10 inputs": ("sparse", 10.0, 1.0),
    "H raised": ("raised", 0.8, None),
    "an RNN's spectrum": ("compact", 1.0, None),
    "log-normal": ("lognormal", 5.0, 1.5),
    "equal strength": ("equal", 1.5, None),
}


def drawn(
    named: Mapping[str, tuple[str | None, float | None, float | None]], *, n: int = 100,
    ei_ratio: float = 9.0, draws: int = 10,
) -> pd.DataFrame:  # fmt: skip
    """Chapter 10: a row a start: H, effective inputs, largest singular value and spectral radius; means over
    draws.

    `named`: as `NAMED`.
    """
    rows = {}
    for words, start in named.items():
        found = []
        for seed in range(draws):
            W = start_matrix(*start, n=n, ei_ratio=ei_ratio, seed=seed)
            s = singular_values(W)
            found.append((svd_entropy(singular_values=s), effective_inputs(W), s[0], spectral_radius(W)))
        rows[words] = dict(zip(("H", "inputs", "largest", "radius"), np.mean(found, 0)))
    return pd.DataFrame.from_dict(rows, orient="index")


def start_matrix(
    start: str | None, a: float | None = None, b: float | None = None, *, n: int = 100, ei_ratio: float = 9.0,
    seed: int = 0,
) -> np.ndarray:  # fmt: skip
    """Chapter 10: signed W `(n, n)` of ColEI from a start, or of ColEI itself.

    Raises: ValueError as `starts.put`.
    """
    arrays = draw_network("colei", 1, n, 1, ei_ratio=ei_ratio, rng=weight_generator(seed))
    if start is not None:
        arrays = starts.put(arrays, "colei", start, a, b, ei_ratio=ei_ratio, rng=start_generator(seed))
    return arrays["layer0/W"] * populations.column_signs(n, ei_ratio)


def what_to_use(scores: pd.DataFrame) -> pd.DataFrame:
    """Chapter 10: a row a start that was screened, best first: error at each share, H and inputs at 10 %, the
    objection.

    `scores` is from `selection.scores`.
    """
    colei = scores[scores.kind == "colei"]
    keys = ["start", "start_a", "start_b"]
    errors = colei.assign(share=[f"{populations.share(r):.0f} %" for r in colei.ei_ratio]).pivot_table(
        index=keys, columns="share", values="test", dropna=False
    )
    errors = errors.dropna(how="all")
    rows = []
    for key, error in errors.iterrows():
        start, a, b = (None if pd.isna(value) else value for value in key)
        made = drawn({"it": (start, a, b)}, draws=5).loc["it"]
        numbers = [f"{value:g}" for value in (a, b) if value is not None]
        words = "ColEI itself" if start is None else starts.get("colei", start).words
        rows.append(
            {"start": f"{words} ({', '.join(numbers)})" if numbers else words}
            | {f"error at {share}": error.get(share) for share in populations.SHARES.values()}
            | {"H": made.H, "inputs": made.inputs, "a biologist objects": OBJECTIONS[start]}
        )
    table = pd.DataFrame(rows)
    return table.sort_values("error at 10 %").set_index("start")


def screened(scores: pd.DataFrame) -> str:
    """Chapter 10: at each share ColEI's error beside its best start's, and the RNN's beside its control's.

    `scores` is from `selection.scores`: best first by the error on the digits held out. Errors are on test.
    """
    colei, rnn = scores[scores.kind == "colei"], scores[scores.kind == "rnn"]
    lines = []
    for ratio in sorted(colei.ei_ratio.unique(), reverse=True):
        there = colei[colei.ei_ratio == ratio]
        best, own = there[there.start.notna()].iloc[0], there[there.start.isna()].iloc[0]
        lines.append(
            f"- **{populations.share(ratio):.0f} % inhibitory**: ColEI {own.test:.1f} %, its best start "
            f"{best.test:.1f} % ({starts.get('colei', best.start).words})."
        )
    plain, control = rnn[rnn.start.isna()].iloc[0], rnn[rnn.start.notna()].iloc[0]
    lines.append(
        f"- **RNN**: {plain.test:.1f} % at its best radius, {control.test:.1f} % from the better of its "
        f"controls ({starts.get('rnn', control.start).words})."
    )
    seeds = f"{scores.seeds.min()}" if scores.seeds.nunique() == 1 else "few"
    return "\n".join(lines) + f"\n\nMeans of {seeds} seeds, early in learning: a choice, not yet a result."
