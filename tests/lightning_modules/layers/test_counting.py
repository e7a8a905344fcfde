from __future__ import annotations

import torch
from torch import nn

from lightning_modules.layers.counting import count_parameters, unused_parameters
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
