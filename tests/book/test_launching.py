"""A chapter can be launched: its first cell, its buttons, Colab's versions, Binder's pins."""

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from types import SimpleNamespace

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from daleslaw_lib import install_on_colab
from helpers import ROOT
from tools import colab_cell, lite, lock

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
COMMIT = b"0123456789abcdef0123456789abcdef01234567"
SESSIONS = "http://colab:9000/api/sessions"


def pins(file):
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s+]+)", file.read_text("utf-8"), re.MULTILINE))


# --- the first cell --------------------------------------------------------------------------------


@chapters
def test_the_first_code_cell_is_the_cell_for_colab(chapter):
    notebook = nbformat.read(chapter, 4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.id == colab_cell.ID, "run: python -m tools.colab_cell chapters/*.ipynb"
    assert first.source == colab_cell.CELL.rstrip("\n") and not first.outputs
    assert first.metadata.tags == colab_cell.TAGS  # so the page does not show it


@chapters
def test_every_figures_cell_has_an_id_that_colab_finds(chapter):
    figures = [c for c in nbformat.read(chapter, 4).cells if "figure" in c.metadata.get("mystnb", {})]
    closing = chapter == CHAPTERS[-1]  # which is sentences
    assert (figures or closing) and all(cell.metadata.get("id") == cell.id for cell in figures)


def test_preparing_twice_is_preparing_once():
    notebook = nbformat.read(CHAPTERS[0], 4)
    before = nbformat.writes(notebook)
    colab_cell.prepare(notebook)
    assert nbformat.writes(notebook) == before


@pytest.fixture
def hosted(monkeypatch, tmp_path):
    """Colab's settings, no library, no network but what `replies` holds; returns a runner of the cell."""
    replies, asked, installed = {}, [], []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.comment = COMMIT
        archive.writestr("fork-main/daleslaw_lib/__init__.py", "")

    def urlopen(url):
        asked.append(url)
        if url.endswith(".zip"):
            return io.BytesIO(packed.getvalue())
        return io.BytesIO(json.dumps(replies[url]).encode())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(
        install_on_colab, "install", lambda folder, source: installed.append((folder, source))
    )
    for name, value in {
        "COLAB_RELEASE_TAG": "release", "COLAB_JUPYTER_IP": "colab", "KMP_TARGET_PORT": "9000",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    def run(path=None, source=colab_cell.CELL):
        replies[SESSIONS] = [{"path": path, "name": "01_dales_law.ipynb"}]
        exec(compile(source, "colab", "exec"), {})
        return asked, installed

    return run


@pytest.mark.parametrize("ref", ["main", "a/branch", "0123456789abcdef"])
@pytest.mark.parametrize(
    "form",
    [
        "fileId=https%3A%2F%2Fgithub.com%2Freader%2Ffork%2Fblob%2F{ref}%2Fchapters%2F01_dales_law.ipynb",
        "fileId=https%3A//github.com/reader/fork/blob/{ref}/chapters/01_dales_law.ipynb",
        "/github/reader/fork/blob/{ref}/chapters/01_dales_law.ipynb",
        "/github/reader/fork/blob/{ref}/play/01_dales_law.ipynb",
    ],
)
def test_on_colab_the_library_comes_from_where_the_notebook_does(hosted, form, ref, tmp_path):
    asked, installed = hosted(form.format(ref=ref))
    assert asked == [SESSIONS, f"https://github.com/reader/fork/archive/{ref}.zip"]
    folder = tmp_path / "daleslaw" / "fork-main"
    assert installed == [(folder, "https://github.com/reader/fork at 0123456789")]
    assert str(folder) in sys.path


@pytest.mark.parametrize("fault", [RuntimeError("no network"), KeyboardInterrupt()])
def test_after_a_failure_the_cell_tries_again(hosted, monkeypatch, tmp_path, fault):
    """In the same kernel: neither the folder nor a module of it may pass for the library."""
    whole = install_on_colab.install

    def fail(folder, source):
        raise fault

    path = "/github/reader/fork/blob/main/chapters/01_dales_law.ipynb"
    monkeypatch.setattr(install_on_colab, "install", fail)
    with monkeypatch.context() as kernel:
        for name in [name for name in sys.modules if name.split(".")[0] == "daleslaw_lib"]:
            kernel.setitem(sys.modules, name, sys.modules[name])  # put back when the test is over
        with pytest.raises(type(fault)):
            hosted(path)
        assert "daleslaw_lib" not in sys.modules and str(tmp_path / "daleslaw" / "fork-main") not in sys.path
    monkeypatch.setattr(install_on_colab, "install", whole)
    asked, installed = hosted(path)
    assert len(asked) == 4 and [folder.name for folder, _ in installed] == ["fork-main"]


def test_a_published_copy_asks_nobody_where_it_comes_from(hosted):
    source = colab_cell.stamped(colab_cell.CELL, "https://github.com/reader/fork", "v1.0")
    assert hosted(source=source)[0] == ["https://github.com/reader/fork/archive/v1.0.zip"]


def test_a_notebook_from_nowhere_asks_for_its_repository_in_one_line(hosted):
    with pytest.raises(RuntimeError, match="REPOSITORY: expected .* in this cell, got") as caught:
        hosted("fileId=1AbC_from_a_drive")
    assert "\n" not in str(caught.value)


def test_where_the_library_is_the_cell_does_nothing(hosted, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "there")
    assert hosted() == ([], []) and capsys.readouterr().out == ""


def test_elsewhere_without_the_library_the_cell_says_what_to_do(hosted, monkeypatch, capsys):
    monkeypatch.delenv("COLAB_RELEASE_TAG")
    assert hosted() == ([], [])
    assert re.fullmatch("No daleslaw_lib here. Clone .*pip install .*\n", capsys.readouterr().out)


def test_a_stamp_takes_only_a_plain_address():
    with pytest.raises(ValueError, match="repository: expected a plain address"):
        colab_cell.stamped(colab_cell.CELL, 'https://github.com/a/b"; import evil', "main")


# --- the versions that Colab comes with --------------------------------------------------------------


def test_the_library_takes_the_versions_that_colab_comes_with():
    colab = pins(ROOT / "tests" / "colab.txt")
    direct = [Requirement(line) for line in lock.live()]
    known = [r for r in direct if canonicalize_name(r.name) in colab]
    assert {"numpy", "torch", "pandas", "ipywidgets"} <= {r.name for r in known}
    assert not [r for r in known if Version(colab[canonicalize_name(r.name)]) not in r.specifier]
    assert not [r for r in direct if any(s.operator in ("<", "<=", "==", "~=") for s in r.specifier)]


# --- buttons ---------------------------------------------------------------------------------------


@pytest.fixture
def launching(monkeypatch):
    pytest.importorskip("sphinx")
    from _ext import launching

    monkeypatch.delenv("DALESLAW_BRANCH", raising=False)
    return launching


def options(launching, monkeypatch, address):
    monkeypatch.setenv("DALESLAW_REPOSITORY", address)
    config = SimpleNamespace(html_theme_options={})
    launching.set_theme_options(SimpleNamespace(srcdir=str(ROOT)), config)
    return config


@pytest.mark.parametrize("address", ["", " "])
def test_without_an_address_there_is_no_button(launching, monkeypatch, address):
    config = options(launching, monkeypatch, address)
    assert config.launch_address is None and config.html_theme_options == {}


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a/b",
        "not an address",
        "https://github.com/reader",
        "https://github.com/reader/fork/tree/main",
        "https://github.com/reader/fork?tab=readme",
        "https://gitlab.com/group/project/-/tree/main",
        "https://name:secret@example.org/a/b",
    ],
)
def test_a_setting_that_is_no_repository_is_refused_in_one_line(launching, monkeypatch, address):
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match="^DALESLAW_REPOSITORY: expected https://.*, got ") as caught:
        options(launching, monkeypatch, address)
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://www.github.com/reader/fork", "https://github.com/reader/fork"),
        ("https://GitHub.com/reader/fork.git/", "https://github.com/reader/fork"),
        ("https://name:secret@github.com/reader/fork", "https://github.com/reader/fork"),
        ("git://github.com/reader/fork", "https://github.com/reader/fork"),
        ("ssh://git@ssh.github.com:443/reader/fork.git", "https://github.com/reader/fork"),
        ("https://gitlab.com/group/sub/project", "https://gitlab.com/group/sub/project"),
        ("git@gitlab.com:group/sub/sub/project.git", "https://gitlab.com/group/sub/sub/project"),
        ("https://notgithub.com/reader/fork", None),
        ("/srv/git/fork.git", None),
    ],
)
def test_an_address_is_known_as_git_and_browsers_write_it(launching, address, taken):
    from _ext import book_furniture

    assert book_furniture.web_address(address) == taken


