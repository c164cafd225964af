"""What the Tab key finishes in a shell: names of experiments, their scales, fields of runs and their values.

    pip install 'daleslaw_lib[completion]'
    eval "$(register-python-argcomplete daleslaw)"      # bash and zsh; once, in ~/.bashrc

Without argcomplete nothing here is used.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import fields

from .. import experiments


def install(parser: argparse.ArgumentParser) -> None:
    """For the Tab key: answer the shell, if it is the shell that asks; the process then ends here."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser, always_complete_options=False)


def names(prefix: str, **_) -> Iterable[str]:
    """For the Tab key: every experiment's name."""
    return experiments.EXPERIMENTS


def scales(prefix: str, parsed_args: argparse.Namespace, **_) -> Iterable[str]:
    """For the Tab key: the scales of the experiment that is named already; all there are, if none is."""
    experiment = experiments.EXPERIMENTS.get(getattr(parsed_args, "experiment", None))
    return experiments.SCALES if experiment is None else experiment.scales


def choices(prefix: str, parsed_args: argparse.Namespace, **_) -> Iterable[str]:
    """For the Tab key: FIELD= for fields in which the runs differ; after "=", the field's values."""
    experiment = experiments.EXPERIMENTS.get(getattr(parsed_args, "experiment", None))
    scale = getattr(parsed_args, "scale", None)
    if experiment is None or scale not in experiment.scales:
        return []
    runs = experiment.runs(scale)
    values = {f.name: dict.fromkeys(str(getattr(run, f.name)) for run in runs) for f in fields(runs[0])}
    name, equals, _ = prefix.partition("=")
    if equals:
        return [f"{name}={value}" for value in values.get(name, ())]
    return [f"{name}=" for name in values if len(values[name]) > 1]
