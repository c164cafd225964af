"""A reader's own matrix: read from anywhere, every bad input explained in a line, and true words about it."""

import numpy as np
import pytest

from daleslaw_lib.initialisation import colei_weights, column_signs, rnn_weights
from daleslaw_lib.initialisation import dale_starts as dale
from daleslaw_lib.studies.better_colei import own
from daleslaw_lib.studies.better_colei.figures import own_matrix
from helpers import odd


def rng(seed=0):
    return np.random.default_rng(seed)


W = colei_weights(30, 4.0, rng=rng())


def test_a_matrix_is_the_same_from_lists_an_array_and_either_file(tmp_path):
    np.save(tmp_path / "w.npy", W)
    np.savetxt(tmp_path / "w.csv", W, delimiter=",", header="a matrix")
    (tmp_path / "semicolons.csv").write_text("\n".join(";".join(map(repr, row)) for row in W.tolist()) + "\n")
    for source in (W, W.tolist(), tmp_path / "w.npy", str(tmp_path / "w.csv"), tmp_path / "semicolons.csv"):
        np.testing.assert_allclose(own.read(source), W)


BAD = {
    "shape": (np.ones((3, 4)), r"matrix: expected a square matrix \(n, n\), got shape \(3, 4\)"),
    "vector": (np.ones(4), r"got shape \(4,\)"),
    "ragged": ([[1, 2], [3]], "expected numbers, got gaps, or rows of unequal lengths"),
    "words": ([["a", "b"], ["c", "d"]], "expected numbers"),
    "nan": (np.full((3, 3), np.nan), "expected finite entries, got NaN or infinity"),
    "small": (np.ones((1, 1)), "expected 2 to 2,000 units, got 1"),
    "large": (np.ones((2_001, 2_001)), "expected 2 to 2,000 units, got 2,001"),
    "zero": (np.zeros((3, 3)), "expected a matrix that is not zero"),
    "complex": (np.ones((3, 3)) * 1j, "expected real numbers, got complex ones"),
    "nothing": (None, "expected numbers, got object"),
    "digits as text": ([["1", "2"], ["3", "4"]], "expected numbers, got <U1"),
    "dates": (np.full((3, 3), "2020-01-01", "M8[D]"), r"expected numbers, got datetime64\[D\]"),
    "huge": (np.eye(3) * 1e200, r"expected a largest weight between 1e-100 and 1e\+100 in size, got 1e\+200"),
    "tiny": (np.eye(3) * 1e-200, r"in size, got 1e-200"),
}


@pytest.mark.parametrize("name", BAD)
def test_every_bad_matrix_is_explained_in_a_line(name):
    source, words = BAD[name]
    with pytest.raises(ValueError, match=words) as error:
        own.read(source)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "file, content, words",
    [
        ("w.txt", b"1 2", r"w.txt: expected a .npy or .csv file, got '.txt'"),
        ("w", b"1 2", "got 'no ending'"),
        ("w.npy", b"no array", "w.npy: expected a file that can be read"),
        ("w.npy", b"", "w.npy: expected a file that can be read"),
        ("w.csv", b"1,2\n3,x\n", "w.csv: expected numbers"),
        ("w.csv", b"1,2\n3\n", "w.csv: expected numbers in rows of one length"),
        ("w.csv", b"\xff\xfe\x00", "w.csv: expected a file that can be read"),
        ("w.csv", b"# nothing\n", "w.csv: expected a square matrix"),
        ("w.csv", b"", "w.csv: expected a file that can be read, got an empty one"),
        ("w.csv", b"1,2\n3,x\n", r"w.csv: expected numbers, got 'x' in line 2$"),
        ("w.csv", b"1,2\n\n3\n", r"rows of one length, got 1 in line 3 after 2$"),
        ("w.csv", b"1,,2\n3,4,5\n", r"w.csv: expected numbers, got an empty field in line 1$"),
        ("w.csv", b"1,2,\n3,4,\n", r"expected numbers, got an empty field in line 1$"),
        ("w.csv", b"\xff\xfe1\x00", "got one that is not text in UTF-8"),
        ("w.csv", b"1_0,2\n3,0x4\n", "expected numbers, got '1_0' in line 1"),
        ("w.csv", b"1,nan\n3,4\n", "expected finite entries, got NaN or infinity"),
        ("w.csv", b"a" * 500, "got 'aaaaaaaaaaaaaaaaaaaa…' in line 1"),
    ],
)
def test_every_bad_file_is_explained_in_a_line(tmp_path, file, content, words):
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ValueError, match=words) as error:
        own.read(tmp_path / file)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="gone.npy: expected a file, got none"):
        own.read(tmp_path / "gone.npy")


