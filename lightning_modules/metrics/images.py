"""The one conversion from a network's output to 8-bit images, for all metrics and image files."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from common.files import write_png


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


def to_image(image: Tensor) -> Image.Image:
    """Return an image (3, H, W) in [-1, 1] for people; values that are not finite (a diverged model) are black."""
    pixels = to_uint8(torch.nan_to_num(image, nan=-1.0, posinf=-1.0, neginf=-1.0)[None])[0]
    return Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy())


def write_image(path: Path, image: Tensor) -> None:
    """Write an image (3, H, W) in [-1, 1] as PNG; values that are not finite are black."""
    write_png(path, to_image(image))
