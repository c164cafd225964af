"""A process trains with one thread, unless more were measured to be faster; a plan is of as many."""

from dataclasses import replace

import pytest
import torch

from daleslaw_lib import experiments, machine, planning
from daleslaw_lib.__main__ import main
from daleslaw_lib.evidence import reproduction
from daleslaw_lib.running import runner, threads
from helpers import odd
from helpers.toy import interrupted

CPU = torch.device("cpu")
RUN = experiments.get("one_layer_mnist").runs("smoke")[0]
LARGE = replace(RUN, hidden=1000)

pytestmark = pytest.mark.usefixtures("one_thread")


class Machine:
    """Steps that take so long with one thread, and with two; a clock that they move."""

    def __init__(self, alone, together):
        self.now, self.seconds, self.counts = 0.0, {1: alone, 2: together}, {1: 0, 2: 0}

    def step(self):
        n = torch.get_num_threads()
        self.counts[n] += 1
        self.now += self.seconds[n]() if callable(self.seconds[n]) else self.seconds[n]

    def clock(self):
        self.now += 1e-9
        return self.now


def decided(machine):
    return threads.are_faster(machine.step, 2, clock=machine.clock)


@pytest.mark.parametrize(("alone", "together"), [(0.01, 0.0055), (0.01, 0.0079)])
def test_two_threads_are_taken_where_they_were_measured_to_be_faster(alone, together):
    machine = Machine(alone, together)
    assert decided(machine) and machine.now < 1.2 * threads.SECONDS


@pytest.mark.parametrize(("alone", "together"), [(0.01, 0.0085), (0.01, 0.01), (0.01, 0.6), (0.001, 60.0)])
def test_one_thread_is_taken_where_two_save_little_or_wait_for_each_other(alone, together):
    machine = Machine(alone, together)
    assert not decided(machine)
    assert machine.counts[2] * together < 1 + 2 * together  # and it is given up early


def test_two_threads_must_be_faster_in_every_round():
    machine = Machine(0.01, 0.005)
    machine.seconds[2] = lambda: 0.005 if machine.counts[2] < 50 else 0.02  # then somebody else comes
    assert not decided(machine)


def test_the_threads_of_torch_are_afterwards_as_before(monkeypatch):
    decided(Machine(0.01, 0.02))
    assert torch.get_num_threads() == 1
    with pytest.raises(KeyError), threads.of_torch(2):
        raise KeyError
    assert torch.get_num_threads() == 1


@pytest.fixture
def measured(monkeypatch):
    """What was measured; `answer` says with which result."""
    seen = []

    def answer(faster):
        monkeypatch.setattr(threads, "are_faster", lambda step, most, seconds: seen.append(most) or faster)
        return seen

    return answer


@pytest.mark.parametrize("faster", [True, False])
def test_large_networks_are_measured_and_the_measurement_decides(measured, faster):
    seen = measured(faster)
    assert threads.chosen([RUN, LARGE], CPU, 4) == (4 if faster else 1)
    assert seen == [4]


def test_nothing_is_measured_where_one_thread_is_known_to_be_best(measured):
    seen = measured(True)
    assert threads.chosen([RUN], CPU, 8) == 1  # too small to share
    assert threads.chosen([LARGE], CPU, 1) == 1  # one core
    assert threads.chosen([LARGE], torch.device("cuda"), 8) == 1
    assert threads.chosen(experiments.get("spectra").runs("laptop"), CPU, 8) == 1  # drawn
    assert seen == []


def test_a_plan_is_measured_with_as_many_threads_as_it_says(monkeypatch):
    seen = []

    def measure(example, place, seconds):
        seen.append(torch.get_num_threads())
        return planning.Shape(example, 1.0, 1.0)

    monkeypatch.setattr(planning, "measure_kind", measure)
    with threads.of_torch(2):  # what torch takes by itself, where nobody has said how many
        assert planning.plan([RUN], CPU).device.endswith("1 thread")
        assert planning.plan([RUN], CPU, threads=2).device.endswith("2 threads")
        assert torch.get_num_threads() == 2
    assert seen == [1, 2]
    assert planning.plan([RUN], CPU).threads == 1


def test_a_sample_is_priced_with_the_threads_that_will_run_it(monkeypatch):
    archive = type("Archive", (), {"manifest": {"parts": [{"threads": 1}, {"threads": 2}, {}]}})()
    sample, asked = reproduction.Sample(archive, (RUN,)), []
    monkeypatch.setattr(reproduction.machine, "cores", lambda: 64)

    def plan(runs, place, seconds, threads):
        asked.append(threads)
        return planning.Plan(1, 0.0, 0, (3.0,), "CPU", threads)

    monkeypatch.setattr(planning, "plan", plan)
    assert reproduction.seconds(sample) == 3.0 and asked == [2]
    monkeypatch.setattr(reproduction.machine, "cores", lambda: 1)
    assert reproduction.threads_of(sample) == 1


# --- what goes on ----------------------------------------------------------------------------------


def test_threads_are_noted_beside_checkpoints_and_one_is_not(tmp_path):
    folder = tmp_path / "checkpoints"
    assert threads.noted(folder, 8) == 1
    threads.note(folder, 4)
    assert threads.noted(folder, 8) == 4 and threads.noted(folder, 2) == 2
    for damaged in ("", "four", "-3", "\udcff"):
        (folder / "threads").write_bytes(damaged.encode("utf-8", "surrogatepass"))
        assert threads.noted(folder, 8) == 1
    threads.note(folder, 1)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("kind", [kind for kind in odd.KINDS if kind != "folder"])
def test_a_note_is_a_file_whatever_stands_in_its_place(kind, tmp_path):
    odd.put(tmp_path / "threads", kind)
    with odd.bounded(20):
        assert threads.noted(tmp_path, 8) == 1
        threads.note(tmp_path, 4)
        assert threads.noted(tmp_path, 8) == 4 and not (tmp_path / "threads").is_symlink()


def test_a_note_is_not_written_through_a_link(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "threads").symlink_to(precious)
    threads.note(tmp_path, 4)
    assert precious.read_text() == "precious" and threads.noted(tmp_path, 8) == 4


def test_a_run_that_goes_on_takes_the_threads_that_it_began_with(root, monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr(threads, "chosen", lambda *_: pytest.fail("it was measured again"))
    monkeypatch.setattr(torch, "set_num_threads", lambda n: None)  # two would wait for each other
    asked, trained = [], runner.run

    def run(*names, **options):
        asked.append(options["threads"])
        return trained(*names, **options)

    monkeypatch.setattr(runner, "run", run)
    interrupted(threads=2)
    assert main(["run", "toy", "--resume"]) == 0
    assert asked == [2, 2] and not (root / "toy" / "smoke" / "checkpoints").exists()
