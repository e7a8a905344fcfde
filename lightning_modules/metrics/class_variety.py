"""Variety within classes that noise cannot raise: variance of coarse images, from two disjoint halves of the pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightning_modules.metrics.checks import check_labels

_CELLS = 8  # of the coarse image along a side; fewer where a cell would have fewer than four pixels


class ClassVariety:
    """Within-class variance of coarse images, accumulated batch by batch.

    An image is reduced to means over 8 x 8 cells, twice: over the white and over the black fields of a chessboard of
    its pixels. The variance is the covariance of the two: noise, independent from pixel to pixel, has none, while
    whatever differs between images of a class has. Noise and fine texture therefore cannot hide a collapse.
    """

    def __init__(self) -> None:
        self._coarse: list[Tensor] = []
        self._labels: list[Tensor] = []

    def update(self, images: Tensor, labels: Tensor) -> None:
        """Add images (B, 3, H, W) uint8 of classes (B,) int64. Raises ValueError for other types or shapes."""
        if images.dtype != torch.uint8 or images.dim() != 4 or min(images.shape[2:]) < 2:
            raise ValueError(f"expected uint8 images, got {tuple(images.shape)} {images.dtype}")
        check_labels(labels.cpu(), len(images))
        self._coarse.append(_coarse_pair(images.cpu()))
        self._labels.append(labels.cpu())

    def variances(self) -> dict[int, float]:
        """Return the variance of each class of at least two images, mean over cells and channels, in squared levels."""
        if not self._coarse:
            return {}
        coarse, labels = torch.cat(self._coarse), torch.cat(self._labels)
        found = {}
        for label in labels.unique().tolist():
            first, second = coarse[labels == label].unbind(1)
            if len(first) > 1:
                product = (first - first.mean(0)) * (second - second.mean(0))
                found[int(label)] = float(product.sum(0).mean()) / (len(first) - 1)
        return found


def class_variety(generated: ClassVariety, real: ClassVariety) -> float:
    """Return the variance within classes relative to real images', at least 0, mean over the classes that both have.

    1 is as varied as real images, 0 is one image of each class. With k different images in equal shares it is about
    1 - 1/k.

    Raises:
        ValueError: no class has two images on both sides, or the real images do not differ.
    """
    ours, theirs = generated.variances(), real.variances()
    common = sorted(ours.keys() & theirs.keys())
    if not common:
        raise ValueError("no class has two images on both sides")
    made, true = (sum(side[label] for label in common) / len(common) for side in (ours, theirs))
    if true <= 0:
        raise ValueError("the real images of a class are all the same")
    return max(made, 0.0) / true


def _coarse_pair(images: Tensor) -> Tensor:
    """Return the coarse images (B, 2, 3 * cells) float32 of the two colours of a chessboard."""
    height, width = images.shape[2:]
    cells = max(1, min(_CELLS, height // 2)), max(1, min(_CELLS, width // 2))
    white = ((torch.arange(height)[:, None] + torch.arange(width)) % 2 == 0).double()[None, None]
    halves = [
        F.adaptive_avg_pool2d(images.double() * mask, cells) / F.adaptive_avg_pool2d(mask, cells)
        for mask in (white, 1 - white)
    ]
    return torch.stack([half.flatten(1) for half in halves], 1).float()
