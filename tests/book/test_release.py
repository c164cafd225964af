"""What a release carries fits together, and can be checked by whoever gets it."""

import hashlib
import subprocess
import zipfile

import pytest

from helpers import ROOT

release = pytest.importorskip("tools.release", reason="the book's own packages are not installed")


def test_what_zenodo_reads_says_what_the_citation_says():
    assert release.faults() == []


def test_the_changes_of_this_version_are_told():
    version = str(release.citation()["version"])
    assert release.changes((ROOT / "CHANGELOG.md").read_text("utf-8"), version)
    with pytest.raises(ValueError, match="^CHANGELOG.md: expected a section 9.9.9, got none$"):
        release.changes((ROOT / "CHANGELOG.md").read_text("utf-8"), "9.9.9")


def test_changes_end_where_another_version_begins():
    assert release.changes("# C\n\n## 2.0 (soon)\n\n- new\n\n## 1.0\n\n- old\n", "2.0") == "- new\n"


@pytest.mark.parametrize(
    "before", ["version: 1.0\nlicense: MIT\n", "version: 1.0\ndoi: 10.5281/zenodo.1\nlicense: MIT\n"]
)
def test_a_doi_is_filled_in_once(before):
    assert (
        release.with_doi(before, "10.5281/zenodo.22")
        == "version: 1.0\ndoi: 10.5281/zenodo.22\nlicense: MIT\n"
    )
    assert release.with_doi(before, "") == before


@pytest.mark.parametrize("doi", ["zenodo.22", "https://doi.org/10.5281/zenodo.22", "10.5281/x y", "10.5281/"])
def test_what_is_no_doi_is_refused(doi):
    with pytest.raises(ValueError, match="^DALESLAW_DOI: expected a DOI such as .*, got "):
        release.with_doi("version: 1.0\n", doi)


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A book that is built, in a checkout of its own."""
    (tmp_path / "_build/html").mkdir(parents=True)
    (tmp_path / "_build/html/index.html").write_text("the book")
    (tmp_path / "_build/html/.nojekyll").write_text("")
    (tmp_path / "_build/pdf").mkdir()
    (tmp_path / "_build/pdf/dales-law.pdf").write_bytes(b"%PDF")
    (tmp_path / "results/toy/paper").mkdir(parents=True)
    (tmp_path / "results/toy/paper/runs.parquet").write_bytes(b"PAR1")
    (tmp_path / "results/toy/.lock").write_text("")
    (tmp_path / "requirements.txt").write_text("a==1\n")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "HTML", tmp_path / "_build/html")
    monkeypatch.setattr(release, "PDF", tmp_path / "_build/pdf/dales-law.pdf")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    for name in (release.TAG, release.DOI_SETTING):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_release_has_its_sums_and_nothing_that_is_half_done(built, monkeypatch):
    monkeypatch.setenv(release.DOI_SETTING, "10.5281/zenodo.22")
    folder = built / "release"
    names = release.release(folder)
    version = release.citation()["version"]
    start = f"dales-law-{version}"
    assert set(names) == {
        f"{start}-html.zip", f"{start}-results.zip", f"{start}.pdf", "CITATION.cff", "NOTES.md", "SHA256SUMS",
        "requirements.txt", "zenodo.json",
    }  # fmt: skip
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert zipfile.ZipFile(folder / f"{start}-results.zip").namelist() == ["results/toy/paper/runs.parquet"]
    assert f"{start}/.nojekyll" in zipfile.ZipFile(folder / f"{start}-html.zip").namelist()
    assert "doi: 10.5281/zenodo.22\n" in (folder / "CITATION.cff").read_text()


def test_the_same_commit_gives_the_same_bytes(built):
    release.release(built / "one")
    (built / "_build/html/index.html").touch()
    release.release(built / "two")
    assert (built / "one/SHA256SUMS").read_text() == (built / "two/SHA256SUMS").read_text()


def test_a_tag_of_another_version_or_a_book_that_is_not_built_is_refused(built, monkeypatch):
    monkeypatch.setenv(release.TAG, "v0.0.1")
    with pytest.raises(
        SystemExit, match="^DALESLAW_TAG: expected v.*, the version in CITATION.cff, got v0.0.1$"
    ):
        release.main(["pack", str(built / "release")])
    monkeypatch.delenv(release.TAG)
    release.PDF.unlink()
    with pytest.raises(SystemExit, match="expected it to be built; run: make pdf$"):
        release.main(["pack", str(built / "release")])
    assert not (built / "release").exists()


def test_a_commits_date_is_that_of_the_files(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    done = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no git checkout")
    assert release.commit_time() == int(done.stdout)
