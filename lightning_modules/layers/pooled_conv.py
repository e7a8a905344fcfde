"""Convolution followed by 2x2 average pooling, as one convolution.

Both rewrites are exact up to rounding and cost less: 2.25 times fewer multiplications for 3x3, four times for 1x1.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.layers.spectral_norm import effective_weight


def averaged_kernel(weight: Tensor) -> Tensor:
    """Return the average of a 3x3 kernel's four shifts by (0 or 1, 0 or 1): (out, in, 3, 3) -> (out, in, 4, 4)."""
    return F.avg_pool2d(F.pad(weight, (1, 1, 1, 1)), kernel_size=2, stride=1)


def conv3x3_then_pool(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Return `avg_pool2d(conv(x), 2)` for a 3x3 conv of stride 1, padding 1: (B, in, H, W) -> (B, out, H/2, W/2).

    An average over four neighbours of a 3x3 convolution is one 4x4 convolution of stride 2 with the averaged kernel.
    A spectral convolution's norm stays that of the 3x3 weight: the kernel is averaged afterwards.
    """
    return F.conv2d(x, averaged_kernel(effective_weight(conv)), conv.bias, stride=2, padding=1)


def conv1x1_then_pool(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Return `avg_pool2d(conv(x), 2)` for a 1x1 convolution by pooling first, at a quarter of the cost."""
    return conv(F.avg_pool2d(x, 2))
