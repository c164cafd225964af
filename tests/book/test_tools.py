"""The book's own checks: dead links and undescribed pictures are found, stale executions are dropped."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers import ROOT
from tools import book_cache, check_html, execute_notebooks, run_checks, serve

CODE = sorted([*(ROOT / "tools").glob("*.py"), *(ROOT / "_ext").glob("*.py")])


@pytest.mark.parametrize("file", CODE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_tools_and_extensions_are_packages_that_leave_pythons_path_alone(file):
    names = [ast.unparse(node) for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    assert "sys.path" not in names and (file.parent / "__init__.py").is_file()


@pytest.mark.parametrize("name", ["Makefile", ".github/workflows", "appendix", "web", "README.md"])
def test_tools_are_run_by_their_names_in_the_package(name):
    path = ROOT / name
    files = [path] if path.is_file() else [f for f in path.iterdir() if f.is_file()]
    wrong = [f.name for f in files if re.search(r"python3?\W+tools/", f.read_text("utf-8", errors="replace"))]
    assert wrong == []


WHOLE = '<h1 id="top">A</h1><a href="b.html#place">b</a><img src="c.png" alt="a curve">'


@pytest.fixture
def html(tmp_path):
    (tmp_path / "a.html").write_text(WHOLE)
    (tmp_path / "b.html").write_text('<p id="place"><a href="a.html#top">a</a> <a href="#place">here</a>')
    (tmp_path / "c.png").write_bytes(b"")
    return tmp_path


def test_a_whole_book_has_no_faults(html):
    assert check_html.faults(html) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="gone.html">x</a>', "n.html: dead link gone.html"),
        ('<a href="b.html#elsewhere">x</a>', "n.html: no such place b.html#elsewhere"),
        ('<script src="gone.js"></script>', "n.html: dead link gone.js"),
        ('<img src="c.png">', "n.html: no alt text for c.png"),
        ('<img src="_images/c.png" alt="_images/c.png">', "n.html: no alt text for _images/c.png"),
    ],
)
def test_a_fault_is_named_with_its_page(html, page, fault):
    (html / "n.html").write_text(page)
    assert fault in check_html.faults(html)


def test_links_to_other_sites_are_not_followed(html):
    (html / "n.html").write_text('<a href="https://example.org/x">x</a><a href="mailto:a@b.c">y</a>')
    assert check_html.faults(html) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", "<pre>/home/somebody/book/x.py:3: UserWarning: old</pre>"),
        ("_sources/chapters/01.ipynb", '{"text": ["/tmp/ipykernel_12/3.py:1: Warning"]}'),
    ],
)
def test_a_folder_of_the_machine_on_a_page_is_a_fault(html, name, text):
    (html / name).parent.mkdir(parents=True, exist_ok=True)
    (html / name).write_text(text)
    (fault,) = check_html.leaks(html, (Path("/home/somebody"), Path("/tmp")))
    assert fault.startswith(f"{name}: names a folder of this machine: /")


def test_what_only_looks_like_a_folder_of_the_machine_is_none(html):
    (html / "a.html").write_text('<a href="https://host/tmp/x">x</a> <a href="../tmp/x">y</a> "/tmp" ~/book/')
    assert check_html.leaks(html, (Path("/tmp"), Path("/"), Path("~"))) == []


NUMBERED_PAGE = """<figure class="align-default" id="fig-a"><figcaption>
<p><span class="caption-number">Fig. 3.1 </span><span class="caption-text">A.</span></p></figcaption></figure>
<div class="math notranslate nohighlight" id="equation-eq-a"><span class="eqno">(3.1)<a href="#equation-eq-a"
>#</a></span>x</div>"""


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"fig-a": "Fig. 3.1", "eq-a": "(3.1)"}, []),
        ({"fig-a": "Fig. 3.2", "eq-a": "(3.1)"}, ["03: fig-a is Fig. 3.1, and in play/ it is Fig. 3.2"]),
        ({"eq-b": "(3.1)"}, ["03: eq-b is None, and in play/ it is (3.1)"]),
    ],
)
def test_a_number_that_differs_between_a_page_and_its_notebook_is_a_fault(tmp_path, labels, found):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "03.html").write_text(NUMBERED_PAGE)
    labels = {label: ("03.ipynb", number) for label, number in labels.items()} | {"fig-b": ("04.ipynb", "")}
    assert check_html.renumbered(tmp_path, labels) == found


