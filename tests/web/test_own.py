"""Bring your own matrix: a page says what a notebook says, word for word, of any file, good or bad."""

import base64
import io

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib.initialisation import dale_starts as dale
from daleslaw_lib.jacobians import gain_of_half
from daleslaw_lib.magnitudes import most_entropy
from daleslaw_lib.studies.better_colei import in_page, own
from daleslaw_lib.widgets import page as widgets_page
from helpers import on_any_screen
from helpers.web import ask, in_browser, look, needs_node


def rng(seed=0):
    return np.random.default_rng(seed)


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), version=version, allow_pickle=True)
    return file.getvalue()


def csv(array, separator=",", written=repr):
    return "\n".join(separator.join(written(x) for x in row) for row in np.asarray(array).tolist()).encode()


def in_a_page(files):
    """What the page says of files: name, bytes."""
    asked = [{"name": name, "bytes": base64.b64encode(data).decode("ascii")} for name, data in files]
    return ask("own", files=asked)


def in_a_notebook(folder, name, data):
    """The report, or why there is none."""
    (folder / name).write_bytes(data)
    try:
        return own.examine(folder / name)
    except ValueError as error:
        return str(error)


# --- the same matrix, the same numbers, the same words ------------------------------------------------


def matrices():
    yield "colei", initialisation.colei_weights(60, 9.0, rng=rng(1))
    yield "rnn", initialisation.rnn_weights(50, rho=1.5, rng=rng(2))
    yield "permutation", dale.signed_permutation(30, 4.0, rng=rng(3))
    yield "balanced", dale.row_balanced(40, 4.0, rng=rng(4))
    yield "unbalanced", dale.equal_strength(40, 9.0, rng=rng(5))
    yield "heavy", dale.colei_of_law(80, 4.0, law="lognormal", cv=2.5, rng=rng(6))
    yield "sparse", dale.sparse_inputs(50, 4.0, inputs=5, rng=rng(7))
    yield "excites", np.abs(initialisation.rnn_weights(20, rng=rng(8)))
    yield "inhibits", -np.abs(initialisation.rnn_weights(20, rng=rng(8)))
    yield "weak", 1e-3 * initialisation.colei_weights(35, 9.0, rng=rng(9))
    yield "strong", 1e6 * initialisation.colei_weights(35, 9.0, rng=rng(9))
    holes = initialisation.colei_weights(30, 4.0, rng=rng(10))
    holes[:, 3] = holes[[5, 6]] = 0
    yield "holes", holes
    yield "alike", np.full((9, 9), 0.1)
    yield "two", np.array([[0.5, -0.25], [0.125, 0.0]])
    yield "small integers", rng(11).integers(-2, 3, (12, 12))
    yield "nothing passes", np.triu(np.ones((4, 4)), 1)


MATRICES = dict(matrices())


@pytest.fixture(scope="module")
def answers():
    files = [(f"{name}.npy", npy(W)) for name, W in MATRICES.items()]
    return dict(zip(MATRICES, in_a_page(files)))


@needs_node
@pytest.mark.parametrize("name", MATRICES)
def test_a_page_has_the_notebooks_numbers(answers, name):
    found, report = answers[name], own.examine(MATRICES[name])
    np.testing.assert_array_equal(np.reshape(found["W"], report.W.shape), report.W)
    size = np.abs(report.W).max() * len(report.W)
    np.testing.assert_allclose(found["s"], report.s, rtol=0, atol=1e-12 * size)
    assert found["H"] == pytest.approx(report.H, abs=1e-9)
    assert found["rnnH"] == pytest.approx(report.rnn_H, abs=1e-12)
    assert found["mostH"] == pytest.approx(report.most_H, abs=1e-5)  # a root of rounding where all are inputs
    for name in ("radius", "gain", "inputs"):
        assert found[name] == pytest.approx(getattr(report, name), rel=1e-6, abs=1e-9 * size)
    for name in ("disc", "mean"):
        ours = getattr(report, name)
        assert found[name] == (ours if ours is None else pytest.approx(ours, rel=1e-9, abs=1e-12 * size))
    assert [found[key] for key in ("nE", "nI", "obeys", "reason")] == [
        report.n_e, report.n_i, report.obeys, report.reason
    ]  # fmt: skip


