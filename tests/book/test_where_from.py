"""Where a figure, a table or a sentence comes from: traced through the cells, and said under each."""

import html
import importlib
import json
import re

import pytest
from docutils import nodes

from _ext import where_from
from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.command.arguments import parser
from daleslaw_lib.notebook import WAITS, Waiting
from helpers import ROOT
from tools import check_html, generated

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
ADDING, SIZE, SHORT = {("adding", "paper")}, {("size", "paper")}, {("size", "laptop")}

CELLS = {
    "a name": (['a = archive("adding")', "show(f, a)"], ADDING),
    "a scale": (['s = archive("size", "laptop")', "show(f, s)"], SHORT),
    "one of two": (['a, s = archive("adding"), archive("size", "paper")', "show(f, s)"], SIZE),
    "both": (['a, s = archive("adding"), archive("size", "paper")', "show(f, a, s)"], ADDING | SIZE),
    "what was made of it": (['a = archive("adding")', "t = table(a)", "u = t.x[0]", "show(f, u)"], ADDING),
    "a function that uses it": (['a = archive("adding")', "def f():\n    return a.runs", "tell(f)"], ADDING),
    "not what a parameter is called": (['a = archive("adding")', "g = lambda a: a + 1", "tell(g)"], set()),
    "through a loop": (['a = archive("adding")', "for r in rows(a):\n    k = r", "show(f, k)"], ADDING),
    "through an entry": (['a = archive("adding")', "d = {}\nd['x'] = a", "show(f, d)"], ADDING),
    "no longer": (['a = archive("adding")', "a = 3", "show(f, a)"], set()),
    "nothing": (["here = running.train_here(runs)", "show(f, here)"], set()),
    "a claim": (['judged("adding-colei")'], ADDING),
    "claims in a string": (['names = "adding-colei adding-dann"\njudged(*names.split())'], ADDING),
    "claims put together": (
        ['judged(*[f"transplant-{part}" for part in parts])'],
        {("transplants", "paper")},
    ),
    "a verdict": (['verdicts(adding_colei="reproduced")'], ADDING),
    "not a word alone": (['tell("the adding problem")'], set()),
    "what it asserts": (['a = archive("adding")', "assert fine(a)\nshow(f)"], ADDING),
    "a magic": (["%matplotlib inline", 'a = archive("adding")\na'], ADDING),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_comes_from_the_archives_that_it_has_read(case):
    cells, expected = CELLS[case]
    assert where_from.traced(cells)[-1] == expected


def test_what_waits_for_its_runs_comes_from_nowhere_yet():
    def cell(text):
        data = {"text/html": "<p>...</p>", "text/plain": text}
        return {"cell_type": "code", "metadata": {}, "outputs": [{"data": data}]}

    assert where_from.shows(cell("3.5")) and not where_from.shows(cell(f"{WAITS} They are declared"))


def test_all_claims_come_from_every_archive_that_claims_are_judged_on():
    found = where_from.traced(["findings = claims.check()", "forest(findings)"])[-1]
    archived = {e for e in where_from.CLAIMS if reading.archived_scales(e)}
    assert {experiment for experiment, _ in found} == archived


def test_a_claim_comes_from_its_second_sample_too(monkeypatch):
    twice = next(claim for claim in experiments.CLAIMS if claim.second)
    monkeypatch.setattr(reading, "archived_scales", lambda name: ["paper"])
    both = {(twice.experiment, "paper"), (twice.second, "paper")}
    assert where_from.traced([f"judged({twice.name!r})"])[-1] == both
    begin = twice.name[: twice.name.index("-") + 1]
    assert both <= where_from.traced([f'[f"{begin}{{name}}" for name in names]'])[-1]


def cells_of(chapter):
    return json.loads(chapter.read_text("utf-8"))["cells"]


def asked_about(source):
    """The experiments of the claims that a cell names, or that it takes from a list of `evidence`."""
    names = set(re.findall(r'"([\w-]+)"', source))
    for module, listed in re.findall(r"\*(\w+)\.([A-Z]+)\b", source):
        names |= set(getattr(importlib.import_module(f"daleslaw_lib.evidence.{module}"), listed))
    return {claim.experiment for claim in experiments.CLAIMS if claim.name in names}


@chapters
def test_what_shows_archived_runs_says_so_in_its_figure(chapter):
    """Every archive that a chapter reads is behind something it shows; every verdict has its archive."""
    found, cells = where_from.of_notebook(chapter), cells_of(chapter)
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    read = set(re.findall(r'\barchive\("(\w+)"', text))
    said = "".join(str(cell.get("outputs")) for cell in cells)
    waiting = {name for name in read if not reading.archived_scales(name)}
    assert all(repr(Waiting(name, "")) in said for name in waiting)
    assert read - waiting - {"transplants"} <= {e for sources in found.values() for e, _ in sources}
    for number, sources in found.items():
        source = "".join(cells[number]["source"])
        if re.search(r"\b(judged|verdicts|claims\.check)\(", source):
            assert sources or asked_about(source) <= waiting, source


@chapters
def test_a_live_cell_is_not_said_to_come_from_the_archive(chapter):
    cells = cells_of(chapter)
    for number, sources in where_from.of_notebook(chapter).items():
        if re.search(r"footer=here\.provenance|drawn on this page", "".join(cells[number]["source"])):
            assert sources == set()


def test_a_line_names_experiment_scale_runs_seeds_commit_date_digest_manifest_and_command():
    text = where_from.line(ADDING, "https://github.com/owner/name", "v1")
    manifest = reading.load("adding").manifest
    words = html.unescape(re.sub(r"<[^>]+>", "", text))
    assert words.startswith("Where from: adding, paper scaleadding, paper scale: ")
    assert f"{manifest['tables']['runs']['rows']:,} runs, seeds 0 to 4, 100 to 299" in words
    assert manifest["tables"]["runs"]["sha256"][:12] in words
    for part in manifest["parts"]:
        assert part["commit"][:7] in words and part["finished"][:10] in words
    assert 'href="https://github.com/owner/name/blob/v1/results/adding/paper/manifest.json"' in text
    command = re.search(r"Again: (daleslaw .*)$", words)[1].split()[1:]
    parsed = parser().parse_args(command)
    assert (parsed.figure, parsed.scale, parsed.sample) == ("adding", "paper", "100%")


def test_every_committed_archive_has_its_facts_whatever_its_tables_are_called():
    folders = sorted(path.parent for path in (ROOT / "results").glob("*/*/manifest.json"))
    named = {
        folder: json.loads((folder / "manifest.json").read_text("utf-8"))["tables"] for folder in folders
    }
    assert any(table["runs"].get("file", "runs.parquet") != "runs.parquet" for table in named.values())
    for folder, tables in named.items():
        said = where_from.facts(folder.parent.name, folder.name)
        assert tables["runs"]["sha256"][:12] in said and "seeds " in said


def test_without_a_repository_a_line_names_the_path():
    text = where_from.line(ADDING, None, "main")
    assert "<code>results/adding/paper/manifest.json</code>" in text and "<a " not in text
    other = where_from.linked("https://gitlab.com/o/n", "main", "results/x")
    assert 'href="https://gitlab.com/o/n/-/blob/main/results/x"' in other


def test_what_a_manifest_says_cannot_become_markup(monkeypatch, tmp_path):
    assert "&lt;b&gt;" in where_from.measured("chapters", "https://github.com/o/n", "<b>")
    assert "<b>" not in where_from.linked(None, "main", "<b>")


def test_nothing_archived_gives_no_line(monkeypatch, tmp_path):
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path))
    where_from.facts.cache_clear()
    try:
        assert where_from.line(ADDING, None, "main") == ""
    finally:
        where_from.facts.cache_clear()


