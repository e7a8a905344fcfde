"""Stamps: small textured pieces (a petal, a leaf, a feather), rendered once and placed by an affine map."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import Points

Plane = NDArray[np.float32]
#: A stamp's own coordinates: u from -1 (left) to 1 (right), v from 0 (base) to 1 (tip), with margins for soft rims.
_U, _V = 1.12, 0.06
_FINE = 2  # factor of a stamp's resolution while it is rendered
_LEVELS = 3
_SHADOW_OFFSET = 0.008  # offset of a shadow to the right and down, in image sides


@dataclass(frozen=True)
class Stamp:
    """Image of a piece at full, half and quarter size.

    Attributes:
        levels: (H, W, 4) float32 each: RGB 0..255 times opacity, opacity in [0, 1].
        shadows: (H, W) float32 each: the opacity, blurred.
    """

    levels: tuple[Plane, ...]
    shadows: tuple[Plane, ...]


@dataclass(frozen=True)
class Placing:
    """Placement of a stamp, in image sides: its base, and the vectors of half its width and of its length."""

    base: Points
    across: Points
    along: Points


def make_stamp(paint: Callable[[Plane, Plane], tuple[Plane, Plane]], height: int = 80, width: int = 56) -> Stamp:
    """Return the stamp of `paint(u, v)`, which gives colours (H, W, 3) RGB 0..255 and opacity (H, W)."""
    rows, columns = height * _FINE, width * _FINE
    v = ((np.arange(rows, dtype=np.float32) + 0.5) / rows * (1 + 2 * _V) - _V)[:, None]
    u = (((np.arange(columns, dtype=np.float32) + 0.5) / columns * 2 - 1) * _U)[None, :]
    colour, opacity = paint(np.broadcast_to(u, (rows, columns)), np.broadcast_to(v, (rows, columns)))
    pixels = np.dstack([np.clip(colour, 0, 255) * opacity[..., None], opacity]).astype(np.float32)
    levels = [_halve(pixels)]
    while len(levels) < _LEVELS:
        levels.append(_halve(levels[-1]))
    return Stamp(tuple(levels), tuple(_blur(level[..., 3]) for level in levels))


def stamp_planes(colour: NDArray[np.floating[Any]], opacity: NDArray[np.floating[Any]]) -> tuple[Plane, Plane]:
    """Return colours and opacity as `make_stamp` takes them, with opacity clipped to [0, 1]."""
    return colour.astype(np.float32), np.clip(opacity, 0, 1).astype(np.float32)


def _halve(pixels: Plane) -> Plane:
    size = pixels.shape[1] // 2, pixels.shape[0] // 2
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _blur(opacity: Plane) -> Plane:
    size = (max(3, opacity.shape[1] // 6) | 1, max(3, opacity.shape[0] // 8) | 1)
    return np.asarray(cv2.blur(cv2.blur(opacity, size), size), dtype=np.float32)


def put(
    canvas: Canvas,
    stamp: Stamp,
    placing: Placing,
    label: int | None = None,
    *,
    light: tuple[float, float, float] = (1.0, 0.0, 0.0),
    tint: Plane | None = None,
    shadow: float = 0.0,
) -> None:
    """Put a stamp on the canvas.

    Args:
        canvas: the target.
        stamp: the piece.
        placing: its placement.
        label: of its pixels; None keeps the labels below.
        light: factor of its colours at the middle of its base, and the increments of a step of 1 in u and in v.
        tint: (3,) factor of each colour.
        shadow: strength of its shadow on labelled pixels.
    """
    side = canvas.side
    (ax, ay), (lx, ly) = (placing.across * side).tolist(), (placing.along * side).tolist()
    bx, by = (placing.base * side).tolist()
    reach = round(_SHADOW_OFFSET * side) if shadow else 0
    wide, tall = _U * abs(ax) + (0.5 + _V) * abs(lx), _U * abs(ay) + (0.5 + _V) * abs(ly)
    left, top = max(int(bx + lx / 2 - wide) - 1, 0), max(int(by + ly / 2 - tall) - 1, 0)
    right = min(int(bx + lx / 2 + wide) + 2 + reach, side)
    bottom = min(int(by + ly / 2 + tall) + 2 + reach, side)
    if right - left < 2 or bottom - top < 2:
        return
    level = _level(stamp.levels[0], ax, ay, lx, ly)
    pixels, size = stamp.levels[level], (right - left, bottom - top)
    matrix = _matrix(pixels, bx - left, by - top, ax, ay, lx, ly)
    *colours, cover = cv2.split(cv2.warpAffine(pixels, matrix, size))
    rest = 1 - cover
    labels = canvas.labels[top:bottom, left:right]
    if shadow:
        matrix[:, 2] += reach
        shade = cv2.warpAffine(stamp.shadows[level], matrix, size) * np.float32(shadow)
        shade *= labels > 0
        rest = rest * (1 - shade)
    gain = _gain(size, bx - left, by - top, ax, ay, lx, ly, light)
    for channel, target in enumerate(canvas.planes[:, top:bottom, left:right]):
        colours[channel] *= gain if tint is None else gain * np.float32(tint[channel])
        target *= rest
        target += colours[channel]
    if label is not None:
        labels[cover >= 0.5] = label


def _level(pixels: Plane, ax: float, ay: float, lx: float, ly: float) -> int:
    """Return the finest level that is not reduced by more than 1.5, in width or in length."""
    length = max(math.hypot(lx, ly), 1e-3)
    width = max(2 * abs(ax * ly - ay * lx) / length, 1e-3)
    shrunk = max(pixels.shape[0] / length, pixels.shape[1] / width)
    return min(max(math.ceil(math.log2(max(shrunk / 1.5, 1.0))), 0), _LEVELS - 1)


def _matrix(pixels: Plane, bx: float, by: float, ax: float, ay: float, lx: float, ly: float) -> Points:
    """Return the map (2, 3) from the stamp's pixels to the window's: base b, half width a, length l."""
    rows, columns = pixels.shape[:2]
    right, down = 2 * _U / columns, (1 + 2 * _V) / rows
    u, v = right / 2 - _U, down / 2 - _V  # of the first pixel's middle
    return np.array(
        [
            [ax * right, lx * down, bx + u * ax + v * lx - 0.5],
            [ay * right, ly * down, by + u * ay + v * ly - 0.5],
        ]
    )


def _gain(
    size: tuple[int, int],
    bx: float,
    by: float,
    ax: float,
    ay: float,
    lx: float,
    ly: float,
    light: tuple[float, float, float],
) -> Plane:
    """Return the factor of light in a window (H, W), linear in u and v, and so in x and y."""
    middle, per_u, per_v = light
    area = ax * ly - ay * lx
    if abs(area) < 1.0 or (per_u == 0 and per_v == 0):
        return np.full((1, 1), middle, np.float32)
    slope_x, slope_y = (per_u * ly - per_v * ay) / area, (per_v * ax - per_u * lx) / area
    x = np.arange(size[0], dtype=np.float32) * np.float32(slope_x)
    y = np.arange(size[1], dtype=np.float32) * np.float32(slope_y)
    y += np.float32(middle - slope_x * (bx - 0.5) - slope_y * (by - 0.5))
    gain = y[:, None] + x
    return np.maximum(gain, np.float32(0.15), out=gain)