@needs_node
@pytest.mark.parametrize("name", MATRICES)
def test_a_page_says_what_a_notebook_says_word_for_word(answers, name):
    found, report = answers[name], own.examine(MATRICES[name])
    said = "\n".join([*found["lines"], *(f"- {sentence}" for sentence in found["advice"])])
    assert said == str(report)


@needs_node
def test_every_piece_of_advice_was_among_those(answers):
    text = " ".join(sentence for found in answers.values() for sentence in found["advice"])
    for words in (
        "does not obey", "column excites", "column inhibits", "sends to none", "hear none", "do not balance",
        "shrinks", "grows", "even strength, or", "only fewer would", "as even as an RNN's",
    ):  # fmt: skip
        assert words in text


@needs_node
def test_gains_of_forty_random_matrices_are_the_librarys():
    drawn = []
    for seed in range(40):
        n = int(rng(seed).integers(2, 60))
        drawn.append(rng(seed).standard_normal((n, n)) * 10.0 ** rng(seed).uniform(-3, 3))
    found = ask("gains", matrices=[{"n": len(W), "W": W.ravel().tolist()} for W in drawn])
    np.testing.assert_allclose(found, [gain_of_half(W) for W in drawn], rtol=1e-9)


@needs_node
def test_numbers_are_written_as_python_writes_them():
    drawn = [float(x) for x in rng().standard_normal(200) * 10.0 ** rng(1).integers(-9, 9, 200)]
    halves = [k / 8 for k in range(-40, 41)] + [2.5, 0.25, 1.25, 12.5, 125.0, 1250.0, 0.0005, 999.5, 99950.0]
    numbers = [*drawn, *halves, 0.0, 1e-100, 1e20, 123456.0, 99999.0, 1e-5, 1e-4, 0.000123456, 9.9996e-5]
    found = ask("written", numbers=numbers, figures=[1, 2, 3, 6], places=[1, 2, 3])
    for x, words in zip(numbers, found):
        expected = [f"{x:.{k}g}" for k in (1, 2, 3, 6)] + [f"{x:.{k}f}" for k in (1, 2, 3)]
        assert [one.replace("-0.0", "0.0") for one in words] == [
            one.replace("-0.0", "0.0") for one in expected
        ], x


# --- files --------------------------------------------------------------------------------------------

W = initialisation.colei_weights(20, 4.0, rng=rng())
WHOLE = np.asarray(np.round(40 * W))
GOOD = {
    "w.npy": npy(W),
    "fortran.npy": npy(np.asfortranarray(W)),
    "big.npy": npy(W.astype(">f8")),
    "big-fortran.npy": npy(np.asfortranarray(W.astype(">f4"))),
    "single.npy": npy(W.astype("<f4")),
    "half.npy": npy(W.astype("<f2")),
    "big-half.npy": npy((W * 1e-6).astype(">f2")),
    **{f"{t.strip('<>|')}.npy": npy(np.abs(WHOLE).astype(t)) for t in ("|u1", "<u2", ">u4", "<u8", "|b1")},
    **{f"{t.strip('<>|')}.npy": npy(WHOLE.astype(t)) for t in ("|i1", ">i2", "<i4", "<i8")},
    "version-2.npy": npy(W, (2, 0)),
    "version-3.npy": npy(W, (3, 0)),
    "longer.npy": npy(W) + b"and more",
    "W.NPY": npy(W),
    "w.csv": csv(W),
    "semicolons.csv": csv(W, "; "),
    "blanks.csv": csv(W, "\t") + b"\n\n",
    "windows.csv": b"\xef\xbb\xbf" + csv(W).replace(b"\n", b"\r\n"),
    "old.csv": csv(W).replace(b"\n", b"\r"),
    "comments.csv": b"# weights\n" + csv(W).replace(b"\n", b" # a row\n", 1),
    "powers.csv": csv(W, written="{:+.3E}".format),
    "points.csv": b"1.,.5\n-.5,+2",
    "two dots.w.csv": csv(W),
}


