"""Networks of FiNet, a baseline of Table 4-1 (Han et al. 2019, as re-implemented for the thesis; section 4.4.1).

3x3 and 1x1 convolutions without bias, no normalisation. The latent code is a vector.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.fashion_completion.networks.blocks import append_latent, check_resolution


def _conv(in_channels: int, out_channels: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, bias=False)


def _widths(width: int, max_width: int, levels: int) -> list[int]:
    return [min(width * 2**level, max_width) for level in range(levels)]


class Residual(nn.Module):
    """Two residual convolution pairs behind a 1x1 convolution: (B, in, H, W) -> (B, out, H, W), all >= 0.

    The identity path is rectified too, as in the reference, whose activation worked in place.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.project = _conv(in_channels, out_channels, kernel=1)
        self.pairs = nn.ModuleList(
            nn.Sequential(_conv(out_channels, out_channels), nn.ReLU(), _conv(out_channels, out_channels))
            for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.project(x)
        for pair in self.pairs:
            x = F.relu(x)
            x = x + pair(x)
        return F.relu(x)


class Encoder(nn.Module):
    """E (the target garment) or Ec (its context): from an image to a diagonal Gaussian over a vector.

    forward: x (B, in_channels, H, W) -> mean mu and standard deviation sigma > 0, each (B, latent_channels).
    The last features are averaged over positions: at 2^levels (128) the paper's flattening, and any size works.
    """

    def __init__(
        self, in_channels: int, width: int = 64, max_width: int = 512, levels: int = 7, latent_channels: int = 8
    ) -> None:
        super().__init__()
        widths = _widths(width, max_width, levels)
        layers: list[nn.Module] = [_conv(in_channels, width, stride=2), nn.ReLU()]
        for i, o in pairwise(widths):
            layers += [Residual(i, i), _conv(i, o, stride=2), nn.ReLU()]
        self.down = nn.Sequential(*layers)
        self.mu = nn.Linear(widths[-1], latent_channels)
        self.log_variance = nn.Linear(widths[-1], latent_channels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.down(x).mean(dim=(2, 3))
        return self.mu(features), torch.exp(0.5 * self.log_variance(features))


class Generator(nn.Module):
    """G: a U-Net that receives the latent code at every level below the input.

    forward: condition (B, in_channels, H, W), z (B, latent_channels) -> (B, out_channels, H, W): an image in [-1, 1]
    (output "rgb") or logits (output "logits"). Raises ValueError if H or W is no multiple of 2^levels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 3,
        width: int = 64,
        max_width: int = 512,
        levels: int = 8,
        latent_channels: int = 8,
        output: Literal["rgb", "logits"] = "rgb",
    ) -> None:
        super().__init__()
        self.output = output
        widths = _widths(width, max_width, levels)
        self.down = nn.ModuleList([nn.Sequential(_conv(in_channels, width, stride=2), nn.ReLU())])
        for i, o in pairwise(widths):
            residual = Residual(i + latent_channels, i)
            self.down.append(nn.Sequential(residual, _conv(i, o, stride=2), nn.ReLU()))
        self.up = nn.ModuleList()
        below = 0  # channels that come from the level below; the innermost level has none
        for skip, out_width in zip(reversed(widths), [*reversed(widths[:-1]), width // 2], strict=True):
            self.up.append(Residual(below + skip + latent_channels, out_width))
            below = out_width
        self.last = _conv(below, out_channels)

    def forward(self, condition: Tensor, z: Tensor) -> Tensor:
        check_resolution(condition, len(self.down))
        x, skips = condition, []
        for block in self.down:
            x = append_latent(block(x), z)  # 256 -> 128 -> ... -> 1
            skips.append(x)
        x = self.up[0](skips.pop())
        for block in list(self.up)[1:]:
            x = block(torch.cat([F.interpolate(x, scale_factor=2), skips.pop()], dim=1))
        x = self.last(F.interpolate(x, scale_factor=2))
        return torch.tanh(x) if self.output == "rgb" else x
