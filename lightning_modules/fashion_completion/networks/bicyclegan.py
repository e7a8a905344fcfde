"""Networks of BicycleGAN, a baseline of Table 4-1 (Zhu et al. 2017, its public default configuration).

Leaky slopes are 0.2, instance normalisation has no affine pair. The latent code is a vector.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.fashion_completion.networks.blocks import append_latent, check_resolution
from lightning_modules.layers.pooled_conv import conv1x1_then_pool, conv3x3_then_pool

SLOPE = 0.2


def xavier_init(net: nn.Module, gain: float = 0.02) -> None:
    """Draw the weights of all layers by Xavier's normal rule with a gain, and set biases to 0, as the public code."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_normal_(module.weight, gain)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Generator(nn.Module):
    """G: a U-Net that receives the latent code at the input of every down convolution.

    forward: x (B, in_channels, H, W) in [-1, 1], z (B, latent_channels) -> (B, out_channels, H, W) in [-1, 1].
    Raises ValueError if H or W is no multiple of 2^levels.
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        width: int = 64,
        max_width: int = 512,
        levels: int = 8,
        latent_channels: int = 8,
    ) -> None:
        super().__init__()
        widths = [min(width * 2**level, max_width) for level in range(levels)]
        ins = [in_channels, *widths[:-1]]
        outs = [out_channels, *widths[:-1]]  # output channels of each level's up convolution
        self.down = nn.ModuleList(nn.Conv2d(i + latent_channels, o, 4, 2, 1) for i, o in zip(ins, widths, strict=True))
        doubled = [2 * w for w in widths[:-1]] + widths[-1:]  # the innermost level has no skip
        self.up = nn.ModuleList(nn.ConvTranspose2d(i, o, 4, 2, 1) for i, o in zip(doubled, outs, strict=True))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        check_resolution(x, len(self.down))
        innermost = len(self.down) - 1
        skips: list[Tensor] = []
        for level, down in enumerate(self.down):
            x = append_latent(x, z)
            x = down(F.leaky_relu(x, SLOPE) if level else x)  # 256 -> 128 -> ... -> 1
            x = F.instance_norm(x) if 0 < level < innermost else x
            skips.append(x)
        x = skips.pop()
        for level in range(innermost, 0, -1):
            x = F.instance_norm(self.up[level](F.relu(x)))
            x = torch.cat([x, skips.pop()], dim=1)
        return torch.tanh(self.up[0](F.relu(x)))


class EncoderBlock(nn.Module):
    """Pre-activation residual block that halves the size: (B, in, H, W) -> (B, out, H/2, W/2)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, in_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.conv1(F.leaky_relu(F.instance_norm(x), SLOPE))
        hidden = F.leaky_relu(F.instance_norm(hidden), SLOPE)
        return conv3x3_then_pool(self.conv2, hidden) + conv1x1_then_pool(self.shortcut, x)


class Encoder(nn.Module):
    """E: from a real image to a diagonal Gaussian over a vector.

    forward: x (B, in_channels, H, W) -> mean mu and standard deviation sigma > 0, each (B, latent_channels).
    The last features are averaged over all positions: at 256x256 the paper's 8x8 pooling, and any size from 64 works.
    """

    def __init__(self, in_channels: int = 3, width: int = 64, latent_channels: int = 8) -> None:
        super().__init__()
        widths = [width * factor for factor in (1, 2, 3, 4, 4)]
        self.first = nn.Conv2d(in_channels, width, 4, 2, 1)
        self.blocks = nn.Sequential(*(EncoderBlock(i, o) for i, o in pairwise(widths)))
        self.mu = nn.Linear(widths[-1], latent_channels)
        self.log_variance = nn.Linear(widths[-1], latent_channels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = F.leaky_relu(self.blocks(self.first(x)), SLOPE).mean(dim=(2, 3))
        return self.mu(features), torch.exp(0.5 * self.log_variance(features))


class PatchDiscriminator(nn.Module):
    """One scale of D: (B, in_channels, H, W) -> logits (B, 1, H/8 - 2, W/8 - 2), one per 70x70 patch."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(in_channels, width, 4, 2, 1)
        self.middle = nn.ModuleList(
            nn.Conv2d(width * factor, 2 * width * factor, 4, stride, 1) for factor, stride in ((1, 2), (2, 2), (4, 1))
        )
        self.last = nn.Conv2d(8 * width, 1, 4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.first(x), SLOPE)
        for conv in self.middle:
            x = F.leaky_relu(F.instance_norm(conv(x)), SLOPE)
        return self.last(x)


class Discriminator(nn.Module):
    """D: two patch discriminators, the second half as wide and on the image at half size.

    forward: (B, in_channels, H, W) -> list of two logits maps, full size first (30x30 and 14x14 at 256x256).
    Training uses two of these, one per path (encoded z, random z); Table 4-1 counts one. Needs H, W >= 64.
    """

    def __init__(self, in_channels: int = 3, width: int = 64) -> None:
        super().__init__()
        self.scales = nn.ModuleList(
            [PatchDiscriminator(in_channels, width), PatchDiscriminator(in_channels, width // 2)]
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        images = [x, F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)]
        return [scale(image) for scale, image in zip(self.scales, images, strict=True)]
