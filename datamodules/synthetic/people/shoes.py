"""Socks and shoes: sneakers, loafers, boots, tall boots, heels, sandals."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.curves import Points, join, point, rotate, spline
from datamodules.synthetic.canvas.palette import brightness, line_on, mix, rgb
from datamodules.synthetic.people.figure import LEG, SHOE, SOCKS, Figure


class Foot:
    """Coordinates of a foot seen from the front: `at(across, along)` in body heights from the ankle to the toes."""

    def __init__(self, figure: Figure, side: int) -> None:
        self.figure, self.side = figure, side
        self.name = figure.skeleton.name_of_side(side)
        self.ankle = figure.skeleton.joint(side, "ankle")
        self.turn = figure.skeleton.toes[self.name]
        self.k = figure.unit * (1.10 if figure.skeleton.body.female else 1.26)
        self.label = SHOE[self.name]

    def at(self, across: float, along: float) -> Points:
        """Return a point; across is outwards from the body, and the toes are at about along = 0.056."""
        lean = rotate(point(0, along), -self.turn)
        return self.ankle + (point(self.side * across, 0) * (1 + 0.2 * along) + lean) * self.k

    def outline(self, points: list[tuple[float, float]], steps: int = 5) -> Points:
        """Return a closed smooth outline."""
        return spline([self.at(*p) for p in points], closed=True, steps=steps)

    def run(self, points: list[tuple[float, float]]) -> Points:
        """Return an open smooth line."""
        return spline([self.at(*p) for p in points])


def draw_foot(figure: Figure, side: int) -> None:
    """Draw sock and shoe of one side, with the shafts of boots."""
    foot, shoe = Foot(figure, side), figure.outfit.shoes
    if figure.outfit.socks is not None:
        tube = figure.skeleton.leg(side)
        _instep(foot, figure.outfit.socks, 0.03, SOCKS)
        figure.canvas.fill(
            tube.outline(0.88, 1.04, ease=0.002 * foot.k), figure.outfit.socks, SOCKS, volume=0.4, shadow=0.1
        )
    skin = figure.look.skin
    base, trim = shoe.fabric.colour, shoe.trim
    {"sneaker": _sneaker, "loafer": _loafer, "boot": _boot, "tallboot": _boot, "heel": _heel, "sandal": _sandal}[
        shoe.kind
    ](foot, base, trim, skin)


def _base(wide: float, tip: float, point_: float) -> list[tuple[float, float]]:
    """Return a shoe from above the ankle to the toe; point_ in [0, 1] is the pointedness of the toe."""
    toe = wide * (1 - 0.45 * point_)
    return [
        (-0.0155, -0.006),
        (-0.0185, 0.014),
        (-wide, tip * 0.62),
        (-toe * 0.86, tip * 0.88),
        (0.0, tip),
        (toe, tip * 0.88),
        (wide * 1.08, tip * 0.62),
        (0.020, 0.014),
        (0.0155, -0.006),
        (0.0, -0.009),
    ]


def _sole(foot: Foot, colour: Colour, wide: float, tip: float, thick: float) -> None:
    lower = [
        (-wide * 1.06, tip * 0.58),
        (-wide * 0.95, tip * 0.92),
        (0.0, tip + thick),
        (wide * 1.0, tip * 0.92),
        (wide * 1.14, tip * 0.58),
        (0.0, tip * 0.4),
    ]
    foot.figure.canvas.fill(foot.outline(lower), colour, foot.label, volume=0.25, edge=0.45, roundness=0.008)


def _sneaker(foot: Foot, base: Colour, trim: Colour, skin: Colour) -> None:
    canvas, back = foot.figure.canvas, foot.figure.back
    wide, tip = 0.0225, 0.052 if not back else 0.034
    _sole(foot, trim, wide, tip, 0.006)
    canvas.fill(foot.outline(_base(wide, tip, 0.1)), base, foot.label, volume=0.45, edge=0.4, roundness=0.010)
    if back:
        canvas.fill(
            foot.outline([(-0.007, -0.004), (0.007, -0.004), (0.006, 0.018), (-0.006, 0.018)]),
            trim,
            volume=0.1,
            edge=0.3,
            within=[foot.label],
        )
        return
    cap = join(
        foot.run([(-wide * 0.9, tip * 0.70), (0.0, tip * 0.60), (wide * 0.98, tip * 0.70)]),
        foot.run([(wide * 0.9, tip * 0.9), (0, tip * 1.02), (-wide * 0.85, tip * 0.9)]),
    )
    canvas.fill(
        cap,
        trim if brightness(trim) > 0.6 else mix(base, trim, 0.3),
        volume=0.3,
        edge=0.3,
        within=[foot.label],
        opacity=0.9,
    )
    tongue = foot.outline([(-0.0085, -0.006), (0.0085, -0.006), (0.010, tip * 0.5), (-0.010, tip * 0.5)])
    canvas.fill(tongue, mix(base, rgb("ffffff"), 0.18), volume=0.2, edge=0.3, within=[foot.label])
    lace = rgb("f6f3ee") if brightness(base) < 0.75 else mix(base, rgb("3a3a40"), 0.5)
    for along in (0.004, 0.011, 0.018, 0.025):
        canvas.stroke(
            np.stack([foot.at(-0.0095, along), foot.at(0.0095, along + 0.002)]), lace, 0.0022, 0.9, within=[foot.label]
        )
    stripe = foot.run([(0.015, 0.012), (0.0215, tip * 0.56)])
    canvas.stroke(stripe, trim, 0.004, 0.8, within=[foot.label])


def _loafer(foot: Foot, base: Colour, trim: Colour, skin: Colour) -> None:
    canvas, back = foot.figure.canvas, foot.figure.back
    wide, tip = 0.0205, 0.054 if not back else 0.033
    if foot.figure.outfit.socks is None:
        _instep(foot, skin, 0.03)
    _sole(foot, trim, wide, tip, 0.0025)
    shape = [
        (-0.0185, 0.012),
        (-wide, tip * 0.62),
        (-wide * 0.7, tip * 0.9),
        (0, tip),
        (wide * 0.8, tip * 0.9),
        (wide * 1.08, tip * 0.62),
        (0.0195, 0.012),
        (0.010, 0.019),
        (0.0, 0.021),
        (-0.010, 0.019),
    ]
    if back:
        shape = _base(wide, tip, 0.2)
    canvas.fill(foot.outline(shape), base, foot.label, volume=0.55, edge=0.4, roundness=0.010)
    if not back:
        canvas.stroke(
            foot.run([(-0.013, tip * 0.55), (0.0, tip * 0.72), (0.014, tip * 0.55)]),
            line_on(base),
            0.0022,
            0.6,
            within=[foot.label],
        )
        canvas.stroke(
            foot.run([(-0.006, tip * 0.86), (0.001, tip * 0.84)]), rgb("ffffff"), 0.0035, 0.35, within=[foot.label]
        )


def _boot(foot: Foot, base: Colour, trim: Colour, skin: Colour) -> None:
    figure, tall = foot.figure, foot.figure.outfit.shoes.kind == "tallboot"
    canvas, back = figure.canvas, figure.back
    wide, tip = 0.0205, 0.053 if not back else 0.033
    _sole(foot, mix(trim, rgb("14100e"), 0.3), wide, tip, 0.004)
    tube = figure.skeleton.leg(foot.side)
    top = 0.57 if tall else 0.86
    canvas.fill(
        tube.outline(top, 1.04, ease=(0.005 if tall else 0.0055) * foot.k),
        base,
        foot.label,
        volume=0.5,
        edge=0.4,
        shadow=0.3,
    )
    canvas.fill(
        foot.outline(_base(wide, tip, 0.25)),
        base,
        foot.label,
        volume=0.5,
        edge=0.4,
        roundness=0.010,
        melt=(foot.at(0, -0.004), 0.022 * foot.k),
    )
    line = line_on(base)
    canvas.stroke(
        np.stack([tube.across(top + 0.02, 1.6), tube.across(top + 0.02, -1.6)]), line, 0.002, 0.5, within=[foot.label]
    )
    if not back and not tall:
        for i in range(5):
            y = -0.042 + 0.014 * i
            canvas.stroke(
                np.stack([foot.at(-0.007, y), foot.at(0.007, y + 0.004)]), line, 0.002, 0.75, within=[foot.label]
            )
    for along in (0.006, 0.013):
        canvas.stroke(
            foot.run([(-0.016, along), (0.0, along + 0.006), (0.017, along)]), line, 0.0024, 0.3, within=[foot.label]
        )


def _heel(foot: Foot, base: Colour, trim: Colour, skin: Colour) -> None:
    canvas, back = foot.figure.canvas, foot.figure.back
    tip = 0.062 if not back else 0.03
    _instep(foot, skin, 0.044 if not back else 0.02)
    if back:
        canvas.fill(
            foot.outline([(-0.0135, 0.0), (0.0135, 0.0), (0.014, 0.024), (0, 0.030), (-0.014, 0.024)]),
            base,
            foot.label,
            volume=0.5,
        )
        canvas.fill(
            foot.outline([(-0.0045, 0.026), (0.0045, 0.026), (0.0025, 0.056), (-0.0025, 0.056)]),
            base,
            foot.label,
            volume=0.3,
        )
        return
    spike = foot.outline([(0.006, 0.014), (0.014, 0.014), (0.0125, 0.046), (0.0085, 0.046)])
    canvas.fill(spike, mix(base, rgb("14100e"), 0.35), foot.label, volume=0.2)
    shape = [
        (-0.0155, 0.020),
        (-0.0185, 0.034),
        (-0.0125, 0.051),
        (0.0, tip),
        (0.0125, 0.051),
        (0.0195, 0.034),
        (0.0165, 0.020),
        (0.0125, 0.034),
        (0.0, 0.042),
        (-0.0115, 0.034),
    ]
    canvas.fill(foot.outline(shape), base, foot.label, volume=0.5, edge=0.4, roundness=0.008)
    canvas.stroke(
        foot.run([(-0.015, 0.0), (0, 0.006), (0.015, 0.0)]), base, 0.0038, 0.95, within=[foot.label, LEG[foot.name]]
    )


def _sandal(foot: Foot, base: Colour, trim: Colour, skin: Colour) -> None:
    canvas, back = foot.figure.canvas, foot.figure.back
    tip = 0.052 if not back else 0.03
    _sole(foot, mix(base, rgb("5a3d22"), 0.5), 0.0205, tip, 0.004)
    _instep(foot, skin, tip * 0.97)
    straps = [(0.002, 0.007), (0.026, 0.033), (0.036, 0.042)] if not back else [(0.002, 0.012)]
    for start, end in straps:
        band = join(
            foot.run([(-0.021, start), (0, start + 0.004), (0.022, start)]),
            foot.run([(0.023, end), (0, end + 0.004), (-0.022, end)]),
        )
        canvas.fill(band, base, foot.label, volume=0.4, edge=0.4, roundness=0.006)


def _instep(foot: Foot, colour: Colour, length: float, label: int | None = None) -> None:
    """Draw the top of the foot, bare unless it has another label."""
    shape = [
        (-0.0135, -0.008),
        (-0.0155, length * 0.45),
        (-0.0175, length * 0.8),
        (-0.009, length),
        (0.004, length),
        (0.0165, length * 0.85),
        (0.016, length * 0.45),
        (0.0135, -0.008),
    ]
    foot.figure.canvas.fill(
        foot.outline(shape),
        colour,
        label or LEG[foot.name],
        volume=0.4,
        edge=0.3,
        roundness=0.010,
        melt=(foot.at(0, -0.006), 0.02 * foot.k),
    )
