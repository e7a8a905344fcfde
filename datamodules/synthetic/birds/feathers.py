"""Feathers as stamps, and the parts made of them: wing, tail and crest."""

from __future__ import annotations

from functools import cache

import numpy as np

from datamodules.synthetic.birds.body import BIRD, Frame
from datamodules.synthetic.birds.species import Species
from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import Points, left_of, rotate, spline, unit
from datamodules.synthetic.canvas.palette import rgb
from datamodules.synthetic.canvas.stamps import Placing, Plane, Stamp, make_stamp, put, stamp_planes


@cache
def feather_stamp(main: str, edge: str, tip: str = "", bands: str = "", point: float = 2.6) -> Stamp:
    """Return a feather with colours of its vane, rim, tip and bands ("" for none). A small `point` is a sharp tip."""

    def paint(u: Plane, v: Plane) -> tuple[Plane, Plane]:
        inner = np.clip(v, 0, 1)
        start = 0.72 if point > 1 else 0.25
        end = 1 - np.clip((inner - start) / (1 - start), 0, 1) ** point
        width = np.maximum(
            (0.55 + 0.45 * np.sin(np.minimum(inner / 0.7, 1) * np.pi / 2)) * end ** (1 / 2.2 if point > 1 else 1), 1e-3
        )
        sides = width - np.abs(u)
        depth = np.minimum(sides, np.minimum(v + 0.03, 1 - v) * 4)
        colour = np.broadcast_to(rgb(main), (*u.shape, 3)).copy()
        if bands:
            wave = np.cos((v + 0.10 * np.abs(u)) * 2 * np.pi * 6.0)
            colour += np.clip(wave * 2.2 - 0.8, 0, 1)[..., None] * 0.85 * (rgb(bands) - colour)
        if tip:
            colour += np.clip((v - 0.80 + 0.06 * u**2) / 0.05, 0, 1)[..., None] * (rgb(tip) - colour)
        rim = np.clip(1.15 - sides / 0.22, 0, 1) * np.clip(v * 2.5, 0, 1)
        colour += (0.85 * rim)[..., None] * (rgb(edge) - colour)
        shade = 1.02 - 0.20 * np.exp(-((u / 0.07) ** 2)) + 0.05 * np.sin((np.abs(u) * 1.2 + v * 2) * 40)
        shade += 0.10 * u * np.sign(0.2 - u) - 0.22 * np.clip(1 - depth / 0.07, 0, 1)
        return stamp_planes(colour * shade[..., None], depth * 12)

    return make_stamp(paint, 72, 32)


def _lay(canvas: Canvas, stamp: Stamp, base: Points, tip: Points, width: float, gain: float, shadow: float) -> None:
    """Draw a feather from base to tip; width is its half-width in lengths."""
    along = tip - base
    put(canvas, stamp, Placing(base, left_of(along) * -width, along), BIRD, light=(gain, 0.04, -0.08), shadow=shadow)


def draw_tail(canvas: Canvas, frame: Frame, species: Species, spread: float) -> None:
    """Draw the tail, the outer feathers first; spread is its fan in degrees."""
    build = frame.build
    root = frame.body(-1.02, -0.04)
    back = rotate(unit(frame.body(-2, 0) - frame.body(-1, 0)), build.cock)
    stamp = feather_stamp(species.tail, species.tail_tip or species.tail, species.tail_tip, species.banded)
    for rank in (2, 1, 0):
        for side in (-1, 1) if rank else (1,):
            length = build.tail * (1 + build.fork * (rank / 2) ** 2 - 0.04 * rank)
            length *= frame.half
            along = rotate(back, side * rank * (spread + 3 + 5 * max(build.fork, 0)) / 2)
            base = root - back * 0.2 * frame.half + left_of(back) * side * rank * 0.05 * frame.half
            width = build.tail_width * build.tail * frame.half / length
            _lay(canvas, stamp, base, base + along * (length + 0.2 * frame.half), width, 0.80 - 0.05 * rank, 0.0)


def draw_wing(canvas: Canvas, frame: Frame, species: Species, droop: float) -> None:
    """Draw the folded wing: flight feathers, then two rows of coverts; droop lowers its tip."""
    tip_x = -frame.build.wing
    low, high = (tip_x, -0.10 + droop), (max(tip_x * 0.66, -0.98), -0.70)
    count = 7
    for i in range(count):
        t = i / (count - 1)
        base = frame.body(0.20 - 0.40 * t, 0.02 - 0.58 * t)
        tip = frame.body(low[0] + (high[0] - low[0]) * t**0.8, low[1] + (high[1] - low[1]) * t)
        mark = species.wing_tip if i < 3 else ""
        long = feather_stamp(species.wing, mark or species.wing_edge, mark, species.banded, 1.5)
        _lay(canvas, long, base, tip, 0.125 + 0.03 * t, 0.78 + 0.22 * t, 0.4 if i else 0.2)
    middle = feather_stamp(species.wing, species.wing_edge, species.bars)
    _coverts(canvas, frame, middle, 6, (0.32, 0.12), (0.02, -0.76), 0.48, 0.27)
    small = feather_stamp(species.coverts, species.coverts, species.bars)
    _coverts(canvas, frame, small, 5, (0.52, 0.02), (0.24, -0.76), 0.42, 0.34)
    shoulder = feather_stamp(species.coverts, species.coverts)
    _coverts(canvas, frame, shoulder, 4, (0.64, -0.10), (0.44, -0.70), 0.36, 0.42)


def _coverts(
    canvas: Canvas,
    frame: Frame,
    stamp: Stamp,
    count: int,
    first: tuple[float, float],
    last: tuple[float, float],
    length: float,
    width: float,
) -> None:
    """Draw a row of short feathers from first to last (in the body's space), each over the previous one."""
    for i in range(count):
        t = i / (count - 1)
        x, y = first[0] + (last[0] - first[0]) * t, first[1] + (last[1] - first[1]) * t
        base = frame.body(x, y)
        tip = frame.body(x - length, y + 0.16 - 0.10 * t)
        _lay(canvas, stamp, base, tip, width, 0.90 + 0.14 * t, 0.35)


def draw_crest(canvas: Canvas, frame: Frame, species: Species, raised: float) -> None:
    """Draw the crest, raised by `raised` degrees."""
    kind = frame.build.crest
    if not kind:
        return
    stamp = feather_stamp(species.crest, species.crest, point=0.9)
    roots, lengths, angles = {
        "peak": ((0.50, 0.30, 0.08, -0.15), (1.15, 1.45, 1.45, 1.25), (52, 47, 42, 36)),
        "sleek": ((0.15, -0.05, -0.30), (1.15, 1.25, 1.1), (22, 18, 14)),
        "shaggy": ((0.55, 0.3, 0.05, -0.2, -0.5), (0.85, 1.05, 1.1, 1.1, 0.95), (74, 60, 44, 28, 10)),
    }[kind]
    for x, length, angle in zip(roots, lengths, angles, strict=True):
        y = -np.sqrt(max(1 - x * x, 0.0)) * 0.80
        base = frame.face(x, float(y))
        direction = rotate(unit(frame.face(-1, 0) - frame.face(0, 0)), angle + raised)
        _lay(canvas, stamp, base, base + direction * length * frame.radius, 0.30 / length, 0.98, 0.15)


def leg_path(frame: Frame, foot: Points, x: float) -> Points:
    """Return the path from the belly to the foot, bent at the heel."""
    hip = frame.body(x, 0.86)
    heel = (hip + foot) / 2 + np.array([-0.05 * frame.half, 0.0])
    return spline(np.stack([hip, heel, foot]), steps=4)
