"""The test of the house draws public names, the same ones for a seed, and does not say where they are."""

import ast

import pytest

from helpers import ROOT
from tools import architecture, placing

LIBRARY = ROOT / "daleslaw_lib"


def test_only_public_functions_and_classes_of_modules_are_asked_for():
    defined = {
        node.name
        for path in LIBRARY.rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    names = {one.name for one in placing.public()}
    assert len(names) > 400 and names <= defined
    assert not [name for name in names if name.startswith("_")]


def test_every_room_is_a_folder_or_a_module_of_the_library():
    for room in placing.rooms():
        path = LIBRARY.joinpath(*room.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file()
    floors = {name for floor in architecture.FLOORS for name in floor}
    assert {room.split(".")[0] for room in placing.rooms()} <= floors


def test_a_study_is_a_room_for_itself():
    assert placing.folder("studies.radius.gains") == placing.folder("studies.radius") == "studies.radius"
    assert placing.folder("running.jobs") == "running"
    assert "studies" not in placing.rooms()


def test_a_seed_asks_the_same_twelve_and_another_seed_others():
    first = placing.drawn(1)
    assert first == placing.drawn(1) and first != placing.drawn(2)
    assert len(set(first)) == placing.HOW_MANY == 12


def test_a_question_does_not_say_in_which_room_its_answer_is(capsys):
    for seed in range(20):
        placing.main([str(seed)])
        questions, _, rooms = capsys.readouterr().out.partition("\n\n")
        asked = questions.splitlines()
        assert len(asked) == 12 and rooms.startswith("rooms: ")
        for line, one in zip(asked, placing.drawn(seed)):
            assert line.split()[1] == one.name and line.endswith(one.line)
            assert f"daleslaw_lib.{one.room}" not in line and f"studies.{one.room}" not in line
            assert not one.room.startswith("studies.") or one.room not in line


def test_the_answers_are_the_rooms_of_the_same_names(capsys):
    placing.main(["3", "--answers"])
    answers = [line.split()[1:] for line in capsys.readouterr().out.splitlines()]
    assert answers == [[one.name, one.room] for one in placing.drawn(3)]


@pytest.mark.parametrize("words", [["-1"], ["one"], ["1", "2"], ["--answer"]])
def test_other_words_than_one_seed_are_refused_in_a_line(words):
    with pytest.raises(SystemExit, match="^placing: expected one seed, a whole number >= 0, got "):
        placing.main(words)


def test_every_first_line_says_something_and_leans_on_no_neighbour():
    """A reader who meets a name alone must be able to say what it is for."""
    leaning = ("The same ", "The other ", "Likewise", "As above", "Ditto")
    assert [one for one in placing.public() if one.line.startswith(leaning)] == []
