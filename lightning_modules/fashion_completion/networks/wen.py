"""Networks of weN (Table 4-1; thesis sections 3.1, 3.2 and 4.1.2): two encoders E and Ec, generator G, discriminator D.

Feature sizes in comments are those of a 256x256 input and five levels. Latent codes are maps of side H/2^levels.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.fashion_completion.networks.blocks import (
    SLOPE,
    Down,
    First,
    Flat,
    Head,
    SelfAttention,
    ShortLongAttention,
    Up,
    check_resolution,
    conv,
    tile_latent,
)
from lightning_modules.layers.spectral_norm import SpectralNorm

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Table 4-1, G",
        "output scales are not mentioned",
        "four, and one in the rows w/o two-stage and w/o GAN as printed",
        "no other choice gives the printed counts",
    ),
    (
        "Section 4.1.2, z in G",
        "the sampled code is spatially expanded",
        "the 8 x 8 map of codes is tiled over the image",
        "as in the author's later code; the counts do not depend on it",
    ),
    (
        "Section 4.1.2, initialisation",
        "not given",
        "PyTorch's; N(0, 0.02) in the row w/o SpecNorm as printed",
        "the later code's N(0, 0.02) reaches only layers without spectral normalisation",
    ),
    (
        "Section 4.1.2, spectral normalisation",
        "named only",
        "one power iteration in every pass, in testing too; transposed convolutions unrolled along dimension 0",
        "as in the author's code; the printed counts need the unrolling; u and v change during a test",
    ),
    (
        "Table 4-1, w/o SpecNorm",
        "off in all networks",
        "as printed: kept in the attention's fusion block and D's last layer; controlled: off everywhere",
        "the printed counts need it in those two places",
    ),
    (
        "Table 4-1, parameters",
        "counts include u, v and two blocks that are never used",
        "the trained networks have no such blocks; both counts are reported",
        "unused blocks cannot change a result",
    ),
)

SpectralNormUse = Literal["on", "off_as_printed", "off"]

# (most convolutions, attention's fusion block and D's last convolution). The row "w/o SpecNorm" of Table 4-1 kept
# spectral normalisation in the second group: its printed parameter counts need it.
_SPECTRAL: dict[SpectralNormUse, tuple[bool, bool]] = {
    "on": (True, True),
    "off_as_printed": (False, True),
    "off": (False, False),
}

_ATTENTION_LEVEL = 3  # number of halvings before the attention


def level_widths(width: int, max_width: int, levels: int) -> list[int]:
    """Return the channels after each halving, doubled up to `max_width`: (32, 128, 5) -> 32, 64, 128, 128, 128."""
    return [min(width * 2**level, max_width) for level in range(levels)]


def down_path(in_channels: int, widths: list[int], spectral: bool) -> nn.ModuleList:
    """Return one halving block per width."""
    downs = [Down(i, o, spectral) for i, o in pairwise(widths)]
    return nn.ModuleList([First(in_channels, widths[0], spectral), *downs])


class Encoder(nn.Module):
    """E (the target garment, 1 or 3 channels) or Ec (its context, 12 channels): from an image to a diagonal Gaussian.

    forward: x (B, in_channels, H, W) -> mean mu and standard deviation sigma > 0, each (B, latent_channels, h, w) with
    h = H / 2^levels. Raises ValueError if H or W is no multiple of 2^levels.
    """

    def __init__(
        self,
        in_channels: int,
        width: int = 32,
        max_width: int = 128,
        levels: int = 5,
        latent_channels: int = 8,
        spectral_norm: SpectralNormUse = "on",
    ) -> None:
        super().__init__()
        spectral, _ = _SPECTRAL[spectral_norm]
        widths = level_widths(width, max_width, levels)
        self.down = down_path(in_channels, widths, spectral)
        self.distribution = Flat(widths[-1], widths[-1], 2 * latent_channels, spectral)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        check_resolution(x, len(self.down))
        for block in self.down:
            x = block(x)  # 256 -> 128 -> 64 -> 32 -> 16 -> 8
        mu, raw = self.distribution(x).chunk(2, dim=1)
        return mu, F.softplus(raw)


class Generator(nn.Module):
    """G: from conditions and a latent code to images at `output_scales` sizes.

    forward: condition (B, condition_channels, H, W), z (B, latent_channels, h, w) with h dividing H (tiled periodically
    to H x W), visible (B, 1, H, W) in {0, 1} (1 visible, 0 hole; used by attention only) -> list of `output_scales`
    tensors (B, out_channels, ., .) from coarse to fine, each twice the size of the one before and the last H x W:
    images in [-1, 1] (output "rgb") or logits (output "logits"). An output joins the features of the next scale.

    With `count_parity` it also holds the unused distribution block of the paper's network.
    Raises ValueError if H or W is no multiple of 2^levels, if attention has fewer than four levels, or if
    `output_scales` is not in 1..levels.
    """

    def __init__(
        self,
        condition_channels: int,
        out_channels: int = 3,
        width: int = 32,
        max_width: int = 128,
        levels: int = 5,
        latent_channels: int = 8,
        output_scales: int = 4,
        attention: bool = True,
        spectral_norm: SpectralNormUse = "on",
        output: Literal["rgb", "logits"] = "rgb",
        count_parity: bool = False,
    ) -> None:
        super().__init__()
        if attention and levels <= _ATTENTION_LEVEL:
            raise ValueError(f"levels={levels} is too few for attention, which needs at least {_ATTENTION_LEVEL + 1}")
        if not 1 <= output_scales <= levels:
            raise ValueError(f"output_scales={output_scales} must be between 1 and levels={levels}")
        spectral, spectral_fusion = _SPECTRAL[spectral_norm]
        widths = level_widths(width, max_width, levels)
        self.down = down_path(condition_channels + latent_channels, widths, spectral)

        self.attention_after = levels - _ATTENTION_LEVEL - 1  # index of the up block that returns to that level's size
        self.first_head = levels - output_scales  # index of the first up block with an output
        self.up, self.heads = nn.ModuleList(), nn.ModuleList()
        channels = widths[-1]
        for index, out_width in enumerate(reversed(widths)):
            self.up.append(Up(channels, out_width, spectral))
            channels = out_width
            if index >= self.first_head:
                self.heads.append(Head(out_width, out_channels, spectral, tanh=output == "rgb"))
                channels += out_channels
        self.attention: ShortLongAttention | None = None
        if attention:
            decoded, encoded = widths[_ATTENTION_LEVEL], widths[_ATTENTION_LEVEL - 1]
            self.attention = ShortLongAttention(decoded, encoded, spectral_fusion)
        if count_parity:
            self.distribution = Flat(widths[-1], widths[-1], 2 * latent_channels, spectral)
            self.unused_in_forward = ("distribution",)

    def forward(self, condition: Tensor, z: Tensor, visible: Tensor) -> list[Tensor]:
        check_resolution(condition, len(self.down))
        x = torch.cat([condition, tile_latent(z, condition.shape[-2:])], dim=1)
        features = []
        for block in self.down:
            x = block(x)  # 256 -> 128 -> 64 -> 32 -> 16 -> 8
            features.append(x)
        outputs: list[Tensor] = []
        for index, up in enumerate(self.up):
            x = up(torch.cat([x, outputs[-1]], dim=1) if outputs else x)  # 8 -> 16 -> 32 -> 64 -> 128 -> 256
            if self.attention is not None and index == self.attention_after:
                x = self.attention(x, features[_ATTENTION_LEVEL - 1], visible)  # at 32
            if index >= self.first_head:
                outputs.append(self.heads[index - self.first_head](x))
        return outputs


class Discriminator(nn.Module):
    """D: from an image to a map of logits, one per patch, no sigmoid (least-squares GAN).

    forward: (B, in_channels, H, W) -> (B, 1, h - 2, w - 2) with h = H / 2^levels: 6x6 for 256x256 and five levels.
    With `count_parity` its attention also holds the unused parts of the paper's network.
    Raises ValueError if h < 3 (the last convolution is unpadded), or if H or W is no multiple of 2^levels.
    """

    def __init__(
        self,
        in_channels: int = 3,
        width: int = 32,
        max_width: int = 128,
        levels: int = 5,
        attention: bool = True,
        spectral_norm: SpectralNormUse = "on",
        count_parity: bool = False,
    ) -> None:
        super().__init__()
        if attention and levels < _ATTENTION_LEVEL:
            raise ValueError(f"levels={levels} is too few for attention, which needs at least {_ATTENTION_LEVEL}")
        spectral, spectral_last = _SPECTRAL[spectral_norm]
        widths = level_widths(width, max_width, levels)
        self.down = down_path(in_channels, widths, spectral)
        self.attention: SelfAttention | None = None
        if attention:
            self.attention = SelfAttention(widths[_ATTENTION_LEVEL - 1], spectral_last, count_parity)
        self.flat = Flat(widths[-1], widths[-1], widths[-1], spectral)
        self.last = conv(widths[-1], 1, 3, spectral_last)

    def forward(self, x: Tensor) -> Tensor:
        check_resolution(x, len(self.down), smallest=3)
        for level, block in enumerate(self.down, start=1):
            x = block(x)  # 256 -> 128 -> 64 -> 32 -> 16 -> 8
            if self.attention is not None and level == _ATTENTION_LEVEL:
                x = self.attention(x)  # at 32
        return self.last(F.leaky_relu(self.flat(x), SLOPE))


def normal_init(net: nn.Module, std: float = 0.02) -> None:
    """Draw the weights of the convolutions *without* spectral normalisation from N(0, std^2); leave all others.

    The author's code was meant to do this for every convolution, but missed those whose weight the spectral-norm
    wrapper had renamed. Without spectral normalisation the initialisation was therefore different, too.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and not isinstance(module, SpectralNorm):
            nn.init.normal_(module.weight, 0.0, std)
