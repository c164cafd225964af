"""The user cache: where it is, and that what is kept in it is whole."""

import os
from pathlib import Path

import pytest

from daleslaw_lib import user_cache


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("DALESLAW_CACHE", str(tmp_path / "DALESLAW_CACHE"))


def test_the_cache_is_the_user_cache_unless_overridden(monkeypatch, tmp_path):
    assert user_cache.folder() == tmp_path / "DALESLAW_CACHE"
    monkeypatch.delenv("DALESLAW_CACHE")
    pooch = pytest.importorskip("pooch")
    assert user_cache.folder() == Path(pooch.os_cache("daleslaw"))


def test_the_cached_file_is_written_whole_and_then_renamed(monkeypatch, tmp_path):
    renamed = []
    replace = os.replace

    def watch(source, target):
        renamed.append((Path(source).read_bytes(), Path(source).parent, target))
        replace(source, target)

    monkeypatch.setattr(user_cache.regular_files.os, "replace", watch)
    user_cache.keep("a/file", b"whole")
    path = tmp_path / "DALESLAW_CACHE" / "a/file"
    assert renamed == [(b"whole", path.parent, path)]


def test_no_link_is_followed_where_the_cached_file_goes(tmp_path):
    path, elsewhere = tmp_path / "DALESLAW_CACHE" / "file", tmp_path / "elsewhere"
    path.parent.mkdir()
    elsewhere.write_text("mine")
    path.symlink_to(elsewhere)
    user_cache.keep("file", b"whole")
    assert path.read_bytes() == b"whole" and not path.is_symlink() and elsewhere.read_text() == "mine"


def test_what_cannot_be_kept_is_said_and_leaves_nothing(monkeypatch, tmp_path):
    (tmp_path / "DALESLAW_CACHE").write_text("a file in place of the folder")
    with pytest.warns(UserWarning, match="a/file: not kept in the cache, so the next use fetches it again"):
        user_cache.keep("a/file", b"whole")
    assert (tmp_path / "DALESLAW_CACHE").read_text() == "a file in place of the folder"
