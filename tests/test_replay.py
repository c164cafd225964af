"""Runs that keep their spectra, what learning does to them, and the replay of it in the page."""

import base64
import json
import subprocess

import numpy as np
import pandas as pd
import pytest
from test_configs import config
from test_laboratory import CHROMIUM, NODE, WEB, in_browser, needs_node
from test_training import build, load_checkpoint, save_checkpoint, stop_at

from daleslaw_lib.archive import reading, writing
from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.evidence import starts
from daleslaw_lib.running import runner, verification
from daleslaw_lib.spectra import singular_values, svd_entropy
from daleslaw_lib.studies import learning
from daleslaw_lib.studies.learning import replay
from daleslaw_lib.widgets import page, playground

# --- runs that keep their spectra ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rnn", "colei", "dann"])
def test_kept_spectra_are_those_of_the_first_layers_matrix(kind):
    training = build(kind, layers=2, spectra=True)
    matrices = []
    training.run(
        on_progress=lambda t: matrices.append((t.update_index, t.network.layers[0].W.detach().numpy().copy()))
    )
    at = dict(matrices)
    assert training.history["update"] == [0, 5, 10, 12]
    for update, s, H in zip(*(training.history[name] for name in ("update", "singular_values", "entropy"))):
        np.testing.assert_allclose(s, singular_values(at[update]), rtol=0, atol=1e-14)
        np.testing.assert_allclose(H, svd_entropy(at[update]), rtol=0, atol=1e-14)


def test_keeping_spectra_changes_nothing_else():
    with_them, without = build(spectra=True), build()
    assert with_them.run() and without.run()
    assert set(with_them.history) == {*without.history, "singular_values", "entropy"}
    for name, rows in without.history.items():
        np.testing.assert_array_equal(rows, with_them.history[name])


def test_a_member_that_diverged_has_no_spectrum_and_leaves_the_others_theirs():
    training, alone = build(spectra=True, lr=[0.2, 1e200, 0.2], clip=[None] * 3), build(spectra=True, M=1)
    training.run(), alone.run()
    assert training.diverged_at.tolist()[1] >= 0 and not np.isnan(training.history["entropy"][0]).any()
    for name in ("singular_values", "entropy"):
        last = training.history[name][-1]
        assert np.isnan(last[1]).all() and np.isfinite(last[[0, 2]]).all()


def test_spectra_come_through_a_checkpoint_bit_for_bit(tmp_path):
    whole, stopped, resumed = (build(spectra=True) for _ in range(3))
    whole.run()
    stopped.run(checkpoint=tmp_path / "a.npz", should_stop=stop_at(stopped, 7))
    load_checkpoint(resumed, tmp_path / "a.npz")
    resumed.run()
    for name, rows in whole.history.items():
        np.testing.assert_array_equal(rows, resumed.history[name])


@pytest.mark.parametrize("kept", [True, None])
def test_a_checkpoint_of_a_run_with_spectra_is_not_one_without(tmp_path, kept):
    save_checkpoint(build(spectra=kept), tmp_path / "a.npz")
    with pytest.raises(CheckpointError, match="its spectra are others"):
        load_checkpoint(build(spectra=None if kept else True), tmp_path / "a.npz")


def test_a_run_without_spectra_has_the_name_it_had_before_there_were_any():
    assert "spectra" not in {k for k, v in vars(config()).items() if v is not None}
    assert config(spectra=True).run_id != config().run_id
    with pytest.raises(ValueError, match="spectra: expected one of True, got False"):
        config(spectra=False)


def test_an_archive_from_before_there_were_spectra_can_grow():
    table = pd.DataFrame({"run_id": ["a"], "hidden": [10], "frozen": [None], "spectra": [None]})
    both = writing.typed(pd.concat([table.drop(columns="spectra"), table], ignore_index=True))
    assert both.spectra.tolist() == [False, False] and both.spectra.dtype == bool


# --- the experiment --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The experiment at smoke scale, through the runner and back from the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALESLAW_RESULTS", str(tmp_path_factory.mktemp("results")))
        runner.run("replay", "smoke", threads=1, quiet=True)
        assert verification.verify("replay", "smoke") == []
        return reading.load("replay", "smoke")


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
    assert row["entropy after"] == course.entropy[-1] and row.error == course.error[-1]


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


# --- what the page is given --------------------------------------------------------------------------------


