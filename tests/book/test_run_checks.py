"""`make test` runs every check, whichever fails, and those that may run beside another do."""

import re
import sys

import pytest

from helpers import ROOT
from tools import run_checks

SAY = f"{sys.executable} -c \"print('{{}}')\""
# Each makes a file, and ends only when it has seen the other's.
MEET = (
    f"{sys.executable} -c \"import pathlib, time; pathlib.Path('{{0}}').touch(); end = time.time() + 60\n"
    "while not pathlib.Path('{1}').exists(): assert time.time() < end; time.sleep(0.01)\""
)


def checks_of_make_test() -> list[str]:
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1]
    return re.findall(r"^\t  (\+?[a-z]+) '", recipe, re.MULTILINE)


def test_every_check_runs_and_one_that_fails_is_named(capsys):
    arguments = ["one", SAY.format("first"), "two", "exit 3", "+three", SAY.format("third")]
    assert run_checks.main(arguments) == 1
    said = capsys.readouterr().out
    assert re.search(r"one +ok .*\ntwo +FAILED .*\nthree +ok ", said)
    assert said.index("first\n") < said.index("third\n")


def test_all_that_succeed_succeed(capsys):
    assert run_checks.main(["one", "true", "+two", "true", "three", "true"]) == 0
    assert "FAILED" not in capsys.readouterr().out


def test_the_summary_has_the_time_of_each_check_and_of_its_processor(capsys):
    spin = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    run_checks.main(["spins", f'{sys.executable} -c "{spin}"', "waits", "sleep 0.5"])
    said = dict(re.findall(r"(\w+) +ok .* ([\d.]+) s of processor", capsys.readouterr().out))
    assert float(said["spins"]) >= 0.5 > 0.3 > float(said["waits"])


def test_what_may_runs_beside_another_check_and_one_after_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_checks.machine, "cores", lambda: 2)
    monkeypatch.chdir(tmp_path)
    after_b = f"{sys.executable} -c \"import pathlib; assert pathlib.Path('b').exists()\""
    assert run_checks.main(["a", MEET.format("a", "b"), "+b", MEET.format("b", "a"), "+c", after_b]) == 0


@pytest.mark.parametrize("fails", ["a", "b", "c"])
def test_one_that_fails_beside_others_stops_none(fails, capsys):
    words = [word for name in ("a", "+b", "+c") for word in (name, f"exit {int(name[-1] == fails)}")]
    assert run_checks.main(words) == 1
    assert re.findall(r"^(\w) +FAILED", capsys.readouterr().out, re.MULTILINE) == [fails]


def test_lines_of_two_checks_are_not_mixed(capsys):
    both = f"{sys.executable} -c \"for k in range(200): print('{{}}', k, flush=True)\""
    assert run_checks.main(["a", both.format("one"), "+b", both.format("two")]) == 0
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line[:4] in ("one ", "two ")]
    assert lines == ["one"] * 200 + ["two"] * 200


@pytest.mark.parametrize(("cores", "sizes"), [(1, [1, 1, 1, 1]), (2, [1, 3]), (8, [1, 3])])
def test_on_one_core_none_runs_beside_another(cores, sizes):
    found = run_checks.groups([(name, f"run {name}") for name in ("a", "b", "+c", "+d")], cores)
    assert [len(group) for group in found] == sizes
    assert [name for group in found for name, _ in group] == ["a", "b", "c", "d"]


def test_the_last_line_of_pytest_is_in_the_summary(capsys):
    run_checks.main(["tests", SAY.format("==== 3 passed, 1 skipped in 2.50s ====")])
    assert capsys.readouterr().out.rstrip().endswith("==== 3 passed, 1 skipped in 2.50s ====")


def test_make_test_has_all_its_checks():
    assert checks_of_make_test() == ["browser", "lint", "tests", "+book", "+chapters", "+pdf", "pages"]
