"""The moving mechanism in the page computes what the library does, by keyboard, off-line, on a phone."""

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib.initialisation import dann_input_weights, effective_dann
from daleslaw_lib.studies.initial_spectra import mechanism, moving
from daleslaw_lib.tasks import mnist
from daleslaw_lib.widgets import page as widgets_page
from helpers import on_any_screen
from helpers.web import ask, in_browser, look, needs_node


def close(a, b, tolerance=1e-6):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@pytest.fixture(scope="module")
def images():
    return mnist.scaled(mnist.load(source="subset").x_test[:12], float)


# --- the same networks, the same numbers -------------------------------------------------------------


@needs_node
@pytest.mark.parametrize("n", [24, 100])
def test_masks_directions_sizes_and_places_equal_numpys(n, images):
    rng = np.random.default_rng(7)
    networks = [mechanism.network(name, n, rng=rng) for name in mechanism.MATRICES]
    cloud = np.linalg.qr(rng.normal(size=(n, n)))[0]
    cases = [{"U": U.ravel(), "W": W.ravel(), "x": x.ravel()} for (U, W), x in zip(networks, images)]
    cases = [{name: array.tolist() for name, array in case.items()} for case in cases]
    where = {"from": mechanism.FIRST, "steps": mechanism.STEPS}
    answers = ask("carried", cases=cases, cloud=cloud.ravel().tolist(), **where)
    for (U, W), x, found in zip(networks, images, answers):
        masks = mechanism.active(U, W, x)[mechanism.FIRST : mechanism.FIRST + mechanism.STEPS]
        np.testing.assert_array_equal(np.array(found["masks"], bool), masks)
        for way in ("forward", "backward"):
            products = mechanism.products(W, masks, backward=way == "backward")
            close([one["directions"] for one in found[way]], mechanism.directions(products))
            close([one["logGain"] for one in found[way]], mechanism.log_gain(products))
            for product, one in list(zip(products, found[way]))[1:]:  # the identity's axes are any
                s = np.linalg.svd(product, compute_uv=False)
                close(one["lengths"], s / s[0])
                if min(s[0] - s[1], s[1] - s[2]) > 1e-3 * s[0]:
                    close(np.abs(one["places"]), np.abs(mechanism.positions(product, cloud)), 1e-5)


@needs_node
def test_changes_of_coleis_matrix_equal_numpys():
    W = initialisation.colei_weights(50, 9, rng=np.random.default_rng(3))
    found = ask("changes", n=50, W=W.ravel().tolist())
    assert list(found) == list(mechanism.CHANGES)
    for name, change in mechanism.CHANGES.items():
        close(np.reshape(found[name], W.shape), change(W), 1e-12)


@needs_node
def test_a_network_that_falls_silent_has_no_directions_left():
    silent = {"U": [1.0] * 56, "W": [0.5] * 4, "x": [-1.0] * 28}
    where = {"from": 0, "steps": 1}
    (found,) = ask("carried", cases=[silent], cloud=np.eye(2).ravel().tolist(), **where)
    assert found["forward"][1]["directions"] == 0 and found["forward"][1]["logGain"] is None
    assert found["forward"][1]["places"] == [[0, 0], [0, 0]]


# --- draws -------------------------------------------------------------------------------------------


@needs_node
def test_the_clouds_directions_are_at_right_angles():
    Q = np.reshape(ask("cloud", n=100, seed=3), (100, 100))
    close(Q.T @ Q, np.eye(100), 1e-12)
    assert abs(np.mean(Q)) < 0.01 and 2.5 < (Q**4).mean() / (Q**2).mean() ** 2 < 3.3  # no axis is special


@needs_node
@pytest.mark.parametrize("kind", ["rnn", "colei", "dann"])
def test_input_weights_have_the_librarys_moments(kind):
    rng = np.random.default_rng(0)
    library = {
        "rnn": lambda: initialisation.rnn_input_weights(60, 28, rng=rng),
        "colei": lambda: initialisation.colei_input_weights(60, 28, rng=rng),
        "dann": lambda: effective_dann(*dann_input_weights(60, 28, 6, rng=rng)),
    }[kind]
    found = np.array(ask("inputs", kind=kind, n=60, inputs=28, seeds=list(range(60)))).reshape(60, 60, 28)
    theirs = np.array([library() for _ in range(60)])
    for power in (1, 2, 3):
        a, b = (found**power).mean((1, 2)), (theirs**power).mean((1, 2))
        assert abs(a.mean() - b.mean()) < 4.5 * np.hypot(a.std(), b.std()) / np.sqrt(60) + 1e-12
    if kind == "dann":
        close(found.sum(1), 0, 1e-12)


