"""What a static _config.yml cannot say: the repository's address, a local MathJax, widgets and no kernel."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset

from daleslaw_lib.widgets.page import FIGURES, SCRIPT

SETTING = "DALESLAW_REPOSITORY"
logger = logging.getLogger(__name__)
NEEDS_A_KERNEL = re.compile(r"^\s*(interactive|[HVG]?Box|Tab|Accordion|GridBox|Output)\(")


def web_address(remote: str) -> str | None:
    """https://host/owner/name of a repository on a public host, as a browser or git names it; else None.

    On GitLab the owner may be a group with others in it.
    """
    found = re.fullmatch(
        r"(?:(?:https?|git)://(?:[^@/\s]+@)?(?:www\.)?|ssh://git@(?:ssh\.)?|git@)"
        r"(github\.com|gitlab\.com)(?::\d+(?=/))?[:/]([^/?#\s]+(?:/[^/?#\s]+?)+?)(?:\.git)?/?",
        remote.strip(),
        re.IGNORECASE,
    )
    if found is None:
        return None
    host, parts = found[1].lower(), found[2].split("/")
    if "-" in parts or len(parts) > (2 if host == "github.com" else 20):  # one of its pages
        return None
    return f"https://{host}/{found[2]}"


def repository(root: str) -> str | None:
    """The address to launch from: DALESLAW_REPOSITORY, else this checkout's git remote, else None.

    Raises: ExtensionError, one line, for a setting that is no such address.
    """
    setting = os.environ.get(SETTING)
    if setting is None:
        return web_address(remote(root))
    if setting.strip() and web_address(setting) is None:
        raise ExtensionError(
            f"{SETTING}: expected https://github.com/OWNER/NAME, the like on gitlab.com, or nothing, "
            f"got {re.sub(r'//[^/]*@', '//', setting)}"
        )
    return web_address(setting)


def remote(root: str) -> str:
    """The remote `origin` of the checkout in this folder, without passwords, or nothing.

    git is told where to look: left to itself it would also take a repository around this folder, and refuse
    another user's.
    """
    command = ["git", f"--git-dir={Path(root, '.git')}", "remote", "get-url", "origin"]
    try:
        found = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
    return re.sub(r"//[^/\s]*@", "//", found) if found.startswith("http") else found


def say_where_from(app) -> None:
    """Buttons that are missing are missed later: say while building why there are none."""
    if address := repository(app.srcdir):
        logger.info("Launch buttons: %s", address)
    else:
        found = remote(app.srcdir)
        reason = f"the git remote is {found}" if found else "there is no git remote `origin`"
        logger.info("No launch buttons: %s names no repository, and %s", SETTING, reason)


def set_theme_options(app, config) -> None:
    config.html_context.setdefault("default_mode", "auto")  # or the theme complains that it is none
    config.html_theme_options |= {
        "navbar_persistent": [],  # search is in the sidebar, once
        "logo": {"text": config.html_title, "alt_text": "First page"},
    }


def copy_mathjax(app, exception) -> None:
    """The parts of MathJax that a page asks for, beside the page."""
    if exception is None and app.builder.format == "html":
        spec = importlib.util.find_spec("sphinx-mathjax-offline")
        source = Path(spec.origin).parent / "static" / "mathjax"
        for part in ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts"):
            target = Path(app.outdir, "_static", "mathjax", part)
            copy_asset(str(source / part), str(target if (source / part).is_dir() else target.parent))


def ship_figures(app, config) -> None:
    """The script of the figures that work without a kernel is part of the library; the book gets a copy."""
    config.html_static_path.append(str(SCRIPT.parent))


def load_figures(app, pagename, templatename, context, doctree) -> None:
    """A page with a place for a figure, an element whose class is its name, loads the script of them all."""
    if re.search(rf'class="(?:[^"]*\s)?(?:{"|".join(FIGURES)})[\s"]', context.get("body", "")):
        app.add_js_file(SCRIPT.name, loading_method="defer")


def drop_thebe(app, pagename, templatename, context, doctree) -> None:
    """No live code in the page: Jupyter Book loads its script all the same, twice, and the second fails."""
    scripts = context.get("script_files", [])
    named = [f"{getattr(s, 'filename', s)} {getattr(s, 'attributes', {})}" for s in scripts]
    context["script_files"] = [s for s, name in zip(scripts, named) if "thebe" not in name.lower()]


def explain_widgets(app, doctree) -> None:
    """A widget's text form (`interactive(children=...`) says nothing: say what the reader can do."""
    for block in list(doctree.findall(nodes.literal_block)):
        if NEEDS_A_KERNEL.match(block.astext()) and "children=" in block.astext():
            text = "These controls need a running kernel: launch or download this chapter to use them."
            block.replace_self(nodes.paragraph("", text, classes=["needs-kernel"]))


def setup(app):
    app.connect("config-inited", set_theme_options)
    app.connect("config-inited", ship_figures)
    app.connect("builder-inited", say_where_from)
    app.connect("html-page-context", load_figures)
    app.connect("html-page-context", drop_thebe)
    app.connect("doctree-read", explain_widgets)
    app.connect("build-finished", copy_mathjax)
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
