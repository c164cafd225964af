"""The programs of the page "Use it in your model" run, and what it says is what was measured."""

import json
import re
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


@pytest.fixture(scope="module")
def digits():
    """The names of the program that learns digits, after it has run."""
    names = {}
    exec(PROGRAMS["digits.py"], names)
    return names


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


def test_digits_are_learned_lawfully(digits):
    assert digits["error"] < 70 and obeys_dale(digits["model"])[0]


def test_lightning_keeps_the_law(digits):
    pytest.importorskip("lightning", reason="lightning is not installed")
    names = dict(digits)
    exec(PROGRAMS["with_lightning.py"], names)
    assert names["trainer"].global_step == 125 and obeys_dale(names["lit"])[0]


def test_skorch_keeps_the_law(digits):
    pytest.importorskip("skorch", reason="skorch is not installed")
    names = dict(digits)
    exec(PROGRAMS["with_skorch.py"], names)
    assert set(names["search"].cv_results_["param_module__ei_ratio"]) == {4, 9}
    assert obeys_dale(names["search"].best_estimator_.module_)[0]


def test_a_choice_is_learned_from_neurogym():
    pytest.importorskip("neurogym", reason="neurogym is not installed")
    names = {}
    exec(PROGRAMS["choice.py"], names)
    for layer_type in (RNN, ColEI, DANN):
        rnn, accuracy = names["learn_choice"](layer_type, updates=100)
        assert accuracy > 0.65  # chance is 0.5
        assert layer_type is RNN or obeys_dale(rnn)[0]


# --- what the page says of its measurements ------------------------------------------------------


def choice(layer, lr, clip):
    (found,) = [c for c in MEASURED["choice"] if (c["layer"], c["lr"], c["clip"]) == (layer, lr, clip)]
    return found


def test_with_small_steps_all_three_learn():
    for layer in ("RNN", "ColEI", "DANN"):
        assert min(choice(layer, 0.001, 1.0)["accuracy"]) > 0.75


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