def git(*words):
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *map(str, words)], check=True, capture_output=True)


@pytest.fixture
def cloned(tmp_path, monkeypatch):
    """A checkout whose remote is on a public host."""
    monkeypatch.delenv("DALESLAW_REPOSITORY", raising=False)
    folder = tmp_path / "outer"
    git("init", "-q", folder)
    git("-C", folder, "remote", "add", "origin", "https://github.com/other/project")
    return folder


def test_only_this_checkouts_own_remote_counts(launching, cloned):
    """Not that of a repository in which somebody has unpacked the book."""
    from _ext import book_furniture

    assert book_furniture.repository(str(cloned)) == "https://github.com/other/project"
    (cloned / "book").mkdir()
    assert book_furniture.repository(str(cloned / "book")) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_checkout_that_belongs_to_somebody_else_keeps_its_buttons(launching, cloned):
    from _ext import book_furniture

    for path in [cloned, *cloned.rglob("*")]:
        os.chown(path, 12345, 12345)
    refused = subprocess.run(["git", "-C", cloned, "remote", "get-url", "origin"], capture_output=True)
    assert refused.returncode != 0  # git's own opinion
    assert book_furniture.repository(str(cloned)) == "https://github.com/other/project"


def test_where_there_are_no_buttons_the_build_says_why(launching, cloned, monkeypatch):
    from _ext import book_furniture

    said = []
    monkeypatch.setattr(book_furniture.logger, "info", lambda text, *words: said.append(text % words))
    app = SimpleNamespace(srcdir=str(cloned))
    book_furniture.say_where_from(app)
    git("-C", cloned, "remote", "set-url", "origin", "https://name:secret@example.org/a/b")
    book_furniture.say_where_from(app)
    git("-C", cloned, "remote", "remove", "origin")
    book_furniture.say_where_from(app)
    assert said == [
        "Launch buttons: https://github.com/other/project",
        "No launch buttons: DALESLAW_REPOSITORY names no repository, and the git remote is https://example.org/a/b",
        "No launch buttons: DALESLAW_REPOSITORY names no repository, and there is no git remote `origin`",
    ]


