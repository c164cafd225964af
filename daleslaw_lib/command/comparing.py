"""Numbers beside others: `show` the paper's, `compare` two results folders, `reproduce` archived runs."""

from __future__ import annotations

import secrets
import sys

from ..archive import reading
from . import tables, words


def show(arguments) -> int:
    """`daleslaw show`: an experiment's numbers beside the paper's."""
    archive = reading.load(arguments.experiment, arguments.scale)
    if arguments.json:
        return words.print_json(tables.as_dict(archive))
    print(tables.table(archive))
    return 0


def compare(arguments) -> int:
    """`daleslaw compare`: two results folders, run by run and in the mean."""
    from ..evidence import compare as comparison

    found = list(comparison.folders(arguments.a, arguments.b))
    if arguments.json:
        return words.print_json([comparison.as_dict(one) for one in found])
    print("\n".join(map(str, found)))
    return 0


def reproduce(arguments) -> int:
    """`daleslaw reproduce`: some of a figure's archived runs once more, each beside the archive's."""
    from ..evidence import reproduction
    from ..running import runner

    share, seed = reproduction.share_of(arguments.sample), arguments.seed
    if seed is None:
        seed = secrets.randbelow(10**6)
    elif seed < 0:
        raise ValueError(f"seed: expected a whole number >= 0, got {seed}")
    samples = reproduction.samples(arguments.figure, share, seed, arguments.scale)
    costs = [reproduction.seconds(sample) for sample in samples]
    progress = sys.stderr if arguments.json else sys.stdout
    found = []
    for sample, seconds in zip(samples, costs):
        print(
            f"{sample} (seed {seed}); about {words.duration(max(seconds, 1))} here", file=progress, flush=True
        )
    for sample in samples:
        try:
            again = reproduction.beside(sample, reproduction.run_again(sample))
        except runner.Interrupted as stopped:
            return words.fail(stopped, 128 + stopped.number)
        found += again
        for one in again:
            if not arguments.json:
                print(f"  {sample.archive.experiment.name}: {one}", flush=True)
    if arguments.json:
        runs = [
            {"experiment": s.archive.experiment.name, "scale": s.archive.scale, "run_id": run.run_id}
            for s in samples
            for run in s.runs
        ]
        rows = [where | reproduction.as_dict(one) for where, one in zip(runs, found)]
        words.print_json({"figure": arguments.figure, "seed": seed, "seconds": sum(costs), "runs": rows})
    else:
        print(reproduction.in_short(found))
    return 1 if any(one.verdict == "off" for one in found) else 0
