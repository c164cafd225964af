"""What a search shows around what it found is words, without the source of formulas."""

import json

from helpers import ROOT, web


@web.in_browser
def test_formulas_are_words_and_those_on_lines_of_their_own_are_left_out():
    done = web.run("book/found.mjs", ROOT / "_static", web.CHROMIUM)
    whole, part = (" ".join(text.split()) for text in json.loads(done.stdout))
    assert whole == "The radius ρ = 1/√3 of W_ex ≥ 0: … ends"
    assert part == "The radius ρ = 1/√3 of W_ex ≥ 0:"
