"""Square crops around an object."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_BACKGROUND = np.array([0, 0, 254], dtype=np.int16)
#: Largest distance of a background pixel from that colour: JPEG blurs the edge of a flat background.
_TOLERANCE = 56


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; fractions are allowed, and it may lie partly outside of the image."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, shape: tuple[int, ...]) -> Box:
        """Return the box clipped to an image of this shape (H, W, ...); width or height 0 where nothing is left."""
        left, top = min(max(self.x, 0.0), shape[1]), min(max(self.y, 0.0), shape[0])
        right, bottom = min(max(self.x + self.width, left), shape[1]), min(max(self.y + self.height, top), shape[0])
        return Box(left, top, right - left, bottom - top)


def centre_square(shape: tuple[int, ...]) -> Box:
    """Return the largest square in the middle of an image of this shape (H, W, ...)."""
    height, width = shape[:2]
    side = min(height, width)
    return Box((width - side) / 2, (height - side) / 2, side, side)


def flower_mask(segmentation: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mask (H, W) {0, 1} of everything but the flat blue of a segmentation (H, W, 3) RGB, specks removed."""
    far = np.abs(segmentation.astype(np.int16) - _BACKGROUND).max(axis=2) > _TOLERANCE
    return np.asarray(cv2.morphologyEx(far.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)


def largest_box(mask: NDArray[np.uint8]) -> Box | None:
    """Return the box of the largest connected part of a mask (H, W) {0, 1}; None where it is empty."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return None
    x, y, width, height, _ = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))]
    return Box(float(x), float(y), float(width), float(height))


def square_crop(image: NDArray[np.uint8], box: Box, margin: float = 0.0) -> NDArray[np.uint8]:
    """Return the square crop (S, S, 3) around a box; proportions are kept.

    The side is the box's longer side plus `margin` of it at either end. The square is moved into the image where the
    image is large enough; elsewhere the missing part is mirrored at the image's edge.

    Args:
        image: (H, W, 3).
        box: at least partly inside of the image.
        margin: share of the longer side.
    """
    box = box.inside(image.shape)
    height, width = image.shape[:2]
    side = max(round(max(box.width, box.height) * (1 + 2 * margin)), 1)
    left = _moved_inside(round(box.x + box.width / 2 - side / 2), side, width)
    top = _moved_inside(round(box.y + box.height / 2 - side / 2), side, height)
    crop = image[max(top, 0) : top + side, max(left, 0) : left + side]
    above, before = max(-top, 0), max(-left, 0)
    below, after = side - above - crop.shape[0], side - before - crop.shape[1]
    if not (above or before or below or after):
        return np.ascontiguousarray(crop)
    return np.asarray(cv2.copyMakeBorder(crop, above, below, before, after, cv2.BORDER_REFLECT), np.uint8)


def _moved_inside(start: int, side: int, length: int) -> int:
    """Return the start of a side moved inside 0 .. length; centred where it is too long."""
    if side > length:
        return -((side - length) // 2)
    return min(max(start, 0), length - side)