def test_every_generated_table_has_a_source():
    known = {*where_from.BLOCKS, *where_from.MEASURED, *where_from.EACH}
    assert known == set(generated.TABLES)
    assert all((ROOT / file).exists() for file, _ in where_from.MEASURED.values())
    assert set(where_from.CLAIMS) <= set(experiments.EXPERIMENTS)


def test_the_sum_of_all_computing_comes_from_every_archive():
    rows = {(n, s) for n in experiments.EXPERIMENTS for s in reading.archived_scales(n) if s != "smoke"}
    assert where_from._behind("report_computing") == rows
    assert where_from._behind("wobble") == {("transplants", "paper")}


def test_a_built_page_without_a_line_for_something_it_shows_fails_the_build(tmp_path):
    """Looked at where the book is built, by tools.check_html: tests run before there is one."""
    line = '<details class="where-from"></details>'
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "a.html").write_text(2 * line)
    assert check_html.unsourced(tmp_path, {"chapters/a.html": 2}) == []
    (fault,) = check_html.unsourced(tmp_path, {"chapters/a.html": 3})
    assert fault == "chapters/a.html: expected 3 lines that say where something is from, got 2"
    assert len(check_html.unsourced(tmp_path, {"b.html": 1})) == 1, "a page that is not there"
    wanted = check_html.sources()
    assert set(wanted) == {f"chapters/{path.stem}.html" for path in CHAPTERS} | {"appendix/numbers.html"}
    archives = sum(len(reading.archived_scales(name)) for name in experiments.EXPERIMENTS)
    assert min(wanted.values()) > 0 and wanted["appendix/numbers.html"] == archives


def test_a_book_of_fewer_pages_is_held_to_those_it_has(tmp_path, capsys):
    """A walk of tools.environments builds one of a page, and failed for want of the others."""
    html = tmp_path / "_build" / "html"
    html.mkdir(parents=True)
    (html / "index.html").write_text("<title>A page</title>")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    check_html.main([str(html)])
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: appendix/numbers\n")
    with pytest.raises(SystemExit, match="^1 faults in the built book$"):
        check_html.main([str(html)])
    assert capsys.readouterr().err.strip().startswith("appendix/numbers.html: expected ")
    whole = check_html.sources((ROOT / "_toc.yml").read_text("utf-8"))
    assert whole == check_html.sources()


def test_under_each_generated_part_of_a_markdown_page_stands_its_line():
    table, page = nodes.paragraph(text="| a | b |"), nodes.section()
    raw = [nodes.raw("", text, format="html") for text in ("<!-- generated: chapters -->", "<!-- end -->")]
    forest = nodes.raw("", "<!-- generated: forest -->\n<div></div>\n", format="html")
    end = nodes.raw("", "<p></p>\n<!-- end -->", format="html")
    page += [raw[0], table, raw[1], forest, end, nodes.paragraph(text="what follows")]
    where_from._under_blocks(page, None, "main")
    said = [node.astext() for node in page.children]
    assert len(page.children) == 8
    assert "benchmarks/chapters.json" in said[3] and "archives" in said[6]
    assert page.children[7].astext() == "what follows"


def test_each_table_of_numbers_has_the_line_of_its_archive():
    page = nodes.section()
    provenance = nodes.paragraph("", "", nodes.emphasis(text=reading.load("adding").provenance))
    page += [nodes.raw("", "<!-- generated: numbers -->", format="html"), provenance]
    where_from._under_blocks(page, None, "main")
    assert "results/adding/paper/manifest.json" in page.children[2].astext()
