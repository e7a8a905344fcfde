"""Beards."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.curves import Points, join, point, spline
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.faces.mouth import Mouth
from datamodules.synthetic.faces.sheet import Plane
from datamodules.synthetic.faces.skin import Face
from datamodules.synthetic.faces.strands import Hair


def draw_stubble(face: Face) -> None:
    """Draw the shadow of a shaved beard, before the face is lit."""
    who = face.head.who
    if who.female or who.beard == "full":
        return
    dark = mix(who.hair, rgb("241a18"), 0.6)
    strength = 0.34 if who.beard == "stubble" else 0.10
    face.sheet.fill(_region(face), mix(who.skin, dark, 0.75), strength, soft=0.07, clip=face.clip)


def draw_beard(face: Face, hair: Hair) -> None:
    """Draw a beard over the lit face, without the lips."""
    who, head = face.head.who, face.head
    if who.beard in ("none", "stubble"):
        return
    mouth = Mouth(head)
    colour = mix(who.hair, rgb("1c1210"), 0.18)
    free = _without_lips(face, mouth)
    if who.beard == "full":
        hair.paint(_region(face, 0.055), colour=colour, curly=True, clip=free, opacity=0.93, soft=0.05)
    elif who.beard == "goatee":
        y = head.mouth_y + mouth.gap + mouth.low
        half = [(0.12, y + 0.055), (0.24, y - 0.10), (0.235, y + 0.10), (0.17, 1.0 + head.drop)]
        chin = [(0, y + 0.04), *half, (0, 1.04 + head.drop), *[(-a, b) for a, b in half[::-1]]]
        outline = head.curve(chin, lift=0.02, closed=True)
        hair.paint(outline, colour=colour, curly=True, clip=free * face.clip, opacity=0.9, soft=0.03)
    hair.paint(_moustache(face), colour=colour, curly=True, clip=free, opacity=0.92, soft=0.022)


def _moustache(face: Face) -> Points:
    head = face.head
    base, (x, y) = head.who.nose_length, head.corner(1)
    top = (base + head.mouth_y) / 2 + 0.005
    half = [
        (0.05, top - 0.015), (x * 0.62, top + 0.012), (x * 1.16, y + 0.01), (x * 1.22, y + 0.085), (x, y + 0.035),
        (x * 0.5, head.mouth_y - 0.018),
    ]  # fmt: skip
    points = [(0.0, top + 0.01), *half, (0.0, head.mouth_y - 0.024), *[(-a, b) for a, b in half[::-1]]]
    return head.curve(points, lift=0.03, closed=True, steps=3)


def _without_lips(face: Face, mouth: Mouth) -> Plane:
    free: Plane = np.ones_like(face.clip)
    patch = face.sheet.patch(join(mouth.inner_top - point(0, 0.012), mouth.bottom[::-1]), soft=0.012)
    if patch is not None:
        free[patch.rows, patch.columns] -= patch.cover
    return free


def _region(face: Face, grow: float = 0.0) -> Points:
    """Return the outline of a beard: from the sideburns along the jaw, and around the mouth."""
    head = face.head
    thick = np.interp(head.y, (0.1, 0.5, 1.0), (0.0, 0.4, 1.0)) * grow
    left, right = head.contour(thick)
    keep = head.y > 0.12
    jaw = join(left[keep], right[keep][::-1])
    if grow:
        jaw = jaw + np.stack([np.zeros(len(jaw)), np.clip(jaw[:, 1] - 0.75, 0, 1) * grow * 2.5], axis=1)
    half = [(0.06, head.who.nose_length + 0.09), (0.17, head.who.nose_length + 0.085)]
    cheek, mirrored = head.project(half, lift=0.02), head.project([(-x, y) for x, y in half], lift=0.02)
    right_side, left_side = (head.around([(s * 40, 0.46), (s * 56, 0.40), (s * 70, 0.22)]) for s in (1, -1))
    line = join(right_side[::-1], cheek[::-1], mirrored, left_side)
    return join(jaw, spline(line, steps=4))
