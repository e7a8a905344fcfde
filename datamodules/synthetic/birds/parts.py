"""A bird's hard parts: bill, eye and legs."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.birds.body import BIRD, Frame
from datamodules.synthetic.birds.feathers import leg_path
from datamodules.synthetic.birds.species import Species
from datamodules.synthetic.canvas.canvas import Canvas
from datamodules.synthetic.canvas.curves import Points, ellipse, point, spline
from datamodules.synthetic.canvas.palette import mix, rgb

_DARK = rgb("0e0b0a")


def draw_bill(canvas: Canvas, frame: Frame, species: Species) -> None:
    """Draw the lower, then the upper half of the bill; it is shorter if the head is turned to the viewer."""
    bill = species.bill
    length, half = bill.length * (1 - 0.55 * frame.turn), bill.depth
    start, tip = 0.80, 0.90 + length
    y = 0.06
    upper = [
        (start, y - half),
        (start + 0.45 * length, y - half * (0.78 + 0.4 * bill.hook)),
        (start + 0.80 * length, y - half * 0.42 + bill.droop * 0.4),
        (tip, y + bill.droop + bill.hook),
        (start + 0.82 * length, y + half * 0.10 + bill.droop * 0.6),
        (start + 0.4 * length, y + half * 0.10),
        (start - 0.05, y + half * 0.18),
    ]
    lower = [
        (start - 0.04, y + half * 0.10),
        (start + 0.45 * length, y + half * 0.06),
        (tip - 0.10 * length, y + bill.droop * 0.9),
        (start + 0.55 * length, y + half * 0.52),
        (start + 0.02, y + half * 0.88),
    ]
    for corners, colour in ((lower, bill.lower), (upper, bill.upper)):
        outline = spline([frame.face(*c) for c in corners], closed=True, steps=4)
        canvas.fill(outline, rgb(colour), BIRD, volume=0.55, roundness=0.010, edge=0.45)
    if bill.mark:
        _draw_mark(canvas, frame, species, start, length, y)
    shine = np.stack([frame.face(start + 0.1, y - half * 0.55), frame.face(start + 0.6 * length, y - half * 0.42)])
    canvas.stroke(shine, rgb("ffffff"), 0.05 * frame.radius, 0.28)


def _draw_mark(canvas: Canvas, frame: Frame, species: Species, start: float, length: float, y: float) -> None:
    """Draw a puffin's plate at the base of a deep bill, a gull's spot near the tip of a slender one."""
    bill = species.bill
    if bill.depth > 0.4:
        plate = [(start - 0.06, y - bill.depth), (start + 0.30 * length, y - bill.depth * 0.86),
                 (start + 0.24 * length, y + bill.depth * 0.72), (start - 0.05, y + bill.depth * 0.85)]  # fmt: skip
        outline = spline([frame.face(*c) for c in plate], closed=True, steps=4)
        canvas.fill(outline, rgb(bill.mark), BIRD, volume=0.4, edge=0.3)
        line = np.stack(
            [
                frame.face(start + 0.34 * length, y - bill.depth * 0.8),
                frame.face(start + 0.28 * length, y + bill.depth * 0.6),
            ]
        )
        canvas.stroke(line, rgb("f6e8a0"), 0.10 * frame.radius, 0.9)
        return
    spot = ellipse(frame.face(start + 0.68 * length, y + bill.depth * 0.36), 0.10 * frame.radius, 0.07 * frame.radius)
    canvas.fill(spot, rgb(bill.mark), BIRD, volume=0, edge=0)


def draw_eye(canvas: Canvas, frame: Frame, species: Species) -> None:
    """Draw the eye with its ring, pupil and glint."""
    place = frame.face(0.42 + 0.16 * frame.turn, -0.14)
    size = min(0.165 * frame.radius, 0.072 * frame.half)
    if species.ring:
        canvas.fill(ellipse(place, size * 1.34, size * 1.30), rgb(species.ring), BIRD, volume=0, edge=0.3)
    else:
        canvas.fill(ellipse(place, size * 1.32, size * 1.28), _DARK, BIRD, volume=0, edge=0, opacity=0.45)
    canvas.fill(ellipse(place, size, size), rgb(species.eye), BIRD, volume=0, edge=0.5)
    canvas.fill(ellipse(place, size * 0.62, size * 0.62), _DARK, BIRD, volume=0, edge=0)
    glint = place + point(-0.32, -0.38) * size
    canvas.fill(ellipse(glint, size * 0.30, size * 0.30), rgb("ffffff"), BIRD, volume=0, edge=0, opacity=0.95)


def draw_leg(canvas: Canvas, frame: Frame, species: Species, foot: Points, x: float, gain: float) -> None:
    """Draw a leg from the belly to a foot on the perch, with three toes forward and one back."""
    colour = mix(_DARK, rgb(species.legs), gain)
    width = 0.055 * frame.half
    path = leg_path(frame, foot, x)
    thigh = spline(
        np.stack([frame.body(x - 0.17, 0.72), frame.body(x + 0.17, 0.72), path[3] + point(0.02, 0.02) * frame.half,
                  path[3] - point(0.05, -0.02) * frame.half]), closed=True, steps=4)  # fmt: skip
    canvas.stroke(path, mix(colour, _DARK, 0.45), width * 1.5)
    canvas.stroke(path, colour, width)
    for ahead, down in ((0.30, 0.05), (0.24, 0.10), (0.16, 0.12), (-0.17, 0.08)):
        toe = np.stack([foot, foot + point(ahead * 0.6, -0.02) * frame.half, foot + point(ahead, down) * frame.half])
        canvas.stroke(toe, mix(colour, _DARK, 0.2), width)
    below = [colour for part, colour in species.patches if part in ("underparts", "belly")] or [species.body]
    canvas.fill(thigh, mix(rgb(below[0]), _DARK, 0.25), BIRD, volume=0.25, edge=0.1)
