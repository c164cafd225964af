"""The test of the house asks about public names, tells no room, and asks the same again for a seed."""

import re

import pytest

from helpers import ROOT
from tools import placing


def test_questions_are_public_names_of_the_library_with_their_first_line():
    for one in placing.public():
        assert not one.name.startswith("_") and one.line and one.room in placing.rooms()
    assert {"svd_entropy", "Network", "colei_weights"} <= {one.name for one in placing.public()}


def test_every_room_is_a_folder_or_a_module_and_a_study_is_a_room_for_itself():
    for room in placing.rooms():
        path = (ROOT / "daleslaw_lib").joinpath(*room.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file()
    assert placing.folder("studies.radius.gains") == placing.folder("studies.radius") == "studies.radius"
    assert placing.folder("running.runner") == "running" and "studies" not in placing.rooms()


def test_a_first_line_stands_alone_and_does_not_lean_on_its_neighbour():
    leaning = ("The same ", "The other ", "Likewise", "As above", "Ditto")
    assert [one for one in placing.public() if one.line.startswith(leaning)] == []


def test_a_seed_asks_the_same_questions_again_and_another_seed_others():
    assert placing.drawn(3) == placing.drawn(3) != placing.drawn(4)
    assert len(set(placing.drawn(3))) == placing.HOW_MANY


def test_the_questions_do_not_tell_the_rooms(capsys):
    assert placing.main(["5"]) == 0
    questions, rooms = capsys.readouterr().out.split("\nrooms: ")
    assert rooms.strip().split(", ") == placing.rooms()
    assert placing.main(["5", "--answers"]) == 0
    answers = capsys.readouterr().out
    for one, question, answer in zip(placing.drawn(5), questions.splitlines(), answers.splitlines()):
        assert question.split()[1:] == [one.name, *one.line.split()]
        assert f"daleslaw_lib.{one.room}" not in question
        assert answer.split()[1:] == [one.name, one.room]


def test_classes_of_one_name_in_two_rooms_are_the_layers_of_ensembles_and_of_modules():
    rooms = {}
    for one in placing.public():
        if re.match("[A-Z]", one.name):
            rooms.setdefault(one.name, set()).add(one.room)
    shared = {name for name, found in rooms.items() if len(found) > 1}
    assert shared == {"RNN", "ColEI", "DANN", "Layer", "Readout"}
    assert all(rooms[name] == {"networks", "nn"} for name in shared)


@pytest.mark.parametrize("words", [["x"], ["-1"], ["1", "2"], ["--answer"]])
def test_another_word_is_refused_in_a_line(words):
    with pytest.raises(SystemExit, match="expected one seed"):
        placing.main(words)
