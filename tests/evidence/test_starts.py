"""Where runs start: spectra and entropies of the networks that were trained."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments, spectra
from daleslaw_lib.archive import reading, tables
from daleslaw_lib.evidence import starts
from daleslaw_lib.experiments import Experiment, Published
from daleslaw_lib.jobs.building import draw

SMOKE = experiments.get("one_layer_mnist").runs("smoke")
FEW = [replace(run, hidden=12, seed=seed) for run in SMOKE[::2] for seed in range(3)]  # 5 conditions


def archive(errors=None, runs=FEW, by=("kind",), **options):
    """An archive in memory: errors[k] is the test error of the k-th run."""
    errors = np.linspace(0.02, 0.3, len(runs)) if errors is None else errors
    rows = [
        {"run_id": run.run_id, **vars(run), "test_error": e, "diverged": not np.isfinite(e)}
        for run, e in zip(runs, errors)
    ]
    published = (Published(3.5, "Fig. 6", {"kind": "colei"}),)
    definition = Experiment("tiny", "Tiny", "Figure 0", {"smoke": lambda: runs}, by, published=published)
    part = dict(device="CPU", finished="2026-01-01T00:00:00", library_version="0", wall_seconds=1.0)
    table = tables.typed(pd.DataFrame(rows).astype({"test_error": float}))
    return reading.Archive(definition, "smoke", table, table[["run_id"]], {"parts": [part]}, **options)


def test_initial_spectra_and_entropies_are_those_of_the_networks_that_were_trained():
    a = archive()
    drawn = draw([FEW[3]], "cpu").layers[0].W.detach().numpy()[0]
    start = starts.initial_spectra(a, "faithful")
    assert start["colei"].shape == (3, 12)
    np.testing.assert_allclose(start["colei"][0], spectra.singular_values(drawn), rtol=1e-5)
    H = starts.initial_entropies(a)
    assert H[FEW[3].run_id] == pytest.approx(spectra.svd_entropy(drawn), rel=1e-5)
