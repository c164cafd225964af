"""What is committed under results/ is whole, and is what the library would make today."""

import pytest

from daleslaw_lib import experiments, results, verification

ARCHIVED = [(name, scale) for name in experiments.EXPERIMENTS for scale in results.archived_scales(name)]


@pytest.mark.parametrize(("experiment", "scale"), ARCHIVED)
def test_the_committed_archive_verifies(experiment, scale):
    assert verification.verify(experiment, scale) == []


def test_the_first_result_is_archived_at_the_papers_scale():
    archive = results.load("one_layer_mnist")
    assert archive.scale == "paper"
    assert set(archive.runs.updates) == {46_800} and set(archive.runs.n_train) == {60_000}
    assert archive.runs.groupby(["kind", "preset"]).seed.nunique().eq(5).all()


@pytest.mark.parametrize(("experiment", "scale"), ARCHIVED)
def test_final_figures_are_the_ends_of_the_curves(experiment, scale):
    archive = results.load(experiment, scale)
    last = archive.curves.sort_values("update").groupby("run_id").last()
    runs = archive.runs.set_index("run_id")
    assert (last["update"] == runs.updates.reindex(last.index)).all()
    assert last.test_error.to_numpy() == pytest.approx(runs.test_error.reindex(last.index), abs=1e-6)


def test_the_archive_is_small_enough_to_commit():
    files = [f for f in results.root().rglob("*") if f.suffix in (".parquet", ".json")]
    assert sum(f.stat().st_size for f in files) < 40e6
