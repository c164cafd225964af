"""Draws as runs: what is measured, and that the runner keeps them as it keeps what is trained."""

import os
import signal
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments, initialisation, spectra, verification
from daleslaw_lib.__main__ import main
from daleslaw_lib.archive import reading
from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.evidence import summary
from daleslaw_lib.initialisation import colei
from daleslaw_lib.jobs import drawing
from daleslaw_lib.jobs.drawing import Drawing
from daleslaw_lib.jobs.ways import job_of
from daleslaw_lib.running import runner
from helpers.archives import archive_of, checkpoints, same_tables, snapshot
from helpers.draws import SMOKE, TOY, draw, grid
from helpers.toy import refusal


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty results folder, and one experiment, of draws."""
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": TOY})
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


def interrupt_after(patch, k):
    """Send SIGINT after the k-th draw from now on."""
    advance, made = Drawing.advance, []

    def counted(self):
        advance(self)
        made.append(self)
        if len(made) == k:
            os.kill(os.getpid(), signal.SIGINT)

    patch.setattr(Drawing, "advance", counted)
    return made


def interrupted(k, **arguments) -> str:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(runner.Interrupted) as stopped:
        interrupt_after(patch, k)
        runner.run(*SMOKE, **arguments)
    return str(stopped.value)


# --- what is drawn and measured ----------------------------------------------------------------


def test_a_draw_is_what_the_initialisers_give():
    rng = np.random.default_rng([3, 2])
    expected = initialisation.colei_weights(20, 4.0, rho=1.5, rng=rng)
    np.testing.assert_array_equal(drawing.matrix(draw(seed=3)), expected)
    parts = initialisation.dann_weights(20, 4, random_ix=True, rng=np.random.default_rng([3, 2]))
    got = drawing.matrix(draw(kind="dann", random_ix=True, seed=3))
    np.testing.assert_array_equal(got, initialisation.effective_dann(*parts))
    assert (
        np.diag(drawing.matrix(draw())).any() == 0 and np.diag(drawing.matrix(draw(full_diagonal=True))).all()
    )


@pytest.mark.parametrize("kind", initialisation.KINDS)
def test_figures_of_a_draw_are_those_of_its_matrix(kind):
    d = draw(kind=kind, hidden=50)
    W = drawing.matrix(d)
    figures, s, e = drawing.measure(d)
    np.testing.assert_allclose(s, np.linalg.svd(W, compute_uv=False))
    p = s / s.sum()
    p = p[p > 0]
    assert figures["entropy"] == pytest.approx(-(p * np.log(p)).sum() / np.log(50))
    assert (figures["largest"], figures["second"]) == (s[0], s[1])
    assert figures["radius"] == pytest.approx(np.abs(np.linalg.eigvals(W)).max())
    assert figures["mean_weight"] == pytest.approx(np.abs(W).mean())
    assert (np.diff(np.abs(e)) <= 1e-12).all() and e.shape == s.shape == (50,)
    assert tuple(figures) == drawing.MEASURES


def test_the_radius_scales_a_spectrum_and_leaves_its_entropy():
    (one, _, _), (two, _, _) = (drawing.measure(draw(rho=rho)) for rho in (1.0, 2.0))
    for name in ("largest", "second", "edge", "radius", "mean_weight"):
        assert two[name] == pytest.approx(2 * one[name])
    assert two["entropy"] == pytest.approx(one["entropy"])


@pytest.mark.parametrize(
    "changes, n",
    [
        (dict(kind="rnn"), 0),
        (dict(kind="dann"), 0),
        (dict(kind="dann", random_ix=True), 1),
        (dict(ei_ratio=4.0), 4 + 1),  # outlier and 3 of the I group; the rest of the E mean
        (dict(ei_ratio=19.0), 1 + 1),
        (dict(ei_ratio=1.0), 1),
    ],
)
def test_the_bulk_is_what_is_below_the_groups_above_it(changes, n):
    assert drawing.above_the_bulk(draw(**changes)) == n


def test_the_edge_is_the_end_of_the_bulk_for_every_kind():
    """Near 2 rho for RNN and DANN, whatever else is above it; near 2 m_E sqrt(n_e) for ColEI."""
    for changes in (dict(kind="rnn"), dict(kind="dann"), dict(kind="dann", random_ix=True)):
        figures, _, _ = drawing.measure(draw(hidden=200, ei_ratio=9.0, **changes))
        assert figures["edge"] == pytest.approx(2 / np.sqrt(3), rel=0.06)
    figures, _, _ = drawing.measure(draw(hidden=200, ei_ratio=9.0))
    m_E = figures["mean_weight"] * 200 / (2 * 180)
    assert figures["edge"] == pytest.approx(2 * m_E * np.sqrt(180), rel=0.06)


# --- a block -----------------------------------------------------------------------------------


COLEI, DANN = grid()[:7], grid()[7:]


@pytest.fixture(scope="module")
def blocks():
    """Both blocks, drawn."""
    made = Drawing(COLEI), Drawing(DANN)
    assert all(block.run() for block in made)
    return made


def test_a_block_has_the_figures_of_its_draws_in_order(blocks):
    block, _ = blocks
    assert block.history["update"] == [0]
    for m, d in enumerate(block.block):
        figures = drawing.measure(d)[0]
        assert {name: block.history[name][0][m] for name in drawing.MEASURES} == figures
    assert block.seconds["draw"] > 0 and (block.diverged_at == -1).all()


def test_a_table_has_every_singular_value_within_a_twentieth_of_a_per_cent_and_few_eigenvalues(blocks):
    table = pd.concat([block.table() for block in blocks])
    assert len(table) == 7 * 20 + 4 * 251
    for d in grid():
        rows = table[table.run_id == d.run_id]
        _, s, e = drawing.measure(d)
        assert list(rows["rank"]) == list(range(1, d.hidden + 1))
        np.testing.assert_allclose(rows.singular_value, s, rtol=5e-4, atol=1e-4)
        kept = rows.eigenvalue_real.notna().all() and rows.eigenvalue_imag.notna().all()
        assert kept == (d.seed < (3 if d.hidden == 251 else 50))
        if kept:
            values = rows.eigenvalue_real.to_numpy(float) + 1j * rows.eigenvalue_imag.to_numpy(float)
            np.testing.assert_allclose(values, e, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("which, k", [(0, 0), (0, 1), (0, 5), (0, 7), (1, 1), (1, 3)])
def test_a_block_that_is_stopped_goes_on_from_its_checkpoint(which, k, blocks, tmp_path):
    whole, file = blocks[which], tmp_path / "c.npz"
    first = Drawing(whole.block)
    assert first.run(checkpoint=file, should_stop=lambda: first.update_index == k) == (k == 7)
    second = Drawing(whole.block)
    second.load(file)
    assert second.update_index == k and second.seconds == first.seconds
    assert second.run()
    pd.testing.assert_frame_equal(second.table(), whole.table(), check_exact=True)
    for name in drawing.MEASURES:
        np.testing.assert_array_equal(second.history[name][0], whole.history[name][0])


def test_a_checkpoint_of_other_draws_is_refused_and_changes_nothing(tmp_path):
    first, file = Drawing(COLEI), tmp_path / "c.npz"
    first.run(checkpoint=file)
    other = Drawing(COLEI[1:])
    message = "expected a checkpoint of this run, got one that cannot be used .its updates, draws are others."
    with pytest.raises(CheckpointError, match=message):
        other.load(file)
    assert other.update_index == 0


def test_what_is_not_all_drawn_is_no_result(tmp_path):
    job, file = job_of(COLEI), tmp_path / "c.npz"
    first = job.start()
    first.run(checkpoint=file, should_stop=lambda: first.update_index == 1)
    with pytest.raises(CheckpointError, match=f"c.npz: expected all {len(COLEI)} draws, got 1$"):
        job.read(file)
    with pytest.raises(CheckpointError):
        job.read(tmp_path / "none.npz")
    first.run(checkpoint=file)
    pd.testing.assert_frame_equal(job.read(file).table(), first.table())


def test_a_block_is_of_one_kind_and_size():
    for mixed in (grid(), [draw(), draw(hidden=21)], []):
        with pytest.raises(ValueError, match="block: expected draws of one kind and size, got "):
            Drawing(mixed)


def test_a_block_is_smaller_where_a_draw_takes_longer():
    assert [draw(hidden=n).at_once for n in (100, 300, 1000, 10_000)] == [1000, 111, 10, 1]


# --- through the runner ------------------------------------------------------------------------


def test_draws_become_an_archive(root):
    outcome = runner.run(*SMOKE)
    assert (outcome.n_trained, outcome.n_kept, outcome.n_dropped) == (11, 0, 0)
    archive = reading.load("toy")
    assert list(archive.runs.run_id) == [d.run_id for d in grid()] and archive.configs == grid()
    for row, d in zip(archive.runs.to_dict("records"), grid()):
        assert {name: row[name] for name in drawing.MEASURES} == drawing.measure(d)[0]
        assert (row["kind"], row["seed"], row["full_diagonal"]) == (d.kind, d.seed, bool(d.full_diagonal))
    assert not archive.runs.diverged.any() and archive.runs.rho.isna().all()
    manifest = archive.manifest
    assert manifest["data"] == {} and manifest["definition"] == TOY.definition("smoke")
    assert manifest["parts"][0]["device"].startswith("CPU ") and manifest["parts"][0]["runs"] == 11
    assert "· 11 draws · 4 seeds · CPU" in archive.provenance and archive.seconds > 0
    assert verification.verify(*SMOKE) == [] and not checkpoints(outcome.path)


def test_draws_are_summarised_as_runs_are(root):
    runner.run(*SMOKE)
    table = summary.beside_the_paper(reading.load("toy"))
    assert list(table.network) == ["ColEI", "ColEI, diagonal as drawn", "DANN"]
    assert list(table.runs) == ["4", "3", "4"] and "mean largest singular value" in table


@pytest.mark.parametrize("k", [3, 7, 9])
def test_interrupted_draws_resume_to_the_same_tables(k, root, tmp_path, monkeypatch):
    message = interrupted(k)
    at, total = (k, 7) if k < 7 else (k - 7, 4)
    assert message == f"stopped at draw {at} of {total}; to continue: daleslaw run toy --scale smoke --resume"
    kind = "colei" if k < 7 else "dann"
    assert runner.progress_of(*SMOKE) == [(f"{kind} (both)", at, total)]
    with pytest.MonkeyPatch.context() as patch:
        made = interrupt_after(patch, -1)
        runner.run(*SMOKE, resume=True)
    assert len(made) == 11 - k
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path / "unbroken"))
    runner.run(*SMOKE)
    assert same_tables(root / "toy" / "smoke", tmp_path / "unbroken" / "toy" / "smoke")


def test_a_fresh_run_that_is_interrupted_leaves_the_old_archive_until_it_is_resumed(root):
    runner.run(*SMOKE)
    before = archive_of(root / "toy" / "smoke")
    interrupted(9, fresh=True)
    assert archive_of(root / "toy" / "smoke") == before
    with pytest.MonkeyPatch.context() as patch:
        made = interrupt_after(patch, -1)
        runner.run(*SMOKE, resume=True)
    assert len(made) == 2 and archive_of(root / "toy" / "smoke")["runs.parquet"] == before["runs.parquet"]


def test_a_damaged_checkpoint_of_draws_is_one_line(root):
    interrupted(3)
    (file,) = checkpoints(root / "toy" / "smoke")
    file.write_bytes(file.read_bytes()[:200])
    message = refusal(CheckpointError, resume=True)
    assert message.startswith(f"{file}: expected a checkpoint of this run, got one that cannot be used")


def test_some_draws_and_then_the_others(root):
    runner.run(*SMOKE, only=dict(kind="dann"))
    assert set(reading.load("toy").runs.kind) == {"dann"} and verification.verify(*SMOKE) == []
    assert runner.run(*SMOKE).n_kept == 4
    assert list(reading.load("toy").runs.run_id) == [d.run_id for d in grid()]
    assert verification.verify(*SMOKE) == []


def test_another_way_to_draw_is_stale_for_what_it_concerns(root, monkeypatch):
    runner.run(*SMOKE)
    original = spectra.spectral_radius
    with monkeypatch.context() as patch:
        patch.setattr(colei, "spectral_radius", lambda W: original(W) * (1 + 1e-5))
        again = "run: daleslaw run toy --scale smoke --fresh"
        assert verification.verify(*SMOKE) == [
            f"stale: the library draws colei ({what}) differently since; {again}"
            for what in ("ei_ratio 4.0", "ei_ratio 4.0, full_diagonal True")
        ]
        assert refusal(only=dict(kind="dann")).startswith(f"{root}/toy/smoke: expected runs to add to")
    monkeypatch.setattr(drawing, "svd_entropy", lambda **_: np.float64(0.5))
    assert len(verification.verify(*SMOKE)) == 3


def test_a_grid_of_draws_that_changes_keeps_those_that_still_belong(root, monkeypatch):
    runner.run(*SMOKE)
    changed = [*grid()[:4], draw(kind="rnn")]
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": replace(TOY, grids={"smoke": lambda: changed})})
    assert "7 of its 11 runs are not in the definition" in verification.verify(*SMOKE)[0]
    outcome = runner.run(*SMOKE)
    assert (outcome.n_trained, outcome.n_kept, outcome.n_dropped) == (1, 4, 7)
    assert verification.verify(*SMOKE) == []


@pytest.mark.parametrize(
    "only, message",
    [
        (
            dict(lr="0.1"),
            "only: expected one of preset, kind, hidden, ei_ratio, rho, random_ix, full_diagonal, seed, "
            "run_id, got 'lr'",
        ),
        (
            dict(hidden="30"),
            "only: expected to leave some runs, got none with {'hidden': '30'}; hidden can be 20, 251",
        ),
    ],
)
def test_a_bad_choice_of_draws_is_one_line_and_makes_nothing(only, message, root):
    assert refusal(ValueError, only=only) == message and snapshot(root) == {}


def test_the_command_line_speaks_of_draws(root, capsys):
    assert main(["run", "toy", "--only", "kind=dann"]) == 0 == main(["run", "toy"])
    lines = [line for line in capsys.readouterr().out.splitlines() if " runs drawn in " in line]
    assert lines[0].startswith("4 runs drawn in ") and lines[1].endswith(", 4 kept")
    assert main(["list"]) == 0 == main(["status"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("    smoke     11 runs,           11 draws   11 runs took ")
    assert lines[2].endswith(", 11 runs")
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 archives, 0 with problems"
