"""What the rule can tell, and what it would take."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import claims, power
from daleslaw_lib.evidence.verdicts import VERDICTS
from daleslaw_lib.statistics.contrasts import NONE, Interval
from helpers import archives


@pytest.fixture(scope="module")
def findings():
    return archives.findings()


def test_chances_of_a_row_add_up_to_one_and_grow_with_seeds():
    few, many = (power.characteristics(0.2, n, 0.4, draws=1_000) for n in (5, 30))
    assert list(few.columns) == list(VERDICTS) and list(few.index) == list(power.EFFECTS)
    np.testing.assert_allclose(few.sum(axis=1), 1)
    assert many.loc["full", "reproduced"] > few.loc["full", "reproduced"] + 0.2
    assert many.loc["none", "contradicted"] > few.loc["none", "contradicted"]


def test_the_rule_errs_in_few_cases_for_every_claim_and_number_of_seeds_in_use(findings):
    table = power.of_the_claims(findings, draws=1_000)
    used = [f for f in findings if f.claim.learning and f.claim.test != "rank" and f.evidence == "new seeds"]
    assert table.claims.sum() == len(used)
    assert set(zip(table.claimed, table.n)) == {(f.claim.claimed, f.n) for f in used}
    assert (table["wrong, normal"] < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1_000)).all()
    assert (table["wrong, normal"] > 0.01).all()  # beside a boundary some verdicts are wrong
    assert table["decides, normal"].between(0, 1).all()


def test_two_samples_err_more_often_than_one_and_decide_more_often():
    contrasts = tuple(np.random.default_rng(0).normal(-0.15, 0.4, 30))
    one = claims.Finding(
        claims.get("mnist-dann"), "new seeds", "paper", effect=Interval(-0.15, -0.2, -0.1, 30),
        contrasts=contrasts,
    )  # fmt: skip
    two = replace(one, evidence="second sample", before=one.effect)
    (once,), (twice,) = (power.of_the_claims([f], draws=4_000).to_dict("records") for f in (one, two))
    assert once["wrong, normal"] == pytest.approx(0.025, abs=0.01)
    assert twice["wrong, normal"] == pytest.approx(1 - 0.975**2, abs=0.012)
    assert 0.5 < once["decides, normal"] < twice["decides, normal"] - 0.1


def test_another_reading_is_shown_only_where_it_judges_otherwise():
    def finding(name, **readings):
        at = dict.fromkeys(power.READINGS, Interval(1.0, 0.9, 1.1, 20)) | readings
        return claims.Finding(
            claims.get(name), "new seeds", "paper", effect=Interval(1.0, 0.9, 1.1, 20), **at
        )

    agrees, few = finding("steps-eg"), finding("steps-eg", ranks=Interval(1.0, -np.inf, np.inf, 5), boot=NONE)
    off = finding("steps-adam", last=Interval(0.1, -0.3, 0.4, 20))
    early = replace(off, evidence="first seeds")
    table = power.other_readings([agrees, few, off, early])
    (row,) = table.to_dict("records")
    assert row["claim"] == off.claim.text and row["verdict"] == "reproduced"
    assert list(row) == ["claim", "n", "verdict", "the last evaluation alone"]  # the others agree everywhere
    assert row["the last evaluation alone"] == "undecided"
    assert power.other_readings([agrees]).empty


def by_preset(name="adding-dann", effect=0.5, other=-0.5, **changes):
    """A finding of 30 seeds whose effect by the claim's own preset is `effect`, by the other one `other`."""
    mine, theirs = (Interval(mean, mean - 0.1, mean + 0.1, 30) for mean in (effect, other))
    return claims.Finding(claims.get(name), "new seeds", "paper", effect=mine, other_preset=theirs, **changes)


