"""Write what is generated from the archive: the tables in Markdown pages, and the cover.

    python -m tools.generated            # write
    python -m tools.generated --check    # say what is out of date; exit 1 if anything is

A table stands between `<!-- generated: NAME -->` and `<!-- end -->`. The cover carries the digest of the
tables it was drawn from.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median

import matplotlib as mpl
import pandas as pd
from PIL import Image, PngImagePlugin

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.evidence import claims, headlines, power, starts, summary, wording
from daleslaw_lib.evidence import forest as the_forest
from daleslaw_lib.figures import claims as claims_figure
from daleslaw_lib.figures import vectors
from daleslaw_lib.studies import better_colei, entropy, learning, transplants
from daleslaw_lib.studies.learning import report as of_learning
from tools import play, report
from tools.environments import WALKS

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = {path.stem for path in play.chapters()}  # those that the book's contents list
COVER = ROOT / "_static" / "cover.png"  # of the README and of the cards; the first page has its SVG
FOREST = ROOT / "_static" / "claims.svg"
PAGES = (
    "README.md", "intro.md", "appendix/numbers.md", "appendix/claims.md", "appendix/run-it-yourself.md",
    "appendix/use-in-your-model.md", "appendix/how-claims-are-judged.md", "appendix/reproduction-report.md",
)  # fmt: skip


@cache
def numbers() -> str:
    """Every archived experiment at its largest scale: our numbers beside the paper's, as Markdown."""
    blocks = []
    for name in experiments.EXPERIMENTS:
        scales = [scale for scale in reading.archived_scales(name) if scale != "smoke"]
        for scale in scales[::-1]:
            archive = reading.load(name, scale)
            if archive.experiment.quantity not in archive.runs:
                continue
            blocks.append(f"## {archive.experiment.figure}, {scale} scale")
            blocks.append(f"{archive.experiment.title}.")
            if archive.experiment.chosen_on in archive.runs:
                archive = summary.best_settings(archive)
                blocks.append("Each row is at the settings that validation chose.")
            blocks.append(_markdown(summary.beside_the_paper(archive)))
            blocks.append(f"*{archive.provenance}*")
    return "\n\n".join(blocks)


@cache
def findings() -> list[claims.Finding]:
    """What the archive says of every claim."""
    return claims.check()


def forest() -> str:
    """All claims as the first page shows them, in HTML, with a sentence that counts them."""
    return f"{counted()}\n\n{the_forest.forest(findings(), CHAPTERS)}"


def first_page() -> str:
    """What is decided by now, and the first page's findings, from the largest archives there are."""
    one, three, grid = (
        reading.load(name) for name in ("one_layer_mnist", "three_layer_mnist", "entropy_grid")
    )
    cells = entropy.cells(grid)
    columns = ("entropy", "error", "log_size", "log_fraction")
    left = entropy.over_cells(cells, entropy.partial, columns)
    by_name = {finding.claim.name: finding for finding in findings()}
    length = max(run.updates for run in experiments.get("transplants").runs("paper"))
    three = transplants.until(three, length)
    score = headlines.score(findings())
    clipped = of_learning.beside_a_clipped_rnn(reading.load("adding"))
    early = better_colei.report.early(reading.load("start_screen"))
    found = headlines.headlines(by_name, one, three, grid, left, len(cells), early, clipped)
    return f"{score} What we found:\n\n{found}"


def counted() -> str:
    """How many claims have each verdict, in a sentence."""
    counts = the_forest.counts(findings())
    words = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{sum(counts.values())} claims about learning: {words}."


def table_of_claims() -> str:
    """Every claim with its verdict, as Markdown; facts about random matrices apart."""
    learning = [finding for finding in findings() if finding.claim.learning and not finding.claim.ours]
    ours = [finding for finding in findings() if finding.claim.ours]
    facts = [finding for finding in findings() if not finding.claim.learning]
    blocks = [counted(), _of_claims(learning)]
    blocks += ["Beyond the paper, in chapters 9 and 10:", _of_claims(ours)]
    blocks += ["Facts about random matrices:", _of_claims(facts)]
    return "\n\n".join(blocks)


def _of_claims(found: list[claims.Finding]) -> str:
    """A table of claims, narrow enough for its verdicts to be on the screen."""
    table = wording.table(found)
    n, evidence, doubts = (table.pop(name) for name in ("n", "evidence", "doubts"))
    table["verdict"] = [", ".join(filter(None, row)) for row in zip(table.verdict, doubts)]
    seeds = [f"{count}, {kind}" if count != "" else kind for count, kind in zip(n, evidence)]
    table.insert(table.columns.get_loc("p, corrected"), "seeds", seeds)
    return _markdown(table).replace("| x ", "| × ")


