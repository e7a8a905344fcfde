"""Blocks of weN (thesis section 4.1.2; PICNet, Zheng et al. 2019), and the family's functions for codes and sizes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.layers.pooled_conv import conv1x1_then_pool, conv3x3_then_pool
from lightning_modules.layers.spectral_norm import SpectralConv2d, SpectralConvTranspose2d

SLOPE = 0.1  # of every LeakyReLU of weN, except the 0.01 inside the attention's fusion block


def conv(in_channels: int, out_channels: int, kernel: int, spectral: bool, padding: int = 0) -> nn.Conv2d:
    """Return a convolution of stride 1 without bias, spectrally normalised if `spectral`."""
    cls = SpectralConv2d if spectral else nn.Conv2d
    return cls(in_channels, out_channels, kernel, padding=padding, bias=False)


def conv3(in_channels: int, out_channels: int, spectral: bool) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps the size."""
    return conv(in_channels, out_channels, 3, spectral, padding=1)


def doubling_conv(in_channels: int, out_channels: int, spectral: bool) -> nn.ConvTranspose2d:
    """Return a 3x3 transposed convolution with bias that doubles height and width."""
    cls = SpectralConvTranspose2d if spectral else nn.ConvTranspose2d
    return cls(in_channels, out_channels, 3, stride=2, padding=1, output_padding=1)


class First(nn.Module):
    """First block of a down path, no activation on the image: (B, in, H, W) -> (B, out, H/2, W/2)."""

    def __init__(self, in_channels: int, out_channels: int, spectral: bool) -> None:
        super().__init__()
        self.conv1 = conv3(in_channels, out_channels, spectral)
        self.conv2 = conv3(out_channels, out_channels, spectral)
        self.shortcut = conv(in_channels, out_channels, 1, spectral)

    def forward(self, x: Tensor) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)  # as all later layers are; concatenated inputs are not
        main = conv3x3_then_pool(self.conv2, F.leaky_relu(self.conv1(x), SLOPE))
        return main + conv1x1_then_pool(self.shortcut, x)


class Flat(nn.Module):
    """Pre-activation residual block: (B, in, H, W) -> (B, out, H, W)."""

    def __init__(self, in_channels: int, hidden: int, out_channels: int, spectral: bool, slope: float = SLOPE) -> None:
        super().__init__()
        self.slope = slope
        self.conv1 = conv3(in_channels, hidden, spectral)
        self.conv2 = conv3(hidden, out_channels, spectral)
        self.shortcut = conv(in_channels, out_channels, 1, spectral)

    def hidden(self, x: Tensor) -> Tensor:
        """Return the output of the main path before its last convolution."""
        return F.leaky_relu(self.conv1(F.leaky_relu(x, self.slope)), self.slope)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.hidden(x)) + self.shortcut(x)


class Down(Flat):
    """`Flat` with `in` hidden channels, followed by 2x2 average pooling: (B, in, H, W) -> (B, out, H/2, W/2)."""

    def __init__(self, in_channels: int, out_channels: int, spectral: bool) -> None:
        super().__init__(in_channels, in_channels, out_channels, spectral)

    def forward(self, x: Tensor) -> Tensor:
        return conv3x3_then_pool(self.conv2, self.hidden(x)) + conv1x1_then_pool(self.shortcut, x)


class Up(nn.Module):
    """Residual block that doubles the size: (B, in, H, W) -> (B, out, 2H, 2W)."""

    def __init__(self, in_channels: int, out_channels: int, spectral: bool) -> None:
        super().__init__()
        self.norm1 = nn.InstanceNorm2d(in_channels, affine=True)
        self.conv1 = conv3(in_channels, out_channels, spectral)
        self.norm2 = nn.InstanceNorm2d(out_channels, affine=True)
        self.conv2 = doubling_conv(out_channels, out_channels, spectral)
        self.shortcut = doubling_conv(in_channels, out_channels, spectral)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.conv1(F.leaky_relu(self.norm1(x), SLOPE))
        return self.conv2(F.leaky_relu(self.norm2(hidden), SLOPE)) + self.shortcut(x)


