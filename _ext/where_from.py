"""Under what a cell shows: from which archived runs it comes, and the command that makes them again.

Which archives a cell reads is traced through its notebook: `archive("adding")` gives one a name, and whatever
is made from that name comes from there too. A claim that is named brings its experiment. What comes from no
archive was computed when the page was built, and the line says so.
"""

from __future__ import annotations

import ast
import hashlib
import html
import importlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

import pandas as pd
from docutils import nodes

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.notebook import WAITS

Source = tuple[str, str]  # experiment and scale
CLAIMS = tuple(
    dict.fromkeys(e for claim in experiments.CLAIMS for e in (claim.experiment, claim.second) if e)
)
BLOCKS = {  # what tools.generated writes, and the experiments that it is made of
    "headlines": CLAIMS,
    "forest": CLAIMS,
    "counted": CLAIMS,
    "claims": CLAIMS,
    "undecided": CLAIMS,
    "characteristics": CLAIMS,
    "rule_in_use": CLAIMS,
    "other_readings": CLAIMS,
    "wobble": ("transplants",),
    "report_verdicts": CLAIMS,
    "report_traps": (
        "transplants",
        "one_layer_mnist",
        "three_layer_mnist",
        "size",
        "penn_treebank",
        "radius_sweep",
        "ei_ratio",
        "adding",
        "spectra",
        "ii_ablation",
        "entropy_grid",
    ),
    "report_computing": tuple(experiments.EXPERIMENTS),
}
MEASURED = {  # and what is made of a measurement: its file, and the command that measures again
    "chapters": ("benchmarks/chapters.json", "python -m tools.measure_chapters"),
    "own_digits": ("benchmarks/own_models.json", "python benchmarks/own_models.py"),
    "own_choice": ("benchmarks/own_models.json", "python benchmarks/own_models.py"),
    "environments": ("benchmarks/environments.json", "python -m tools.environments"),
}
EACH = ("numbers",)  # tables that each end in a line of provenance


# --- which archives a cell reads ---------------------------------------------------------------------


def traced(cells: Iterable[str]) -> list[set[Source]]:
    """For each cell of code, in order: the archives that it, or what it uses, has read."""
    known: dict[str, set[Source]] = {}
    return [_Tracer(known).of(ast.parse(_without_magics(source))) for source in cells]


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


