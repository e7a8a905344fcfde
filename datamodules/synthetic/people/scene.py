"""Backgrounds: studio paper mostly, sometimes a wall and a floor, sometimes soft shapes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.palette import Palette, mix, oklch

SCENES = {"studio": 0.58, "gradient": 0.20, "room": 0.12, "shapes": 0.10}
Pixels = NDArray[np.float32]


def draw_scene(rng: Generator, palette: Palette, side: int) -> tuple[Pixels, str]:
    """Return a background (side, side, 3) and its kind."""
    kind = str(rng.choice(list(SCENES), p=list(SCENES.values())))
    tint = oklch(float(rng.uniform(0.90, 0.985)), float(rng.uniform(0, 0.012)), float(rng.uniform(0, 360)))
    y = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, side, dtype=np.float32)[None, :]
    if kind == "studio":
        glow = np.clip(1.0 - 0.035 * ((x - 0.45) ** 2 + (y - 0.4) ** 2) * 2.2, 0, 1)
        return (tint * glow[..., None]).astype(np.float32), kind
    if kind == "gradient":
        tint = mix(tint, oklch(0.85, 0.05, palette.hue + 180), float(rng.uniform(0.2, 0.9)))
        fall = 1.03 - 0.22 * ((x - 0.5) ** 2 * 1.2 + (y - 0.38) ** 2)
        return np.clip(tint * fall[..., None], 0, 255).astype(np.float32), kind
    wall = oklch(float(rng.uniform(0.80, 0.93)), float(rng.uniform(0.005, 0.035)), float(rng.uniform(0, 360)))
    image = np.clip(wall * (1.02 - 0.10 * np.hypot(x - 0.35, y - 0.3))[..., None], 0, 255).astype(np.float32)
    if kind == "room":
        line = int(side * float(rng.uniform(0.80, 0.87)))
        floor = mix(wall, oklch(0.55, 0.04, 60), float(rng.uniform(0.25, 0.6)))
        image[line:] = floor * (0.94 + 0.08 * (y[line:] - y[line]) / (1 - y[line]))[..., None]
        image[line - side // 64 : line] = mix(wall, np.full(3, 255, np.float32), 0.45)
        return cv2.blur(image, (3, 3)), kind
    for _ in range(int(rng.integers(2, 5))):
        colour = mix(
            wall, oklch(0.78, 0.06, palette.hue + float(rng.choice([0, 30, 180]))), float(rng.uniform(0.3, 0.8))
        )
        centre = (int(side * rng.uniform(0, 1)), int(side * rng.uniform(0, 1)))
        cv2.circle(image, centre, int(side * rng.uniform(0.12, 0.35)), tuple(float(c) for c in colour), -1, cv2.LINE_AA)
    blurred = cv2.blur(image, (side // 60 | 1,) * 2)
    return blurred, kind


def draw_ground_shadow(image: Pixels, centre: tuple[float, float], width: float, strength: float) -> None:
    """Draw a soft contact shadow, in place; centre and width in image sides."""
    side = image.shape[0]
    y = (np.arange(side, dtype=np.float32)[:, None] / side - centre[1]) / (width * 0.16)
    x = (np.arange(side, dtype=np.float32)[None, :] / side - centre[0]) / width
    top = int(side * max(0.0, centre[1] - width * 0.6))
    shade = np.exp(-(x**2) * 1.6 - y[top:] ** 2 * 1.2) * np.float32(strength)
    for channel in range(3):
        image[top:, :, channel] *= 1 - shade
