"""The library's docstrings are plain text for people reading the source; make them pages.

`code` in single backticks, labelled paragraphs (`Shapes: ...`, continued under an indent) and
indented blocks become reStructuredText; everything else is escaped, so that `W_`, `*args` and `|x|`
mean themselves.
"""

from __future__ import annotations

import re

LABEL = re.compile(
    r"^(Shapes?|Units?|Raises|Source|Differs|Returns|Yields|Parameters|Args|Note|Example|Attributes|"
    r"Columns|Memory|Settings)"
    r"\s*:\s*(.*)$"
)
CODE = re.compile(r":\w+:`[^`]+`|``.+?``|`[^`]+`")
BULLET = re.compile(r"^([*-]|\d+\.)\s+")


def inline(text: str) -> str:
    """Escape a line of prose, leaving code and roles alone."""
    out, end = [], 0
    for code in CODE.finditer(text):
        out.append(escape(text[end : code.start()]))
        found = code[0]
        out.append(found if found.startswith((":", "``")) else f"`{found}`")
        end = code.end()
        if end < len(text) and text[end].isalnum():
            out.append("\\ ")
    return "".join([*out, escape(text[end:])])


def escape(text: str) -> str:
    return re.sub(r"([\\*_|`])", r"\\\1", text)


def blocks(lines: list[str]) -> list[list[str]]:
    """Runs of lines between blank ones."""
    found, block = [], []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line.rstrip())
        elif block:
            found.append(block)
            block = []
    return found


def render(block: list[str]) -> list[str]:
    """One block of a docstring as reStructuredText: code, or labels, bullets and prose in turn."""
    if block[0].startswith(">>>"):  # an example: reStructuredText knows one
        return list(block)
    if all(line.startswith("  ") or line.startswith(">>>") for line in block):
        return ["::", "", *("    " + line for line in block)]
    out, indent, in_label = [], "", False
    for line in block:
        text = line.strip()
        label, bullet = LABEL.match(line), BULLET.match(text)
        if label:  # a field; lines about shapes stay as they were broken
            indent, in_label = ("    | " if label[1].startswith("Shape") else "    "), True
            out += ["", f":{label[1]}:", *([indent + inline(label[2])] if label[2] else [])]
        elif bullet and not in_label:
            indent = " " * bullet.end()
            out += ["", f"{bullet[1]} {inline(text[bullet.end() :])}"]
        elif in_label or (indent and line.startswith(" ")):
            out.append(indent + inline(text))
        else:
            out += ["", inline(text)] if indent else [inline(text)]
            indent = ""
    return out


def process(app, what, name, obj, options, lines) -> None:
    source = list(lines)
    lines[:] = [line for block in blocks(source) for line in [*render(block), ""]]


def setup(app):
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
