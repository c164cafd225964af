"""The reproduction report: every trap, what the archive says of it, and what was computed."""

import re

import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from helpers import ROOT, archives
from tools import report

PAGE = (ROOT / "appendix" / "reproduction-report.md").read_text("utf-8")
NOTES = (ROOT / "appendix" / "reproduction-notes.md").read_text("utf-8")


def test_every_trap_of_the_notes_is_in_the_report_once_and_in_order():
    noted = [int(number) for number in re.findall(r"^\* - E(\d+)$", NOTES, re.MULTILINE)]
    assert [trap.number for trap in report.TRAPS] == noted == list(range(1, 26))
    assert re.findall(r"^- \*\*E(\d+)\*\*", PAGE, re.MULTILINE) == [str(n) for n in noted]


@pytest.mark.parametrize("trap", report.TRAPS, ids=lambda trap: f"E{trap.number}")
def test_a_trap_says_where_it_stands_and_is_measured_or_says_why_not(trap):
    assert trap.where and (trap.measured is None) == bool(trap.why)
    text = str(trap)
    assert (
        text.count("\\\n  *") == text.count("\n") == 2
        and text.endswith(".")
        and f"*Where:* {trap.where}." in text
    )
    if trap.measured:
        assert re.search(r"\d", text.split("*Changes:*")[1])
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (ROOT / "appendix" / link).exists()


def test_traps_that_could_change_a_conclusion_are_measured_where_the_presets_differ():
    measured = {trap.number for trap in report.TRAPS if trap.measured}
    assert measured >= {1, 2, 3, 4, 5, 6, 8, 11, 12}


def test_every_claim_about_learning_is_counted_once():
    findings = archives.findings()
    table = report.verdicts(findings).replace("", 0).set_index("figure").astype(int)
    asked = [f for f in findings if f.claim.learning and not f.claim.ours]
    assert table.loc["all", "claims"] == len(asked)
    rows = table.drop(index="all")
    assert rows.claims.sum() == len(asked) and {name.removeprefix("Fig. ") for name in rows.index} == {
        f.claim.figure for f in asked
    }
    assert (rows.drop(columns="claims").sum(axis=1) == rows.claims).all()


def archive(seconds, threads=1):
    parts = [{"wall_seconds": s, "threads": threads, "device": "CPU"} for s in seconds]
    runs = pd.DataFrame({"run_id": ["a", "b"]})
    return reading.Archive(experiments.get("adding"), "paper", runs, runs, {"parts": parts})


def test_compute_is_the_wall_time_of_all_parts_times_their_threads():
    two = {("adding", "paper"): archive([1800, 1800]), ("size", "paper"): archive([3600], 4)}
    table, words = report.computing(two)
    assert list(table["core hours"]) == ["1.00", "4.00"] and list(table.runs) == ["2", "2"]
    assert "4 archived runs and draws took 5.0 core hours" in words
    assert f"about {5 * report.WATTS / 1000:.2g} kWh" in words and "assumed" in words


def test_compute_covers_every_archive_of_the_book():
    rows = {(n, s) for n in experiments.EXPERIMENTS for s in reading.archived_scales(n) if s != "smoke"}
    assert set(report.archives()) == rows


def test_the_report_has_the_parts_that_reviewers_look_for():
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    wanted = ["Scope of reproducibility", "Methods", "Results", "What was easy", "What was hard"]
    wanted += ["Beyond the paper", "Computing", "Checklist"]
    assert [heading for heading in headings if heading in wanted] == wanted
    assert "appendix/reproduction-report" in (ROOT / "_toc.yml").read_text("utf-8")
