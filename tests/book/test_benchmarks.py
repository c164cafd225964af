"""The benchmark compares like with like: the plain way computes what the library computes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import throughput
import torch

import figures

BENCHMARKS = Path(throughput.__file__).parent


def test_every_benchmark_is_there_for_who_starts_it_by_its_path():
    """As `python benchmarks/NAME.py` in a fresh checkout: with its own folder on the path, and no other."""
    names = [path.stem for path in BENCHMARKS.glob("*.py") if path.stem != "jax_way" or throughput.JAX]
    start = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-c", start, *names]  # whose folder is the first on the path
    done = subprocess.run(command, capture_output=True, text=True, env=clean, cwd=BENCHMARKS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", throughput.KINDS)
def test_the_plain_way_and_the_library_make_the_same_updates(kind):
    data = throughput.synthetic(n_train=64, n_test=8)
    library = throughput.training(kind, 1, data)
    plain = throughput.PlainNetwork(kind, 0)
    for name, p in library.network.tensors().items():  # one initial state for both
        with torch.no_grad():
            p[0].copy_(getattr(plain, name.replace("/", "_")))
    update = throughput.plain_update(plain, kind)
    for start in (0, 32):
        x, y = data.train.x[:, start : start + 32], data.train.y[start : start + 32]
        update(x, y)
        library.update_(x[:, None].contiguous(), y[None])
    for name, p in library.network.tensors().items():
        torch.testing.assert_close(p[0], getattr(plain, name.replace("/", "_")), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", throughput.KINDS)
def test_jax_and_the_library_make_the_same_updates(kind):
    pytest.importorskip("jax", reason="jax is not installed: a contestant of benchmarks/throughput.py")
    import jax_way

    data = throughput.synthetic(n_train=96, n_test=8)
    library = throughput.training(kind, 2, data)
    ours = {name: p.detach().numpy().copy() for name, p in library.network.tensors().items()}
    found = jax_way.stacked([{name: a[k] for name, a in ours.items()} for k in range(2)])
    update = jax_way.updater(kind, throughput.LR, throughput.CLIP, throughput.column_signs(100, 9.0))
    for start in (0, 32):
        x = data.train.x[:, start : start + 64].reshape(28, 2, 32, 28)  # each network its own batch
        y = data.train.y[start : start + 64].reshape(2, 32)
        found = update(found, x.transpose(0, 1).numpy(), y.numpy())
        library.update_(x.contiguous(), y)
    for name, p in library.network.tensors().items():
        if name.startswith("layer0/W"):
            assert abs(p - torch.from_numpy(ours[name])).max() > 0, name  # both have moved
        torch.testing.assert_close(p, torch.tensor(found[name].tolist()), rtol=1e-4, atol=1e-6)


def test_the_summary_divides_what_it_says():
    members = 3
    seconds = {f"library {k} x{m}": 1.0 / m for k in throughput.KINDS for m in (1, members)}
    seconds |= {f"plain {k}": 6.0 for k in throughput.KINDS} | {"nn.RNN": 3.0, "evaluate": 100.0}
    found = throughput.summary(seconds, {"mm": 1.0, "bmm": 1.0}, members)["ratios"]
    assert found["plain way / library at 3, mean of kinds"] == pytest.approx(18)
    assert found["plain way / library at 1, mean of kinds"] == pytest.approx(6)
    assert found["nn.RNN / library RNN at 3"] == pytest.approx(9)
    assert found["DANN / RNN at 3"] == pytest.approx(1)
    assert found["evaluation's share of a run (every 468 updates)"] == pytest.approx(100 / (100 + 468 / 3))


def test_the_record_bears_out_what_the_page_on_speed_says_of_jax_and_nn_rnn():
    result = json.loads(Path(throughput.__file__).with_name("throughput.json").read_text())
    updates, ratios, members = result["updates_per_second"], result["ratios"], result["members"]
    for kind in throughput.KINDS:
        assert updates[f"library {kind} x1"] > updates["nn.RNN"]
        assert 2 < ratios[f"JAX / library, {kind} at {members}"] < 3  # ahead, and short of the aim
        assert 1 < ratios[f"JAX / library, {kind} at 1"] < 1.3  # a little faster
        assert ratios[f"torch alone / library, {kind} at 1"] > 1.15  # else C++ would not be worth its file
        assert ratios[f"torch alone / library, {kind} at {members}"] > 1.05
    alone = [ratios[f"JAX / library, {kind} at 1"] for kind in throughput.KINDS]
    assert sum(ratio < 1.2 for ratio in alone) > len(alone) / 2  # mostly by less than was aimed at


def test_the_table_of_contestants_divides_what_it_says():
    seconds = {f"library {k} x{m}": 0.5 / m for k in throughput.KINDS for m in (1, 3)}
    for who, factor in (("JAX", 2), ("torch alone", 3)):
        seconds |= {f"{who} {k} x{m}": factor * 0.5 / m for k in throughput.KINDS for m in (1, 3)}
    seconds |= {f"plain {k}": 6.0 for k in throughput.KINDS} | {"nn.RNN": 3.0, "evaluate": 1.0}
    result = throughput.summary(seconds, {"mm": 1.0, "bmm": 1.0}, 3) | {"members": 3}
    row = figures.contestants_table(result, {1: 1.2, 3: 3.0}).loc[(3, "RNN")]
    assert row[["updates / s", "× JAX", "aimed at", "× nn.RNN"]].tolist() == ["6", "2.00", "3.0", "18.00"]
    assert row[["× plain way", "× torch alone"]].tolist() == ["36.00", "3.00"]
    rate = 6 * throughput.PRODUCTS / 1e9
    assert row[["share of mm", "at the aim"]].tolist() == [f"{rate:.0%}", f"{1.5 * rate:.0%}"]


def test_the_gpu_benchmark_runs_dry_on_a_cpu_and_goes_on_where_it_stopped(tmp_path):
    out, script = tmp_path / "gpu.json", Path(throughput.__file__).with_name("gpu.py")
    command = [sys.executable, str(script), "--device", "cpu", "--seconds", "0.001", "--out", str(out)]
    stopped = subprocess.run([*command, "--time-limit", "1e-9"], capture_output=True, text=True)
    assert stopped.returncode == 75 and "the same command goes on" in stopped.stderr
    names = ["product float32", "product TF32", "graph equals eager", "error float32", "error TF32"]
    names += [f"{how} x2" for how in ("graph", "by torch", "by torch, TF32", "eager", "compile")]
    names += ["Penn Treebank x5"]
    rates = dict(updates=1.0, flops=1e9, gigabytes=0.0) | {"gigabytes planned": 0.0}
    found = {name: rates for name in names if "x" in name} | json.loads(
        out.read_text() if out.exists() else "{}"
    )
    out.write_text(json.dumps(found))  # what takes long has been measured before
    done = subprocess.run([*command, "--members", "2"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "graph and eager give the same parameters: True" in done.stdout
    error = float(re.search(r"error of a gradient, float32: (\S+)", done.stdout)[1])
    assert 1e-8 < error < 1e-5
    assert set(json.loads(out.read_text())) == set(names)


def test_the_gpu_benchmark_refuses_a_device_that_is_not_there():
    if torch.cuda.is_available():
        pytest.skip("torch finds a CUDA device")
    script = Path(throughput.__file__).with_name("gpu.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "sees no CUDA device" in done.stderr