def test_a_verdict_that_turns_with_the_preset_is_shown_and_said():
    turns, stays = by_preset(), by_preset("mnist-dann", 0.0, 0.01)
    (row,) = power.other_readings([turns, stays]).to_dict("records")
    assert (row["verdict"], row["the other preset"]) == ("larger", "contradicted")
    said = power.by_the_other_preset([turns, stays])
    assert said.startswith("Two claims have all their new seeds with both presets, each with networks of ")
    assert said.endswith(
        "One verdict turns with the preset: *DANN is no worse than an RNN on the adding problem* is larger "
        "if faithful, contradicted if corrected."
    )
    said = power.by_the_other_preset([stays])
    assert said.startswith("One claim has all its new seeds with both presets") and "No verdict turns" in said
    alone = replace(turns, other_preset=NONE)
    early = replace(turns, evidence="some new seeds")
    assert power.by_the_other_preset([alone, early]).startswith("No claim about learning has run with both")
    mended = power.by_the_other_preset([by_preset("ratio-dann", 0.0, 0.5)])
    assert "is reproduced if corrected, contradicted if faithful." in mended


def test_the_archive_has_claims_that_the_other_preset_judges_otherwise(findings):
    """A DANN beside RNNs that are clipped as it is, for one; and none where the presets agree."""
    by_name = {f.claim.name: f for f in findings}
    dann = by_name["adding-dann"]
    assert dann.judged_by(dann.other_preset) != dann.verdict
    assert not by_name["mnist3-dann"].other_preset.n and not by_name["transplant-spectrum"].other_preset.n


def test_spreads_are_of_claims_that_are_log_ratios(findings):
    found = power.spreads(findings)
    assert (found > 0).all() and "spectra-colei" not in found and "adding-colei" in found


def test_open_claims_say_seeds_and_hours(findings):
    archives = {"one_layer_mnist": reading.load("one_layer_mnist", "paper")}
    table = power.open_claims(findings, archives)
    assert len(table) == sum(f.verdict == "undecided" and f.claim.learning for f in findings)
    assert set(table.columns) == {"claim", "so far", "seeds to decide", "core hours"}
    mine = [f for f in findings if f.claim.experiment == "one_layer_mnist" and f.verdict == "undecided"]
    rows = table.set_index("claim")
    for f in mine:
        assert bool(rows.loc[f.claim.text, "core hours"]) == (f.seeds_to_decide is not None)


def test_a_claim_on_best_settings_has_no_price_as_the_sweep_behind_it_is_not_counted():
    archives = {"steps": reading.load("steps", "paper")}
    contrasts = (0.3, -0.2, 0.4, -0.3, 0.1)
    chosen = claims.Finding(
        claims.get("steps-eg"), "new seeds", "paper", effect=Interval(0.06, -0.3, 0.4, 5), contrasts=contrasts
    )
    plain = replace(chosen, claim=replace(chosen.claim, best=None))
    (with_settings,), (without,) = (
        power.open_claims([f], archives).to_dict("records") for f in (chosen, plain)
    )
    assert with_settings["seeds to decide"] == without["seeds to decide"] != ""
    assert with_settings["core hours"] == "" and float(without["core hours"]) > 0


def test_a_run_of_the_papers_length_is_priced_by_what_shorter_ones_took():
    experiment = experiments.get("one_layer_mnist")
    runs = pd.DataFrame({"run_id": ["a", "b"], "updates": [468, 468]})
    manifest = {"parts": [{"wall_seconds": 10.0}]}
    archive = reading.Archive(experiment, "laptop", runs, runs, manifest)
    assert power.seconds_a_run(archive) == pytest.approx(10 / 936 * 46_800)
    assert np.isnan(power.seconds_a_run(None))


def test_wobble_tells_evaluations_from_seeds():
    """Made with scatter 2 within a run and 5 between runs: that is what comes out."""
    rng, ids = np.random.default_rng(0), [f"r{k}" for k in range(400)]
    runs = pd.DataFrame({"run_id": ids, "updates": 1_000})
    updates = np.tile(np.arange(810, 1_001, 10), len(ids))
    means = np.repeat(rng.normal(50, 5, len(ids)), 20)
    errors = (means + rng.normal(0, 2, len(means))) / 100
    curves = pd.DataFrame({"run_id": np.repeat(ids, 20), "update": updates, "test_error": errors})
    archive = reading.Archive(experiments.get("transplants"), "paper", runs, curves, {})
    np.testing.assert_allclose(power.wobble(archive, runs), (2, 5), rtol=0.06)
    still = archive.curves.assign(test_error=0.5)
    archive = reading.Archive(archive.experiment, "paper", runs, still, {})
    assert power.wobble(archive, runs) == (0, 0)
