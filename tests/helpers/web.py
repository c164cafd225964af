"""Node.js, the bundles and a headless browser: one way to ask, and to look at a page."""

import json
import shutil
import subprocess

import pytest

from daleslaw_lib.widgets import page
from helpers import ROOT
from tools.browser import chromium as find_chromium

WEB = ROOT / "web"
NODE = shutil.which("node")

CHROMIUM = find_chromium()


def needs(**found):
    """Skip, naming what is missing."""
    missing = [name.replace("_", " ") for name, there in found.items() if not there]
    return pytest.mark.skipif(bool(missing), reason=f"missing: {', '.join(missing)}")


def installed(*packages):
    return all((WEB / "node_modules" / name).is_dir() for name in packages)


needs_node = needs(node=NODE)
INSTALL = "`npm ci --ignore-scripts` in web/"


def run(script, *words, says=None, seconds=180):
    """A script of web/, as a process that has ended."""
    command = [NODE, WEB / script, *words]
    return subprocess.run(command, cwd=WEB, input=says, capture_output=True, text=True, timeout=seconds)


def answer(done):
    """The JSON that such a process has printed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask(question, **content):
    """What web/shared/numbers.test.mjs says."""
    return answer(run("shared/numbers.test.mjs", says=json.dumps({"ask": question} | content), seconds=60))


def look(folder, name, script, html, data=None):
    """What a reader with a browser sees of the figure `name` on a page, as `script` reports it."""
    shutil.copy(page.SCRIPT, folder)
    (folder / "widget.mjs").write_text(page.module(name), "utf-8")
    (folder / "index.html").write_text(html, "utf-8")
    if data is not None:
        (folder / "data.json").write_text(json.dumps(data), "utf-8")
    return answer(run(script, folder / "index.html", CHROMIUM))


in_browser = needs(node=NODE, chromium=CHROMIUM, **{INSTALL: installed("playwright-core")})
