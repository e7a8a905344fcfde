"""Graphics printed on the chest of a top."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.curves import Points, around, ellipse, join, point, spline
from datamodules.synthetic.canvas.palette import mix
from datamodules.synthetic.people.figure import Figure


def draw_motif(figure: Figure, motif: str, colour: Colour, label: int) -> None:
    """Draw one graphic on the chest, in the garment's second colour."""
    centre, size = figure.skeleton.centre(0.34), 0.042 * figure.unit
    for outline, shade in _shapes(motif, centre, size, figure):
        figure.canvas.fill(
            outline, mix(colour, np.full(3, 255, np.float32), shade), volume=0.1, edge=0, within=[label], opacity=0.93
        )


def _shapes(motif: str, centre: Points, size: float, figure: Figure) -> list[tuple[Points, float]]:
    if motif == "star":
        angle = np.arange(10) * np.pi / 5 - np.pi / 2
        radius = np.where(np.arange(10) % 2 == 0, size, size * 0.42)[:, None]
        return [(centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), 0.0)]
    if motif == "heart":
        t = np.linspace(0, 2 * np.pi, 36)
        x, y = 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
        return [(centre + np.stack([x, y], axis=1) * size / 17, 0.0)]
    if motif == "bars":
        lengths = (0.9, 1.2, 0.7)
        return [
            (_box(centre + point(0, (i - 1) * 0.62 * size), w * size, 0.19 * size), 0.0) for i, w in enumerate(lengths)
        ]
    if motif == "stripe":
        left, right = (figure.skeleton.edge(side, 0.36, 0.03) for side in (-1, 1))
        return [(join([left], [right], [right + point(0, size * 0.95)], [left + point(0, size * 0.95)]), 0.0)]
    if motif == "mountain":
        peak = spline(around(centre, size, [(-1.1, 0.7), (-0.35, -0.5), (0.1, 0.1), (0.5, -0.2), (1.1, 0.7)]), steps=2)
        return [(peak, 0.0), (ellipse(centre + point(0.5, -0.7) * size, 0.28 * size, 0.28 * size), 0.3)]
    return [(ellipse(centre, size, size), 0.0), (ellipse(centre, size * 0.55, size * 0.55), 0.45)]


def _box(centre: Points, wide: float, tall: float) -> Points:
    return centre + np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]])
