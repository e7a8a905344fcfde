"""Resizing of images, label maps and points to one size (H, W)."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

#: A size in pixels: (height, width), or the side of a square.
Size = int | tuple[int, int]


def height_width(size: Size) -> tuple[int, int]:
    """Return a size as (H, W). Raises ValueError where a side is not positive."""
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 1:
        raise ValueError(f"a size is (height, width) in pixels from 1 on, not {size}")
    return height, width


def letterbox(image: NDArray[np.uint8], fill: int, size: Size = 1) -> tuple[NDArray[np.uint8], int, int]:
    """Pad (H, W) or (H, W, C) evenly to the proportions of a size, by default a square.

    Returns:
        the image, and the shift (left, top) of every pixel.
    """
    height, width = height_width(size)
    high, wide = image.shape[:2]
    padded = max(high, math.ceil(wide * height / width)), max(wide, math.ceil(high * width / height))
    return crop_or_pad(image, padded, fill)


def crop_or_pad(image: NDArray[np.uint8], size: Size, fill: int) -> tuple[NDArray[np.uint8], int, int]:
    """Crop (H, W) or (H, W, C) about its centre to a size, and pad it where it is smaller.

    Returns:
        the image, and the shift (left, top) of every pixel: negative where it is cropped.
    """
    height, width = height_width(size)
    if image.shape[:2] == (height, width):
        return image, 0, 0
    image, left, top = _crop_centre(image, height, width)
    before, above = (width - image.shape[1]) // 2, (height - image.shape[0]) // 2
    canvas = np.full((height, width, *image.shape[2:]), fill, image.dtype)
    canvas[above : above + image.shape[0], before : before + image.shape[1]] = image
    return canvas, before - left, above - top


def _crop_centre(image: NDArray[np.uint8], height: int, width: int) -> tuple[NDArray[np.uint8], int, int]:
    """Return at most height x width pixels about the centre, and where they begin (left, top)."""
    top, left = max(0, image.shape[0] - height) // 2, max(0, image.shape[1] - width) // 2
    return image[top : top + height, left : left + width], left, top


def resize_image(image: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """Resize (H, W) or (H, W, C), proportions not kept: area averaging down, bilinear up."""
    height, width = height_width(size)
    smaller = _resize(image, (min(height, image.shape[0]), min(width, image.shape[1])), cv2.INTER_AREA)
    return _resize(smaller, (height, width), cv2.INTER_LINEAR)


def resize_labels(labels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """Resize a label map (H, W) by nearest neighbour, so that no label is invented."""
    return _resize(labels, height_width(size), cv2.INTER_NEAREST)


def resize_points(points: NDArray[np.float32], shape: tuple[int, ...], size: Size) -> NDArray[np.float32]:
    """Return points (K, 2 or more) x, y of an image of shape (H, W, ...) in pixels of it at another size.

    Columns after x and y, such as a visibility flag, are kept.
    """
    height, width = height_width(size)
    moved = points.copy()
    moved[:, :2] *= np.array([width / shape[1], height / shape[0]], points.dtype)
    return moved


def _resize(image: NDArray[np.uint8], size: tuple[int, int], how: int) -> NDArray[Any]:
    return image if image.shape[:2] == size else cv2.resize(image, size[::-1], interpolation=how)
