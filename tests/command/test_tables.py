"""Numbers as the command prints them: of the best settings, on a narrow terminal, and as JSON."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.__main__ import main
from daleslaw_lib.archive import reading
from daleslaw_lib.command import tables
from helpers.configs import config
from helpers.toy import TOY

pytestmark = pytest.mark.usefixtures("one_thread", "root")


def printed(capsys, *words):
    """Exit code, lines of stdout, lines of stderr."""
    capsys.readouterr()
    code = main(list(words))
    said = capsys.readouterr()
    return code, said.out.splitlines(), said.err.splitlines()


def strict(lines):
    """What lines of JSON say; NaN and infinity, which JSON does not know, are refused."""

    def refused(name):
        raise ValueError(f"no JSON: {name}")

    return json.loads("\n".join(lines), parse_constant=refused)


def tried(monkeypatch, n_valid=0, **values):
    """An experiment of small runs, two seeds of each value of a field, or of two fields."""
    (name, first), *others = values.items()
    runs = [
        config(kind="rnn", clip=None, seed=s, n_valid=n_valid, **{name: v}) for v in first for s in (0, 1)
    ]
    for other, second in others:
        runs = [replace(run, **{other: value}) for run in runs for value in second]
    monkeypatch.setitem(experiments.EXPERIMENTS, "toy", replace(TOY, grids={"smoke": lambda: runs}))
    return runs


def test_of_several_learning_rates_the_best_is_shown_and_which_data_chose_it(monkeypatch, capsys):
    tried(monkeypatch, n_valid=100, lr=(0.2, 1e-4))
    code, lines, errors = printed(capsys, "run", "toy")
    assert (code, errors) == (0, []) and "no table" not in "\n".join(lines)
    assert lines[-2] == "each at its best lr, by validation error"
    (row,) = [line for line in lines if "RNN" in line]
    runs = reading.load("toy").runs
    means = runs.groupby("lr").valid_error.mean()
    assert f" {means.idxmin():g} " in row and " lr " in lines[1]
    assert f" {100 * runs[runs.lr == means.idxmin()].late_test_error.mean():.2f} " in row
    assert printed(capsys, "show", "toy")[1] == lines[1:]
    found = strict(printed(capsys, "show", "toy", "--json")[1])
    assert found["chosen"] == lines[-2] and len(found["conditions"]) == 1
    assert found["conditions"][0]["lr"] == f"{means.idxmin():g}"


def test_what_tells_runs_apart_and_is_not_a_condition_is_named(monkeypatch, capsys):
    tried(monkeypatch, hidden=(8, 12), lr=(0.1, 0.2))
    _, lines, _ = printed(capsys, "run", "toy")
    message = "runs of one condition differ in hidden, lr, which the experiment's `by` does not name"
    assert lines[1] == f"no table of conditions: {message}"
    assert printed(capsys, "show", "toy", "--json") == (1, [], [f"daleslaw: {message}"])


def test_settings_that_nothing_chooses_are_named(monkeypatch, capsys):
    tried(monkeypatch, lr=(0.1, 0.2))
    message = "no table of conditions: runs of one condition differ in lr, and none has a valid_error"
    assert printed(capsys, "run", "toy")[1][1] == message


def test_a_run_tells_what_came_of_it_as_json(monkeypatch, capsys, root):
    code, lines, errors = printed(capsys, "run", "toy", "--json")
    found = strict(lines)
    assert (code, errors) == (0, [])
    assert (found["runs"], found["kept"], found["dropped"]) == (5, 0, 0)
    assert found["path"] == str(root / "toy" / "smoke") and found["seconds"] > 0
    shown = strict(printed(capsys, "show", "toy", "--json")[1])
    assert {name: found[name] for name in shown} == shown and len(shown["conditions"]) == 2
    tried(monkeypatch, hidden=(8, 12))
    found = strict(printed(capsys, "run", "toy", "--fresh", "--json")[1])
    assert found["conditions"] == [] and found["why"].startswith("runs of one condition differ in hidden,")


def test_a_narrow_terminal_gets_fewer_columns_and_never_a_row_in_two(monkeypatch, capsys):
    main(["run", "toy"])
    found = tables.numbers(reading.load("toy"))[0]
    widths = {}
    for width in (60, 80, 100, 1000):
        monkeypatch.setattr(tables, "columns", lambda stream, otherwise, width=width: width)
        lines = tables.table(reading.load("toy")).splitlines()[:-1]
        widths[width] = max(map(len, lines))
        assert widths[width] <= width and "mean test error (%)" in lines[0] and "paper" in lines[0]
        assert len(lines) == 1 + len(found)
    assert sorted(set(widths.values())) == list(widths.values())[: len(set(widths.values()))]
    assert all(name in lines[0] for name in tables.SPARE)


def test_a_table_that_fits_no_terminal_is_printed_as_it_is(monkeypatch):
    monkeypatch.setattr(tables, "columns", lambda stream, otherwise: 10)
    wide = pd.DataFrame([{"network": "a name that is longer than a line", "paper": "1"}])
    assert tables._fitting(wide) == wide.to_string(index=False)