@needs_node
def test_every_good_file_is_read_as_in_a_notebook(tmp_path):
    for (name, data), found in zip(GOOD.items(), in_a_page(GOOD.items())):
        report = in_a_notebook(tmp_path, name, data)
        assert "refused" not in found and not isinstance(report, str), (name, found.get("refused"), report)
        np.testing.assert_array_equal(np.reshape(found["W"], report.W.shape), report.W, name)


def header(shape="(2, 2)", descr="'<f8'", more=""):
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, {more}}}".ljust(117).encode()
    return b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text + b"\n"


BAD = {
    "rectangle.npy": npy(np.ones((3, 4))),
    "vector.npy": npy(np.ones(4)),
    "number.npy": npy(np.float64(1.0)),
    "cube.npy": npy(np.ones((2, 2, 2))),
    "none.npy": npy(np.ones((0, 0))),
    "nan.npy": npy(np.full((3, 3), np.nan)),
    "infinity.npy": npy(np.full((3, 3), -np.inf)),
    "zeros.npy": npy(np.zeros((3, 3))),
    "complex.npy": npy(np.ones((3, 3)) * 1j),
    "text.npy": npy(np.full((2, 2), "one")),
    "bytes.npy": npy(np.full((2, 2), b"one")),
    "dates.npy": npy(np.zeros((2, 2), "M8[D]")),
    "records.npy": npy(np.zeros((2, 2), [("a", float)])),
    "pickled.npy": npy(np.array([[{}, 1], [2, 3]], object)),
    "huge.npy": npy(np.eye(3) * 1e200),
    "tiny.npy": npy(np.eye(3) * 1e-200),
    "empty.npy": b"",
    "no-array.npy": b"no array at all, but some words",
    "magic.npy": b"\x93NUMPY",
    "version-9.npy": b"\x93NUMPY\x09\x00" + npy(W)[8:],
    "short.npy": npy(W)[:-1],
    "cut-header.npy": npy(W)[:40],
    "spoilt.npy": npy(W).replace(b"descr", b"descx"),
    "claims.npy": header(shape="(9999999, 9999999)"),
    "negative.npy": header(shape="(-2, 2)") + bytes(32),
    "nonsense.npy": header(descr="'<z8'") + bytes(32),
    "zip.npy": b"PK\x03\x04" + bytes(100),
    "w.txt": csv(W),
    "w": csv(W),
    ".npy": npy(W),
    "dot.": csv(W),
    "w.npz": b"PK\x03\x04",
    "rectangle.csv": b"1,2,3\n4,5,6",
    "one.csv": b"1",
    "ragged.csv": b"1,2\n\n3\n",
    "word.csv": b"1,2\n3,x\n",
    "header.csv": b"unit,a,b\n1,2,3\n4,5,6",
    "long.csv": b"1," + b"a" * 500,
    "gap.csv": b"1,,2\n3,4,5\n",
    "end.csv": b"1,2,\n3,4,\n",
    "quotes.csv": b'"1","2"\n"3","4"',
    "nan.csv": b"1,nan\n3,4",
    "infinity.csv": b"1,-Infinity\n3,4",
    "overflow.csv": b"1,1e999\n3,4",
    "zeros.csv": b"0,0\n0,-0.0",
    "hex.csv": b"0x1,2\n3,4",
    "underscore.csv": b"1_0,2\n3,4",
    "utf-16.csv": "1,2\n3,4".encode("utf-16"),
    "latin.csv": b"1,2\n3,\xe9",
    "empty.csv": b"",
    "blank.csv": b"\n  \n",
    "comments.csv": b"# nothing\n",
    "bracket.csv": b"[1, 2]\n[3, 4]",
    "decimal-comma.csv": b"0,5;1,5\n2,5;3,5",
    "<b>.csv": b"<i>x</i>,1\n2,3",
}


