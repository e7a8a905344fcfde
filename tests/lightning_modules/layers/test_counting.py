from __future__ import annotations

import torch
from torch import nn

from lightning_modules.layers.counting import count_macs, count_parameters, unused_parameters
from lightning_modules.layers.spectral_norm import SpectralConv2d, SpectralConvTranspose2d


def test_paper_convention_adds_the_vectors_of_spectral_norm() -> None:
    conv = SpectralConv2d(3, 5, 3)  # weights 135, bias 5, u 5, v 27
    assert count_parameters(conv, "paper") == 135 + 5 + 5 + 27
    assert count_parameters(conv, "live") == 140
    up = SpectralConvTranspose2d(3, 5, 3)  # weights 135, bias 5, u 3 (input channels), v 45
    assert count_parameters(up, "paper") == 135 + 5 + 3 + 45


def test_frozen_parameters_are_on_paper_but_not_live() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    net[0].requires_grad_(False)
    assert (count_parameters(net, "paper"), count_parameters(net, "live")) == (13, 4)


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Linear(2, 2)
        self.head = nn.Linear(2, 2)
        self.head_scale = nn.Parameter(torch.ones(1))  # shares a prefix with an unused name, and is used
        self.scale = nn.Parameter(torch.ones(1))
        self.unused_in_forward = ("head", "scale")


def test_declared_modules_and_parameters_are_not_live_at_any_depth() -> None:
    assert unused_parameters(Inner()) == {"head.weight", "head.bias", "scale"}
    net = nn.Sequential(Inner(), nn.Linear(2, 1))
    assert unused_parameters(net) == {"0.head.weight", "0.head.bias", "0.scale"}
    assert count_parameters(net, "live") == 6 + 1 + 3
    assert count_parameters(net, "paper") == 6 + 6 + 1 + 1 + 3


def test_macs_of_layers_counted_by_hand() -> None:
    with torch.device("meta"):
        net = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),  # 16 x 16 positions of 3 * 3 * 3 products for 8 channels
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 4, 4, stride=2, padding=1, groups=2),  # 8 x 8 positions of 4 * 4 * 4 products for 4 channels
            nn.ConvTranspose2d(4, 2, 2, stride=2),  # each of 8 x 8 inputs of 4 channels meets 2 * 2 * 2 weights
            nn.Flatten(),
            nn.Linear(2 * 16 * 16, 5),
        )
        image = torch.zeros(1, 3, 16, 16)
    by_hand = 256 * 27 * 8 + 64 * 64 * 4 + 64 * 4 * 8 + 512 * 5
    assert count_macs(net, [image]) == by_hand
    assert count_macs(net, [image.expand(3, 3, 16, 16)]) == 3 * by_hand


def test_macs_are_of_evaluation_on_any_device_and_without_spectral_norm_s_iteration() -> None:
    alone = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3))
    assert count_macs(alone, [torch.zeros(1, 2, 1, 1)]) == 6  # in training one value has no variance
    assert not alone.training
    assert count_macs(SpectralConv2d(3, 5, 3), [torch.zeros(1, 3, 4, 4)]) == 4 * 27 * 5


class Two(nn.Module):
    def forward(self, image: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return image @ other


def test_macs_of_a_network_of_several_inputs() -> None:
    assert count_macs(Two(), [torch.zeros(2, 3), torch.zeros(3, 7)]) == 2 * 3 * 7
