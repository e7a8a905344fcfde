"""Ears, skin and its marks; the face's colours are painted first and lit at the end."""

from __future__ import annotations

import cv2
import numpy as np

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.curves import Points, ellipse, point, spline
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.faces.head import Head, Place, Places
from datamodules.synthetic.faces.relief import Lamp, face_relief
from datamodules.synthetic.faces.sheet import Patch, Plane, Sheet

BLOOD = rgb("b8382c")
DEPTH = rgb("3a160d")


def outline_of(head: Head) -> Points:
    """Return the closed outline of the head without hair."""
    left, right = head.contour()
    return np.concatenate([left, right[::-1]])


def draw_ears(sheet: Sheet, head: Head, lamp: Lamp) -> None:
    """Draw the visible ears of the rotated head."""
    who = head.who
    for side in (-1, 1):
        wide = float(np.interp(0.1, head.y, head.wide))
        middle = np.array(head.project_point(side * wide * 0.97, 0.10, -0.06))
        rim = np.array(head.project_point(side * (wide * 0.97 + 0.13), 0.10, -0.20))
        out = (rim - middle)[0]
        if out * side < 0.02:
            continue
        tall, size = 0.215 * who.ear, 0.85 + 0.15 * who.ear
        shape = [(-0.06, -0.75), (0.55, -1.0), (1.08, -0.72), (1.02, -0.1), (0.72, 0.45), (0.35, 0.95), (-0.05, 0.8)]
        points = np.array([middle + point(x * out * size, y * tall) for x, y in shape])
        lit = lamp.on((side * 0.75, 0.0, 0.66))
        patch = sheet.patch(spline(points, closed=True, steps=4))
        if patch is None:
            continue
        colour = mix(who.skin, BLOOD, 0.13)
        sheet.add(patch, (colour * lit)[:, None, None])
        inner = [(0.1, -0.55), (0.5, -0.72), (0.78, -0.5), (0.66, 0.0), (0.38, 0.35), (0.12, 0.3)]
        hollow = np.array([middle + point(x * out * size, y * tall) for x, y in inner])
        sheet.fill(spline(hollow, closed=True, steps=4), mix(who.skin, DEPTH, 0.5) * lit, 0.55, soft=0.03)


def _both(places: list[Place]) -> list[list[Place]]:
    """Return a line and its mirror image."""
    return [places, [(-x, y) for x, y in places]]


class Face:
    """State of the drawing of a face.

    Args:
        sheet: the canvas.
        head: the face's head.
        lamp: the light, applied by `finish`.

    Attributes:
        patch: area of the face.
        clip: its coverage on the whole sheet (H, W).
    """

    def __init__(self, sheet: Sheet, head: Head, lamp: Lamp) -> None:
        self.sheet, self.head, self.lamp = sheet, head, lamp
        patch = sheet.patch(outline_of(head))
        assert patch is not None
        self.patch: Patch = patch
        self.clip: Plane = np.zeros_like(sheet.cover)
        self.clip[patch.rows, patch.columns] = patch.cover
        self.rng = np.random.default_rng(head.who.marks)
        sheet.add(patch, head.who.skin[:, None, None])
        self._tones()
        self._scatter()

    def blush(self, places: Places, wide: float, tall: float, colour: Colour, opacity: float) -> None:
        """Paint soft spots on the skin."""
        spots = [ellipse(middle, wide, tall, count=16) for middle in self.head.project(places)]
        self.sheet.fill(spots, colour, opacity, soft=min(wide, tall) * 1.1, clip=self.clip)

    def _tones(self) -> None:
        who = self.head.who
        red, deep = mix(who.skin, BLOOD, 0.5), mix(who.skin, DEPTH, 0.55)
        rosy = 0.30 if who.female else 0.20
        (x, y), below = self.head.eye(1), self.head.eye(1)[1] + 0.10
        self.blush([(0, who.nose_length - 0.02)], who.nose_width, 0.10, red, 0.22)
        self.blush([(-0.44, 0.32), (0.44, 0.32)], 0.22, 0.15, red, rosy)
        self.blush([(-x, y), (x, y)], 0.22, 0.12, deep, 0.20)
        self.blush([(-0.96 * x, below), (0.96 * x, below)], 0.14, 0.035, deep, 0.10 + 0.30 * who.age)

    def _scatter(self) -> None:
        who = self.head.who
        rows, columns = self.patch.cover.shape
        noise = self.rng.normal(size=(24, 20)).astype(np.float32)
        mottled = 1 + 0.016 * cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC)
        self.sheet.colour[:, self.patch.rows, self.patch.columns] *= mottled
        if who.freckles:
            tan = mix(mix(who.skin, rgb("8a4a22"), 0.55), BLOOD, 0.1)
            places = self.rng.normal(size=(round(60 * who.freckles), 2)) * (0.30, 0.10) + (0, 0.24)
            sizes = self.rng.uniform(0.010, 0.020, len(places))
            middles = self.head.project(places.tolist())
            spots = [ellipse(m, size, size, count=8) for m, size in zip(middles, sizes, strict=True)]
            self.sheet.fill(spots, tan, 0.62, clip=self.clip)
        if who.mole is not None:
            centre = self.head.project([who.mole])[0]
            self.sheet.fill(ellipse(centre, 0.024, 0.022, count=10), mix(who.skin, DEPTH, 0.8), 0.9, clip=self.clip)

    def fold(self, lines: list[list[Place]], width: float, opacity: float) -> None:
        """Draw creases of the skin through points on the face."""
        curves = [self.head.curve(places) for places in lines]
        colour = mix(self.head.who.skin, DEPTH, 0.6)
        self.sheet.stroke(curves, (width * 0.3, width, width * 0.3), colour, opacity, soft=width * 0.7, clip=self.clip)

    def creases(self) -> None:
        """Draw the lines of a smile and of age."""
        who, how = self.head.who, self.head.how
        smile = max(how.smile, 0.0)
        depth = (0.06 + 0.26 * smile) * (0.7 if who.female else 1.0) + 0.36 * max(who.age - 0.3, 0)
        (x, y), (ex, ey) = self.head.corner(1), self.head.eye(1)
        wing = (who.nose_width + 0.045, who.nose_length - 0.02)
        self.fold(_both([wing, (0.29, 0.53), (x * 1.16 + 0.02, y + 0.02)]), 0.045, depth)
        if who.age > 0.5:
            out = ex + who.eye_width + 0.05
            feet = [_both([(out, ey + r * 0.5), (out + 0.1, ey + r * 1.6)]) for r in (-0.05, 0.03)]
            self.fold([*feet[0], *feet[1]], 0.02, who.age * 0.45)
        lines = 0.8 * max(who.age - 0.45, 0) + 0.22 * max(how.brows, 0)
        if lines > 0.05:
            self.fold([[(-0.3, y + 0.02), (0, y), (0.3, y + 0.02)] for y in (-0.40, -0.48)], 0.026, min(lines, 0.5))
        if how.brows < -0.2:
            self.fold(_both([(0.055, -0.28), (0.06, -0.15)]), 0.022, -0.5 * how.brows)

    def finish(self) -> None:
        """Apply the light to everything painted."""
        light, shine = face_relief(self.sheet, self.patch, self.head).light(self.lamp)
        target = self.sheet.colour[:, self.patch.rows, self.patch.columns]
        light -= 1
        light *= self.patch.cover
        light += 1
        target *= light
        shine *= self.patch.cover
        gloss = 46 * (0.35 + 0.65 * self.lamp.contrast)
        target += shine * (gloss * self.lamp.key / self.lamp.key.max())[:, None, None]
