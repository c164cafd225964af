"""The examples in docstrings run, and give what they say."""

import doctest
import importlib
import inspect

import pytest

from daleslaw_lib import checks, spectra, theory
from daleslaw_lib.training import losses, text
from helpers import ROOT

MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for file in (ROOT / "daleslaw_lib").rglob("*.py")
)
# Modules of which every public function and class has an example.
SHOWN = [checks, losses, spectra, text, theory]


def examples(module):
    """name -> the doctest of that function, class or module, where it has examples."""
    found = doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__)
    return {test.name.removeprefix(f"{module.__name__}."): test for test in found}


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_are_true(name):
    module, said = importlib.import_module(name), []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in examples(module).values():
        runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


@pytest.mark.parametrize("module", SHOWN, ids=lambda module: module.__name__)
def test_every_public_name_is_shown_at_work(module):
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value))
        if value.__module__ == module.__name__
    }
    assert public and public <= {name.split(".")[0] for name in examples(module)}


def test_an_example_that_is_not_true_is_noticed():
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner().run(test, out=lambda text: None).failed == 1
