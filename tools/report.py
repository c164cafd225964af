"""What the reproduction report takes from the archive: verdicts, what each trap changes, the compute."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.archive.reading import Archive
from daleslaw_lib.evidence import claims, summary
from daleslaw_lib.evidence.verdicts import VERDICTS
from daleslaw_lib.studies import entropy
from daleslaw_lib.studies.entropy import report as of_entropy
from daleslaw_lib.studies.learning import report as of_learning
from daleslaw_lib.studies.radius import report as of_radius
from daleslaw_lib.studies.size import report as of_size
from daleslaw_lib.studies.transplants import report as of_transplants

WATTS = 10
"""Of one busy core with its share of memory, power supply and cooling: an assumption. Nothing was metered."""


def verdicts(findings: Sequence[claims.Finding]) -> pd.DataFrame:
    """A row a figure of the paper: how many claims about learning it has, and what became of them."""
    rows: dict[str, dict[str, int]] = {}
    for finding in findings:
        if finding.claim.learning and not finding.claim.ours:
            row = rows.setdefault(finding.claim.figure, dict.fromkeys(VERDICTS, 0))
            row[finding.verdict] += 1
    rows = {f"Fig. {name}" if name[0].isdigit() else name: row for name, row in sorted(rows.items())}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.insert(0, "claims", table.sum(axis=1))
    table.loc["all"] = table.sum()
    shown = table.astype(str).where(table > 0, "")
    return shown.rename_axis("figure").reset_index()


# --- what was computed ---------------------------------------------------------------------------


def computing(archives: Mapping[tuple[str, str], Archive]) -> tuple[pd.DataFrame, str]:
    """A row an archive, in core hours, and a sentence with the sum and the energy it stands for."""
    rows, hours, runs = [], 0.0, 0
    for (name, scale), archive in archives.items():
        mine = sum(p["wall_seconds"] * int(p.get("threads", 1)) for p in archive.manifest["parts"]) / 3600
        devices = " and ".join(dict.fromkeys(part["device"] for part in archive.manifest["parts"]))
        hours, runs = hours + mine, runs + len(archive.runs)
        row = {"experiment": name, "scale": scale, "runs": f"{len(archive.runs):,}"}
        rows.append(row | {"core hours": f"{mine:.2f}", "device": devices})
    energy = hours * WATTS / 1000
    words = (
        f"The {runs:,} archived runs and draws took {hours:.1f} core hours. At an assumed {WATTS} W a busy "
        "core, its share of memory, power supply and cooling included, that is about "
        f"{energy:.2g} kWh. Nothing was metered, and half or twice the power is half or twice the energy. "
        "Trial runs, tests and builds of the book are not in it."
    )
    return pd.DataFrame(rows), words


def archives() -> dict[tuple[str, str], Archive]:
    """Every archive but those of the smoke scale, in the order of the experiments."""
    return {
        (name, scale): reading.load(name, scale)
        for name in experiments.EXPERIMENTS
        for scale in reading.archived_scales(name)
        if scale != "smoke"
    }


# --- what each trap changes -----------------------------------------------------------------------


@dataclass(frozen=True)
class Trap:
    """A difference of the public code from the text: where it stands there, what it changes.

    `measured` makes the sentences from archives; where there is none, `why` says why nothing was measured.
    """

    number: int
    words: str
    where: str
    measured: Callable[[], str] | None = None
    why: str = ""

    def __str__(self) -> str:
        says = _flat(self.measured()) if self.measured else f"Not measured: {self.why}"
        lines = (f"- **E{self.number}**, {self.words}.", f"*Where:* {self.where}.", f"*Changes:* {says}")
        return "\\\n  ".join(lines)


def _flat(text: str) -> str:
    """Sentences of a list one after the other, with links from the appendix."""
    lines = [line.removeprefix("- ").replace("**", "") for line in text.splitlines() if line.strip()]
    return re.sub(r"\]\((?=\d\d_)", "](../chapters/", " ".join(lines))


def load(name: str) -> Archive:
    return reading.load(name)


def _points(archive: Archive, kind: str) -> str:
    rows = {p: {"kind": kind, "preset": p} for p in ("faithful", "corrected")}
    e = summary.difference(archive, rows["faithful"], rows["corrected"])
    return f"{e.mean:+.2f} points ({e.low:+.2f} to {e.high:+.2f})"


def _clipping() -> str:
    one = _points(load("one_layer_mnist"), "colei")
    return (
        f"On MNIST clipping by tensor adds to ColEI's error {one}. {of_size.clipping(load('ei_ratio'))} "
        f"In the adding problem: {_flat(of_learning.breakage(load('adding')))}"
    )


def _drawn_rows() -> str:
    """DANN's largest singular value with every row the mean, and with rows drawn, by ratio."""
    runs = load("spectra").runs
    base = runs[(runs.kind == "dann") & (runs.hidden == 100)]
    said = []
    for ratio, drawn in base[base.random_ix].groupby("ei_ratio"):
        mean = base[~base.random_ix & (base.ei_ratio == ratio) & base.seed.isin(drawn.seed)]
        said.append(f"at ratio {ratio:g} from {mean.largest.mean():.2f} to {drawn.largest.mean():.2f}")
    changed = of_radius.trap(summary.best_settings(load("radius_sweep")), "dann")
    return (
        f"DANN's largest singular value goes {', '.join(said)}. Over the radii up to 2, drawn interneuron "
        f"weights change DANN's error by {changed}."
    )


