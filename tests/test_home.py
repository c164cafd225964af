"""One folder, HOME, says where the library is: what guards the code covers all of it, at any depth."""

import shutil
import subprocess
from pathlib import Path

import pytest

from daleslaw_lib import HOME
from daleslaw_lib.archive import reading
from daleslaw_lib.running import archivist, code

MODULES = sorted(path.relative_to(HOME).as_posix() for path in HOME.rglob("*.py"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The library's code elsewhere, in a git checkout of its own."""
    folder = tmp_path_factory.mktemp("checkout") / "daleslaw_lib"
    shutil.copytree(HOME, folder, ignore=shutil.ignore_patterns("__pycache__", "*.npz", "*.js", "*.png"))

    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "as it is")
    return folder


def test_home_is_the_package():
    assert (HOME / "networks" / "weights.py").is_file() and HOME.name == "daleslaw_lib"


@pytest.mark.parametrize("module", MODULES)
def test_the_digest_of_the_library_changes_with_every_module(module, copy, monkeypatch):
    monkeypatch.setattr(code, "HOME", copy)
    before, file = code._library.__wrapped__(()), copy / module
    text = file.read_text("utf-8")
    try:
        file.write_text(f"{text}# another\n", "utf-8")
        assert code._library.__wrapped__(()) != before
    finally:
        file.write_text(text, "utf-8")
    assert code._library.__wrapped__(()) == before


def test_the_digest_of_the_library_changes_when_a_module_moves(copy, monkeypatch):
    monkeypatch.setattr(code, "HOME", copy)
    before = code._library.__wrapped__(())
    (copy / "checks.py").rename(copy / "other.py")
    try:
        assert code._library.__wrapped__(()) != before
    finally:
        (copy / "other.py").rename(copy / "checks.py")


@pytest.mark.parametrize("module", ["networks/weights.py", "studies/radius/gains.py", "checks.py"])
def test_an_archives_commit_says_that_a_module_differs(module, copy, monkeypatch):
    monkeypatch.setattr(archivist, "HOME", copy)
    assert not archivist.commit().endswith("+")
    text = (copy / module).read_text("utf-8")
    try:
        (copy / module).write_text(f"{text}# another\n", "utf-8")
        assert archivist.commit().endswith("+")
    finally:
        (copy / module).write_text(text, "utf-8")


def test_the_results_are_beside_the_library(monkeypatch, tmp_path):
    monkeypatch.delenv("DALESLAW_RESULTS", raising=False)
    monkeypatch.setattr(reading, "HOME", tmp_path / "daleslaw_lib")
    assert reading.root() == Path("results")
    (tmp_path / "results").mkdir()
    assert reading.root() == tmp_path / "results"
