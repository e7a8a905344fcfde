"""G, the generator of every class-conditional model of the image-synthesis thesis (Table 3.1)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from lightning_modules.layers.sizes import SMALLEST, halvings, scaled_channels

#: Channels of the 4 x 4 map, and after each transposed convolution, at width 64 and 128 pixels.
FIRST, CHANNELS = 512, (512, 256, 256, 128, 64)


class Generator(nn.Module):
    """G: from a latent code and a class vector to an image.

    forward: z (B, Z), labels (B, K), one-hot or a mixture of classes -> (B, 3, R, R) in [-1, 1]. A fully connected
    layer gives a 4 x 4 map, and each 4 x 4 transposed convolution doubles it; all have batch normalisation and ReLU.
    14,457,923 parameters for Z = 256 and K = 530; 11,754,563 for K = 200, 10,951,747 for K = 102. A smaller image has
    fewer doublings, the first ones left out.

    Args:
        classes: K.
        latent_dim: Z.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels before the last convolution; all others scale with it.
    """

    def __init__(self, classes: int = 530, latent_dim: int = 256, resolution: int = 128, width: int = 64) -> None:
        super().__init__()
        channels = [scaled_channels(count, width) for count in (FIRST, *CHANNELS[-halvings(resolution) :])]
        size = channels[0] * SMALLEST**2
        self.first = nn.Sequential(
            nn.Linear(latent_dim + classes, size, bias=False),
            nn.BatchNorm1d(size),
            nn.ReLU(),
            nn.Unflatten(1, (channels[0], SMALLEST, SMALLEST)),
        )
        self.up = nn.Sequential(*(_doubling(i, o) for i, o in pairwise(channels)))
        self.last = nn.Conv2d(channels[-1], 3, 5, padding=2)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        x = self.first(torch.cat([z, labels], dim=1)).contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.last(self.up(x)))  # 4 -> 8 -> 16 -> 32 -> 64 -> 128


def _doubling(in_channels: int, out_channels: int) -> nn.Sequential:
    convolution = nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU())
