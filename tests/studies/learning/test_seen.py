"""Strips that show a task: what is read, and what two small networks make of it."""

import numpy as np
import pytest

from daleslaw_lib.studies import learning
from daleslaw_lib.studies.learning import figures
from daleslaw_lib.tasks import penn_treebank


@pytest.fixture(scope="module")
def problem():
    return figures.adding_problem(seed=11)


@pytest.fixture(scope="module")
def reading():
    return learning.predictions_while_reading(6, updates=150)


def test_a_problem_is_two_marked_values_and_their_sum(problem):
    x, target = problem
    marked = x[:, 1] == 1
    assert x.shape == (20, 2) and marked.sum() == 2 and marked[:10].sum() == 1
    assert x[marked, 0].sum() == pytest.approx(target)


def test_an_rnn_that_has_learned_to_add_holds_the_first_number_and_then_answers(problem):
    x, target = problem
    read = learning.states_while_adding(x, ("rnn",))["rnn"]
    first, last = np.flatnonzero(x[:, 1])
    assert read.h.shape == (20, 10) and (read.h >= 0).all()
    assert abs(read.answer[-1] - target) < 0.1
    between = read.answer[first + 1 : last]
    assert np.abs(between - x[first, 0]).max() < 0.2 and np.abs(read.answer[: first - 1]).max() < 0.2


def test_the_strip_of_a_sum_shows_the_problem_the_answers_and_every_networks_units(problem):
    x, target = problem
    reads = {"colei": learning.Addition(np.eye(20, 10), np.linspace(0, target, 20))}
    figure = figures.adding_seen(seed=11, reads=reads)
    top, answers, units = figure.axes
    assert [bar.get_height() for bar in top.patches] == pytest.approx(x[:, 0])
    np.testing.assert_allclose(answers.lines[0].get_ydata(), reads["colei"].answer)
    assert answers.lines[1].get_ydata()[0] == pytest.approx(target)
    assert units.images[0].get_array().shape == (10, 20) and units.get_title().startswith("ColEI")
    assert len(figures.adding_seen(seed=11).axes) == 1  # without networks the problem alone


def test_expectations_are_probabilities_of_the_words_of_the_text(reading):
    words = penn_treebank.load(20_000, source="small")
    text = [words.vocabulary[k] for k in words.test]
    start = text.index(penn_treebank.END) + 1
    assert list(reading.words) == text[start : start + 7]
    for p in reading.expected.values():
        assert p.shape == (6, len(words.vocabulary))
        np.testing.assert_allclose(p.sum(1), 1, atol=1e-5)


def test_guesses_are_the_likeliest_and_what_came_has_its_share(reading):
    for kind, p in reading.expected.items():
        for t, row in enumerate(reading.guesses(kind, 3)):
            assert [share for _, share in row] == sorted(p[t], reverse=True)[:3]
            shares = dict(zip(reading.vocabulary, p[t]))
            assert all(shares[word] == share for word, share in row)
            assert reading.given(kind)[t] == shares[reading.words[t + 1]]


def test_a_network_that_has_read_the_language_expects_better_than_evenly(reading):
    evenly = -np.log(len(reading.vocabulary))
    for kind in reading.expected:
        assert np.log(reading.given(kind)).mean() > evenly + 0.5


def test_the_strip_of_words_names_what_enters_and_frames_what_came():
    vocabulary = ("a", "b", "c", "d")
    p = np.array([[0.6, 0.3, 0.1, 0], [0.7, 0.1, 0.15, 0.05]])
    reading = learning.Reading(("c", "b", "d"), vocabulary, {"rnn": p})
    (ax,) = figures.words_seen(reading, footer="made by hand").axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["c", "b"]
    written = {tuple(map(int, text.get_position())): text.get_text() for text in ax.texts}
    assert [written[k, 0] for k in range(4)] == ["a", "b", "c", "0.30"]
    assert [written[k, 1] for k in range(4)] == ["a", "c", "b", "0.05"]
    (frame,) = ax.patches  # d was none of the three guesses
    assert frame.get_xy() == (0.5, -0.5)


@pytest.mark.parametrize("n", [0, -1, 2.5, 10**6])
def test_a_stretch_that_the_text_does_not_have_is_refused_in_a_line(n):
    with pytest.raises((ValueError, TypeError), match="n: expected") as refused:
        learning.predictions_while_reading(n, ())
    assert "\n" not in str(refused.value)
