"""What chapter 10 says follows the verdicts, however they come out, and its tables the archived runs."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import better_starts, claims
from daleslaw_lib.evidence.claims import Finding
from daleslaw_lib.running import runner
from daleslaw_lib.statistics.contrasts import NONE, Interval
from daleslaw_lib.studies.better_colei import figures, report, selection
from helpers.science import config
from helpers.sentences import assert_could_fail

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
    assert sorted(NAMES) == sorted(better_starts.ASKED)


@pytest.mark.parametrize("effect", [HELD, BROKEN, OPEN, NONE])
def test_the_page_can_say_every_outcome_of_all_claims(effect):
    alike = found(**{name.replace("-", "_"): effect for name in NAMES if effect is not NONE})
    aim, nothing, *lines = report.what_it_means(alike.values()).splitlines()
    assert aim == better_starts.aim(alike) and nothing == ""
    assert all(question in "".join(lines) for question in report.QUESTIONS)
    word = {HELD: "Yes", BROKEN: "No", OPEN: "Undecided", NONE: "Not run yet"}[effect]
    if effect is NONE:
        assert len(lines) == 1 and lines[0].startswith(f"- **{word}:** With one layer")
    else:
        level = [line for line in lines if "level with it?" in line]  # far ahead is not level, either
        assert len(lines) == len(report.QUESTIONS) and len(level) == 1
        assert all(f"** {word}: " in line for line in lines if line not in level)
        assert f"** {'Undecided' if effect is OPEN else 'No'}: " in level[0]


def test_what_has_run_is_answered_and_what_has_not_is_listed():
    some = found(better_10=HELD, memory_signs=BROKEN)
    _, _, first, signs, waiting = report.what_it_means(some.values()).splitlines()
    assert "Yes: at 10 % inhibition (" in first and "Not run yet: at 1 % inhibition; at 50 %" in first
    assert "behind an RNN from a permutation?** No: at 10 % it is behind (" in signs
    assert (
        waiting.startswith("- **Not run yet:** Is ColEI from an identity within")
        and "With one layer" not in waiting
    )


def test_the_side_is_said_beside_a_network_that_no_law_binds():
    """Within the rule's fifth, "no worse" may be a little worse: then no page says that it is not behind."""
    little_behind, level = Interval(-0.14, -0.18, -0.09, 20), Interval(0.01, -0.03, 0.05, 20)
    aim = better_starts.aim(found(better_10=Interval(-0.1, -0.2, 0.0, 20), memory_signs=little_behind))
    assert "an RNN that starts from a permutation is still ahead of that start, by less than a fifth (" in aim
    aim = better_starts.aim(found(better_10=HELD, memory_signs=level))
    assert aim.endswith("no cost of the law is seen there.")
    said = report.what_it_means(found(memory_identity=Interval(0.26, 0.22, 0.31, 20)).values())
    assert "level with it?** No: it is ahead (" in said


def test_what_the_page_says_of_the_screen_holds_and_could_fail():
    screen = reading.load("start_screen")
    assert report.early_order(screen)
    runs = screen.runs
    changes = (
        (runs.start == "sparse", 9),  # behind ColEI
        (runs.start == "raised", 0.3),  # ahead of a permutation
        (runs.start == "compact", 0.5),  # as well
        (runs.kind == "rnn", 3),  # behind a start
        ((runs.kind == "rnn") & (runs.start == "identity"), 3),  # a control behind the RNN
    )
    assert_could_fail(report.early_order, screen, "late_test_error", changes)


def test_that_identities_end_ahead_of_permutations_holds_and_could_fail():
    better = reading.load("better_colei")
    assert report.identities_end_ahead(better)
    runs = better.runs
    changes = (
        (runs.start == "permutation", 0.8),
        (runs.start == "identity+colei", 1.3),
        (runs.kind == "rnn", 0.7),  # nobody reaches it
        (runs.kind == "rnn", 1.5),  # all do
    )
    assert_could_fail(report.identities_end_ahead, better, "late_test_error", changes)


def test_what_the_page_says_of_identities_elsewhere_holds_and_could_fail():
    identities, better = reading.load("identity_shares"), reading.load("better_colei")

    def holds(archive):
        return report.identity_is_no_way_out(archive, better)

    assert holds(identities)
    runs, error = identities.runs, identities.runs.late_test_error
    colei, rnn = runs.start.notna(), runs.kind == "rnn"
    changes = (
        (colei & (runs.ei_ratio == 99) & (error > 0.45), 0.5),  # all learn
        (colei & (runs.ei_ratio == 1), 0.72),  # level with the RNN
        (colei & (runs.ei_ratio == 1), 0.9),  # no further behind than a permutation
        (rnn & (runs.seed == runs.seed.min()), 50),  # an RNN hardly learns
    )
    assert_could_fail(holds, identities, "late_test_error", changes)


