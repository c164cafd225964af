"""What a chapter needs to live with an archive that is missing, damaged, old, or of another definition.

    ratios = archive("ei_ratio")                         # the archive, or a box that says what to do
    show(figures.learning_curves, ratios)                # the figure, or the same box

A cell ends in one of these, so the rest of the page works whatever is archived.
"""

from __future__ import annotations

import html
from collections.abc import Callable

import pandas as pd

from . import HOME, experiments
from .archive import manifests, reading
from .archive.reading import Archive, ArchiveError
from .evidence import chapters, claims, prose, wording


class Missing:
    """Stands for an archive that cannot be shown, and shows itself as a box with the reason."""

    def __init__(self, experiment: str, reason: str):
        self.experiment, self.reason = experiment, reason

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"Result not available: {self.experiment}. {self.reason}"

    def _repr_html_(self) -> str:
        style = "border: 1px solid #b58900; border-left-width: 6px; padding: 0.6em 1em; margin: 0.5em 0;"
        return (
            f'<div role="note" style="{style}"><strong>Result not available: {html.escape(self.experiment)}.'
            f"</strong><br>{html.escape(self.reason)}</div>"
        )


class Waiting(Missing):
    """Stands for an archive that is declared and that nobody has made yet, and shows itself as a sentence."""

    def __repr__(self) -> str:
        again = experiments.again(self.experiment, "paper")
        return f"{WAITS} They are declared, and so is what they are to decide; {again} makes them."

    def _repr_html_(self) -> str:
        again = experiments.again(self.experiment, "paper")
        words = str(self).removeprefix(WAITS).replace(again, f"<code>{html.escape(again)}</code>")
        return f'<p role="note"><em>{WAITS}</em>{words}</p>'


WAITS = "This waits for its runs."


def archive(experiment: str, scale: str | None = None, *, whole: bool = False) -> Archive | Missing:
    """The largest archive of an experiment, or of a scale; or what is wrong, with the command that mends it.

    Where the book itself has not archived the experiment yet, a sentence says so.

    `whole`: with the runs that chose settings, see `reading.load`.

    Raises: ValueError for an unknown experiment or scale.
    """
    try:
        found = reading.load(experiment, scale, whole=whole)
    except ArchiveError as error:
        return (
            Waiting(experiment, _short(error)) if _to_come(experiment) else Missing(experiment, _short(error))
        )
    strange = len(found.runs) - len(found.configs)
    if strange:
        return Missing(
            experiment,
            f"{strange} of its {len(found.runs)} runs belong to another definition of the experiment; "
            f"run: {experiments.again(experiment, found.scale)}",
        )
    return found


def _to_come(experiment: str) -> bool:
    """Whether it is declared for a chapter of the book, and has an archive neither there nor here."""
    published = {place.split("/")[0] for place in manifests.listed(HOME.parent / "results")}
    here = reading.archived_scales(experiment, unfinished=True)
    return experiment in chapters.CHAPTERS and bool(published) and experiment not in published and not here


def _short(error: ArchiveError) -> str:
    """The reason, with paths from the results folder: a page does not tell where it was built."""
    return str(error).replace(str(reading.root()), "results")


def show(make: Callable, *arguments, **options):
    """make(*arguments, **options); a box if an argument is missing, or an archive holds too little.

    Too little is whatever `make` refuses with a ValueError, as means of fewer than two runs are, or looks for
    in vain, as for a condition that was not run.
    """
    for argument in (*arguments, *options.values()):
        if isinstance(argument, Missing):
            return argument
    try:
        return make(*arguments, **options)
    except LookupError as error:
        reason = f"no {error}" if isinstance(error, KeyError) else "a condition was not run"
    except ValueError as error:
        reason = str(error)
    return Missing("this result", f"The archive holds too little for it: {reason}")


def verdicts(**expected: str) -> pd.DataFrame | Missing:
    """The table of these claims, each asserted to have the verdict that the page speaks of.

    Names are the claims' with "_" for "-"; verdicts those of `claims.VERDICTS`.

    Raises: AssertionError if the archive says otherwise: the prose beside it is then out of date.
    """
    names = [name.replace("_", "-") for name in expected]
    try:
        findings = claims.check(*names)
    except ArchiveError as error:
        return Missing("claims", _short(error))
    for finding, verdict in zip(findings, expected.values()):
        e = finding.effect
        assert finding.verdict == verdict, (
            f"{finding.claim.name}: expected {verdict!r}, got {finding.verdict!r}: "
            f"effect {e.mean:.3g} ({e.low:.3g} to {e.high:.3g}), n {e.n}, {finding.evidence}"
        )
    table = wording.table(findings).set_index("claim")
    return table if table.doubts.any() else table.drop(columns="doubts")


class Said(str):
    """Markdown that shows itself as such."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


def tell(make: Callable[..., str], *arguments, **options) -> Said | Missing:
    """The sentences that `make` writes; a box if an archive is missing or holds too little."""
    text = show(make, *arguments, **options)
    return text if isinstance(text, Missing) else Said(text)


def judged(*names: str) -> Said | Missing:
    """The table of these claims as the page shows it, and what is still open."""
    try:
        return Said(prose.verdicts(claims.check(*names)))
    except ArchiveError as error:
        return Missing("claims", _short(error))


def stands(statement: str, holds: Callable[..., bool], *archives) -> Said | None:
    """Nothing if what the page says holds for these archives; a visible note if it does not.

    Where an archive is missing or holds too little there is nothing to compare, and nothing is shown.
    """
    found = show(holds, *archives)
    if isinstance(found, Missing) or found:
        return None
    return Said(f"> **Not so in this archive.** The text says: {statement}. The runs archived here differ.")
