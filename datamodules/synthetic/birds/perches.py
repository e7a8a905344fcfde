"""Perches of birds: branch, twig, reed, trunk, rock, grass, water or wire."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Canvas, Colour, Fabric
from datamodules.synthetic.canvas.curves import Points, Tube, ellipse, join, point, rotate, spline, unit
from datamodules.synthetic.canvas.palette import mix, oklch
from datamodules.synthetic.canvas.plants import LEAVES, draw_leaf
from datamodules.synthetic.canvas.stamps import Plane

#: Backgrounds for each perch.
GROUNDS: dict[str, tuple[str, ...]] = {
    "branch": ("foliage", "shade", "meadow", "sky", "mist", "autumn"),
    "twig": ("foliage", "meadow", "sky", "mist", "autumn"),
    "reed": ("meadow", "mist", "foliage", "autumn"),
    "trunk": ("foliage", "shade", "mist", "autumn"),
    "rock": ("sky", "mist", "foliage", "soil"),
    "grass": ("meadow", "foliage", "autumn"),
    "water": ("water",),
    "wire": ("sky", "mist", "meadow"),
}

_TILE = 96


@cache
def _bark(lightness: float, stretch: int) -> Plane:
    """Return a tile of bark or stone (T, T, 3); stretch is the length of its furrows."""
    rng = np.random.default_rng([3, stretch])
    noise = np.tile(rng.normal(0, 1, (_TILE, _TILE)).astype(np.float32), (3, 3))
    field = np.zeros((_TILE, _TILE), np.float32)
    for scale in (3, 7, 15):
        size = (scale, min(scale * stretch, 2 * _TILE - 1))
        soft = cv2.blur(cv2.blur(noise, size), size)[_TILE : 2 * _TILE, _TILE : 2 * _TILE]
        field += soft / soft.std()
    tone = np.clip(field * 0.05, -0.22, 0.16)[..., None]
    return np.clip(oklch(lightness, 0.03, 65) * (1 + tone), 0, 255).astype(np.float32)


def _wood(rng: Generator) -> Fabric:
    lightness = (0.38, 0.48, 0.60)[int(rng.integers(3))]
    return Fabric(oklch(lightness, 0.03, 65), _bark(lightness, 5), 0.16)


def draw_perch(canvas: Canvas, rng: Generator, kind: str, foot: Points, half: float) -> None:
    """Paint the perch, behind the bird; half is half the bird's length."""
    draw = {
        "branch": _draw_branch,
        "twig": _draw_twig,
        "reed": _draw_reed,
        "trunk": _draw_trunk,
        "rock": _draw_rock,
        "grass": _draw_meadow,
        "water": _draw_water,
        "wire": _draw_wire,
    }[kind]
    draw(canvas, rng, foot, half)


def draw_before(canvas: Canvas, rng: Generator, kind: str, foot: Points, half: float) -> None:
    """Paint the foreground: blades of grass, or the water it swims in."""
    if kind == "grass":
        _draw_blades(canvas, rng, foot, half, 9, 0.95)
    elif kind == "water":
        _draw_surface(canvas, rng, foot, half)


def _along(foot: Points, slope: float) -> Points:
    """Return a path (4, 2) from edge to edge of the image, through the foot."""
    return np.stack([point(x, foot[1] + (x - foot[0]) * slope) for x in (-0.1, foot[0] - 0.15, foot[0] + 0.15, 1.1)])


