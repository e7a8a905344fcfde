"""E, the encoder of CVAE and CVAE-GAN: GoogLeNet (Szegedy et al. 2015) for 128 x 128 images (thesis, section 4.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lightning_modules.layers.sizes import halvings, scaled_channels

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.2, E(x, y)",
        "the place of the label's input is not given",
        "joined to the averaged features, before the two last layers",
        "as, to our knowledge, in the conference paper of the same method",
    ),
    (
        "Section 4.3, GoogLeNet",
        "its first version has local response normalisation, dropout of 0.4 before the last layer, two auxiliary "
        "classifiers, and no batch normalisation",
        "batch normalisation after every convolution, and none of these",
        "the thesis normalises all its networks by batches; dropout would add noise to the code's mean",
    ),
    (
        "Equation 4.1, the log variance",
        "the network's output",
        "bounded smoothly within +-10",
        "an exploding variance would end the training; near 0 it changes nothing",
    ),
)

#: Inception blocks by the channels of their branches: 1x1; 1x1 to 3x3; 1x1 to 5x5; pooling to 1x1.
_THIRD = ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64))
_FOURTH = (
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
)
_FIFTH = ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128))

#: Bound of the log variance's magnitude.
LOG_VARIANCE_LIMIT = 10.0


class Inception(nn.Module):
    """Inception block of four parallel branches: (B, in, h, w) -> (B, out, h, w).

    Args:
        in_channels: of the input.
        branches: channels of 1x1; of 1x1, then 3x3; of 1x1, then 5x5; and of the 1x1 after a maximum pooling.
    """

    def __init__(self, in_channels: int, branches: tuple[int, ...]) -> None:
        super().__init__()
        one, three_in, three, five_in, five, pooled = branches
        self.branches = nn.ModuleList(
            [
                _convolution(in_channels, one, 1),
                nn.Sequential(_convolution(in_channels, three_in, 1), _convolution(three_in, three, 3)),
                nn.Sequential(_convolution(in_channels, five_in, 1), _convolution(five_in, five, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), _convolution(in_channels, pooled, 1)),
            ]
        )
        self.out_channels = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Encoder(nn.Module):
    """E: from an image and its class vector to a diagonal Gaussian over latent codes.

    forward: (B, 3, R, R) in [-1, 1], labels (B, K) -> mu and log sigma^2, each (B, Z), the second within +-10.
    6,776,992 parameters for Z = 256 and K = 530; 6,608,032 for K = 200, 6,557,856 for K = 102. GoogLeNet has five
    parts, each of which halves the image; a smaller image has fewer, the last ones left out, and ends at 4 x 4 too.

    Args:
        classes: K.
        latent_dim: Z.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of the first convolution; all others scale with it.
    """

    def __init__(self, classes: int = 530, latent_dim: int = 256, resolution: int = 128, width: int = 64) -> None:
        super().__init__()
        base, third = scaled_channels(64, width), scaled_channels(192, width)
        parts: list[nn.Module] = [
            _convolution(3, base, 7, stride=2),
            nn.Sequential(_pool(), _convolution(base, base, 1), _convolution(base, third, 3)),
        ]
        outputs = [base, third]
        for group in (_THIRD, _FOURTH, _FIFTH):
            blocks: list[nn.Module] = [_pool()]
            channels = outputs[-1]
            for branches in group:
                block = Inception(channels, tuple(scaled_channels(count, width) for count in branches))
                blocks.append(block)
                channels = block.out_channels
            parts.append(nn.Sequential(*blocks))
            outputs.append(channels)
        kept = halvings(resolution)
        self.parts = nn.Sequential(*parts[:kept])
        self.mu = nn.Linear(outputs[kept - 1] + classes, latent_dim)
        self.log_variance = nn.Linear(outputs[kept - 1] + classes, latent_dim)

    def forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.parts(images).mean(dim=(2, 3))  # 128 -> 64 -> 32 -> 16 -> 8 -> 4 -> 1
        features = torch.cat([features, labels], dim=1)
        return self.mu(features), soft_bound(self.log_variance(features), LOG_VARIANCE_LIMIT)


def soft_bound(x: Tensor, limit: float) -> Tensor:
    """Return limit tanh(x / limit), within +-limit, with gradient 1 at 0."""
    return limit * torch.tanh(x / limit)


def _convolution(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU())


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)
