"""What chapter 10 says follows the verdicts, however they come out, and its tables the archived runs."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence import claims
from daleslaw_lib.evidence.claims import Finding
from daleslaw_lib.running import runner
from daleslaw_lib.statistics.contrasts import NONE, Interval
from daleslaw_lib.studies.better_colei import report
from helpers.science import config

NAMES = [name for asked in report.QUESTIONS.values() for name in asked]
HELD, BROKEN, OPEN = (
    Interval(1.0, 0.9, 1.1, 20),
    Interval(-1.0, -1.1, -0.9, 20),
    Interval(-0.1, -1.2, 1.0, 20),
)


def found(**effects):
    """Findings on all claims: those named ("better_10") with these effects, the others not run."""
    some = {name.replace("_", "-"): effect for name, effect in effects.items()}
    return {
        name: Finding(claims.get(name), "new seeds", "paper", effect=some[name])
        if name in some
        else Finding(claims.get(name), "not run", None, effect=NONE)
        for name in NAMES
    }


def test_every_claim_of_the_chapter_answers_a_question_once():
    assert sorted(NAMES) == sorted(c.name for c in claims.CLAIMS if c.figure == "chapter 10")


def test_before_the_runs_nothing_is_known():
    text = report.aim(found())
    assert "not known yet" in text and "can be kept" not in text


def test_the_aim_reached_everywhere_is_said_without_a_but():
    text = report.aim(found(better_1=HELD, better_10=HELD, better_50=HELD))
    assert text.startswith("**Dale's law can be kept and an RNN's error reached, within 0.3 points, ")
    assert text.endswith(" at 1, 10 and 50 % inhibition.**")


def test_each_share_stands_under_what_came_of_it():
    text = report.aim(found(better_1=BROKEN, better_10=HELD, better_50=OPEN))
    assert "reached, within 0.3 points, at 10 % inhibition; the chosen start stays further behind" in text
    assert "than 0.3 points at 1 %; at 50 % it is undecided.**" in text
    assert "at 1 and 50 % the runs are still to come" in report.aim(found(better_10=HELD))


def test_the_aim_missed_everywhere_says_nothing_of_a_law_that_can_be_kept():
    text = report.aim(found(better_1=BROKEN, better_10=BROKEN, better_50=BROKEN, memory_signs=HELD))
    assert text == "**The chosen start stays further behind an RNN than 0.3 points at 1, 10 and 50 %.**"


@pytest.mark.parametrize(
    ("signs", "words"),
    [(HELD, "no cost of the law is seen"), (BROKEN, "helps more without the law"), (OPEN, "")],
)
def test_an_rnn_with_the_same_help_is_spoken_of_once_it_is_decided(signs, words):
    text = report.aim(found(better_10=HELD, memory_signs=signs))
    assert words in text and ("permutation" in text) == bool(words)


@pytest.mark.parametrize("effect", [HELD, BROKEN, OPEN, NONE])
def test_the_page_can_say_every_outcome_of_all_claims(effect, monkeypatch):
    alike = found(**{name.replace("-", "_"): effect for name in NAMES if effect is not NONE})
    monkeypatch.setattr(report.claims, "check", lambda *names: [alike[name] for name in names])
    lines = report.what_it_means().splitlines()
    assert len(lines) == 2 + len(report.QUESTIONS) and lines[1] == ""
    word = {HELD: "Yes", BROKEN: "No", OPEN: "Undecided", NONE: "Not run yet"}[effect]
    assert all(f"** {word}" in line for line in lines[2:])
    assert effect is NONE or "at 1 % inhibition (" in lines[2]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (dict(kind="rnn"), "RNN"),
        (dict(kind="rnn", start="identity", start_a=1.0), "RNN from identity"),
        (dict(kind="colei", ei_ratio=9.0, start=None), "10 %: ColEI"),
        (dict(kind="colei", ei_ratio=99.0, start="permutation", start_a=1.0), "1 %: permutation"),
        (dict(kind="colei", ei_ratio=1.0, start="permutation", start_a=0.3), "50 %: signed permutation"),
    ],
)
def test_a_network_is_called_by_its_share_and_its_start(fields, words):
    assert report.called(fields, shares=True) == words


def test_a_network_is_called_by_how_it_steps_and_how_long_it_remembers():
    assert report.called(dict(kind="colei", optimiser="eg", lr=0.1)) == "ColEI, exponentiated gradient"
    assert (
        report.called(dict(kind="colei", start="identity+colei", length=50.0)) == "identity + ColEI, 50 steps"
    )
    assert report.called(dict(kind="rnn", start=np.nan, length=np.nan)) == "RNN"


@pytest.fixture(scope="module")
def trained():
    """Runs of the steps' sort; one network at two rates, one of them of no use."""
    common = dict(mechanism=True, spectra=True, n_train=384, n_valid=128)
    runs = [config(seed=s, lr=lr, **common) for s in (0, 1) for lr in (0.05, 1e-9)]
    runs += [config(seed=s, start="permutation", start_a=1.0, **common) for s in (0, 1)]
    return replace(runner.train_here(runs), experiment=experiments.get("steps"))


def test_rows_are_called_as_the_chapter_calls_them(trained):
    rows = report.rows(trained.only(trained.runs.run_id[trained.runs.lr > 0.01]))
    assert [row.label for row in rows] == ["ColEI", "permutation"]
    assert all(row.kind == "colei" and row.estimate.n == 2 and row.published == () for row in rows)
    shares = replace(trained, experiment=experiments.get("better_colei"))
    rows = report.rows(shares.only(trained.runs.run_id[trained.runs.lr > 0.01]))
    assert [row.label for row in rows] == ["20 %: ColEI", "20 %: permutation"]
    assert report.rows(shares.only(trained.runs.run_id[-1:])) == []


def test_weights_at_the_end_are_medians_over_runs_before_and_after(trained):
    table = report.weights_at_the_end(trained)
    assert list(table.index) == ["ColEI", "permutation"] and table["rate"].notna().all()
    assert table.loc["permutation", "H before"] == pytest.approx(1.0) and table["H after"].between(0, 1).all()
    assert table.loc["permutation", "inputs before"] == pytest.approx(1.0)
    ends = trained.curves[trained.curves["update"] == trained.curves["update"].max()].set_index("run_id")
    permutation = trained.runs.run_id[trained.runs.start == "permutation"]
    for column, name in (("zeros (%)", "zeros"), ("inputs after", "inputs"), ("log_skew", "log_skew")):
        factor = 100 if name == "zeros" else 1
        assert table.loc["permutation", column] == pytest.approx(
            factor * ends.loc[permutation, name].median()
        )


def test_projections_reach_even_values_by_a_permutation_and_climbing_keeps_inputs():
    table = report.reached(n=30, ei_ratio=4.0, rounds=200, steps=(1, 10), rng=np.random.default_rng(0))
    even = table.loc["all values equal"]
    assert even.H == pytest.approx(1, abs=0.01) and even.inputs < 1.2 and even["off by at most"] < 0.1
    assert table.H["1 step uphill in H"] < table.H["10 steps uphill in H"] < 1
    assert table["off by at most"].isna().sum() == 2
