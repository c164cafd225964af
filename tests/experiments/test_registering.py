"""An experiment of one's own is known once its grids are made and all that it names is there."""

from dataclasses import replace

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence import claims
from daleslaw_lib.experiments import Claim, Experiment, Published, Term, register_experiment
from daleslaw_lib.experiments.checking import check
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("registries")

MINE = Experiment("mine", "Mine", "none", {"smoke": lambda: [config(), config(kind="rnn")]})
TERMS = (Term(1, dict(kind="dann")), Term(-1, dict(kind="rnn")))
CLAIM = Claim("mine-rnn", "RNN is better", "mine", "mine", TERMS)


def test_an_experiment_of_ones_own_is_known_with_its_claims_and_may_be_registered_again():
    n = len(experiments.CLAIMS)
    for title in ("Mine", "Mine, mended"):
        register_experiment(replace(MINE, title=title), [CLAIM])
        assert experiments.get("mine").title == title
        assert claims.get("mine-rnn") is CLAIM and len(experiments.CLAIMS) == n + 1
    register_experiment(MINE)
    assert len(experiments.CLAIMS) == n


@pytest.mark.parametrize("name", experiments.EXPERIMENTS)
def test_the_books_own_experiments_fit_together(name):
    experiment = experiments.get(name)
    some = {scale: experiment.grids[scale] for scale in experiment.scales[:1]}
    check(replace(experiment, grids=some), [c for c in experiments.CLAIMS if c.experiment == name])


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(name="size"), "name: expected one that no experiment of the book has, got 'size'"),
        (dict(name="my grid"), "name: expected small letters, digits and underscores, got 'my grid'"),
        (dict(grids={}), "grids: expected one for each scale, smoke, laptop, paper, or some, got none"),
        (dict(grids={"huge": list}), "grids: scale: expected one of smoke, laptop, paper, got 'huge'"),
        (dict(grids={"smoke": list}), "grids, smoke: expected some runs, got none"),
        (
            dict(trains=False),
            "grids, smoke: expected every run to be a DrawConfig, got a RunConfig",
        ),
        (dict(by=("kind", "size")), "by: expected one of preset, task, "),
        (dict(quantity="test_perplexity"), "quantity: of mnist: expected one of test_loss, test_error, got "),
        (dict(published=(Published(1.0, "Fig. 1", {"sort": "rnn"}),)), "published: expected one of preset, "),
    ],
)
def test_an_experiment_that_does_not_fit_is_refused_in_a_line_and_not_known(changes, message):
    with pytest.raises(ValueError) as refused:
        register_experiment(replace(MINE, **changes))
    assert str(refused.value).startswith(message) and "\n" not in str(refused.value)
    assert "mine" not in experiments.EXPERIMENTS


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(experiment="size"), "claim mine-rnn: experiment: expected one of mine, got 'size'"),
        (dict(terms=(Term(1, dict(units=10)),)), "claim mine-rnn: expected one of preset, "),
        (dict(second="more"), "claim mine-rnn: second: expected one of adding, one_layer_mnist, "),
        (dict(name="adding-colei"), "claims: expected names of their own, got 'adding-colei'"),
    ],
)
def test_a_claim_about_something_else_is_refused(changes, message):
    with pytest.raises(ValueError) as refused:
        register_experiment(MINE, [replace(CLAIM, **changes)])
    assert str(refused.value).startswith(message) and "mine" not in experiments.EXPERIMENTS


def test_only_an_experiment_is_registered():
    with pytest.raises(TypeError, match="experiment: expected an Experiment, got str"):
        register_experiment("mine")
