"""The one conversion from a network's output to 8-bit images, for all metrics and image files."""

from __future__ import annotations

import torch
from torch import Tensor


def to_uint8(images: Tensor) -> Tensor:
    """Round [-1, 1] images to 8 bits, once and in one way for all metrics.

    Args:
        images: (B, 3, H, W) floating point, [-1, 1]; values outside are clamped. -1 is 0, 1 is 255.

    Returns:
        (B, 3, H, W) uint8 on the same device. Halves round to even, so the error is at most half a level.

    Raises:
        ValueError: for NaN or infinite values, which have no colour.
    """
    if not torch.isfinite(images).all():
        raise ValueError("the images hold NaN or infinite values")
    return ((images.float().clamp(-1.0, 1.0) + 1.0) * 127.5).round().to(torch.uint8)
