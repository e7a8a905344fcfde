"""Fabrics: small periodic tiles."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.canvas import Colour, Fabric
from datamodules.synthetic.canvas.palette import brightness, mix

_SIDE = 96  # pixels of a tile
Tile = NDArray[np.float32]


def solid(colour: Colour) -> Fabric:
    """Return a plain fabric."""
    return Fabric(colour)


def _blend(base: Colour, top: Colour, weight: NDArray[np.float32]) -> Tile:
    return (base + np.clip(weight, 0, 1)[..., None] * (top - base)).astype(np.float32)


def _wave(axis: int, count: int, duty: float, phase: float = 0.0) -> NDArray[np.float32]:
    """Return 1 inside `count` bands of this duty along the axis, with soft borders; (T, T)."""
    t = ((np.arange(_SIDE) / _SIDE * count + phase) % 1.0).astype(np.float32)
    band = np.clip((duty / 2 - np.abs(t - 0.5)) * _SIDE / count * 0.7 + 0.5, 0, 1)
    return np.tile(band[:, None] if axis == 0 else band[None, :], (1, _SIDE) if axis == 0 else (_SIDE, 1))


def stripes(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return horizontal stripes."""
    count, duty = int(rng.integers(2, 5)), float(rng.uniform(0.3, 0.6))
    return Fabric(base, _blend(base, top, _wave(0, count, duty)), 0.1)


def pinstripes(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return vertical stripes."""
    count, duty = int(rng.integers(3, 6)), float(rng.uniform(0.2, 0.5))
    return Fabric(base, _blend(base, top, _wave(1, count, duty)), 0.09)


def checks(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return tartan or gingham: bands in both directions, darker where they cross."""
    count, duty = int(rng.integers(2, 4)), float(rng.uniform(0.35, 0.55))
    bands = (_wave(0, count, duty) + _wave(1, count, duty)) / np.float32(2)
    tile = _blend(base, top, bands)
    thin = np.maximum(_wave(0, count, 0.08, 0.5), _wave(1, count, 0.08, 0.5)) * np.float32(0.5)
    line = mix(base, np.full(3, 255 if brightness(base) < 0.5 else 20, dtype=np.float32), 0.8)
    return Fabric(base, _blend(tile, line, thin), 0.11)


def dots(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return dots on a diagonal grid."""
    count, radius = int(rng.integers(3, 5)), float(rng.uniform(0.2, 0.3))
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32) / _SIDE * count
    spread = np.minimum(_distance(x, y), _distance(x + 0.5, y + 0.5))
    return Fabric(
        base, _blend(base, top, (np.float32(radius) - spread) * np.float32(_SIDE / count * 0.6) + np.float32(0.5)), 0.1
    )


def _distance(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.hypot(x % 1 - 0.5, y % 1 - 0.5).astype(np.float32)


def floral(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return scattered five-petalled flowers with leaves."""
    tile = np.tile(base, (_SIDE, _SIDE, 1)).astype(np.float32)
    leaf = mix(mix(base, top, 0.5), np.array([60, 110, 70], dtype=np.float32), 0.55)
    heart = mix(top, np.array([250, 215, 120], dtype=np.float32), 0.7)
    for row in range(3):
        for column in range(3):
            centre = (np.array([column, row]) + 0.5 + rng.uniform(-0.22, 0.22, 2)) * _SIDE / 3
            turn, size = rng.uniform(0, 360), rng.uniform(4.5, 7.5)
            _draw_periodic_disc(tile, centre + size * 1.3, size * 0.9, leaf)
            for petal in range(5):
                angle = np.radians(turn + petal * 72)
                _draw_periodic_disc(
                    tile, centre + size * 0.9 * np.array([np.cos(angle), np.sin(angle)]), size * 0.72, top
                )
            _draw_periodic_disc(tile, centre, size * 0.5, heart)
    return Fabric(base, tile, 0.13)


def camouflage(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return large soft-cornered spots in four shades."""
    shades = [base, mix(base, top, 0.55), mix(base, np.full(3, 25, np.float32), 0.5), mix(top, base, 0.2)]
    noise = rng.random((12, 12), dtype=np.float32)
    noise = np.tile(noise, (3, 3))
    smooth = cv2.resize(noise, (_SIDE * 3, _SIDE * 3), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.blur(smooth, (9, 9))[_SIDE : 2 * _SIDE, _SIDE : 2 * _SIDE]
    level = np.searchsorted(np.quantile(smooth, [0.3, 0.55, 0.8]), smooth)
    return Fabric(base, np.stack(shades)[level].astype(np.float32), 0.16)


def _draw_periodic_disc(tile: Tile, centre: NDArray[np.float64], radius: float, colour: Colour) -> None:
    """Draw a disc with periodic borders."""
    value = tuple(float(c) for c in colour)
    for dx in (-_SIDE, 0, _SIDE):
        for dy in (-_SIDE, 0, _SIDE):
            at = (round(centre[0] + dx), round(centre[1] + dy))
            cv2.circle(tile, at, max(1, round(radius)), value, -1)


def knit(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return ribbed or cabled wool."""
    count = int(rng.integers(4, 9))
    ribs = _wave(1, count, 0.45) * np.float32(0.2) + _wave(0, count * 2, 0.5) * np.float32(0.08)
    return Fabric(base, _blend(base, mix(base, np.full(3, 20, np.float32), 0.75), ribs), 0.09)


def denim(rng: Generator, base: Colour, top: Colour) -> Fabric:
    """Return twill with a worn, slightly uneven dye."""
    grain = cv2.blur(rng.random((_SIDE, _SIDE), dtype=np.float32), (3, 1)) - 0.5
    cloud = (
        cv2.resize(
            np.tile(rng.random((4, 4), dtype=np.float32), (3, 3)), (_SIDE * 3, _SIDE * 3), interpolation=cv2.INTER_CUBIC
        )[_SIDE : 2 * _SIDE, _SIDE : 2 * _SIDE]
        - 0.5
    )
    weight = np.clip(0.25 + 0.35 * grain + 0.25 * cloud, 0, 1)
    return Fabric(base, _blend(base, mix(base, np.full(3, 255, np.float32), 0.5), weight), 0.16)


PATTERNS: dict[str, Callable[[Generator, Colour, Colour], Fabric]] = {
    "stripes": stripes,
    "pinstripes": pinstripes,
    "checks": checks,
    "dots": dots,
    "floral": floral,
    "camouflage": camouflage,
    "knit": knit,
    "denim": denim,
}


def make_fabric(rng: Generator, pattern: str, base: Colour, top: Colour) -> Fabric:
    """Return a fabric of this pattern: `base` the ground, `top` the pattern's colour ("solid" has none)."""
    return PATTERNS[pattern](rng, base, top) if pattern in PATTERNS else solid(base)
