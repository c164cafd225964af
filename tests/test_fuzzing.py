"""Public functions with any argument at all: what was promised, in finite numbers, or one line."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import contracts
from helpers import odd_arguments as odd
from helpers.contracts import CONTRACTS

EXEMPT = {
    "tasks.penn_treebank.word_vectors": "reads a file: tests/tasks/test_fuzzing.py",
}


def function_of(name):
    parts = name.split(".")
    module = __import__(f"daleslaw_lib.{'.'.join(parts[:-1])}", fromlist=["it"])
    return CONTRACTS[name].function or getattr(module, parts[-1])


def test_every_public_function_is_fuzzed_or_exempt_for_a_reason():
    fuzzed = {name.partition(" ")[0] for name in CONTRACTS}
    assert sorted({*fuzzed, *EXEMPT}) == sorted(contracts.all_public())
    assert len(EXEMPT) < 6 and all(EXEMPT.values()) and not fuzzed & set(EXEMPT)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_any_argument_is_taken_or_refused_in_one_line(name):
    it, function, met = CONTRACTS[name], function_of(name), Counter()

    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def called(data):
        arguments = data.draw(odd.some_distorted(data.draw(it.good)))
        odd.call(function, arguments, it.promise, met, finite=it.finite)

    called()
    assert met["taken"] and met["refused"], met
