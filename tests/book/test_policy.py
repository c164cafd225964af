"""A page names the scripts that may run on it, and says which version of the book it is."""

import base64
import hashlib
import html
import re
import subprocess
from types import SimpleNamespace

import pytest

from helpers import ROOT

policy = pytest.importorskip("_ext.policy", reason="the book's own packages are not installed")
imprint = pytest.importorskip("_ext.imprint")

PAGE = """<!DOCTYPE html>
<html lang="en"><head>
    <meta charset="utf-8" />
    <script>let a = "<b>" && 1;</script>
    <script src="own.js"></script>
    <script type="application/json">{"no": "program"}</script>
  </head><body onload="go(&quot;x&quot;)"><script type="module">b()</script><p data-on="x">text</p></body>
</html>
"""


def sha(program):
    return f"'sha256-{base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()}'"


def rules(text):
    content = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
    return {name: sources.split() for name, _, sources in (r.partition(" ") for r in content.split("; "))}


def test_every_program_inside_a_page_is_named_by_its_digest_and_nothing_else_may_run():
    scripts = rules(policy.with_policy(PAGE))["script-src"]
    programs = ['let a = "<b>" && 1;', "b()", 'go("x")']
    assert sorted(scripts) == sorted(["'self'", "file:", "'unsafe-hashes'", *map(sha, programs)])
    assert "'unsafe-inline'" not in scripts and "'unsafe-eval'" not in scripts


def test_a_page_without_handlers_allows_none():
    assert "'unsafe-hashes'" not in rules(policy.with_policy(PAGE.replace("onload", "data-x")))["script-src"]


def test_no_other_site_is_asked_for_anything():
    found = rules(policy.with_policy(PAGE))
    assert not [
        s for sources in found.values() for s in sources if "://" in s or s in ("*", "https:", "http:")
    ]
    assert found["default-src"] == ["'self'", "file:"] and found["object-src"] == ["'none'"]


def test_readers_notes_bring_their_own_service_and_no_other():
    found = rules(policy.with_policy(PAGE, comments=True))
    others = {s for sources in found.values() for s in sources if "://" in s}
    assert others == set(policy.HYPOTHESIS.split())


def test_the_policy_stands_after_the_encoding_and_before_any_script_and_once():
    text = policy.with_policy(PAGE)
    assert text.index("charset") < text.index(policy.START) < text.index("<script")
    assert text.index("charset") < 1024 and policy.with_policy(text) == text


def test_a_link_that_is_a_script_is_refused():
    with pytest.raises(ValueError, match="a link that is a script"):
        policy.with_policy('<head></head><a href=" JavaScript:go()">x</a>')


def test_every_page_of_a_build_gets_its_policy_and_parts_of_pages_are_not_published(tmp_path):
    part = (ROOT / "_static" / "circuits.html").read_text("utf-8")
    pages = {"a.html": PAGE, "sub/b.html": PAGE, "_static/page.html": PAGE, "_static/circuits.html": part}
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    config = SimpleNamespace(comments_config={})
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html"), config=config)
    for _ in range(2):
        policy.write(app, None)
    found = {
        p.relative_to(tmp_path).as_posix(): p.read_text().count(policy.START)
        for p in tmp_path.rglob("*.html")
    }
    assert found == {"a.html": 1, "sub/b.html": 1, "_static/page.html": 1}


# --- version, commit, date -------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path):
    (tmp_path / "CITATION.cff").write_text("version: 1.2.3\n")
    return tmp_path


def test_an_imprint_names_version_commit_and_the_commits_date(book, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-02-03T12:00:00Z")
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "x")):
        subprocess.run(["git", *who, *words], cwd=book, check=True, capture_output=True)
    assert re.fullmatch("Version 1.2.3, commit [0-9a-f]{7,} of 2020-02-03", imprint.imprint(book))


def test_without_git_the_version_stands_alone_or_with_what_was_published(book, monkeypatch):
    monkeypatch.delenv("DALESLAW_BRANCH", raising=False)
    assert imprint.imprint(book) == "Version 1.2.3"
    monkeypatch.setenv("DALESLAW_BRANCH", "v1.2.3")
    assert imprint.imprint(book) == "Version 1.2.3, v1.2.3"


def test_an_imprint_comes_with_every_page():
    yaml = pytest.importorskip("yaml")
    extensions = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["local_extensions"]
    assert {"_ext.imprint", "_ext.policy"} <= set(extensions)
    config = SimpleNamespace(html_theme_options={})
    imprint.set_theme_options(SimpleNamespace(srcdir=str(ROOT)), config)
    assert config.html_theme_options["extra_footer"].startswith('<p class="imprint">Version ')
