"""Resizing of images and label maps to a square."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def letterbox(image: NDArray[np.uint8], fill: int) -> tuple[NDArray[np.uint8], int, int]:
    """Pad (H, W) or (H, W, C) evenly to a square; returns it with the shift (left, top) of every pixel."""
    height, width = image.shape[:2]
    side = max(height, width)
    left, top = (side - width) // 2, (side - height) // 2
    if height == width:
        return image, 0, 0
    canvas = np.full((side, side, *image.shape[2:]), fill, image.dtype)
    canvas[top : top + height, left : left + width] = image
    return canvas, left, top


def resize_image(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Resize a square image: area averaging down, bilinear up."""
    return _resize(image, side, cv2.INTER_AREA if side < image.shape[0] else cv2.INTER_LINEAR)


def resize_labels(labels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Resize a square label map by nearest neighbour, so that no label is invented."""
    return _resize(labels, side, cv2.INTER_NEAREST)


def _resize(image: NDArray[np.uint8], side: int, how: int) -> NDArray[Any]:
    return image if image.shape[0] == side else cv2.resize(image, (side, side), interpolation=how)
