"""One folder, HOME, says where the library is: what guards the code covers all of it, at any depth."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import daleslaw_lib
from daleslaw_lib import HOME, code_digests, setting
from daleslaw_lib.archive import reading

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
    monkeypatch.setattr(code_digests, "HOME", copy)
    before, file = code_digests._library.__wrapped__(()), copy / module
    text = file.read_text("utf-8")
    try:
        file.write_text(f"{text}# another\n", "utf-8")
        assert code_digests._library.__wrapped__(()) != before
    finally:
        file.write_text(text, "utf-8")
    assert code_digests._library.__wrapped__(()) == before


def test_the_digest_of_the_library_changes_when_a_module_moves(copy, monkeypatch):
    monkeypatch.setattr(code_digests, "HOME", copy)
    before = code_digests._library.__wrapped__(())
    (copy / "checks.py").rename(copy / "other.py")
    try:
        assert code_digests._library.__wrapped__(()) != before
    finally:
        (copy / "other.py").rename(copy / "checks.py")


@pytest.mark.parametrize("module", ["networks/weights.py", "studies/radius/gains.py", "checks.py"])
def test_an_archives_commit_says_that_a_module_differs(module, copy, monkeypatch):
    monkeypatch.setattr(code_digests, "HOME", copy)
    assert not code_digests.commit().endswith("+")
    text = (copy / module).read_text("utf-8")
    try:
        (copy / module).write_text(f"{text}# another\n", "utf-8")
        assert code_digests.commit().endswith("+")
    finally:
        (copy / module).write_text(text, "utf-8")


def test_no_commit_is_taken_from_a_repository_around_the_checkout(copy, monkeypatch):
    inner = copy / "unpacked" / "daleslaw_lib"
    inner.mkdir(parents=True)
    monkeypatch.setattr(code_digests, "HOME", inner)
    try:
        assert code_digests.commit() is None
    finally:
        shutil.rmtree(copy / "unpacked")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_checkout_that_belongs_to_somebody_else_has_its_commit(copy, monkeypatch):
    monkeypatch.setattr(code_digests, "HOME", copy)
    mine, paths = code_digests.commit(), [copy, *copy.rglob("*")]
    try:
        for path in paths:
            os.chown(path, 12345, 12345)
        assert code_digests.commit() == mine and len(mine) == 40
    finally:
        for path in paths:
            os.chown(path, 0, 0)


@pytest.mark.parametrize("name", ["DALESLAW_RESULTS", "DALESLAW_DATA", "DALESLAW_CACHE"])
def test_a_relative_folder_is_the_same_one_wherever_it_is_asked_for(name, monkeypatch, tmp_path):
    monkeypatch.setenv(name, "some/folder")
    found = []
    for here in (HOME.parent, HOME.parent / "chapters", tmp_path):
        monkeypatch.chdir(here)
        found.append(setting(name))
    assert found == [HOME.parent / "some" / "folder"] * 3


def test_a_folder_may_be_absolute_or_in_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for value, path in {"/a/b": Path("/a/b"), "~/b": tmp_path / "b", "": None}.items():
        monkeypatch.setenv("DALESLAW_RESULTS", value)
        assert setting("DALESLAW_RESULTS") == path


def test_without_a_checkout_a_relative_folder_is_one_from_here(monkeypatch, tmp_path):
    monkeypatch.setattr(daleslaw_lib, "HOME", tmp_path / "site-packages" / "daleslaw_lib")
    monkeypatch.setenv("DALESLAW_RESULTS", "mine")
    assert reading.root() == Path("mine")


def test_the_results_are_beside_the_library(monkeypatch, tmp_path):
    monkeypatch.delenv("DALESLAW_RESULTS", raising=False)
    monkeypatch.setattr(reading, "HOME", tmp_path / "daleslaw_lib")
    assert reading.root() == Path("results")
    (tmp_path / "results").mkdir()
    assert reading.root() == tmp_path / "results"
