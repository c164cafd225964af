"""A whole experiment on a Slurm cluster: python -m tools.slurm_sweep EXPERIMENT SCALE

Start it on the login node, in a folder that all nodes share, inside tmux or as a small job of its own. It
asks Slurm for workers of one core each, hands them the chunks, and archives each that comes back.
Stopped at any moment, by you or by the queue's limit, the same command goes on from the checkpoints.
"""

import os
import sys

from dask_jobqueue import SLURMCluster
from distributed import Client

from daleslaw_lib.running import executors, runner

JOBS = 50  # at most, at a time
SETTINGS = dict(
    queue="normal",  # your partition
    account=None,  # your project, where the cluster wants one
    cores=8,  # of a job ...
    processes=8,  # ... shared by as many workers, one core each
    memory="16GB",  # of a job: `daleslaw plan` says what a chunk needs
    walltime="04:00:00",
    worker_extra_args=["--lifetime", "230m", "--lifetime-stagger", "5m"],  # leave before the limit
    job_script_prologue=[f"export {name}=1" for name in executors.THREADS],
    local_directory="/tmp",
)


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        sys.exit("usage: python -m tools.slurm_sweep EXPERIMENT SCALE")
    experiment, scale = arguments
    with SLURMCluster(**SETTINGS) as cluster, Client(cluster) as client:
        cluster.adapt(minimum_jobs=1, maximum_jobs=JOBS)
        outcome = runner.run(
            experiment, scale, executor=client.get_executor(pure=False), threads=1, device="cpu", resume=True
        )
        print(f"{outcome.n_trained} runs are in {outcome.path}")


if __name__ == "__main__":
    os.environ.setdefault("DALESLAW_RESULTS", os.path.abspath("results"))  # the same for every node
    main(sys.argv[1:])
