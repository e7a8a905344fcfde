"""Supersampled canvas of shaded shapes and, with the same geometry, their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datamodules.synthetic.canvas.curves import Points

Colour = NDArray[np.float32]
SUPERSAMPLE = 2
_SUBPIXEL = 4  # fractional bits of cv2's fixed-point coordinates
# Shadows keep slightly more red: they are warm, not grey.
_SHADOW_TINT = np.array([0.94, 1.03, 1.0], dtype=np.float32)[:, None, None]


@dataclass(frozen=True)
class Fabric:
    """A colour (RGB 0..255), or a tile (T, T, 3) that repeats every `period` (image sides)."""

    colour: Colour
    tile: NDArray[np.float32] | None = None
    period: float = 0.1


@dataclass(frozen=True)
class Fold:
    """A soft stroke of shade (strength < 0) or light (> 0) on a garment; width in image sides."""

    points: Points
    width: float
    strength: float


@dataclass(frozen=True)
class Window:
    """A rectangle of the canvas, in supersampled pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left


class Canvas:
    """Image and label map, painted together; geometry is in image sides, (0, 0) top left, (1, 1) bottom right."""

    def __init__(self, background: NDArray[np.float32]) -> None:
        """Args: background: (H, H, 3) float32 RGB 0..255, of the result's size."""
        self.side = background.shape[0] * SUPERSAMPLE
        planes = np.ascontiguousarray(background.transpose(2, 0, 1))  # numpy is much quicker on whole planes
        self.planes = np.empty((3, self.side, self.side), dtype=np.float32)
        for plane, large in zip(planes, self.planes, strict=True):
            cv2.resize(plane, (self.side, self.side), dst=large)
        self.labels = np.zeros((self.side, self.side), dtype=np.uint8)

    def fill(
        self,
        outline: Points,
        fabric: Fabric | Colour,
        label: int | None = None,
        *,
        volume: float = 0.35,
        roundness: float = 0.012,
        edge: float = 0.4,
        shadow: float = 0.0,
        folds: Sequence[Fold] = (),
        path: Points | None = None,
        melt: tuple[Points, float] | None = None,
        within: Sequence[int] | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Paint one shape.

        Args:
            outline: (K, 2) closed outline.
            fabric: its colour or texture.
            label: its CIHP label; None keeps the labels below it (a print, a button).
            volume: strength of the shading by light from the upper left; roundness is its scale.
            edge: darkness of its rim.
            shadow: strength of its shadow on earlier shapes (the person only, not the background).
            folds: soft strokes of shade.
            path: (2 or 3, 2) the limb that the fabric's pattern follows.
            melt: (point, radius) in which rim, volume and shadow vanish, so that two shapes join without a seam.
            within: restriction to pixels with these labels.
            opacity: in [0, 1].
        """
        pixels = outline * self.side
        window = self._window(pixels, margin=int(self.side * 0.006))
        if window is None:
            return
        mask = self._mask(pixels, window)
        if within is not None:
            mask *= self._having(window, within)
        alpha = mask.astype(np.float32) * np.float32(opacity / 255)
        keep = self._melting(window, melt)
        if shadow:
            self._cast(window, mask, shadow, melt)
        paint = self._texture(window, fabric, path)
        if volume or edge or folds:
            shade = self._shade(window, mask, volume, roundness, edge, folds, keep)
            paint = np.minimum(paint * (shade * _SHADOW_TINT + 1), 255)
        target = self.planes[:, *window.slices]
        paint = paint - target
        paint *= alpha
        target += paint
        if label is not None:
            self.labels[window.slices][mask >= 128] = label

    def stroke(
        self, points: Points, colour: Colour, width: float, opacity: float = 1.0, within: Sequence[int] | None = None
    ) -> None:
        """Draw a line of this width (image sides) over the image; labels stay."""
        pixels = points * self.side
        thickness = max(width * self.side, 0.6)
        window = self._window(pixels, margin=int(thickness) + 2)
        if window is None:
            return
        mask = np.zeros(window.shape, dtype=np.uint8)
        fixed = self._to_fixed_point(pixels, window)
        cv2.polylines(mask, [fixed], False, 255, max(1, round(thickness)), cv2.LINE_AA, _SUBPIXEL)
        if within is not None:
            mask *= self._having(window, within)
        alpha = mask.astype(np.float32) * np.float32(opacity * min(1.0, thickness) / 255)
        target = self.planes[:, *window.slices]
        target += alpha * (colour[:, None, None] - target)

    def finish(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return image (H, W, 3) uint8 and labels (H, W) uint8: area means, and the majority of each 2 x 2 block."""
        size = self.side // SUPERSAMPLE
        image = np.stack([cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA) for p in self.planes], axis=2)
        a, b, c, d = (self.labels[i::2, j::2] for i in range(2) for j in range(2))
        labels = np.where(c == d, c, a)
        labels = np.where((b == c) | (b == d), b, labels)
        return np.clip(image + 0.5, 0, 255).astype(np.uint8), np.where((a == b) | (a == c), a, labels).astype(np.uint8)

    def _window(self, pixels: Points, margin: int) -> Window | None:
        x, y = pixels[:, 0].tolist(), pixels[:, 1].tolist()
        left, top = max(int(min(x)) - margin, 0), max(int(min(y)) - margin, 0)
        right, bottom = min(int(max(x)) + margin + 2, self.side), min(int(max(y)) + margin + 2, self.side)
        return Window(left, top, right, bottom) if right > left and bottom > top else None

    def _having(self, window: Window, chosen: Sequence[int]) -> NDArray[np.bool_]:
        labels = self.labels[window.slices]
        found = labels == chosen[0]
        for label in chosen[1:]:
            found |= labels == label
        return found

    def _to_fixed_point(self, pixels: Points, window: Window) -> NDArray[np.int32]:
        offset = (window.left + 0.5, window.top + 0.5)
        return np.rint((pixels - offset) * (1 << _SUBPIXEL)).astype(np.int32)

    def _mask(self, pixels: Points, window: Window) -> NDArray[np.uint8]:
        mask = np.zeros(window.shape, dtype=np.uint8)
        cv2.fillPoly(mask, [self._to_fixed_point(pixels, window)], 255, cv2.LINE_AA, _SUBPIXEL)
        return mask

    def _melting(self, window: Window, melt: tuple[Points, float] | None) -> NDArray[np.float32] | None:
        if melt is None:
            return None
        centre, radius = melt[0] * self.side, melt[1] * self.side
        y = np.arange(window.top, window.bottom, dtype=np.float32)[:, None] - np.float32(centre[1])
        x = np.arange(window.left, window.right, dtype=np.float32)[None, :] - np.float32(centre[0])
        return np.clip(np.sqrt(x * x + y * y) / radius * 2 - 1, 0, 1)

    def _odd(self, length: float) -> int:
        return max(1, round(length * self.side)) | 1

    def _cast(
        self, window: Window, mask: NDArray[np.uint8], strength: float, melt: tuple[Points, float] | None
    ) -> None:
        """Darken the area to the lower right of the shape, away from the light."""
        size = self._odd(0.018)
        right, down, spread = round(self.side * 0.0072), round(self.side * 0.009), size // 2
        wide = Window(
            window.left,
            window.top,
            min(window.right + right + spread, self.side),
            min(window.bottom + down + spread, self.side),
        )
        height, width = wide.shape
        moved = cv2.copyMakeBorder(mask, down, spread, right, spread, cv2.BORDER_CONSTANT)[:height, :width]
        soft = cv2.blur(moved, (size, size)).astype(np.float32)
        soft *= (self.labels[wide.slices] > 0) * np.float32(strength / 255)
        keep = self._melting(wide, melt)
        if keep is not None:
            soft *= keep
        self.planes[:, *wide.slices] *= 1 - soft

    def _shade(
        self,
        window: Window,
        mask: NDArray[np.uint8],
        volume: float,
        roundness: float,
        edge: float,
        folds: Sequence[Fold],
        keep: NDArray[np.float32] | None,
    ) -> NDArray[np.float32]:
        size = self._odd(roundness * 1.6)
        soft = cv2.blur(cv2.blur(mask, (size, size)), (size, size)).astype(np.float32) / np.float32(255)
        reach = max(1, round(roundness * self.side))
        rise = max(1, reach // 2)
        ahead = _shift(soft, -reach, -rise)
        behind = _shift(soft, reach, rise)
        shade = volume * (0.75 * np.minimum(ahead - behind, 0.55) + 0.5 * (soft - 0.9))
        if edge:
            rim = cv2.blur(mask, (self._odd(0.006),) * 2).astype(np.float32) / 255
            shade -= edge * np.clip(2 - 2 * rim, 0, 1)
        if keep is not None:
            shade *= keep
        if folds:
            shade += self._creases(window, folds)
        return np.maximum(shade, -0.8)

    def _creases(self, window: Window, folds: Sequence[Fold]) -> NDArray[np.float32]:
        layer = np.zeros(window.shape, dtype=np.float32)
        for fold in folds:
            fixed = self._to_fixed_point(fold.points * self.side, window)
            thickness = max(1, round(fold.width * self.side))
            cv2.polylines(layer, [fixed], False, float(fold.strength), thickness, cv2.LINE_8, _SUBPIXEL)
        size = self._odd(0.008)
        return np.asarray(cv2.blur(cv2.blur(layer, (size, size)), (size, size)), dtype=np.float32)

    def _texture(self, window: Window, fabric: Fabric | Colour, path: Points | None) -> NDArray[np.float32]:
        if not isinstance(fabric, Fabric):
            return fabric[:, None, None]
        if fabric.tile is None:
            return fabric.colour[:, None, None]
        across, along = self._coordinates(window, path)
        scale = fabric.tile.shape[0] / fabric.period
        pixels = cv2.remap(
            fabric.tile,
            across * np.float32(scale),
            along * np.float32(scale),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
        return np.asarray(pixels, dtype=np.float32).transpose(2, 0, 1)

    def _coordinates(self, window: Window, path: Points | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return distances across and along a limb of one or two straight parts, in image sides."""
        y = ((np.arange(window.top, window.bottom, dtype=np.float32) + 0.5) / self.side)[:, None]
        x = ((np.arange(window.left, window.right, dtype=np.float32) + 0.5) / self.side)[None, :]
        if path is None:
            return np.broadcast_to(x, window.shape).copy(), np.broadcast_to(y, window.shape).copy()
        across, along = _along(x, y, path[0], path[1], 0.0)
        if len(path) == 3:
            first = path[1] - path[0]
            length = float(np.hypot(first[0], first[1]))
            lower_across, lower_along = _along(x, y, path[1], path[2], length)
            second = path[2] - path[1]
            bisector = first / max(length, 1e-9) + second / max(float(np.hypot(second[0], second[1])), 1e-9)
            beyond = (x - path[1][0]) * bisector[0] + (y - path[1][1]) * bisector[1] > 0
            across, along = np.where(beyond, lower_across, across), np.where(beyond, lower_along, along)
        return across.astype(np.float32), along.astype(np.float32)


def _along(
    x: NDArray[np.float32], y: NDArray[np.float32], start: Points, end: Points, offset: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    direction = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
    dx, dy = x - start[0], y - start[1]
    return dx * direction[1] - dy * direction[0], dx * direction[0] + dy * direction[1] + offset


def _shift(array: NDArray[np.float32], right: int, down: int) -> NDArray[np.float32]:
    """Return the array moved by whole pixels, its border repeated."""
    matrix = np.array([[1, 0, right], [0, 1, down]], dtype=np.float64)
    moved = cv2.warpAffine(array, matrix, array.shape[::-1], flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.float32)
