"""Neck, shoulders and clothes."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.curves import point, spline
from datamodules.synthetic.canvas.palette import line_on, mix, oklch, rgb
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.relief import Lamp
from datamodules.synthetic.faces.sheet import Sheet
from datamodules.synthetic.faces.skin import DEPTH, outline_of

NECKLINES = ("round", "v", "collar", "high")


def neck_x(head: Head) -> float:
    """Return the x position of the neck's middle, which turns less than the head."""
    return -0.10 * head.turn[1]


def draw_body(sheet: Sheet, head: Head, lamp: Lamp, rng: Generator) -> None:
    """Draw neck, by identity, and clothes, by image."""
    who, x = head.who, neck_x(head)
    half = (0.37 if who.female else 0.45) * who.width * (0.6 + 0.4 * who.jaw)
    edge = [(half, 0.35), (half * 0.98, 0.9), (half * 1.06, 1.16), (half * 1.5, 1.36), (half * 1.6, 1.85)]
    neck = [(x - a, b) for a, b in edge] + [(x + a, b) for a, b in edge[::-1]]
    patch = sheet.patch(spline(neck, closed=True, steps=3))
    assert patch is not None
    columns = (np.arange(patch.columns.start, patch.columns.stop) / sheet.unit + sheet.origin[0] - x) / half
    across = np.clip(columns, -0.97, 0.97).astype(np.float32)
    lit = lamp.on_all(np.stack([across, np.full_like(across, 0.15), np.sqrt(1 - across * across)], axis=1))
    sheet.add(patch, (who.skin[:, None] * np.float32(0.95) * lit)[:, None, :])
    jaw = outline_of(head)
    shadow = sheet.patch(
        jaw[jaw[:, 1] > 0.3] + point(-0.10 * float(lamp.towards[0]), 0.15), soft=0.14, clip=sheet.cover
    )
    if shadow is not None:
        sheet.shade(shadow, 0.34 + 0.22 * lamp.contrast)
    for side in (-1, 1):
        cord = spline([(x + side * half * 0.70, 0.95), (x + side * half * 0.40, 1.25), (x + side * 0.10, 1.46)])
        sheet.stroke(cord, (0.01, 0.05, 0.03), mix(who.skin, DEPTH, 0.45), 0.22, soft=0.04)
    _draw_clothes(sheet, x, half, lamp, rng)


def _draw_clothes(sheet: Sheet, x: float, half: float, lamp: Lamp, rng: Generator) -> None:
    colour = oklch(float(rng.uniform(0.22, 0.90)), float(rng.uniform(0.0, 0.15)), float(rng.uniform(0, 360)))
    kind = str(rng.choice(NECKLINES))
    opening = {
        "round": [(half * 1.22, 1.26), (half * 0.9, 1.43), (0, 1.53)],
        "v": [(half * 1.15, 1.24), (half * 0.5, 1.53), (0, 1.80)],
        "collar": [(half * 1.08, 1.14), (half * 0.62, 1.36), (0, 1.57)],
        "high": [(half * 1.06, 1.04), (half * 0.6, 1.13), (0, 1.16)],
    }[kind]
    line = [(x - a, b) for a, b in opening] + [(x + a, b) for a, b in opening[-2::-1]]
    neck = spline(line, steps=4)
    falling = [(1.0, 1.41), (1.7, 1.62), (2.4, 2.2), (2.4, 3.2)]
    shoulders = [(x + a, b) for a, b in falling] + [(x - a, b) for a, b in falling[::-1]]
    patch = sheet.patch(np.concatenate([neck, shoulders]))
    if patch is None:
        return
    columns = (np.arange(patch.columns.start, patch.columns.stop) / sheet.unit + sheet.origin[0] - x) / 2.0
    rows = np.arange(patch.rows.start, patch.rows.stop) / sheet.unit + sheet.origin[1]
    facing = (0.95 + 0.35 * np.clip(columns * lamp.towards[0], -1, 1)).astype(np.float32)
    fall = (0.22 * np.clip((rows - 1.3) / 1.2, 0, 1)).astype(np.float32)
    folds = np.minimum(facing[None, :] - fall[:, None], 1.15)
    sheet.add(patch, np.minimum((colour * lamp.on((0, -0.35, 0.9)))[:, None, None] * folds, 255))
    seam = line_on(colour)
    sheet.stroke(neck, 0.035, seam, 0.55, soft=0.012)
    if kind == "collar":
        for side in (-1, 1):
            points = [(half * 1.10, 1.08), (half * 1.32, 1.31), (0.40, 1.77), (0.04, 1.55), (half * 0.70, 1.33)]
            flap = [(x + side * a, b) for a, b in points]
            lit = mix(colour, rgb("ffffff"), 0.14) * lamp.on((side * 0.3, -0.2, 0.9))
            piece = sheet.patch(np.array(flap))
            if piece is not None:
                sheet.add(piece, np.clip(lit, 0, 255)[:, None, None])
            sheet.stroke(np.array([flap[1], flap[2], flap[3]]), 0.02, seam, 0.5, soft=0.01)
    for fold in ((-0.75, -0.45), (0.70, 0.50)):
        crease = spline([(x + fold[0], 1.62), (x + fold[1] * 1.3, 1.95), (x + fold[1], 2.3)])
        sheet.stroke(crease, (0.01, 0.05, 0.02), seam, 0.30, soft=0.04)
