"""Every chapter survives any archive, an empty one too: boxes and notes in place of results, no traceback.

With DALESLAW_FULL=1, as in `make test-full`, also those of one condition and of the smoke scale.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.archive import reading, writing
from helpers import ROOT
from helpers.notebooks import opens

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


def code_cells(chapter):
    return [cell for cell in nbformat.read(chapter, 4).cells if cell.cell_type == "code"]


def reads_results(chapter):
    source = "".join(cell.source for cell in code_cells(chapter))
    return any(word in source for word in ("archive(", "judged(", "claims."))


READING = [chapter for chapter in CHAPTERS if reads_results(chapter)]
full = pytest.mark.skipif(os.environ.get("DALESLAW_FULL") != "1", reason="long; DALESLAW_FULL=1 runs it")


def part_of_the_archive(folder, chosen):
    """The largest archive of each experiment again, with those of its runs that `chosen(archive)` names."""
    for name in experiments.EXPERIMENTS:
        for scale in reading.archived_scales(name)[-1:]:
            part = reading.load(name, scale)
            part = part.only(chosen(part))
            manifest = {key: value for key, value in part.manifest.items() if key not in ("schema", "tables")}
            writing.write(folder / name / scale, part.tables, manifest)
    return folder


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory):
    return part_of_the_archive(tmp_path_factory.mktemp("three"), lambda part: part.runs.run_id[:3])


@pytest.fixture(scope="module")
def one_condition(tmp_path_factory):
    def first(part):
        alike = replace(part.configs[0], seed=0)
        return [run.run_id for run in part.configs if replace(run, seed=0) == alike]

    return part_of_the_archive(tmp_path_factory.mktemp("condition"), first)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smoke")
    for name, experiment in experiments.EXPERIMENTS.items():
        if "smoke" in experiment.scales:
            command = [sys.executable, "-m", "daleslaw_lib", "run", name, "--scale", "smoke"]
            environment = os.environ | {"DALESLAW_RESULTS": str(folder), "OMP_NUM_THREADS": "1"}
            subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return folder


def test_the_chapters_that_read_results_are_known():
    """Of the others no archive can be wrong: nbval's comparison is all there is to ask."""
    assert [chapter.stem for chapter in CHAPTERS if chapter not in READING] == [
        "01_dales_law",
        "02_building_ei_networks",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("chapter", READING, ids=lambda path: path.stem)
def test_a_chapter_runs_without_an_archive_and_with_three_runs_of_each_experiment(
    chapter, tmp_path, three_runs
):
    assert len(reading.load_from(three_runs / "transplants" / "paper").runs) == 3
    opens(chapter, tmp_path, three_runs)


@full
@pytest.mark.parametrize("chapter", READING, ids=lambda path: path.stem)
def test_a_chapter_runs_with_one_condition_of_each_experiment_and_with_smoke_results(
    chapter, one_condition, smoke
):
    opens(chapter, one_condition, smoke)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_committed_chapter_shows_no_missing_result_and_no_path(chapter):
    for cell in code_cells(chapter):
        text = str(cell.outputs)
        assert str(Path.home()) + "/" not in text and str(CHAPTERS[0].parents[1]) not in text, cell.id
        assert "Result not available" not in text, cell.id
        assert "Not so in this archive" not in text, cell.id


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_figure_has_a_caption_a_name_and_a_description(chapter):
    names = []
    for cell in code_cells(chapter):
        pictures = any("image/png" in output.get("data", {}) for output in cell.outputs)
        if pictures:
            show = cell.metadata.get("mystnb", {})
            assert show.get("figure", {}).get("caption"), f"{cell.id}: no caption"
            assert show.get("image", {}).get("alt"), f"{cell.id}: no alt text"
            names.append(show["figure"]["name"])
    assert len(set(names)) == len(names)


COMMAND = re.compile(r"^daleslaw run (\w+) --scale (\w+)(.*)$", re.MULTILINE)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_commands_that_run_it_again_do_not_meet_a_finished_archive(path):
    """Without --fresh it is left alone; one that is finished in part is gone on with by --resume."""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        printed = "".join(cell["source"]) if cell["cell_type"] == "markdown" else ""
        for name, scale, options in COMMAND.findall(printed):
            if scale == "smoke" or not reading.is_archived(reading.folder(name, scale)):
                continue
            found = reading.load(name, scale, whole=True)
            wanted = "--fresh" if len(found.runs) == found.total else "--resume"
            assert wanted in options.split(), f"{name} --scale {scale}{options}"
