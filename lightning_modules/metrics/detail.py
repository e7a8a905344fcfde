"""Sharpness and noise level of a set of images, without a counterpart for each: edges told apart from white noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SCALE, _RADIUS = 0.8, 3  # of the Gaussian, in pixels
_ROOT = math.sqrt(3.0)
#: High-pass filter of Daubechies' wavelet with two vanishing moments (db2), of norm 1.
_WAVELET = torch.tensor([1 - _ROOT, _ROOT - 3, 3 + _ROOT, -1 - _ROOT], dtype=torch.float64) / (4 * math.sqrt(2.0))
_OFFSETS = torch.arange(-_RADIUS, _RADIUS + 1, dtype=torch.float64)
_GAUSSIAN = torch.exp(-_OFFSETS.square() / (2 * _SCALE**2))
_SMOOTH = _GAUSSIAN / _GAUSSIAN.sum()
_SLOPE = _OFFSETS * _SMOOTH / (_OFFSETS.square() * _SMOOTH).sum()  # the derivative of a ramp is exact
#: Edge energy of white noise of variance 1 before its removal; the diagonal detail has energy 1.
_NOISE_ENERGY = 2 * float(_SMOOTH.square().sum() * _SLOPE.square().sum())
_DEVIATION = 0.6744897501960817  # of a normal distribution's absolute value the median


class Detail:
    """Edge energy and noise level of images, accumulated batch by batch.

    The edge energy is the mean of |grad(G * x)|^2 - c |w * x|^2 over pixels and channels, with a Gaussian G of 0.8
    pixels, the finest diagonal wavelet detail w, and c such that white noise, added to any image, changes nothing on
    average: blur lowers the energy, noise does not raise it. Noise that is correlated over neighbouring pixels does.

    The noise level is the standard deviation that Donoho and Johnstone (1994) estimate, as scikit-image's
    `estimate_sigma` does: the median of |w * x| / 0.6745, mean over channels and images.
    """

    def __init__(self) -> None:
        self._edges = self._noise = 0.0
        self._images = 0

    def update(self, images: Tensor) -> None:
        """Add images (B, 3, H, W) uint8. Raises ValueError for another type or sides below 8."""
        if images.dtype != torch.uint8 or images.dim() != 4 or min(images.shape[2:]) < 2 * _RADIUS + 2:
            raise ValueError(f"expected uint8 images of 8 pixels or more, got {tuple(images.shape)} {images.dtype}")
        levels = images.cpu().double().flatten(0, 1)
        across = _filter(_filter(levels, _SMOOTH, 1), _SLOPE, 2).square()
        down = _filter(_filter(levels, _SLOPE, 1), _SMOOTH, 2).square()
        diagonal = _filter(_filter(levels, _WAVELET, 1), _WAVELET, 2).flatten(1)
        edges = (across + down).flatten(1).mean(1) - _NOISE_ENERGY * diagonal.square().mean(1)
        self._edges += float(edges.sum()) / images.shape[1]
        self._noise += float((diagonal.abs().median(1).values / _DEVIATION).sum()) / images.shape[1]
        self._images += len(images)

    def edge_energy(self) -> float:
        """Return the mean edge energy, in squared levels of 255 per pixel. Raises ValueError without images."""
        return self._edges / self._count()

    def noise_level(self) -> float:
        """Return the mean standard deviation of the noise, in levels of 255. Raises ValueError without images."""
        return self._noise / self._count()

    def _count(self) -> int:
        if not self._images:
            raise ValueError("there are no images")
        return self._images


def sharpness(generated: Detail, real: Detail) -> float:
    """Return the edge energy relative to real images', at least 0; 1 is as sharp as these, below is blurrier.

    Raises:
        ValueError: no images on one side, or real images without edges.
    """
    energy = real.edge_energy()
    if energy <= 0:
        raise ValueError("the real images have no edges")
    return max(generated.edge_energy(), 0.0) / energy


def _filter(images: Tensor, kernel: Tensor, dim: int) -> Tensor:
    """Return the correlation of images (N, H, W) with a kernel along an axis, without padding; faster than a conv2d."""
    length = images.shape[dim] - len(kernel) + 1
    found = kernel[0] * images.narrow(dim, 0, length)
    for offset in range(1, len(kernel)):
        found.add_(images.narrow(dim, offset, length), alpha=float(kernel[offset]))
    return found
