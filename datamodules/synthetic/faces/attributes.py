"""Attributes of an image that are independent of the person's identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator


@dataclass(frozen=True)
class Attributes:
    """Pose, expression, light, background and framing of one image.

    Attributes:
        yaw, pitch, roll: degrees; the face turns to the right of the image, up, and clockwise.
        smile: -1 sad to 1 smiling. mouth: 0 closed to 1 wide open.
        brows: -1 drawn down to 1 raised. eyes: their opening, 0 to 1.2. gaze: across and down, -1 to 1.
        light: its direction in degrees: across (right is positive) and up.
        contrast: 0 flat light to 1 hard light. exposure: factor. warmth: -1 cold to 1 warm.
        scale: factor of the face's size. offset: across and down, in image sides.
        backdrop: seed of the background and the clothes.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    smile: float = 0.0
    mouth: float = 0.0
    brows: float = 0.0
    eyes: float = 1.0
    gaze: tuple[float, float] = (0.0, 0.0)
    light: tuple[float, float] = (-35.0, 35.0)
    contrast: float = 0.5
    exposure: float = 1.0
    warmth: float = 0.0
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    backdrop: int = 0


def draw_attributes(rng: Generator) -> Attributes:
    """Draw the attributes of an image."""

    def about(spread: float, most: float) -> float:
        return float(np.clip(rng.normal() * spread, -most, most))

    smile = float(np.clip(rng.normal(0.3, 0.5), -0.8, 1.0))
    opened = float(rng.uniform(0.15, 1.0)) if rng.random() < 0.35 else 0.0
    return Attributes(
        yaw=about(15, 34),
        pitch=about(7, 15),
        roll=about(7, 18),
        smile=smile,
        mouth=opened * (0.55 if smile > 0.5 else 1.0),
        brows=about(0.45, 1.0),
        eyes=float(rng.choice([rng.uniform(0.75, 1.12), rng.uniform(0.0, 0.75)], p=[0.86, 0.14])),
        gaze=(about(0.35, 0.9), about(0.2, 0.5)),
        light=(float(rng.uniform(-75, 75)), float(rng.uniform(-5, 60))),
        contrast=float(rng.uniform(0.15, 0.95)),
        exposure=float(rng.uniform(0.86, 1.1)),
        warmth=about(0.45, 1.0),
        scale=float(rng.uniform(0.88, 1.14)),
        offset=(about(0.03, 0.07), about(0.025, 0.06)),
        backdrop=int(rng.integers(1 << 30)),
    )
