"""The forest of claims: every claim has its row, its mark, its link and its command."""

import html
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence import chapters, forest
from daleslaw_lib.evidence.verdicts import VERDICTS
from daleslaw_lib.figures import claims as figures_claims
from daleslaw_lib.figures import vectors
from daleslaw_lib.statistics.contrasts import NONE, Interval
from helpers import ROOT, archives

CHAPTERS = {path.stem for path in (ROOT / "chapters").glob("*.ipynb")}


@pytest.fixture(scope="module")
def findings():
    return archives.findings()


@pytest.fixture(scope="module")
def page(findings):
    return forest.forest(findings, CHAPTERS)


def test_the_plot_is_well_formed(page):
    ElementTree.fromstring(f"<main>{page}</main>".replace("&nbsp;", " "))


def test_every_claim_has_one_row_with_its_verdict_and_command(findings, page):
    rows = re.findall(r'<div class="forest-row is-(\w+)">', page)
    shown = forest.in_the_book(findings, CHAPTERS)
    learning = [f for _, group in forest.by_figure(shown).items() for f in group if f.claim.learning]
    assert rows == [f.verdict for f in learning]
    for f in learning:
        assert f"<code>{forest._command(f)}</code>" in page
    facts = [f for f in findings if not f.claim.learning]
    assert page.count('<li class="is-') - len(forest.SHAPES) == len(facts) == 6


def test_a_rows_command_makes_what_is_to_come_or_the_archived_runs_again(findings):
    """`run` refuses an archive that is complete; below paper scale, the paper's is to come."""
    found = next(f for f in findings if f.claim.name == "adding-dann")
    assert forest._command(found) == "daleslaw reproduce adding --scale paper --sample 100%"
    broken = replace(found, evidence="too few learn", effect=NONE)
    assert forest._command(broken) == forest._command(found)
    for changes in ({"scale": "laptop", "evidence": "below paper scale"}, {"evidence": "some new seeds"}):
        assert forest._command(replace(found, **changes)) == "daleslaw run adding --scale paper --resume"
    waiting = replace(found, claim=replace(found.claim, second="second_sample"))
    waiting = replace(waiting, effect=Interval(-0.18, -0.4, 0.04, 30))
    assert waiting.second_to_come
    assert forest._command(waiting) == "daleslaw run second_sample --scale paper --resume"
    weighed = replace(waiting, evidence="second sample", before=waiting.effect)
    assert forest._command(weighed) == "daleslaw reproduce second_sample --scale paper --sample 100%"


def test_a_row_says_what_equality_asks_for_and_whose_runs_are_broken(page):
    words = r'html">([^<]+)</a></p>.*?<div class="forest-words">(.*?)<details>'
    rows = dict(re.findall(words, page))
    dann = rows["DANN is no worse than an RNN on the adding problem"]
    assert "no worse: above \u00d7 0.83" in dann and "broken: RNN 24 of 200, DANN 0 of 200" in dann
    same = rows["DANN does as well with 1 % interneurons as with 50 %"]
    assert "same: above \u00d7 0.83, below \u00d7 1.20" in same
    assert "above" not in rows["ColEI learns the adding problem worse than an RNN"]


def test_every_experiment_with_a_claim_has_a_chapter_that_exists(page):
    used = {c.experiment for c in experiments.CLAIMS}
    assert used <= set(chapters.CHAPTERS) <= set(experiments.EXPERIMENTS)
    for link in re.findall(r'href="chapters/(\w+)\.html"', page):
        assert link in CHAPTERS


def test_a_claim_whose_chapter_is_still_a_draft_is_counted_and_not_drawn(findings):
    own = [f for f in findings if f.claim.ours]
    run = next(f for f in own if f.scale and f.verdict != "undecided")
    chapter, text = chapters.CHAPTERS[run.claim.experiment], html.escape(run.claim.text)
    without = forest.forest(findings, CHAPTERS - {"09_mechanism", "10_a_better_colei"})
    assert text not in without and chapter not in without
    assert f"{len(own)} claims beyond the paper are declared, for chapters to come; " in without
    assert " decided.</p>" in without
    assert text in forest.forest(findings, CHAPTERS | {chapter})


def test_a_claim_of_a_chapter_that_has_not_run_is_counted_and_not_drawn(findings):
    own = [f for f in findings if f.claim.ours]
    waiting = [replace(f, scale=None, effect=NONE, evidence="not run") for f in own]
    said = forest.forest([*waiting[:2], *own[2:]], CHAPTERS)
    n = 2 + sum(f.scale is None for f in own[2:])
    assert f"{n} claims beyond the paper are declared and have not run yet.</p>" in said
    assert "for chapters to come" not in said and html.escape(own[0].claim.text) not in said
    assert "1 claim beyond the paper is declared and has not run" in forest.forest(waiting[:1], CHAPTERS)


def test_each_verdict_has_a_shape_and_a_colour_of_its_own():
    assert set(forest.SHAPES) == set(figures_claims.COLOURS) == set(figures_claims.MARKERS) == set(VERDICTS)
    assert len(set(forest.SHAPES.values())) == len(set(figures_claims.COLOURS.values())) == len(VERDICTS)


def test_only_claims_about_learning_are_counted(findings):
    papers = [f for f in findings if f.claim.learning and not f.claim.ours]
    assert sum(forest.counts(findings).values()) == len(papers) == 36


def test_what_lies_beyond_the_axis_ends_in_an_arrow():
    inside = forest._interval(Interval(0.0, -0.1, 0.1, 5), 10)
    beyond = forest._interval(Interval(0.0, -9.0, 9.0, 5), 10)
    assert len(inside) == 1 and len(beyond) == 3


def test_the_picture_has_a_row_for_each_ratio_that_is_in_the_book(findings):
    shown = forest.in_the_book(findings, CHAPTERS)
    (ax,) = figures_claims.forest(shown).axes
    ratios = [f for f in shown if f.claim.learning and f.claim.test == "log"]
    assert all(f.scale or not f.claim.ours for f in ratios)
    assert len(ax.get_yticklabels()) == len(ratios)


def test_a_phone_has_each_claim_in_lines_above_its_row(findings):
    wide = figures_claims.forest(findings)
    phone = wide.on_a_phone()
    phone.draw_without_rendering()
    assert phone.get_figwidth() <= vectors.PHONE
    written = [text.get_text() for text in phone.axes[0].texts]
    said = {" ".join(text.split()) for text in written}
    place = r"Fig\. \d\w*|Appendix|Chapter \d+"
    names = [" ".join(label.get_text().split()) for label in wide.axes[0].get_yticklabels()]
    places = {name.split(": ")[0] for name in names if re.match(rf"({place}): ", name)}
    claimed = {re.sub(rf"^({place}): ", "", name) for name in names}
    assert claimed <= said and places <= said and "Fig. 2a" in places
    assert not phone.axes[0].get_yticks().size
    lows = [text.get_window_extent().y0 for text in phone.axes[0].texts]
    highs = [text.get_window_extent().y1 for text in phone.axes[0].texts]
    assert all(high <= low for low, high in zip(lows, highs[1:]))  # no words on other words
    assert max(text.get_window_extent().x1 for text in phone.axes[0].texts) <= phone.bbox.width


def test_the_books_phone_form_of_it_is_that_form(findings):
    _, parts = vectors.unpacked(vectors.svg(figures_claims.forest(findings)))
    width = float(re.search(r'width="([0-9.]+)pt"', parts["phone"])[1])
    assert width <= 330 * 3 / 4 and "Fig. 2a<" in parts["phone"]  # points; 330 pixels are left of a phone
