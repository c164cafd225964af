"""What chapter 9 says of its archived runs, in a table and in sentences. NumPy and pandas only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...evidence import claims
from ...experiments.experiment import less
from ...initialisation import dale_starts
from ...jacobians import gain_of_half
from ...spectra import spectral_radius, svd_entropy
from .figures import measured_curves, network_name


def starts_and_ends(archive: Archive) -> pd.DataFrame:
    """Chapter 9: a row a network: directions and gain per step before learning and at its end, and the error.

    Geometric means over runs; the error in per cent, of the last ten evaluations.
    Raises: ValueError if the archive's runs kept no mechanism.
    """
    curves = measured_curves(archive).groupby("run_id")[["participation", "log_gain"]]
    first, last = curves.first(), curves.last()
    runs = archive.runs.assign(network=[network_name(run) for run in archive.runs.itertuples()])
    runs = runs.set_index("run_id")
    table = pd.DataFrame(
        {
            "network": runs.network,
            "directions before": np.log(first.participation),
            "directions after": np.log(last.participation),
            "gain before": first.log_gain,
            "gain after": last.log_gain,
            "error": np.log(100 * runs.late_test_error),
        }
    )
    return np.exp(table.groupby("network", sort=False).mean())


def learning_brings_together(archive: Archive) -> bool:
    """Chapter 9: whether ColEI gains directions, the RNN loses some, all end near a gain of 1, and the RNN
    ahead.
    """
    table = starts_and_ends(archive)
    before, after = table["directions before"], table["directions after"]
    return bool(
        after["ColEI"] > before["ColEI"]
        and before["RNN"] > after["RNN"] > after["ColEI"]
        and (table["gain after"] - 1).abs().max() < 0.1
    )


def order_of_directions_is_not_that_of_errors(archive: Archive) -> bool:
    """Chapter 9: whether the network with most directions at the end has a larger error than the RNN."""
    table = starts_and_ends(archive)
    most = table["directions after"].idxmax()
    return bool(table.error[most] > 1.2 * table.error["RNN"])


def starts_of_controls(draws: int = 40, n: int = 100, ei_ratio: float = 9.0) -> pd.DataFrame:
    """Chapter 9: a row a start, ColEI and two controls, medians over draws: H, spectral radius, that in radii
    of the disc that theory gives to independent entries of such variances, and the gain of a step.
    """
    starts = {
        "ColEI": dale_starts.colei_of_law,
        "balanced rows": dale_starts.row_balanced,
        "gain 1": dale_starts.colei_of_unit_gain,
    }
    rng, found = np.random.default_rng(0), {}
    for name, make in starts.items():
        Ws = np.stack([make(n, ei_ratio, rng=rng) for _ in range(draws)])
        radius, gain = spectral_radius(Ws), [gain_of_half(W) for W in Ws]
        discs = radius / np.sqrt(Ws.var(-2).sum(-1))
        found[name] = np.median([svd_entropy(Ws), radius, discs, gain], axis=1)
    columns = ["H", "spectral radius", "in discs", "gain"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns).rename_axis("start")


def balance_costs_and_radius_does_not(archive: Archive) -> bool:
    """Chapter 9: whether balanced rows make ColEI worse, by about as much as ColEI is behind an RNN of its
    radius, which is ahead of all, and a gain of 1 leaves it open.
    """
    found = claims.judged(archive, "control-balanced", "control-radius")
    alike = all(found) and 0.7 < -found[0].effect.mean / found[1].effect.mean < 1.4
    return alike and claims.judged_as(
        archive,
        {
            "control-balanced": "contradicted",
            "control-gain": "undecided",
            "control-gain-rnn": "reproduced",
            "control-radius": "reproduced",
        },
    )


def variation_lowers_the_error(archive: Archive) -> bool:
    """Chapter 9: whether error falls as H rises within one size and share, at least fourfold, from around
    40 % at the least variation of the weights to 7 % at the greatest, whatever their law.
    """
    runs = archive.runs[~archive.runs.diverged]
    errors = runs.groupby(["start", "start_a"]).late_test_error.mean().unstack()
    least, most = errors[errors.columns.min()], errors[errors.columns.max()]
    as_said = (least / most > 4) & (100 * least - 40).abs().lt(5) & (100 * most - 7).abs().lt(0.5)
    return claims.judged_as(archive, {"one-cell-entropy": "reproduced"}) and bool(as_said.all())


def parts_add_up_and_act_by_scale(archive: Archive) -> bool:
    """Chapter 9: whether outlier and group each raise an RNN's error, neither more than the other, and add
    up; harm less at its own gain, if more than nothing; and whether W, not U or the readout, carries it,
    into an RNN and into ColEI.
    """
    found = claims.judged(archive, "part-outlier", "part-group", "part-matched", "part-both")
    if not all(found):
        return False
    outlier, group, matched, both = (f.effect for f in found)
    add_up = abs(outlier.mean + group.mean - both.mean) < 0.2 * both.mean
    each = all(effect.direction == "+" for effect in (outlier, group, matched))
    verdicts = {
        "part-both": "reproduced",
        "part-gain": "reproduced",
        "part-matched": "undecided",
        "part-order": "contradicted",
        "matrix-w": "reproduced",
        "matrix-u": "reproduced",
        "matrix-readout": "reproduced",
        "matrix-rescue-w": "reproduced",
        "matrix-rescue-u": "reproduced",
        "matrix-rescue-readout": "reproduced",
    }
    return add_up and each and claims.judged_as(archive, verdicts)


def w_carries_most(parts: Archive, grafts: Archive) -> bool:
    """Chapter 9: whether a spectrum exchanged in W alone does about seven tenths of the harm to an RNN
    that it does in all three matrices, and about eight tenths of the good to ColEI, in logarithms of errors.

    Signs are free in both archives.
    """
    whole = claims.get("transplant-spectrum")
    free = whole.terms[0].where
    for vectors, alone, share in (("rnn", "matrix-w", 0.7), ("colei", "matrix-rescue-w", 0.8)):
        of = {spectrum: free | {"vectors": vectors, "spectrum": spectrum} for spectrum in ("rnn", "colei")}
        in_all = claims.judge(replace(whole, terms=less(of["rnn"], of["colei"])), grafts, checks=False)
        (in_w,) = claims.judged(parts, alone)
        if not (in_w and in_all and abs(in_w.effect.mean / in_all.effect.mean - share) < 0.05):
            return False
    return True
