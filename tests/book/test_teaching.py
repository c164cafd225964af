"""What a chapter owes its reader: no plumbing, results as sentences, exercises that say what they take."""

import json
import re

import pytest

from helpers import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
TEACHING = [path for path in CHAPTERS if path.stem != "11_is_the_law_to_blame"]  # it only sums up
FOLDED = ("hide-input", "hide-cell", "remove-cell", "remove-input")
LINES, WIDTH = 12, 82  # of a cell that a page shows open: what fits its column on a laptop
HEAD = re.compile(
    r"^:::\{admonition\} Exercise (\d+)\.(\d+)\. [^(\n]*\(([^)]*)\)\n:class: exercise$", re.MULTILINE
)
KINDS = ("by hand, then in code", "by hand", "in code", "open")
# Live cells that print a text before the figure in which they end.
PRINT_FIRST = {"04_learning": "penn_treebank.sentences"}
PLUMBING = re.compile(r"[\w.]*\b(?:show|play|tell|show_\w+)\([^\n]*\)")  # a cell that says nothing but this
COMMANDS = re.compile(r"^```(?:bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def cells(path, kind):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == kind:
            yield "".join(cell["source"]), cell["metadata"].get("tags", []), cell


def prose(path):
    return "\n".join(source for source, _, _ in cells(path, "markdown"))


def of_all(chapters=CHAPTERS):
    return pytest.mark.parametrize("path", chapters, ids=lambda path: path.stem)


@of_all()
def test_code_that_a_page_shows_open_is_short_and_does_not_scroll(path):
    for source, tags, cell in cells(path, "code"):
        if set(FOLDED) & set(tags):
            continue
        lines = source.splitlines()
        assert len(lines) <= LINES, f"{cell['id']}: {len(lines)} lines"
        assert max(map(len, lines)) <= WIDTH, f"{cell['id']}: {max(lines, key=len)}"
        assert "lambda found" not in source, cell["id"]
        assert not PLUMBING.fullmatch(source.strip()), f"{cell['id']}: {source}"


@of_all()
def test_commands_to_copy_do_not_scroll_either(path):
    for block in COMMANDS.findall(prose(path)):
        assert max(map(len, block.splitlines())) <= WIDTH, max(block.splitlines(), key=len)


@of_all()
def test_a_folded_cell_prints_nothing_its_result_is_a_picture_or_a_sentence(path):
    for source, tags, cell in cells(path, "code"):
        printed = [o for o in cell["outputs"] if o["output_type"] == "stream"]
        if "hide-input" in tags and printed:
            assert "live" in tags and PRINT_FIRST.get(path.stem, "?") in source, cell["id"]


@of_all()
def test_a_page_says_how_long_it_takes_to_read(path):
    minutes = re.search(r"\*\*Reading time\*\* (\d+) minutes", prose(path))
    assert minutes and 3 <= int(minutes[1]) <= 40
    assert path not in TEACHING or "**you need** " in prose(path)


PREDICT = re.compile(
    r"^::::\{admonition\} Predict\n:class: tip\n\n(?P<asked>.*?)\n\n"
    r":::\{dropdown\} Then look\n(?P<answer>.*?)\n:::\n::::",
    re.MULTILINE | re.DOTALL,
)


@of_all(TEACHING)
def test_the_reader_predicts_and_the_answer_stays_hidden_until_asked_for(path):
    found = list(PREDICT.finditer(prose(path)))
    assert found and prose(path).count("{admonition} Predict") == len(found)
    for one in found:
        assert "?" in one["asked"] and "{numref}" in one["answer"]  # where it is to be seen


@of_all(TEACHING)
def test_exercises_are_numbered_and_say_their_kind_and_time(path):
    chapter = int(path.stem.split("_")[0])
    found = HEAD.findall(prose(path))
    assert [(int(c), int(k)) for c, k, _ in found] == [(chapter, k + 1) for k in range(len(found))]
    assert 4 <= len(found) <= 6
    for _, k, about in found:
        assert about.startswith(KINDS), f"{k}: {about}"
        assert re.search(r"\d+ minutes|half an hour|an hour", about), f"{k}: {about}"
    kinds = " ".join(about for _, _, about in found)
    assert all(kind in kinds for kind in ("by hand", "in code", "open"))


@of_all(TEACHING)
def test_a_chapter_ends_with_what_it_means_its_exercises_and_how_to_run_it_again(path):
    heads = re.findall(r"^## (.+)$", prose(path), re.MULTILINE)
    last = [head for head in ("What it means", "Exercises", "Run it again") if head in heads]
    assert heads[-len(last) :] == last and last[:2] == ["What it means", "Exercises"]


@of_all(TEACHING)
def test_a_folded_solution_is_called_one_and_a_check_of_it_a_check(path):
    found = json.loads(path.read_text("utf-8"))["cells"]
    start = next(k for k, cell in enumerate(found) if "## Exercises" in "".join(cell["source"]))
    for before, cell in zip(found[start:], found[start + 1 :]):
        if cell["cell_type"] == "code":
            in_words = before["cell_type"] == "markdown" and "{dropdown} Solution" in "".join(
                before["source"]
            )
            expected = "Show the check" if in_words else "Show the solution"
            assert cell["metadata"].get("mystnb", {}).get("code_prompt_show") == expected, cell["id"]


@of_all(TEACHING)
def test_some_solutions_are_executed(path):
    executed = [cell for _, tags, cell in cells(path, "code") if "hide-cell" in tags]
    assert executed and all(cell["execution_count"] for cell in executed)
    assert len(re.findall(r":::\{dropdown\} (?!Then look)|:class: dropdown$", prose(path), re.MULTILINE)) >= 2


HIDDEN = re.compile(
    r"^:::\{dropdown\} (Solution|Solution in words|What to make of it|Where to begin)\n(.+?)\n:::",
    re.MULTILINE | re.DOTALL,
)


def exercises(path):
    """Of each exercise: its number, what it says of itself, its hidden words by name, its hidden cells."""
    found = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            if found and "hide-cell" in cell["metadata"].get("tags", []):
                found[-1][3].append(source)
            continue
        before, *each = re.split(r"(?=^:::\{admonition\} Exercise )", source, flags=re.MULTILINE)
        if found:
            found[-1][2].update(HIDDEN.findall(before))
        for text in each:
            chapter, k, about = HEAD.match(text).groups()
            found.append((f"{chapter}.{k}", about, dict(HIDDEN.findall(text)), []))
    return found


@of_all(TEACHING)
def test_every_exercise_has_a_hidden_solution_or_where_to_begin_an_open_one_the_latter(path):
    for k, about, words, code in exercises(path):
        assert words or code, f"{k}: neither a solution nor where to begin"
        assert about.startswith("open") == ("Where to begin" in words), k


HINTED = [path for path in TEACHING if path.stem != "10_a_better_colei"]  # whose hint names its measurement


@of_all(HINTED)
def test_where_to_begin_says_with_what_and_what_a_good_answer_shows(path):
    for k, _, words, _ in exercises(path):
        hint = words.get("Where to begin")
        if hint:
            assert "`" in hint or "{eq}" in hint or "{numref}" in hint, f"{k}: nothing to begin with"
            assert "good answer" in hint, f"{k}: what would a good answer show?"
            assert 30 <= len(hint.split()) <= 130, k