@needs_node
def test_every_bad_file_is_explained_in_one_line_and_in_the_notebooks_words(tmp_path):
    for (name, data), found in zip(BAD.items(), in_a_page(BAD.items())):
        said = in_a_notebook(tmp_path, name, data)
        assert isinstance(said, str), name
        units = said.replace("expected 2 to 2,000 units", "expected 2 to 400 units")  # what a page can do
        assert found.get("refused") == units, name
        assert "\n" not in units and units.startswith(f"{name}: expected ")


@needs_node
def test_what_a_page_alone_refuses_is_said_with_its_limit():
    few = np.zeros((401, 401), "i1")
    few[0, 0] = 1
    large, larger, file, wide = in_a_page(
        [
            ("w.npy", npy(few)),
            ("w.npy", npy(np.zeros((2_001, 2_001), "i1"))),
            ("w.csv", bytes(16_000_001)),
            ("w.npy", header(descr="'<f16'") + bytes(64)),
        ]
    )
    assert large["refused"] == "w.npy: expected 2 to 400 units, got 401; in a notebook there may be 2,000"
    assert larger["refused"] == "w.npy: expected 2 to 400 units, got 2,001"
    assert file["refused"] == "w.csv: expected at most 16 MB, got 17 MB"
    assert wide["refused"] == "w.npy: expected numbers of 1 to 8 bytes, got the type <f16"
    assert in_page.MOST == 400 and own.MOST == 2_000


@needs_node
def test_pasted_numbers_may_be_lines_or_lists_as_python_prints_them():
    wide = np.round(rng().standard_normal((30, 30)), 3)  # whose rows NumPy prints over several lines
    with np.printoptions(threshold=10_000):
        good = {
            "lines": (csv(W).decode(), W),
            "lists": (str(W.tolist()), W),
            "print": (str(wide), wide),
            "repr": (repr(wide), wide),
            "single": (repr(wide.astype("f4")), wide.astype("f4")),
        }
    for (name, (_, array)), found in zip(
        good.items(), ask("own", files=[{"text": t} for t, _ in good.values()])
    ):
        assert "refused" not in found, (name, found)
        np.testing.assert_allclose(np.reshape(found["W"], array.shape), array, rtol=1e-6)
    bad = {
        "1 2\n3 x": "matrix: expected numbers, got 'x' in line 2",
        "[[1, 2], [3]]": "matrix: expected numbers in rows of one length, got 1 in line 2 after 2",
        str(np.ones((99, 99))): "matrix: expected numbers, got '...' in line 1",
        "[]": "matrix: expected a square matrix (n, n), got no numbers",
        "[1, 2]": "matrix: expected a square matrix (n, n), got shape (1, 2)",
    }
    for words, found in zip(bad.values(), ask("own", files=[{"text": text} for text in bad])):
        assert found["refused"] == words


@needs_node
def test_most_entropy_is_the_librarys(answers):
    for found in answers.values():
        n = round(len(found["W"]) ** 0.5)
        assert found["mostH"] == pytest.approx(float(most_entropy(found["inputs"], n)), abs=1e-9)


