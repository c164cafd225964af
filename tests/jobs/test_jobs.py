"""From configurations to data and a training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from daleslaw_lib import jobs
from daleslaw_lib.tasks import mnist
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("one_thread", "root")


def test_an_ensemble_of_mismatched_shapes_is_refused():
    splits = jobs.load_task(config(), torch.device("cpu"))
    for name, value in dict(hidden=11, layers=2, kind="rnn", batch=17, updates=25).items():
        mixed = [config(), replace(config(), **{name: value})]
        with pytest.raises(ValueError, match="ensemble: expected runs of one shape, got 2"):
            jobs.build(mixed, splits, torch.device("cpu"))
    with pytest.raises(ValueError, match="ensemble: expected runs of one shape, got 0"):
        jobs.build([], splits, torch.device("cpu"))


def test_a_task_is_time_first_and_scaled():
    for dtype in ("float32", "float64"):
        splits = jobs.load_task(config(n_valid=10, dtype=dtype), torch.device("cpu"))
        assert splits.train.x.shape == (28, 512, 28) and splits.test.x.shape == (28, 1000, 28)
        assert splits.valid.x.shape == (28, 10, 28) and splits.train.x.transpose(0, 1).is_contiguous()
        assert splits.train.x.dtype == getattr(torch, dtype) and splits.train.y.shape == (512,)
        assert splits.train.x.min() == 0 and splits.train.x.max() == 1
    assert jobs.load_task(config(), torch.device("cpu")).valid is None
    digits = mnist.load(512, source="subset")
    image = mnist.scaled(digits.x_train[7], "float64")
    np.testing.assert_array_equal(splits.train.x[:, 7].numpy(), image)