def test_frames_are_dense_at_first_and_end_with_the_last_evaluation():
    found = replay.frames(201)
    assert found[:4] == [0, 1, 2, 3] and found[-1] == 200 and len(found) <= replay.FRAMES
    assert (np.diff(found, 2) >= -1).all() and np.diff(found).max() < 20
    assert replay.frames(1) == [0] and replay.frames(2) == [0, 1] and replay.frames(5) == [0, 1, 2, 3, 4]


def test_a_singular_value_that_cannot_be_coded_is_refused():
    with pytest.raises(ValueError, match="s: expected singular values up to 358, got 400"):
        replay.coded(np.array([400.0]))


def ask(data, **question):
    """What the bundle makes of the data."""
    code = """
const { runInThisContext } = require("node:vm");
const { readFileSync } = require("node:fs");
const { bundle, data, ask } = JSON.parse(readFileSync(0, "utf8"));
runInThisContext(readFileSync(bundle, "utf8"));
const { core } = globalThis.TrainingReplay;
const found = core.decoded(data);
const answer = {
  spectra: () => Object.fromEntries(Object.entries(found.networks).map(
    ([name, one]) => [name, one.spectra.map((s) => [...s])])),
  frames: () => [-5, 0, 30, 1e9].map((update) => core.nearestFrame(found, update)),
  play: () => [false, true].map((still) => {
    const seen = [0];
    while (seen.at(-1) < found.frames.length - 1) seen.push(core.nextFrame(found, seen.at(-1), still));
    return seen;
  }),
}[ask]();
process.stdout.write(JSON.stringify(answer));
"""
    text = json.dumps({"bundle": str(page.script(replay.NAME)), "data": data} | question)
    done = subprocess.run([NODE, "-e", code], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_node
def test_the_page_decodes_the_archives_spectra(archive):
    data = learning.replay_data(archive)
    found = ask(data, ask="spectra")
    assert list(found) == [f"{kind} {seed}" for kind in ("rnn", "colei", "dann") for seed in range(3)]
    for course in learning.courses(archive):
        s = np.array(found[f"{course.kind} {course.seed}"])
        np.testing.assert_allclose(s, course.s[data["frames"]], rtol=2e-4, atol=replay.SMALLEST)
        H = svd_entropy(singular_values=s)
        np.testing.assert_allclose(H, course.entropy[data["frames"]], atol=2e-4)


@needs_node
def test_a_diverged_run_is_decoded_as_none(archive):
    courses = learning.courses(archive)[:1]
    for values in (courses[0].error, courses[0].entropy, courses[0].s):
        values[5:] = np.nan
    network = replay._network(courses[0], [0, 10])
    assert network["error"][5:] == network["entropy"][5:] == [None] * 6
    data = learning.replay_data(archive) | {"networks": [network], "frames": [0, 10]}
    json.dumps(data, allow_nan=False)
    assert ask(data, ask="spectra")["rnn 0"][1] == [0] * 100


@needs_node
def test_any_update_has_a_nearest_frame_and_playing_ends_at_the_last(archive):
    data = learning.replay_data(archive)
    assert ask(data, ask="frames") == [0, 0, 1, len(data["frames"]) - 1]
    every, still = ask(data, ask="play")
    assert every == list(range(len(data["frames"]))) and still[-1] == every[-1]
    assert len(still) <= 13


# --- in the browser ----------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A replay</title>
<meta name="viewport" content="width=device-width">
<script defer src="training-replay.js"></script></head><body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(archive, tmp_path_factory):
    """What a reader with a browser sees on a page in a folder."""
    folder = tmp_path_factory.mktemp("page with spaces")
    (folder / "training-replay.js").write_bytes(page.script(replay.NAME).read_bytes())
    (folder / "widget.mjs").write_text(page.module(replay.NAME), "utf-8")
    still = '<img alt="a still picture" src="data:,">'
    place = page.place(replay.NAME, still, settings={"seed": 0}, data=learning.replay_data(archive))
    (folder / "data.json").write_text(json.dumps(learning.replay_data(archive)), "utf-8")
    (folder / "index.html").write_text(PAGE.format(place=place), "utf-8")
    command = [NODE, "replay.mjs", folder / "index.html", CHROMIUM]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@in_browser
def test_the_picture_gives_way_to_the_replay_at_its_end(reader, archive):
    end = reader["end"]
    assert reader["still"] == 0 and end["frame"] == end["last"] and end["says"] == "update 250"
    course = learning.courses(archive)[3]
    assert f"ColEI H {course.entropy[0]:.3f} → {course.entropy[-1]:.3f}" in end["words"][1]


@in_browser
def test_the_slider_goes_through_the_frames_by_keyboard(reader, archive):
    assert reader["start"]["frame"] == 0 and reader["one"]["says"] == "update 25"
    assert reader["start"]["pictures"] != reader["one"]["pictures"] != reader["end"]["pictures"]
    error = learning.courses(archive)[0].error[1]
    assert f"error {error:.1f}" in reader["one"]["words"][0]


@in_browser
def test_another_seed_is_other_networks(reader):
    assert reader["seed"]["frame"] == reader["one"]["frame"]
    assert all(a != b for a, b in zip(reader["seed"]["words"], reader["one"]["words"]))


@in_browser
def test_it_plays_pauses_and_stops_at_the_end(reader):
    assert reader["playing"]["button"] == "Pause" and reader["playing"]["frame"] == 0
    paused = reader["paused"]
    assert paused["button"] == "Play" and 0 < paused["frame"] < paused["last"]
    assert reader["rest"]["frame"] == paused["frame"]
    assert reader["finished"]["frame"] == paused["last"] and reader["finished"]["button"] == "Play"


@in_browser
def test_with_less_motion_it_goes_in_slow_steps(reader):
    assert reader["calmAtHalfASecond"] == 0 < reader["calmStep"]


@in_browser
def test_controls_and_pictures_are_labelled_and_a_rest_is_said(reader):
    assert reader["unlabelled"] == 0 == reader["undescribed"]
    assert reader["spoken"].startswith("Update 25, seed 0. RNN: H 0.")


@in_browser
def test_nothing_fails_and_nothing_outside_the_folder_is_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == []


@in_browser
@pytest.mark.parametrize("width", [320, 360, 700, 1440])
def test_nothing_is_wider_than_the_screen(reader, width):
    assert max(reader["widths"][str(width)]) <= width


@in_browser
def test_the_dark_theme_has_other_colours(reader):
    assert reader["dark"][0] != reader["dark"][1]


@in_browser
def test_without_scripts_there_is_a_picture_with_a_description(reader):
    assert reader["withoutScripts"] == "a still picture"


@in_browser
def test_in_a_notebook_seed_and_update_go_both_ways(reader):
    widget = reader["widget"]
    assert widget["first"] == {"seed": "1", "frame": "0"} and widget["followed"]
    assert widget["settled"] == 250 and widget["sent"] == 0 and widget["left"] == 0


# --- in a notebook -----------------------------------------------------------------------------------------


def test_a_cell_shows_a_place_with_data_and_a_picture(archive, monkeypatch):
    shown = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: shown.append(bundle))
    learning.show_replay(archive, seed=1)
    (bundle,) = shown
    assert bundle["text/html"].startswith('<div class="training-replay" data-seed="1"><img alt="Singular')
    text = bundle["text/html"].split('<script type="application/json">')[1].split("</script>")[0]
    assert json.loads(text) == learning.replay_data(archive)
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (replay.anywidget is not None)


