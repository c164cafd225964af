"""What a static _config.yml cannot say: the repository's address, a local MathJax, widgets and no kernel."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.util.fileutil import copy_asset

from daleslaw_lib.widgets.page import FIGURES, SCRIPT

HOSTS = ("github.com", "gitlab.com")
NEEDS_A_KERNEL = re.compile(r"^\s*(interactive|[HVG]?Box|Tab|Accordion|GridBox|Output)\(")


def web_address(remote: str) -> str | None:
    """https://host/owner/name of a git remote on a public host, or None for any other."""
    for host in HOSTS:
        found = re.fullmatch(
            rf"(?:https?://(?:[^@/]+@)?|ssh://git@|git@){re.escape(host)}[:/]([^/]+/[^/]+?)(?:\.git)?/?",
            remote.strip(),
        )
        if found:
            return f"https://{host}/{found[1]}"
    return None


def repository(root: str) -> str | None:
    """The address to launch from: DALESLAW_REPOSITORY, else the git remote, else None."""
    setting = os.environ.get("DALESLAW_REPOSITORY")
    if setting is None:
        command = ["git", "-C", root, "remote", "get-url", "origin"]
        try:
            setting = subprocess.run(command, capture_output=True, text=True).stdout
        except OSError:
            return None
    return web_address(setting)


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
    app.connect("html-page-context", load_figures)
    app.connect("html-page-context", drop_thebe)
    app.connect("doctree-read", explain_widgets)
    app.connect("build-finished", copy_mathjax)
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
