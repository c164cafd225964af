"""Claims: each is one contrast of archived conditions, and what decides it are new seeds at paper scale."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading, tables
from daleslaw_lib.archive.reading import Archive
from daleslaw_lib.evidence import answers, claims, closing, prose, verdicts, wording
from daleslaw_lib.evidence.claims import Finding, judge
from daleslaw_lib.experiments.configs import DrawConfig, RunConfig
from daleslaw_lib.experiments.experiment import NEW_SEEDS, Claim, Term
from daleslaw_lib.statistics.contrasts import NONE, Interval
from helpers import archives

RNN, COLEI = dict(kind="rnn"), dict(kind="colei")


@pytest.fixture(autouse=True)
def declared(request, monkeypatch):
    """Whatever seeds there are were declared, but where a test is about that."""
    if "all_declared_seeds" not in request.node.name and "grid" not in request.node.name:
        monkeypatch.setattr(claims, "_complete", lambda archive, claim, term: True)


def archive(rnn, colei, scale="paper", first=NEW_SEEDS):
    """An archive of one_layer_mnist with these late errors, in %; the last evaluation is 1 % higher."""
    rows = [
        dict(
            kind=kind, task="mnist", preset="both", seed=seed, late_test_error=e / 100,
            test_error=1.01 * e / 100,
            diverged=False, run_id=f"{kind}{seed}",
        )
        for kind, errors in (("rnn", rnn), ("colei", colei))
        for seed, e in enumerate(errors, first)
    ]  # fmt: skip
    return Archive(
        experiments.get("one_layer_mnist"), scale, pd.DataFrame(rows), pd.DataFrame({"run_id": []}), {}
    )


def claim(published=(2.0, 4.0), **changes):
    a, b = published
    settings = dict(
        name="c", text="t", figure="0", experiment="one_layer_mnist",
        terms=(Term(1.0, COLEI, b), Term(-1.0, RNN, a)),
    )  # fmt: skip
    return Claim(**(settings | changes))


RATIOS = np.array([2.0, 2.2, 1.9, 2.1, 2.05])


def found(ratios=RATIOS, *, scale="paper", first=NEW_SEEDS, **changes):
    return judge(claim(**changes), archive(np.full(len(ratios), 2.0), 2.0 * np.asarray(ratios), scale, first))


def test_the_effect_is_a_log_ratio_taken_seed_by_seed_and_points_stand_beside_it():
    finding = found()
    assert finding.contrasts == pytest.approx(np.log(RATIOS))
    expected = stats.ttest_1samp(np.log(RATIOS), 0).confidence_interval()
    assert (finding.effect.low, finding.effect.high) == pytest.approx(tuple(expected))
    assert finding.points.mean == pytest.approx((2 * RATIOS - 2).mean())
    assert finding.claim.published == pytest.approx(math.log(2)) and finding.claim.published_points == 2.0


def test_the_mean_of_the_last_evaluations_decides_and_the_last_alone_stands_beside_it():
    finding = judge(claim(), archive([2.0] * 5, 2.0 * RATIOS))
    assert finding.last.mean == pytest.approx(finding.effect.mean)  # a ratio: 1.01 cancels
    a = archive([2.0] * 5, 2.0 * RATIOS)
    a.runs.loc[a.runs.kind == "colei", "test_error"] *= 2
    assert judge(claim(), a).last.mean == pytest.approx(finding.effect.mean + math.log(2))


def test_new_seeds_at_paper_scale_decide_and_nothing_else_does():
    assert (found().evidence, found().verdict) == ("new seeds", "reproduced")
    for other, evidence in ((found(first=0), "first seeds"), (found(scale="laptop"), "below paper scale")):
        assert (other.evidence, other.verdict, other.leaning) == (evidence, "undecided", "reproduced")


def test_until_all_declared_seeds_have_run_a_claim_is_undecided():
    some, of_thirty = found(), found(np.resize(RATIOS, 30))
    assert (some.evidence, some.verdict, some.leaning) == ("some new seeds", "undecided", "reproduced")
    # thirty seeds of one_layer_mnist are declared, for both presets of ColEI
    assert (of_thirty.evidence, of_thirty.verdict) == ("new seeds", "reproduced")


def test_where_there_are_new_seeds_the_first_ones_are_shown_apart():
    a, b = archive([2.0] * 5, 2.0 * RATIOS), archive([2.0] * 5, [3.0, 3.1, 2.9, 3.0, 3.05], first=0)
    both = Archive(a.experiment, "paper", pd.concat([a.runs, b.runs], ignore_index=True), a.curves, {})
    finding = judge(claim(), both)
    assert finding.effect == found().effect
    assert finding.first.mean == pytest.approx(np.log(np.array([3.0, 3.1, 2.9, 3.0, 3.05]) / 2).mean())


def test_while_one_condition_has_no_new_seeds_the_first_ones_are_compared():
    a, b = archive([2.0] * 5, 2.0 * RATIOS), archive([2.0] * 5, 2.0 * RATIOS, first=0)
    some = pd.concat([a.runs[a.runs.kind == "rnn"], b.runs], ignore_index=True)
    finding = judge(claim(), Archive(a.experiment, "paper", some, a.curves, {}))
    assert (finding.evidence, finding.n, finding.verdict) == ("first seeds", 5, "undecided")


def two_samples(monkeypatch, first, second, *, archived=True):
    """The finding on a claim with a second sample, whose two archives have these ratios of errors."""
    archives_of = {
        "one_layer_mnist": archive(np.full(len(first), 2.0), 2.0 * np.asarray(first)),
        "second_sample": archive(np.full(len(second), 2.0), 2.0 * np.asarray(second), first=NEW_SEEDS + 30),
    }
    scales = {"one_layer_mnist": ["paper"], "second_sample": ["paper"] if archived else []}
    monkeypatch.setattr(claims.reading, "archived_scales", scales.get)
    monkeypatch.setattr(claims, "CLAIMS", [of_two := claim(second="second_sample")])
    monkeypatch.setattr(claims.reading, "load", lambda name, scale: archives_of[name])
    (finding,) = claims.check(of_two.name)
    return finding


OPEN = [1.2, 2.0, 1.1, 1.9, 1.3]  # beside the square root of two, half of what was published


def test_what_the_first_sample_leaves_open_a_second_decides_alone(monkeypatch):
    finding = two_samples(monkeypatch, OPEN, RATIOS)
    assert (finding.evidence, finding.verdict) == ("second sample", "reproduced")
    assert finding.effect == found().effect and finding.before == found(OPEN).effect
    assert finding.experiment == "second_sample" and wording.as_dict(finding)["experiment"] == "second_sample"
    assert claims.counted(finding) and not math.isnan(finding.p_holm)
    assert "n 5, second sample; the first sample: x 1.45 (1.04 to 2.04), n 5" in wording.in_words(finding)


def test_a_second_sample_has_no_say_where_the_first_decides_or_it_has_not_run(monkeypatch):
    decided = two_samples(monkeypatch, RATIOS, OPEN)
    assert (decided.evidence, decided.verdict, decided.before) == ("new seeds", "reproduced", NONE)
    assert decided.experiment == "one_layer_mnist"
    waiting = two_samples(monkeypatch, OPEN, RATIOS, archived=False)
    assert (waiting.evidence, waiting.verdict, waiting.before) == ("new seeds", "undecided", NONE)
    monkeypatch.setattr(claims, "_complete", lambda a, claim, term: a.runs.seed.min() == NEW_SEEDS)
    half = two_samples(monkeypatch, OPEN, RATIOS)  # some of its seeds are still to run
    assert (half.evidence, half.verdict, half.before) == ("new seeds", "undecided", NONE)


def test_two_samples_that_leave_a_claim_open_leave_it_open(monkeypatch):
    finding = two_samples(monkeypatch, OPEN, OPEN[::-1])
    assert (finding.evidence, finding.verdict) == ("second sample", "undecided")
    assert "stays open with two samples of new seeds" in prose.still_open([finding])
    assert "two samples" in closing.STILL_OPEN[finding.evidence]


def test_a_second_sample_has_the_conditions_of_the_first_on_other_seeds():
    for c in (c for c in experiments.CLAIMS if c.second):
        first, second = (experiments.get(name).runs("paper") for name in (c.experiment, c.second))
        assert not {r.seed for r in first} & {r.seed for r in second}
        for term in c.terms:
            of_both = [
                {
                    replace(r, seed=0)
                    for r in runs
                    if r.preset in (c.preset, "both") and r.seed >= NEW_SEEDS
                    and all(getattr(r, name) == value for name, value in term.where.items())
                }
                for runs in (first, second)
            ]  # fmt: skip
            assert of_both[0] == of_both[1] and len(of_both[0]) == 1


def test_broken_runs_are_counted_and_do_not_enter_the_mean():
    finding = found([*RATIOS, 40.0, 35.0])  # 80 and 70 % error
    assert finding.broken == ((2, 7), (0, 7)) and finding.n == 5
    assert finding.effect == found().effect and 0 < finding.p_broken < 1
    assert math.isnan(found().p_broken)


def test_a_network_that_wins_among_runs_that_learn_and_breaks_more_often_is_doubted():
    """Claimed: the RNN is better. Where more RNNs break, that is said; more ColEIs may."""
    stuck = [60.0] * 12
    rnns_break = judge(claim(), archive([*[2.0] * 30, *stuck], [*np.resize(2.0 * RATIOS, 30), *[5.0] * 12]))
    assert rnns_break.broken == ((0, 42), (12, 42)) and rnns_break.breaks_more
    assert rnns_break.verdict in ("reproduced", "larger")
    assert rnns_break.doubts == ("among runs that learn, and the favoured network has fewer of them",)
    assert rnns_break.doubts[0] in wording.in_words(rnns_break) and rnns_break.doubts[0] in prose.verdict(
        rnns_break
    )
    assert wording.table([rnns_break]).doubts.tolist() == list(rnns_break.doubts)
    coleis = judge(claim(), archive([*[2.0] * 30, *[3.0] * 12], [*np.resize(2.0 * RATIOS, 30), *stuck]))
    assert (
        coleis.p_broken == pytest.approx(rnns_break.p_broken) and not coleis.breaks_more and not coleis.doubts
    )
    few = judge(claim(), archive([*[2.0] * 30, 60.0], [*np.resize(2.0 * RATIOS, 30), 5.0]))
    assert few.p_broken > 0.05 and not few.breaks_more  # one run may break by chance


def test_a_verdict_that_does_not_outlast_the_correction_is_doubted():
    decided = found(np.resize(RATIOS, 30))
    doubted = replace(decided, p_holm=0.06)
    assert doubted.verdict == decided.verdict and not replace(decided, p_holm=0.04).doubts
    assert doubted.doubts == ("but not after correction for the other claims of its figure or chapter",)
    smaller = replace(doubted, effect=Interval(0.05, 0.01, 0.09, 30))
    assert smaller.verdict == "smaller" and smaller.doubts == ("but after correction not clearly above zero",)
    near = replace(doubted, effect=Interval(0.25, 0.2, 0.3, 30))  # half of log 2 is 0.35
    assert near.doubts == ("but after correction not clearly below the effect of interest",)
    assert doubted.doubts[0] in closing.line(replace(doubted, claim=claims.get("rescue-spectrum")))
    assert not replace(doubted, evidence="first seeds").doubts  # nothing is decided yet


def test_only_seeds_that_every_term_has_are_used():
    assert judge(claim(), archive([2.0, 2.1, 2.2], [4.0, 4.2])).n == 2


def test_a_claim_without_two_seeds_cannot_be_judged():
    assert judge(claim(), archive([2.0], [4.0])) is None
    terms = (Term(1.0, dict(kind="dann")), Term(-1.0, RNN))
    assert judge(claim(terms=terms), archive([2, 2], [4, 4])) is None


def test_where_too_few_runs_learn_that_is_said_and_is_not_taken_for_a_claim_that_has_not_run(monkeypatch):
    """Both have run: half of one condition learns, none of the other."""
    stuck = archive([2.0, 2.1, 60.0, 70.0], [80.0, 70.0, 90.0, 60.0])
    finding = judge(claim(), stuck)
    assert (finding.evidence, finding.verdict, finding.n) == ("too few learn", "undecided", 0)
    assert finding.broken == ((4, 4), (2, 4)) and finding.scale == "paper" and finding.effect is NONE
    short = judge(claim(), replace(stuck, scale="laptop"))  # they may have yet to learn
    assert (short.evidence, short.verdict, short.n) == ("below paper scale", "undecided", 0)
    assert short.broken == finding.broken
    assert "| below paper scale (hardly learned: 4 of 4 ColEI; 2 of 4 RNN) |" in prose.verdicts([short])
    monkeypatch.setattr(claims.reading, "archived_scales", lambda name: ["paper"])
    assert claims._find(claim(), lambda name, scale: stuck, True) == finding
    assert wording.broken_in_words(finding) == "4 of 4 ColEI; 2 of 4 RNN"
    assert "no effect; " in wording.in_words(finding) and "broken 4 of 4 and 2 of 4" in wording.in_words(
        finding
    )
    (row,) = wording.table([finding]).to_dict("records")
    assert row["ours (95 % interval)"] == "" and row["evidence"] == "too few learn"
    table = prose.verdicts([finding])
    assert "| too few learn (hardly learned: 4 of 4 ColEI; 2 of 4 RNN) | undecided |" in table
    assert "too few runs that learn to compare" in table and "nan" not in table
    assert answers.outcome(finding) == "undecided"
    said = answers.answer("Is it?", {"c": finding}, {"c": "at 10 %"})
    assert said.startswith(
        "**Is it?** Undecided: at 10 % (hardly learned: 4 of 4 ColEI; 2 of 4 RNN); it has too"
    )
    assert closing.part(finding) == "open" and closing.STILL_OPEN.keys() == set(claims.EVIDENCE)


def test_direction_size_and_certainty_are_three_things():
    finding = found(1 / RATIOS)
    assert (finding.direction, finding.verdict) == ("opposite", "contradicted")
    small = found(1 + (RATIOS - 2) / 100 + 0.1)
    assert (small.direction, small.verdict) == ("as claimed", "smaller")
    assert found([0.5, 3, 1, 4, 0.7]).direction == "unclear"


def test_a_claim_that_two_are_the_same_has_no_direction():
    same = found(1 + (RATIOS - 2) / 100, claimed="same")
    assert (same.direction, same.verdict) == ("", "reproduced")
    assert wording.table([same]).direction.tolist() == [""] and "direction" not in wording.in_words(same)
    assert "direction as claimed; " in wording.in_words(found())


def by_preset(faithful, corrected, **changes):
    """The finding on a claim whose ColEIs have these ratios of errors by preset; the RNNs have both."""
    both = archive(np.full(len(faithful), 2.0), [])
    a, b = (archive([], 2.0 * np.asarray(ratios)).runs for ratios in (faithful, corrected))
    own = [a.assign(preset="faithful"), b.assign(preset="corrected")]
    return judge(claim(**changes), replace(both, runs=pd.concat([both.runs, *own], ignore_index=True)))


def test_the_other_preset_stands_beside_the_one_that_decides(monkeypatch):
    smaller = 1 + (RATIOS - 2) / 100 + 0.1
    finding = by_preset(RATIOS, smaller)
    assert finding.effect == found().effect and finding.other_preset == found(smaller).effect
    assert (finding.verdict, finding.judged_by(finding.other_preset)) == ("reproduced", "smaller")
    mended = by_preset(RATIOS, smaller, preset="corrected")
    assert (mended.effect, mended.other_preset) == (finding.other_preset, finding.effect)
    assert found().other_preset is NONE  # the presets agree
    assert by_preset(RATIOS, smaller[:1]).other_preset is NONE
    monkeypatch.setattr(claims, "_complete", lambda archive, claim, term: claim.preset == "faithful")
    assert by_preset(RATIOS, smaller).other_preset is NONE  # its seeds have not all run


def test_checks_stand_beside_the_interval_that_decides():
    rng = np.random.default_rng(0)
    finding = found(np.exp(rng.normal(0.7, 0.2, 30)))
    for other in (finding.unpaired, finding.ranks, finding.boot):
        assert other.mean == pytest.approx(finding.effect.mean, abs=0.05)
        assert other.low < finding.effect.mean < other.high
    assert judge(claim(), archive([2.0] * 5, 2.0 * RATIOS), checks=False).ranks.n == 0


def test_an_undecided_claim_says_how_many_seeds_it_would_take():
    rng = np.random.default_rng(3)
    finding = found(np.exp(rng.normal(0.6, 0.4, 6)))
    assert finding.verdict == "undecided" and finding.seeds_to_decide > 6


def test_the_papers_own_error_is_carried_where_its_p_is_known():
    spectrum = claims.get("transplant-spectrum-vectors")
    assert spectrum.published_p == 0.0043
    finding = found(published_p=0.0043)
    assert finding.expected.low < 2.0 < finding.expected.high and found().expected.n == 0


@pytest.mark.parametrize("settings", [dict(claimed="worse"), dict(test="ratio")])
def test_a_claim_of_no_known_form_is_refused(settings):
    with pytest.raises(ValueError, match="expected one of"):
        claim(**settings)


def test_each_claim_has_a_name_of_its_own_and_reads_fields_that_exist():
    assert len({c.name for c in experiments.CLAIMS}) == len(experiments.CLAIMS) >= 25
    for c in experiments.CLAIMS:
        kind_of_run = RunConfig if experiments.get(c.experiment).trains else DrawConfig
        assert all(set(term.where) <= set(kind_of_run.__dataclass_fields__) for term in c.terms)


@pytest.mark.parametrize("c", experiments.CLAIMS, ids=lambda c: c.name)
def test_each_claim_finds_one_run_a_seed_in_the_papers_own_grid(c):
    """Each term picks its runs without ambiguity: one a seed, once settings are chosen."""
    if c.experiment == "radius_sweep":
        pytest.skip("14,700 runs; the laptop grid is tested through the archive")
    runs = experiments.get(c.experiment).runs("paper")
    rng = np.random.default_rng(0)
    rows = [{"run_id": r.run_id, **vars(r), "diverged": False} for r in runs]
    table = tables.typed(pd.DataFrame(rows))
    for name in ("test_error", "test_loss", "test_perplexity", "largest", "entropy", "late_valid_error"):
        table[name] = 0.1 + rng.random(len(table)) / 100
    if not c.terms:
        return
    made = Archive(experiments.get(c.experiment), "paper", table, table[["run_id"]], {})
    finding = judge(c, made, checks=False)
    seeds = {
        "adding": 200, "spectra": 1000, "three_layer_mnist": 20, "penn_treebank": 5, "entropy_grid": 5,
        "spectrum_parts": 20, "controls": 5, "one_cell": 10, "better_colei": 20, "better_layers": 20,
        "steps": 5, "fashion": 20, "long_adding": 20, "identity_shares": 20,
    }.get(c.experiment, 30)  # fmt: skip
    seeds = {"spectra-size": 20, "size-gap": 5}.get(c.name, seeds)  # of 1,000 units there are fewer
    assert finding.n == seeds
    assert finding.evidence == ("new seeds" if c.experiment != "penn_treebank" else "first seeds")


def test_a_correlation_is_of_conditions_and_positive_when_error_falls(monkeypatch):
    a = archive([2.0, 2.0], [4.0, 4.0])
    noise = np.random.default_rng(0).normal(0, 0.8, 12)
    cells = pd.DataFrame({"entropy": np.linspace(0.2, 0.9, 12), "error": np.linspace(9, 2, 12) + noise})
    monkeypatch.setattr(claims, "entropy_and_error", lambda archive: cells)
    finding = judge(Claim("c", "t", "7", "one_layer_mnist", (), test="rank"), a)
    assert finding.effect.mean > 0.8 and finding.p < 1e-3 and finding.n == 12
    assert 0 < finding.effect.low <= finding.effect.mean <= finding.effect.high < 1


def test_the_committed_archive_can_be_checked_and_printed():
    findings = archives.findings()
    table = wording.table(findings)
    assert len(table) == len(experiments.CLAIMS) and set(table.verdict) <= set(verdicts.VERDICTS)
    text = json.dumps([wording.as_dict(f) for f in findings], allow_nan=False)
    assert "mnist-colei" in text
    (one,) = claims.check("mnist-colei")
    same = next(f for f in findings if f.claim.name == "mnist-colei")
    assert (one.effect, one.verdict) == (same.effect, same.verdict)
    with pytest.raises(ValueError, match="claim: expected one of"):
        claims.check("no-such-claim")


def test_ps_are_corrected_within_a_figure_over_claims_that_new_seeds_decide():
    findings = archives.findings()
    for figure in {f.claim.figure for f in findings}:
        family = [f for f in findings if f.claim.figure == figure and f.evidence == "new seeds"]
        family = [f for f in family if f.claim.learning]
        corrected = [f.p_holm for f in family]
        assert all(p_holm >= f.p for p_holm, f in zip(corrected, family))
        if family:
            assert min(corrected) == pytest.approx(min(1, len(family) * min(f.p for f in family)))
    assert all(math.isnan(f.p_holm) for f in findings if not f.claim.learning or f.evidence != "new seeds")


def test_nothing_archived_is_undecided(tmp_path, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path))
    (finding,) = claims.check("mnist-colei")
    assert isinstance(finding, Finding) and finding.scale is None
    assert finding.verdict == finding.leaning == "undecided"
    assert wording.table([finding]).evidence.tolist() == ["not run"]


def test_verdicts_that_a_page_speaks_of_are_compared_and_what_has_not_run_is_undecided():
    cell = reading.load("one_cell")
    assert claims.judged_as(cell, {"one-cell-entropy": "reproduced"})
    assert not claims.judged_as(cell, {"one-cell-entropy": "contradicted"})
    none = cell.only(cell.runs.run_id[:0])
    assert claims.judged_as(none, {"one-cell-law": "undecided"})
    assert not claims.judged_as(none, {"one-cell-law": "reproduced"})
