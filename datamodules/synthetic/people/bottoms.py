"""Trousers, shorts, skirts, and the lower part of dresses."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.canvas import Fold
from datamodules.synthetic.canvas.curves import Points, Tube, around, ellipse, join, point, spline
from datamodules.synthetic.canvas.palette import line_on, mix, rgb
from datamodules.synthetic.people.figure import DRESS, PANTS, SKIRT, UPPER, Figure
from datamodules.synthetic.people.outfit import Garment

WAIST = 0.66
# Ends of trouser legs and of skirts along the leg (0 the hip joint, 1 the ankle).
LEGS = {"full": 1.035, "cropped": 0.87, "mini": 0.24, "knee": 0.48}
SKIRTS = {"mini": 0.30, "knee": 0.53, "midi": 0.78}
# Ease at the thigh and at the hem, in body heights.
CUTS = {"skinny": (0.001, 0.003), "straight": (0.003, 0.012), "wide": (0.006, 0.024), "flared": (0.000, 0.024)}


def draw_bottom(figure: Figure, bottom: Garment) -> None:
    """Draw trousers, shorts or a skirt."""
    if bottom.kind == "skirt":
        draw_skirt(figure, bottom, SKIRT)
        return
    order = figure.skeleton.depth_order
    for side in order:
        _draw_leg(figure, bottom, side)
    _draw_waist(figure, bottom)


def _draw_leg(figure: Figure, bottom: Garment, side: int) -> None:
    """Draw one leg with its half of the seat."""
    skeleton, k = figure.skeleton, figure.unit
    tube = skeleton.leg(side)
    end = LEGS[bottom.length]
    thigh, hem = CUTS[bottom.cut]
    if bottom.kind == "shorts":
        thigh, hem = 0.006, 0.014
    if bottom.length == "cropped":
        hem *= 0.7
    outer, inner = leg_edges(tube, side, end, thigh * k, hem * k, bottom.cut)
    seat = skeleton.flank(side, WAIST, 1.02, 0.003, 0.004 + thigh)
    crotch = skeleton.centre(1.0) + point(0, 0.012 * k)
    low = (outer[:, 1] > seat[-1, 1] + 0.01 * k) & (outer[:, 1] > crotch[1])
    overlap = point(-side * 0.012 * k, 0)
    under = inner[:, 1] > crotch[1] + 0.004 * k
    outline = join(skeleton.centre(WAIST) + overlap, seat, outer[low], inner[under][::-1], crotch, crotch + overlap)
    folds = _leg_folds(figure, tube, side, end, bottom)
    hip, knee, ankle = (skeleton.joint(side, name) for name in ("hip", "knee", "ankle"))
    figure.canvas.fill(
        outline,
        bottom.fabric,
        PANTS,
        volume=0.42,
        roundness=0.018,
        shadow=0.35,
        folds=folds,
        path=join([hip], [knee], [ankle]),
        melt=(skeleton.centre(0.86), 0.062 * k),
    )
    dark = line_on(bottom.fabric.colour)
    seam = end - 0.022
    figure.canvas.stroke(join([tube.across(seam, 2.2)], [tube.across(seam, -2.2)]), dark, 0.002, 0.35, within=[PANTS])
    if bottom.pattern == "denim":
        figure.canvas.stroke(
            outer[low] - point(side * 0.005 * k, 0),
            mix(bottom.fabric.colour, rgb("e8d8b0"), 0.5),
            0.0018,
            0.35,
            within=[PANTS],
        )


def leg_edges(tube: Tube, side: int, end: float, thigh: float, hem: float, cut: str) -> tuple[Points, Points]:
    """Return the outer and the inner edge of a trouser leg."""
    t = np.linspace(0.02, min(end, 1.0), 24)
    centre = tube.at(t)
    tangent = np.gradient(centre, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * -side
    late = np.clip((t - 0.5) / 0.5, 0, 1) if cut == "flared" else t
    ease = thigh + (hem - thigh) * late**1.2
    body = tube.half_width(t)
    if cut in ("straight", "wide"):
        body = np.maximum(body, tube.half_width(0.5) * (0.98 if cut == "straight" else 1.15))
    width = (body + ease)[:, None]
    outer, inner = centre + normal * width, centre - normal * width
    if end > 1.0:
        drop = tube.direction(1.0) * (end - 1.0) * tube.length
        outer, inner = join(outer, outer[-1] + drop), join(inner, inner[-1] + drop)
    return outer, inner


def _leg_folds(figure: Figure, tube: Tube, side: int, end: float, bottom: Garment) -> list[Fold]:
    rng, k, skeleton = figure.rng, figure.unit, figure.skeleton
    folds = []
    crotch = skeleton.centre(1.0)
    for spread, drop in ((0.035, -0.012), (0.045, 0.012), (0.030, 0.03)):
        folds.append(
            Fold(
                spline(
                    around(crotch, k, [(side * 0.006, 0.006), (side * spread * 0.6, drop * 0.3), (side * spread, drop)])
                ),
                0.006,
                -0.11,
            )
        )
    marks = [(0.46, 0.10), (0.53, 0.12)] if end > 0.55 else []
    if end > 0.95:
        marks += (
            [(0.90, 0.12), (0.95, 0.15), (0.99, 0.12)]
            if bottom.cut in ("straight", "wide")
            else [(0.93, 0.10), (0.97, 0.10)]
        )
    for at, strength in marks:
        a, b = (1.0, -0.5) if rng.random() < 0.5 else (-1.0, 0.5)
        tilt = float(rng.uniform(-0.02, 0.02))
        folds.append(
            Fold(
                spline([tube.across(at, a), tube.across(at + 0.012, (a + b) / 2), tube.across(at + tilt, b)]),
                0.006,
                -strength,
            )
        )
    if bottom.cut in ("straight", "wide", "flared") and bottom.kind == "trousers":
        crease = spline([tube.across(t, 0.05) for t in (0.2, 0.45, 0.7, min(end, 1.0))])
        folds.append(Fold(crease, 0.004, 0.10 if bottom.pattern != "denim" else 0.05))
    return folds


def _draw_waist(figure: Figure, bottom: Garment) -> None:
    """Draw waistband, fly and pockets."""
    canvas, skeleton, k = figure.canvas, figure.skeleton, figure.unit
    dark = line_on(bottom.fabric.colour)
    left, right = (skeleton.edge(side, WAIST, 0.0045) for side in (-1, 1))
    middle = skeleton.centre(WAIST)
    belt_low = [skeleton.edge(side, WAIST + 0.055, 0.0045) for side in (1, -1)]
    dip = point(0, 0.006 * k)
    band = join(
        spline([left, middle + dip, right], steps=5),
        spline([belt_low[0], skeleton.centre(WAIST + 0.055) + dip, belt_low[1]], steps=5),
    )
    belt = figure.outfit.tucked and figure.outfit.style in ("formal", "casual")
    fabric = mix(figure.outfit.shoes.fabric.colour, rgb("2a1a10"), 0.5) if belt else bottom.fabric
    canvas.fill(band, fabric, PANTS, volume=0.3, edge=0.35, roundness=0.015, shadow=0.15)
    if belt and not figure.back:
        buckle = ellipse(skeleton.centre(WAIST + 0.028) + dip, 0.009 * k, 0.007 * k, count=8)
        canvas.fill(buckle, rgb("cdb36a"), volume=0.4, within=[PANTS])
    if figure.back:
        for side in (-1, 1):
            at = skeleton.centre(0.86) + point(side * 0.042, 0) * k
            pocket = around(
                at, k, [(-0.02, -0.02), (0.02, -0.02), (0.018, 0.02), (0, 0.027), (-0.018, 0.02), (-0.02, -0.02)]
            )
            canvas.stroke(pocket, dark, 0.0022, 0.5, within=[PANTS])
        return
    fly = spline([skeleton.centre(WAIST + 0.06), skeleton.centre(0.9), skeleton.centre(1.0)])
    canvas.stroke(fly, dark, 0.002, 0.4, within=[PANTS])
    for side in (-1, 1):
        pocket = spline(
            [
                skeleton.edge(side, WAIST + 0.06, -0.022),
                skeleton.edge(side, WAIST + 0.16, -0.014),
                skeleton.edge(side, WAIST + 0.2, 0.003),
            ]
        )
        canvas.stroke(pocket, dark, 0.0024, 0.5, within=[PANTS])


def draw_skirt(figure: Figure, skirt: Garment, label: int) -> None:
    """Draw a skirt from the waist, or (label DRESS) the skirt of a dress."""
    skeleton, k = figure.skeleton, figure.unit
    start = WAIST if label == SKIRT else 0.58
    cut = skirt.cut
    hem_y = _hem_height(figure, skirt)
    flare = {"flared": 0.030, "pencil": -0.006, "pleated": 0.024}[cut] * (0.7 + 0.6 * SKIRTS[skirt.length])
    sides = {side: _skirt_side(figure, side, start, hem_y, flare, cut) for side in (-1, 1)}
    low = (sides[-1][-1] + sides[1][-1]) / 2 + point(0, 0.012 * k)
    hem = spline(
        [
            sides[1][-1],
            (sides[1][-1] + low) / 2 + point(0, 0.004 * k),
            low,
            (sides[-1][-1] + low) / 2 + point(0, 0.004 * k),
            sides[-1][-1],
        ],
        steps=5,
    )
    if cut != "pencil":
        hem = hem + np.stack([np.zeros(len(hem)), 0.0035 * k * np.sin(np.arange(len(hem)) * 1.6)], axis=1)
    waist = spline([sides[-1][0], skeleton.centre(start) + point(0, 0.006 * k), sides[1][0]], steps=5)
    outline = join(waist, sides[1][1:], hem[1:-1], sides[-1][:0:-1])
    folds = _skirt_folds(figure, sides, cut)
    melt = (skeleton.centre(start), 0.075 * k) if label == DRESS else None
    figure.canvas.fill(
        outline,
        skirt.fabric,
        label,
        volume=0.4,
        roundness=0.024,
        shadow=0.0 if melt else 0.35,
        folds=folds,
        melt=melt,
        path=join([skeleton.centre(0)], [skeleton.centre(1)]),
    )
    dark = line_on(skirt.fabric.colour)
    if label == SKIRT:
        figure.canvas.stroke(waist + point(0, 0.016 * k), dark, 0.0022, 0.5, within=[SKIRT])
    else:
        belt = join(waist - point(0, 0.008 * k), waist[::-1] + point(0, 0.008 * k))
        figure.canvas.fill(belt, mix(skirt.fabric.colour, skirt.trim, 0.6), volume=0.3, edge=0.3, within=[DRESS, UPPER])


def _hem_height(figure: Figure, skirt: Garment) -> float:
    hips = (figure.skeleton.joint(-1, "hip") + figure.skeleton.joint(1, "hip"))[1] / 2
    ankles = (figure.skeleton.joint(-1, "ankle") + figure.skeleton.joint(1, "ankle"))[1] / 2
    return float(hips + SKIRTS[skirt.length] * (ankles - hips))


def _skirt_side(figure: Figure, side: int, start: float, hem_y: float, flare: float, cut: str) -> Points:
    """Return the side from the waist over the hip to the hem, never inside the leg."""
    skeleton, k = figure.skeleton, figure.unit
    flank = [
        skeleton.edge(side, at, 0.004 + (0.008 * (at - start) if cut != "pencil" else 0))
        for at in (start, 0.74, 0.86, 0.98)
        if at >= start
    ]
    hip = flank[-1]
    points = list(flank)
    tube = skeleton.leg(side)
    for part in (0.35, 0.7, 1.0):
        y = hip[1] + part * (hem_y - hip[1])
        t = float(np.interp(y, tube.line[:, 1], tube.t))
        leg = tube.at(t)[0] + side * (float(tube.half_width(t)) + 0.007 * k)
        wished = hip[0] + side * flare * k * part**1.1
        points.append(point(max(wished, leg) if side > 0 else min(wished, leg), y))
    return spline(points, steps=4)


def _skirt_folds(figure: Figure, sides: dict[int, Points], cut: str) -> list[Fold]:
    rng = figure.rng
    count = {"flared": 5, "pencil": 2, "pleated": 10}[cut]
    folds = []
    for i in range(count):
        u = (i + 0.5) / count + (float(rng.uniform(-0.06, 0.06)) if cut != "pleated" else 0)
        start = 0.3 if cut != "pleated" else 0.1
        index = [
            int(start * (len(sides[1]) - 1)) + j * (len(sides[1]) - 1 - int(start * (len(sides[1]) - 1))) // 3
            for j in range(4)
        ]
        line = [
            sides[-1][j] + (sides[1][j] - sides[-1][j]) * (0.5 + (u - 0.5) * (0.85 + 0.15 * n / 3))
            for n, j in enumerate(index)
        ]
        folds.append(Fold(spline(line), 0.006 if cut != "pleated" else 0.0035, -0.14 if cut != "pencil" else -0.06))
        if cut == "flared":
            folds.append(Fold(spline(line) + point(-0.010, 0), 0.008, 0.08))
    return folds
