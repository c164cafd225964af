"""A run with worker processes in a session of its own, as of a terminal: signals go to all of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from helpers.cluster import SLOW
from helpers.toy import environment

DRIVER = """
import sys
from helpers import cluster
from daleslaw_lib import __main__, experiments
experiments.EXPERIMENTS = {{"toy": cluster.TOY}}
{slow}
if __name__ == "__main__":
    print("up", flush=True)
    sys.exit(__main__.main(sys.argv[1:]))
"""


class Group:
    """`daleslaw run toy` of the cluster's toy, a little slower, with a log of its updates."""

    def __init__(self, folder: Path, root: Path, *words: str):
        self.log = folder / "updates.log"
        script = folder / "driver.py"
        script.write_text(DRIVER.format(slow=SLOW.format(log=str(self.log))))
        self.driver = subprocess.Popen(
            [sys.executable, str(script), "run", "toy", "--threads", "1", *words],
            env=environment(root), start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.driver.stdout.readline() == "up\n"

    def members(self) -> list[psutil.Process]:
        """All of its processes that are alive."""
        found = []
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self.driver.pid and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (ProcessLookupError, psutil.Error):
                pass
        return found

    def n_updates(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def wait_for(self, what, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, [process.cmdline() for process in self.members()]
            time.sleep(0.02)

    def send(self, number: int) -> tuple[int, str]:
        """A signal to all of them; exit status and standard error of the driver once none is left."""
        os.killpg(self.driver.pid, number)
        _, errors = self.driver.communicate(timeout=90)
        self.wait_for(lambda: not self.members())
        return self.driver.returncode, errors

    def end(self) -> None:
        for process in self.members():
            process.send_signal(signal.SIGKILL)
        self.driver.communicate()
