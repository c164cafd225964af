"""What the pages and the cover say is what the archive says."""

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from helpers import ROOT
from tools import generated


def test_tables_and_cover_come_from_the_archive():
    assert generated.outdated() == []


def test_an_edited_table_is_noticed():
    text = (ROOT / "README.md").read_text("utf-8")
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
    text = generated.verdicts()
    assert all(f"| {claim.text} |" in text for claim in experiments.CLAIMS)
