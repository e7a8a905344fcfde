"""Centre of a bloom: florets, stamens, a pistil."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.daylight import Light
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.canvas.stamps import Placing, Plane, Stamp, make_stamp, put, stamp_planes
from datamodules.synthetic.flowers.space import Head

FLOWER = 1  # the canvas's label of a flower's own parts


@dataclass(frozen=True)
class Centre:
    """Centre of a bloom.

    Attributes:
        kind: "disc" (many small florets), "stamens", "column" (one long pistil), "eye" (a small knob) or "none".
        colour, dark: of its florets, or of anthers and filaments.
        size: radius of the disc or length of the stamens, in radii of the flower.
        count: stamens.
    """

    kind: str
    colour: str = "f2c230"
    dark: str = "8a5a14"
    size: float = 0.3
    count: int = 12


def draw_centre(canvas: Canvas, rng: Generator, head: Head, centre: Centre, light: Light, openness: float) -> None:
    """Paint the centre of a bloom; openness 1 is full bloom."""
    if centre.kind == "none":
        return
    axis = np.array([0.0, 0.0, 1.0])
    lit = float(light.on(head.turn @ axis))
    if centre.kind in ("disc", "eye"):
        size = centre.size
        up = np.array([0.0, -1.0, 0.0])
        right = np.array([1.0, 0.0, 0.0])
        base = head.at(-up * size + axis * size * (0.25 if centre.kind == "disc" else 0.4))
        sides = 0.22 * float(head.turn @ right @ light.direction)
        ends = 0.44 * float(head.turn @ up @ light.direction)
        placing = Placing(base, head.along(right * size), head.along(up * size * 2))
        put(canvas, disc_stamp(centre), placing, FLOWER, light=(lit - ends / 2, sides, ends), shadow=0.45)
        return
    if centre.kind == "column":
        _draw_column(canvas, head, centre)
        return
    _draw_stamens(canvas, rng, head, centre, lit, openness)


def _draw_stamens(canvas: Canvas, rng: Generator, head: Head, centre: Centre, lit: float, openness: float) -> None:
    filament, anther = rgb(centre.dark), rgb(centre.colour)
    dot = knob_stamp(centre.colour)
    knob = 0.055 + 0.10 * centre.size
    ends = []
    for i in range(centre.count):
        a = np.radians(360.0 * i / centre.count + float(rng.normal(0, 9)))
        spread = centre.size * float(rng.uniform(0.55, 1.0)) * (0.5 + 0.5 * openness)
        rise = centre.size * float(rng.uniform(0.45, 0.8))
        ends.append(np.array([np.sin(a) * spread, -np.cos(a) * spread, rise]))
    ends.sort(key=lambda end: float((head.turn @ end)[2]))
    for end in ends:
        start = end * np.array([0.15, 0.15, 0.1])
        canvas.stroke(np.stack([head.at(start), head.at(end)]), mix(filament, anther, 0.1), 0.020 * head.radius, 0.9)
        right = np.array([knob, 0.0]) * head.radius
        down = np.array([0.0, knob * 2]) * head.radius
        put(canvas, dot, Placing(head.at(end) - down / 2, right, down), FLOWER, light=(lit, 0.0, 0.0), shadow=0.25)


def _draw_column(canvas: Canvas, head: Head, centre: Centre) -> None:
    """Draw the long pistil of a hibiscus, with anthers along it."""
    axis = np.array([0.25, -0.35, 1.0]) * centre.size
    base, tip = head.at(axis * 0.05), head.at(axis)
    canvas.stroke(np.stack([base, tip]), rgb(centre.dark), 0.085 * head.radius)
    dot = knob_stamp(centre.colour)
    size = 0.055 * head.radius
    for i in range(centre.count):
        share = 0.35 + 0.65 * i / centre.count
        side = np.array([np.sin(i * 2.4), np.cos(i * 2.4)]) * size * 1.1
        place = base + (tip - base) * share + side
        put(
            canvas,
            dot,
            Placing(place - np.array([0.0, size]), np.array([size, 0.0]), np.array([0.0, 2 * size])),
            FLOWER,
            shadow=0.2,
        )


@cache
def knob_stamp(colour: str) -> Stamp:
    """Return a small round knob, lit from the upper left."""
    main = rgb(colour)

    def paint(u: Plane, v: Plane) -> tuple[Plane, Plane]:
        y = v * 2 - 1
        far = np.hypot(u, y)
        shade = 1.12 - 0.35 * far**2 - 0.18 * (u + y)
        return stamp_planes(main * shade[..., None], (1 - far) * 8)

    return make_stamp(paint, 24, 24)


@cache
def disc_stamp(centre: Centre) -> Stamp:
    """Return small florets in a spiral on a dome, or one knob."""
    colour, dark = rgb(centre.colour), rgb(centre.dark)

    def paint(u: Plane, v: Plane) -> tuple[Plane, Plane]:
        y = v * 2 - 1
        far = np.hypot(u, y)
        if centre.kind == "eye":
            shade = 1.1 - 0.25 * far**2
            inner = np.clip(1.3 - far / 0.35, 0, 1)[..., None]
            return stamp_planes((colour + inner * (dark - colour)) * shade[..., None], (1 - far) * 6)
        relief = np.zeros_like(far)
        for i in range(1, 120):
            r, a = np.sqrt(i / 120) * 0.97, i * 2.399963
            near = np.hypot(u - r * np.cos(a), y - r * np.sin(a)) / (0.05 + 0.025 * r)
            relief = np.maximum(relief, np.clip(1.25 - near, 0, 1))
        ring = np.clip((far - 0.30) / 0.45, 0, 1)[..., None]
        base = dark + ring * (colour - dark)
        shade = (0.62 + 0.5 * relief) * (1.08 - 0.30 * far**3)
        return stamp_planes(base * shade[..., None], (1 - far) * 14)

    return make_stamp(paint, 64, 64)
