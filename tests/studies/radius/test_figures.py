"""Figures of the radius sweep show every seed at its own radius, the choice, and what diverged."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import summary
from daleslaw_lib.experiments.experiment import NEW_SEEDS
from daleslaw_lib.figures import vectors
from daleslaw_lib.studies import radius
from helpers.archives import in_memory

SWEEP = experiments.get("radius_sweep")


@pytest.fixture(scope="module")
def archive():
    """The smoke grid with two clips and made-up errors; unclipped runs at the largest radius diverge."""
    halving = SWEEP.halving("smoke")
    at_length = [run for run in SWEEP.planned("smoke") if halving.is_final(run.seed, run.updates)]
    runs = [replace(run, clip=clip, lr=0.05) for run in at_length for clip in (1.0, None)]
    found, curves = {}, []
    for k, run in enumerate(runs):
        lost = run.clip is None and run.rho in (1.5, 3.0)
        error = np.nan if lost else 0.1 + 0.001 * k + 0.1 * (run.clip is None)
        final = {"valid_error": error, "test_error": error}
        late = {"late_test_error": 0.5 * error}  # another, to tell which one is shown
        found[run] = final | late | {"diverged": lost, "diverged_at": 3 if lost else -1}
        for update in (0, 30, 60):
            curves.append({"run_id": run.run_id, "update": update, **final})
    return in_memory(SWEEP, found, curves)


@pytest.fixture(scope="module")
def best(archive):
    return summary.best_settings(archive)


def marks(ax):
    return [line for line in ax.lines if line.get_marker() not in ("None", None, "")]


def test_the_papers_points_stand_at_their_radius(best):
    figure = radius.figures.error_against_radius(best, {"corrected": "a", "faithful": "b"})
    for ax in figure.axes:
        found = {(round(float(m.get_xdata()[0]), 3), float(m.get_ydata()[0])) for m in marks(ax)}
        assert found == {(0.577, 2.264), (1.0, 2.454), (1.414, 3.006), (1.5, 4.496)}


def test_every_seed_is_a_dot_at_the_real_radius_of_its_kind(best):
    ax = radius.figures.error_against_radius(best, {"corrected": "a"}).axes[0]
    dots = np.concatenate([c.get_offsets() for c in ax.collections])
    runs = reading.under(best.runs, "corrected")
    assert len(dots) == len(runs)
    assert sorted(set(dots[:, 0].round(6))) == sorted(set(runs.rho.round(6)))
    assert sorted(dots[:, 1]) == pytest.approx(sorted(100 * runs.late_test_error))  # in per cent


def test_only_runs_on_new_seeds_are_dots_where_there_are_any(best):
    runs = best.runs.assign(seed=best.runs.seed.replace(best.runs.seed.max(), NEW_SEEDS))
    paper = replace(best.experiment, grids={"paper": best.experiment.grids["smoke"]})
    both = replace(best, runs=runs, scale="paper", experiment=paper)
    ax = radius.figures.error_against_radius(both, {"corrected": "a"}).axes[0]
    shown = reading.under(runs, "corrected")
    assert sum(len(c.get_offsets()) for c in ax.collections) == (shown.seed == NEW_SEEDS).sum() > 0


def test_the_choice_is_boxed_and_the_lost_are_crossed(archive, best):
    figure = radius.figures.settings_map(archive, best, "corrected")
    for ax, kind in zip(figure.axes, ("rnn", "colei", "dann")):
        boxes = [p for p in ax.patches if p.get_facecolor()[3] == 0]
        assert len(boxes) == 3  # one a radius
        texts = [t.get_text() for t in ax.texts]
        assert sum("××" in text for text in texts) == 1, kind
        assert len(texts) == 6


def test_on_a_phone_every_radius_is_a_row_and_what_is_written_fits_its_cell():
    sweep = reading.load("radius_sweep")
    wide = radius.figures.settings_map(sweep, summary.best_settings(sweep), "corrected")
    phone = wide.on_a_phone()
    phone.draw_without_rendering()
    assert phone.get_figwidth() == vectors.PHONE
    for ax, beside in zip(phone.axes, wide.axes, strict=False):
        assert [label.get_text() for label in ax.get_yticklabels()] == [
            label.get_text() for label in beside.get_xticklabels()
        ]
        assert sorted(t.get_text() for t in ax.texts) == sorted(
            t.get_text().replace("\n", " ") for t in beside.texts
        )
        cell = ax.get_window_extent().width / len(ax.get_xticks())
        assert max(t.get_window_extent().width for t in [*ax.texts, *ax.get_xticklabels()]) < cell
        assert min(t.get_fontsize() for t in [*ax.texts, *ax.get_xticklabels()]) >= vectors.SMALL


def test_errors_are_laid_against_gains_and_none_is_lost_off_the_axis(best):
    gains = pd.Series(0.0, index=best.runs.run_id)
    ax = radius.figures.error_against_gain(best, gains, "corrected", 5).axes[0]
    dots = np.concatenate([c.get_offsets() for c in ax.collections])
    runs = reading.under(best.runs, "corrected")
    assert sorted(dots[:, 1]) == pytest.approx(sorted(100 * runs.late_test_error))
    low, high = ax.get_xlim()
    assert ((low < dots[:, 0]) & (dots[:, 0] < high)).all()


def test_gains_have_a_dot_a_draw():
    gains = {"rnn": {0.5: np.array([0.1, 0.2]), 2.0: np.array([3.0, 4.0])}}
    (ax,) = radius.figures.gain_against_radius(gains, 4).axes
    assert sum(len(c.get_offsets()) for c in ax.collections) == 4
    prediction = next(line for line in ax.lines if "rho" in str(line.get_label()))
    assert prediction.get_ydata() == pytest.approx([(0.5 / 2**0.5) ** 4, (2 / 2**0.5) ** 4])


def test_effects_of_the_traps_have_a_dot_a_seed(best):
    effects = {kind: radius.preset_difference(best, kind) for kind in ("rnn", "dann")}
    outliers = {"mean row": {1.0: np.ones(3)}, "drawn": {1.0: np.full(3, 2.0)}}
    figure = radius.figures.preset_effects(effects, outliers, footer="where from")
    for ax, table in zip(figure.axes, effects.values()):
        assert sum(len(c.get_offsets()) for c in ax.collections) == table.size
    assert any(text.get_text() == "where from" for text in figure.texts)


def test_while_learning_there_is_a_line_an_evaluation(archive):
    figure = radius.figures.error_while_learning(archive.only(summary.best_settings(archive).runs.run_id))
    assert [ax.get_title() for ax in figure.axes] == ["RNN", "ColEI", "DANN"]
    labels = [line.get_label() for line in figure.axes[0].lines if "update" in str(line.get_label())]
    assert labels == ["30 updates", "60 updates"]


def test_curves_by_radius_name_the_usual_initialisations(best):
    ax = radius.figures.curves_by_radius(best).axes[0]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(labels) == 3 and "(PyTorch)" in labels[1] and "1/√3" in labels[1]


def test_radii_are_named_as_they_are_written():
    names = [radius.figures.radius_name(rho) for rho in (3**-0.5, 2**0.5, 2 / 3**0.5, 0.7, 13.0)]
    assert names == ["1/√3", "√2", "2/√3", "0.7", "13"]


def test_every_axis_is_labelled(archive, best):
    figures = [
        radius.figures.error_against_radius(best, {"corrected": "a"}),
        radius.figures.settings_map(archive, best, "faithful"),
        radius.figures.error_while_learning(best),
        radius.figures.curves_by_radius(best),
    ]
    for figure in figures:
        assert any(ax.get_xlabel() for ax in figure.axes) and any(ax.get_ylabel() for ax in figure.axes)
