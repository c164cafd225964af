"""The environments that people really have, each set up in a temporary folder and tried; a line each.

    python -m tools.environments [NAME ...]     # all of WALKS, or these; status 1 if any fails
    python -m tools.environments --list
    python -m tools.environments --record [NAME ...]     # keep what was found for the page "Run it yourself"

A walk copies the checkout as somebody would get it, changes one thing, and does what a newcomer does first:
reads an archive and draws it, trains a network of seconds, builds a page. Packages are those of this
environment (`.venv`), but for the walks over other Pythons, which install what pyproject.toml asks for. What
a machine cannot show, such as another user where one is not root, is skipped with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from . import oldest
from .newcomer import (
    FIRST,
    LIMIT,
    ROOT,
    SMOKE,
    Failed,
    Skip,
    copy,
    environment,
    first_steps,
    own_folders,
    page,
    run,
)

RECORD = ROOT / "benchmarks" / "environments.json"
USER = 54321  # the number of no user


# --- walks -----------------------------------------------------------------------------------------


def as_it_is(folder: Path) -> str:
    book = copy(folder)
    first_steps(book, environment(book))
    page(book, environment(book))
    if (
        strays := run(["git", "status", "--porcelain"], book)
        .replace("?? small/\n", "")
        .replace("?? runs/\n", "")
    ):
        raise Failed(f"left behind: {strays.split()[-1]}")
    return "imports, reads, trains, builds, and leaves nothing beside what it made"


def named(folder: Path) -> str:
    name = "My book's Übung, (№ 2) & co"
    book = copy(folder, name)
    first_steps(book, environment(book))
    page(book, environment(book))
    if [path.name for path in folder.iterdir()] != [name]:
        raise Failed(f"left beside the folder: {[path.name for path in folder.iterdir()]}")
    return f"in a folder called {name}"


def zipped(folder: Path) -> str:
    outer = folder / "project"
    outer.mkdir()
    run(["git", "init", "-q"], outer)
    run(["git", "remote", "add", "origin", "https://github.com/another/project"], outer)
    book = copy(outer, git=False)
    first_steps(book, environment(book))
    html = page(book, environment(book))
    if "another/project" in (html / "intro.html").read_text("utf-8"):
        raise Failed("a zip launches the repository that it was unpacked in")
    return "a zip without .git, unpacked in another repository, and not taken for it"


def homeless(folder: Path) -> str:
    book = copy(folder)
    nowhere = "/proc/nowhere" if Path("/proc").is_dir() else "/nonexistent"
    for home in (nowhere, None):
        env = environment(book, HOME=home, XDG_CACHE_HOME=None, XDG_CONFIG_HOME=None) | own_folders(book)
        first_steps(book, env)
        shutil.rmtree(book / "small", ignore_errors=True)
        page(book, env)
    return "HOME missing, and HOME that cannot be made; no warning on a page"


def locales(folder: Path) -> str:
    book = copy(folder)
    for name in ("C", "POSIX", "tr_TR.UTF-8", "xx_YY.KOI8-R"):
        env = environment(book, LANG=name, LC_ALL=name)
        first_steps(book, env)
    page(book, environment(book, LANG="C", LC_ALL="C"))
    return "C, POSIX, Turkish, and a locale that does not exist"


def windows_lines(folder: Path) -> str:
    book = copy(folder)
    clone = folder / "clone"
    run(["git", "-c", "core.autocrlf=true", "clone", "-q", book, clone], folder)
    wrong = [
        name for name in ("Makefile", ".ci/run", "binder/postBuild", "results") if _has_crlf(clone / name)
    ]
    if wrong:
        raise Failed(f"Windows line ends in {', '.join(wrong)}")
    first_steps(clone, environment(clone))
    run([sys.executable, "-m", "daleslaw_lib", "verify"], clone, environment(clone))
    return "core.autocrlf=true: scripts run, digests hold"


def _has_crlf(path: Path) -> bool:
    files = [path] if path.is_file() else sorted(path.rglob("*.json"))
    return any(b"\r\n" in file.read_bytes() for file in files)


def polluted(folder: Path) -> str:
    book = copy(folder)
    bad = folder / "elsewhere"
    bad.mkdir()
    for name in ("matplotlib", "nbformat", "yaml", "statistics"):
        (bad / f"{name}.py").write_text("raise RuntimeError('somebody else\\'s')\n")
    (bad / "matplotlibrc").write_text("font.size: 30\nbackend: TkAgg\n")
    settings = {
        "PYTHONPATH": str(bad), "PYTHONSAFEPATH": "1", "PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error",
        "MPLBACKEND": "TkAgg", "MATPLOTLIBRC": str(bad), "JUPYTER_PATH": str(bad), "IPYTHONDIR": str(bad),
    }  # fmt: skip
    show = "show: ; @PATH=\"$(PATH)\" env | grep -E '^(PYTHON|MPL|MATPLOTLIB|JUPYTER|IPYTHON)' | sort"
    if shutil.which("make") is None:
        raise Skip("make is not installed")
    said = run(["make", "--eval", show, "show"], book, environment(book) | settings)
    if leaked := [
        line for line in said.splitlines() if str(bad) in line or "TkAgg" in line or "SAFEPATH" in line
    ]:
        raise Failed(f"make hands on {leaked[0]}")
    handed = dict(line.partition("=")[::2] for line in said.splitlines())
    env = (
        {k: v for k, v in environment(book).items() if k not in settings} | handed | {"PYTHONPATH": str(book)}
    )
    page(book, env)
    return "PYTHONPATH, Matplotlib's and Jupyter's settings of somebody's own"


def _their_python() -> tuple[Path, Path]:
    """A Python of this version that another user can start, and the folder of this one's packages.

    Raises: Skip if this process is not root, or the other user cannot get there.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise Skip("only root can become another user")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    ours = [Path(sys.executable).resolve(), Path("/usr/bin", f"python{version}")]
    theirs = next((path for path in ours if path.exists() and _reachable(path)), None)
    packages = Path(sysconfig.get_paths()["purelib"])
    if theirs is None or not _reachable(packages / "numpy"):
        raise Skip(f"another user cannot reach Python {version} and its packages")
    return theirs, packages