def test_a_file_of_pickles_is_not_opened(tmp_path):
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="evil.npy: expected a file that can be read"):
        own.read(tmp_path / "evil.npy")
    with pytest.raises(ValueError, match="got Python objects, which are not opened$"):
        own.read(tmp_path / "evil.npy")


@pytest.mark.parametrize(
    "array, words",
    [
        (np.full((2, 2), "one"), "expected numbers, got the type <U3"),
        (np.zeros((2, 2), [("a", float)]), "expected numbers, got records"),
        (np.zeros((2, 2), "M8[D]"), r"expected numbers, got the type <M8\[D\]"),
        (np.ones((2, 2)) * 1j, "expected real numbers, got complex ones"),
    ],
)
def test_an_array_of_anything_but_numbers_is_refused_by_its_type(tmp_path, array, words):
    np.save(tmp_path / "w.npy", array)
    with pytest.raises(ValueError, match=f"^w.npy: {words}$"):
        own.read(tmp_path / "w.npy")


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-1], lambda b: b[:20], lambda b: b.replace(b"descr", b"descx")]
)
def test_a_damaged_npy_file_is_said_to_be_one(tmp_path, spoil):
    np.save(tmp_path / "w.npy", W)
    (tmp_path / "w.npy").write_bytes(spoil((tmp_path / "w.npy").read_bytes()))
    with pytest.raises(
        ValueError, match="^w.npy: expected a file that can be read, got one that is damaged$"
    ):
        own.read(tmp_path / "w.npy")


