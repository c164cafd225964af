"""What repeats bit for bit, and what to a bound: each test is a line of the table in the appendix."""

import ast
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.training import load_checkpoint
from helpers import PYTHONPATH, ROOT, TESTS
from helpers.repeated import everything, numbers_of, runs, trained, training_of
from helpers.training import assert_same, build, state_of, stop_at

PAGE = ROOT / "appendix" / "run-it-yourself.md"
THREADS_APART = 1e-5  # of the largest number of an array, after six updates in single precision


@pytest.fixture(scope="module")
def numbers():
    """Draws and trainings of every kind, in this process."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield everything()
    torch.set_num_threads(before)


def elsewhere(folder, decimal_point=".", threads=1, **environment) -> dict[str, np.ndarray]:
    """The same in a process of its own."""
    file = folder / "numbers.npz"
    pools = {f"{pool}_NUM_THREADS": str(threads) for pool in ("OMP", "OPENBLAS", "MKL")}
    pools["OMP_WAIT_POLICY"] = "PASSIVE"  # threads that spin would wait for cores that others use
    done = subprocess.run(
        [sys.executable, "-m", "helpers.repeated", str(file), str(threads)], cwd=folder, text=True,
        env=os.environ | pools | {"PYTHONPATH": PYTHONPATH} | environment, capture_output=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with np.load(file) as found:
        found = dict(found)
    assert found.pop("decimal_point") == decimal_point
    return found


def made(name: str, folder) -> bool:
    """Whether a locale of that name could be put into the folder."""
    if shutil.which("localedef") is None:
        return False
    language, charset = name.split(".")
    command = ["localedef", "-i", language, "-f", charset, str(folder / name)]
    return subprocess.run(command, capture_output=True).returncode == 0


def test_the_same_run_twice_in_one_process(numbers):
    assert_same(everything(), numbers)


def test_a_process_of_its_own_with_another_hash_seed_folder_and_time_zone(numbers, tmp_path):
    changes = {"PYTHONHASHSEED": "1234", "TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONOPTIMIZE": "1"}
    assert_same(elsewhere(tmp_path, **changes), numbers)


@pytest.mark.parametrize(("name", "decimal_point"), [("de_DE.UTF-8", ","), ("C.UTF-8", ".")])
def test_another_locale(numbers, tmp_path, name, decimal_point):
    its_own = {} if name.startswith("C") else {"LOCPATH": str(tmp_path)}
    if its_own and not made(name, tmp_path):
        pytest.skip(f"this machine can make no locale {name}")
    assert_same(elsewhere(tmp_path, decimal_point, LC_ALL=name, PYTHONHASHSEED="0", **its_own), numbers)


def test_two_threads_agree_with_one_to_a_bound(numbers, tmp_path):
    found = elsewhere(tmp_path, threads=2)
    assert found.keys() == numbers.keys()
    for name, values in numbers.items():
        if name.endswith("eigenvalues"):  # in no particular order
            found[name], values = np.sort(np.abs(found[name])), np.sort(np.abs(values))
        np.testing.assert_allclose(found[name], values, rtol=0, atol=THREADS_APART * np.abs(values).max())


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_another_size_of_chunks(numbers, one_thread, kind, size):
    configs = runs(kind, range(3))
    chunks = [trained(configs[k : k + size]) for k in range(0, len(configs), size)]
    for name in chunks[0]:
        np.testing.assert_array_equal(
            np.concatenate([chunk[name] for chunk in chunks]), numbers[f"{kind}/{name}"], err_msg=name
        )


@pytest.mark.parametrize("optimiser", [None, "adam", "eg"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_resumed_at_any_update(kind, optimiser, tmp_path):
    settings = dict(layers=2, optimiser=optimiser, lr=[0.05] * 3)
    unbroken = build(kind, **settings)
    unbroken.run()
    for stop in range(unbroken.updates):
        path = tmp_path / f"{stop}.npz"
        stopped, resumed = build(kind, **settings), build(kind, **settings)
        stopped.run(checkpoint=path, should_stop=stop_at(stopped, stop))
        load_checkpoint(resumed, path)
        assert resumed.update_index == stop
        resumed.run()
        assert_same(state_of(resumed), state_of(unbroken))


def test_measuring_on_the_way_changes_nothing_that_is_trained(one_thread):
    plain = trained(runs("colei", range(2)))
    measured = training_of(runs("colei", range(2), spectra=True, mechanism=True))
    measured.run()
    found = numbers_of(measured)
    assert_same({name: found[name] for name in plain}, plain)


# --- the page ------------------------------------------------------------------------------------------


def lines() -> dict[str, str]:
    """Test by test, what the table says of it."""
    section = (
        PAGE.read_text("utf-8").partition("(determinism)=")[2].partition("\n## ")[2].partition("\n## ")[0]
    )
    rows = [row.strip("| \n").split(" | ") for row in section.splitlines() if row.startswith("| ")][2:]
    assert all(len(row) == 3 for row in rows)
    return {test: how for _, how, cell in rows for test in re.findall(r"`(\S+)`", cell)}


def test_every_line_of_the_table_names_tests_that_there_are():
    tests = lines()
    assert len(tests) > 10
    for test in tests:
        file, _, name = test.partition("::")
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


def test_every_test_of_this_file_is_in_the_table_and_its_bound_is_the_one_that_is_tested():
    tests, here = lines(), "running/test_determinism.py"
    own = [node.name for node in ast.parse((TESTS / here).read_text("utf-8")).body if _is_test(node)]
    assert {f"{here}::{name}" for name in own} <= set(tests)
    for how in tests.values():
        assert how.startswith(("bit for bit", "to ", "not")), how
    bound = tests[f"{here}::test_two_threads_agree_with_one_to_a_bound"]
    assert f"{THREADS_APART:g}" in bound.replace("10⁻⁵", "1e-05"), bound


def _is_test(node) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and "table" not in node.name
