"""Tops: trunk, sleeves, necklines and their details."""

from __future__ import annotations

from datamodules.synthetic.canvas.canvas import Fold
from datamodules.synthetic.canvas.curves import Points, around, ellipse, join, point, spline
from datamodules.synthetic.canvas.palette import line_on, mix, rgb
from datamodules.synthetic.people.figure import TORSO_SKIN, UPPER, Figure
from datamodules.synthetic.people.motifs import draw_motif
from datamodules.synthetic.people.outfit import Garment

TUCKED = 0.70
HEMS = {"crop": 0.60, "waist": 0.80, "hip": 0.99, "knee": 1.55}
# Half-width at the neck and depth of the opening, in body heights.
NECKLINES = {
    "round": (0.043, 0.022),
    "v": (0.040, 0.078),
    "scoop": (0.058, 0.062),
    "strap": (0.062, 0.085),
    "collar": (0.036, 0.020),
    "turtle": (0.036, 0.004),
    "hood": (0.040, 0.018),
    "open": (0.036, 0.02),
}
SLEEVES = {"short": 0.40, "elbow": 0.56, "long": 1.0}


def draw_top(figure: Figure, top: Garment, label: int = UPPER, hem: float | None = None) -> None:
    """Draw the trunk of a top (or the upper part of a dress), without sleeves."""
    if hem is None:
        hem = TUCKED if figure.outfit.tucked else HEMS[top.length]
    outline = trunk(figure, top, hem)
    folds = trunk_folds(figure, top, hem)
    figure.canvas.fill(
        outline, top.fabric, label, volume=0.36, roundness=0.022, shadow=0.35, folds=folds, path=spine_path(figure)
    )
    _draw_neckline(figure, top, label)
    if top.print_motif and not figure.back:
        draw_motif(figure, top.print_motif, top.trim, label)
    if label == UPPER:
        _draw_hem(figure, top, hem)
        if top.kind == "hoodie":
            _draw_pocket(figure, top)


def spine_path(figure: Figure) -> Points:
    """Return the path that patterns on the trunk follow."""
    return join([figure.skeleton.centre(0)], [figure.skeleton.centre(1)])


def opening(figure: Figure, kind: str, steps: int = 6) -> Points:
    """Return the neckline, from image left to right."""
    k = figure.unit
    wide, deep = NECKLINES[kind]
    if figure.back:
        deep = {"strap": 0.07, "collar": -0.008, "hood": -0.008}.get(kind, min(deep, 0.012))
    ends = [figure.shoulder_line(side, max(0.0, (wide - 0.034) / 0.075)) for side in (-1, 1)]
    low = figure.skeleton.centre(0) + point(0, deep * k)
    if kind == "v" and not figure.back:
        return join([ends[0]], [low], [ends[1]])
    half = (ends[1] - ends[0]) / 2
    corner = [low - half * 0.62 - point(0, deep * 0.22 * k), low + half * 0.62 - point(0, deep * 0.22 * k)]
    return spline([ends[0], corner[0], low, corner[1], ends[1]], steps=steps)


def trunk(figure: Figure, top: Garment, hem: float) -> Points:
    """Return the outline of the trunk of a garment."""
    skeleton, k, sides = figure.skeleton, figure.unit, trunk_sides(figure, top, hem)
    sag = skeleton.centre(hem) + point(0, 0.012 * k)
    bottom = spline(
        [
            sides[1][-1],
            (sides[1][-1] + sag) / 2 + point(0, 0.003 * k),
            sag,
            (sides[-1][-1] + sag) / 2 + point(0, 0.003 * k),
            sides[-1][-1],
        ],
        steps=4,
    )
    return join(opening(figure, top.neckline), sides[1], bottom[1:-1], sides[-1][::-1])


def trunk_sides(figure: Figure, top: Garment, hem: float) -> dict[int, Points]:
    """Return, by image side, the line from the neck over the shoulder and down to the hem."""
    skeleton, k = figure.skeleton, figure.unit
    ease = top.ease
    loose = {"blouse": 0.012, "camisole": 0.012, "hoodie": -0.002, "sweater": 0.0, "bomber": -0.004}.get(
        top.kind, 0.005
    )
    at_hem = 0.0 if hem < 0.75 else max(ease + loose, 0.006)  # a cropped or tucked hem lies close
    sides = {}
    for side in (-1, 1):
        down = skeleton.flank(side, 0.25, hem, ease, at_hem)
        if top.sleeve == "none":
            wide = 0.72 if top.neckline != "strap" else 0.50
            armhole = [
                figure.shoulder_line(side, wide, ease * 0.3),
                skeleton.edge(side, 0.14, -0.016 if wide > 0.6 else -0.022),
                skeleton.edge(side, 0.21, -0.005 + ease * 0.5),
            ]
            sides[side] = join(spline([*armhole, down[0]], steps=4), down[1:])
        else:
            tip = figure.shoulder_tip(side, ease * 0.25)
            under = skeleton.joint(side, "shoulder") + point(side * 0.004, 0.022) * k
            line = [
                figure.shoulder_line(side, 0.35, ease * 0.3),
                figure.shoulder_line(side, 0.75, ease * 0.3),
                tip,
                under,
                down[0],
            ]
            sides[side] = join(spline(line, steps=4), down[1:])
    return sides


