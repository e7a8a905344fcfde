"""Similarity of an image to its target: SSIM and PSNR on 8-bit images, one value per image."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

PSNR_CAP = 100.0
"""dB given to identical images, whose PSNR is infinite, and the most that any image gets: one level in one pixel of a
256 x 256 image is 101 dB."""

_WINDOW, _SIGMA, _CROP = 11, 1.5, 5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(real: Tensor, generated: Tensor) -> list[float]:
    """Return the structural similarity of each pair (Wang et al. 2004): Gaussian window 11 x 11, sigma 1.5, range 255.

    The map is cropped by the window's radius and averaged over pixels and RGB channels: skimage's structural_similarity
    with gaussian_weights, sigma 1.5 and population covariance. torchmetrics since 2024 does not crop and differs.

    Args:
        real, generated: (B, 3, H, W) uint8, H, W >= 11.

    Returns:
        B values in [-1, 1].

    Raises:
        ValueError: other types, unequal shapes, or images smaller than the window.
    """
    _check(real, generated)
    if min(real.shape[2:]) < _WINDOW:
        raise ValueError(f"SSIM needs images of at least {_WINDOW} x {_WINDOW}, got {tuple(real.shape[2:])}")
    return [_ssim(x, y) for x, y in zip(_pixels(real), _pixels(generated), strict=True)]


def _ssim(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the mean cropped SSIM map of two (H, W, 3) images. Float32 would be 4e-4 off on white backgrounds."""
    mean_x, mean_y, squares, product = _blur(x), _blur(y), _blur(x * x + y * y), _blur(x * y)
    cross, squared_means = mean_x * mean_y, mean_x * mean_x + mean_y * mean_y
    numerator = (2 * cross + _C1) * (2 * (product - cross) + _C2)
    denominator = (squared_means + _C1) * (squares - squared_means + _C2)
    return float((numerator / denominator).mean())


def _blur(image: NDArray[np.float64]) -> NDArray[np.float64]:
    blurred = cv2.GaussianBlur(image, (_WINDOW, _WINDOW), _SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred[_CROP:-_CROP, _CROP:-_CROP])


def psnr(real: Tensor, generated: Tensor) -> list[float]:
    """Return the peak signal-to-noise ratio of each pair in dB, 10 log10(255^2 / MSE), at most PSNR_CAP.

    The MSE is over pixels and channels. Papers print the mean of these values; pooling the error of all images first
    gives a lower number.

    Args:
        real, generated: (B, 3, H, W) uint8.

    Raises:
        ValueError: other types or unequal shapes.
    """
    _check(real, generated)
    error = (real.cpu().double() - generated.cpu().double()).square().mean(dim=(1, 2, 3))
    decibels = 10.0 * (255.0**2 / error.clamp_min(1e-300)).log10()
    return [float(value) for value in decibels.clamp_max(PSNR_CAP)]


def _pixels(images: Tensor) -> NDArray[np.float64]:
    return np.ascontiguousarray(images.cpu().permute(0, 2, 3, 1).numpy().astype(np.float64))


def _check(real: Tensor, generated: Tensor) -> None:
    for images in (real, generated):
        if str(images.dtype) != "torch.uint8" or images.dim() != 4:
            raise ValueError(f"expected (B, 3, H, W) uint8 images, got {tuple(images.shape)} {images.dtype}")
    if real.shape != generated.shape:
        raise ValueError(f"pairs need equal shapes, got {tuple(real.shape)} and {tuple(generated.shape)}")
