"""What tests ask for by name: devices, small ensembles, a toy experiment; repeatable property tests."""

import importlib.util
import os
import shutil

for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(pool, "1")  # on matrices this small, threads only wait for one another
os.environ["MPLBACKEND"] = "Agg"  # no window is opened

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

for shared in ("on_any_screen", "notebooks"):  # whose assertions are to speak as those of tests
    pytest.register_assert_rewrite(f"helpers.{shared}")

EXAMPLES = 1_000 if os.environ.get("DALESLAW_AT_LENGTH") else 60  # as `make test-full` does
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config) -> int:
    """For `pytest -n auto`, as `make test` has it."""
    from tools import workers

    return workers.workers()


def _cuda_is_absent() -> bool:
    if importlib.util.find_spec("torch") is None:
        return True
    import torch

    return not torch.cuda.is_available()


cuda = pytest.param("cuda", marks=pytest.mark.skipif(_cuda_is_absent(), reason="torch finds no CUDA device"))


@pytest.fixture(params=["cpu", cuda])
def device(request):
    """Every device there is; CUDA is skipped, with that reason, where there is none."""
    return request.param


@pytest.fixture
def draw():
    """Draws a small float64 ensemble whose biases are not zero; its arguments are those of
    `Network.draw`, with M members in place of seeds."""
    import torch

    from daleslaw_lib.networks.network import Network

    def draw(kind, M=3, *, n_in=5, n=8, n_out=4, first_seed=0, **arguments):
        arguments = {"dtype": torch.float64, "seeds": range(first_seed, first_seed + M)} | arguments
        network = Network.draw(kind, n_in, n, n_out, **arguments)
        generator = torch.Generator().manual_seed(first_seed)
        with torch.no_grad():
            for block in (*network.layers, *network.head):
                noise = torch.randn(block.b.shape[1], generator=generator, dtype=torch.float64)
                block.b.copy_(0.1 * noise)  # one for all members, so that company does not matter
        return network

    return draw


@pytest.fixture
def one_thread():
    """torch has one thread."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def registries():
    """What the test registers leaves with it."""
    from helpers.registries import as_before

    with as_before():
        yield


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty results folder, and one experiment."""
    from daleslaw_lib import experiments
    from daleslaw_lib.tasks import mnist
    from helpers import toy

    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy.TOY})
    monkeypatch.setattr(mnist, "_subset", toy.SUBSET)
    monkeypatch.setenv("DALESLAW_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder with the archive of an unbroken run."""
    import torch

    from daleslaw_lib import experiments
    from daleslaw_lib.running import runner
    from helpers import toy

    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiments, "EXPERIMENTS", {"toy": toy.TOY})
        patch.setenv("DALESLAW_RESULTS", str(folder))
        torch.set_num_threads(1)
        runner.run(*toy.SMOKE)
    return folder


@pytest.fixture
def archived(finished, root):
    """The archive of an unbroken run in this test's own results folder."""
    shutil.copytree(finished, root)
    return root / "toy" / "smoke"
