"""A real Dask cluster: workers, scheduler and driver are killed; nothing is lost, nothing done twice."""

import contextlib
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from daleslaw_lib import HOME, experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.running import chunks, executors, runner
from helpers.archives import same_tables
from helpers.cluster import CHUNKS, TOY, UPDATES, Cluster
from helpers.toy import environment

pytestmark = pytest.mark.usefixtures("one_thread", "root")

distributed = pytest.importorskip("distributed", reason="distributed is not installed (extra [cluster])")


@pytest.fixture
def cluster(tmp_path, root):
    found = Cluster(tmp_path, root)
    yield found
    for process in found.running:
        process.kill()
        process.wait()


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.fixture
def one_process(tmp_path, monkeypatch):
    """The archive of an unbroken run in one process."""
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": TOY})
    with monkeypatch.context() as patch:
        patch.setenv("DALESLAW_RESULTS", str(tmp_path / "plain"))
        return runner.run("toy", "smoke").path


def test_killed_workers_scheduler_and_driver_lose_nothing_and_repeat_nothing(cluster, one_process, root):
    cluster.scheduler()
    first, _ = cluster.worker(), cluster.worker()
    cluster.driver()
    cluster.wait_for(lambda: len({line.rsplit(" ", 1)[0] for line in cluster.updates()}) >= 2)
    cluster.wait_for(lambda: sum(cluster.updates().values()) > 20)
    kill(first)  # in mid-chunk: the other, or a new one, goes on from its checkpoint
    before = sum(cluster.updates().values())
    cluster.worker()
    cluster.wait_for(lambda: sum(cluster.updates().values()) > before + 20)
    for process in list(cluster.running):  # everything at once, the driver among them
        kill(process)
    done = cluster.updates()
    assert 40 < len(done) < CHUNKS * UPDATES  # there is work that was done, and work that is left
    cluster.scheduler()
    cluster.worker(), cluster.worker()
    again = cluster.driver("--resume")
    assert again.wait(timeout=120) == 0, (cluster.folder / "output.log").read_text()[-3000:]
    assert same_tables(root / "toy" / "smoke", one_process)
    updates = cluster.updates()
    assert len(updates) == CHUNKS * UPDATES  # every update of every chunk
    repeated = sum(updates.values()) - len(updates)
    assert repeated <= 6  # at most the one under way at each kill, in each worker


def test_a_finished_chunk_is_archived_while_others_go_on(cluster, one_process, root):
    cluster.scheduler(), cluster.worker()
    driver = cluster.driver()
    cluster.wait_for(lambda: reading.is_archived(root / "toy" / "smoke"))
    assert driver.poll() is None
    assert driver.wait(timeout=120) == 0
    assert same_tables(root / "toy" / "smoke", one_process) and max(cluster.updates().values()) == 1


def test_a_scheduler_that_is_not_there_is_one_line(root):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "daleslaw_lib", "run", "size", "--scheduler", address]
    done = subprocess.run(command, env=environment(root), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and not done.stdout and not root.exists()
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"daleslaw: scheduler: expected one at {address}, got none")


GREETING = bytes.fromhex("3a00000000000000 0100000000000000 2a00000000000000") + (
    b"\x83\xabcompression\xc0\xa6python\x93\x03\x0b\x07\xafpickle-protocol\x05"
)
OTHERS = {
    "says nothing": b"",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"220 mail.example ESMTP\r\n",
    "no frames": bytes(8),
    "too many frames": struct.pack("<3Q", 16, 2**60, 0),
    "frames that are no message": struct.pack("<3Q8s", 24, 1, 8, 8 * b"\xc1"),
    "one byte of a greeting": GREETING[:1],
    "a greeting, and then nothing": GREETING,
}


class Other(socketserver.BaseRequestHandler):
    """Says a word, and then waits for as long as it is listened to."""

    def handle(self):
        with contextlib.suppress(OSError):  # who listened is gone
            self.request.sendall(self.server.word)
            while self.request.recv(1000):
                pass