def _diagonal() -> str:
    runs = load("spectra").runs
    base = runs[(runs.kind == "colei") & (runs.hidden == 100) & (runs.ei_ratio == 9)]
    free = base[base.full_diagonal]
    zero = base[~base.full_diagonal & base.seed.isin(free.seed)]
    H, s = (free[n].mean() - zero[n].mean() for n in ("entropy", "largest"))
    return (
        f"The diagonal as drawn changes ColEI's entropy by {H:+.4f}, its largest singular value by {s:+.3f}."
    )


def _selection() -> str:
    return of_radius.flattered(load("radius_sweep"))


def _one_matrix() -> str:
    return of_entropy.draws(entropy.runs_with_predictors(load("entropy_grid")))


def _readout() -> str:
    lines = of_learning.breakage(load("adding")).splitlines()
    return "In the adding problem, " + next(_flat(line) for line in lines if "DANN" in line)


def _shared_baseline() -> str:
    found = of_transplants.order(load("transplants"))
    return f"As one contrast seed by seed, in which the baseline cancels: {found}"


def _layers() -> str:
    of = ("transplants", "one_layer_mnist", "three_layer_mnist", "size")
    return f"{of_transplants.which_rnn(*map(load, of))}\n{of_transplants.of_rnn(load('transplants'))}"


TRAPS = (
    Trap(1, "the RNN of Fig. 4 seems to have three layers",
         "`SVD_transplant` cell 1 and `Exp_learning_curve` cell 3", _layers),
    Trap(2, "the rule that clips also freezes signs", "`update_policies.py:563`",
         lambda: of_learning.traps(load("penn_treebank")).splitlines()[0]
         + "\n" + of_radius.traps(summary.best_settings(load("radius_sweep"))).split(";")[0] + "."),
    Trap(3, "clipping differs between the kinds", "the update policies", _clipping),
    Trap(4, "DANN has half as many interneurons as units at every ratio", "`seq_mnist_inhib_test.py:61`",
         lambda: of_size.interneurons(load("ei_ratio"))),
    Trap(5, "DANN's interneurons are drawn at random",
         "the default `random=True` of its recurrent initialiser", _drawn_rows),
    Trap(6, "DANN's readout of one output starts at zero", "its readout's initialiser", _readout),
    Trap(7, "the bias that centres ColEI's input is zeroed", "ColEI's first layer", None,
         "both presets have zero bias."),
    Trap(8, "ColEI's zero diagonal holds at the start only", "ColEI's initialiser", _diagonal),
    Trap(9, "a sign freeze acts entry by entry, on W alone", "the update policy that freezes", None,
         "it is what the paper calls frozen, and is called so here."),
    Trap(10, "ratios and rounding differ between initialisers and layers", "the initialisers", None,
         "both presets round as the layers do."),
    Trap(11, "the I-to-I ablation takes its count from the input", "the ablation's initialiser",
         lambda: of_size.ablations(load("ii_ablation"))),
    Trap(12, "input weights are scaled by N, or drawn otherwise, from script to script", "the initialisers",
         lambda: of_size.two_settings(load("size"), load("ei_ratio")) + " These differ in training, too."),
    Trap(13, "file names carry twice the radius", "the radius sweep's files", None, "it is a label."),
    Trap(14, "settings are chosen on test data", "all scripts but the radius sweep's", _selection),
    Trap(15, "the learning rate decays at each evaluation", "the training loops", None,
         "both presets decay as often as there."),
    Trap(16, "the adding data are not shipped", "the data folder", None, "there is nothing to compare with."),
    Trap(17, "perplexity is of windows that start from zero", "the Penn Treebank script",
         lambda: of_learning.both_ways(load("penn_treebank"))),
    Trap(18, "one seed gives different weights in different scripts", "scripts with validation data", None,
         "data and weights have generators of their own."),
    Trap(19, "the axis of updates is not in millions", "the axes of its figures", None, "it is a label."),
    Trap(20, "validation loss is stored as test loss", "the Penn Treebank notebook", None,
         "whatever is stored here has its own name."),
    Trap(21, "entropies at one radius, errors at another", "the notebook of Fig. 7", None,
         "entropy is blind to the radius; both are of the same runs here."),
    Trap(22, "one point is left out, and an entropy is of one matrix", "the notebook of Fig. 7", _one_matrix),
    Trap(23, "tests take differences from one baseline as independent", "the notebook of Fig. 4",
         _shared_baseline),
    Trap(24, "the mark at radius 1.5 is typed in", "the notebook of Fig. 2d", None,
         "marks come from the table here."),
    Trap(25, "it does not import", "missing names and modules, paths of one cluster", None,
         "its behaviour was rebuilt from reading it."),
)  # fmt: skip


def traps() -> str:
    """Every trap with where it stands and what it changes, as a list in Markdown."""
    return "\n".join(map(str, TRAPS))
