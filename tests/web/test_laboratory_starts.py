"""The laboratory with chapter 10's starts: the library's draws, theory if there is one, few connections."""

import shutil

import numpy as np
import pytest

from daleslaw_lib import theory
from daleslaw_lib.experiments import better_colei
from daleslaw_lib.initialisation import colei_weights, column_signs, dale_starts, obeys_dale, rnn_weights
from daleslaw_lib.initialisation import starts as library
from daleslaw_lib.initialisation.populations import split_population
from daleslaw_lib.magnitudes import effective_inputs
from daleslaw_lib.spectra import eigenvalues, singular_values, spectral_radius, svd_entropy
from daleslaw_lib.studies.initial_spectra import laboratory
from helpers.web import ask, in_browser, look, needs_node

OTHERS = laboratory.STARTS[1:]
ONE_ENTRY = ("permutation", "identity")


def draws(count=1, seed=0, **setting):
    settings = [
        {"kind": "colei", "n": 60, "inhibitory": 10} | setting | {"seed": seed + k} for k in range(count)
    ]
    found = ask("laboratory", settings=settings)
    n = found[0]["set"]["n"]
    return found, np.array([one["W"] for one in found]).reshape(count, n, n)


def theirs(start, count, *, n=60, ei_ratio=9.0, rho=1.0, extra=None):
    """The library's draws of the same start, at the laboratory's scale and numbers of steps."""
    made = {
        "permutation": lambda rng: dale_starts.signed_permutation(n, ei_ratio, gain=rho, rng=rng),
        "identity": lambda rng: dale_starts.signed_identity(n, ei_ratio, gain=rho),
        "permutation+colei": lambda rng: dale_starts.permutation_and_colei(
            n, ei_ratio, gain=rho, rho=rho * extra, rng=rng
        ),
        "identity+colei": lambda rng: dale_starts.identity_and_colei(
            n, ei_ratio, gain=rho, rho=rho * extra, rng=rng
        ),
        "sparse": lambda rng: dale_starts.sparse_inputs(n, ei_ratio, inputs=int(extra), gain=rho, rng=rng),
        "equal": lambda rng: dale_starts.equal_strength(n, ei_ratio, rho=rho, rng=rng),
        "lognormal": lambda rng: dale_starts.colei_of_law(
            n, ei_ratio, law="lognormal", cv=extra, rho=rho, rng=rng
        ),
        "raised": lambda rng: dale_starts.raised_entropy(n, ei_ratio, gain=rho, steps=10, rng=rng),
        "compact": lambda rng: dale_starts.spectrum_of_rnn(n, ei_ratio, rho=rho, rounds=20, rng=rng),
        "own": lambda rng: colei_weights(n, ei_ratio, rho=rho, rng=rng),
    }[start]
    rng = np.random.default_rng(0)
    return np.array([made(rng) for _ in range(count)])


def agree(ours, those, measure, what):
    a, b = (np.array([measure(W) for W in found]) for found in (ours, those))
    spread = np.hypot(a.std() / np.sqrt(len(a)), b.std() / np.sqrt(len(b)))
    assert abs(a.mean() - b.mean()) < 4.5 * spread + 1e-9, (what, a.mean(), b.mean())


# --- the same names, the same numbers -----------------------------------------------------------------


@needs_node
def test_the_page_has_the_starts_that_chapter_10_screens():
    found = ask("starts")
    assert tuple(found) == laboratory.STARTS
    assert {name for name, *_ in better_colei.STARTS} == set(OTHERS) <= set(library.STARTS["colei"])
    for name, start in found.items():
        two = name != "own" and (library.get("colei", name).b is not None or name == "sparse")
        assert ("extra" in start) == two and 0.1 <= start["rho"] <= 3
        if two:
            low, high = laboratory.RANGES["extra"]
            extra = start["extra"]
            assert low <= extra["min"] <= extra["value"] <= extra["max"] <= high