def undecided() -> str:
    """Open claims, the seeds that would decide them, and what those cost."""
    archives = {}
    for name in experiments.EXPERIMENTS:
        if scales := [scale for scale in reading.archived_scales(name) if scale != "smoke"]:
            archives[name] = reading.load(name, scales[-1])
    table = power.open_claims(findings(), archives)
    return _markdown(table) if len(table) else "Every claim is decided."


@cache
def rule_in_use() -> str:
    """How often the rule errs, and decides, by what is claimed and the number of seeds, as Markdown."""
    found = power.of_the_claims(findings())
    shown = pd.DataFrame(
        {
            "claimed": found.claimed,
            "n": found.n,
            "claims": found.claims,
            "scatter": [_span(row, 2) for row in found[["spread, min", "spread, max"]].to_numpy()],
            "wrong at worst": found["wrong, normal"].map(_percent),
            "as these runs scatter": ["" if math.isnan(p) else _percent(p) for p in found["wrong, own"]],
            "decides rightly, at least": found["decides, normal"].map(_percent),
        }
    )
    return _markdown(shown)


def _span(ends, digits: int) -> str:
    low, high = (f"{end:.{digits}f}" for end in ends)
    return low if low == high else f"{low} to {high}"


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f} %"


@cache
def characteristics() -> str:
    """How often each verdict is reached at given true effects, with the scatter that the archive has."""
    published, spreads = math.log(1.5), power.spreads(findings())
    in_use = [f for f in findings() if f.claim.name in spreads and f.claim.claimed == "better"]
    in_use = [f for f in in_use if f.claim.published and claims.counted(f)]
    cases = [("The median scatter of a claim's contrasts", spreads.median(), n) for n in (5, 20)]
    for n in sorted({f.n for f in in_use}):
        scatter = max(spreads[f.claim.name] for f in in_use if f.n == n)
        cases.append((f"The largest scatter among claims with {n} seeds", scatter, n))
    blocks = []
    for words, spread, n in cases:
        table = power.characteristics(float(spread), n, published)
        shown = table.map(lambda p: _percent(p) if p >= 0.005 else "").rename_axis("true effect")
        blocks.append(f"{words}, {spread:.2f}; n = {n}:\n\n{_markdown(shown.reset_index())}")
    return "\n\n".join(blocks)


def other_readings() -> str:
    """Claims that another reading of the same runs, or the other preset, judges otherwise, as Markdown."""
    table = power.other_readings(findings())
    shown = _markdown(table) if len(table) else "No other reading gives another verdict."
    return f"{power.by_the_other_preset(findings())}\n\n{shown}"


def wobble() -> str:
    """How far single evaluations and seeds scatter in transplants with an RNN's spectrum, in a sentence."""
    archive = reading.load("transplants")
    runs = archive.runs[archive.runs.spectrum.eq("rnn") & ~archive.runs.diverged]
    found = [power.wobble(archive, some) for _, some in runs.groupby(["vectors", "frozen"]) if len(some) > 2]
    (low, high), (few, many) = ((min(each), max(each)) for each in zip(*found))
    return (
        f"In the {len(found)} kinds of transplant with an RNN's spectrum one evaluation scatters by "
        f"{low:.2f} to {high:.2f} points of error about its run's mean, "
        f"these means by {few:.2f} to {many:.2f} over seeds."
    )


def report_computing() -> str:
    """What the archive took, archive by archive and in all."""
    table, words = report.computing(report.archives())
    return f"{_markdown(table)}\n\n{words}"


def chapters() -> str:
    """The memory that every chapter takes, as tools/measure_chapters.py found it, as Markdown."""
    measured = json.loads((ROOT / "benchmarks" / "chapters.json").read_text("utf-8"))
    table = pd.DataFrame(measured["chapters"])
    table.columns = ["chapter", "its kernel's peak memory, MB"]
    note = "*{machine} · Python {python} · torch {torch} · {date}*".format_map(measured)
    return f"{_markdown(table)}\n\n{note}"


def own_digits() -> str:
    """Errors on digits of the page "Use it in your model", as benchmarks/own_models.py found them."""
    measured = _own_models()
    rows = [
        {
            "layer": one["layer"],
            "test error (%), median": f"{median(one['errors']):.1f}",
            "lowest and highest": f"{min(one['errors']):.1f} - {max(one['errors']):.1f}",
        }
        for one in measured["digits"]
    ]
    return f"{_markdown(pd.DataFrame(rows))}\n\n{_note(measured, len(measured['digits'][0]['errors']))}"


def own_choice() -> str:
    """Right choices in neurogym of the same page."""
    measured = _own_models()
    rows = [
        {
            "layer": one["layer"],
            "learning rate": f"{one['lr']:g}",
            "clipped": "yes" if one["clip"] else "no",
            "right choices, median": f"{median(one['accuracy']):.2f}",
            "lowest and highest": f"{min(one['accuracy']):.2f} - {max(one['accuracy']):.2f}",
            "silent units of 64": f"{median(one['silent']):.0f}",
            "the first step moves W by": f"{median(one['moved']):.2f}",
        }
        for one in measured["choice"]
    ]
    note = _note(measured, len(measured["choice"][0]["accuracy"]))
    words = "silent: at zero in a whole batch; moves by: the largest singular value of what changes; medians"
    return f"{_markdown(pd.DataFrame(rows))}\n\n{note[:-1]} · neurogym {measured['neurogym']} · {words}*"