class Head(nn.Module):
    """From features to an image (tanh, in [-1, 1]) or logits (no tanh): (B, in, H, W) -> (B, out, H, W)."""

    def __init__(self, in_channels: int, out_channels: int, spectral: bool, tanh: bool) -> None:
        super().__init__()
        self.tanh = tanh
        cls = SpectralConv2d if spectral else nn.Conv2d
        self.conv = cls(in_channels, out_channels, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(F.leaky_relu(x, SLOPE))
        return torch.tanh(x) if self.tanh else x


def attend(query: Tensor, value: Tensor) -> Tensor:
    """Self-attention over positions: query = key, softmax over keys, no scaling; averages values by similarity.

    query (B, Q, H, W), value (B, V, H, W) -> (B, V, H, W); equation (2-30).
    """
    q, v = (t.flatten(2).transpose(1, 2).unsqueeze(1) for t in (query, value))  # (B, 1, HW, channels): one head
    context = F.scaled_dot_product_attention(q, q, v, scale=1.0)
    return context.squeeze(1).transpose(1, 2).reshape(value.shape)


class SelfAttention(nn.Module):
    """Attention of the discriminator: gamma * context + features, gamma = 0 at the start; equation (2-31).

    With `count_parity` it also holds the unused fusion block and scalar of the paper's network.
    """

    def __init__(self, channels: int, spectral: bool, count_parity: bool = False) -> None:
        super().__init__()
        self.query = conv(channels, channels // 4, 1, spectral=False)
        self.gamma = nn.Parameter(torch.zeros(1))
        if count_parity:
            self.alpha = nn.Parameter(torch.zeros(1))
            self.fusion = Flat(2 * channels, channels, channels, spectral, slope=0.01)
            self.unused_in_forward = ("alpha", "fusion")

    def forward(self, features: Tensor) -> Tensor:
        return self.gamma * attend(self.query(features), features) + features


class ShortLongAttention(nn.Module):
    """Attention of the generator over its own features (short term) and those of its down path (long term).

    Equations (2-30) to (2-32). One attention map, computed from the decoder's features, averages both. Encoder features
    are unchanged where the image is visible, and filled by attention in the hole. gamma = alpha = 0 at the start.
    """

    def __init__(self, channels: int, skip_channels: int, spectral: bool) -> None:
        super().__init__()
        self.query = conv(channels, channels // 4, 1, spectral=False)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.alpha = nn.Parameter(torch.zeros(1))
        self.fusion = Flat(channels + skip_channels, channels, channels, spectral, slope=0.01)

    def contexts(self, decoded: Tensor, encoded: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the fusion block: decoded features y_d, and encoded features y_e completed in the hole.

        decoded (B, channels, h, w), encoded (B, skip_channels, h, w), visible (B, 1, H, W) in [0, 1], resized to h x w.
        """
        context = attend(self.query(decoded), torch.cat([decoded, encoded], dim=1))
        context_d, context_e = context.split([decoded.shape[1], encoded.shape[1]], dim=1)
        visible = F.interpolate(visible, size=decoded.shape[-2:], mode="bilinear", align_corners=True)
        return self.gamma * context_d + decoded, self.alpha * (1 - visible) * context_e + visible * encoded

    def forward(self, decoded: Tensor, encoded: Tensor, visible: Tensor) -> Tensor:
        return self.fusion(torch.cat(self.contexts(decoded, encoded, visible), dim=1))


def tile_latent(z: Tensor, size: torch.Size) -> Tensor:
    """Repeat a latent map (B, C, h, w) periodically to (B, C, H, W); H and W must be multiples of h and w."""
    return z.repeat(1, 1, size[0] // z.shape[-2], size[1] // z.shape[-1])


def append_latent(x: Tensor, z: Tensor) -> Tensor:
    """Concatenate a latent vector (B, L) to every position of (B, C, H, W): (B, C + L, H, W)."""
    return torch.cat([x, z[:, :, None, None].expand(-1, -1, *x.shape[-2:])], dim=1)


def check_resolution(x: Tensor, levels: int, smallest: int = 1) -> None:
    """Raise ValueError unless (B, C, H, W) can be halved `levels` times and leave at least `smallest` pixels a side."""
    height, width = x.shape[-2:]
    if height % 2**levels or width % 2**levels or min(height, width) < smallest * 2**levels:
        raise ValueError(
            f"resolution {height}x{width} cannot be used with levels={levels}: sides must be multiples of {2**levels}, "
            f"at least {smallest * 2**levels}; raise the resolution or lower levels"
        )