def _draw_branch(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    wood, width = _wood(rng), half * float(rng.uniform(0.13, 0.24))
    path = _along(foot + point(0, width * 0.9), float(rng.uniform(-0.3, 0.3)))
    path += np.stack([np.zeros(4), [float(rng.normal(0, 0.03)), 0, 0, float(rng.normal(0, 0.03))]], axis=1)
    tube = Tube(path, [(0, width * 1.15), (1, width * 0.85)])
    for _ in range(int(rng.integers(0, 3))):  # side shoots
        base = tube.at(float(rng.uniform(0.1, 0.9)))
        tip = base + rotate(point(0.0, 1.0), float(rng.uniform(-150, 150))) * half * float(rng.uniform(0.8, 1.6))
        shoot = Tube(np.stack([base, (base + tip) / 2 + rng.normal(0, 0.02, 2), tip]), [(0, width * 0.5), (1, 0.003)])
        canvas.fill(shoot.outline(), wood, volume=0.6, roundness=width * 0.4, edge=0.3)
        if rng.random() < 0.6:
            _draw_sprig(canvas, rng, tip, tip - base, half)
    canvas.fill(tube.outline(), wood, volume=0.85, roundness=width * 0.9, edge=0.35, path=path[[0, 3]])


def _draw_sprig(canvas: Canvas, rng: Generator, place: Points, direction: Points, half: float) -> None:
    """Draw a few leaves at the end of a shoot."""
    kind, tone = LEAVES[int(rng.integers(2))], int(rng.integers(4))
    for turn in rng.uniform(-60, 60, int(rng.integers(2, 4))):
        along = rotate(unit(direction), float(turn)) * half * float(rng.uniform(0.5, 0.9))
        draw_leaf(
            canvas, kind, tone, place, place + along, 0.28, float(rng.uniform(0.6, 1)), float(rng.uniform(0.7, 1))
        )


def _draw_twig(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    width = half * float(rng.uniform(0.05, 0.09))
    path = _along(foot + point(0, width), float(rng.uniform(-0.5, 0.5)))
    for _ in range(int(rng.integers(2, 5))):
        base = path[0] + (path[3] - path[0]) * float(rng.uniform(0.08, 0.92))
        _draw_sprig(canvas, rng, base, rotate(point(0.0, 1.0), float(rng.uniform(-170, 170))), half)
    canvas.fill(
        Tube(path, [(0, width), (1, width)]).outline(), _wood(rng).colour, volume=0.8, roundness=width, edge=0.3
    )


def _draw_reed(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    lean = float(rng.uniform(-0.16, 0.16))
    path = np.stack([foot + point(lean * 1.2, -1.2), foot, foot + point(-lean, 1.0)])
    stem = oklch(0.62, 0.09, 105)
    for _ in range(int(rng.integers(3, 7))):
        base = point(float(rng.uniform(0, 1)), 1.05)
        tip = base + point(float(rng.normal(0, 0.25)), -float(rng.uniform(0.5, 1.0)))
        draw_leaf(canvas, "blade", int(rng.integers(4)), base, tip, 0.035, 1.0, float(rng.uniform(0.6, 0.95)))
    canvas.fill(
        Tube(path, [(0, half * 0.05), (1, half * 0.07)]).outline(), stem, volume=0.8, roundness=half * 0.06, edge=0.3
    )
    if rng.random() < 0.5:
        head = Tube(
            path[0] + (path[1] - path[0]) * np.array([[0.35], [0.5], [0.62]]), [(0, half * 0.15), (1, half * 0.15)]
        )
        canvas.fill(
            head.outline(round_start=True, round_end=True), oklch(0.40, 0.06, 55), volume=0.7, roundness=half * 0.12
        )


def _draw_trunk(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    width = half * float(rng.uniform(0.8, 1.4))
    middle = foot + point(width * 0.9, 0)
    lean = float(rng.normal(0, 0.05))
    path = np.stack([middle + point(lean, -1.3), middle, middle + point(-lean, 1.3)])
    wood = _wood(rng)
    canvas.fill(
        Tube(path, [(0, width), (1, width)]).outline(),
        Fabric(wood.colour, wood.tile, 0.34),
        volume=0.9,
        roundness=width * 0.5,
        edge=0.3,
        path=path[[0, 2]],
    )


def _draw_rock(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    x = np.linspace(-0.3, 1.3, 9)
    y = foot[1] + 0.02 + 0.35 * np.abs(x - foot[0]) ** 1.7 + rng.normal(0, 0.012, 9)
    outline = join(spline(np.stack([x, y], axis=1), steps=4), [(1.3, 1.4)], [(-0.3, 1.4)])
    lightness = (0.50, 0.62, 0.72)[int(rng.integers(3))]
    stone = Fabric(oklch(lightness, 0.015, 80), _bark(lightness, 1), 0.45)
    canvas.fill(outline, stone, volume=1.0, roundness=half * 0.30, edge=0.25)
    _draw_shadow(canvas, foot + point(0, 0.01), half)


def _draw_meadow(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    low = round((float(foot[1]) - 0.02) * canvas.side)
    if low < canvas.side:
        fade = np.clip(np.arange(canvas.side - low, dtype=np.float32) / (0.12 * canvas.side), 0, 1)[:, None]
        ground = oklch(0.46, 0.085, 125)
        for plane, value in zip(canvas.planes[:, low:], ground, strict=True):
            plane += fade * np.float32(0.75) * (value - plane)
    _draw_blades(canvas, rng, foot + point(0, -0.02), half, 8, 0.72)
    _draw_shadow(canvas, foot, half)


def _draw_shadow(canvas: Canvas, foot: Points, half: float) -> None:
    for size, opacity in ((0.75, 0.14), (0.5, 0.16), (0.3, 0.18)):
        spot = ellipse(foot + point(0.04, 0.06) * half, size * half, size * 0.22 * half)
        canvas.fill(spot, oklch(0.16, 0.02, 120), volume=0, edge=0, opacity=opacity)


def _draw_blades(canvas: Canvas, rng: Generator, foot: Points, half: float, count: int, gain: float) -> None:
    for _ in range(count):
        x = float(rng.uniform(0, 1) if rng.random() < 0.5 else rng.normal(foot[0], 0.16))
        base = point(x, float(foot[1]) + float(rng.uniform(0.08, 0.18)))
        tip = base + point(float(rng.normal(0, 0.10)), -half * float(rng.uniform(0.5, 1.0)))
        draw_leaf(canvas, "blade", int(rng.integers(4)), base, tip, 0.055, 1.0, gain * float(rng.uniform(0.8, 1.1)))


def _ripples(canvas: Canvas, rng: Generator, top: float, count: int, colour: Colour, strength: float) -> None:
    for _ in range(count):
        y = top + (1 - top) * float(rng.random()) ** 1.5
        x, length = float(rng.uniform(-0.1, 1)), float(rng.uniform(0.08, 0.35)) * (0.4 + y)
        path = spline([(x, y), (x + length * 0.5, y + float(rng.normal(0, 0.006))), (x + length, y)], steps=4)
        canvas.stroke(path, colour, 0.006 + 0.010 * max(y - top, 0), strength * float(rng.uniform(0.4, 1)))


def _draw_water(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    _ripples(canvas, rng, 0.05, 12, oklch(0.82, 0.03, 230), 0.35)
    _ripples(canvas, rng, 0.05, 12, oklch(0.32, 0.05, 215), 0.35)


def _draw_surface(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    """Draw the water in front: over the bird's lower part, with a broken reflection of it."""
    line = round(float(foot[1]) * canvas.side)
    if not 0 < line < canvas.side:
        return
    height = min(canvas.side - line, line, round(half * 1.3 * canvas.side))
    sway = np.rint(np.sin(np.arange(height) * 0.35) * np.linspace(1, 5, height)).astype(int)
    columns = (np.arange(canvas.side)[None, :] + sway[:, None]) % canvas.side
    rows = line - 1 - np.arange(height)[:, None]
    keep = np.linspace(0.55, 0.15, height, dtype=np.float32)[:, None]
    deep = oklch(0.42, 0.05, 220)
    canvas.labels[line:] = 0
    for plane, value in zip(canvas.planes, deep, strict=True):
        mirrored = plane[rows, columns]
        below = plane[line:]
        below += np.float32(0.75) * (value * np.linspace(1.15, 0.8, len(below), dtype=np.float32)[:, None] - below)
        below[:height] += keep * (mirrored * np.float32(0.85) - below[:height])
    _ripples(canvas, rng, float(foot[1]), 14, oklch(0.80, 0.03, 230), 0.5)
    _ripples(canvas, rng, float(foot[1]), 8, oklch(0.28, 0.05, 215), 0.4)


def _draw_wire(canvas: Canvas, rng: Generator, foot: Points, half: float) -> None:
    path = spline(_along(foot + point(0, 0.008), float(rng.uniform(-0.12, 0.12))), steps=6)
    canvas.stroke(path, mix(oklch(0.25, 0.01, 250), oklch(0.5, 0.02, 60), float(rng.random())), 0.016)
    canvas.stroke(path - point(0, 0.004), oklch(0.75, 0.01, 250), 0.004, 0.7)
