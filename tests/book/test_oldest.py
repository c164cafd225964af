"""Lower bounds are declared once, can be installed as they stand, and fit each other."""

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from helpers import ROOT
from tools import jupyter_book_2, oldest

tomllib = pytest.importorskip("tomllib")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_requirement_has_one_lower_bound_which_is_what_is_tried():
    for extra in ("widgets", "test", "lab", "cluster", "book"):
        for requirement in oldest.requirements(PYPROJECT, (extra,)):
            assert Version(oldest.oldest(requirement)) in requirement.specifier


@pytest.mark.parametrize("line", ["numpy", "numpy<3", "numpy>=1,>=2", "numpy==1.*"])
def test_a_bound_that_cannot_be_tried_is_refused(line):
    with pytest.raises(ValueError, match="^numpy: expected one lower bound, got "):
        oldest.oldest(Requirement(line))


def test_the_oldest_versions_know_numpy_2():
    """Whatever pip chooses within the ranges: a package built for NumPy 1 fails with NumPy 2, or worse."""
    first = {"torch": "2.3", "pandas": "2.2.2", "scipy": "1.13", "matplotlib": "3.9", "pyarrow": "16"}
    bounds = {r.name: Version(oldest.oldest(r)) for r in oldest.requirements(PYPROJECT)}
    assert not [name for name, version in first.items() if bounds[name] < Version(version)]


def test_what_runs_on_the_oldest_versions_is_the_suites_core_the_archive_and_the_claims():
    assert set(oldest.CHECKS) == {"suite", "verify", "claims", "smoke", "archives"}
    folders = [word for word in oldest.CHECKS["suite"].split() if word.startswith("tests/")]
    assert len(folders) > 10 and all((ROOT / folder).exists() for folder in folders)


def test_every_archive_is_read_whole(capsys):
    assert oldest.read_all() == len(list((ROOT / "results").glob("*/*/manifest.json")))
    assert "runs" in capsys.readouterr().out


# --- Jupyter Book 2 --------------------------------------------------------------------------------


def test_what_is_known_is_counted_and_what_is_new_is_named():
    log = (
        "⛔️ appendix/library.md:12 unknown directive: eval-rst\n"
        "⛔️ appendix/library.md:19 unknown directive: eval-rst\n"
        "📚 Built 17 pages\n"
        "⚠️  intro.md:3 unknown role: sparkle\n"
        "⚠️  intro.md:3 unknown role: sparkle\n"
    )
    known, others = jupyter_book_2.sort_out(log)
    assert sum(known.values()) == 2 and others == ["intro.md:3: unknown role: sparkle"]


def test_every_page_of_the_book_would_be_asked_for():
    names = jupyter_book_2.pages((ROOT / "_toc.yml").read_text("utf-8"))
    assert "intro" in names and len(names) > 10
    assert all(list(ROOT.glob(f"{name}.*")) for name in names)
