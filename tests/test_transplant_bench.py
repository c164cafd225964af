"""The transplant bench computes what the library does, in the page, by keyboard, off-line and on a phone."""

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import traitlets
from test_laboratory import CHROMIUM, NODE, WEB, ask, in_browser, needs_node

from daleslaw_lib import initialisation
from daleslaw_lib.spectra import eigenvalues, singular_values, spectral_radius, svd_entropy
from daleslaw_lib.spectra import transplant as library_transplant
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants import bench
from daleslaw_lib.widgets import page as widgets_page
from daleslaw_lib.widgets import playground

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


# --- in Python ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10, 50])
@pytest.mark.parametrize("vectors", bench.SOURCES)
@pytest.mark.parametrize("spectrum", bench.SOURCES)
def test_only_colei_itself_keeps_its_columns_signs(vectors, spectrum, n):
    pair = transplants.draw_pair(n, seed=0)
    W = transplants.combine(pair, vectors, spectrum)
    assert (initialisation.columns_of_one_sign(W) == n) == (vectors == spectrum == "colei")
    assert (transplants.signs_changed(W, pair[vectors]) == 0) == (vectors == spectrum)


@pytest.mark.parametrize("matching", transplants.MATCHINGS)
def test_no_matching_changes_the_singular_values(matching):
    pair = transplants.draw_pair(30, seed=1)
    W = transplants.combine(pair, "colei", "rnn", matching, seed=5)
    close(singular_values(W), singular_values(pair["rnn"]), 1e-12)


def test_combine_refuses_other_names():
    pair = transplants.draw_pair(10, seed=0)
    with pytest.raises(ValueError, match="vectors: expected one of rnn, colei, got 'dann'"):
        transplants.combine(pair, "dann", "rnn")
    with pytest.raises(ValueError, match="matching: expected one of ranked"):
        transplants.combine(pair, "rnn", "rnn", "sorted")


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(widgets_page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_a_cell_shows_a_place_for_the_script_and_a_picture_in_words(shown):
    transplants.show_transplant_bench(vectors="rnn", n=20)
    (bundle,) = shown
    page = bundle["text/html"]
    assert page.startswith('<div class="transplant-bench" data-vectors="rnn" data-n="20"><img alt="Weights')
    assert "Columns of one sign: 0 of 20; entries that changed sign: 0%" in page
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (widgets_page.anywidget is not None)


@pytest.mark.parametrize("setting", [{"vectors": "dann"}, {"n": 5}, {"inhibitory": 80}, {"rho": 1}])
def test_a_setting_out_of_range_is_refused_by_name(shown, setting):
    with pytest.raises(ValueError, match=f"^({next(iter(setting))}|setting): expected"):
        transplants.show_transplant_bench(**setting)
    assert shown == []


@pytest.mark.skipif(widgets_page.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_gives_the_matrix_that_is_shown():
    widget = transplants.TransplantBench(n=20)
    assert widget.W is None and widget.vectors == "colei"
    W = np.arange(400.0).reshape(20, 20)
    widget.set_state({"weights": memoryview(W.tobytes()), "columns_of_one_sign": 3})  # as a message
    np.testing.assert_array_equal(widget.W, W)
    with pytest.raises(traitlets.TraitError):
        widget.spectrum = "dann"
    assert "TransplantBench.render" in widget._esm[-80:]


# --- in the browser ----------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A bench</title>
<meta name="viewport" content="width=device-width"><script defer src="transplant-bench.js"></script></head>
<body><div class="transplant-bench" data-n="60"><img alt="a still picture" src="data:,"></div></body>
</html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """What a reader with a browser sees on a page in a folder."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copy(widgets_page.script(bench.NAME), folder)
    (folder / "widget.mjs").write_text(widgets_page.module(bench.NAME), "utf-8")
    (folder / "index.html").write_text(PAGE, "utf-8")
    command = [NODE, "bench.mjs", folder / "index.html", CHROMIUM]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
@pytest.mark.parametrize("width", [320, 360, 700, 1440])
def test_nothing_is_wider_than_the_screen(reader, width):
    assert max(reader["widths"][str(width)]) <= width


@in_browser
def test_the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture(reader):
    assert reader["dark"][0] != reader["dark"][1]
    assert reader["withoutScripts"] == "a still picture"


@in_browser
def test_in_a_notebook_settings_go_both_ways_and_results_come_back(reader):
    assert reader["widget"] == {"found": [True, True, True], "left": 0}