def test_a_seed_that_is_not_there_is_refused_by_name(archive):
    with pytest.raises(ValueError, match="seed: expected one of 0, 1, 2, got 7"):
        learning.show_replay(archive, seed=7)
    with pytest.raises(ValueError, match=r"seed: expected one of \[0, 1, 2\], got 7"):
        learning.figures.spectra_while_learning(archive, seed=7)


def test_the_still_picture_has_both_spectra_of_every_kind_and_the_curves(archive):
    figure = learning.figures.spectra_while_learning(archive, seed=2)
    courses = [c for c in learning.courses(archive) if c.seed == 2]
    above, below = figure.axes[:3], figure.axes[3:]
    for ax, course in zip(above, courses):
        for line, row in zip(ax.lines, (0, -1)):
            np.testing.assert_array_equal(line.get_ydata(), course.s[row])
    for ax, name in zip(below, ("entropy", "error")):
        for line, course in zip(ax.lines, courses):
            np.testing.assert_array_equal(line.get_ydata(), getattr(course, name))


@pytest.mark.skipif(replay.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_starts_at_the_end_and_refuses_a_strange_seed(archive):
    widget = learning.Replay(archive)
    assert (widget.seed, widget.update) == (0, 250)
    widget.seed = 2
    with pytest.raises(ValueError, match="seed: expected one of 0, 1, 2, got 3"):
        widget.seed = 3
    assert "TrainingReplay.render" in widget._esm[-80:]
