"""Which device is taken."""

import pytest
import torch

from daleslaw_lib import devices
from helpers.toy import refusal

pytestmark = pytest.mark.usefixtures("one_thread", "root")


def test_cuda_that_is_absent_is_refused(root, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    message = "device: expected one that is here, got 'cuda' and torch sees no CUDA device"
    assert refusal(ValueError, device="cuda") == message and not root.exists()
    assert devices.pick_device("auto") == devices.pick_device("cpu") == torch.device("cpu")


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.pick_device("auto") == devices.pick_device("cuda") == torch.device("cuda")
    assert devices.pick_device("cpu") == torch.device("cpu")
