"""At the foot of every page: which version of the book it is, of which commit, from when."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml
from sphinx.errors import ExtensionError


def commit(root: Path) -> tuple[str, str]:
    """The commit of this checkout, short, and its date; nothing where there is no git.

    A date of the build would make two builds of one commit differ.
    """
    command = ["git", f"--git-dir={root / '.git'}", "log", "-1", "--format=%h %cs"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "", ""
    name, _, day = done.stdout.strip().partition(" ") if done.returncode == 0 else ("", "", "")
    return name, day


def imprint(root: Path) -> str:
    """Such as: Version 0.2.0, commit 3cc46ec of 2026-11-27."""
    file = root / "CITATION.cff"
    version = yaml.safe_load(file.read_text("utf-8")).get("version")
    if not version:
        raise ExtensionError(f"{file.name}: expected a version, got none")
    name, day = commit(root)
    published = os.environ.get("DALESLAW_BRANCH", "")[:40]
    where = f", commit {name} of {day}" if name else f", {published}" if published else ""
    return f"Version {version}{where}"


def set_theme_options(app, config) -> None:
    config.html_theme_options["extra_footer"] = f'<p class="imprint">{imprint(Path(app.srcdir))}</p>'


def setup(app):
    app.connect("config-inited", set_theme_options)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