def test_a_header_that_claims_more_than_there_is_gets_a_line(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 9999999), }".ljust(117) + b"\n"
    (tmp_path / "w.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(ValueError, match="one that is damaged$"):
        own.read(tmp_path / "w.npy")


@pytest.mark.parametrize("type_", ["<f8", ">f8", "<f4", ">f4", "<f2", "<i2", ">i4", "<u8", "|i1", "|b1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_either_order_of_bytes_and_of_storage_is_read(tmp_path, type_, order):
    whole = np.asarray(np.round(20 * rng().standard_normal((6, 6))), order=order)
    np.save(tmp_path / "w.NPY.npy", np.abs(whole).astype(type_) if "u" in type_ else whole.astype(type_))
    found = own.read(tmp_path / "w.NPY.npy")
    np.testing.assert_array_equal(found, np.abs(whole) if "u" in type_ else whole.astype(type_).astype(float))


def advice(matrix):
    return " ".join(own.examine(matrix).advice)


def test_colei_is_told_of_its_entropy_and_an_rnn_of_dales_law():
    report = own.examine(colei_weights(100, 9.0, rng=rng()))
    assert report.obeys and (report.n_e, report.n_i) == (90, 10) and report.H < report.rnn_H < 1
    assert "few directions dominate" in " ".join(report.advice)
    assert "does not obey Dale's law" in advice(rnn_weights(100, rho=1.5, rng=rng()))


def test_the_advice_follows_the_matrix():
    assert "do not balance" in advice(dale.equal_strength(100, 9.0, rng=rng()))
    assert "do not balance" not in advice(colei_weights(100, 9.0, rng=rng()))
    assert "Every column excites" in advice(np.abs(W))
    assert "Every column inhibits" in advice(-np.abs(W))
    assert "shrinks" in advice(0.01 * W) and "grows" in advice(100 * W)
    assert "as even as an RNN's" in advice(dale.signed_permutation(30, 4.0, rng=rng()))
    assert "Columns of more even strength" in advice(colei_weights(100, 9.0, rng=rng()))
    J = np.ones((30, 30)) * column_signs(30, 4.0)  # all inputs alike: nothing but fewer of them could help
    assert "only fewer would" in advice(J + 1e-9 * np.diag(column_signs(30, 4.0)))
    hole = W.copy()
    hole[:, 3] = 0
    assert "1 unit sends to none: at least 1 singular value must be zero." in advice(hole)
    hole[[4, 5], :] = 0
    hole[:, 4] = 0
    assert "2 units send to none and 2 units hear none: at least 2 singular values must be zero." in advice(
        hole
    )
    hole[6] = 0
    assert "2 units send to none and 3 units hear none: at least 3 singular values must be zero." in advice(
        hole
    )


@pytest.mark.parametrize("n", range(2, 60))
def test_a_matrix_of_equal_entries_has_as_many_inputs_as_units(n):
    report = own.examine(np.full((n, n), 0.1))
    assert report.inputs == pytest.approx(n) and report.most_H == pytest.approx(0, abs=1e-5)


def test_what_is_zero_but_for_rounding_is_said_to_be_zero():
    report = own.examine(dale.row_balanced(40, 4.0, rng=rng()))
    assert report.mean == 0.0 == report.s[-1] and "the mean's at 0\n" in str(report)
    assert own.examine(np.full((7, 7), 0.1)).disc == 0.0


def test_a_matrix_that_ends_every_change_has_gain_zero():
    assert own.examine(np.triu(np.ones((4, 4)), 1)).gain == 0.0


def test_theorys_disc_holds_the_eigenvalues_of_noise_under_dales_law():
    report = own.examine(dale.row_balanced(200, 1.0, rng=rng()))
    assert report.disc == pytest.approx(report.radius, rel=0.2)
    assert abs(report.mean) < 1e-9
    assert own.examine(rnn_weights(20, rng=rng())).disc is None


@pytest.mark.parametrize("matrix", [W, rnn_weights(20, rng=rng()), np.eye(5)])
def test_a_report_can_be_read_and_seen(matrix):
    report = own.examine(matrix)
    text = str(report)
    assert (
        f"{len(matrix)} units" in text
        and f"H = {report.H:.3f}" in text
        and all(a in text for a in report.advice)
    )
    figure = own_matrix(report)
    assert (
        len(figure.axes) == 3 and f"H {report.H:.3f}" in figure.axes[1].get_legend().get_texts()[0].get_text()
    )


@pytest.mark.parametrize("name", ["m.npy", "m.csv"])
@pytest.mark.parametrize("kind", odd.KINDS)
def test_what_stands_in_the_place_of_a_file_is_one_line_at_once(kind, name, tmp_path):
    odd.put(tmp_path / name, kind)
    with odd.bounded(), pytest.raises(ValueError, match=f"{name}: expected a file that can be read") as error:
        own.read(tmp_path / name)
    assert "\n" not in str(error.value) and odd.is_there(tmp_path / name, kind)


def test_an_array_that_is_not_there_takes_no_memory(tmp_path):
    with open(tmp_path / "m.npy", "wb") as file:
        what = {"descr": "<f8", "fortran_order": False, "shape": (100_000, 100_000)}
        np.lib.format.write_array_header_1_0(file, what)
    with (
        odd.bounded(10, 10),
        pytest.raises(
            ValueError, match="m.npy: expected a file that can be read, got one that is damaged"
        ) as error,
    ):
        own.read(tmp_path / "m.npy")
    assert "\n" not in str(error.value)
