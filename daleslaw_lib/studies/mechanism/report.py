"""What chapter 9 says of its archived runs, in a table and in sentences. NumPy and pandas only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...archive.reading import Archive
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
