"""Whether an archive is what the library would make: whatever changed is named, and nothing else."""

import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import torch

from daleslaw_lib import HOME, experiments, fused, initialisation, jobs, networks, training, verification
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.initialisation import dale_starts, draw, rnn, starts
from daleslaw_lib.networks import network, weights
from daleslaw_lib.running import runner
from daleslaw_lib.tasks import mnist
from daleslaw_lib.training import loop, update
from helpers.archives import FILES, file_of, rewrite, snapshot
from helpers.configs import config
from helpers.toy import SMOKE, TOY, driver, environment, grid
from tools import index

pytestmark = pytest.mark.usefixtures("one_thread", "root")

REGISTERED = dict(experiments.EXPERIMENTS)


def problems() -> list[str]:
    found = verification.verify(*SMOKE)
    assert all("\n" not in line for line in found)
    return found


AGAIN = "run: daleslaw run toy --scale smoke --fresh"
MAKE = "(task mnist, layers 1, clip_by layer)"


def trained_differently(*kinds: str) -> list[str]:
    return [f"stale: the library trains {kind} {MAKE} differently since; {AGAIN}" for kind in kinds]


@pytest.fixture
def experiment(monkeypatch):
    """experiment(runs) registers a toy of these runs, from now on."""

    def experiment(runs):
        toy = Experiment("toy", "", "", {"smoke": lambda: runs})
        monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})

    return experiment


def test_a_finished_archive_is_clean(archived):
    assert problems() == []


def test_verify_changes_nothing(archived, root):
    before = snapshot(root)
    problems()
    assert snapshot(root) == before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["truncated", "deleted"])
def test_a_damaged_file_is_named(archived, name, damage):
    file = file_of(archived, name)
    content = file.read_bytes()
    file.unlink() if damage == "deleted" else file.write_bytes(content[:-20])
    (line,) = problems()
    assert line.startswith(f"damaged: {file}: expected ") and line.endswith(AGAIN)


def test_a_missing_archive_is_a_problem(root):
    (line,) = problems()
    assert "expected an archived result, got none" in line


def test_a_table_of_other_runs_is_damaged(archived):
    archive = reading.load("toy")
    tables = {"runs": archive.runs.iloc[1:], "curves": archive.curves}
    writing.write(archived, tables, archive.manifest)
    assert problems() == [f"damaged: its curves are not those of its runs; {AGAIN}"]


def test_a_run_that_is_there_twice_is_damage(archived):
    archive = reading.load("toy")
    twice = archive.runs.iloc[[0, *range(len(archive.runs))]]
    writing.write(archived, {"runs": twice, "curves": archive.curves}, archive.manifest)
    assert problems()[0] == f"damaged: its table holds a run twice; {AGAIN}"


def test_an_archive_of_some_of_the_runs_is_clean(archived, experiment):
    experiment([*TOY.runs("smoke"), config(seed=7)])
    assert problems() == [] and reading.load("toy").total == 6


@pytest.mark.parametrize("changes", [dict(updates=25), dict(lr=0.06), dict(seed=7)])
def test_runs_that_no_longer_belong_are_stale_and_may_be_replaced(archived, changes, experiment):
    runs = TOY.runs("smoke")
    experiment([*(replace(run, **changes) for run in runs[:2]), *runs[2:]])
    message = (
        "stale: 2 of its 5 runs are not in the definition of toy any more; "
        "run: daleslaw run toy --scale smoke to replace them"
    )
    assert problems() == [message]
    runner.run(*SMOKE)
    assert problems() == []


def test_other_data_are_stale(archived, monkeypatch):
    monkeypatch.setattr(mnist, "SUBSET_SHA256", "0" * 64)
    monkeypatch.setattr(verification, "fingerprint", lambda probe: [0.0] * 3)
    assert problems()[0] == f"stale: the data files of toy have changed since; {AGAIN}"


def test_other_initial_weights_are_stale_for_the_kind_they_concern(archived, monkeypatch):
    original = initialisation.rnn_weights
    monkeypatch.setattr(rnn, "rnn_weights", lambda *a, **k: original(*a, **k) * (1 + 1e-4))
    assert problems() == trained_differently("rnn")


@pytest.mark.parametrize(
    "name, kinds", [("step_", ["rnn", "dann"]), ("correct_", ["dann"]), ("project_", ["colei"])]
)
def test_another_update_rule_is_stale_for_the_kinds_it_concerns(name, kinds, experiment, monkeypatch):
    experiment([config(kind=kind, hidden=40, clip=None, updates=2) for kind in ["rnn", *kinds[-1:]]])
    runner.run(*SMOKE)
    monkeypatch.setattr(loop if name == "correct_" else update, name, lambda *_: None)
    monkeypatch.setattr(fused, "serves", lambda *_: False)  # where it would be passed over
    if name == "project_":  # whoever reads magnitudes puts them back, too
        monkeypatch.setattr(weights.Magnitudes, "magnitudes", lambda self: list(self.raw.values()))
    assert problems() == trained_differently(*kinds)