def _own_models() -> dict:
    return json.loads((ROOT / "benchmarks" / "own_models.json").read_text("utf-8"))


def _note(measured: dict, seeds: int) -> str:
    return f"*{seeds} seeds · " + "{machine} · torch {torch} · {date}*".format_map(measured)


def _markdown(table) -> str:
    rows = [list(table.columns), ["---"] * len(table.columns), *table.astype(str).values.tolist()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def environments() -> str:
    """What tools/environments.py said last of each environment, as Markdown."""
    file = ROOT / "benchmarks" / "environments.json"
    if not file.exists():
        return "It has not been run for this version yet."
    found = json.loads(file.read_text("utf-8"))
    rows = [[name, one["found"], one["date"]] for name, one in found.items()]
    rows += [[name, "not walked yet", ""] for name in WALKS if name not in found]
    return _markdown(pd.DataFrame(rows, columns=["environment", "found", "on"]))


TABLES: dict[str, Callable[[], str]] = {
    "environments": environments,
    "numbers": numbers,
    "headlines": first_page,
    "forest": forest,
    "counted": counted,
    "claims": table_of_claims,
    "undecided": undecided,
    "rule_in_use": rule_in_use,
    "characteristics": characteristics,
    "other_readings": other_readings,
    "wobble": wobble,
    "report_verdicts": lambda: _markdown(report.verdicts(findings())),
    "report_traps": report.traps,
    "report_computing": report_computing,
    "chapters": chapters,
    "own_digits": own_digits,
    "own_choice": own_choice,
}


def with_tables(text: str) -> str:
    """The text with every generated part made anew."""

    def fill(match: re.Match) -> str:
        return f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}"

    pattern = r"(<!-- generated: (\w+) -->)\n.*?(<!-- end -->)"
    return re.sub(pattern, fill, text, flags=re.DOTALL)


def cover_source(archive: reading.Archive) -> str:
    """What the cover was drawn from, as the digests of its tables."""
    return " ".join(archive.manifest["tables"][name]["sha256"] for name in reading.TABLES)


def write_cover(archive: reading.Archive) -> None:
    """Spectra before learning beside learning curves, as a PNG and, for the book, as an SVG with its form for
    phones (`_ext/vectors.py`); both remember their source."""
    figure = learning.figures.spectrum_beside_learning(starts.initial_spectra(archive), archive)
    figure.savefig(COVER, dpi=130)
    source = cover_source(archive)
    COVER.with_suffix(".svg").write_text(f"{vectors.svg(figure)}\n<!-- {source} -->\n", "utf-8")
    note = PngImagePlugin.PngInfo()
    note.add_text("source", source)
    Image.open(COVER).convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(
        COVER, pnginfo=note, optimize=True
    )


def forest_source() -> str:
    """What the picture of all claims was drawn from: a digest of every finding."""
    return experiments.digest([wording.as_dict(finding) for finding in findings()])


def write_forest() -> None:
    """All learning claims as one picture, which remembers its source."""
    metadata = {"Date": None, "Description": forest_source()}
    with mpl.rc_context({"svg.hashsalt": "claims"}):  # the same file from the same findings
        shown = the_forest.in_the_book(findings(), CHAPTERS)
        claims_figure.forest(shown).savefig(FOREST, metadata=metadata)


def outdated() -> list[str]:
    """The generated parts that do not say what the archive says."""
    stale = [name for name in PAGES if (text := (ROOT / name).read_text("utf-8")) != with_tables(text)]
    archive = reading.load("one_layer_mnist")
    source, drawn = cover_source(archive), COVER.with_suffix(".svg")
    if not COVER.exists() or Image.open(COVER).info.get("source") != source:
        stale.append(str(COVER.relative_to(ROOT)))
    if not drawn.exists() or f"<!-- {source} -->" not in drawn.read_text("utf-8"):
        stale.append(str(drawn.relative_to(ROOT)))
    if not FOREST.exists() or forest_source() not in FOREST.read_text("utf-8"):
        stale.append(str(FOREST.relative_to(ROOT)))
    return stale


def main() -> int:
    if "--check" in sys.argv[1:]:
        for name in outdated():
            print(f"{name}: out of date; run: make generated")
        return 1 if outdated() else 0
    for name in PAGES:
        file = ROOT / name
        file.write_text(with_tables(file.read_text("utf-8")), "utf-8")
    write_cover(reading.load("one_layer_mnist"))
    write_forest()
    print(f"{', '.join(PAGES)}, the cover and the picture of all claims say what the archive says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
