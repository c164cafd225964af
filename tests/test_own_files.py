"""Files of the reader's own: executed once, and what is wrong in one is said with its line."""

import sys

import pytest

from daleslaw_lib import own_files
from daleslaw_lib.__main__ import main
from daleslaw_lib.code_digests import library, training_code
from daleslaw_lib.experiments import again

pytestmark = pytest.mark.usefixtures("registries")


def written(folder, text, name="mine.py"):
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_a_file_is_executed_once_and_named_in_the_commands_that_need_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = written(tmp_path, f"open({str(tmp_path / 'done')!r}, 'a').write('x')\n", "my file.py")
    for name in ("my file.py", file):
        own_files.load(name)
    assert (tmp_path / "done").read_text() == "x" and own_files.loaded() == (file,)
    assert again("size", "smoke") == "daleslaw --module 'my file.py' run size --scale smoke"


@pytest.mark.parametrize(
    "text, message",
    [
        ("x = 1\nx + y\n", "module: mine.py, line 2: NameError: name 'y' is not defined"),
        ("x = 1\nx = = 2\n", "module: mine.py, line 2: SyntaxError: "),
        ("\ndef f():\n    raise ValueError('a: b')\nf()\n", "module: mine.py, line 3: a: b"),
        (
            "import sys\nsys.exit(3)\n",
            "module: mine.py, line 2: expected a file that goes on, got sys.exit(3)",
        ),
        ("x = '\0'\n", "module: mine.py: SyntaxError: source code string cannot contain null bytes"),
        (
            "from daleslaw_lib import register_task\nregister_task(3)\n",
            "module: mine.py, line 2: TypeError: task: expected a Task, got int",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_a_line_with_its_place(tmp_path, text, message, capsys):
    file = written(tmp_path, text)
    assert main(["--module", str(file), "list"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"daleslaw: {message}") and err.count("\n") == 1 and out == ""
    assert own_files.loaded() == ()


@pytest.mark.parametrize("name", ["none.py", ".", "mine.txt"])
def test_what_is_no_python_file_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "", "mine.txt")
    with pytest.raises(ValueError) as refused:
        own_files.load(name)
    assert str(refused.value) == f"module: expected a Python file, got {name!r}"


def test_workers_and_checkpoints_must_agree_in_the_file_too(tmp_path):
    before = library(), training_code()
    own_files.load(written(tmp_path, "x = 1\n"))
    with_it = library(), training_code()
    assert not set(before) & set(with_it)
    own_files._loaded.clear()
    own_files.load(written(tmp_path, "x = 2\n", "other.py"))
    assert not set(with_it) & {library(), training_code()}


def test_a_file_may_be_named_before_the_command_and_after_it(tmp_path, capsys):
    first, second = (
        written(tmp_path, "print('one')\n", "one.py"),
        written(tmp_path, "print('two')\n", "two.py"),
    )
    assert main(["--module", str(first), "list", "--json", "--module", str(second)]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["one", "two"]
    assert own_files.loaded() == (first.resolve(), second.resolve())


def test_files_of_one_name_in_two_folders_are_two_modules(tmp_path):
    files = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        files.append(written(tmp_path / folder, f"name = {folder!r}\n"))
        own_files.load(files[-1])
    found = [m for m in list(sys.modules.values()) if getattr(m, "__file__", "") in map(str, files)]
    assert sorted(module.name for module in found) == ["a", "b"]
