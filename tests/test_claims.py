"""Claims: each is one test on the archive, and a verdict follows from it by a rule."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from daleslaw_lib import claims, experiments, results, summary
from daleslaw_lib.claims import Claim, Finding
from daleslaw_lib.configs import RunConfig
from daleslaw_lib.drawing import DrawConfig
from daleslaw_lib.results import Archive

RNN, COLEI = dict(kind="rnn"), dict(kind="colei")


def archive(rnn, colei, scale="paper"):
    """An archive of one_layer_mnist with these final errors, in per cent, of seeds 0, 1, ..."""
    rows = [
        dict(kind=kind, preset="both", seed=seed, test_error=e / 100, diverged=False, run_id=f"{kind}{seed}")
        for kind, errors in (("rnn", rnn), ("colei", colei))
        for seed, e in enumerate(errors)
    ]
    return Archive(
        experiments.get("one_layer_mnist"), scale, pd.DataFrame(rows), pd.DataFrame({"run_id": []}), {}
    )


def claim(**changes):
    settings = dict(
        name="c", text="t", figure="0", experiment="one_layer_mnist", terms=((1.0, COLEI), (-1.0, RNN))
    )
    return Claim(**(settings | changes))


def found(values, *, p_holm=None, **changes):
    """The finding on a contrast with these values, as if it were the only claim."""
    values = np.asarray(values, float)
    finding = claim(**changes).find(archive(np.full(len(values), 2.0), 2.0 + values))
    object.__setattr__(finding, "p_holm", finding.p if p_holm is None else p_holm)
    return finding


def test_the_contrast_is_taken_seed_by_seed_and_tested_by_students_t():
    finding = found([1.0, 2.0, 1.5, 0.5, 1.2])
    assert finding.values == pytest.approx([1.0, 2.0, 1.5, 0.5, 1.2])
    expected = stats.ttest_1samp(finding.values, 0, alternative="greater").pvalue
    assert finding.p == pytest.approx(expected) and finding.effect == pytest.approx(1.24)
    assert finding.low < finding.effect < finding.high


def test_only_seeds_that_every_term_has_are_used():
    finding = claim().find(archive([2.0, 2.1, 2.2], [4.0, 4.2]))
    assert finding.n == 2


def test_a_claim_without_two_seeds_cannot_be_tested():
    assert claim().find(archive([2.0], [4.0])) is None
    assert claim(terms=((1.0, dict(kind="dann")), (-1.0, RNN))).find(archive([2, 2], [4, 4])) is None


STRONG, WEAK, NONE, OPPOSITE = (
    [2, 2.1, 1.9, 2, 2.2],
    [2, -1, 4, 1, 0.1],
    [0.1, -0.1, 0.02, 0, 0],
    [-2, -2.1, -1.9, -2, -2],
)


@pytest.mark.parametrize(
    "values, settings, verdict",
    [
        (STRONG, {}, "reproduced"),
        (STRONG, dict(published=2.0), "reproduced"),
        (STRONG, dict(published=5.0), "reproduced in direction only"),  # less than half as large
        (WEAK, dict(published=2.0), "reproduced in direction only"),  # too few seeds to tell
        (NONE, dict(published=2.0), "not reproduced"),  # the interval excludes what is published
        (OPPOSITE, dict(published=2.0), "not reproduced"),
        (STRONG, dict(p_holm=0.2), "reproduced in direction only"),
        (NONE, dict(claimed="no worse", margin=0.5), "reproduced"),
        ([-0.4, -0.6, 0.1, -0.9, 0.2], dict(claimed="no worse", margin=0.5), "reproduced in direction only"),
        (OPPOSITE, dict(claimed="no worse", margin=0.5), "not reproduced"),
        (STRONG, dict(claimed="no worse", margin=0.5), "reproduced"),  # better is no worse
        (NONE, dict(claimed="same", margin=0.5), "reproduced"),
        (STRONG, dict(claimed="same", margin=0.5), "not reproduced"),
        (OPPOSITE, dict(claimed="same", margin=0.5), "not reproduced"),
    ],
)
def test_verdicts_follow_the_rule(values, settings, verdict):
    assert found(values, **settings).verdict == verdict


def test_below_paper_scale_nothing_is_reproduced():
    finding = claim().find(archive([2.0] * 5, [4.0, 4.1, 4.2, 3.9, 4.0], scale="laptop"))
    object.__setattr__(finding, "p_holm", finding.p)
    assert finding.verdict == "not yet at scale"


@pytest.mark.parametrize("settings", [dict(margin=0.5), dict(claimed="same"), dict(claimed="better")])
def test_a_claim_needs_a_margin_exactly_where_it_has_a_meaning(settings):
    with pytest.raises(ValueError, match="margin: expected|claimed: expected"):
        claim(**settings)


def test_holm_multiplies_the_smallest_by_their_number_and_never_falls():
    np.testing.assert_allclose(claims.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(claims.holm([0.9, 0.8]), [1, 1])
    assert claims.holm([]).shape == (0,)


def test_each_claim_has_a_name_of_its_own_and_reads_fields_that_exist():
    assert len({c.name for c in claims.CLAIMS}) == len(claims.CLAIMS) >= 25
    for c in claims.CLAIMS:
        kind_of_run = RunConfig if experiments.get(c.experiment).trains else DrawConfig
        assert all(set(where) <= set(kind_of_run.__dataclass_fields__) for _, where in c.terms)


@pytest.mark.parametrize("c", claims.CLAIMS, ids=lambda c: c.name)
def test_each_claim_finds_one_run_a_seed_in_the_papers_own_grid(c):
    """Each term picks its runs without ambiguity: one a seed, once settings are chosen."""
    if c.experiment == "radius_sweep":
        pytest.skip("14,700 runs; the laptop grid is tested through the archive")
    runs = experiments.get(c.experiment).runs("paper")
    rng = np.random.default_rng(0)
    rows = [{"run_id": r.run_id, **vars(r), "diverged": False} for r in runs]
    table = results.typed(pd.DataFrame(rows))
    for name in ("test_error", "test_loss", "test_perplexity", "largest", "entropy"):
        table[name] = rng.random(len(table))
    finding = None
    if c.terms:
        finding = c.find(Archive(experiments.get(c.experiment), "paper", table, table[["run_id"]], {}))
        seeds = {"rescue": 30, "spectra": 1000}.get(c.name.partition("-")[0], 5)
        assert finding.n == (20 if c.name == "spectra-size" else seeds)  # draws of 1,000 units


def test_a_correlation_is_of_conditions_and_positive_when_error_falls(monkeypatch):
    a = archive([2.0, 2.0], [4.0, 4.0])
    noise = np.random.default_rng(0).normal(0, 0.8, 12)
    cells = pd.DataFrame({"entropy": np.linspace(0.2, 0.9, 12), "error": np.linspace(9, 2, 12) + noise})
    monkeypatch.setattr(claims, "entropy_and_error", lambda archive: cells)
    c = claims.CorrelationClaim("c", "t", "7", "one_layer_mnist", ())
    finding = c.find(a)
    assert finding.effect > 0.8 and finding.p < 1e-3 and finding.n == 12
    assert finding.low <= finding.effect <= finding.high


def test_the_committed_archive_can_be_checked_and_printed():
    findings = claims.check()
    table = claims.table(findings)
    assert len(table) == len(claims.CLAIMS) and set(table.verdict) <= set(claims.VERDICTS)
    text = json.dumps([claims.as_dict(f) for f in findings], allow_nan=False)
    assert "mnist-colei" in text
    (one,) = claims.check("mnist-colei")
    assert one.p_holm == next(f.p_holm for f in findings if f.claim.name == "mnist-colei")
    with pytest.raises(ValueError, match="claim: expected one of"):
        claims.check("no-such-claim")


def test_nothing_archived_is_not_yet_at_scale(tmp_path, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path))
    (finding,) = claims.check("mnist-colei")
    assert isinstance(finding, Finding) and finding.scale is None
    assert finding.verdict == "not yet at scale"
    assert claims.table([finding])["scale"].tolist() == ["not run"]
    assert summary.NAMES  # the module itself needs no archive
