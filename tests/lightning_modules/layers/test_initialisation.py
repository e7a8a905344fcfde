from __future__ import annotations

import pytest
import torch
from torch import nn

from lightning_modules.layers.initialisation import dcgan_init


def test_every_kind_of_layer() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(32, 64, 4), nn.BatchNorm2d(64), nn.ConvTranspose2d(64, 32, 4), nn.ReLU(), nn.Linear(128, 256),
        nn.BatchNorm1d(256), nn.Conv2d(8, 8, 3, bias=False),
    )  # fmt: skip
    for parameter in network.parameters():
        nn.init.constant_(parameter, 7.0)
    dcgan_init(network)
    means = [1.0 if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) else 0.0 for layer in network]
    for layer, mean in zip(network, means, strict=True):
        if isinstance(layer, nn.ReLU):
            continue
        weight = layer.weight
        assert isinstance(weight, torch.Tensor)
        assert weight.mean().item() == pytest.approx(mean, abs=0.01)
        assert weight.std().item() == pytest.approx(0.02, rel=0.2)
        assert layer.bias is None or not layer.bias.any()
