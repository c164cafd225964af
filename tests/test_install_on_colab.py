"""pip beside what is there: it adds what is missing, changes nothing, and says so."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from daleslaw_lib import install_on_colab


def test_everything_installed_is_fixed_where_pip_can_read_its_version():
    found = install_on_colab.installed()
    lines = install_on_colab.constraints(found | {"from-the-system": "1.1ubuntu0.2"}).splitlines()
    assert {f"{name}=={found[name]}" for name in ("numpy", "torch", "pandas")} <= set(lines)
    assert not [line for line in lines if line.startswith("from-the-system")]
    for line in lines:
        Requirement(line)


@pytest.fixture
def pip(monkeypatch):
    """A pip that ends as told, among distributions before and after it."""
    calls, states = [], []

    def run(command, **options):
        calls.append((command, Path(command[command.index("--constraint") + 1]).read_text()))
        return SimpleNamespace(returncode=int(not states), stderr="no room\n")

    monkeypatch.setattr(install_on_colab.subprocess, "run", run)
    monkeypatch.setattr(install_on_colab, "installed", lambda: states.pop(0) if states else {"numpy": "2.0"})
    return calls, states


def test_pip_adds_what_is_missing_under_constraints(pip, tmp_path):
    calls, states = pip
    states += [{"numpy": "2.0.2"}, {"numpy": "2.0.2", "anywidget": "0.9"}]
    assert install_on_colab.add(tmp_path) == "added anywidget 0.9"
    ((command, constraints),) = calls
    assert constraints == "numpy==2.0.2\n" and f"{tmp_path}[widgets]" in command


def test_a_change_of_what_was_there_is_an_error(pip, tmp_path):
    pip[1].extend([{"numpy": "2.0.2"}, {"numpy": "2.4.6"}])
    with pytest.raises(RuntimeError, match="changed numpy 2.0.2 to 2.4.6"):
        install_on_colab.add(tmp_path)


def test_pips_failure_keeps_its_words(pip, tmp_path):
    with pytest.raises(RuntimeError, match="no room"):
        install_on_colab.add(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"daleslaw_lib": "2", "psygnal": "1"}, "added daleslaw_lib 2, psygnal 1"),
        ({"daleslaw_lib": "1"}, {"daleslaw_lib": "2"}, "changed daleslaw_lib 1 to 2"),
        ({"daleslaw_lib": "1"}, {"daleslaw_lib": "1"}, "added nothing"),
    ],
)
def test_what_is_said_is_what_has_changed(before, after, said):
    assert install_on_colab.differences(before | {"numpy": "2"}, after | {"numpy": "2"}) == (said, [])


def test_a_package_that_pip_removes_has_changed():
    assert install_on_colab.differences({"numpy": "2"}, {}) == ("added nothing", ["numpy 2 to nothing"])


def test_of_two_copies_of_a_package_the_first_counts(monkeypatch):
    copies = [SimpleNamespace(metadata={"Name": "numpy"}, version=v) for v in ("2.0", "1.0")]
    monkeypatch.setattr(install_on_colab.metadata, "distributions", lambda: copies)
    assert install_on_colab.installed() == {"numpy": "2.0"}
