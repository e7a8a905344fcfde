"""Outdoor light and camera exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datamodules.synthetic.canvas.canvas import Canvas

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """Direction of light (unit vector: right, down, towards the viewer), and its directed share."""

    direction: Vector
    contrast: float

    def on(self, normal: Vector) -> Vector:
        """Return the brightness (...) of surfaces with these normals (..., 3)."""
        return np.asarray(1.0 - self.contrast + 1.25 * self.contrast * np.maximum(normal @ self.direction, 0.0))


def draw_light(rng: Generator) -> Light:
    """Draw light from above, mostly from the left and the front."""
    direction = np.array([rng.normal(-0.35, 0.4), rng.normal(-0.55, 0.25), 0.75])
    return Light(direction / np.linalg.norm(direction), float(rng.uniform(0.25, 0.6)))


def expose(canvas: Canvas, rng: Generator, light: Light) -> None:
    """Apply exposure, warmth and a slight gradient of light to the image, in place."""
    gain = np.float32(rng.uniform(0.84, 1.12))
    warmth = np.float32(rng.normal(0, 0.03))
    slope = np.linspace(-0.07, 0.07, canvas.side, dtype=np.float32)
    right, down = light.direction[:2].astype(np.float32)
    fall = gain * (1 + slope * right + slope[:, None] * down)
    canvas.planes *= fall
    canvas.planes[0] *= 1 + warmth
    canvas.planes[2] *= 1 - warmth
