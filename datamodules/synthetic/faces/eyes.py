"""Eyes and brows."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.curves import Points, ellipse, join, point
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.relief import Lamp
from datamodules.synthetic.faces.sheet import Plane, Sheet
from datamodules.synthetic.faces.skin import DEPTH, Face

_BLACK = rgb("0d0907")
_IRIS = 0.080


class Eye:
    """Lids of one eye in the image.

    Attributes:
        upper, lower: edges of the lids (K, 2), from the inner corner outwards.
        crease: the fold above the upper lid.
        open: distance of the lids, in half head heights.
    """

    def __init__(self, head: Head, side: int) -> None:
        who, how = head.who, head.how
        self.head, self.side, self.middle = head, side, head.eye(side)
        squint = 1 - 0.22 * max(how.smile, 0)
        self.open = who.eye_opening * how.eyes * squint * (1 + 0.12 * max(how.brows, 0))
        wide, high, low = who.eye_width, self.open * 1.18, self.open * 0.72
        rest = who.eye_opening * 0.45 * max(0.5 - how.eyes, 0)  # closed lids meet below the middle
        upper = [(-1.0, 0.022), (-0.62, -high * 0.72), (-0.1, -high), (0.48, -high * 0.84), (1.0, 0.0)]
        lower = [(-1.0, 0.022), (-0.5, low * 0.72), (0.05, low), (0.55, low * 0.80), (1.0, 0.0)]
        self.upper = self._curve([(u * wide, v + rest * (1 - u * u)) for u, v in upper])
        self.lower = self._curve([(u * wide, v + rest * (1 - u * u)) for u, v in lower])
        above = max(high * 0.55 + who.eye_opening * 0.62, high) + 0.018 + 0.036 * who.lid
        self.crease = self._curve(
            [(-0.95 * wide, -0.012), (-0.55 * wide, -above * 0.80), (0, -above), (0.55 * wide, -above * 0.86),
             (1.1 * wide, -0.028)]
        )  # fmt: skip

    def at(self, across: float, down: float, lift: float = -0.02) -> Points:
        """Return a point (2,) relative to the eye's middle; across is away from the nose."""
        return self.head.project([self._place(across, down)], lift)[0]

    def _place(self, across: float, down: float) -> tuple[float, float]:
        slant = np.radians(self.head.who.eye_slant)
        out, fall = across * np.cos(slant) + down * np.sin(slant), down * np.cos(slant) - across * np.sin(slant)
        return float(self.middle[0] + self.side * out), float(self.middle[1] + fall)

    def _curve(self, points: list[tuple[float, float]]) -> Points:
        return self.head.curve([self._place(*p) for p in points], lift=-0.02, steps=5)


def draw_eyes(face: Face) -> list[Eye]:
    """Draw both eyes, unlit and without glints (see `draw_glints`), and return them."""
    eyes = [Eye(face.head, side) for side in (-1, 1)]
    sheet, who, clip = face.sheet, face.head.who, face.clip
    lid = mix(who.skin, DEPTH, 0.20 if who.female else 0.14)
    sheet.fill([join(eye.crease, eye.upper[::-1]) for eye in eyes], lid, 0.75, soft=0.015, clip=clip)
    creases = [eye.crease for eye in eyes]
    sheet.stroke(creases, (0.006, 0.020, 0.008), mix(who.skin, DEPTH, 0.75), 0.62, soft=0.012, clip=clip)
    if eyes[0].open > 0.012:
        _draw_balls(face, eyes)
    lash = mix(who.brow, _BLACK, 0.75)
    thick = 0.034 if who.female else 0.022
    lids = [eye.upper - point(0, 0.004) for eye in eyes]
    sheet.stroke(lids, (thick * 0.4, thick, thick * 1.15, thick * 0.5), lash, 0.92, clip=clip)
    if who.female:
        tails = [np.array([eye.upper[-1], eye.at(who.eye_width * 1.16, -0.035)]) for eye in eyes]
        sheet.stroke(tails, (thick * 0.6, 0.004), lash, 0.85, clip=clip)
    sheet.stroke([eye.lower for eye in eyes], (0.006, 0.013, 0.010), mix(who.skin, DEPTH, 0.7), 0.6, clip=clip)
    return eyes


