"""Editors, containers and Binder name targets, folders, extras and versions that there are."""

import json
import re

import pytest

from helpers import ROOT

tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TARGETS = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PYTHON = (ROOT / "binder" / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")


def settings(name):
    return json.loads((ROOT / name).read_text("utf-8"))


def made_by(command):
    """The targets of a `make` command, after what the Makefile calls the mark of its environment."""
    program, *targets = command.split()
    assert program == "make"
    return targets


def test_a_dev_container_makes_what_the_makefile_makes():
    container = settings(".devcontainer/devcontainer.json")
    mark, *targets = made_by(container["postCreateCommand"])
    assert mark == ".venv/.installed" and set(targets) <= TARGETS
    assert container["image"].endswith(f"python:{PYTHON}")
    ports = container["portsAttributes"]
    assert set(map(int, ports)) == set(container["forwardPorts"])
    for label in (one["label"] for one in ports.values()):
        assert re.search(r"make (\w+)", label)[1] in TARGETS


def test_a_dev_container_has_room_for_three_notebooks_at_once():
    chapters = settings("benchmarks/chapters.json")["chapters"]
    three = sum(sorted(row["peak_megabytes"] for row in chapters)[-3:])
    memory = settings(".devcontainer/devcontainer.json")["hostRequirements"]["memory"]
    assert three < 1000 * int(memory.removesuffix("gb"))


def test_an_editor_runs_targets_that_there_are_in_the_environment_that_make_makes():
    for task in settings(".vscode/tasks.json")["tasks"]:
        assert set(made_by(task["command"])) <= TARGETS, task["label"]
    editor = settings(".vscode/settings.json")
    assert editor["python.defaultInterpreterPath"] == "${workspaceFolder}/.venv/bin/python"
    folders = [*editor["python.testing.pytestArgs"], editor["jupyter.notebookFileRoot"].split("/", 1)[1]]
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_an_editor_and_a_dev_container_recommend_the_same():
    container = settings(".devcontainer/devcontainer.json")["customizations"]["vscode"]["extensions"]
    assert set(settings(".vscode/extensions.json")["recommendations"]) <= set(container)


def test_an_image_copies_and_installs_what_is_there_and_is_not_root():
    assert re.search(r"^FROM python:([\d.]+)", DOCKERFILE, re.M)[1] == PYTHON
    for file in re.findall(r"(?:-r|--constraint|COPY --chown=\S+) (\S+)", DOCKERFILE):
        assert (ROOT / file).exists(), file
    assert set(re.findall(r'"\.\[(\w+)\]"', DOCKERFILE)) == {"lab"} <= set(EXTRAS)
    assert DOCKERFILE.index("\nUSER reader") < DOCKERFILE.index("\nRUN python -m venv")
    command = json.loads(re.search(r"^CMD (.*)", DOCKERFILE, re.M)[1])
    assert (ROOT / command[-1]).is_dir() and command[:2] == ["jupyter", "lab"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", "_build"} <= set(ignored)


def test_every_way_in_opens_notebooks_that_need_no_reader_of_markdown():
    """play/ is in plain Markdown, so none of them installs one."""
    requirements = pytest.importorskip("packaging.requirements")
    found = {one.name for one in map(requirements.Requirement, EXTRAS["lab"])}
    assert {"jupyterlab", "notebook", "anywidget", "ipykernel"} <= found
    binder = (ROOT / "binder" / "postBuild").read_text("utf-8")
    assert not any("myst" in one for one in (*found, binder, DOCKERFILE))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    opened = re.findall(r"jupyter lab (\w+)$", makefile, re.M)
    opened += json.loads(re.search(r"^CMD (.*)", DOCKERFILE, re.M)[1])[-1:]
    opened += [settings(".vscode/settings.json")["jupyter.notebookFileRoot"].split("/", 1)[1]]
    assert opened == ["play"] * 3


@pytest.mark.parametrize("page", ["README.md", "appendix/run-it-yourself.md", "Makefile", "Dockerfile"])
def test_extras_that_a_page_names_exist(page):
    text = (ROOT / page).read_text("utf-8")
    named = {
        extra for found in re.findall(r"(?:\.|daleslaw_lib)\[([\w,]+)\]", text) for extra in found.split(",")
    }
    assert named <= set(EXTRAS), named - set(EXTRAS)
