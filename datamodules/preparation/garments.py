"""Boxes, holes and garment crops: the inputs of the completion networks.

Source: fashion completion thesis, sections 3.1 and 4.1.1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from datamodules.preparation.labels import GARMENT_CLASS, GARMENTS, HOLE_CLASSES
from datamodules.preparation.resizing import Size, crop_or_pad, height_width

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.1, hole",
        "the smallest box around the garment, suitably enlarged",
        "the box of the garment and the skin it may cover, times 1.1 both ways, clipped to the image",
        "sleeves may change their length; the factor is not printed",
    ),
    (
        "Section 3.1, target shape",
        "a mask of the full image, it seems",
        "cropped and centred like the garments' crops",
        "as in the author's later code",
    ),
    (
        "Section 3.1, context",
        "garments are padded with zeros",
        "garments are cut out and centred on white",
        "as in the author's later code; the photographs' own background is white",
    ),
)

WHITE = 255


class Box(NamedTuple):
    """A half-open pixel box: columns left..right-1, rows top..bottom-1."""

    left: int
    top: int
    right: int
    bottom: int


def bounding_box(mask: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box around the true pixels of a (H, W) mask, or None where there are none."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(mask.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def enlarge(box: Box, scale: tuple[float, float], size: tuple[int, int]) -> Box:
    """Scale a box about its centre by (width, height) factors and clip it to an image of (height, width) `size`."""
    half_width = (box.right - box.left) * scale[0] / 2
    half_height = (box.bottom - box.top) * scale[1] / 2
    centre_x, centre_y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return Box(
        max(0, int(np.floor(centre_x - half_width))),
        max(0, int(np.floor(centre_y - half_height))),
        min(size[1], int(np.ceil(centre_x + half_width))),
        min(size[0], int(np.ceil(centre_y + half_height))),
    )


def hole_box(classes: NDArray[np.uint8], target: str, scale: tuple[float, float] = (1.1, 1.1)) -> Box | None:
    """Return the box to be completed: around the target garment and the skin it may cover, enlarged.

    Args:
        classes: (H, W) eight-class map.
        target: one of "hat", "top", "bottom", "shoes".
        scale: enlargement (width, height). The thesis says "suitably enlarged"; (1.1, 1.0) is the other preset.

    Returns:
        The box, or None where the target garment does not appear.
    """
    if not (classes == GARMENT_CLASS[target]).any():
        return None
    box = bounding_box(np.isin(classes, HOLE_CLASSES[target]))
    return enlarge(box, scale, classes.shape) if box else None


def visible_mask(box: Box, shape: tuple[int, ...], size: Size) -> NDArray[np.uint8]:
    """Return M of the thesis: (H, W) uint8 at `size`, 0 inside the box given at (height, width) `shape`, 1 outside."""
    height, width = height_width(size)
    mask = np.ones((height, width), np.uint8)
    across, down = width / shape[1], height / shape[0]
    rows = slice(int(np.floor(box.top * down)), int(np.ceil(box.bottom * down)))
    columns = slice(int(np.floor(box.left * across)), int(np.ceil(box.right * across)))
    mask[rows, columns] = 0
    return mask


def centred_crop(image: NDArray[np.uint8], mask: NDArray[np.bool_], size: Size, fill: int) -> NDArray[np.uint8]:
    """Return one garment alone: other pixels filled, cropped to its box, scaled to just fit in `size`, centred.

    Args:
        image: (H, W, C) or (H, W) uint8.
        mask: (H, W) pixels of the garment; at least one is true.
        size: of the result.
        fill: value of everything that is not the garment.

    Returns:
        (height, width, C) or (height, width) uint8.
    """
    box = bounding_box(mask)
    if box is None:
        raise ValueError("an empty mask has no crop")
    window = slice(box.top, box.bottom), slice(box.left, box.right)
    keep = mask[window] if image.ndim == 2 else mask[window][..., None]
    cut = np.where(keep, image[window], np.uint8(fill))
    limits = height_width(size)
    scale = min(limit / side for limit, side in zip(limits, cut.shape, strict=False))
    height, width = (max(1, min(limit, round(side * scale))) for limit, side in zip(limits, cut.shape, strict=False))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled: NDArray[Any] = cv2.resize(cut, (width, height), interpolation=interpolation)
    return crop_or_pad(scaled, limits, fill)[0]


def garment_crops(
    image: NDArray[np.uint8], classes: NDArray[np.uint8], size: Size
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the crops of all four garment types on white.

    Returns:
        (4, H, W, 3) uint8 in the order hat, top, bottom, shoes (absent ones all white), and (4,) which are present.
    """
    crops = np.full((len(GARMENTS), *height_width(size), 3), WHITE, np.uint8)
    present = np.zeros(len(GARMENTS), bool)
    for i, garment in enumerate(GARMENTS):
        mask = classes == GARMENT_CLASS[garment]
        if mask.any():
            crops[i] = centred_crop(image, mask, size, WHITE)
            present[i] = True
    return crops, present


def shape_crop(classes: NDArray[np.uint8], target: str, size: Size) -> NDArray[np.uint8]:
    """Return x_s of stage 1: the target garment's mask, cropped and centred as its image is; (H, W) uint8 {0, 1}."""
    mask = classes == GARMENT_CLASS[target]
    return (centred_crop(mask.astype(np.uint8) * WHITE, mask, size, 0) >= 128).astype(np.uint8)