@needs_node
@pytest.mark.parametrize("inhibitory", [1, 10, 50])
def test_spectra_of_every_start_equal_numpys_and_signs_are_kept(inhibitory):
    settings = [
        {"kind": "colei", "n": 45, "inhibitory": inhibitory, "start": start, "seed": seed}
        for start in OTHERS
        for seed in (1, 2)
    ]
    ratio = 100 / inhibitory - 1
    for one in ask("laboratory", settings=settings):
        w, start = np.reshape(one["W"], (45, 45)), one["set"]["start"]
        np.testing.assert_allclose(one["s"], singular_values(w), rtol=0, atol=1e-6)
        moduli = np.sort(np.abs(eigenvalues(w)))
        # zeros of units that send to none or hear none are known to a root of rounding alone
        tolerance = 1e-3 if start == "sparse" else 1e-6
        np.testing.assert_allclose(np.sort(one["moduli"]), moduli, rtol=0, atol=tolerance)
        assert one["radius"] == pytest.approx(moduli[-1], abs=1e-6)
        assert one["H"] == pytest.approx(float(svd_entropy(w)), abs=1e-6)
        assert (one["nE"], one["nI"]) == split_population(45, ratio)
        assert obeys_dale(w)[0] and (w * column_signs(45, ratio) >= 0).all()


@needs_node
@pytest.mark.parametrize("start", OTHERS)
def test_draws_of_every_start_are_those_of_the_librarys(start):
    extra = {"permutation+colei": 0.5, "identity+colei": 0.5, "sparse": 7, "lognormal": 2.0}.get(start)
    count = 12 if start in ("raised", "compact") else 40
    _, ours = draws(count, start=start, rho=0.9, **({} if extra is None else {"extra": extra}))
    those = theirs(start, count, rho=0.9, extra=extra)
    if start in ONE_ENTRY:
        np.testing.assert_allclose(np.abs(ours).sum(1), 0.9)
        assert (np.count_nonzero(ours, axis=2) == 1).all() and (np.count_nonzero(ours, axis=1) == 1).all()
        np.testing.assert_array_equal(np.sign(ours.sum(1)), np.sign(those.sum(1)))
    agree(ours, those, svd_entropy, "H")
    agree(ours, those, lambda w: np.log(singular_values(w)[0]), "largest")
    agree(ours, those, lambda w: np.log(np.square(w).mean()), "scale")
    agree(ours, those, effective_inputs, "inputs")
    agree(ours, those, np.count_nonzero, "connections")
    if start != "compact":  # a radius that its few rounds leave to chance
        agree(ours, those, lambda w: np.log(spectral_radius(w)), "radius")


@needs_node
def test_few_inputs_are_split_as_in_the_library_and_fewer_where_there_are_not_so_many():
    cases, expected = [], []
    for n in (10, 35, 60, 200):
        for ratio in (99.0, 19.0, 9.0, 3.0, 1.0):
            n_e, n_i = split_population(n, ratio)
            for inputs in range(2, 31):
                cases.append((n, n_e, n_i, inputs))
                for fewer in range(inputs, 1, -1):
                    try:
                        expected.append(list(dale_starts.split_inputs(n, ratio, fewer)))
                        break
                    except ValueError:
                        continue
    assert len(expected) == len(cases)
    assert ask("splitInputs", cases=cases) == expected


@needs_node
def test_projections_towards_a_spectrum_are_the_librarys():
    rng = np.random.default_rng(3)
    W, signs = colei_weights(30, 4.0, rng=rng), column_signs(30, 4.0)
    s = singular_values(rnn_weights(30, rho=1, rng=rng))
    found = ask("towards", W=W.ravel().tolist(), s=s.tolist(), n=30, nE=24, rounds=5)
    wanted = dale_starts.towards_spectrum(W, s, signs, rounds=5)
    np.testing.assert_allclose(np.reshape(found, W.shape), wanted, atol=1e-9)


# --- theory, and few connections ----------------------------------------------------------------------


