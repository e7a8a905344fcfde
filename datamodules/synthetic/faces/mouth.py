"""Nose and mouth."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.curves import Points, ellipse, join, point
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.skin import DEPTH, Face

_GAPS = (0.24, 0.34, 0.45, 0.55, 0.66, 0.76)  # between the teeth, along the mouth


def draw_nose(face: Face) -> None:
    """Draw nostrils, wings and the nose's shadow; its form is part of the relief."""
    head, sheet, lamp = face.head, face.sheet, face.lamp
    who = head.who
    dark = mix(who.skin, DEPTH, 0.78)
    base, wing = who.nose_length, who.nose_width
    side = -np.sign(lamp.towards[0]) or 1.0
    shade = [(0.0, -0.03), (wing * 0.9, -0.06), (wing + 0.10, 0.02), (wing * 0.75, 0.10), (0.0, 0.075)]
    cast = head.curve([(side * x, base + y) for x, y in shade], closed=True)
    strength = 0.34 * lamp.contrast * abs(float(lamp.towards[0])) + 0.10
    sheet.fill(cast, mix(who.skin, DEPTH, 0.62), strength, soft=0.06, clip=face.clip)
    under = head.curve(
        [(-wing * 0.72, base + 0.018), (0, base + 0.055), (wing * 0.72, base + 0.018), (0, base + 0.005)],
        lift=[0.06, 0.12, 0.06, 0.16],
        closed=True,
    )
    sheet.fill(under, mix(who.skin, DEPTH, 0.6), 0.42, soft=0.028, clip=face.clip)
    seen = float(np.clip(0.75 + head.how.pitch / 22, 0.35, 1.2))
    holes = head.project([(-wing * 0.46, base + 0.016), (wing * 0.46, base + 0.016)], lift=0.12)
    nostrils = [
        ellipse(hole, 0.27 * wing, 0.017 + 0.012 * seen, slant, count=16)
        for hole, slant in zip(holes, (-24, 24), strict=True)
    ]
    sheet.fill(nostrils, mix(who.skin, rgb("1d0805"), 0.85), 0.80, soft=0.012, clip=face.clip)
    edge = [(0.86, -0.085), (1.06, -0.035), (1.02, 0.022), (0.78, 0.038)]
    creases = [head.curve([(s * wing * x, base + y) for x, y in edge], lift=(0.05, 0.04, 0.04, 0.06)) for s in (-1, 1)]
    sheet.stroke(creases, (0.004, 0.017, 0.02, 0.008), dark, 0.52, soft=0.014, clip=face.clip)


class Mouth:
    """Lips in the image: their outlines and the line between them."""

    def __init__(self, head: Head) -> None:
        who, how = head.who, head.how
        (left, y), (right, _) = head.corner(-1), head.corner(1)
        smile = how.smile
        middle = head.mouth_y + 0.012 * smile
        thin = 1 - 0.20 * max(smile, 0) - 0.10 * how.mouth
        self.gap = 0.20 * how.mouth * (1 - 0.35 * max(smile, 0))
        self.up, self.low = who.upper_lip * thin, who.lower_lip * thin
        top, bottom = middle - 0.10 * self.gap, middle + 0.90 * self.gap
        half = right
        sag = 0.030 * smile
        self.corners = head.project([(left, y), (right, y)], lift=0.02)
        lift = 0.05

        def line(points: list[tuple[float, float]]) -> Points:
            ends = [(left, y), *points, (right, y)]
            return head.curve(ends, lift=[0.02, *[lift] * len(points), 0.02], steps=5)

        high = top - self.up * 0.62 + sag * 0.2
        bow = [(-half * 0.17, top - self.up), (0, top - self.up * 0.80), (half * 0.17, top - self.up)]
        self.top = line([(-half * 0.55, high), *bow, (half * 0.55, high)])
        meet = top - 0.004 + sag * 0.55
        self.inner_top = line([(-half * 0.55, meet), (0, meet + 0.014), (half * 0.55, meet)])
        self.teeth = meet + 0.014 + min(0.062, 0.75 * self.gap)
        part = (top + 4 * bottom) / 5 + sag * 0.7
        self.inner_low = line([(-half * 0.55, part), (0, bottom + 0.012 + sag * 0.6), (half * 0.55, part)])
        low = bottom + self.low * 0.70 + sag * 0.5
        self.bottom = line([(-half * 0.56, low), (0, bottom + self.low + sag * 0.5), (half * 0.56, low)])


def draw_mouth(face: Face) -> None:
    """Draw the lips, and teeth between open ones."""
    sheet, head, clip = face.sheet, face.head, face.clip
    who = head.who
    mouth = Mouth(head)
    under = head.project([(0, head.mouth_y + mouth.gap + mouth.low + 0.07)])[0]
    sheet.fill(ellipse(under, 0.13, 0.035), mix(who.skin, DEPTH, 0.55), 0.32, soft=0.035, clip=clip)
    upper = join(mouth.top, mouth.inner_top[::-1])
    lower = join(mouth.inner_low, mouth.bottom[::-1])
    if mouth.gap > 0.008:
        _draw_inside(face, mouth)
    sheet.fill(lower, who.lips, 0.93, soft=0.008, clip=clip)
    sheet.fill(upper, mix(who.lips, rgb("3d1014"), 0.20), 0.93, soft=0.008, clip=clip)
    gleam = head.project([(0, head.mouth_y + mouth.gap + mouth.low * 0.50)], lift=0.06)[0]
    glossy = mix(who.lips, rgb("fff0ea"), 0.55)
    sheet.fill(ellipse(gleam, who.mouth_width * 0.42, mouth.low * 0.24), glossy, 0.5, soft=0.025, clip=clip)
    seam = mix(who.lips, rgb("1e0608"), 0.82)
    sheet.stroke(mouth.inner_top, (0.012, 0.017, 0.017, 0.017, 0.012), seam, 0.85, soft=0.004, clip=clip)
    sheet.fill([ellipse(c, 0.022, 0.018, count=10) for c in mouth.corners], seam, 0.55, soft=0.02, clip=clip)


def _draw_inside(face: Face, mouth: Mouth) -> None:
    sheet = face.sheet
    opening = join(mouth.inner_top, mouth.inner_low[::-1])
    patch = sheet.patch(opening, clip=face.clip)
    if patch is None:
        return
    sheet.blend(patch, rgb("2c0b0c")[:, None, None])
    inside = np.zeros_like(sheet.cover)
    inside[patch.rows, patch.columns] = patch.cover
    tongue = face.head.project([(0, face.head.mouth_y + mouth.gap * 1.05)])[0]
    sheet.fill(ellipse(tongue, 0.13, 0.055), rgb("a8474a"), 0.85, soft=0.03, clip=inside)
    half = face.head.corner(1)[0]
    edge = face.head.curve(
        [(-half, mouth.teeth - 0.02), (0, mouth.teeth), (half, mouth.teeth - 0.02)], lift=0.03, steps=8
    )
    teeth = join(mouth.inner_top - point(0, 0.02), edge[::-1])
    sheet.fill(teeth, rgb("f3ece1"), 0.96, soft=0.006, clip=inside)
    sheet.stroke(mouth.inner_top + point(0, 0.012), 0.022, rgb("5a3a34"), 0.35, soft=0.012, clip=inside)
    last = len(edge) - 1
    gaps = [np.array([edge[i] - point(0, 0.08), edge[i]]) for i in (round(last * share) for share in _GAPS)]
    sheet.stroke(gaps, 0.006, rgb("8d7a70"), 0.35, clip=inside)
