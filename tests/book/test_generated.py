"""What the pages and the cover say is what the archive says."""

import re

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import claims
from helpers import ROOT
from tools import generated


def test_tables_and_cover_come_from_the_archive():
    assert generated.outdated() == []


def test_an_edited_table_is_noticed():
    text = (ROOT / "appendix" / "claims.md").read_text("utf-8")
    first = experiments.CLAIMS[0].text
    assert f"| {first} |" in text
    edited = text.replace(f"| {first} |", "| Something else |", 1)
    assert generated.with_tables(edited) == text


def test_every_archived_experiment_has_its_table():
    tables = generated.numbers()
    for name in experiments.EXPERIMENTS:
        for scale in set(reading.archived_scales(name)) - {"smoke"}:
            archive = reading.load(name, scale)
            assert ("test_loss" not in archive.runs) or archive.experiment.title in tables


def test_every_claim_has_its_verdict():
    text = generated.table_of_claims()
    assert all(f"| {claim.text} |" in text for claim in experiments.CLAIMS)


def test_the_rules_chances_are_printed_and_no_verdict_is_wrong_more_often_than_one_time_in_twenty():
    text = generated.characteristics()
    in_use = {
        f.n
        for f in generated.findings()
        if f.claim.claimed == "better"
        and f.claim.published
        and f.evidence == "new seeds"
        and f.claim.learning
    }
    assert {int(n) for n in re.findall(r"n = (\d+):", text)} >= in_use | {5, 20}
    assert text.count("| opposite |") == text.count("n = ")
    for row in (line for line in text.splitlines() if line.startswith(("| none |", "| opposite |"))):
        reproduced, larger = row.split("|")[2:4]
        assert not larger.strip() and int(reproduced.replace("%", "").strip() or 0) <= 5


def test_the_page_of_rules_says_by_which_preset_claims_are_judged_and_which_verdicts_turn_with_it():
    """The paragraph on presets, in "How claims are judged", is in words: it is about these claims."""
    corrected = {claim.name for claim in experiments.CLAIMS if claim.preset == "corrected"}
    assert corrected == {
        "radius-colei", "radius-dann", "radius-rnn", "ratio-dann", "ii-ablation-all",  # about learning
        "spectra-dann", "spectra-dann-edge",
    }  # fmt: skip
    both = [f for f in generated.findings() if claims.counted(f) and f.other_preset.n]
    verdicts = {f.claim.name: (f.verdict, f.judged_by(f.other_preset)) for f in both}
    assert {name: pair for name, pair in verdicts.items() if pair[0] != pair[1]} == {
        "adding-dann": ("reproduced", "contradicted"),
        "mnist-dann": ("undecided", "reproduced"),
        "mnist-dann-short": ("undecided", "reproduced"),
        "mnist3-colei": ("larger", "reproduced"),
        "ratio-few": ("reproduced", "smaller"),
    }


def test_what_is_open_says_what_it_would_take():
    text = generated.undecided()
    for finding in generated.findings():
        assert (f"| {finding.claim.text} |" in text) == (
            finding.verdict == "undecided" and finding.claim.learning
        )