class _Tracer:
    """Follows names through one cell; what they come from is kept in `known` for the cells after it."""

    def __init__(self, known: dict[str, set[Source]]):
        self.known = known

    def of(self, tree: ast.Module) -> set[Source]:
        """The archives behind what a cell shows: those of its last expression, and of what it asserts."""
        for statement in tree.body:
            self.statement(statement)
        asserted = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        return set().union(*(self.inside(s) for s in [*asserted, *tree.body[-1:]]))

    def statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            self.known[statement.name] = self.inside(statement)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                self.assign(target, statement.value)
        elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)) and statement.value:
            self.assign(statement.target, statement.value, add=isinstance(statement, ast.AugAssign))
        elif isinstance(statement, (ast.For, ast.With, ast.If, ast.While, ast.Try)):
            if isinstance(statement, ast.For):
                self.assign(statement.target, statement.iter)
            for item in getattr(statement, "items", []):
                if item.optional_vars is not None:
                    self.assign(item.optional_vars, item.context_expr)
            for part in ("body", "orelse", "finalbody"):
                for inner in getattr(statement, part, []):
                    self.statement(inner)

    def assign(self, target: ast.expr, value: ast.expr, add: bool = False) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            one_by_one = len(values) == len(target.elts)
            for k, inner in enumerate(target.elts):
                self.assign(inner, values[k] if one_by_one else value)
        elif isinstance(target, ast.Name):
            before = self.known.get(target.id, set()) if add else set()
            self.known[target.id] = before | self.inside(value)
        else:  # an entry or an attribute: what holds it comes from there too
            for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name)):
                self.known[name] = self.known.get(name, set()) | self.inside(value)

    def inside(self, tree: ast.AST) -> set[Source]:
        """Of everything named in it, but for the parameters of functions in it."""
        own = {argument.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for argument in _all(n)}
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id not in own:
                found |= self.known.get(node.id, set())
            elif isinstance(node, ast.Call):
                found |= _called(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= _claimed(node.value.split())
            elif isinstance(node, ast.JoinedStr):
                found |= _beginning(node)
        return found


def _all(arguments: ast.arguments) -> list[ast.arg]:
    more = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def _called(call: ast.Call) -> set[Source]:
    """Of archive("size"), archive("size", "laptop"), load(...); of claims.check() and verdicts(name=...)."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = [a.value for a in call.args if isinstance(a, ast.Constant)]
    if name in ("archive", "load") and words and words[0] in experiments.EXPERIMENTS:
        return {(words[0], words[1])} if len(words) > 1 else _largest(words[0])
    if name == "check" and not call.args:
        return set().union(*map(_largest, CLAIMS))
    if name in ("check", "judged"):
        return set().union(
            *(_claimed(list(_listed(a.value))) for a in call.args if isinstance(a, ast.Starred))
        )
    if name == "verdicts":
        return _claimed([(k.arg or "").replace("_", "-") for k in call.keywords])
    return set()


def _listed(value: ast.expr) -> Iterable[str]:
    """The names of claims that a module of `evidence` lists, as in claims.check(*closing.ASKED)."""
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        module = importlib.import_module(f"daleslaw_lib.evidence.{value.value.id}")
        return getattr(module, value.attr)
    return ()


def _claimed(words: list[str]) -> set[Source]:
    """Where all words are names of claims, the archives that these are judged on."""
    known = {claim.name: claim for claim in experiments.CLAIMS}
    if not words or not all(word in known for word in words):
        return set()
    return set().union(*(_judged_on(known[word]) for word in words))


def _beginning(text: ast.JoinedStr) -> set[Source]:
    """Of an f-string such as f"rescue-{name}": the archives of all claims that begin so."""
    first = text.values[0] if text.values else None
    if not isinstance(first, ast.Constant) or not first.value.endswith("-"):
        return set()
    begin = [claim for claim in experiments.CLAIMS if claim.name.startswith(first.value)]
    return set().union(*map(_judged_on, begin))


def _judged_on(claim: experiments.Claim) -> set[Source]:
    """The archives of a claim's experiment and of its second sample."""
    return set().union(*(_largest(name) for name in (claim.experiment, claim.second) if name))


def _largest(name: str) -> set[Source]:
    archived = reading.archived_scales(name)
    return {(name, archived[-1])} if archived else set()


# --- the line -------------------------------------------------------------------------------------------


def spans(numbers: Iterable[int]) -> str:
    """Whole numbers in short.

    >>> spans([0, 1, 2, 100, 7])
    '0 to 2, 7, 100'
    """
    runs = groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in group] for _, group in runs]
    return ", ".join(f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in ends)


@cache
def facts(experiment: str, scale: str) -> str:
    """What the manifest of an archive says of it, in a line of HTML; nothing where there is none."""
    folder = reading.folder(experiment, scale)
    if not (folder / "manifest.json").exists():
        return ""
    manifest = reading.read_manifest(folder)
    seeds = pd.read_parquet(folder / manifest["tables"]["runs"]["file"], columns=["seed"]).seed
    parts = manifest["parts"]
    commits = dict.fromkeys((part.get("commit") or "not known")[:7] for part in parts)
    days = sorted({part["finished"][:10] for part in parts})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    digest = manifest["tables"]["runs"]["sha256"][:12]
    word = "runs" if experiments.get(experiment).trains else "draws"
    return (
        f"{html.escape(experiment)}, {scale} scale: {len(seeds):,} {word}, seeds {spans(seeds)}; commit "
        f"{', '.join(f'<code>{html.escape(commit)}</code>' for commit in commits)}, {when}; "
        f"SHA-256 of the table of runs <code>{digest}</code>"
    )


def linked(address: str | None, reference: str, path: str) -> str:
    """A path of the repository, as a link where the book knows its repository."""
    if address is None:
        return f"<code>{html.escape(path)}</code>"
    tree = "blob" if address.startswith("https://github.com/") else "-/blob"
    url = f"{address}/{tree}/{reference}/{path}"
    return f'<a href="{html.escape(url)}">{html.escape(path)}</a>'


def line(sources: Iterable[Source], address: str | None, reference: str) -> str:
    """The folded line of what comes from these archives; nothing if none of them is there."""
    entries, names = [], []
    for experiment, scale in sorted(sources):
        if said := facts(experiment, scale):
            manifest = linked(address, reference, f"results/{experiment}/{scale}/manifest.json")
            command = f"daleslaw reproduce {experiment} --scale {scale} --sample 100%"
            entries.append(f"<li>{said}; {manifest}. Again: <code>{command}</code></li>")
            names.append(f"{experiment}, {scale} scale")
    if not entries:
        return ""
    title = names[0] if len(names) == 1 else f"{len(names)} archives"
    return _folded(title, f"<ul>{''.join(entries)}</ul>")