class Dripping(socketserver.BaseRequestHandler):
    """Says a byte now and then of a message without end."""

    def handle(self):
        with contextlib.suppress(OSError):
            self.request.sendall(struct.pack("<Q", 2**20))
            while not time.sleep(0.02):
                self.request.sendall(b"x")


class QuietHTTP(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(handler, word: bytes = b""):
    """The address of a service that is not Dask's."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.word, server.daemon_threads, server.block_on_close = word, True, False
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    "handler, word",
    [*((Other, word) for word in OTHERS.values()), (Dripping, b""), (QuietHTTP, b"")],
    ids=[*OTHERS, "drips", "HTTP"],
)
def test_what_is_no_scheduler_is_one_line_in_time(handler, word, root, capfd):
    with serving(handler, word) as address:
        start = time.monotonic()
        with pytest.raises(chunks.ChunkError, match=f"expected one at {address}, got none") as error:
            with executors.scheduler(address, seconds=0.5):
                pytest.fail("a scheduler was found")
        assert capfd.readouterr() == ("", "")  # nor does Dask say anything
        assert "\n" not in str(error.value) and time.monotonic() - start < 60  # a Client waits for minutes


def test_a_scheduler_is_found_and_a_worker_in_its_place_is_one_line(root):
    how = dict(n_workers=1, processes=False, protocol="tcp", dashboard_address=None)
    with distributed.LocalCluster(**how) as local:
        with executors.scheduler(local.scheduler_address, seconds=30) as executor:
            assert executor.submit(abs, -3).result() == 3
        worker = local.workers[0].address
        with pytest.raises(
            chunks.ChunkError, match=f"{worker}, got none \\(what answers is Dask's Worker\\)"
        ):
            with executors.scheduler(worker, seconds=30):
                pytest.fail("a scheduler was found")


def test_tls_without_certificates_is_one_line_at_once(root):
    import dask

    with dask.config.set({"distributed.comm.tls.ca-file": None}):
        with pytest.raises(chunks.ChunkError, match="expected certificates in Dask's configuration"):
            with executors.scheduler("tls://127.0.0.1:1"):
                pytest.fail("a scheduler was found")


def test_a_scheduler_without_workers_is_said_to_have_none(cluster, root):
    cluster.scheduler()
    with distributed.Client(cluster.address, timeout=30):
        pass
    with pytest.warns(UserWarning, match="has no workers yet"):
        with executors.scheduler(cluster.address, seconds=30):
            pass


@pytest.mark.parametrize(
    "address",
    ["nonsense", "tcp://host", "8786", "", "http://host:80", "inproc://a:1", "ws://a:1", "tcp://a:99999"],
)
def test_an_address_that_is_none_is_one_line_at_once(address, root):
    with pytest.raises(chunks.ChunkError, match="expected an address such as tcp://host:8786, got"):
        with executors.scheduler(address):
            pytest.fail("a scheduler was found")


def test_workers_with_another_library_are_refused(cluster, root):
    other = cluster.folder / "other"
    other.mkdir()
    shutil.copytree(HOME, other / "daleslaw_lib", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "daleslaw_lib" / "checks.py").open("a") as file:
        file.write("# other\n")
    cluster.scheduler()
    ours = cluster.environment
    cluster.environment = ours | {"PYTHONPATH": str(other)}
    cluster.worker()
    cluster.environment = ours
    with distributed.Client(cluster.address, timeout=30) as client:
        client.wait_for_workers(1, timeout=30)
    command = [
        sys.executable,
        str(cluster.folder / "driver.py"),
        "run",
        "toy",
        "--scheduler",
        cluster.address,
    ]
    done = subprocess.run(command, env=ours, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and not root.exists()
    assert "expected library" in done.stderr and "the driver's, got" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
