"""ARCHITECTURE.md, its picture and the library reference are what the tools make of the packages."""

import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from helpers import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "architecture.py"))


@pytest.mark.parametrize("tool", ["architecture", "library_page"])
def test_what_a_tool_makes_is_up_to_date(tool):
    command = [sys.executable, "-m", f"tools.{tool}", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr} run: python -m tools.{tool}"


def test_the_picture_has_a_box_a_room_and_an_arrow_an_import_but_for_the_ground():
    text, ground = TOOL["svg"](), TOOL["FLOORS"][0]
    ElementTree.fromstring(text)
    rooms = {TOOL["room"](module) for module in TOOL["modules"]() if module}
    assert set(re.findall(r'class="name"[^>]*>([^<]+)<', text)) == rooms - set(ground) | {"the ground"}
    assert all(name in text for name in ground if name in rooms)
    pairs = [(a, b) for a, b in TOOL["arrows"](TOOL["imports"]()) if b not in ground]
    assert text.count('class="arrow"') == len(pairs)


def test_an_arrow_that_follows_from_others_is_not_drawn():
    arrows = TOOL["arrows"]({"a": {"b", "c"}, "b": {"c"}, "c": set(), "b.x": {"b.y"}, "b.y": set()})
    assert arrows == {("a", "b"), ("b", "c")}


def test_the_page_names_every_room_and_every_study():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    found = [
        m for m in TOOL["modules"]() if m and ("." not in m or m.startswith("studies.") and m.count(".") == 1)
    ]
    assert [m for m in found if f"- `{m}`: " not in text] == []


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_the_files_that_a_page_names_are_there(page):
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(
        r"`((?:daleslaw_lib|tools|tests|web|chapters|appendix|benchmarks|_static|_ext)/[\w./*-]*)`", text
    )
    assert named and [name for name in named if not list(ROOT.glob(name.rstrip("/")))] == []
