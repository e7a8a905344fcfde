"""Sharpness of images relative to their targets, and agreement of their edges."""

from __future__ import annotations

import torch
from torch import Tensor


class Edges:
    """The edges of pairs of images, accumulated batch by batch: differences of neighbouring pixels, over all channels.

    With e(x) all differences of an image's pixels and their neighbours to the right and below, 8-bit levels, and sums
    over all pairs of a real image x and its counterpart x': sharpness is sum |e(x')|^2 / sum |e(x)|^2, agreement is
    sum e(x) e(x') / (sum |e(x)|^2 sum |e(x')|^2)^(1/2).

    A blurred image is less sharp and mostly keeps its agreement; one with sharp but other details loses it; noise has a
    sharpness above 1 and an agreement near 0.
    """

    def __init__(self) -> None:
        self._real = self._generated = self._product = 0.0

    def update(self, real: Tensor, generated: Tensor) -> None:
        """Add pairs (B, 3, H, W) uint8. Raises ValueError for other types or unequal shapes."""
        if real.dtype != torch.uint8 or generated.dtype != torch.uint8 or real.shape != generated.shape:
            raise ValueError(
                f"expected pairs of uint8 images, got {tuple(real.shape)} {real.dtype} and "
                f"{tuple(generated.shape)} {generated.dtype}"
            )
        for wanted, found in zip(_differences(real), _differences(generated), strict=True):
            self._real += float(wanted.square().sum())
            self._generated += float(found.square().sum())
            self._product += float((wanted * found).sum())

    def sharpness(self) -> float:
        """Return a value >= 0, below 1 for images blurrier than the real ones. Raises ValueError without real edges."""
        if not self._real:
            raise ValueError("the real images have no edges")
        return self._generated / self._real

    def agreement(self) -> float:
        """Return a value in [-1, 1], 1 for the edges of the real images. Raises ValueError where one side has none."""
        if not self._real or not self._generated:
            raise ValueError(f"the {'generated' if self._real else 'real'} images have no edges")
        return self._product / (self._real * self._generated) ** 0.5


def _differences(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the differences of each pixel and its right, and of each and its lower neighbour, in float64."""
    levels = images.cpu().double()
    return levels.diff(dim=3), levels.diff(dim=2)
