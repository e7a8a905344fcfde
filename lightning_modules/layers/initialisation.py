"""Initial weights of DCGAN (Radford et al. 2016), on which the image-synthesis thesis builds without naming its own."""

from __future__ import annotations

from torch import nn

STD = 0.02


def dcgan_init(network: nn.Module) -> None:
    """Draw weights of convolutions and linear layers from N(0, 0.02), of batch norm from N(1, 0.02); biases are 0."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, STD)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, STD)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
