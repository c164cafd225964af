"""The chapters as notebooks that open anywhere: play/, in plain Markdown, without outputs.

    python -m tools.play              # write
    python -m tools.play --check      # say which are out of date; exit 1 if any is

A chapter is written in MyST, which Colab, VS Code and most of Jupyter show as raw text. Its copy has
quotations for boxes, closed <details> for what opens on a click, numbers as in the book for figures and
equations, a caption under each figure, and authors for citations.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import yaml
from pybtex.backends.markdown import Backend
from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.richtext import Text
from pybtex.style.formatting.unsrt import Style

from . import colab_cell

ROOT = Path(__file__).resolve().parents[1]
SOURCES, PLAY = ROOT / "chapters", ROOT / "play"
NOTE = "*To play: run all cells, and the figures appear. Made from `chapters/{}` by `python -m tools.play`.*"
KEPT = ("cellView", "jupyter", "id")  # of a cell's metadata

BOXES = ("attention", "caution", "danger", "error", "hint", "important", "note", "seealso", "tip", "warning")
DIRECTIVE = re.compile(rf"^(:{{3,}}|`{{3,}})\{{(admonition|dropdown|margin|{'|'.join(BOXES)})\}} *(.*)$")
OPTION = re.compile(r"^:([\w-]+): *(.*)$")
TARGET = re.compile(r"^\(([\w-]+)\)=\n", re.MULTILINE)
EQUATION = re.compile(r"\$\$(.+?)\$\$(?: *\(([\w-]+)\))?", re.DOTALL)
ROLE = re.compile(r"\{(cite:p|cite:t|numref|eq|ref|doc)\}`([^`]+)`")
WITH_TEXT = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
MATH = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$(?!\$).+?(?<!\\)\$", re.DOTALL)
LEFT_OVER = re.compile(r"^:{3,}|^`{3,}\{|\{[a-z][\w:]*\}`|^\([\w-]+\)=|\{\{", re.MULTILINE)


class Unreadable(ValueError):
    """Something in a chapter that has no plain form here: one line."""


@dataclass(frozen=True)
class Labels:
    """Where each label of the book is, and what it is called there.

    numbers: label of a figure or an equation -> (its chapter's file, "Fig. 3.1" or "(3.1)")
    files: label of anything else -> file
    """

    numbers: dict[str, tuple[str, str]]
    files: dict[str, str]


def contents() -> list[dict]:
    return yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]


def chapters() -> list[Path]:
    """The chapters' notebooks in the book's order: those of numbered parts first, which it numbers."""
    parts = contents()
    files = [c["file"] for p in sorted(parts, key=lambda p: not p.get("numbered")) for c in p["chapters"]]
    return [ROOT / f"{file}.ipynb" for file in files if file.startswith("chapters/")]


def labels(notebooks: dict[str, nbformat.NotebookNode]) -> Labels:
    """Of these chapters, by file name in the book's order, and of the appendix."""
    numbers, files = {}, {}
    numbered = sum(len(part["chapters"]) for part in contents() if part.get("numbered"))
    for page in sorted((ROOT / "appendix").glob("*.md")):
        for label in TARGET.findall(page.read_text("utf-8")):
            files[label] = f"../appendix/{page.name}"
    for chapter, (name, notebook) in enumerate(notebooks.items(), 1):
        figures = equations = 0
        prefix = f"{chapter}." if chapter <= numbered else ""
        for cell in notebook.cells:
            if figure := cell.metadata.get("mystnb", {}).get("figure"):
                figures += 1
                numbers[figure["name"]] = name, f"Fig. {prefix}{figures}"
            for _, label in EQUATION.findall(cell.source if cell.cell_type == "markdown" else ""):
                if label:
                    equations += 1
                    numbers[label] = name, f"({prefix}{equations})"
            if cell.cell_type == "markdown":
                files |= dict.fromkeys(TARGET.findall(cell.source), name)
    return Labels(numbers, files)


# --- citations -------------------------------------------------------------------------------------


@cache
def bibliography() -> BibliographyData:
    return parse_file(ROOT / "references.bib")


def who(entry: Entry) -> str:
    """Li et al., as a sentence names them."""
    persons = entry.persons.get("author") or entry.persons.get("editor")
    names = [str(Text.from_latex(" ".join([*p.prelast_names, *p.last_names]))) for p in persons]
    return names[0] + " et al." if len(names) > 2 else " and ".join(names)


def cited(keys: list[str], in_text: bool) -> str:
    """The authors and years of these entries, in brackets or as a part of the sentence."""
    named = []
    for key in keys:
        entry = bibliography().entries[key]
        year = entry.fields["year"]
        named.append(f"{who(entry)} ({year})" if in_text else f"{who(entry)}, {year}")
    return "; ".join(named) if in_text else f"({'; '.join(named)})"


def references(keys: list[str]) -> str:
    """The list at the end of a chapter."""
    entries = [bibliography().entries[key] for key in sorted(keys)]
    formatted = (entry.text.render(Backend()) for entry in Style().format_entries(entries))
    return "## References\n\n" + "\n".join(f"- {text}" for text in formatted)


# --- prose -----------------------------------------------------------------------------------------


@dataclass
class Prose:
    """Writes the Markdown of one chapter, file `name`, in its plain form; `cites` collects what is cited."""

    name: str
    labels: Labels
    cites: list[str]

    def plain(self, text: str) -> str:
        """The text without MyST.

        Raises: Unreadable if some is left.
        """
        text = "\n".join(self.blocks(text.split("\n")))
        text = EQUATION.sub(self.equation, TARGET.sub("", text))
        text = re.sub(r"\n{3,}", "\n\n", LINK.sub(self.link, ROLE.sub(self.role, text))).strip("\n")
        if left := LEFT_OVER.search(text):
            line = text[left.start() :].partition("\n")[0]
            raise Unreadable(f"{self.name}: expected MyST that tools/play.py knows, got {line[:60]!r}")
        return text

    def blocks(self, lines: list[str]) -> list[str]:
        """The lines, each box in them as a quotation, or as <details> where it opens on a click."""
        done: list[str] = []
        while lines:
            line, *lines = lines
            begins = DIRECTIVE.match(line)
            if not begins:
                done.append(line)
                continue
            fence, kind, title = begins.groups()
            if fence not in lines:
                raise Unreadable(f"{self.name}: expected {fence} after {line!r}, got none")
            end = lines.index(fence)
            inside, lines = lines[:end], lines[end + 1 :]
            options = {}
            while inside and (option := OPTION.match(inside[0])):
                options[option[1]] = option[2]
                inside = inside[1:]
            body = self.blocks("\n".join(inside).strip("\n").split("\n"))
            folded = kind == "dropdown" or "dropdown" in options.get("class", "").split()
            if kind in BOXES:  # these are named after what they are; words beside the name begin the text
                body, title = [*([title, ""] if title else []), *body], kind.capitalize()
            done += ["", *(closed if folded else quotation)(title, body), ""]
        return done

    def equation(self, found: re.Match) -> str:
        body, label = found.groups()
        if not label:
            return found[0]
        _, number = self.numbered(label)
        end = "\n" if "\n" in body else ""
        return f"$${body.rstrip()} \\tag{{{number[1:-1]}}}{end}$$"

    def numbered(self, label: str) -> tuple[str, str]:
        """Its chapter's file, and its number."""
        if label not in self.labels.numbers:
            raise Unreadable(f"{self.name}: expected a label of the book, got {label!r}")
        return self.labels.numbers[label]

    def role(self, found: re.Match) -> str:
        role, content = found.groups()
        if role.startswith("cite"):
            keys = [key.strip() for key in content.split(",")]
            if absent := [key for key in keys if key not in bibliography().entries]:
                raise Unreadable(f"{self.name}: expected an entry of references.bib, got {absent[0]!r}")
            self.cites.extend(key for key in keys if key not in self.cites)
            return cited(keys, in_text=role == "cite:t")
        if role in ("ref", "doc"):
            text, target = WITH_TEXT.fullmatch(content).groups()
            return f"[{text}]({target})"
        file, number = self.numbered(content)
        return number if file == self.name else f"[{number}]({file})"

    def link(self, found: re.Match) -> str:
        """To a file; to a heading of this chapter there is no link that every notebook follows."""
        text, target = found.groups()
        target = self.labels.files.get(target, target)
        if target == self.name or target.startswith("#"):
            return text
        if re.match(r"\w+:", target):
            return found[0]
        file, _, _ = target.partition("#")
        for suffix in ("", ".ipynb", ".md"):
            if (SOURCES / (file + suffix)).is_file():
                return f"[{text}]({file.removeprefix('./')}{suffix})"
        raise Unreadable(f"{self.name}: expected a link to a file of the book, got {target!r}")


def quotation(title: str, body: list[str]) -> list[str]:
    """A box. Mathematics stays on one line: Jupyter takes it out before it looks for quotation marks."""
    text = MATH.sub(lambda found: found[0].replace("\n", " "), "\n".join(body))
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    if not title:  # what stands in the margin of a page has none
        return [f"> {line}".rstrip() for line in text.split("\n")]
    return [f"> {line}".rstrip() for line in [f"**{title}**", "", *text.split("\n")]]


def closed(title: str, body: list[str]) -> list[str]:
    """What opens on a click; the empty lines make what is inside Markdown again."""
    return ["<details>", f"<summary>{title}</summary>", "", *body, "", "</details>"]


# --- notebooks -------------------------------------------------------------------------------------


def heading(cell, number: str | None) -> str:
    """What is seen of a folded cell: Colab shows it as a title, JupyterLab as the first line."""
    if cell.id == colab_cell.ID:
        return "The library, where it is missing"
    if "hide-cell" in cell.metadata.get("tags", []):
        return f"Solution: {number}" if number else "Solution"
    return number or ("Imports" if cell.id == "imports" else "Code")


def copy(name: str, notebook: nbformat.NotebookNode, where: Labels) -> nbformat.NotebookNode:
    """The notebook of that file name as it opens anywhere. Its cells keep their ids."""
    prose, cells = Prose(name, where, []), []
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            text = prose.plain(cell.source)
            if position == 0:
                text += f"\n\n{NOTE.format(name)}"
            cells.append(nbformat.v4.new_markdown_cell(text, id=cell.id))
            continue
        kept = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
        figure = cell.metadata.get("mystnb", {}).get("figure")
        number = where.numbers[figure["name"]][1] if figure else None
        folded = f"# @title {heading(cell, number)}\n" if "cellView" in kept else ""
        cells.append(nbformat.v4.new_code_cell(folded + cell.source, id=cell.id, metadata=kept))
        if figure:
            caption = prose.plain(figure["caption"])
            hidden = kept.get("jupyter", {}).get("outputs_hidden")
            text = "\n".join(closed(number, [caption])) if hidden else f"**{number}.** {caption}"
            cells.append(nbformat.v4.new_markdown_cell(text, id=f"{cell.id[:56]}-caption"))
    if prose.cites:
        cells.append(nbformat.v4.new_markdown_cell(references(prose.cites), id="references"))
    kernel = {
        key: notebook.metadata[key] for key in ("kernelspec", "language_info") if key in notebook.metadata
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def numbers() -> dict[str, tuple[str, str]]:
    """Label -> (chapter's file, number) of every figure and numbered equation of the book."""
    return labels({path.name: nbformat.read(path, as_version=4) for path in chapters()}).numbers


def copies(paths: list[Path] | None = None) -> dict[str, str]:
    """File name -> content, for each chapter.

    Raises: Unreadable for a chapter with something that has no plain form here.
    """
    notebooks = {path.name: nbformat.read(path, as_version=4) for path in paths or chapters()}
    where = labels(notebooks)
    return {name: nbformat.writes(copy(name, notebook, where)) + "\n" for name, notebook in notebooks.items()}


def outdated() -> list[str]:
    """Names in play/ that are not what their chapters make; those of no chapter among them."""
    wanted = copies()
    found = {path.name: path.read_text("utf-8") for path in PLAY.glob("*.ipynb")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def write() -> None:
    PLAY.mkdir(exist_ok=True)
    wanted = copies()
    for path in PLAY.glob("*.ipynb"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (PLAY / name).write_text(content, "utf-8")


def main(arguments: list[str]) -> int:
    try:
        if "--check" in arguments:
            found = outdated()
            for name in found:
                print(f"play/{name}: out of date; run: python -m tools.play")
            return bool(found)
        write()
    except Unreadable as error:
        sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
