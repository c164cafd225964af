"""What SECURITY.md promises of files from elsewhere: nothing in the library unpickles or evaluates them."""

import ast
import re

import pytest

from helpers import ROOT

FILES = sorted((ROOT / "daleslaw_lib").rglob("*.py"))
RUNS_CODE = {"eval", "exec", "compile", "read_pickle", "unsafe_load", "__import__"}
UNPICKLES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}


def calls(tree):
    """Every call as it is written, such as "np.load", with its named arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_unpickles_or_evaluates_what_it_reads(file):
    tree = ast.parse(file.read_text("utf-8"))
    modules = {
        name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
    }
    assert not modules & UNPICKLES
    for name, options in calls(tree):
        assert name not in RUNS_CODE and name.rpartition(".")[2] not in RUNS_CODE - {"compile", "eval"}, name
        assert name != "torch.load", name
        if name.rpartition(".")[2] in ("load", "read_array") and name.split(".")[0] in ("np", "numpy"):
            assert options.get("allow_pickle") == "False", name


def test_what_security_md_quotes_is_in_the_library():
    said = (ROOT / "SECURITY.md").read_text("utf-8")
    library = "\n".join(file.read_text("utf-8") for file in FILES)
    quoted = [words for words in re.findall("`([^`]+)`", said) if "=" in words]
    assert quoted and not [words for words in quoted if words not in library]
