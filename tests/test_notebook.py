"""A page works whatever is archived: what is missing is one box with the command that makes it."""

import json
import shutil
from dataclasses import replace

import pytest

from daleslaw_lib import notebook
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import claims
from daleslaw_lib.notebook import Missing, Waiting
from daleslaw_lib.running import runner
from helpers.archives import file_of


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A smoke archive of ii_ablation, made once."""
    path = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALESLAW_RESULTS", str(path))
        runner.run("ii_ablation", "smoke", quiet=True)
    return path


@pytest.fixture
def archived(folder, made):
    shutil.copytree(made / "ii_ablation", folder / "ii_ablation")
    return folder / "ii_ablation" / "smoke"


def test_an_archive_that_is_there_is_opened(archived):
    found = notebook.archive("ii_ablation")
    assert len(found.runs) == found.total == 6


def test_a_missing_archive_is_a_box_with_the_command(folder):
    box = notebook.archive("ii_ablation")
    assert not box and "daleslaw run ii_ablation" in repr(box) and str(folder) not in repr(box)
    assert box._repr_html_().startswith("<div") and "daleslaw run ii_ablation" in box._repr_html_()


def test_what_the_book_has_declared_and_not_archived_yet_waits_in_a_sentence(folder, tmp_path, monkeypatch):
    (tmp_path / "book" / "results").mkdir(parents=True)
    listed = tmp_path / "book" / "results" / "index.json"
    monkeypatch.setattr(notebook, "HOME", tmp_path / "book" / "daleslaw_lib")

    def publish(*places):
        listed.write_text(json.dumps({"archives": dict.fromkeys(places, "0" * 64)}))

    publish("adding/paper")
    waits = notebook.archive("better_colei")
    assert isinstance(waits, Waiting) and not waits and repr(waits).startswith(notebook.WAITS)
    assert "daleslaw run better_colei --scale paper" in waits._repr_html_() and "not available" not in str(
        waits
    )
    assert notebook.show(len, waits) is waits and notebook.tell(str, waits) is waits
    publish("adding/paper", "better_colei/laptop")
    assert not isinstance(notebook.archive("better_colei"), Waiting)


def test_a_damaged_archive_an_own_experiment_and_an_unlisted_book_wait_for_nothing(archived, monkeypatch):
    (archived / "manifest.json").write_text("{")
    empty = archived.parent / "empty"
    monkeypatch.setattr(notebook, "HOME", empty)
    assert not isinstance(notebook.archive("better_colei"), Waiting)  # no list: nothing is known of the book
    monkeypatch.setattr(notebook.manifests, "listed", lambda root: {"adding/paper": "0" * 64})
    assert not isinstance(notebook.archive("ii_ablation"), Waiting)  # it is here, and damaged
    monkeypatch.setattr(notebook.chapters, "CHAPTERS", {})
    assert not isinstance(notebook.archive("better_colei"), Waiting)


def test_an_older_schema_is_a_box(archived):
    manifest = json.loads((archived / "manifest.json").read_text())
    (archived / "manifest.json").write_text(json.dumps(manifest | {"schema": 1}))
    assert "expected schema" in repr(notebook.archive("ii_ablation"))


def test_a_damaged_table_is_a_box(archived):
    with file_of(archived, "runs.parquet").open("r+b") as file:
        file.seek(10)
        file.write(b"?")
    assert "SHA-256" in repr(notebook.archive("ii_ablation"))


def test_runs_of_another_definition_are_a_box(archived, monkeypatch):
    archive = reading.load("ii_ablation")
    grids = {"smoke": lambda: archive.experiment.grids["laptop"]()}
    changed = replace(archive.experiment, grids=grids)
    monkeypatch.setitem(reading.experiments.EXPERIMENTS, "ii_ablation", changed)
    assert "another definition" in repr(notebook.archive("ii_ablation"))


def test_a_damaged_archive_does_not_stop_the_page(folder):
    box = notebook.archive("ii_ablation")
    assert notebook.show(lambda archive: 1 / 0, box) is box
    assert notebook.show(lambda a, b: 1 / 0, "other", box) is box


def test_what_is_there_is_shown():
    assert notebook.show(lambda a, b=1: (a, b), 5, b=6) == (5, 6)


def test_a_page_asserts_the_verdicts_it_speaks_of(folder):
    table = notebook.verdicts(mnist_colei="undecided")
    assert table.verdict.tolist() == ["undecided"]
    with pytest.raises(AssertionError, match="mnist-colei: expected 'reproduced', got 'undecided'"):
        notebook.verdicts(mnist_colei="reproduced")


def test_a_damaged_archive_leaves_a_box_for_the_verdicts(folder, monkeypatch):
    def damaged(*names):
        raise reading.ArchiveError("x: damaged")

    monkeypatch.setattr(claims, "check", damaged)
    assert isinstance(notebook.verdicts(mnist_colei="reproduced"), Missing)


def test_sentences_show_themselves_as_markdown():
    said = notebook.tell(lambda n: f"**{n}** runs", 3)
    assert said == "**3** runs" and said._repr_markdown_() == repr(said) == "**3** runs"


def test_sentences_about_a_missing_archive_or_too_few_runs_are_a_box(folder):
    def too_few():
        raise ValueError("values: expected at least two finite numbers, got [1.0]")

    assert isinstance(notebook.tell(lambda found: "x", notebook.archive("ii_ablation")), Missing)
    assert "at least two" in repr(notebook.tell(too_few))


def raised(error):
    raise error


def test_a_figure_that_finds_too_few_runs_is_a_box_and_any_other_fault_is_raised(folder):
    def no_such_cell():
        raise ValueError("hidden: expected one of [50, 100], got 200")

    box = notebook.show(no_such_cell)
    assert isinstance(box, Missing) and "too little for it: hidden: expected one of" in repr(box)
    assert notebook.show(lambda missing: "x", box) is box
    assert "no 'colei'" in repr(notebook.show({}.__getitem__, "colei"))
    assert "was not run" in repr(notebook.show([].__getitem__, 0))
    for mistake in (TypeError, NameError, AttributeError):
        with pytest.raises(mistake):
            notebook.show(raised, mistake("of the page"))


def test_a_statement_that_the_archive_contradicts_becomes_a_note(folder):
    missing = notebook.archive("ii_ablation")
    assert notebook.stands("it rains", lambda: True) is None
    assert "it rains" in notebook.stands("it rains", lambda: False)
    assert notebook.stands("it rains", lambda found: False, missing) is None


def test_claims_are_judged_with_an_empty_archive_and_a_damaged_one(folder, monkeypatch):
    said = notebook.judged("rescue-spectrum", "rescue-signs")
    assert "None of these two has been run yet." in said

    def damaged(*names):
        raise reading.ArchiveError("x: damaged")

    monkeypatch.setattr(claims, "check", damaged)
    assert isinstance(notebook.judged("rescue-spectrum"), Missing)


def test_an_archive_that_is_missing_is_shown_whichever_way_it_is_given():
    missing = notebook.Missing("adding", "no archive")
    assert notebook.show(lambda archive: 1, archive=missing) is missing
