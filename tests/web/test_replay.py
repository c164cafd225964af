"""The replay in the page: it decodes what it is given, plays, and works by keyboard, off-line, on a phone."""

import json
import re

import numpy as np
import pytest

from daleslaw_lib.spectra import svd_entropy
from daleslaw_lib.studies import learning
from daleslaw_lib.studies.learning import replay
from daleslaw_lib.widgets import page
from helpers import on_any_screen, trained
from helpers.web import ask, in_browser, look, needs_node


@pytest.fixture(scope="module")
def archive():
    return trained.replay()


# --- what the page is given --------------------------------------------------------------------------------


@needs_node
def test_the_page_decodes_the_archives_spectra(archive):
    data = learning.replay_data(archive)
    found = ask("replayed", data=data)
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
    assert ask("replayed", data=data)["rnn 0"][1] == [0] * 100


@needs_node
def test_any_update_has_a_nearest_frame_and_playing_ends_at_the_last(archive):
    data = learning.replay_data(archive)
    nearest = ask("nearestFrames", data=data, updates=[-5, 0, 30, 1e9])
    assert nearest == [0, 0, 1, len(data["frames"]) - 1]
    every, still = (ask("played", data=data, still=still) for still in (False, True))
    assert every == list(range(len(data["frames"]))) and still[-1] == every[-1]
    assert len(still) <= 13


# --- in the browser ----------------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A replay</title>
<meta name="viewport" content="width=device-width">
<script defer src="figures.js"></script></head><body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(archive, tmp_path_factory):
    """What a reader with a browser sees on a page in a folder."""
    still, data = '<img alt="a still picture" src="data:,">', learning.replay_data(archive)
    html = PAGE.format(place=page.place(replay.NAME, still, settings={"seed": 0}, data=data))
    return look(
        tmp_path_factory.mktemp("page with spaces"), replay.NAME, "replay/replay.test.mjs", html, data
    )


@in_browser
def test_the_picture_gives_way_to_the_replay_at_its_end(reader, archive):
    end = reader["end"]
    assert reader["still"] == 0 and end["frame"] == end["last"] and end["says"] == "update 250"
    course = learning.courses(archive)[3]
    said = re.search(r"ColEI H (\d\.\d{3}) → (\d\.\d{3})", end["words"][1])
    expected = [course.entropy[0], course.entropy[-1]]
    assert [float(said[1]), float(said[2])] == pytest.approx(
        expected, abs=0.00101
    )  # the page has rounded before


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


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
