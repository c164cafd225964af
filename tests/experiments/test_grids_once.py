"""A grid of runs is built once, and so is a run's name: both are asked for again and again."""

from collections import Counter
from dataclasses import replace

import pytest

from daleslaw_lib import experiments, notebook
from daleslaw_lib.evidence import claims, starts, summary
from daleslaw_lib.experiments import Experiment, configs


@pytest.fixture
def built(monkeypatch):
    """How often each grid has been built, by experiment and scale."""
    count = Counter()

    def counted(name, scale, grid):
        def build():
            count[name, scale] += 1
            return grid()

        return build

    for name, e in experiments.EXPERIMENTS.items():
        grids = {scale: counted(name, scale, grid) for scale, grid in e.grids.items()}
        monkeypatch.setitem(experiments.EXPERIMENTS, name, replace(e, grids=grids))
    return count


def test_what_chapter_4_opens_builds_no_grid_twice(built):
    """The archives, whatever is asked of them, and the claims on them."""
    for name in ("one_layer_mnist", "three_layer_mnist", "adding", "penn_treebank", "replay"):
        archive = notebook.archive(name)
        assert archive.total and archive.configs and archive.provenance
        if name != "replay":
            assert len(summary.beside_the_paper(archive)) and summary.rows(archive)
    starts.initial_spectra(notebook.archive("one_layer_mnist"))
    claims.check("mnist3-colei", "adding-colei", "words-colei")
    assert built and set(built.values()) == {1}


def test_the_runs_are_one_tuple_that_nobody_can_change():
    e = experiments.get("size")
    assert isinstance(e.runs("paper"), tuple) and e.runs("paper") is e.runs("paper")
    with pytest.raises(ValueError, match="scale: expected"):
        e.runs("galactic")


def test_an_experiment_made_of_another_builds_its_own_grid():
    e = experiments.get("size")
    few = e.runs("smoke")[:2]
    other = replace(e, grids={"smoke": lambda: few})
    assert other.runs("smoke") == few and len(e.runs("smoke")) > 2
    assert other != e and replace(e) == e


def test_the_same_run_twice_is_one():
    run = experiments.get("size").runs("smoke")[0]
    assert Experiment("toy", "", "", {"smoke": lambda: [run, run]}).runs("smoke") == (run,)


@pytest.mark.parametrize("name", ["size", "spectra"])
def test_a_runs_name_is_worked_out_once_and_is_its_own(name, monkeypatch):
    first, second = (replace(run) for run in experiments.get(name).runs("smoke")[:2])
    asked = []
    original = configs.digest
    monkeypatch.setattr(configs, "digest", lambda content: (asked.append(content), original(content))[1])
    assert first.run_id == first.run_id != second.run_id == second.run_id
    assert len(asked) == 2
    changed = replace(first, seed=first.seed + 1000)
    assert changed.run_id != first.run_id and changed != first
    assert replace(changed, seed=first.seed).run_id == first.run_id
    assert hash(replace(first)) == hash(first)  # whether or not its name has been asked for
