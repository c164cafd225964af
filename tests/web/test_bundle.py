"""One script has every figure: it is what its sources build to, small, and keeps the licences."""

import gzip
import subprocess

import pytest

from daleslaw_lib.widgets import page
from helpers.web import INSTALL, NODE, WEB, ask, installed, needs, needs_node


@needs_node
def test_the_script_has_every_figure_that_python_knows():
    assert sorted(ask("figures")) == sorted(page.FIGURES)


def test_all_figures_together_are_less_than_60_kb_gzipped():
    assert len(gzip.compress(page.SCRIPT.read_bytes(), 9)) < 60 * 1024


def test_an_unknown_figure_is_refused():
    with pytest.raises(ValueError, match="^figure: expected one of .*, got 'laboratory'"):
        page.module("laboratory")


@needs(node=NODE, **{INSTALL: installed("esbuild", "ml-matrix")})
def test_the_committed_bundle_is_what_its_sources_build_to():
    done = subprocess.run([NODE, "build.mjs", "--check"], cwd=WEB, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_bundle_keeps_the_licences_of_what_it_contains():
    text = page.SCRIPT.read_text("utf-8")
    assert text.startswith("/*!") and "ml-matrix" in text[:20_000] and text.count("MIT License") >= 2
    lock = (WEB / "package-lock.json").read_text("utf-8")
    hosts = {line.split("//")[1].split("/")[0] for line in lock.splitlines() if '"resolved": "http' in line}
    assert hosts <= {"registry.npmjs.org"}