def test_another_way_to_clip_is_stale_where_the_probe_is_clipped(experiment, monkeypatch):
    experiment([config(clip=0.01, updates=2)])
    runner.run(*SMOKE)
    monkeypatch.setattr(update, "clip_", lambda *_: None)
    monkeypatch.setattr(fused, "serves", lambda *_: False)
    assert problems() == trained_differently("dann")


@pytest.mark.parametrize(
    "field, settings, owner, name",
    [
        ("frozen", dict(frozen=True), networks.FrozenWeight, "project_"),
        ("input_init", dict(input_init="he"), rnn, "rnn_he_input_weights"),
        ("vectors", dict(vectors="rnn", spectrum="colei"), draw, "transplant"),
    ],
)
def test_what_only_some_networks_are_made_with_is_stale_for_them_alone(
    field, settings, owner, name, experiment, monkeypatch
):
    experiment([config(kind="rnn", updates=2), config(kind="rnn", updates=2, **settings)])
    runner.run(*SMOKE)
    original = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *a, **k: None if name == "project_" else 1.01 * original(*a, **k))
    (line,) = problems()
    assert line.startswith("stale: the library trains rnn (") and f"{field} {settings[field]}" in line


@pytest.mark.parametrize("owner", [network, training])
def test_another_measure_or_order_of_the_data_is_stale(archived, owner, monkeypatch):
    if owner is training:
        monkeypatch.setattr(loop, "epoch_order", lambda seed, epoch, n: np.arange(n))
    else:
        monkeypatch.setattr(network, "weight_generator", lambda s: np.random.default_rng([s, 5]))
    assert len(problems()) == 2 and all(line.startswith("stale: ") for line in problems())


@pytest.mark.parametrize("recorded", [{}, {"run": [0, 0, 0]}])
def test_an_archive_without_fingerprints_is_stale(archived, recorded):
    rewrite(archived, fingerprint=recorded)
    expected = [f"stale: no fingerprint of {kind} {MAKE}; {AGAIN}" for kind in ("rnn", "dann")]
    assert problems() == expected