@needs_node
def test_variation_and_disc_of_few_connections_are_the_librarys():
    cases = [(cv, p) for cv in (0.5, 1.0, 3.0) for p in (0.1, 0.35, 1.0)]
    found = ask("sparser", cases=cases)
    np.testing.assert_allclose(found, [theory.effective_variation(*case) for case in cases], rtol=1e-12)
    cases = [(90, 10, 1.0, 0.2), (50, 50, 0.3, 1.0), (99, 1, 2.0, 0.7)]
    for (n_e, n_i, cv, p), one in zip(
        cases, ask("discs", cases=[(e, i, theory.effective_variation(cv, p), p) for e, i, cv, p in cases])
    ):
        assert one["radius"] == pytest.approx(theory.eigenvalue_radius(n_e, n_i, cv=cv, p=p), rel=1e-12)
        assert one["mean"] == pytest.approx(0, abs=1e-9)
    (one,) = ask("discs", cases=[(90, 10, theory.effective_variation(1.0, 0.4), 0.4, 1)])
    settings = dict(mean_i=1.0, p=0.4)
    assert one["radius"] == pytest.approx(theory.eigenvalue_radius(90, 10, **settings), rel=1e-12)
    assert one["mean"] == pytest.approx(theory.eigenvalue_of_the_mean(90, 10, **settings), rel=1e-12)


@needs_node
@pytest.mark.parametrize("p", [0.1, 0.3, 0.7, 1.0])
def test_with_probability_p_a_connection_is_there_and_the_radius_stays(p):
    found, W = draws(10, n=100, p=p, rho=1.2)
    off = ~np.eye(100, dtype=bool)
    share = (W != 0)[:, off].mean()
    assert share == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / (10 * off.sum())) + 1e-12)
    assert (np.diagonal(W, axis1=1, axis2=2) == 0).all()
    np.testing.assert_allclose(spectral_radius(W), 1.2, atol=1e-8)


@needs_node
@pytest.mark.parametrize("p", [0.3, 1.0])
@pytest.mark.parametrize("start, extra", [("own", None), ("equal", None), ("lognormal", 0.75)])
def test_theory_of_few_connections_holds_for_the_draws(start, extra, p):
    chosen = {} if extra is None else {"extra": extra}
    found, W = draws(6, start=start, n=200, inhibitory=50, p=p, rho=1.0, **chosen)
    for one, w in zip(found, W):
        disc, noise = one["theory"]["disc"], w - w.mean(0)
        assert spectral_radius(noise) == pytest.approx(disc["radius"], rel=0.2)
        assert np.sqrt(w.var(0).sum()) == pytest.approx(
            disc["radius"], rel=0.1 if start == "lognormal" else 0.05
        )
    if start == "equal":  # as many of each: the mean of all is nothing
        assert all(one["theory"]["entropy"] is None and one["theory"]["values"] is None for one in found)
    else:
        H = np.mean([one["H"] for one in found])
        assert H == pytest.approx(found[0]["theory"]["entropy"], abs=0.02)


@needs_node
def test_an_unbalanced_start_has_its_means_eigenvalue_where_theory_says():
    found, W = draws(10, start="equal", n=100, inhibitory=10, rho=1.5)
    means = [one["theory"]["disc"]["mean"] for one in found]
    np.testing.assert_allclose(means, spectral_radius(W), rtol=0.1)
    assert all(one["theory"]["disc"]["radius"] < 0.5 * mean for one, mean in zip(found, means))


@needs_node
def test_only_what_is_known_of_a_start_is_said():
    settings = [{"kind": "colei", "n": 60, "start": start, "seed": 1} for start in OTHERS]
    for start, one in zip(OTHERS, ask("laboratory", settings=settings)):
        known = one["theory"]
        if start in ONE_ENTRY:
            assert known["entropy"] == 1 and known["values"] == [one["set"]["rho"]] * 60
            np.testing.assert_allclose(one["s"], known["values"], atol=1e-9)
        assert (known["entropy"] is None) == (start not in (*ONE_ENTRY, "lognormal"))
        assert (known["disc"] is None) == (start not in ("equal", "lognormal"))


# --- settings -----------------------------------------------------------------------------------------


def merged(kind, **changes):
    return ask("merged", start=kind, changes=changes)


@needs_node
def test_a_start_brings_its_usual_scale_and_number_but_not_over_what_was_chosen():
    found = merged("colei", start="permutation")
    assert (found["start"], found["rho"], found["extra"]) == ("permutation", 1, None)
    assert merged("colei", start="raised", rho=2)["rho"] == 2
    assert merged("colei", start="sparse")["extra"] == 3
    assert merged("colei", start="sparse", extra=12)["extra"] == 12
    assert merged("colei", start="sparse", extra=999)["extra"] == 30


