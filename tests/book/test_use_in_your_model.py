"""The programs of the page "Use it in your model" run, and what it says is what was measured."""

import json
import re
import runpy
import subprocess
import sys
from collections import defaultdict
from statistics import median

import own_models
import pytest
import torch

from daleslaw_lib.nn import DANN, RNN, ColEI, obeys_dale
from helpers import ROOT

PAGE = own_models.PAGE.read_text("utf-8")
PROGRAMS = own_models.programs()
LINES = re.findall(r"^```python\n(.*?)^```", PAGE, re.S | re.M)
MEASURED = json.loads((ROOT / "benchmarks" / "own_models.json").read_text("utf-8"))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(name) -> the names of that program, run as it is printed, with the others beside it."""
    for name, program in PROGRAMS.items():
        (tmp_path / name).write_text(program, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda name: runpy.run_path(str(tmp_path / name), run_name="__main__")
    sys.modules.pop("digits", None)  # which may have been imported from there


def test_all_of_the_pages_code_is_run_here():
    assert set(PROGRAMS) == {"digits.py", "choice.py", "with_lightning.py", "with_skorch.py"}
    assert PAGE.count("```python\n") == len(LINES) and PAGE.count("{code-block}") == len(PROGRAMS)


def test_the_lines_between_run_one_after_the_other_and_do_what_they_say():
    names = {}
    for lines in LINES:
        exec(lines, names)
        if "lengths = " in lines:
            assert names["hessian"].shape == (1, 2, 28, 1, 2, 28) and names["hessian"].any()
            assert not names["output"][1, 5:].any() and names["output"][1, :5].any()
        elif "state = rnn(x)" in lines:
            assert names["output"].shape == (32, 7, 100) and names["state"].shape == (1, 32, 100)
            assert names["scores"].shape == (32, 10)
            model = torch.nn.ModuleList([names["rnn"], names["readout"]])
            assert f"# {obeys_dale(model)}" in lines
        elif "ok, reason" in lines:
            assert not names["ok"] and names["reason"].startswith("readout.weight (Linear): column")


def test_digits_are_learned_lawfully(run):
    digits = run("digits.py")
    assert digits["error"] < 70 and obeys_dale(digits["model"])[0]


def test_lightning_keeps_the_law(run):
    pytest.importorskip("lightning", reason="lightning is not installed")
    names = run("with_lightning.py")
    assert names["trainer"].global_step == 125 and obeys_dale(names["lit"])[0]


def test_skorch_keeps_the_law(run):
    pytest.importorskip("skorch", reason="skorch is not installed")
    names = run("with_skorch.py")
    assert set(names["search"].cv_results_["param_module__ei_ratio"]) == {4, 9}
    assert obeys_dale(names["search"].best_estimator_.module_)[0]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_uses_no_name_that_it_does_not_have(name, tmp_path):
    """Also where its package is not installed and it cannot be run."""
    (tmp_path / name).write_text(PROGRAMS[name], "utf-8")
    ruff = [sys.executable, *"-m ruff check --isolated --select F821 --no-cache".split(), str(tmp_path)]
    done = subprocess.run(ruff, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_choice_is_learned_from_neurogym(run):
    pytest.importorskip("neurogym", reason="neurogym is not installed")
    names = run("choice.py")
    for layer_type in (RNN, ColEI, DANN):
        rnn, accuracy = names["learn_choice"](layer_type, updates=100)
        assert accuracy > 0.65  # chance is 0.5
        assert layer_type is RNN or obeys_dale(rnn)[0]


# --- what the page says of torch's names -----------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"input_size": 3, "hidden_size": 20}, {"n_in": 3, "n": 20, "num_layers": 2},
        {"n_in": 3, "n": 20, "nonlinearity": "tanh"}, {"n_in": 3, "n": 20, "bidirectional": True},
    ],
)  # fmt: skip
def test_torchs_names_of_arguments_are_refused_with_a_type_error(options):
    for layer_type in (RNN, ColEI, DANN):
        with pytest.raises(TypeError):
            layer_type(**options)


def test_units_are_rectified_and_the_ratio_is_nine_unless_given():
    x = torch.randn(7, 2, 3, generator=torch.Generator().manual_seed(0))
    for layer_type in (RNN, ColEI, DANN):
        rnn = layer_type(3, 20, generator=0)
        output, _ = rnn(x)
        assert rnn.ei_ratio == 9 and (output >= 0).all() and (output == 0).any()
    assert int((ColEI(3, 20, generator=0).signs < 0).sum()) == 2


# --- what the page says of its measurements ------------------------------------------------------


def choice(layer, lr, clip):
    (found,) = [c for c in MEASURED["choice"] if (c["layer"], c["lr"], c["clip"]) == (layer, lr, clip)]
    return found


def test_on_digits_both_kinds_under_the_law_are_behind_the_rnn():
    errors = {one["layer"]: one["errors"] for one in MEASURED["digits"]}
    assert all(min(errors[kind]) > max(errors["RNN"]) for kind in ("ColEI", "DANN"))


def test_with_small_steps_all_three_learn():
    for layer in ("RNN", "ColEI", "DANN"):
        assert min(choice(layer, 0.001, 1.0)["accuracy"]) > 0.75


def failed():
    """Runs that stay near chance: their layer, whether they are clipped, and their silent units."""
    return [
        (one["layer"], one["clip"] is not None, silent)
        for one in MEASURED["choice"]
        for accuracy, silent in zip(one["accuracy"], one["silent"])
        if accuracy < 0.6
    ]


def test_the_step_does_not_explain_every_failure():
    """Two DANNs fail without clipping, all but silent; one with it and a ColEI fail with no silent unit."""
    silent = defaultdict(list)
    for layer, clipped, units in failed():
        silent[layer, clipped].append(units)
    assert {where: len(units) for where, units in silent.items()} == {
        ("DANN", False): 2, ("DANN", True): 1, ("ColEI", False): 1,
    }  # fmt: skip
    assert min(silent["DANN", False]) > 58
    assert silent["DANN", True] == silent["ColEI", False] == [0]
    moved = {layer: median(choice(layer, 0.01, None)["moved"]) for layer in ("RNN", "ColEI", "DANN")}
    assert moved["ColEI"] < 1.15 * moved["RNN"]
    stepping = choice("RNN", 0.017, None)
    assert median(stepping["moved"]) > moved["DANN"] and min(stepping["accuracy"]) > 0.75


def test_with_larger_ones_some_danns_and_coleis_stay_near_chance_and_no_rnn():
    assert min(choice("DANN", 0.01, None)["accuracy"]) < 0.6
    assert min(choice("ColEI", 0.01, None)["accuracy"]) < 0.6
    assert min(choice("RNN", 0.01, None)["accuracy"]) > 0.75


def test_one_step_moves_a_danns_matrix_further():
    ratio = median(choice("DANN", 0.01, None)["moved"]) / median(choice("RNN", 0.01, None)["moved"])
    assert f"about {ratio:.1f} times" in PAGE


def test_what_moves_further_silences_more_units():
    silent = {
        name: median(choice(layer, lr, None)["silent"])
        for name, layer, lr in (
            ("dann", "DANN", 0.01), ("rnn", "RNN", 0.01), ("larger", "RNN", 0.017),
            ("fixed", "DANN, interneurons fixed", 0.01),
        )
    }  # fmt: skip
    assert silent["dann"] > 32  # most of 64
    assert silent["larger"] > 1.3 * silent["rnn"]
    assert silent["fixed"] < 1.2 * silent["rnn"]
    assert min(choice("DANN, interneurons fixed", 0.01, None)["accuracy"]) > 0.7


def test_clipping_loses_fewer_units():
    for layer in ("RNN", "DANN"):
        clipped, not_clipped = (median(choice(layer, 0.01, clip)["silent"]) for clip in (1.0, None))
        assert clipped < not_clipped


def test_the_benchmark_runs_the_pages_own_programs():
    names = {}
    fixed = own_models.layer("DANN, interneurons fixed", {"DANN": DANN})(3, 8, generator=0)
    assert not fixed.layers[0].recurrent.w_ix.requires_grad and fixed.layers[0].recurrent.w_ex.requires_grad
    assert own_models.layer("RNN", {"RNN": RNN}) is RNN
    exec(PROGRAMS["digits.py"].split("digits = ")[0], names)
    assert obeys_dale(names["Digits"](DANN))[0]