def test_a_fork_launches_the_fork(launching, monkeypatch):
    monkeypatch.setenv("DALESLAW_BRANCH", "b7")
    config = options(launching, monkeypatch, "git@github.com:reader/fork.git")
    theme = config.html_theme_options
    assert theme["repository_url"] == "https://github.com/reader/fork" and theme["repository_branch"] == "b7"
    assert set(theme["launch_buttons"]) == {"notebook_interface", "binderhub_url", "colab_url"}


def test_colab_is_not_offered_for_a_repository_that_it_cannot_open(launching, monkeypatch):
    config = options(launching, monkeypatch, "https://gitlab.com/reader/fork")
    assert "colab_url" not in config.html_theme_options["launch_buttons"]
    places = launching.places(config.launch_address, "main", "chapters/01.ipynb", "circles")
    assert list(places) == ["Binder"] and "/v2/gl/reader%2Ffork/main?" in places["Binder"]


def figure_page(launching, address, format="html", metadata=None):
    from docutils import nodes

    metadata = metadata or {"id": "circles", "mystnb": {"figure": {"name": "fig-circles"}}}
    page = nodes.container("", nodes.container(cell_metadata=metadata), nodes.container(cell_metadata={}))
    config = SimpleNamespace(launch_address=address, launch_reference="main")
    app = SimpleNamespace(
        config=config, builder=SimpleNamespace(format=format),
        srcdir="/book", env=SimpleNamespace(doc2path=lambda name: f"/book/{name}.ipynb"),
    )  # fmt: skip
    launching.link_figures(app, page, "chapters/01")
    return [node.astext() for node in page.findall(nodes.raw)]


def test_a_figure_links_to_its_own_cell(launching):
    (links,) = figure_page(launching, "https://github.com/reader/fork")
    assert "/github/reader/fork/blob/main/play/01.ipynb#scrollTo=circles" in links
    assert "/v2/gh/reader/fork/main?urlpath=lab/tree/play/01.ipynb%3F%23cell-id%3Dcircles" in links
    assert links.count("aria-label=") == links.count("<a ") == 2


def test_a_figure_without_address_without_page_or_without_cell_has_no_link(launching):
    assert figure_page(launching, None) == []
    assert figure_page(launching, "https://github.com/reader/fork", format="latex") == []
    nameless = {"mystnb": {"figure": {"name": "fig-circles"}}}
    assert figure_page(launching, "https://github.com/reader/fork", metadata=nameless) == []


def test_downloads_know_where_they_come_from(launching, tmp_path):
    file = tmp_path / "_sources" / "chapters" / "01.ipynb"
    file.parent.mkdir(parents=True)
    file.write_bytes(CHAPTERS[0].read_bytes())
    config = SimpleNamespace(launch_address="https://github.com/reader/fork", launch_reference="main")
    app = SimpleNamespace(config=config, builder=SimpleNamespace(format="html"), outdir=tmp_path)
    for _ in range(2):
        launching.stamp_downloads(app, None)
        first = next(cell for cell in nbformat.read(file, 4).cells if cell.cell_type == "code")
        assert 'REPOSITORY, REF = "https://github.com/reader/fork", "main"' in first.source


# --- Binder ----------------------------------------------------------------------------------------