def _draw_balls(face: Face, eyes: list[Eye]) -> None:
    sheet, who = face.sheet, face.head.who
    patch = sheet.patch([join(eye.upper, eye.lower[::-1]) for eye in eyes], clip=face.clip)
    if patch is None:
        return
    sheet.blend(patch, mix(rgb("ede6df"), who.skin, 0.16)[:, None, None])
    inside: Plane = np.zeros_like(sheet.cover)
    inside[patch.rows, patch.columns] = patch.cover
    red = mix(who.skin, rgb("c0504a"), 0.5)
    sheet.fill([_disc(eye.at(-who.eye_width * 0.92, 0.01), 0.03, 0.024) for eye in eyes], red, 0.8, clip=inside)
    middles, narrow = [_pupil(face.head, eye) for eye in eyes], 0.5 + 0.5 * face.head.turn[0]

    def discs(size: float, down: float = 0.0, flat: float = 1.0) -> list[Points]:
        return [_disc(middle + point(0, down), size * narrow, size * flat) for middle in middles]

    sheet.fill(discs(_IRIS), mix(who.iris, _BLACK, 0.62), clip=inside)
    sheet.fill(discs(_IRIS * 0.84), who.iris, clip=inside)
    sheet.fill(discs(_IRIS * 0.55, 0.030, 0.8), mix(who.iris, rgb("fff2d8"), 0.45), 0.75, soft=0.025, clip=inside)
    sheet.fill(discs(0.036), _BLACK, clip=inside)
    sheet.stroke([eye.upper + point(0, 0.016) for eye in eyes], 0.05, rgb("2a1d1a"), 0.42, soft=0.03, clip=inside)
    corners = [_disc(eye.at(u * who.eye_width, 0.0), 0.04, 0.06) for eye in eyes for u in (-1, 1)]
    sheet.fill(corners, DEPTH, 0.30, soft=0.035, clip=inside)


def _disc(middle: Points, wide: float, tall: float) -> Points:
    return ellipse(middle, wide, tall, count=16)


def _pupil(head: Head, eye: Eye) -> Points:
    across, down = head.how.gaze
    x, y = eye.middle
    return head.project([(x + 0.045 * across, y - 0.012 + 0.03 * down)], lift=0.0)[0]


def draw_glints(sheet: Sheet, head: Head, eyes: list[Eye], lamp: Lamp) -> None:
    """Draw the lamp's reflections, after the face has been lit."""
    if eyes[0].open > 0.03:
        spots = [_disc(_pupil(head, eye) + lamp.towards[:2] * 0.030, 0.019, 0.019) for eye in eyes]
        sheet.fill(spots, rgb("ffffff"), 0.92)


def draw_brows(face: Face) -> None:
    """Draw both brows: dense, with a soft rim."""
    who = face.head.who
    lines, thick = [_brow(face.head, side) for side in (-1, 1)], who.brow_thickness
    for grow, opacity, soft in ((1.2, 0.45, 0.022), (1.0, 0.72, 0.010)):
        widths = (thick * 0.72 * grow, thick * 1.05 * grow, thick * 0.86 * grow, thick * 0.22 * grow)
        face.sheet.stroke(lines, widths, who.brow, opacity, soft=soft, clip=face.clip)


def _brow(head: Head, side: int) -> Points:
    """Return the line of a brow, from the nose outwards."""
    who, move = head.who, head.how.brows
    x, y = head.eye(side)
    y -= who.brow_height + 0.055 * max(move, 0) + 0.03 * min(move, 0)
    wide, knit = who.eye_width * 1.32, 0.05 * min(move, 0)
    slope, arch = float(np.sin(np.radians(who.brow_slant))), who.brow_arch

    def at(u: float, rise: float) -> tuple[float, float]:
        inner = max(-u, 0.0)
        return x + side * (u * wide + knit * 0.4 * (u < 0)), y - slope * u * wide - rise - knit * inner

    return head.curve([at(-0.95, -0.012), at(-0.35, arch * 0.45), at(0.25, arch), at(1.05, -arch * 0.35)], lift=0.03)
