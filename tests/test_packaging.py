"""The lock and pyproject.toml say the same thing."""

import importlib.metadata
import re

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from helpers import ROOT
from tools import lock

tomllib = pytest.importorskip("tomllib")


PINS = dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", lock.LOCK.read_text("utf-8"), re.MULTILINE))
WANTED = [Requirement(line) for line in lock.wanted()]


def asks_for(requirement: Requirement, extras: set[str]) -> bool:
    """Whether a requirement applies, on any platform, when these extras are asked for."""
    marker = requirement.marker
    if marker is None or "extra" not in str(marker):
        return True
    return any(marker.evaluate(default_environment() | {"extra": extra}) for extra in extras)


def test_every_line_of_the_lock_is_a_plain_pin():
    lines = [line for line in lock.LOCK.read_text("utf-8").splitlines() if line[:1] != "#"]
    assert len(lines) == len(PINS) > 50, "requirements.txt: expected only name==version lines"
    assert not [v for v in PINS.values() if "+" in v]
    assert not [name for name in PINS if lock.ACCELERATOR.match(name)]


@pytest.mark.parametrize("requirement", WANTED, ids=str)
def test_every_range_of_pyproject_admits_its_pin(requirement):
    name = canonicalize_name(requirement.name)
    assert name in PINS, f"{name} is in pyproject.toml and not in the lock: run make lock"
    assert requirement.specifier.contains(Version(PINS[name]), prereleases=True)


def test_the_lock_was_derived_from_these_ranges():
    assert f"# ranges: {lock.digest()}\n" in lock.LOCK.read_text("utf-8"), "run make lock"


def test_nothing_in_the_lock_is_an_orphan():
    reached, queue = {}, [(canonicalize_name(r.name), set(r.extras)) for r in WANTED]
    while queue:
        name, extras = queue.pop()
        if name in reached and extras <= reached[name]:
            continue
        reached[name] = reached.get(name, set()) | extras
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        for child in map(Requirement, requires):
            if asks_for(child, reached[name] or {""}):
                queue.append((canonicalize_name(child.name), set(child.extras)))
    assert set(PINS) <= set(reached)


def test_the_citation_names_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