def test_a_figure_without_its_lines_or_without_its_form_for_phones_is_a_fault(tmp_path):
    chapter, images = tmp_path / "chapters" / "a.html", tmp_path / "_images"
    chapter.parent.mkdir(), images.mkdir()
    picture, logo, other = "a" * 64, '<img src="../_static/logo.png">', "b" * 64
    chapter.write_text(f'{logo}<img src="../_images/{picture}.svg">')
    (images / f"{picture}-phone.svg").touch()
    assert check_html.rastered(tmp_path) == []
    (images / f"{picture}-phone.svg").unlink()
    chapter.write_text(f'<img src="../_images/{picture}.svg"><img src="../_images/{other}.png">')
    assert check_html.rastered(tmp_path) == [
        "chapters/a.html: expected figures as SVG, got 1 as PNG",
        "chapters/a.html: expected each figure for phones, too, got 1 without",
    ]


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.delenv("DALESLAW_RESULTS", raising=False)
    monkeypatch.setattr(book_cache, "ROOT", tmp_path)
    monkeypatch.setattr(book_cache, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(book_cache, "KEY", tmp_path / "_build" / ".cache-key")
    monkeypatch.setattr(book_cache, "READ", tmp_path / "_build" / ".read")
    monkeypatch.setattr(book_cache, "DONE", tmp_path / "_build" / ".built")
    for name in ("requirements.txt", "_config.yml", "daleslaw_lib/spectra.py", "chapters/01.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    manifest = tmp_path / "results" / "toy" / "paper" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    build_once(tmp_path)
    return tmp_path


def build_once(root):
    book_cache.check()
    (root / "_build" / ".jupyter_cache").mkdir(exist_ok=True)
    (root / "_build" / ".doctrees").mkdir(exist_ok=True)
    (root / "_build" / "html").mkdir(exist_ok=True)
    (root / "_build" / "html" / "index.html").write_text("the book")
    book_cache.main(["done"])


def kept(root):
    book_cache.check()
    return (root / "_build" / ".jupyter_cache").exists(), (root / "_build" / ".doctrees").exists()


def test_a_second_build_keeps_everything(book):
    assert kept(book) == (True, True)


def test_a_book_in_which_nothing_changed_is_fresh(book):
    assert book_cache.fresh()
    (book / "_build" / "elsewhere.txt").write_text("of another tool")
    (book / "daleslaw_lib" / "__pycache__").mkdir()
    (book / "daleslaw_lib" / "__pycache__" / "spectra.pyc").write_text("compiled")
    (book / ".venv").mkdir()
    (book / ".venv" / "a.py").write_text("installed")
    with pytest.raises(SystemExit) as ended:
        book_cache.main(["fresh"])
    assert ended.value.code == 0


CHANGES = {
    "a chapter": lambda book: (book / "chapters/01.ipynb").write_text("changed"),
    "a new page": lambda book: (book / "new.md").write_text("# New"),
    "a page less": lambda book: (book / "chapters/01.ipynb").unlink(),
    "the library": lambda book: (book / "daleslaw_lib/spectra.py").write_text("changed"),
    "an archive": lambda book: (book / "results/toy/paper/manifest.json").write_text("{ }"),
    "a built page": lambda book: (book / "_build/html/index.html").write_text("edited"),
    "a built page less": lambda book: (book / "_build/html/index.html").unlink(),
    "a printed book": lambda book: [(book / "_build/pdf").mkdir(), (book / "_build/pdf/a.pdf").touch()],
    "a build that failed": lambda book: book_cache.check(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_book_in_which_something_changed_is_not_fresh(book, what):
    CHANGES[what](book)
    assert not book_cache.fresh()
    build_once(book)
    assert book_cache.fresh()


def test_another_setting_or_commit_makes_another_book(book, monkeypatch):
    monkeypatch.setenv("DALESLAW_BRANCH", "other")
    assert not book_cache.fresh()
    monkeypatch.delenv("DALESLAW_BRANCH")
    assert book_cache.fresh()
    monkeypatch.setattr(book_cache.code_digests, "commit", lambda: "another")
    assert not book_cache.fresh()


def test_what_changes_during_a_build_is_built_the_next_time(book):
    book_cache.check()
    (book / "chapters/01.ipynb").write_text("saved while its page was written")
    book_cache.done()
    assert not book_cache.fresh()


def test_chapters_depend_on_every_kind_of_file_that_the_library_brings():
    tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    brought = {Path(pattern).suffix for pattern in setuptools["package-data"]["daleslaw_lib"]}
    assert set(book_cache.LIBRARY) == brought | {".py"}


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "_config.yml",
        "daleslaw_lib/spectra.py",
        "daleslaw_lib/fused.cpp",
        "daleslaw_lib/laboratory.png",
        "results/toy/paper/manifest.json",
    ],
)
def test_what_a_chapter_depends_on_drops_its_execution(book, name):
    (book / name).write_text("changed")
    assert kept(book) == (False, False)


def test_a_results_folder_that_is_not_there_is_refused_before_anything_is_built(book, monkeypatch):
    monkeypatch.setenv("DALESLAW_RESULTS", "no/such/folder")
    with pytest.raises(SystemExit, match="^DALESLAW_RESULTS: expected a folder with archived runs, got /"):
        book_cache.check()


def test_another_scale_drops_the_execution(book, monkeypatch):
    monkeypatch.setenv("DALESLAW_SCALE", "paper")
    assert kept(book) == (False, False)


def test_a_changed_chapter_is_jupyter_caches_business(book):
    (book / "chapters/01.ipynb").write_text("changed")
    assert kept(book) == (True, True)


def test_after_a_failed_build_every_page_is_read_again(book):
    book_cache.check()  # a build starts, and never says that it is done
    assert kept(book) == (True, False)


def test_stored_outputs_hold_no_widget_and_no_time():
    view = "application/vnd.jupyter.widget-view+json"
    output = nbformat.v4.new_output("display_data", {view: {"model_id": "x"}, "image/png": "AA=="})
    pieces = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("one ", "two")]
    cell = nbformat.v4.new_code_cell("x", outputs=[*pieces, output], metadata={"execution": {"at": "now"}})
    notebook = nbformat.v4.new_notebook(
        cells=[cell], metadata={"language_info": {"name": "python", "version": "3.99"}}
    )
    execute_notebooks.strip(notebook)
    assert "execution" not in cell.metadata and "3.99" not in str(notebook.metadata)
    assert [o.get("text") for o in cell.outputs] == ["one two", None]
    assert list(cell.outputs[1]["data"]) == ["image/png"]


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "FOLDER: expected one for the environment, got none; see the first lines of tools/try_colab.py"),
        (["README.md"], "FOLDER: expected a folder for the environment, got the file README.md"),
        (["_build/x", "chapters/none.ipynb"], "CHAPTER: expected a notebook, got chapters/none.ipynb"),
        (["_build/x", "README.md"], "CHAPTER: expected a notebook, got README.md"),
    ],
)
def test_a_wrong_path_to_the_stand_in_for_colab_is_one_line_before_anything_is_made(words, message):
    command = [sys.executable, "-m", "tools.try_colab", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message + "\n")
    assert not (ROOT / "_build" / "x").exists()


@pytest.mark.parametrize(
    "path", ["results/adding/smoke/runs.parquet", "results-mine/adding/paper/runs.parquet"]
)
def test_git_ignores_results_of_ones_own(path):
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0
    assert subprocess.run(["git", "check-ignore", "-q", "results/adding/paper/x"], cwd=ROOT).returncode == 1


def test_messages_call_the_extras_by_their_names():
    for file in [
        *(ROOT / "daleslaw_lib").rglob("*.py"),
        *ROOT.glob("*.md"),
        *(ROOT / "appendix").glob("*.md"),
    ]:
        assert not re.search(r"\bdaleslaw\[\w+\]", file.read_text("utf-8")), file


@pytest.mark.parametrize(
    "tool, words",
    [(serve, "PORT"), (check_html, "FOLDER"), (run_checks, "NAME COMMAND [NAME COMMAND ...]")],
)
@pytest.mark.parametrize("arguments", [[], ["1", "2", "3"]])
def test_a_tool_says_in_a_line_which_words_it_takes(tool, words, arguments):
    with pytest.raises(SystemExit) as end:
        tool.main(arguments)
    assert end.value.code == f"usage: python -m {tool.__name__} {words}"