def trunk_folds(figure: Figure, top: Garment, hem: float) -> list[Fold]:
    """Return folds: from the armpits, at the waist, above the hem."""
    skeleton, k, rng = figure.skeleton, figure.unit, figure.rng
    soft = 0.09 + 0.05 * float(rng.random()) + (0.05 if top.kind in ("blouse", "hoodie", "sweater") else 0.0)
    folds = []
    for side in (-1, 1):
        pit = skeleton.edge(side, 0.22, -0.004)
        folds.append(
            Fold(spline([pit, skeleton.edge(side, 0.33, -0.028), skeleton.edge(side, 0.44, -0.042)]), 0.007, -soft)
        )
        folds.append(
            Fold(spline([skeleton.edge(side, 0.27, -0.012), skeleton.edge(side, 0.37, -0.035)]), 0.006, soft * 0.6)
        )
        for _ in range(2):
            level = float(rng.uniform(0.48, max(0.55, min(hem, 0.85) - 0.05)))
            reach = float(rng.uniform(0.02, 0.05))
            start = skeleton.edge(side, level, 0.0)
            end = skeleton.edge(side, level + float(rng.uniform(-0.07, 0.09)), -reach)
            folds.append(Fold(spline([start, (start + end) / 2 + point(0, 0.005 * k), end]), 0.006, -soft))
    if figure.skeleton.body.female and not figure.back:
        for side in (-1, 1):
            bust = skeleton.centre(0.36) + point(side * 0.036, 0.0) * k
            folds.append(Fold(spline(around(bust, k, [(-0.024, 0.004), (0, 0.014), (0.024, 0.004)])), 0.010, -0.06))
            folds.append(Fold(spline(around(bust, k, [(-0.016, -0.014), (0.004, -0.016)])), 0.014, 0.07))
    return folds


def _draw_neckline(figure: Figure, top: Garment, label: int) -> None:
    canvas, k = figure.canvas, figure.unit
    edge = opening(figure, top.neckline)
    dark = line_on(top.fabric.colour)
    if top.neckline in ("round", "scoop", "v"):
        band = edge + point(0, 0.004 * k)
        canvas.stroke(band, top.trim if top.pattern == "stripes" else dark, 0.004, 0.5, within=[label])
    elif top.neckline == "turtle":
        low, skeleton = figure.skeleton.centre(0), figure.skeleton
        wide = (0.034 if skeleton.body.female else 0.041) * k
        roll = join(
            spline([low + point(-wide, -0.030 * k), low + point(0, -0.022 * k), low + point(wide, -0.030 * k)]),
            spline(
                [low + point(wide * 1.22, -0.004 * k), low + point(0, 0.014 * k), low + point(-wide * 1.22, -0.004 * k)]
            ),
        )
        canvas.fill(roll, top.fabric, label, volume=0.5, edge=0.45, roundness=0.012, path=spine_path(figure))
    elif top.neckline == "strap":
        for side in (-1, 1):
            strap = spline([figure.shoulder_line(side, 0.42), figure.skeleton.centre(0.2) + point(side * 0.052, 0) * k])
            canvas.stroke(strap, top.fabric.colour, 0.004, 1.0, within=[label, TORSO_SKIN])
    elif top.neckline == "collar":
        _draw_shirt_front(figure, top, label)
    elif top.neckline == "hood":
        _draw_hood(figure, top, label)


def _draw_shirt_front(figure: Figure, top: Garment, label: int) -> None:
    """Draw a placket with buttons, and a pointed collar."""
    canvas, skeleton, k = figure.canvas, figure.skeleton, figure.unit
    dark = line_on(top.fabric.colour)
    if not figure.back:
        end = HEMS[top.length] if top.kind == "shirt" else 0.32
        levels = [0.06 + (end - 0.06) * i / 6 for i in range(7)]
        line = join(*[[skeleton.centre(at)] for at in levels])
        canvas.stroke(line + point(0.0085 * k, 0), dark, 0.002, 0.45, within=[label])
        canvas.stroke(line - point(0.0085 * k, 0), dark, 0.002, 0.3, within=[label])
        for at in levels[1:6] if top.kind == "shirt" else levels[2:6:2]:
            canvas.fill(
                ellipse(skeleton.centre(at), 0.0042 * k, 0.0042 * k, count=10),
                mix(top.trim, rgb("ffffff"), 0.2),
                volume=0,
                edge=0.5,
                within=[label],
            )
    for side in (-1, 1):
        neck = figure.neck_side(side)
        middle = skeleton.centre(0) + point(0, (0.012 if not figure.back else 0.0) * k)
        tip = (
            skeleton.centre(0) + point(side * 0.036, 0.036) * k
            if not figure.back
            else neck + point(side * 0.004, 0.014) * k
        )
        collar = join(
            [neck + point(side * 0.002, -0.012) * k], [neck + point(side * 0.012, 0.008) * k], [tip], [middle]
        )
        canvas.fill(
            collar, top.fabric, label, volume=0.15, edge=0.5, shadow=0.35, roundness=0.006, path=spine_path(figure)
        )