def test_runs_that_learn_and_lose_it_are_counted_with_their_best_and_the_first_update_of_the_fall():
    identities, better = reading.load("identity_shares"), reading.load("better_colei")
    said = report.learned_and_lost(identities, better)
    runs = identities.runs[(identities.runs.start == "identity") & (identities.runs.ei_ratio == 99)]
    curves = identities.curves[identities.curves.run_id.isin(runs.run_id)]
    assert f"{len(runs)} of them rise above 20 % again, the first at update 23,400" in said
    assert f"to {100 * curves.groupby('run_id').test_error.min().max():.1f} % error" in said
    early = replace(identities, curves=identities.curves[identities.curves["update"] < 15_000])
    assert "0 of them rise above 20 % again;" in report.learned_and_lost(early, better)
    assert not report.identity_is_no_way_out(early, better)


def test_what_the_page_says_of_steps_holds_and_could_fail():
    steps = reading.load("steps")
    assert report.start_matters_whatever_the_step(steps)
    runs = steps.runs
    own, adam, eg = (
        runs.start.isna() & (runs.kind == "colei"),
        runs.optimiser == "adam",
        runs.optimiser == "eg",
    )
    changes = (
        (own & adam, 2),  # no help
        (own & adam, 0.6),  # up to the RNN
        (own & eg, 0.5),  # a help
        ((runs.start == "permutation+colei") & eg, 2),  # behind plain SGD
        ((runs.start == "identity+colei") & adam, 1.3),  # behind the RNN
    )
    assert_could_fail(report.start_matters_whatever_the_step, steps, "late_test_error", changes)


def test_what_the_page_says_of_three_layers_holds_and_could_fail():
    layers = reading.load("better_layers")
    assert report.three_layers_stay_behind(layers)
    runs, error = layers.runs, layers.runs.late_test_error
    start = runs.start.notna()
    changes = (
        (start & (runs.ei_ratio == 99), 0.1),  # all learn, and reach it
        (start & (error > 0.45), 0.4),  # all learn
        (runs.kind == "rnn", 2),  # the RNN is no better
        ((runs.kind == "rnn") & (runs.seed == 100), 50),  # one of them hardly learns
    )
    assert_could_fail(report.three_layers_stay_behind, layers, "late_test_error", changes)


def test_what_the_page_says_of_other_images_holds_and_could_fail():
    fashion = reading.load("fashion")
    assert report.half_of_the_gap_closes(fashion)
    runs = fashion.runs
    changes = ((runs.start.notna(), 0.95), (runs.start.notna(), 1.05), (runs.kind == "rnn", 1.3))
    assert_could_fail(report.half_of_the_gap_closes, fashion, "late_test_error", changes)


def test_what_the_page_says_of_longer_sequences_holds_and_could_fail():
    adding = reading.load("long_adding")
    assert report.long_sequences_break_it(adding)
    runs = adding.runs
    start = runs.start.notna()
    changes = (
        (start & (runs.length == 20), 0.1),  # ahead of the RNN
        (start & (runs.length == 50), 1e-20),  # none explodes
        (start & (runs.length == 50), 10),  # none learns
        (start & (runs.length == 100), 1e-40),  # some learn
        ((runs.kind == "rnn") & (runs.length == 100), 0.5),  # all RNNs learn
    )
    assert_could_fail(report.long_sequences_break_it, adding, "late_test_loss", changes)


def test_runs_that_exploded_are_counted_in_the_name_of_their_line():
    adding = reading.load("long_adding")
    rows = {row.label: row.estimate for row in report.rows(adding, most=1)}
    kept = {label: estimate.n for label, estimate in rows.items()}
    assert kept["RNN, 50 steps"] == 20 and kept["identity + ColEI, 50 steps, 6 exploded"] == 14
    assert kept["identity + ColEI, 100 steps, 20 exploded"] == 0 and len(kept) == 9
    assert all(max(estimate.values) <= 1 for estimate in rows.values() if estimate.n)
    figure = figures.final_errors(report.rows(adding, most=1), xlabel="loss", footer="f")
    assert figure.axes[0].get_xlim()[1] < 1 and len(figure.axes[0].get_yticks()) == 9


def test_the_first_page_has_the_screens_best_start_and_coleis_own_at_each_share():
    screen = reading.load("start_screen")
    early, table = report.early(screen), selection.scores(screen)
    at_1 = table[(table.kind == "colei") & (table.ei_ratio == 99.0)]
    assert early.best["1"] == at_1[at_1.start.notna()].sort_values("valid").test.iloc[0]
    assert early.colei["1"] == at_1[at_1.start.isna()].test.item() and early.updates == 9_360
    assert early.rnn == table[(table.kind == "rnn") & table.start.isna()].sort_values("valid").test.iloc[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (dict(kind="rnn"), "RNN"),
        (dict(kind="rnn", start="identity", start_a=1.0), "RNN from an identity"),
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
    assert report.rows(trained.only(trained.runs.run_id[-1:])) == []
    ratio = trained.runs.ei_ratio.where(trained.runs.start.isna(), 9.0)
    two = replace(
        trained, runs=trained.runs.assign(ei_ratio=ratio), experiment=experiments.get("better_colei")
    )
    rows = report.rows(two.only(trained.runs.run_id[trained.runs.lr > 0.01]))
    assert [row.label for row in rows] == ["20 %: ColEI", "10 %: permutation"]


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