@needs_node
def test_many_draws_of_the_page_lose_directions_as_the_librarys_do():
    names = ["rnn", "colei", "dann"]
    data = {"digits": moving.digits()}
    found = np.log(ask("mechanisms", data=data, names=names, seeds=list(range(30))))
    survey = mechanism.survey(names, draws=40)
    survey = np.log(survey.set_index(["name", "draw", "step"]).directions.unstack())
    for name, values in zip(names, found):
        theirs = survey.loc[name].to_numpy()
        for step in (1, 3, 10):
            a, b = values[:, step], theirs[:, step]
            assert abs(a.mean() - b.mean()) < 4.5 * np.hypot(a.std() / 30**0.5, b.std() / 40**0.5)


@needs_node
def test_settings_that_are_none_are_refused():
    start = {"beside": "colei", "way": "forward", "seed": 44, "step": 10}
    wrong = {"beside": "toString", "way": "up", "seed": -1, "step": "x"}
    assert ask("mechanismMerged", start=start, changes=wrong) == start
    assert ask("mechanismMerged", start=start, changes={"step": 99, "beside": "dann"})["step"] == 10


# --- in the browser ----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The mechanism</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    data = {"digits": moving.digits()}
    place = widgets_page.place(moving.NAME, '<img alt="a still picture" src="data:,">', data=data)
    folder = tmp_path_factory.mktemp("page with spaces")
    return look(folder, moving.NAME, "mechanism/mechanism.test.mjs", PAGE.format(place=place), data)


@in_browser
def test_the_picture_gives_way_to_the_figure_at_its_last_step(reader):
    assert reader["still"] == 0 and reader["end"]["names"] == ["RNN", "ColEI"]
    assert reader["end"]["step"] == 10 and reader["end"]["dots"] == [100, 100]
    assert reader["end"]["left"][0] > 3 > 1.5 > reader["end"]["left"][1] >= 1


@in_browser
def test_a_cloud_starts_with_every_direction_and_one_step_takes_most_of_coleis(reader):
    assert reader["start"]["left"] == [100, 100] and reader["start"]["says"] == "0 of 10"
    assert reader["one"]["step"] == 1 and reader["one"]["left"][0] > 25 > 6 > reader["one"]["left"][1]


@in_browser
def test_what_is_carried_and_what_is_beside_the_rnn_can_be_chosen(reader):
    assert "gradients" in reader["backward"]["words"] and "gradients" not in reader["one"]["words"]
    assert reader["dann"]["names"] == ["RNN", "DANN"] and reader["dann"]["left"][1] > 20
    assert reader["neither"]["left"][1] > 20 and "no longer obeys Dale’s law" in reader["neither"]["words"]


@in_browser
def test_every_control_changes_the_pictures_by_keyboard(reader):
    assert len(reader["keys"]) == 6 and all(reader["keys"].values()), reader["keys"]


@in_browser
def test_it_plays_from_where_it_is_pauses_and_stops_at_the_end(reader):
    assert reader["playing"]["button"] == "Pause" and reader["moved"]["step"] >= 2
    assert reader["paused"]["button"] == "Play" and reader["rest"] == reader["paused"]
    assert reader["finished"]["step"] == 10


@in_browser
def test_with_less_motion_there_is_one_picture_a_step(reader):
    assert 2 <= reader["calm"]["steps"] and reader["calm"]["pictures"] <= reader["calm"]["steps"] + 1


@in_browser
def test_controls_are_labelled_pictures_described_and_the_result_said(reader):
    assert reader["unlabelled"] == 0 and reader["undescribed"] == 0
    assert reader["spoken"].startswith("After 1 step backward. RNN: ")
    assert reader["axe"] == [] and reader["axeDark"] == []


@in_browser
def test_nothing_fails_and_nothing_outside_the_folder_is_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == []


@in_browser
def test_a_new_draw_takes_less_than_200_ms(reader):
    """Of the page's own processor time: two networks, twenty products and their measures."""
    draw, step = (sorted(reader["busy"][name]) for name in ("draw", "step"))
    print("ms at N = 100: draw", np.round(draw), "step", np.round(step))
    assert 1 < draw[len(draw) // 2] < 200 and step[len(step) // 2] < 100


@in_browser
def test_in_a_notebook_settings_go_both_ways_and_results_come_back(reader):
    assert reader["widget"] == {"found": [True, True, True, True], "left": 0}


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
test_the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture = (
    on_any_screen.the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture
)
