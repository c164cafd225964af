"""An experiment of five tiny runs: trained, interrupted, killed, in this process or in one of its own."""

import os
import signal
import sys
from functools import cache
from pathlib import Path

import pytest

from daleslaw_lib import training
from daleslaw_lib.archive import reading
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.running import runner
from daleslaw_lib.tasks import mnist
from helpers import ROOT, TESTS
from helpers.configs import config

UPDATES = 24
SUBSET = cache(mnist._subset)  # unpacked once
PROBE = 4  # updates of a fingerprint, which no test counts
TOTAL = 5 * UPDATES  # network-updates


def grid(**changes):
    """Two ensembles: three RNNs, the last of which diverges, and two DANNs."""
    rnn = dict(kind="rnn", clip=None) | changes
    runs = [config(**rnn), config(**rnn, seed=1), config(**rnn | {"lr": 1e30}, seed=2)]
    return [*runs, config(**changes), config(**changes, seed=1)]


TOY = Experiment("toy", "A toy", "Figure 0", {"smoke": grid, "paper": lambda: grid(updates=2000)})
SMOKE = ("toy", "smoke")


# What a test that needs a process of its own runs: the command line, with the toy registered and
# trained a little more slowly; `signal` and `at` say which signal it sends itself, at which update.
DRIVER = """
import os, signal, sys, time
import torch
torch.set_num_threads(1)
from helpers import toy
from daleslaw_lib import __main__, experiments
from daleslaw_lib.training import Training
experiments.EXPERIMENTS = {{"toy": toy.TOY}}
Training.run.__kwdefaults__["checkpoint_seconds"] = 0  # every update
advance, done = Training.advance, [0]
def slow(self):
    advance(self)
    done[0] += self.updates > {probe}
    time.sleep({sleep})
    if done[0] == {at}:
        os.kill(os.getpid(), signal.{signal})
Training.advance = slow
sys.exit(__main__.main(sys.argv[1:]))
"""


def driver(folder: Path, signal="SIGINT", at=-1, sleep=0.0) -> list[str]:
    """A command that runs `daleslaw` with the toy experiment."""
    script = folder / "driver.py"
    script.write_text(DRIVER.format(signal=signal, at=at, sleep=sleep, probe=PROBE))
    return [sys.executable, str(script)]


def environment(root: Path, library: Path = ROOT) -> dict[str, str]:
    return os.environ | {
        "DALESLAW_RESULTS": str(root),
        "PYTHONPATH": os.pathsep.join([str(library), str(TESTS)]),
        "OMP_NUM_THREADS": "1",
    }


def stop_at(patch, k, action):
    """Call `action` after the k-th update from now on."""
    advance, done = training.Training.advance, []

    def counted(self):
        advance(self)
        if self.updates > PROBE:
            done.append(self)
            if len(done) == k:
                action()

    patch.setattr(training.Training, "advance", counted)
    return done


def send(number):
    return lambda: os.kill(os.getpid(), number)


def raises(error):
    def action():
        raise error

    return action


def interrupted(k=UPDATES + 10, **arguments) -> str:
    """Run the toy and interrupt it after k updates; the message."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(runner.Interrupted) as stopped:
        stop_at(patch, k, send(signal.SIGINT))
        runner.run(*SMOKE, **arguments)
    return str(stopped.value)


def refusal(error=reading.ArchiveError, **arguments) -> str:
    with pytest.raises(error) as refused:
        runner.run(*SMOKE, **arguments)
    assert "\n" not in str(refused.value)
    return str(refused.value)
