"""Surroundings of a flower or a bird: blurred foliage, leaves, grass and stems."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.canvas import Canvas, Colour
from datamodules.synthetic.canvas.curves import Points, Tube, left_of, rotate, unit
from datamodules.synthetic.canvas.palette import mix, oklch
from datamodules.synthetic.canvas.stamps import Placing, Plane, Stamp, make_stamp, put, stamp_planes

#: Backgrounds: (lightness, chroma, hue) of far and of near parts.
GROUNDS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "foliage": ((0.38, 0.07, 138), (0.55, 0.11, 128)),
    "shade": ((0.22, 0.035, 150), (0.33, 0.05, 140)),
    "meadow": ((0.66, 0.10, 125), (0.80, 0.11, 112)),
    "sky": ((0.78, 0.06, 240), (0.90, 0.03, 225)),
    "soil": ((0.36, 0.035, 62), (0.50, 0.045, 70)),
    "mist": ((0.78, 0.015, 160), (0.88, 0.012, 100)),
    "water": ((0.40, 0.05, 220), (0.62, 0.05, 225)),
    "autumn": ((0.48, 0.09, 70), (0.66, 0.11, 88)),
}
GREEN = 2  # the canvas's label of leaves and stems, so that shadows fall on them
LEAVES = ("lance", "oval", "lobed", "blade", "heart")
_NOISE = 96


def draw_ground(rng: Generator, side: int, kinds: tuple[str, ...]) -> tuple[NDArray[np.float32], str]:
    """Return a blurred background (side, side, 3) RGB 0..255, and its kind, one of `kinds`."""
    kind = kinds[int(rng.integers(len(kinds)))]
    far, near = GROUNDS[kind]
    hue, light = rng.uniform(-8, 8), rng.uniform(-0.04, 0.04)
    dark, bright = (oklch(lightness + light, chroma, h + hue) for lightness, chroma, h in (far, near))
    coarse = 36
    wide, fine = (
        cv2.resize(rng.random((cells, cells), dtype=np.float32), (coarse, coarse), interpolation=cv2.INTER_CUBIC)
        for cells in (5, 11)
    )
    image = dark + np.clip((wide + 0.5 * fine) / 1.5, 0, 1)[..., None] * (bright - dark)
    if kind not in ("sky", "mist"):
        _scatter(image, rng, mix(bright, oklch(0.95, 0.06, 110), 0.35), (2, 6), (1.2, 3.6), 0.55)
        _scatter(image, rng, mix(dark, oklch(0.15, 0.02, 140), 0.5), (2, 5), (2.0, 6.0), 0.6)
    large = cv2.resize(cv2.blur(image, (3, 3)), (side, side), interpolation=cv2.INTER_CUBIC)
    shift = rng.integers(_NOISE, size=2)
    across, down = ((np.arange(side) + s) % _NOISE for s in shift)
    return np.clip(large + _grain()[down[:, None], across[None, :]][..., None], 0, 255).astype(np.float32), kind


@cache
def _grain() -> NDArray[np.float32]:
    """Return sensor noise: the same tile for all images, at different offsets."""
    return np.random.default_rng(7).normal(0, 2.2, (_NOISE, _NOISE)).astype(np.float32)


def _scatter(
    image: NDArray[np.float32],
    rng: Generator,
    colour: Colour,
    count: tuple[int, int],
    size: tuple[float, float],
    strength: float,
) -> None:
    """Add blurred spots of light or shade, in place."""
    side = image.shape[0]
    for _ in range(int(rng.integers(*count))):
        layer = np.zeros((side, side), np.float32)
        centre = tuple(int(c) for c in rng.uniform(0, side * 8, 2))
        axes = tuple(int(8 * r) for r in rng.uniform(*size, 2))
        cv2.ellipse(layer, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA, 3)
        alpha = cv2.blur(layer, (3, 3))[..., None] * np.float32(strength * rng.uniform(0.4, 1.0))
        image += alpha * (colour - image)


def _leaf_width(kind: str, v: Plane) -> Plane:
    v = np.clip(v, 0, 0.999)
    if kind == "blade":
        return np.asarray(np.minimum(1.0, 0.55 + 1.6 * v) * (1 - v**2.2), np.float32)
    if kind == "heart":
        return np.asarray(np.minimum(1.0, (v / 0.12) ** 0.5) * np.sin(np.pi * (0.32 + 0.68 * v)) ** 0.9, np.float32)
    if kind == "oval":
        return np.asarray(np.sin(np.pi * v**0.85) ** 0.75, np.float32)
    if kind == "lobed":
        return np.asarray(np.sin(np.pi * v**0.8) ** 0.7 * (0.70 + 0.30 * np.cos(v * 2 * np.pi * 4.5)), np.float32)
    return np.asarray(np.sin(np.pi * v**0.75) ** 1.15, np.float32)


@cache
def leaf_stamp(kind: str, tone: int) -> Stamp:
    """Return a leaf of one of LEAVES in one of four greens."""
    lightness, chroma, hue = ((0.50, 0.11, 132), (0.42, 0.085, 142), (0.58, 0.115, 124), (0.50, 0.06, 150))[tone]
    main, vein = oklch(lightness, chroma, hue), oklch(lightness + 0.16, chroma * 0.8, hue - 8)

    def paint(u: Plane, v: Plane) -> tuple[Plane, Plane]:
        width = np.maximum(_leaf_width(kind, v), 1e-3)
        serrate = 0.04 * np.abs(np.sin(v * 46)) if kind == "oval" else 0.0
        inside = np.minimum(width - np.abs(u) - serrate, np.minimum(v, 1 - v) * 4)
        place = np.abs(u) / width
        shade = 1.0 - 0.18 * np.sign(u) * (1 - place) - 0.22 * place**3
        shade -= 0.16 * np.exp(-((v - 0.0) ** 2) / 0.03)
        ribs = np.cos((v - 0.42 * np.abs(u)) * (60 if kind == "blade" else 2 * np.pi * 8))
        shade += (0.0 if kind == "blade" else 0.07) * np.clip(ribs - 0.55, 0, 1) * 2
        midrib = np.exp(-((u / 0.055) ** 2)) * (1 - 0.6 * np.clip(v, 0, 1)) * (0.4 if kind == "blade" else 0.75)
        colour = (main + midrib[..., None] * (vein - main)) * shade[..., None]
        return stamp_planes(colour, inside * 22)

    return make_stamp(paint)


def draw_leaf(
    canvas: Canvas, kind: str, tone: int, base: Points, tip: Points, width: float, fold: float = 1.0, gain: float = 1.0
) -> None:
    """Draw a sharp leaf from base to tip (image sides); width is its half-width in lengths, fold its opening."""
    along = tip - base
    put(
        canvas,
        leaf_stamp(kind, tone),
        Placing(base, left_of(along) * -width * fold, along),
        GREEN,
        light=(gain, 0.06, -0.10 * gain),
        shadow=0.25,
    )


def draw_leaves(canvas: Canvas, rng: Generator, kind: str, around: Points, reach: float, count: int) -> None:
    """Draw leaves from below a point, in any direction but mostly downwards."""
    tone = int(rng.integers(4))
    for _ in range(count):
        turn = float(rng.normal(0, 70))
        direction = rotate(np.array([0.0, 1.0]), turn)
        length = reach * float(rng.uniform(0.75, 1.25))
        base = around + direction * reach * float(rng.uniform(0.05, 0.3))
        slim = {"blade": 0.07, "lance": 0.17, "lobed": 0.36, "oval": 0.30, "heart": 0.42}[kind]
        bend = rotate(direction, float(rng.uniform(-25, 25)))
        draw_leaf(
            canvas,
            kind,
            tone,
            base,
            base + bend * length,
            slim * float(rng.uniform(0.85, 1.1)),
            float(rng.choice([-1, 1])) * float(rng.uniform(0.65, 1.0)),
            float(rng.uniform(0.62, 1.0)),
        )


def draw_stem(canvas: Canvas, path: Points, width: float, colour: Colour) -> None:
    """Draw a stem along a path (K, 2), with this half-width in image sides."""
    tube = Tube(path, [(0, width), (1, width * 1.15)])
    canvas.fill(tube.outline(), colour, GREEN, volume=0.7, roundness=width * 0.9, edge=0.35)


def stem_from(head: Points, lean: float, length: float = 1.2) -> Points:
    """Return a path (3, 2) from below a flower down to the image's edge, inclined to the right by `lean`."""
    end = head + np.array([lean, length])
    middle = (head + end) / 2 + left_of(unit(end - head)) * lean * 0.25
    return np.stack([head, middle, end])
