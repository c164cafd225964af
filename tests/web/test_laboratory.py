"""The laboratory in the page computes what the library does, and works by keyboard, off-line, on a phone."""

import shutil

import numpy as np
import pytest

from daleslaw_lib import theory
from daleslaw_lib.initialisation import colei_feedforward_weights, count_interneurons, split_population
from daleslaw_lib.initialisation.draw import DEFAULT_RHO, draw_matrix
from daleslaw_lib.spectra import eigenvalues, singular_values, spectral_radius, svd_entropy
from daleslaw_lib.studies.initial_spectra import laboratory
from helpers import on_any_screen
from helpers.web import ask, in_browser, look, needs_node


def draws(count=1, **setting):
    settings = [setting | {"seed": k} for k in range(count)]
    found = ask("draws", settings=settings)
    return found, np.array([one["W"] for one in found]).reshape(count, setting["n"], setting["n"])


# --- the same matrix, the same numbers ---------------------------------------------------------------


@needs_node
def test_spectra_equal_numpys_for_forty_random_settings():
    rng = np.random.default_rng(5)
    matrices = []
    for k in range(40):
        kind, n = ("rnn", "colei", "dann", "dann")[k % 4], int(rng.integers(10, 201))
        ratio = 100 / rng.uniform(1, 50) - 1
        rho = float(rng.uniform(0.1, 3))
        matrices.append(draw_matrix(kind, n, ratio, rho=rho, random_ix=k % 4 == 3, rng=rng))
    found = ask("spectra", matrices=[{"n": len(W), "W": W.ravel().tolist()} for W in matrices])
    for W, one in zip(matrices, found):
        np.testing.assert_allclose(one["s"], singular_values(W), rtol=0, atol=1e-6)
        moduli = np.sort(np.hypot(one["real"], one["imaginary"]))
        np.testing.assert_allclose(moduli, np.sort(np.abs(eigenvalues(W))), rtol=0, atol=1e-6)
        assert np.sum(one["real"]) == pytest.approx(np.trace(W), abs=1e-6)
        assert one["H"] == pytest.approx(float(svd_entropy(W)), abs=1e-6)


