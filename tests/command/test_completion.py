"""What the Tab key offers: experiments, the scales of one, fields in which its runs differ, their values."""

import os
import subprocess
import sys
from argparse import Namespace

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.command import completion
from helpers import ROOT


def test_every_experiment_is_offered():
    assert set(completion.names("")) == set(experiments.EXPERIMENTS)


def test_scales_are_those_of_the_experiment():
    assert tuple(completion.scales("", Namespace(experiment="start_screen"))) == ("smoke", "laptop")
    assert tuple(completion.scales("", Namespace())) == experiments.SCALES


def test_fields_are_those_that_differ_and_values_those_there_are():
    parsed = Namespace(experiment="size", scale="paper")
    fields = completion.choices("", parsed)
    assert "hidden=" in fields and "task=" not in fields  # all are MNIST
    assert completion.choices("hidden=", parsed) == ["hidden=100", "hidden=300", "hidden=1000"]
    assert completion.choices("colour=", parsed) == []
    assert completion.choices("", Namespace(experiment="nothing", scale="smoke")) == []


@pytest.mark.parametrize(
    "line, offered",
    [
        ("daleslaw ver", ["verify"]),
        ("daleslaw run one_l", ["one_layer_mnist"]),
        ("daleslaw show one_c", ["one_cell"]),
        ("daleslaw run start_screen --scale ", ["smoke", "laptop"]),
        ("daleslaw plan size --scale paper --only hid", ["hidden="]),
        ("daleslaw plan size --scale paper --only hidden=3", ["300"]),  # a shell takes what follows the "="
        ("daleslaw plan size --proc", ["--processes"]),
    ],
)
def test_a_shell_is_answered(line, offered, tmp_path):
    pytest.importorskip("argcomplete", reason="argcomplete is not installed (extra [completion])")
    shell = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_COMP_WORDBREAKS": " \t\n\"'><=;|&(:",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "offered"),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    command = [sys.executable, "-m", "daleslaw_lib"]
    done = subprocess.run(command, env=os.environ | shell, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = [word.strip() for word in (tmp_path / "offered").read_text().splitlines()]
    assert [word for word in found if word[:1] != "-" or offered[0][:1] == "-"] == offered


def test_without_argcomplete_the_command_goes_on(monkeypatch, capsys):
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    completion.install(None)
    assert capsys.readouterr() == ("", "")