@needs_node
def test_what_is_no_start_is_refused_and_p_is_brought_into_range():
    found = merged("colei", start="toString", p=7, extra="x")
    assert (found["start"], found["p"], found["extra"]) == ("own", 1, None)
    assert merged("colei", p=0)["p"] == 0.1
    assert merged("colei", start="lognormal", extra="x")["extra"] == 5


@needs_node
@pytest.mark.parametrize("n, inhibitory", [(10, 1), (10, 50), (200, 1)])
def test_every_start_can_be_drawn_at_the_ends_of_the_sliders(n, inhibitory):
    settings = [
        {"kind": "colei", "n": n, "inhibitory": inhibitory, "start": start, "p": p, "seed": 1}
        for start in laboratory.STARTS
        for p in (0.1, 1)
    ]
    for one in ask("laboratory", settings=settings):
        W = np.array(one["W"])
        assert np.isfinite(W).all() and W.any() and 0 <= one["H"] <= 1 + 1e-12


# --- in the browser -----------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A laboratory</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body><div class="spectral-laboratory" data-starts="True" data-start="permutation"><img src="laboratory.png"
alt="a still picture" style="max-width: 100%"></div></body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page with spaces")
    shutil.copy(laboratory.PICTURE, folder)
    return look(folder, laboratory.NAME, "laboratory/starts.test.mjs", PAGE)


@in_browser
def test_the_start_that_was_asked_for_is_shown_beside_the_rnn(reader):
    start = reader["start"]
    assert start["chosen"] == ["rnn", "colei"] and start["start"] == "permutation"
    assert start["H"][1] == 1 and start["words"][1] == "ColEI, permutation, in theory 1.000"
    assert start["radius"] == "Gain g, ColEI" and start["disabled"] == {"extra": True, "p": True}
    assert len(start["options"]) == len(laboratory.STARTS)


@in_browser
def test_a_start_with_a_second_number_has_its_slider_by_its_name(reader):
    mixed = reader["mixed"]
    assert mixed["start"] == "permutation+colei" and mixed["extra"] == "Added, b"
    assert mixed["disabled"] == {"extra": False, "p": True} and 0.8 < mixed["H"][1] < 1
    assert mixed["words"][1] == "ColEI, permutation + b ColEI" and "in theory" in mixed["words"][0]


@in_browser
def test_fewer_connections_bring_disc_and_outlier_closer(reader):
    dense, few = reader["dense"], reader["few"]
    assert dense["says"]["p"] == "1.0" and few["says"]["p"] == "0.10"
    assert dense["radius"] == "Radius ρ, ColEI" and len(dense["circles"]) == 3  # ρ twice, a disc
    assert few["disc"] > dense["disc"] > 0.5 and few["H"][1] > 0.5


@in_browser
def test_of_another_kind_there_is_no_start(reader):
    assert reader["dann"]["selectDisabled"] and reader["dann"]["disabled"] == {"extra": True, "p": True}
    assert reader["dann"]["words"][1].startswith("DANN, in theory 0.9")


@in_browser
def test_every_control_works_by_keyboard_and_has_a_name(reader):
    assert len(reader["keys"]) == 7 and all(reader["keys"].values()), reader["keys"]
    assert reader["unlabelled"] == 0 and reader["undescribed"] == 0
    assert reader["spoken"].startswith("ColEI, ") and "Beside it RNN" in reader["spoken"]


@in_browser
def test_it_fits_every_screen_and_both_themes_and_asks_for_nothing(reader):
    assert all(max(found) <= int(width) for width, found in reader["widths"].items())
    assert reader["dark"][0] != reader["dark"][1] and reader["withoutScripts"] == "a still picture"
    assert reader["faults"] == [] and reader["outside"] == []
    assert reader["axe"] == [] and reader["axeDark"] == []


@in_browser
def test_in_a_notebook_start_number_and_p_go_both_ways(reader):
    assert reader["widget"] == {"found": [True] * 4, "left": 0}


@in_browser
@pytest.mark.parametrize("start", ["raised", "compact"])
def test_the_slowest_starts_take_less_than_a_second_at_100_units(reader, start):
    """Of the page's own processor time."""
    print(start, round(reader["busy"][start]), "ms")
    assert 1 < reader["busy"][start] < 1000
