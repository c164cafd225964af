"""Where a reader can run a chapter: buttons on its page, links under its figures, and in its download.

All of it follows from one setting, `book_furniture.repository`; without an address there is none of it. Only
JupyterLite needs no repository: it is offered where DALESLAW_LITE says that `make lite` was published.
What opens, and what is downloaded, is the chapter's copy in play/, which needs no MyST (`tools/play.py`).
"""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

from docutils import nodes

from tools import colab_cell, lite, play

from .book_furniture import repository

BINDER, COLAB = "https://mybinder.org", "https://colab.research.google.com"


def set_theme_options(app, config) -> None:
    """The settings, from the environment or git; the theme makes the buttons at the top of a chapter."""
    config.launch_address = address = repository(app.srcdir)
    config.launch_reference = os.environ.get("DALESLAW_BRANCH") or "main"
    config.launch_lite = os.environ.get("DALESLAW_LITE", "").rstrip("/")
    if address is None:
        return
    config.html_theme_options |= {
        "repository_url": address,
        "repository_branch": config.launch_reference,
        "path_to_docs": "",
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "notebook_interface": "jupyterlab",
            "binderhub_url": BINDER,
            **({"colab_url": COLAB} if address.startswith("https://github.com/") else {}),
        },
    }


def playable(notebook: str) -> str:
    """Where in the repository the copy of a chapter lies; any other notebook has none, and opens as it is."""
    folder, _, name = notebook.rpartition("/")
    return f"play/{name}" if folder == "chapters" else notebook


def open_copies(app, pagename, templatename, context, doctree) -> None:
    """The theme's buttons open the chapter's copy."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons":
            for button in group["buttons"]:
                notebook = f"{pagename}.ipynb"
                button["url"] = button["url"].replace(notebook, playable(notebook))


def places(address: str, ref: str, notebook: str, cell: str) -> dict[str, str]:
    """Name -> address of each place that opens this notebook (its path in the repository) at this cell."""
    host, name = address.removeprefix("https://").split("/", 1)
    path = f"lab/tree/{notebook}%3F%23cell-id%3D{cell}"
    if host == "github.com":
        return {
            "Colab": f"{COLAB}/github/{name}/blob/{ref}/{notebook}#scrollTo={cell}",
            "Binder": f"{BINDER}/v2/gh/{name}/{ref}?urlpath={path}",
        }
    return {"Binder": f"{BINDER}/v2/gl/{name.replace('/', '%2F')}/{ref}?urlpath={path}"}


def offer_lite(app, pagename, templatename, context, doctree) -> None:
    """One more button on the chapters that run in the browser."""
    site, name = app.config.launch_lite, Path(pagename).name
    if not site or name not in lite.CHAPTERS:
        return
    groups = context.setdefault("header_buttons", [])
    launch = next((group for group in groups if group.get("label") == "launch-buttons"), None)
    if launch is None:
        launch = {"type": "group", "tooltip": "Launch this chapter", "icon": "fas fa-rocket", "buttons": []}
        groups.append(launch | {"label": "launch-buttons"})
    launch["buttons"].append(
        {
            "type": "link",
            "text": "JupyterLite",
            "tooltip": "Launch in this browser, with JupyterLite",
            "icon": "_static/images/logo_jupyterlite.svg",
            "url": f"{site}/lab/index.html?path={name}.ipynb",
        }
    )


def link_figures(app, doctree, docname) -> None:
    """Under each figure that a cell draws: where to run it."""
    address = app.config.launch_address
    if address is None or app.builder.format != "html":
        return
    notebook = playable(Path(app.env.doc2path(docname)).relative_to(app.srcdir).as_posix())
    for cell in list(doctree.findall(nodes.container)):
        metadata = cell.get("cell_metadata", {})
        if "figure" not in metadata.get("mystnb", {}) or "id" not in metadata:
            continue
        links = " ".join(
            f'<a href="{html.escape(url)}" aria-label="Run this figure on {name}">{name}</a>'
            for name, url in places(address, app.config.launch_reference, notebook, metadata["id"]).items()
        )
        cell += nodes.raw("", f'<p class="run-figure">Run this figure on {links}</p>', format="html")


def stamp_downloads(app, exception) -> None:
    """A downloaded chapter opens anywhere, and says where its library is; the repository's cannot know."""
    if exception is not None or app.builder.format != "html":
        return
    copies = play.copies()
    for file in Path(app.outdir, "_sources").rglob("*.ipynb"):
        notebook = json.loads(copies.get(file.name) or file.read_text("utf-8"))
        for cell in notebook["cells"] if app.config.launch_address else ():
            if cell.get("id") == colab_cell.ID:
                source = "".join(cell["source"])
                cell["source"] = colab_cell.stamped(
                    source, app.config.launch_address, app.config.launch_reference
                )
        file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


def setup(app):
    for name in ("address", "reference", "lite"):  # a page is written again when one of them changes
        app.add_config_value(f"launch_{name}", None, "html")
    app.connect("config-inited", set_theme_options)
    for change in (open_copies, offer_lite):
        app.connect("html-page-context", change, priority=900)  # after the theme's own buttons
    app.connect("doctree-resolved", link_figures)
    app.connect("build-finished", stamp_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
