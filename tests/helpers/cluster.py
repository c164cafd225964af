"""A Dask cluster of this machine, whose processes can be killed one by one."""

import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from daleslaw_lib.experiments import Experiment
from helpers.configs import config
from helpers.toy import environment

UPDATES, CHUNKS = 60, 4
TOY = Experiment(
    "toy", "A toy", "Figure 0",
    {"smoke": lambda: [
        config(kind=kind, hidden=hidden, updates=UPDATES, seed=seed)
        for kind in ("rnn", "dann") for hidden in (8, 10) for seed in (0, 1)
    ]},
)  # fmt: skip

DRIVER = """
import sys
from helpers import cluster
from daleslaw_lib import __main__, experiments
if __name__ == "__main__":
    experiments.EXPERIMENTS = {{"toy": cluster.TOY}}
    sys.exit(__main__.main(sys.argv[1:]))
"""


# What each worker loads first: a checkpoint every update, a pause after it, and a line in a log.
SLOW = """
import os, time
from daleslaw_lib.training import Training
Training.run.__kwdefaults__["checkpoint_seconds"] = 0
advance = getattr(Training, "plain_advance", Training.advance)  # this file may be loaded twice
Training.plain_advance = advance
def logged(self):
    if self.network.readout.b.element_size() == 8:  # a miniature, in double precision: not of the run
        return self.plain_advance()
    with open({log!r}, "a") as log:
        log.write(f"{{self.network.kind}} {{self.network.readout.W.shape[2]}} {{self.update_index}}\\n")
    self.plain_advance()
    time.sleep(0.02)
Training.advance = logged
"""


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path, root: Path):
        self.folder, self.running = folder, []
        self.environment = environment(root) | {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
        self.log = folder / "updates.log"
        (folder / "slow.py").write_text(SLOW.format(log=str(self.log)))
        (folder / "driver.py").write_text(DRIVER.format())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"

    def start(self, *words: str) -> subprocess.Popen:
        output = open(self.folder / "output.log", "ab")
        process = subprocess.Popen(
            [sys.executable, *words], cwd=self.folder, env=self.environment, stdout=output, stderr=output
        )
        self.running.append(process)
        return process

    def scheduler(self) -> subprocess.Popen:
        port = self.address.rsplit(":", 1)[1]
        options = ["--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show"]
        return self.start("-m", "distributed.cli.dask_scheduler", *options)

    def worker(self) -> subprocess.Popen:
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60"]
        preload = ["--preload", str(self.folder / "slow.py"), "--local-directory", str(self.folder)]
        return self.start("-m", "distributed.cli.dask_worker", self.address, *options, *preload)

    def driver(self, *words: str) -> subprocess.Popen:
        command = ["run", "toy", "--scale", "smoke", "--threads", "1", "--scheduler", self.address, *words]
        return self.start(str(self.folder / "driver.py"), *command)

    def updates(self) -> Counter:
        """How often each update of each chunk was begun."""
        return Counter(self.log.read_text().splitlines()) if self.log.exists() else Counter()

    def wait_for(self, what, seconds: float = 60):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, (self.folder / "output.log").read_text()[-3000:]
            time.sleep(0.02)