def test_a_change_of_comments_and_layout_stays_clean(archived, root, tmp_path):
    copy = tmp_path / "changed" / "daleslaw_lib"
    shutil.copytree(HOME, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for file in copy.rglob("*.py"):
        file.write_text(file.read_text() + "\n\n# a remark\n")
    environ = environment(root, copy.parent)
    command = [*driver(tmp_path), "verify"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1 archives, 0 with problems"


def test_a_fingerprint_is_deterministic(finished):
    for probe in jobs.all_probes(TOY.runs("smoke")):
        first = verification.fingerprint(probe)
        torch.manual_seed(1)
        assert verification.fingerprint(probe) == first and len(first) == 3


def test_a_probe_is_a_miniature_of_each_make_of_network():
    runs = grid(hidden=12, updates=900) + [config(seed=5, hidden=30, lr=1.0), config(clip=None)]
    probes = jobs.all_probes(runs)
    assert [(probe.kind, probe.clip) for probe in probes] == [("rnn", None), ("dann", 0.05), ("dann", None)]
    for probe in probes:
        assert (probe.updates, probe.hidden, probe.n_train) == (4, 40, 512)
        assert (probe.source, probe.dtype) == ("subset", "float64")


@pytest.mark.parametrize(
    "name",
    [n for n, e in experiments.EXPERIMENTS.items() if "smoke" in e.scales],  # none is fetched
)
def test_every_experiment_has_few_probes_and_each_can_be_trained(name):
    probes = jobs.all_probes(REGISTERED[name].runs(REGISTERED[name].scales[-1]))
    assert 1 <= len(probes) <= 20
    for probe in probes:
        assert np.isfinite(verification.fingerprint(probe)).all(), probe


def test_an_experiment_whose_first_run_diverges_can_be_clean(experiment):
    experiment([config(kind="rnn", lr=1e30, clip=None)])
    runner.run(*SMOKE)
    assert reading.load("toy").runs.diverged.all()
    assert problems() == []


# --- the manifest, and the list of archives ------------------------------------------------------------


def listed(root):
    (root / "index.json").write_text(index.text(root))


def test_every_fault_of_a_manifest_has_its_line(archived):
    rewrite(archived, parts=[], data=None)
    first, second = problems()
    assert first.startswith(f"damaged: {archived}/manifest.json: expected parts: ") and first.endswith(AGAIN)
    assert second.startswith(f"damaged: {archived}/manifest.json: expected data: ")


@pytest.mark.parametrize("name", ["device", "commit", "started", "torch", "wall_seconds"])
def test_a_manifest_changed_by_hand_is_damaged(archived, name):
    file = archived / "manifest.json"
    content = json.loads(file.read_text())
    value = content["parts"][0][name]
    content["parts"][0][name] = value + 1 if name == "wall_seconds" else f"{value}"[::-1]
    file.write_text(json.dumps(content))
    (line,) = problems()
    assert line.startswith(f"damaged: {file}: expected ") and line.endswith(AGAIN)


def test_what_a_manifest_lacks_that_reading_does_not_need_is_named(archived):
    part = json.loads((archived / "manifest.json").read_text())["parts"][0]
    del part["commit"]
    rewrite(archived, parts=[part])
    assert problems() == [f"damaged: expected parts[0].commit: a commit or null, got none; {AGAIN}"]


def test_a_row_that_is_not_its_run_is_damaged(archived):
    archive = reading.load("toy")
    tables = {"runs": archive.runs.assign(lr=0.5), "curves": archive.curves}
    writing.write(archived, tables, archive.manifest)
    (line,) = problems()
    assert line.startswith("damaged: its table says lr 0.5 of run ") and line.endswith(AGAIN)


def test_a_listed_archive_that_was_deleted_is_missed(archived, root):
    listed(root)
    assert verification.to_verify() == [SMOKE] and problems() == []
    shutil.rmtree(archived)
    assert verification.to_verify() == [SMOKE]
    assert problems() == [
        "missing: index.json lists it, and it is not there; restore it, or "
        "run: daleslaw run toy --scale smoke"
    ]


def test_a_listed_archive_whose_manifest_is_another_is_named(archived, root):
    listed(root)
    archive = reading.load("toy")
    parts = [archive.manifest["parts"][0] | {"device": "H100"}]
    writing.write(archived, archive.tables, archive.manifest | {"parts": parts})  # with a digest of its own
    (line,) = problems()
    assert line.startswith("changed: its manifest is not the one that index.json lists; ")
    listed(root)
    assert problems() == []


def test_an_archive_that_is_not_listed_is_no_fault(archived, root):
    (root / "index.json").write_text(json.dumps({"archives": {}}))
    assert verification.to_verify() == [SMOKE] and problems() == []


@pytest.mark.parametrize("name", ["nothing/smoke", "toy/huge", "toy/laptop", "../toy/smoke"])
def test_a_listed_experiment_that_there_is_not_is_named(archived, root, name):
    (root / "index.json").write_text(json.dumps({"archives": {name: "0" * 64}}))
    (pair,) = [pair for pair in verification.to_verify() if pair != SMOKE]
    (line,) = verification.verify(*pair)
    assert line == f"missing: index.json lists {name}, and there is no such experiment"


def test_the_tool_lists_what_is_there_and_says_when_it_is_out_of_date(archived, root, capsys):
    assert index.main(["--check"], root) == 1
    assert capsys.readouterr().err == "index.json: out of date; run: python -m tools.index\n"
    assert index.main([], root) == index.main(["--check"], root) == 0
    assert verification.to_verify() == [SMOKE] and problems() == []


def test_a_start_that_climbs_is_compared_as_far_as_it_repeats(monkeypatch):
    """Its probe is off by more than others may be if a decomposition rounds otherwise; another gain shows."""
    monkeypatch.setattr(experiments, "EXPERIMENTS", REGISTERED)
    archive = reading.load_from(HOME.parent / "results" / "start_screen" / "laptop")
    (probe,) = [p for p in jobs.all_probes(archive.configs) if p.start == "raised"]
    archive = replace(archive, runs=archive.runs[archive.runs.start == "raised"])
    assert verification.changed_numbers(archive) == []
    exactly, noise, svd = verification.fingerprint(probe), np.random.default_rng(0), np.linalg.svd
    with monkeypatch.context() as rounding:
        rounding.setattr(
            np.linalg, "svd", lambda W, **how: svd(W * (1 + 2e-16 * noise.normal(size=W.shape)), **how)
        )
        off = np.abs(np.divide(verification.fingerprint(probe), exactly) - 1).max()
        assert 1e-7 < off < starts.get("colei", "raised").repeats
        assert verification.changed_numbers(archive) == []
    scaled = dale_starts._scaled
    monkeypatch.setattr(dale_starts, "_scaled", lambda W, gain: scaled(W, 1.2 * gain))
    assert any("start raised" in line for line in verification.changed_numbers(archive))
