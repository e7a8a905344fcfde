"""Backgrounds of faces: a wall, blurred lights, stripes, leaves."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.palette import mix, oklch
from datamodules.synthetic.faces.sheet import Plane

KINDS = {"wall": 0.34, "gradient": 0.24, "lights": 0.16, "blocks": 0.14, "cloudy": 0.12}
_COARSE = 64


def draw_backdrop(rng: Generator, side: int) -> Plane:
    """Return a background (side, side, 3), RGB 0..255."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    hue, light = float(rng.uniform(0, 360)), float(rng.uniform(0.30, 0.93))
    first = oklch(light, float(rng.uniform(0.0, 0.10)), hue)
    away = float(rng.uniform(-60, 60))
    second = oklch(float(np.clip(light + rng.uniform(-0.3, 0.3), 0.15, 0.95)), float(rng.uniform(0, 0.12)), hue + away)
    y, x = np.mgrid[0 : 1 : _COARSE * 1j, 0 : 1 : _COARSE * 1j].astype(np.float32)
    if kind == "gradient":
        angle = float(rng.uniform(0, 2 * np.pi))
        share = np.clip(0.5 + (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle), 0, 1)
        image = first + share[..., None] * (second - first)
    elif kind == "cloudy":
        noise = cv2.resize(
            rng.uniform(0, 1, (6, 6)).astype(np.float32), (_COARSE, _COARSE), interpolation=cv2.INTER_CUBIC
        )
        image = first + noise[..., None] * (second - first)
    else:
        centre = rng.uniform(0.2, 0.8, 2)
        fall = 1.05 - 0.35 * np.hypot(x - centre[0], y - centre[1])
        image = first * fall[..., None]
        if kind == "lights":
            _add_lights(image, rng, hue)
        elif kind == "blocks":
            _add_blocks(image, rng, hue)
    large = cv2.resize(np.clip(image, 0, 255).astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, dtype=np.float32)


def _add_lights(image: Plane, rng: Generator, hue: float) -> None:
    for _ in range(int(rng.integers(6, 15))):
        spot = np.zeros((_COARSE, _COARSE), dtype=np.float32)
        centre = tuple(int(v) for v in rng.integers(0, _COARSE, 2))
        cv2.circle(spot, centre, int(rng.integers(3, 9)), float(rng.uniform(0.2, 0.6)), -1, cv2.LINE_AA)
        colour = oklch(float(rng.uniform(0.7, 0.95)), 0.10, hue + float(rng.uniform(-80, 80)))
        image += cv2.blur(spot, (3, 3))[..., None] * (colour - image)


def _add_blocks(image: Plane, rng: Generator, hue: float) -> None:
    for _ in range(int(rng.integers(3, 7))):
        left, top = (int(v) for v in rng.integers(-10, _COARSE, 2))
        wide, tall = (int(v) for v in rng.integers(6, 40, 2))
        colour = oklch(float(rng.uniform(0.25, 0.9)), float(rng.uniform(0.01, 0.1)), hue + float(rng.uniform(-90, 90)))
        part = image[max(top, 0) : top + tall, max(left, 0) : left + wide]
        part += np.float32(0.65) * (mix(colour, image[0, 0], 0.2) - part)
    image[:] = cv2.blur(image, (5, 5))
