"""Successive halving: many settings for a little while, the better ones for longer, the best one to the end.

A *point* is a condition that is reported, such as one kind of network at one radius; a *setting* is a
learning rate and a clip. At every point all settings train for the updates of the first rung, each from
scratch; those with the lowest validation error go on to the second rung, and so on. One is left, and it alone
trains at length, on seeds of its own. Test data are not looked at before. At a few points, `whole`, every
setting trains at length, too, so that what was cut can be seen.

Source: Jamieson and Talwalkar 2016. Differs: a run does not go on from the rung before, it starts again; so
each is an archived run like any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from .configs import RunConfig, digest

Fields = Mapping[str, object]


@dataclass(frozen=True)
class Halving:
    """A grid that is not run whole. Calling it gives every run that could become part of it.

    Args: points, settings: fields of a run, each; settings in the order in which equals are preferred.
          common: all the other fields. seed: of the rungs, and of the whole grids.
          rungs: (updates, how many settings go on), the last of them 1. final: fields of the runs at length;
          seeds: theirs. whole: of these points every setting trains at length.
    Raises: ValueError unless the rungs grow longer and narrower, down to one setting.
    """

    points: tuple[Fields, ...]
    settings: tuple[Fields, ...]
    common: Fields
    seed: int
    rungs: tuple[tuple[int, int], ...]
    final: Fields
    seeds: tuple[int, ...]
    whole: tuple[Fields, ...] = ()

    def __post_init__(self):
        lengths = [*(updates for updates, _ in self.rungs), self.final["updates"]]
        widths = [len(self.settings), *(keep for _, keep in self.rungs)]
        if sorted(set(lengths)) != lengths or sorted(set(widths), reverse=True) != widths or widths[-1] != 1:
            raise ValueError(
                f"rungs: expected more updates and fewer settings each time, down to 1, got {self.rungs} "
                f"of {len(self.settings)} settings, before {lengths[-1]} updates"
            )
        if self.seed in self.seeds:
            raise ValueError(f"seed: expected one that is not among {self.seeds}, got {self.seed}")
        if strange := [point for point in self.whole if point not in self.points]:
            raise ValueError(f"whole: expected some of the points, got {strange[0]}")

    # --- the runs there may be ---------------------------------------------------------------------

    def __call__(self) -> Iterator[RunConfig]:
        return chain(*(runs for runs in self._runs.values()))

    @cached_property
    def _runs(self) -> dict[tuple[int, int, int], tuple[RunConfig, ...]]:
        """The runs of (stage, point, setting); most of them are never trained."""
        made = {}
        for stage, (how, seeds, only) in enumerate(self._stages):
            for p, point in enumerate(self.points):
                for k, setting in enumerate(self.settings if only is None or point in only else ()):
                    fields = {**self.common, **point, **setting, **how}
                    made[stage, p, k] = tuple(RunConfig(**fields | {"seed": seed}) for seed in seeds)
        return made

    @cached_property
    def _stages(self) -> tuple[tuple[Fields, tuple[int, ...], tuple[Fields, ...] | None], ...]:
        """Of each stage: fields, seeds, and its points if they are not all. Rungs, whole grids, the end."""
        rungs = [
            (dict(updates=updates, eval_every=updates, end_every=None), (self.seed,), None)
            for updates, _ in self.rungs
        ]
        whole = [(self.final, (self.seed,), self.whole)] if self.whole else []
        return (*rungs, *whole, (self.final, self.seeds, None))

    @property
    def n_stages(self) -> int:
        return len(self._stages)

    def is_final(self, seed: int, updates: int) -> bool:
        """Whether a run is one that is reported: at length, on the seeds for that."""
        return updates == self.final["updates"] and seed in self.seeds

    @property
    def n_final(self) -> int:
        """How many runs are reported."""
        return len(self.points) * len(self.seeds)

    def definition(self) -> list:
        """What tells this schedule from another one over the same runs."""
        return [list(rung) for rung in self.rungs]

    @cached_property
    def _places(self) -> dict[RunConfig, tuple[int, int]]:
        return {run: (p, k) for (_, p, k), runs in self._runs.items() for run in runs}

    def place_of(self, run: RunConfig) -> tuple[int, int]:
        """Point and setting of a run, by their numbers."""
        return self._places[run]

    # --- which of them ---------------------------------------------------------------------------------

    def kept(self, rungs: int, scores: Mapping[str, float]) -> dict[int, list[int]]:
        """The settings that go on after so many rungs, by point, of the points that have come so far.

        Args: scores: the validation error of each run that is done, by its run_id; infinite if it diverged.
        """
        found = {}
        for p in range(len(self.points)):
            left = list(range(len(self.settings)))
            for stage, (_, keep) in enumerate(self.rungs[:rungs]):
                ids = {k: self._runs[stage, p, k][0].run_id for k in left}
                if not scores.keys() >= set(ids.values()):
                    break
                left = sorted(sorted(left, key=lambda k: (_score(scores[ids[k]]), k))[:keep])
            else:
                found[p] = left
        return found

    def runs(self, stage: int, scores: Mapping[str, float]) -> list[RunConfig]:
        """The runs of a stage at the points whose rungs before it are done, in order; see `kept`."""
        if self.whole and stage == len(self.rungs):
            left = dict.fromkeys(range(len(self.points)), range(len(self.settings)))
        else:
            left = self.kept(min(stage, len(self.rungs)), scores)
        return [
            run for p, settings in left.items() for k in settings for run in self._runs.get((stage, p, k), ())
        ]

    def needed(self, scores: Mapping[str, float]) -> list[RunConfig]:
        """Every run that these scores call for, as far as they go."""
        return [run for stage in range(self.n_stages) for run in self.runs(stage, scores)]

    def planned(self) -> list[RunConfig]:
        """As many runs of every stage as there will be: what it costs is known before it is known which."""
        left = [len(self.settings), *(keep for _, keep in self.rungs)]  # at each rung, and at the end
        if self.whole:
            left.insert(len(self.rungs), len(self.settings))
        return [
            run
            for stage, n in enumerate(left)
            for p in range(len(self.points))
            for k in range(n)
            for run in self._runs.get((stage, p, k), ())
        ]

    def record(self, scores: Mapping[str, float]) -> list[dict]:
        """For a manifest: of each rung its updates, runs done, settings kept, and a digest of which."""
        rows = []
        for stage, (updates, keep) in enumerate(self.rungs):
            done = [run for run in self.runs(stage, scores) if run.run_id in scores]
            going = self.kept(stage + 1, scores)
            ids = [self._runs[stage, p, k][0].run_id for p, left in going.items() for k in left]
            rows.append(
                {"updates": updates, "keep": keep, "runs": len(done), "kept": len(ids), "digest": digest(ids)}
            )
        return rows

    def settings_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these fields that a setting, or a stage, decides: no choice of runs may name them."""
        fixed = {*self.settings[0], *self.final, "seed", "updates"}
        return tuple(name for name in names if name in fixed)


def _score(value: float) -> float:
    return math.inf if math.isnan(value) else value
