"""Canvas of one head: colours and coverage, painted in float at a higher resolution than the image's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.curves import Points

Plane = NDArray[np.float32]
#: One closed outline (K, 2), or several painted in the same way.
Outlines = Points | list[Points]
Widths = float | Sequence[float]
_SUBPIXEL = 4  # fractional bits of cv2's fixed-point coordinates


@dataclass(frozen=True)
class Patch:
    """Coverage of a shape in [0, 1], and its part of the sheet."""

    rows: slice
    columns: slice
    cover: Plane


class Sheet:
    """Colour planes (3, H, W) RGB 0..255 and their coverage (H, W), for lengths in half head heights.

    Args:
        unit: pixels in half a head height.
        left, top, right, bottom: limits of the sheet.
    """

    def __init__(self, unit: float, left: float, top: float, right: float, bottom: float) -> None:
        self.unit, self.origin = unit, np.array([left, top])
        self.height, self.width = round((bottom - top) * unit), round((right - left) * unit)
        self.colour = np.zeros((3, self.height, self.width), dtype=np.float32)
        self.cover = np.zeros((self.height, self.width), dtype=np.float32)

    def pixels(self, points: ArrayLike) -> Points:
        """Return pixel coordinates of points."""
        return np.asarray((np.asarray(points) - self.origin) * self.unit, dtype=np.float64)

    def patch(self, outline: Outlines, soft: float = 0.0, clip: Plane | None = None) -> Patch | None:
        """Return the coverage of closed outlines, blurred by `soft`, limited by `clip`; None outside the sheet."""
        outlines = outline if isinstance(outline, list) else [outline]
        scale = self.unit * (1 << _SUBPIXEL)
        fixed = [((points - self.origin) * scale - (1 << _SUBPIXEL - 1)).astype(np.int32) for points in outlines]
        blur = round(soft * self.unit)
        left, top, right, bottom = self._window(fixed, blur + 2)
        if right <= left or bottom <= top:
            return None
        mask: NDArray[Any] = np.zeros((bottom - top, right - left), dtype=np.uint8)
        offset = (-left << _SUBPIXEL, -top << _SUBPIXEL)
        cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, _SUBPIXEL, offset)
        if blur:
            size = (2 * (blur // 2) + 1,) * 2
            mask = cv2.blur(cv2.blur(mask, size), size)
        cover = np.multiply(mask, np.float32(1 / 255), dtype=np.float32)
        rows, columns = slice(top, bottom), slice(left, right)
        if clip is not None:
            cover *= clip[rows, columns]
        return Patch(rows, columns, cover)

    def _window(self, fixed: list[NDArray[np.int32]], margin: int) -> tuple[int, int, int, int]:
        boxes = [cv2.boundingRect(points) for points in fixed]
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
        return (
            max((left >> _SUBPIXEL) - margin, 0),
            max((top >> _SUBPIXEL) - margin, 0),
            min((right >> _SUBPIXEL) + margin + 1, self.width),
            min((bottom >> _SUBPIXEL) + margin + 1, self.height),
        )

    def fill(
        self,
        outline: Outlines,
        colour: Colour,
        opacity: float = 1.0,
        soft: float = 0.0,
        clip: Plane | None = None,
    ) -> None:
        """Paint existing parts with a colour (3,), without any change of coverage."""
        patch = self.patch(outline, soft, clip)
        if patch is not None:
            self.blend(patch, colour[:, None, None], opacity)

    def blend(self, patch: Patch, colour: Plane, opacity: float = 1.0) -> None:
        """Paint a patch with colours (3, h, w) of its size, without any change of coverage."""
        target = self.colour[:, patch.rows, patch.columns]
        change = colour - target
        change *= patch.cover * np.float32(opacity) if opacity != 1.0 else patch.cover
        target += change

    def add(self, patch: Patch, colour: Plane) -> None:
        """Paint a patch with colours over the sheet, with its coverage."""
        self.blend(patch, colour)
        there = self.cover[patch.rows, patch.columns]
        there += (1 - there) * patch.cover

    def shade(self, patch: Patch, strength: float, tint: tuple[float, float, float] = (0.86, 1.04, 1.06)) -> None:
        """Darken a patch: a shadow, warm unless tinted otherwise."""
        for plane, channel in zip(self.colour, tint, strict=True):
            plane[patch.rows, patch.columns] *= 1 - patch.cover * np.float32(min(strength * channel, 1.0))

    def stroke(
        self,
        line: Outlines,
        width: Widths,
        colour: Colour,
        opacity: float = 1.0,
        soft: float = 0.0,
        clip: Plane | None = None,
    ) -> None:
        """Paint lines of this width, or of evenly spaced widths along each."""
        lines = line if isinstance(line, list) else [line]
        self.fill([ribbon(points, width) for points in lines], colour, opacity, soft, clip)


def ribbon(line: Points, width: Widths) -> Points:
    """Return the closed outline of a line of this width, or of evenly spaced widths along it."""
    count = len(line)
    along = np.empty_like(line)
    along[1:-1] = line[2:] - line[:-2]
    along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
    half = np.full(count, width / 2) if isinstance(width, float | int) else _half_widths(tuple(width), count)
    half = half / np.sqrt(np.einsum("ij,ij->i", along, along) + 1e-12)
    across = along[:, ::-1] * half[:, None]
    across[:, 0] *= -1
    return np.concatenate([line + across, (line - across)[::-1]])


@lru_cache(256)
def _half_widths(widths: tuple[float, ...], count: int) -> Points:
    """Return half of the widths, interpolated at `count` positions."""
    return np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(widths)), widths) / 2
