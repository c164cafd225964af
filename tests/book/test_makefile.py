"""What `make` hands on and where it writes, however its folder is called and whatever is set up elsewhere."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers import ROOT
from tools import installed, serve

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
# A Python that only says what it was asked, and makes environments of copies of itself.
PYTHON = """#!/bin/sh
echo "$PWD: $*" >> "$ASKED"
[ "$*" = "-m tools.book_cache fresh" ] && exit ${STALE:-0}
[ "$2" = venv ] || exit 0
for folder; do :; done
mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" && cp "$0" "$folder/bin/jupyter-book"
"""
POLLUTED = {
    "PYTHONPATH": "/elsewhere",
    "PYTHONSAFEPATH": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONDEVMODE": "1",
    "PYTHONSTARTUP": "/elsewhere/start.py",
    "JUPYTER_PATH": "/elsewhere",
    "JUPYTER_PLATFORM_DIRS": "1",
    "MPLBACKEND": "TkAgg",
    "MATPLOTLIBRC": "/elsewhere/matplotlibrc",
    "GIT_DIR": "/elsewhere/.git",
    "PIP_TARGET": "/elsewhere",
    "FORCE_COLOR": "1",
}
PREFIX = Path(sys.prefix).resolve()
OWN = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")


@pytest.fixture(params=["book", "my book", "Zo\u00eb's b\u00f6ok, (2)", "a$b `c` #d"])
def checkout(request, tmp_path, monkeypatch):
    """A folder of that name with the Makefile, and a Python that installs nothing."""
    folder = tmp_path / "around" / request.param
    folder.mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    asked = tmp_path / "asked"
    asked.touch()

    def make(*arguments, **settings):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MAKE", "MFLAGS"))}
        return subprocess.run(
            ["make", f"PYTHON={python}", *arguments],
            cwd=folder,
            env=environment | {"ASKED": str(asked)} | settings,
            capture_output=True,
            text=True,
        )

    return SimpleNamespace(folder=folder, make=make, asked=lambda: asked.read_text("utf-8").splitlines())


def test_an_installation_stays_in_its_folder(checkout):
    done = checkout.make("notebooks", "CHAPTERS=a.ipynb")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in checkout.folder.parent.iterdir()] == [checkout.folder.name]
    names = {path.name for path in checkout.folder.iterdir()}
    assert names == {"Makefile", "requirements.txt", "pyproject.toml", ".venv"}
    assert (checkout.folder / ".venv/ipython/profile_default/ipython_kernel_config.py").is_file()
    assert f"{checkout.folder}: -m tools.execute_notebooks a.ipynb" in checkout.asked()
    before = len(checkout.asked())
    checkout.make("notebooks")
    assert not [line for line in checkout.asked()[before:] if "-m pip" in line]  # once


def test_a_folder_that_was_moved_gets_a_new_environment(checkout):
    checkout.make("notebooks")
    moved = checkout.folder.with_name("moved")
    checkout.folder.rename(moved)
    before = len(checkout.asked())
    checkout.folder.mkdir()
    checkout.make("-C", str(moved), "notebooks")
    assert f"{moved}: -m venv --clear .venv" in checkout.asked()[before:]


def test_nothing_set_up_elsewhere_is_handed_on(checkout):
    done = checkout.make("--eval", "show: ; @env", "show", **POLLUTED)
    settings = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    assert not set(POLLUTED) & set(settings)
    assert {name: settings[name].startswith(f"{checkout.folder}/.venv/") for name in OWN} == dict.fromkeys(
        OWN, True
    )
    assert (
        settings["PIP_USER"] == "0" and settings["PYTHONUTF8"] == "1" and settings["PYTHONNOUSERSITE"] == "1"
    )


def test_where_python_is_and_how_it_writes_is_left_to_the_user(checkout):
    done = checkout.make(
        "--eval", "show: ; @env", "show", PYTHONUNBUFFERED="1", PIP_INDEX_URL="https://a.b/simple"
    )
    assert "PYTHONUNBUFFERED=1" in done.stdout and "PIP_INDEX_URL=https://a.b/simple" in done.stdout


@pytest.mark.parametrize(("stale", "built"), [("0", False), ("1", True)])
def test_a_book_is_built_if_something_has_changed_since_the_last_time(checkout, stale, built):
    done = checkout.make("book", STALE=stale)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "The book is built: _build/html/index.html"
    asked = "\n".join(checkout.asked())
    steps = ("tools.book_cache check", "tools.execute_ahead", "build . -n", "tools.book_cache done")
    assert {step in asked for step in steps} == {built}


def test_a_book_that_is_built_is_printed_and_its_pages_are_written_again_but_not_executed(checkout):
    (checkout.folder / "_build").mkdir()
    (checkout.folder / "_build/.built").touch()
    done = checkout.make("printed")
    assert done.returncode == 0, done.stderr
    words = [line.partition(": ")[2] for line in checkout.asked()]
    steps = (
        "--custom-builder singlehtml",
        "tools.browser print",
        "build . -n",
        "tools.check_html",
        "tools.book_cache done",
    )
    found = [next(step for step in steps if step in line) for line in words if any(s in line for s in steps)]
    assert found == list(steps) and not [line for line in words if "tools.execute_ahead" in line]


# --- what was installed ----------------------------------------------------------------------------


def test_a_whole_installation_has_no_faults():
    found = installed.faults(f"numpy=={version('numpy')}\n", PREFIX)
    assert [fault for fault in found if not fault.startswith("daleslaw_lib")] == []


def test_what_went_elsewhere_is_missing_or_old_is_named(tmp_path):
    found = installed.faults("numpy==0.1\nno-such-package==1\n", PREFIX)
    assert found[0].startswith("numpy is ") and found[1] == "no-such-package is missing"
    assert installed.faults(f"numpy=={version('numpy')}\n", tmp_path)[0] == "numpy is elsewhere"


# --- make serve ------------------------------------------------------------------------------------


def test_the_book_is_served_on_this_machine_alone(tmp_path):
    (tmp_path / "index.html").write_text("the book")
    with serve.server("0", tmp_path) as book:
        threading.Thread(target=book.serve_forever, daemon=True).start()
        assert book.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(f"http://127.0.0.1:{book.server_port}/") as reply:
            assert reply.read() == b"the book"
        book.shutdown()


def test_a_port_in_use_is_named_and_another_proposed(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            SystemExit, match=f"^PORT: expected one that is free, got {port} .*; try: make serve PORT="
        ):
            serve.main([str(port)])
    assert "The book is at" not in capsys.readouterr().out


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80 80", "\u0663", ""])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(SystemExit, match="^PORT: expected a number from 0 to 65535, got "):
        serve.main([port])
