"""The stretched circle in the page computes what NumPy does, by keyboard, off-line, on a phone."""

import re

import numpy as np
import pytest

from daleslaw_lib.studies.initial_spectra import ellipse
from daleslaw_lib.widgets import page as widgets_page
from helpers import on_any_screen
from helpers.web import ask, in_browser, look, needs_node

RNG = np.random.default_rng(4)
CASES = [*RNG.normal(size=(40, 2, 2)), np.array([[1.0, -1], [1, -1]]), np.eye(2), np.zeros((2, 2))]


@needs_node
@pytest.mark.parametrize("steps", [1, 2, 8])
def test_singular_values_axes_and_radius_equal_numpys(steps):
    answers = ask("pairs", cases=[W.ravel().tolist() for W in CASES], steps=steps)
    for W, found in zip(CASES, answers):
        product = np.linalg.matrix_power(W, steps)
        s = np.linalg.svd(product, compute_uv=False)
        scale = max(1, s[0])
        np.testing.assert_allclose(np.reshape(found["power"], (2, 2)), product, atol=1e-12 * scale)
        np.testing.assert_allclose(found["s"], s, atol=1e-12 * scale)
        # the root of a vanishing discriminant loses half the digits, here and in LAPACK
        radius = np.abs(np.linalg.eigvals(product)).max()
        np.testing.assert_allclose(found["radius"], radius, atol=3e-7 * scale)
        axes = np.array(found["axes"]).T  # as columns, with their lengths: A A^T = W W^T
        np.testing.assert_allclose(axes @ axes.T, product @ product.T, atol=1e-10 * scale**2)
        assert abs(axes[:, 0] @ axes[:, 1]) < 1e-10 * scale**2


@needs_node
def test_settings_make_the_librarys_matrix_and_nonsense_is_refused():
    controls = {name: control.value for name, control in ellipse.stretching().controls.items()}
    assert ask("pairMerged", changes={}) == pytest.approx(controls)
    wrong = {"ee": "toString", "ei": None, "steps": -3, "ii": 99, "other": 1}
    assert ask("pairMerged", changes=wrong) == pytest.approx(controls | {"steps": 2, "ii": 2})
    settings = {"ee": 1, "ei": 0.5, "ie": 0.4, "ii": 1}
    assert ask("pairMatrix", settings=settings) == [1, -0.5, 0.4, -1]


# --- in the browser ----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A circle</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    place = widgets_page.place(ellipse.NAME, '<img alt="a still picture" src="data:,">')
    folder = tmp_path_factory.mktemp("page with spaces")
    return look(folder, ellipse.NAME, "circle/circle.test.mjs", PAGE.format(place=place))


@in_browser
def test_the_picture_gives_way_to_the_pair_that_python_starts_with(reader):
    words = ellipse.stretching().words.value
    assert reader["still"] == 0
    theirs, ours = (re.findall(r"\d+\.\d+", text) for text in (words, reader["start"]["words"]))
    assert [f"{float(number):.2f}" for number in (ours[0], ours[-1])] == theirs
    assert reader["start"]["titles"] == ["One step stretches", "2 steps stretch"]


@in_browser
def test_every_control_changes_the_pictures_by_keyboard(reader):
    assert len(reader["keys"]) == 7 and all(reader["keys"].values()), reader["keys"]
    assert reader["moved"]["titles"][1] == "3 steps stretch" and reader["back"] == reader["start"]


@in_browser
def test_controls_are_labelled_pictures_described_and_the_result_said(reader):
    assert reader["unlabelled"] == 0 and all("half axes" in label for label in reader["start"]["labels"])
    assert reader["spoken"].startswith("One step stretches by at most ")
    assert reader["axe"] == [] and reader["axeDark"] == []


@in_browser
def test_a_control_answers_within_50_ms(reader):
    """The quickest of them: others say how busy the machine is, and `benchmarks/pages.py` has medians."""
    print("ms from a change to its drawing:", np.round(reader["busy"]))
    assert 0 < min(reader["busy"]) < 50


@in_browser
def test_letters_are_readable_on_a_phone_and_colours_change_in_the_dark(reader):
    assert min(reader["letters"]) >= 11
    assert reader["dark"][0] != reader["dark"][1]


@in_browser
def test_nothing_fails_and_without_scripts_there_is_a_picture(reader):
    assert reader["faults"] == [] and reader["outside"] == []
    assert reader["withoutScripts"] == "a still picture"


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
