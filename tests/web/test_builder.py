"""The shaken matrices in the page are NumPy's, and break and keep the rules that the library's do."""

import numpy as np
import pytest

from daleslaw_lib.initialisation.populations import columns_of_one_sign
from daleslaw_lib.spectra import spectral_radius
from daleslaw_lib.studies.building import builder
from daleslaw_lib.widgets import page as widgets_page
from helpers import on_any_screen
from helpers.web import ask, in_browser, look, needs_node

N, RATIO = 20, 3.0
DATA = builder.in_page()
SETTINGS = [{"size": size, "project": project} for size in (0, 0.3, 1) for project in ("yes", "no")]


def numpys(kind, size, project):
    rng = np.random.default_rng(0)
    parts = builder.draw_parts(kind, N, RATIO, rng=rng)
    return builder.shaken(parts, size, project=project == "yes", rng=rng)


@needs_node
def test_matrices_after_a_step_signs_of_columns_and_radius_equal_numpys():
    for settings, found in zip(SETTINGS, ask("shaken", data=DATA, settings=SETTINGS)):
        for kind in ("rnn", "colei", "dann"):
            parts = numpys(kind, **settings)
            excites, inhibits = builder.excitation_and_inhibition(kind, parts, RATIO)
            W, scale = excites + inhibits, np.abs(inhibits).max()
            for name, theirs in {"excitation": excites, "inhibition": inhibits, "W": W}.items():
                ours = np.reshape(found[kind][name], (N, N))
                np.testing.assert_allclose(ours, theirs, atol=2e-3 * scale)  # numbers of four figures
            assert found[kind]["radius"] == pytest.approx(spectral_radius(W), rel=0.01)
            assert sum(map(bool, found[kind]["signs"])) == columns_of_one_sign(W)
            lowest = None if kind == "rnn" else min(w.min() for w in parts.values())
            assert found[kind]["lowest"] == (lowest and pytest.approx(lowest, abs=2e-3 * scale))


@needs_node
def test_a_step_breaks_the_law_and_projecting_keeps_it():
    free, kept = ask("shaken", data=DATA, settings=[SETTINGS[-1], SETTINGS[-2]])
    assert free["colei"]["signs"].count(0) > 0 and free["dann"]["lowest"] < 0
    assert 0 not in kept["colei"]["signs"] and min(kept["colei"]["lowest"], kept["dann"]["lowest"]) == 0
    assert kept["rnn"] == free["rnn"]  # which has nothing to be projected


@needs_node
def test_settings_that_make_no_sense_are_refused_and_sizes_brought_into_range():
    wrong = [{"size": "much", "project": "perhaps"}, {"size": 9, "other": 1}, {"size": -1}, {"project": "no"}]
    start = {"size": 0, "project": "yes"}
    assert ask("shakenMerged", changes=wrong) == [
        start,
        start | {"size": 1},
        start,
        start | {"project": "no"},
    ]


# --- in the browser ----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Matrices</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    place = widgets_page.place(builder.NAME, '<img alt="a still picture" src="data:,">', data=DATA)
    folder = tmp_path_factory.mktemp("page with spaces")
    return look(folder, builder.NAME, "builder/builder.test.mjs", PAGE.format(place=place))


@in_browser
def test_the_picture_gives_way_to_three_kinds_before_a_step(reader):
    assert reader["still"] == 0 and len(reader["start"]["pictures"]) == 9
    rnn, colei, dann = reader["start"]["words"]
    assert rnn == "RNN No part has to be positive; no column of W has one sign."
    assert colei.startswith("ColEI Wpos") and colei.endswith("≥ 0: yes; all 20 columns of W have one sign.")
    assert dann.startswith("DANN Wex, Wix, Wei") and "≥ 0: yes;" in dann and reader["start"]["mixed"][1] == 0


@in_browser
def test_without_projecting_a_step_breaks_the_rules_in_sight(reader):
    assert reader["projected"]["mixed"][1] == 0 and "≥ 0: yes" in reader["projected"]["words"][1]
    assert reader["free"]["mixed"][1] > 0
    assert all("≥ 0: no" in words for words in reader["free"]["words"][1:])
    assert reader["projected"]["pictures"] != reader["start"]["pictures"] != reader["free"]["pictures"]


@in_browser
def test_every_control_changes_the_pictures_by_keyboard_and_back(reader):
    assert len(reader["keys"]) == 4 and all(reader["keys"].values()), reader["keys"]
    assert reader["back"] == reader["start"]


@in_browser
def test_controls_are_labelled_pictures_described_and_the_result_said(reader):
    assert reader["unlabelled"] == 0 and reader["spoken"].startswith("RNN: No part has to be positive;")
    assert reader["start"]["labels"][:3] == [
        f"RNN, {what}: 20 by 20 weights." for what in ("excitation", "inhibition", "effective W")
    ]
    assert reader["axe"] == [] and reader["axeDark"] == []


@in_browser
def test_a_control_answers_within_50_ms(reader):
    """The quickest of them: others say how busy the machine is, and `benchmarks/pages.py` has medians."""
    print("ms from a change to its drawing:", np.round(reader["busy"]))
    assert 0 < min(reader["busy"]) < 50


@in_browser
def test_letters_are_readable_on_a_phone_and_colours_change_in_the_dark(reader):
    assert min(reader["letters"]) >= 11
    assert all(needed <= there for needed, there in reader["titles"]), reader["titles"]
    assert reader["dark"][0] != reader["dark"][1]


@in_browser
def test_nothing_fails_and_without_scripts_there_is_a_picture(reader):
    assert reader["faults"] == [] and reader["outside"] == []
    assert reader["withoutScripts"] == "a still picture"


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