def another_user(folder: Path) -> str:
    theirs, packages = _their_python()
    book = copy(folder)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, USER, USER, follow_symlinks=False)
    found = os.pathsep.join([str(book), str(packages)])
    env = environment(book, HOME=str(folder), PYTHONPATH=found) | own_folders(book)
    first_steps(book, env, theirs, user=USER, group=USER, extra_groups=[])
    ask = "from daleslaw_lib.code_digests import commit; print(commit())"
    if run([sys.executable, "-c", ask], book, environment(book)).strip() == "None":
        raise Failed("there is no commit of a checkout of another user's")
    return "a user who is not root and has no name; and root in that user's checkout"


def _reachable(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def read_only(folder: Path) -> str:
    """A checkout that its reader may not write in: archives are read, and a run says that it cannot write."""
    book = copy(folder)
    for path in [book, *book.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    python, env, who = sys.executable, environment(book), {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # root writes where nobody may
        python, packages = _their_python()
        env = environment(book, HOME=str(folder), PYTHONPATH=os.pathsep.join([str(book), str(packages)]))
        env |= {name: str(folder / "settings") for name in own_folders(book)}
        who = dict(user=USER, group=USER, extra_groups=[])
        (folder / "settings").mkdir()
        os.chown(folder / "settings", USER, USER)
    if said := run([python, "-c", FIRST], book / "chapters", env, **who).strip():
        raise Failed(f"reading an archive: expected silence, got {said.splitlines()[-1][:300]}")
    try:
        run([python, *SMOKE], book, env, **who)
    except Failed as fault:
        if "Permission denied" not in str(fault) or "Traceback" in str(fault):
            raise Failed(f"a run that may not write: expected a line that says so, got {fault}") from None
    else:
        raise Failed("a run that may not write: expected a line that says so, got none")
    for path in [book, *book.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    return "a checkout that cannot be written: archives are read, and a run says that it cannot write"


def one_core(folder: Path) -> str:
    if not hasattr(os, "sched_setaffinity"):
        raise Skip("this system cannot bind a process to a core")
    book, core = copy(folder), min(os.sched_getaffinity(0))
    first_steps(book, environment(book), preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    return "one core"


def two_gigabytes(folder: Path) -> str:
    if shutil.which("systemd-run") is None and not Path("/sys/fs/cgroup/cgroup.controllers").exists():
        raise Skip("this system cannot limit a process's memory")
    book = copy(folder)
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    env = environment(book) | {"DALESLAW_RESULTS": str(book / "runs")}
    peak = int(run([sys.executable, "-c", code, sys.executable, *SMOKE], book, env).splitlines()[-1])
    if peak > 1500:
        raise Failed(f"training takes {peak} MB")
    return f"training takes {peak} MB at most, in less than 2 GB"


def no_network(folder: Path) -> str:
    book = copy(folder)
    dead = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
    first_steps(book, environment(book) | dead)
    page(book, environment(book) | dead)
    return "a proxy that answers nobody, after the install"


def two_at_once(folder: Path) -> str:
    book = copy(folder)
    other = copy(folder, "other")
    command = [sys.executable, *SMOKE]
    started = [
        subprocess.Popen(command, cwd=b, env=environment(b) | {"DALESLAW_RESULTS": str(b / "runs")},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for b in (book, other)
    ]  # fmt: skip
    if any([process.wait(LIMIT) for process in started]):
        raise Failed("one of two runs at the same time fails")
    return "two at the same time"


def python(version: str) -> Callable[[Path], str]:
    """A walk with another Python, and the newest of what pyproject.toml allows for it."""

    def walk(folder: Path) -> str:
        interpreter = _interpreter(version)
        book = copy(folder)
        run([interpreter, "-m", "venv", folder / "venv"], folder)
        own = folder / "venv" / "bin" / "python"
        run([own, "-m", "pip", "install", "-q", "--disable-pip-version-check", ".[widgets]"], book)
        env = environment(book, PYTHONPATH=None)
        run([own, "-c", FIRST], book / "chapters", env | {"DALESLAW_RESULTS": str(book / "results")})
        run([own, *SMOKE], folder, env | {"DALESLAW_RESULTS": str(folder / "runs")})
        return f"Python {version}, the newest of everything, installed as a package"

    return walk


def _interpreter(version: str) -> str:
    """A Python of this version.

    Raises: Skip if there is none.
    """
    for name in (f"python{version}", "python3", "python"):
        found = shutil.which(name)
        ask = "import sys; print('%d.%d' % sys.version_info[:2])"
        if (
            found
            and subprocess.run([found, "-c", ask], capture_output=True, text=True).stdout.strip() == version
        ):
            return found
    raise Skip(f"there is no Python {version} here")


def oldest_versions(folder: Path) -> str:
    pinned = oldest.pins(oldest.pyproject())
    if failed := oldest.attempt(folder / "venv", pinned):
        raise Failed(f"with the oldest versions: {', '.join(failed)}")
    return f"the oldest of everything: {', '.join(pinned)}"


WALKS: dict[str, Callable[[Path], str]] = {
    "as-it-is": as_it_is,
    "named": named,
    "zipped": zipped,
    "homeless": homeless,
    "locales": locales,
    "windows-lines": windows_lines,
    "polluted": polluted,
    "another-user": another_user,
    "read-only": read_only,
    "one-core": one_core,
    "two-gigabytes": two_gigabytes,
    "no-network": no_network,
    "two-at-once": two_at_once,
    "python-3.10": python("3.10"),
    "python-3.12": python("3.12"),
    "python-3.13": python("3.13"),
    "oldest": oldest_versions,
}


def walk(name: str, look: Callable[[Path], str]) -> tuple[bool, str]:
    """One environment: whether it works or cannot be had here, and its line."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="environment-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        try:
            well, said = True, look(Path(folder))
            word = "ok"
        except Skip as reason:
            well, said, word = True, str(reason), "skipped"
        except Failed as fault:
            well, said, word = False, str(fault), "FAILED"
    return well, f"{name:<15} {word:<8} {time.perf_counter() - started:4.0f} s  {said}"


def main(arguments: list[str]) -> int:
    if arguments == ["--list"]:
        print("\n".join(WALKS))
        return 0
    record = arguments[:1] == ["--record"]
    arguments = arguments[record:]
    if unknown := [name for name in arguments if name not in WALKS]:
        sys.exit(f"{unknown[0]}: expected one of {', '.join(WALKS)}")
    failed = 0
    for name in arguments or WALKS:
        well, line = walk(name, WALKS[name])
        print(line, flush=True)
        failed += not well
        if record:
            keep(name, line)
    return 1 if failed else 0


def keep(name: str, line: str, file: Path = RECORD) -> None:
    """Put what was found of one environment beside what is known of the others, in the order of WALKS."""
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    _, word, _, _, said = line.split(maxsplit=4)
    known[name] = {"found": said if word == "ok" else f"{word}: {said}", "date": date.today().isoformat()}
    ordered = {walk: known[walk] for walk in WALKS if walk in known}
    file.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