def test_binder_has_the_locked_versions_and_torch_for_cpus():
    binder, locked = pins(lock.BINDER), pins(lock.LOCK)
    assert set(binder) <= set(locked), "run: make lock"
    assert {name: locked[name] for name in binder} == binder, "run: make lock"
    assert {canonicalize_name(Requirement(line).name) for line in lock.live()} <= set(binder)
    text = lock.BINDER.read_text("utf-8")
    assert f"torch=={locked['torch']}+cpu\n" in text and f"--extra-index-url {lock.CPU_BUILDS}\n" in text


def test_binder_gets_nothing_that_only_builds_the_book():
    assert not {"jupyter-book", "sphinx", "pytest", "ruff", "nbval"} & set(pins(lock.BINDER))


def test_binder_runs_the_python_that_the_lock_is_for():
    version = (ROOT / "binder" / "runtime.txt").read_text().strip()
    assert f'python-version: "{version.removeprefix("python-")}"' in (
        ROOT / ".github" / "workflows" / "ci.yml"
    ).read_text("utf-8")


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_binders_scripts_can_be_executed(name):
    assert os.access(ROOT / "binder" / name, os.X_OK)


@chapters
def test_a_chapter_was_measured_and_fits_binder(chapter):
    measured = json.loads((ROOT / "benchmarks" / "chapters.json").read_text("utf-8"))["chapters"]
    (row,) = [row for row in measured if row["chapter"] == chapter.stem]
    assert 50 < row["peak_megabytes"] < 1000


@chapters
def test_what_the_book_hides_is_folded_in_an_editor(chapter):
    for cell in nbformat.read(chapter, 4).cells:
        if cell.cell_type == "code":
            tags = set(cell.metadata.get("tags", []))
            hidden = bool(tags & {"hide-input", "hide-cell", "remove-input", "remove-cell"})
            folds = cell.metadata.get("jupyter", {})
            assert folds.get("source_hidden", False) == hidden, (
                "run: python -m tools.colab_cell chapters/*.ipynb"
            )
            assert folds.get("outputs_hidden", False) == ("hide-cell" in tags)
            assert (cell.metadata.get("cellView") == "form") == hidden


def test_the_page_says_how_much_three_open_chapters_hold():
    measured = json.loads((ROOT / "benchmarks" / "chapters.json").read_text("utf-8"))["chapters"]
    largest = sorted(row["peak_megabytes"] for row in measured)[-3:]
    assert 1500 < sum(largest) < 2500  # "about two gigabytes"
    said = (ROOT / "appendix" / "run-it-yourself.md").read_text("utf-8")
    assert "three at once take about two gigabytes" in said and "Shut Down Kernel" in said


# --- the browser -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page, offered", [("chapters/01_dales_law", True), ("chapters/04_learning", False)])
def test_jupyterlite_is_offered_only_where_it_works_and_is_published(launching, monkeypatch, page, offered):
    for site in ("", "https://example.org/lite/"):
        monkeypatch.setenv("DALESLAW_LITE", site)
        config = options(launching, monkeypatch, "")
        context = {"header_buttons": [{"label": "launch-buttons", "buttons": []}]}
        launching.offer_lite(SimpleNamespace(config=config), page, "page.html", context, None)
        urls = [button["url"] for button in context["header_buttons"][0]["buttons"]]
        expected = ["https://example.org/lite/lab/index.html?path=01_dales_law.ipynb"]
        assert urls == (expected if site and offered else [])


def test_the_browsers_wheel_asks_for_no_torch():
    tomllib = pytest.importorskip("tomllib")
    text = lite.without_torch((ROOT / "pyproject.toml").read_text("utf-8"))
    names = {Requirement(line).name for line in tomllib.loads(text)["project"]["dependencies"]}
    assert {"numpy", "scipy", "pandas", "matplotlib"} <= names and not names & set(lite.ABSENT)
    with pytest.raises(ValueError, match="expected torch once"):
        lite.without_torch(text)


WITHOUT_TORCH = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent!r}:
            raise ImportError(name + " is not installed")

sys.meta_path.insert(0, Absent())
import nbformat, matplotlib
from tools import colab_cell, lite
matplotlib.use("Agg")
notebook = nbformat.read(sys.argv[1], 4)
lite.for_the_browser(notebook, lite.CHAPTERS[{name!r}])
names = {{"__name__": "__main__"}}
for cell in notebook.cells:
    if cell.cell_type == "code" and cell.id != colab_cell.ID and "live" not in cell.metadata.get("tags", []):
        exec(compile(cell.source, cell.id, "exec"), names)
"""


@pytest.mark.parametrize("name", lite.CHAPTERS)
def test_what_the_browser_gets_runs_without_torch(name):
    code = WITHOUT_TORCH.format(absent=lite.ABSENT, name=name)
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "chapters" / f"{name}.ipynb")],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
