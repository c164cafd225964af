"""The digest of the library is of its code, whatever the code says."""

from daleslaw_lib import code_digests


def test_the_digest_of_the_library_is_of_its_code(monkeypatch, tmp_path):
    before = code_digests._library.__wrapped__(())
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(code_digests, "HOME", tmp_path)
    one = code_digests._library.__wrapped__(())
    (tmp_path / "a.py").write_text("x = 2\n")
    assert len({before, one, code_digests._library.__wrapped__(())}) == 3
