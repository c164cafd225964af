"""What is committed under results/ is whole, and is what the library would make today."""

import numpy as np
import pytest

from daleslaw_lib import experiments, verification
from daleslaw_lib.archive import manifests, reading
from daleslaw_lib.jobs import drawing
from daleslaw_lib.studies import initial_spectra

ARCHIVED = [(name, scale) for name in experiments.EXPERIMENTS for scale in reading.archived_scales(name)]


@pytest.mark.parametrize(("experiment", "scale"), ARCHIVED)
def test_the_committed_archive_verifies(experiment, scale):
    assert verification.verify(experiment, scale) == []


def test_the_first_result_is_archived_at_the_papers_scale():
    archive = reading.load("one_layer_mnist")
    assert archive.scale == "paper"
    assert set(archive.runs.updates) == {46_800} and set(archive.runs.n_train) == {60_000}
    first, new = set(range(5)), set(range(100, 130))
    for _, runs in archive.runs.groupby(["kind", "preset"]):
        assert set(runs.seed) == first | new


@pytest.mark.parametrize(("experiment", "scale"), ARCHIVED)
def test_final_figures_are_the_ends_of_the_curves(experiment, scale):
    archive = reading.load(experiment, scale)
    if not archive.experiment.trains:
        pytest.skip("draws have no curves; their test is below")
    last = archive.curves.sort_values("update").groupby("run_id").tail(1).set_index("run_id")
    runs = archive.runs.set_index("run_id")
    assert (last["update"] == runs.updates.reindex(last.index)).all()
    for name in {"test_loss", archive.experiment.quantity}:  # NaN where a run diverged
        final = runs[name].reindex(last.index).to_numpy(np.float32)
        np.testing.assert_array_equal(last[name].to_numpy(np.float32), final)


@pytest.mark.parametrize("scale", reading.archived_scales("spectra"))
def test_archived_spectra_are_those_that_the_library_draws(scale):
    """The first and the last draw of each condition of at most 300 units, made again."""
    archive = reading.load("spectra", scale)
    draws = {draw.run_id: draw for draw in archive.configs}
    for (_, _, hidden, _, _), found in initial_spectra.archived(archive).items():
        assert np.allclose(found.s[:, 0], found.runs.largest, rtol=5e-4)
        for k in (0, -1) if hidden <= 300 else ():
            row = found.runs.iloc[k]
            figures, s, _ = drawing.measure(draws[row.run_id])
            assert figures == pytest.approx(row[list(figures)].to_dict(), rel=1e-7)
            assert found.s[k] == pytest.approx(s, rel=5e-4, abs=1e-4)


def test_the_archive_is_small_enough_to_commit():
    files = [f for f in reading.root().rglob("*") if f.suffix in (".parquet", ".json")]
    assert sum(f.stat().st_size for f in files) < 40e6


def test_the_list_of_archives_is_what_is_there():
    """Run `python -m tools.index` where this fails, if an archive was added or run again."""
    root = reading.root()
    assert manifests.listed(root) == manifests.listing(root)
    assert set(verification.to_verify()) == set(ARCHIVED) and len(ARCHIVED) >= 15