@needs_node
@pytest.mark.parametrize(
    "W",
    [np.eye(4), np.diag([3.0, 1, 2]), [[0, 1], [-1, 0]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.ones((5, 5))],
    ids=["identity", "diagonal", "rotation", "cycle", "rank one"],
)
def test_eigenvalues_of_matrices_that_are_easy_for_people(W):
    W = np.array(W, float)
    (one,) = ask("spectra", matrices=[{"n": len(W), "W": W.ravel().tolist()}])
    got = np.sort_complex(np.round(np.array(one["real"]) + 1j * np.array(one["imaginary"]), 9))
    np.testing.assert_allclose(got, np.sort_complex(np.round(eigenvalues(W), 9)), atol=1e-8)


def silent(n, column):
    W = np.random.default_rng(n).normal(size=(n, n))
    W[:, column] = 0
    return W


@needs_node
@pytest.mark.parametrize(
    "W",
    [np.zeros((4, 4)), np.eye(6, k=1), silent(30, 0), silent(30, 17), silent(30, 29), 1e-9 * silent(20, 3)]
    + [np.ones((5, 5)), np.diag([3.0, 1, 2]), [[0, 0, 1], [1, 0, 0], [0, 1, 0]]],
    ids=[
        "zero",
        "shift",
        "first silent",
        "one silent",
        "last silent",
        "tiny",
        "rank one",
        "diagonal",
        "cycle",
    ],
)
def test_singular_values_of_matrices_without_full_rank_or_with_equal_values_are_numpys(W):
    W = np.array(W, float)
    (one,) = ask("spectra", matrices=[{"n": len(W), "W": W.ravel().tolist()}])
    np.testing.assert_allclose(one["s"], singular_values(W), rtol=1e-12, atol=1e-13 * abs(W).max())


# --- draws -------------------------------------------------------------------------------------------


@needs_node
def test_populations_are_split_as_in_the_library():
    cases = [(n, percent) for n in (10, 35, 100) for percent in (1, 7, 10, 33, 50)]
    for kind in ("colei", "dann"):
        settings = [
            {"kind": kind, "n": n, "fraction": percent / 100, "distribution": "uniform", "seed": 0}
            for n, percent in cases
        ]
        for (n, percent), one in zip(cases, ask("draws", settings=settings)):
            ratio = 100 / percent - 1
            expected = split_population(n, ratio) if kind == "colei" else (n, count_interneurons(n, ratio))
            assert (one["nE"], one["nI"]) == expected


@needs_node
@pytest.mark.parametrize("distribution", laboratory.DISTRIBUTIONS)
def test_an_rnn_has_mean_zero_and_variance_one_over_n(distribution):
    _, W = draws(8, kind="rnn", n=100, fraction=0.1, distribution=distribution)
    assert abs(W.mean()) < 5 * 0.1 / np.sqrt(W.size)
    fourth = (W**4).mean()
    assert (W**2).mean() == pytest.approx(0.01, abs=5 * np.sqrt(fourth / W.size))
    if distribution == "uniform":  # PyTorch's bound
        assert np.abs(W).max() <= np.sqrt(3 / 100)


@needs_node
@pytest.mark.parametrize(
    "distribution, cv",
    [
        ("uniform", 3**-0.5),
        ("normal", (np.pi / 2 - 1) ** 0.5),
        ("exponential", 1),
        ("lognormal", (np.e - 1) ** 0.5),
    ],
)
def test_colei_columns_have_the_formulas_means(distribution, cv):
    n_e, n_i = 80, 20
    W = np.array([ask("colei", n=100, nE=n_e, nI=n_i, distribution=distribution, seed=k) for k in range(4)])
    W = W.reshape(4, 100, 100)
    s_e = 1 / np.sqrt((2 * np.pi - 1) / (2 * np.pi) * (n_e + n_e**2 / n_i))
    for part, mean in ((W[:, :, :n_e], s_e), (W[:, :, n_e:], -n_e / n_i * s_e)):
        assert (np.sign(part) == np.sign(mean)).all()
        assert part.mean() == pytest.approx(mean, rel=5 * cv / np.sqrt(part.size))
        assert part.std() / abs(mean) == pytest.approx(cv, rel=0.2 if distribution == "lognormal" else 0.05)
    if distribution == "exponential":
        library = colei_feedforward_weights(100, 100, n_e / n_i, rng=np.random.default_rng(0))
        assert W[:, :, :n_e].mean() == pytest.approx(library[:, :n_e].mean(), rel=0.1)


@needs_node
def test_colei_has_an_empty_diagonal_the_radius_and_the_unit_it_says():
    found, W = draws(5, kind="colei", n=60, fraction=0.1, distribution="exponential")
    assert (np.diagonal(W, axis1=1, axis2=2) == 0).all()
    np.testing.assert_allclose(spectral_radius(W), 1, atol=1e-9)
    for one, w in zip(found, W):
        mean = w[:, : one["nE"]].sum() / (one["nE"] * 59)
        assert one["unit"] == pytest.approx(mean, rel=5 / np.sqrt(one["nE"] * 59))


@needs_node
@pytest.mark.parametrize("distribution", laboratory.DISTRIBUTIONS)
def test_dann_columns_sum_to_zero_and_have_an_rnns_variance(distribution):
    _, W = draws(8, kind="dann", n=100, fraction=0.1, distribution=distribution)
    assert np.abs(W.sum(1)).max() < 1e-10
    assert (W**2).mean() == pytest.approx(0.01, rel=0.1 if distribution == "lognormal" else 0.03)


@needs_node
def test_a_drawn_ix_leaves_the_mean_and_adds_to_the_variance():
    found, W = draws(40, kind="dann_drawn", n=60, fraction=0.1, distribution="exponential")
    n_i = found[0]["nI"]
    by_draw = W.mean((1, 2))
    assert abs(by_draw.mean()) < 4 * by_draw.std() / np.sqrt(40)
    assert (W**2).mean() == pytest.approx((1 + 2 / (n_i + 1)) / 59, rel=0.05)


@needs_node
@pytest.mark.parametrize("kind", laboratory.KINDS)
def test_spectra_of_draws_are_those_of_the_librarys_draws(kind):
    base, random_ix = kind.removesuffix("_drawn"), kind == "dann_drawn"
    _, W = draws(
        30, kind=kind, n=60, fraction=0.1, distribution="uniform" if kind == "rnn" else "exponential"
    )
    rng = np.random.default_rng(0)
    theirs = np.array([draw_matrix(base, 60, 9, rho=1, random_ix=random_ix, rng=rng) for _ in range(60)])
    for measure in (
        svd_entropy,
        lambda w: np.log(singular_values(w)[:, 0]),
        lambda w: np.log((w**2).mean((1, 2))),
    ):
        a, b = measure(W), measure(theirs)
        assert abs(a.mean() - b.mean()) < 4.5 * np.hypot(a.std() / np.sqrt(30), b.std() / np.sqrt(60))


@needs_node
def test_a_seed_gives_the_same_matrix_and_another_seed_another():
    (a, b), _ = draws(2, kind="rnn", n=10, fraction=0.1, distribution="normal")
    (again,), _ = draws(1, kind="rnn", n=10, fraction=0.1, distribution="normal")
    assert a["W"] == again["W"] and a["W"] != b["W"]


# --- theory ------------------------------------------------------------------------------------------


@needs_node
@pytest.mark.parametrize("rho", [0.3, 1.0, 2.2])
def test_the_quarter_circle_is_the_librarys(rho):
    s = np.linspace(0, 5, 101)
    found = ask("quarter", n=73, s=s.tolist(), rho=rho)
    np.testing.assert_allclose(found["density"], theory.quarter_circle(s, rho), atol=1e-12)
    np.testing.assert_allclose(found["values"], theory.quarter_circle_values(73, rho), atol=1e-9)
    expected = [theory.quarter_circle_entropy(73), theory.quarter_circle_entropy(73, zeros=1)]
    np.testing.assert_allclose(found["entropies"], expected, atol=1e-12)


@needs_node
def test_coleis_density_spikes_and_values_are_the_librarys():
    cases = [(90, 10), (99, 1), (50, 50), (9, 1), (160, 40), (120, 80), (198, 2)]
    s = np.geomspace(1e-3, 2000, 400)
    for (n_e, n_i), found in zip(cases, ask("coleiTheory", cases=cases, s=s.tolist())):
        np.testing.assert_allclose(found["density"], theory.colei_noise_density(s, n_e, n_i), atol=1e-6)
        outlier, left = theory.colei_spikes(n_e, n_i)
        assert found["spikes"][0] == pytest.approx(outlier, rel=1e-9)
        assert (found["spikes"][1] is None) == (left is None)
        assert left is None or found["spikes"][1] == pytest.approx(left, rel=1e-9)
        expected = theory.colei_values(n_e + n_i, n_e / n_i)
        np.testing.assert_allclose(found["values"], expected, rtol=1e-5, atol=1e-4)
        H = [svd_entropy(singular_values=np.array(v)) for v in (found["values"], expected)]
        assert H[0] == pytest.approx(H[1], abs=1e-6)


@needs_node
def test_noise_of_another_spread_has_the_same_density_on_another_scale():
    s = np.linspace(1, 60, 50)
    found = ask("coleiScale", nE=90, nI=10, cv=0.5, s=s.tolist())
    np.testing.assert_allclose(found, theory.colei_noise_density(s / 0.5, 90, 10) / 0.5, atol=1e-9)


@needs_node
@pytest.mark.parametrize(
    "kind, distribution, inhibitory",
    [
        ("rnn", "uniform", 10),
        ("rnn", "normal", 10),
        ("dann", "exponential", 10),
        ("colei", "exponential", 10),
    ]
    + [("colei", "uniform", 20), ("colei", "normal", 50), ("dann_drawn", "exponential", 1)]
    + [("dann_drawn", "normal", 10)],
)
def test_theory_tells_where_the_draws_are(kind, distribution, inhibitory):
    setting = {"kind": kind, "n": 100, "inhibitory": inhibitory, "distribution": distribution, "rho": 1.2}
    found = ask("predicted", settings=[setting | {"seed": k} for k in range(12)])
    assert np.mean([one["H"] for one in found]) == pytest.approx(found[0]["entropy"], abs=0.012)
    if found[0]["marks"]:
        ratios = [one["s"][0] / one["marks"][0]["s"] for one in found]
        assert np.mean(ratios) == pytest.approx(1, abs=0.05)
    else:
        assert np.mean([one["s"][0] for one in found]) == pytest.approx(2.4, rel=0.1)


# --- settings ----------------------------------------------------------------------------------------


@needs_node
def test_the_papers_setting_of_every_kind():
    for kind in laboratory.KINDS:
        start = ask("merged", start=kind, changes={})
        assert start["n"] == 100 and start["inhibitory"] == 10
        assert start["rho"] == DEFAULT_RHO[kind.removesuffix("_drawn")]
        assert start["distribution"] == ("uniform" if kind == "rnn" else "exponential")


@needs_node
def test_a_new_kind_brings_its_default_radius_but_not_over_one_that_was_chosen():
    assert ask("merged", start="rnn", changes={"kind": "colei"})["rho"] == 1.5
    assert ask("merged", start="rnn", changes={"kind": "colei", "rho": 0.7})["rho"] == 0.7


@needs_node
def test_settings_out_of_range_are_brought_into_it():
    found = ask("merged", start="colei", changes={"n": "9999", "rho": "x", "kind": "toString", "seed": -1})
    assert (found["n"], found["rho"], found["kind"], found["seed"]) == (200, 1.5, "colei", 1)


# --- in the browser ----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A laboratory</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body><figure class="spectral-laboratory lab-n-60{detail}"><img src="laboratory.png" alt="a still picture"
style="max-width: 100%"><figcaption>A caption</figcaption></figure></body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """What a reader with a browser sees on a page in a folder."""
    folder = tmp_path_factory.mktemp("page with spaces")
    shutil.copy(laboratory.PICTURE, folder)
    page = PAGE.replace("{detail}", " lab-detail-true")
    return look(folder, laboratory.NAME, "laboratory/laboratory.test.mjs", page)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """The same of a laboratory without what chapter 3 adds, at the paper's size."""
    folder = tmp_path_factory.mktemp("another page")
    shutil.copy(laboratory.PICTURE, folder)
    page = PAGE.replace(" lab-n-60{detail}", "")
    return look(folder, laboratory.NAME, "laboratory/compare.test.mjs", page)


@in_browser
def test_the_picture_gives_way_to_the_laboratory(reader):
    assert not reader["start"]["still"] and reader["start"]["H"].startswith("H = 0.")


@in_browser
def test_every_control_changes_the_pictures_by_keyboard(reader):
    assert len(reader["keys"]) == 8 and all(reader["keys"].values()), reader["keys"]
    assert reader["afterPreset"] == ["100", "10", "1.5"]


@in_browser
def test_controls_are_labelled_and_the_entropy_is_said(reader):
    assert reader["unlabelled"] == 0
    assert reader["spoken"].startswith("ColEI of 100 units: entropy H 0.")


@in_browser
def test_nothing_fails_and_nothing_outside_the_folder_is_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == []


@in_browser
def test_a_redraw_at_200_units_takes_less_than_200_ms(reader, record_property):
    """Of the page's own processor time, which other work on the machine does not lengthen."""
    busy, clock = (sorted(one[name] for one in reader["redraws"]) for name in ("busy", "clock"))
    record_property("milliseconds", {"busy": busy, "clock": clock})
    print(f"ms at N = 200: busy {busy[0]:.0f} to {busy[-1]:.0f}, clock {clock[0]:.0f} to {clock[-1]:.0f}")
    assert reader["drawnAt"] == "200" and 1 < busy[len(busy) // 2] < 200


@in_browser
def test_the_dark_theme_has_other_colours(reader):
    assert reader["dark"][0] != reader["dark"][1]


@in_browser
def test_without_scripts_there_is_a_picture_with_a_description(reader):
    assert reader["withoutScripts"] == "a still picture"


@in_browser
def test_in_a_notebook_settings_go_both_ways_and_results_come_back(reader):
    widget = reader["widget"]
    assert widget["drawn"] and widget["followed"] and widget["sent"] and widget["shown"] == "30"
    assert widget["rho"] == DEFAULT_RHO["rnn"] and widget["distribution"] == "uniform"
    assert 0.8 < widget["first"] < 1 and widget["left"] == 0


# --- two networks side by side ------------------------------------------------------------------------


@in_browser
def test_it_starts_with_the_rnn_beside_colei_and_coleis_outlier_ringed(compared):
    start = compared["start"]
    assert start["chosen"] == ["rnn", "colei"] and start["rings"] == 1
    assert start["names"][0].startswith("ColEI’s outlier: ") and start["names"][1].startswith(
        "RNN, largest: 1."
    )
    assert start["H"][0] > 0.9 > start["H"][1]


@in_browser
def test_distributions_theory_and_the_fourth_kind_are_chapter_threes_alone(compared):
    assert compared["start"]["selects"] == 0 and compared["start"]["theory"] == 0


@in_browser
def test_both_networks_can_be_chosen_and_the_radius_is_that_of_the_right_one(compared):
    dann, swapped, scaled = (compared[name] for name in ("dann", "swapped", "scaled"))
    assert dann["chosen"] == ["rnn", "dann"] and dann["rings"] == 0
    assert swapped["chosen"] == ["colei", "dann"] and swapped["rings"] == 1
    assert swapped["radius"] == scaled["radius"] == "Radius ρ, DANN"
    assert scaled["names"][0] == swapped["names"][0] and scaled["names"][1] != swapped["names"][1]


@in_browser
def test_a_new_draw_is_of_both_and_the_axes_are_the_same(compared):
    assert compared["bothNew"] == [True, True]
    assert all(left == right for left, right in (compared[name]["ticks"] for name in ("start", "scaled")))


@in_browser
def test_every_control_of_the_comparison_works_by_keyboard_and_has_a_name(compared):
    assert len(compared["keys"]) == 6 and all(compared["keys"].values()), compared["keys"]
    assert compared["unlabelled"] == 0 and compared["undescribed"] == 0
    assert compared["spoken"].startswith("DANN of 105 units: ") and "Beside it ColEI: " in compared["spoken"]


@in_browser
def test_the_comparison_fits_every_screen_and_both_themes_and_asks_for_nothing(compared):
    assert all(max(found) <= int(width) for width, found in compared["widths"].items())
    assert compared["dark"][0] != compared["dark"][1] and compared["withoutScripts"] == "a still picture"
    assert compared["faults"] == [] and compared["outside"] == []
    assert compared["axe"] == [] and compared["axeDark"] == []


@in_browser
def test_in_a_notebook_the_network_beside_goes_both_ways(compared):
    assert compared["widget"] == {"found": [True, True, True], "left": 0}


@in_browser
def test_a_new_draw_of_both_at_100_units_takes_less_than_150_ms(compared):
    busy = sorted(compared["busy"])
    print("ms at N = 100:", np.round(busy))
    assert 1 < busy[len(busy) // 2] < 150


@needs_node
@pytest.mark.parametrize("kind", laboratory.KINDS)
def test_predicted_values_by_rank_have_the_predicted_entropy_and_are_near_a_draws(kind):
    setting = {"kind": kind, "n": 100, "inhibitory": 10, "rho": 1.3}
    found = ask("predictedValues", settings=[setting | {"seed": k} for k in range(8)])
    values = np.array([one["values"] for one in found])
    s = np.array([one["s"] for one in found])
    assert (np.diff(values) <= 0).all() and values.shape == s.shape
    tolerance = 0.02 if kind.startswith("dann") else 0.004  # of quantiles for an integral
    assert svd_entropy(singular_values=values[0]) == pytest.approx(found[0]["entropy"], abs=tolerance)
    middle = s.mean(0)[1:80] / values.mean(0)[1:80]
    assert np.median(np.abs(np.log(middle))) < 0.06


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