# --- in the browser -----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Your matrix</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """What a reader with a browser sees on a page in a folder with a few files."""
    folder = tmp_path_factory.mktemp("page with spaces")
    files = {
        "big.npy": npy(np.asfortranarray(W.astype(">f8"))),
        "rows.csv": csv(W.T),
        "word.csv": b"1,2\n3,<b>x</b>",
        "large.npy": npy(initialisation.rnn_weights(in_page.MOST, rng=rng()).astype("f4")),
        "larger.npy": npy(np.eye(in_page.MOST + 1)),
        "short.npy": npy(W)[:-1],
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    place = widgets_page.place(in_page.NAME, '<img alt="a still picture" src="data:,">')
    return look(folder, in_page.NAME, "own/own.test.mjs", PAGE.format(place=place))


def said(matrix):
    report = own.examine(matrix)
    return str(report).split("\n"), report


@in_browser
def test_the_picture_gives_way_to_an_example(reader):
    start = reader["start"]
    assert reader["still"] == 0 and start["says"] == "An example, ColEI: 60 units"
    assert start["lines"][0] == "60 units; every column has one sign" and len(start["lines"]) == 5
    assert start["refused"] is False and "few directions dominate" in start["advice"][-1]
    assert reader["another"]["lines"] != start["lines"]


@in_browser
@pytest.mark.parametrize("way", ["chosen", "dropped", "pasted"])
def test_a_matrix_that_is_chosen_dropped_or_pasted_is_looked_at_as_in_a_notebook(reader, way):
    seen, (lines, report) = reader[way], said(W)
    where = {"chosen": "big.npy", "dropped": "big.npy", "pasted": "matrix"}[way]
    assert seen["says"] == f"{where}: 20 units" and not seen["refused"]
    assert [*seen["lines"], *(f"- {sentence}" for sentence in seen["advice"])] == lines
    assert f"H {report.H:.3f}" in seen["subs"][2] and "theory" in seen["words"]


@in_browser
def test_rows_and_columns_can_be_exchanged_and_back(reader):
    assert "does not obey" in reader["rows"]["advice"][0]
    assert reader["turned"]["says"] == "rows.csv: 20 units, rows and columns exchanged"
    assert reader["turned"]["lines"] == said(W)[0][:5]
    assert reader["back"]["lines"] == reader["rows"]["lines"]


@in_browser
@pytest.mark.parametrize(
    "name, words",
    [
        ("word", "word.csv: expected numbers, got '<b>x</b>' in line 2"),
        ("short", "short.npy: expected a file that can be read, got one that is damaged"),
        ("larger", "larger.npy: expected 2 to 400 units, got 401; in a notebook there may be 2,000"),
        ("pastedWord", "matrix: expected numbers, got 'one' in line 2"),
        ("two", "files: expected one, got 2"),
    ],
)
def test_a_bad_input_is_explained_in_a_line_beside_the_last_good_matrix(reader, name, words):
    seen = reader[name]
    assert seen["says"] == words and seen["refused"] and seen["faded"] < 1
    assert seen["lines"], "the last good matrix is still there"


@in_browser
def test_a_matrix_as_large_as_a_page_takes_is_announced_and_takes_less_than_six_seconds(reader):
    """Of the page's own processor time."""
    assert reader["waiting"] == "large.npy: looking at 400 units …"
    assert reader["large"]["says"] == "large.npy: 400 units" and 1e-3 < reader["seconds"] < 6
    print("400 units:", round(reader["seconds"], 1), "s")


@in_browser
def test_everything_can_be_done_by_keyboard(reader):
    assert reader["tabbed"] == ["file", "textarea", "checkbox", "button"]
    assert reader["keys"]["transposed"] and reader["keys"]["example"], reader["keys"]


@in_browser
def test_the_result_is_said_and_all_is_labelled(reader):
    assert reader["spoken"].startswith("60 units; every column has one sign. H = 0.")
    assert reader["unlabelled"] == 0 and reader["undescribed"] == 0
    assert reader["axe"] == [] and reader["axeDark"] == [] and reader["axeRefused"] == []


@in_browser
def test_nothing_fails_and_nothing_is_sent_or_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == [] and reader["requests"] == 0


@in_browser
def test_in_a_notebook_the_matrix_comes_back(reader):
    assert reader["widget"] == {"found": [True, True], "left": 0}


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
test_the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture = (
    on_any_screen.the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture
)
