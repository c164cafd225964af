"""What learning does to spectra: courses of runs that keep them."""

import numpy as np
import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import starts
from daleslaw_lib.running import runner
from daleslaw_lib.spectra import singular_values, svd_entropy
from daleslaw_lib.studies import learning
from helpers import trained
from helpers.configs import config


@pytest.fixture(scope="module")
def archive():
    return trained.replay()


def test_the_archive_holds_a_spectrum_an_evaluation_and_the_last_entropy_of_each_run(archive):
    assert "singular_values" not in archive.runs and archive.runs.spectra.all()
    curves = archive.curves.sort_values("update").groupby("run_id")
    assert (curves.size() == 11).all()
    s = np.stack(archive.curves.singular_values)
    assert s.shape == (99, 100) and (np.diff(s) <= 0).all() and (s >= 0).all()
    np.testing.assert_allclose(archive.curves.entropy, svd_entropy(singular_values=s), atol=1e-5)
    last = curves.tail(1).set_index("run_id").entropy.reindex(archive.runs.run_id)
    np.testing.assert_allclose(last, archive.runs.entropy, rtol=1e-6)


def test_courses_start_from_the_spectra_that_the_seeds_draw(archive):
    found = learning.courses(archive)
    assert [(c.kind, c.seed) for c in found] == [(k, s) for k in ("rnn", "colei", "dann") for s in range(3)]
    drawn = starts.initial_spectra(archive)
    for course in found:
        np.testing.assert_allclose(course.s[0], drawn[course.kind][course.seed], rtol=1e-4, atol=1e-5)
        assert course.error[0] == pytest.approx(90, abs=8)  # per cent, of ten classes
        assert learning.turnover(course, 0) == 0 < learning.turnover(course)


def test_turnover_is_how_far_a_spectrum_moved_as_a_share_of_its_start():
    course = learning.Course("rnn", 0, *np.zeros((3, 2)), np.array([[4.0, 3.0], [6.0, 3.0]]))
    assert learning.moved(course) == 2 and learning.turnover(course) == pytest.approx(0.4)


def test_a_matrix_moves_at_least_as_far_as_its_spectrum():
    rng = np.random.default_rng(0)
    for _ in range(20):
        W, step = rng.normal(size=(2, 8, 8))
        course = learning.Course("rnn", 0, *np.zeros((3, 2)), singular_values(np.stack([W, W + step])))
        assert 0 < learning.moved(course) <= np.linalg.norm(step)


def test_changes_are_of_each_run_from_its_first_row_to_its_last(archive):
    table = learning.changes(archive)
    assert len(table) == 9
    course = learning.courses(archive)[4]
    row = table[(table.kind == "colei") & (table.seed == 1)].iloc[0]
    assert row["largest before"] == course.s[0, 0] and row["second after"] == course.s[-1, 1]
    assert row["entropy after"] == course.entropy[-1]
    late = course.update >= 0.8 * course.update[-1]
    assert row.error == pytest.approx(course.error[late].mean()) and late.sum() < 10


def test_an_archive_without_spectra_is_refused_by_name():
    runs = [config(kind="rnn", clip=None, updates=2, eval_every=1)]
    with pytest.raises(ValueError, match="archive: expected runs that keep their spectra, got those of live"):
        learning.courses(runner.train_here(runs))


@pytest.mark.skipif(not reading.archived_scales("replay"), reason="missing: an archive of replay")
def test_the_archived_replay_learns_as_the_experiment_whose_runs_it_repeats():
    found, before = reading.load("replay"), reading.load("one_layer_mnist")
    if found.scale != before.scale:
        pytest.skip(f"replay is archived at {found.scale} scale, one_layer_mnist at {before.scale}")
    for kind in ("rnn", "colei", "dann"):
        errors = [100 * a.runs[a.runs.kind == kind].test_error for a in (found, before)]
        assert abs(errors[0].median() - errors[1].median()) < 1.5  # points
