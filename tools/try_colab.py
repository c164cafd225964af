"""Walk into a chapter as on Colab: its versions, its environment, a stand-in for the repository. Minutes.

    python -m tools.try_colab FOLDER [CHAPTER ...]      # FOLDER: for an environment, kept

The environment gets the versions in `tests/colab.txt`. GitHub is replaced by a zip of this checkout, Colab's
session list by one that names it. The cell for Colab runs as it stands; then the rest of the chapter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ROOT / "tests" / "colab.txt"
NAME, BRANCH = "reader/fork", "main"

# What Colab has and this machine has not: a session list, google.colab, and github.com.
STUB = """
import io, json, os, sys, types, urllib.request, urllib.response

class Hosts(urllib.request.BaseHandler):
    handler_order = 0
    def https_open(self, request):
        assert request.full_url == "https://github.com/{name}/archive/{branch}.zip", request.full_url
        return self.reply(open({archive!r}, "rb"), request)
    def http_open(self, request):
        assert request.full_url == "http://colab:9000/api/sessions", request.full_url
        path = "fileId=https%3A%2F%2Fgithub.com%2F{owner}%2F{repo}%2Fblob%2F{branch}%2Fplay%2F{chapter}"
        return self.reply(io.BytesIO(json.dumps([dict(path=path, name={chapter!r})]).encode()), request)
    def reply(self, file, request):
        reply = urllib.response.addinfourl(file, {{}}, request.full_url, 200)
        reply.msg = "OK"
        return reply

urllib.request.install_opener(urllib.request.build_opener(Hosts))
os.environ.update(COLAB_RELEASE_TAG="stand-in", COLAB_JUPYTER_IP="colab", KMP_TARGET_PORT="9000")
output = types.ModuleType("google.colab.output")
output.enable_custom_widget_manager = lambda: None
output._widgets = types.SimpleNamespace(_installed_url=None)
sys.modules.update({{"google.colab": types.ModuleType("google.colab"), "google.colab.output": output}})
"""

RUN = """
import json, sys, time
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], 4)
assert notebook.cells[1].id == "colab", "the cell for Colab is the first code cell"
seconds = []
client = NotebookClient(
    notebook, timeout=600, resources={"metadata": {"path": sys.argv[2]}},
    on_cell_execute=lambda cell, cell_index: seconds.append(time.perf_counter()),
)
client.execute()
seconds.append(time.perf_counter())
said = "".join(output.get("text", "") for output in notebook.cells[1].outputs)
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
print(json.dumps({
    "said": said, "install": seconds[1] - seconds[0], "rest": seconds[-1] - seconds[1],
    "cells": len(code), "pictures": sum("image/png" in str(cell.outputs) for cell in code),
}))
"""


def archive(file: Path) -> None:
    """A zip of the checkout as GitHub makes it: one folder in it, the commit as its comment."""
    git = ["git", "-C", str(ROOT)]
    command = [*git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True).stdout.strip()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = commit
        for name in filter(None, names):
            if (ROOT / name).is_file():
                packed.write(ROOT / name, f"{NAME.split('/')[1]}-{BRANCH}/{name}")


def environment(folder: Path) -> Path:
    """The interpreter of a virtual environment with Colab's versions, and without the library."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", VERSIONS], check=True)
    missing = "daleslaw_lib", "anywidget", "psygnal"
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", *missing], check=True, capture_output=True)
    return python


def versions(python: Path) -> dict[str, str]:
    """Distributions in the environment, and when the files of torch and numpy were written."""
    code = (
        "import json, importlib.metadata as m, pathlib\n"
        "d = {x.metadata['Name']: x.version for x in m.distributions()}\n"
        "for n in ('torch', 'numpy'):\n"
        "    d[n + ', written'] = pathlib.Path(str(m.distribution(n)._path), 'RECORD').stat().st_mtime\n"
        "print(json.dumps(d))"
    )
    return json.loads(subprocess.run([python, "-c", code], check=True, capture_output=True).stdout)


def walk(python: Path, chapter: Path) -> None:
    """Run one chapter in a new folder; print what its cell for Colab said, and how long it took."""
    with tempfile.TemporaryDirectory() as scratch:
        zipped, profile = Path(scratch, "main.zip"), Path(scratch, "ipython", "profile_default", "startup")
        archive(zipped)
        profile.mkdir(parents=True)
        owner, repo = NAME.split("/")
        stub = STUB.format(
            name=NAME, owner=owner, repo=repo, branch=BRANCH, archive=str(zipped), chapter=chapter.name
        )
        (profile / "stub.py").write_text(stub)
        content = Path(scratch, "content")
        content.mkdir()
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DALESLAW", "PYTHON"))}
        path = f"{python.parent}{os.pathsep}{clean['PATH']}"
        settings = {"IPYTHONDIR": str(profile.parents[1]), "PATH": path, "JUPYTER_PREFER_ENV_PATH": "1"}
        done = subprocess.run(
            [python, "-c", RUN, str(chapter), str(content)],
            env=clean | settings,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    told = json.loads(done.stdout.splitlines()[-1])
    print(told["said"].strip())
    print(
        f"{chapter.stem}: cell for Colab {told['install']:.1f} s, the other {told['cells'] - 1} code cells "
        f"{told['rest']:.1f} s, {told['pictures']} pictures"
    )


def arguments(words: list[str]) -> tuple[Path, list[Path]]:
    """The environment's folder and the chapters, all of which are there; else one line, and the end."""
    if not words:
        sys.exit(
            "FOLDER: expected one for the environment, got none; see the first lines of tools/try_colab.py"
        )
    folder, *chapters = (Path(word).resolve() for word in words)
    if folder.is_file():
        sys.exit(f"FOLDER: expected a folder for the environment, got the file {words[0]}")
    for word, chapter in zip(words[1:], chapters):
        if chapter.suffix != ".ipynb" or not chapter.is_file():
            sys.exit(f"CHAPTER: expected a notebook, got {word}")
    return folder, chapters or [ROOT / "play" / "01_dales_law.ipynb"]


def main() -> None:
    folder, chapters = arguments(sys.argv[1:])
    started = time.perf_counter()
    python = environment(folder)
    print(f"environment with Colab's versions: {time.perf_counter() - started:.0f} s")
    for chapter in chapters:
        before = versions(environment(folder))
        walk(python, chapter)
        after = versions(python)
        changed = {name for name in before if before[name] != after.get(name)}
        print(f"new: {sorted(set(after) - set(before))}; changed: {sorted(changed)}")
        if changed:
            sys.exit(1)


if __name__ == "__main__":
    main()
