"""The walks over environments: each is known by name, tells what it found in a line, and cleans up."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import ROOT
from tools import environments, newcomer
from tools.newcomer import Failed, Skip


def outcome(look):
    return environments.walk("toy", look)


def test_a_walk_that_is_well_one_that_fails_and_one_that_cannot_be_had_have_their_lines():
    def fails(folder):
        raise Failed("no room")

    def skipped(folder):
        raise Skip("no such system")

    well, line = outcome(lambda folder: "as told")
    assert well and line.split()[:2] == ["toy", "ok"] and line.endswith("as told")
    well, line = outcome(fails)
    assert not well and line.split()[1] == "FAILED" and line.endswith("no room")
    well, line = outcome(skipped)
    assert well and line.split()[1] == "skipped" and line.endswith("no such system")


def test_a_walk_leaves_nothing():
    seen = []

    def look(folder):
        (folder / "file").write_text("x")
        seen.append(folder)
        return ""

    outcome(look)
    assert not seen[0].exists()


def test_one_that_fails_makes_the_status_1_and_the_others_still_run(monkeypatch, capsys):
    def fails(folder):
        raise Failed("no room")

    monkeypatch.setattr(environments, "WALKS", {"bad": fails, "good": lambda folder: "well"})
    assert environments.main([]) == 1
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["FAILED", "ok"]
    assert environments.main(["good"]) == 0


def test_a_name_that_is_none_is_refused_before_anything_runs():
    with pytest.raises(SystemExit, match="^elsewhere: expected one of as-it-is, named, .*oldest$"):
        environments.main(["elsewhere"])


def test_a_command_that_fails_is_told_by_its_last_line(tmp_path):
    with pytest.raises(Failed, match="status 3: the reason$"):
        newcomer.run(
            [
                sys.executable,
                "-c",
                "import sys; print('x'); print('the reason', file=sys.stderr); sys.exit(3)",
            ],
            tmp_path,
        )


def test_a_command_without_an_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(newcomer, "LIMIT", 0.2)
    with pytest.raises(Failed, match="no end after 0.2 s"):
        newcomer.run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path)


def test_a_copy_is_what_somebody_would_get(tmp_path):
    book = newcomer.copy(tmp_path, "a b")
    assert (
        (book / "Makefile").is_file() and (book / "results").is_dir() and (book / ".gitattributes").is_file()
    )
    assert not [n for n in (".venv", "_build", "web/node_modules") if (book / n).exists()]
    status = subprocess.run(["git", "status", "--porcelain"], cwd=book, capture_output=True, text=True)
    assert status.stdout == ""


def test_the_settings_of_this_session_do_not_come_along(monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", "/mine")
    monkeypatch.setenv("PYTHONPATH", "/mine")
    found = newcomer.environment(Path("/book"), HOME=None, LANG="C")
    assert found["PYTHONPATH"] == "/book" and found["LANG"] == "C"
    assert "DALESLAW_RESULTS" not in found and "HOME" not in found


def test_folders_of_a_books_own_are_those_of_the_makefile(tmp_path):
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text("utf-8"))
    own = newcomer.own_folders(tmp_path)
    assert {"IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"} <= set(own)
    assert all(Path(own[n]).is_relative_to(tmp_path) for n in own if n != "JUPYTER_PREFER_ENV_PATH")


def test_the_chapter_that_is_built_is_a_notebook_that_was_elsewhere():
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.reads(json.dumps(newcomer.CHAPTER), 4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name not in ("python3", "")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="file names")
def test_the_library_works_in_a_folder_of_an_odd_name_without_git_and_home(tmp_path):
    """One walk that `make test` takes; the others are for `make test-full`."""
    book = newcomer.copy(tmp_path, "my bo\u00f6k's (2)", git=False)
    env = newcomer.environment(book, HOME="/proc/nowhere", LC_ALL="C") | newcomer.own_folders(book)
    newcomer.first_steps(book, env)


def test_what_was_found_is_kept_in_the_order_of_the_walks(tmp_path):
    file = tmp_path / "found.json"
    environments.keep("oldest", "oldest          skipped     3 s  no such system", file)
    environments.keep("as-it-is", "as-it-is        ok        12 s  imports and reads", file)
    found = json.loads(file.read_text("utf-8"))
    assert list(found) == ["as-it-is", "oldest"]
    assert [one["found"] for one in found.values()] == ["imports and reads", "skipped: no such system"]


def test_the_page_tells_of_every_environment_and_of_none_that_failed():
    found = json.loads(environments.RECORD.read_text("utf-8"))
    assert found and set(found) <= set(environments.WALKS)  # those not walked yet are named on the page
    text = (ROOT / "appendix" / "run-it-yourself.md").read_text("utf-8")
    assert all(f"| {name} |" in text for name in environments.WALKS)
    assert not [name for name, one in found.items() if one["found"].startswith("FAILED")]


def test_make_test_full_takes_the_walks():
    text = (ROOT / "Makefile").read_text("utf-8")
    (recipe,) = [part for part in text.split("\n\n") if part.startswith("test-full:")]
    assert "-m tools.environments" in recipe and recipe.startswith("test-full: test ")


def test_make_test_full_takes_every_test_that_has_a_form_at_length():
    """Properties of drawn examples, and faults at every operation: make test takes few of them."""
    text = (ROOT / "Makefile").read_text("utf-8")
    (recipe,) = [part for part in text.split("\n\n") if part.startswith("test-full:")]
    (line,) = [line for line in recipe.replace("\\\n", " ").splitlines() if "DALESLAW_AT_LENGTH=1" in line]
    files = {file: file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py")}
    long = {
        file
        for file, text in files.items()
        if re.search(r"^ *@given\(", text, re.M) or 'get("DALESLAW_AT_LENGTH")' in text
    }
    assert {str(file.relative_to(ROOT)) for file in long - {Path(__file__)}} == {
        word for word in line.split() if word.endswith(".py")
    }
    assert "-n auto" in line