def computed(page: str) -> str:
    """The folded line of what a cell computed when the page was built."""
    again = f"make notebooks CHAPTERS={html.escape(page)}"
    words = "This cell computed it when the page was built; it reads no archived run."
    return _folded("this page", f"<p>{words} Again: <code>{again}</code></p>")


def measured(block: str, address: str | None, reference: str) -> str:
    """The folded line of a table that was measured."""
    path, command = MEASURED[block]
    words = f"{linked(address, reference, path)}. Again: <code>{html.escape(command)}</code>"
    return _folded(path, f"<p>{words}</p>")


def _folded(title: str, body: str) -> str:
    return f'<details class="where-from"><summary>Where from: {html.escape(title)}</summary>{body}</details>'


# --- on the pages -----------------------------------------------------------------------------------------

UNSEEN = {"remove-cell", "remove-output", "hide-cell", "hide-output"}


def shows(cell: Mapping) -> bool:
    """Whether readers see a figure, a table or a sentence of a cell; what it prints stands under its code."""
    if cell["cell_type"] != "code" or UNSEEN & set(cell["metadata"].get("tags", [])):
        return False
    outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
    if any("".join(data.get("text/plain", "")).startswith(WAITS) for data in outputs):
        return False  # there is nothing yet that could come from anywhere
    kinds = {kind for data in outputs for kind in data}
    return bool(kinds & {"image/png", "image/svg+xml", "text/html", "text/markdown"})


def of_notebook(file: Path) -> dict[int, set[Source]]:
    """Number of a cell -> the archives it reads, for the cells that show something."""
    cells = json.loads(file.read_text("utf-8"))["cells"]
    code = [k for k, cell in enumerate(cells) if cell["cell_type"] == "code"]
    found = dict(zip(code, traced("".join(cells[k]["source"]) for k in code)))
    return {k: sources for k, sources in found.items() if shows(cells[k])}


def add_lines(app, doctree, docname) -> None:
    if app.builder.format != "html":
        return
    file = Path(app.env.doc2path(docname))
    where = (app.config.launch_address, app.config.launch_reference)
    if file.suffix == ".ipynb":
        page = file.relative_to(app.srcdir).as_posix()
        found = of_notebook(file)
        for cell in list(doctree.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code" and cell.get("cell_index") in found:
                text = line(found[cell["cell_index"]], *where) or computed(page)
                cell += nodes.raw("", text, format="html")
    else:
        _under_blocks(doctree, *where)


def _under_blocks(doctree, address, reference) -> None:
    """Under each generated part of a page in Markdown."""
    block = None
    for node in list(doctree.findall(lambda n: isinstance(n, (nodes.raw, nodes.comment, nodes.emphasis)))):
        text = node.astext().strip()
        if text.startswith("<!-- generated: "):
            block = text.split()[2]
        elif text.endswith("<!-- end -->"):  # which may be the last line of what is raw itself
            said = ""
            if block in BLOCKS:
                said = line(_behind(block), address, reference)
            elif block in MEASURED:
                said = measured(block, address, reference)
            if said:
                _after(node, said)
            block = None
        elif block in EACH and isinstance(node, nodes.emphasis) and " · " in text:
            name, scale = text.split(" · ")[:2]
            _after(node.parent, line({(name, scale.removesuffix(" scale"))}, address, reference))


def _behind(block: str) -> set[Source]:
    """The archives behind a generated part: the largest of each experiment, or, of a sum over all, all."""
    if block == "report_computing":
        return {(name, s) for name in BLOCKS[block] for s in reading.archived_scales(name) if s != "smoke"}
    return set().union(*map(_largest, BLOCKS[block]))


def _after(node, text: str) -> None:
    node.parent.insert(node.parent.index(node) + 1, nodes.raw("", text, format="html"))


def manifests() -> str:
    """A digest of all manifests: when one changes, pages are written again."""
    files = sorted(reading.root().glob("*/*/manifest.json"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def set_state(app, config) -> None:
    config.where_from = manifests()


def setup(app):
    app.add_config_value("where_from", "", "html")
    app.connect("config-inited", set_state)
    app.connect("doctree-resolved", add_lines, priority=490)  # before the links that run a figure
    return {"parallel_read_safe": True, "parallel_write_safe": True}