def _draw_hood(figure: Figure, top: Garment, label: int) -> None:
    canvas, skeleton, k = figure.canvas, figure.skeleton, figure.unit
    low = skeleton.centre(0)
    if figure.back:
        hood = spline(
            around(low, k, [(-0.06, -0.028), (0, -0.036), (0.06, -0.028), (0.052, 0.035), (0, 0.075), (-0.052, 0.035)]),
            closed=True,
        )
        canvas.fill(hood, top.fabric, label, volume=0.45, shadow=0.4, roundness=0.016)
        return
    for side in (-1, 1):
        roll = spline(
            around(
                low,
                k,
                [
                    (side * 0.034, -0.036),
                    (side * 0.060, -0.024),
                    (side * 0.056, 0.010),
                    (side * 0.012, 0.038),
                    (side * 0.002, 0.026),
                    (side * 0.028, -0.002),
                ],
            ),
            closed=True,
        )
        canvas.fill(roll, top.fabric, label, volume=0.5, shadow=0.35, roundness=0.012)
        cord = spline(around(low, k, [(side * 0.012, 0.034), (side * 0.016, 0.06), (side * 0.013, 0.09)]))
        canvas.stroke(cord, top.trim, 0.0035, 0.95, within=[label])


def _draw_pocket(figure: Figure, top: Garment) -> None:
    if figure.back:
        return
    at, k = figure.skeleton.centre, figure.unit
    pocket = join(
        [at(0.64) + point(-0.03, 0) * k],
        [at(0.64) + point(0.03, 0) * k],
        [at(0.85) + point(0.052, 0) * k],
        [at(0.85) + point(-0.052, 0) * k],
    )
    figure.canvas.fill(pocket, top.fabric, volume=0.12, edge=0.5, within=[UPPER], path=spine_path(figure))


def _draw_hem(figure: Figure, top: Garment, hem: float) -> None:
    """Draw a stitched line, or a ribbed band."""
    k = figure.unit
    high = 0.02 if top.kind in ("hoodie", "sweater", "bomber") else 0.008
    at = hem - high * 2
    left, right = (figure.skeleton.edge(side, at, top.ease) for side in (-1, 1))
    line = spline([left, figure.skeleton.centre(at) + point(0, 0.011 * k), right])
    dark = line_on(top.fabric.colour)
    figure.canvas.stroke(line, dark, 0.002, 0.4, within=[UPPER])


def draw_sleeve(figure: Figure, side: int, garment: Garment, label: int = UPPER) -> None:
    """Draw one sleeve along the arm."""
    if garment.sleeve == "none":
        return
    skeleton, k, rng = figure.skeleton, figure.unit, figure.rng
    tube = skeleton.arm(side)
    end = SLEEVES[garment.sleeve]
    loose = (0.0030 + garment.ease * 0.45) * k
    flare = {"short": 0.004, "elbow": 0.008, "long": 0.001}[garment.sleeve] * k
    if garment.kind in ("hoodie", "sweater", "bomber") and end == 1.0:
        flare = -0.003 * k
    outline = tube.outline(0.0, end, scale=1.05, ease=loose, flare=flare, round_start=True)
    shoulder, elbow, wrist = (skeleton.joint(side, name) for name in ("shoulder", "elbow", "wrist"))
    folds = []
    if end > 0.5:
        for at in (0.42, 0.50, 0.58):
            if at < end:
                tilt = float(rng.uniform(-0.05, 0.05))
                folds.append(
                    Fold(
                        join([tube.across(at + tilt, 1.0)], [tube.across(at, 0.0)], [tube.across(at - tilt, -0.4)]),
                        0.006,
                        -0.13,
                    )
                )
    for at in (0.16, end * 0.8):
        folds.append(
            Fold(join([tube.across(at - 0.04, -side * 1.0)], [tube.across(at + 0.03, 0.1 * side)]), 0.006, -0.10)
        )
    figure.canvas.fill(
        outline,
        garment.fabric,
        label,
        volume=0.45,
        roundness=0.013,
        shadow=0.4,
        folds=folds,
        path=join([shoulder], [elbow], [wrist]),
        melt=(shoulder + point(-side * 0.012, 0.002) * k, 0.036 * k),
    )
    dark = line_on(garment.fabric.colour)
    cuff = end - (0.03 if end < 1 else 0.09 if garment.kind in ("hoodie", "sweater", "bomber") else 0.06)
    figure.canvas.stroke(join([tube.across(cuff, 1.4)], [tube.across(cuff, -1.4)]), dark, 0.002, 0.45, within=[label])
