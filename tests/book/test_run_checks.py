"""`make test` runs every check, whichever fails."""

import re
import sys

from helpers import ROOT
from tools import run_checks

SAY = f"{sys.executable} -c \"print('{{}}')\""


def checks_of_make_test() -> list[str]:
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1]
    return re.findall(r"^\t  ([a-z]+) '", recipe, re.MULTILINE)


def test_every_check_runs_and_one_that_fails_is_named(capsys):
    arguments = ["one", SAY.format("first"), "two", "exit 3", "three", SAY.format("third")]
    assert run_checks.main(arguments) == 1
    said = capsys.readouterr().out
    assert re.search(r"one +ok .*\ntwo +FAILED .*\nthree +ok ", said)
    assert said.index("first\n") < said.index("third\n")


def test_all_that_succeed_succeed(capsys):
    assert run_checks.main(["one", "true", "two", "true"]) == 0
    assert "FAILED" not in capsys.readouterr().out


def test_the_summary_has_the_time_of_each_check_and_of_its_processor(capsys):
    spin = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    run_checks.main(["spins", f'{sys.executable} -c "{spin}"', "waits", "sleep 0.5"])
    said = dict(re.findall(r"(\w+) +ok .* ([\d.]+) s of processor", capsys.readouterr().out))
    assert float(said["spins"]) >= 0.5 > 0.3 > float(said["waits"])


def test_the_last_line_of_pytest_is_in_the_summary(capsys):
    run_checks.main(["tests", SAY.format("==== 3 passed, 1 skipped in 2.50s ====")])
    assert capsys.readouterr().out.rstrip().endswith("==== 3 passed, 1 skipped in 2.50s ====")


def test_make_test_has_all_its_checks():
    assert checks_of_make_test() == ["browser", "lint", "tests", "book", "chapters", "pdf", "pages"]
