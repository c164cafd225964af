"""The transplant bench in the page computes what the library does, by keyboard, off-line, on a phone."""

import re

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib.spectra import eigenvalues, singular_values, spectral_radius, svd_entropy
from daleslaw_lib.spectra import transplant as library_transplant
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants import bench
from helpers import on_any_screen
from helpers.web import ask, in_browser, look, needs_node

# --- the same matrices, the same numbers -------------------------------------------------------------


def close(a, b, tolerance=1e-6):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@needs_node
def test_forty_random_transplants_equal_the_librarys():
    rng, cases, expected = np.random.default_rng(6), [], []
    for k in range(40):
        vectors, spectrum = bench.SOURCES[k % 2], bench.SOURCES[k // 2 % 2]
        n, percent = int(rng.integers(10, 201)), rng.uniform(1, 50)
        pair = transplants.draw_pair(n, ei_ratio=100 / percent - 1, seed=k)
        setting = {"vectors": vectors, "spectrum": spectrum, "matching": "ranked", "n": n, "seed": k}
        cases.append(setting | {kind: W.ravel().tolist() for kind, W in pair.items()})
        expected.append((pair, library_transplant(pair[vectors], pair[spectrum])))
    for case, (pair, W), found in zip(cases, expected, ask("transplants", cases=cases)):
        n = case["n"]
        close(np.reshape(found["W"], (n, n)), W)
        close(found["s"], singular_values(W))
        close(np.sort(np.hypot(found["real"], found["imaginary"])), np.sort(np.abs(eigenvalues(W))))
        assert found["radius"] == pytest.approx(float(spectral_radius(W)), abs=1e-6)
        assert found["H"] == pytest.approx(float(svd_entropy(W)), abs=1e-6)
        own = transplants.combine(pair, case["vectors"], case["spectrum"])  # as it is, where nothing changes
        assert found["lawful"] == initialisation.columns_of_one_sign(own)
        assert found["changed"] == pytest.approx(transplants.signs_changed(own, pair[case["vectors"]]))


@needs_node
@pytest.mark.parametrize("vectors", bench.SOURCES)
def test_the_largest_value_can_take_the_smallests_place(vectors):
    pair = transplants.draw_pair(40, seed=3)
    matrices = {kind: W.ravel().tolist() for kind, W in pair.items()}
    setting = {"vectors": vectors, "spectrum": "colei", "matching": "reversed", "n": 40, "seed": 3}
    (found,) = ask("transplants", cases=[setting | matrices])
    close(np.reshape(found["W"], (40, 40)), transplants.combine(pair, vectors, "colei", "reversed"))


@needs_node
def test_a_random_order_keeps_the_values_and_follows_the_seed():
    s = np.sort(np.random.default_rng(0).random(50))[::-1].tolist()
    orders = [ask("matched", s=s, matching="shuffled", seed=seed) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0], reverse=True) == s != orders[0]


@needs_node
def test_the_bench_draws_an_rnn_and_a_colei_of_their_own_radii():
    setting = {"n": 100, "inhibitory": 10, "seed": 4}
    W = {kind: np.reshape(one["W"], (100, 100)) for kind, one in ask("pair", settings=setting).items()}
    assert float(spectral_radius(W["colei"])) == pytest.approx(1.5, abs=1e-9)
    assert W["rnn"].std() == pytest.approx(3**-0.5 / 10, rel=0.02)
    assert (np.sign(W["colei"]) == np.repeat([1, -1], [90, 10])).all()  # the diagonal as drawn (E8)


@needs_node
def test_settings_out_of_range_are_brought_into_it_or_refused():
    changes = {"n": "9999", "inhibitory": 0, "vectors": "dann", "matching": "toString", "seed": -1}
    assert ask("benchMerged", changes=changes) == bench.START | {"n": 200, "inhibitory": 1}


# --- in the browser ----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A bench</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body><div class="transplant-bench" data-n="60"><img alt="a still picture" src="data:,"></div></body>
</html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """What a reader with a browser sees on a page in a folder."""
    return look(tmp_path_factory.mktemp("bench"), bench.NAME, "bench/bench.test.mjs", PAGE)


@in_browser
def test_the_picture_gives_way_to_the_bench(reader):
    assert reader["still"] == 0
    H, columns, changed = reader["start"]
    assert re.fullmatch(r"H = 0\.9\d\d", H) and columns == "0 of 60" and 30 < int(changed.split()[0]) < 70


@in_browser
def test_entropy_follows_the_spectrum_and_signs_are_kept_only_where_nothing_changes(reader):
    assert reader["rnn"][0] == reader["start"][0] and reader["rnn"][2] == "0 %"
    assert reader["colei"][1:] == ["60 of 60", "0 %"] and reader["colei"][0] < reader["start"][0]
    assert reader["shuffled"][0] == reader["colei"][0] and reader["shuffled"][1] == "0 of 60"


@in_browser
def test_every_control_changes_the_pictures_by_keyboard(reader):
    assert len(reader["keys"]) == 8 and all(reader["keys"].values()), reader["keys"]
    assert reader["afterPreset"] == ["100", "10", "ranked"]


@in_browser
def test_controls_are_labelled_and_the_result_is_said(reader):
    assert reader["unlabelled"] == 0
    assert re.search(
        r"entropy H 0\.\d+; 100 of 100 columns have one sign; 0 per cent of entries", reader["spoken"]
    )


@in_browser
def test_nothing_fails_and_nothing_outside_the_folder_is_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == []


@in_browser
def test_at_200_units_another_spectrum_takes_less_than_200_ms(reader):
    """Of the page's own processor time; a new draw decomposes two matrices, and may take longer."""
    spectrum, draw = (sorted(reader["busy"][name]) for name in ("spectrum", "draw"))
    print("ms at N = 200: spectrum", np.round(spectrum), "draw", np.round(draw))
    assert 1 < spectrum[len(spectrum) // 2] < 200 and draw[len(draw) // 2] < 500


@in_browser
def test_in_a_notebook_settings_go_both_ways_and_results_come_back(reader):
    assert reader["widget"] == {"found": [True, True, True], "left": 0}


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
test_the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture = (
    on_any_screen.the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture
)
