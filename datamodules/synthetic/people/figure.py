"""The bare body under the clothes: neck, torso, legs, arms and hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from datamodules.synthetic.canvas.canvas import Canvas, Colour
from datamodules.synthetic.canvas.curves import Points, Tube, around, join, left_of, point, rotate, spline, unit
from datamodules.synthetic.canvas.palette import HAIRS, SKINS, mix, rgb
from datamodules.synthetic.people.outfit import Outfit
from datamodules.synthetic.people.skeleton import Skeleton

# CIHP labels.
HAT, HAIR, SUNGLASSES, UPPER, DRESS, COAT, SOCKS, PANTS, TORSO_SKIN = 1, 2, 4, 5, 6, 7, 8, 9, 10
SCARF, SKIRT, FACE = 11, 12, 13
ARM = {"left": 14, "right": 15}
LEG = {"left": 16, "right": 17}
SHOE = {"left": 18, "right": 19}

HAIRCUTS_WOMEN = ("long", "wavy", "bob", "bun", "ponytail", "pixie", "curly")
HAIRCUTS_MEN = ("short", "parted", "buzz", "curly", "swept")


@dataclass(frozen=True)
class Look:
    """Appearance of a person apart from build and clothes."""

    skin: Colour
    hair: Colour
    haircut: str
    lips: Colour
    iris: Colour
    beard: float
    jaw: float
    parting: float


def draw_look(rng: Generator, female: bool) -> Look:
    """Draw skin, hair and face; darker skins have darker hair."""
    tone = int(rng.choice(len(SKINS), p=[0.16, 0.2, 0.18, 0.14, 0.1, 0.09, 0.08, 0.05]))
    skin = mix(rgb(SKINS[tone]), rgb(SKINS[min(tone + 1, len(SKINS) - 1)]), float(rng.uniform(0, 0.7)))
    hair = rgb(HAIRS[int(rng.integers(0, len(HAIRS)))] if tone < 4 else HAIRS[int(rng.integers(0, 4))])
    rouge = rgb(str(rng.choice(["b8434a", "a83a52", "c4625c", "99384a"])))
    lips = mix(skin, rouge, float(rng.uniform(0.45, 0.85)) if female else 0.3)
    iris = rgb(str(rng.choice(["3b2a1e", "4a3424", "5b4a2c", "4a6b58", "4d7090"])) if tone < 4 else "2c1f18")
    beard = float(rng.uniform(0.25, 0.8)) if not female and rng.random() < 0.35 else 0.0
    cuts = HAIRCUTS_WOMEN if female else HAIRCUTS_MEN
    return Look(
        skin,
        hair,
        str(rng.choice(cuts)),
        lips,
        iris,
        beard,
        float(rng.uniform(0.9, 1.06)),
        float(rng.choice([-1, 1]) * rng.uniform(0.04, 0.16)),
    )


@dataclass
class Figure:
    """Common arguments of the drawing functions."""

    canvas: Canvas
    skeleton: Skeleton
    outfit: Outfit
    look: Look
    rng: Generator

    @property
    def unit(self) -> float:
        return self.skeleton.unit

    @property
    def back(self) -> bool:
        return self.skeleton.view == "back"

    def shoulder_tip(self, side: int, ease: float = 0.0) -> Points:
        """Return the outermost top of the shoulder."""
        return self.skeleton.joint(side, "shoulder") + point(side * (ease - 0.004), -0.0150 - ease) * self.unit

    def neck_side(self, side: int) -> Points:
        """Return the junction of neck and shoulder."""
        wide = 0.034 if self.skeleton.body.female else 0.040
        return (
            self.skeleton.centre(0)
            + rotate(point(side * wide * self.skeleton.narrow, -0.014), self.skeleton.tilts[0]) * self.unit
        )

    def shoulder_line(self, side: int, fraction: float, ease: float = 0.0) -> Points:
        """Return a point from the neck (0) along the top of the shoulder to its tip (1)."""
        start, end = self.neck_side(side) - point(0, ease * self.unit), self.shoulder_tip(side, ease)
        sag = point(0, 0.004 * self.unit) * float(np.sin(np.pi * fraction))
        return start + fraction * (end - start) + sag


def draw_torso(figure: Figure) -> None:
    """Draw the skin of neck, shoulders and trunk."""
    skeleton, k, skin = figure.skeleton, figure.unit, figure.look.skin
    sides = {}
    for side in (-1, 1):
        sides[side] = join(
            spline(
                [
                    figure.neck_side(side),
                    figure.shoulder_line(side, 0.5),
                    figure.shoulder_tip(side),
                    skeleton.joint(side, "shoulder") + point(side * 0.004, 0.02) * k,
                    skeleton.edge(side, 0.2),
                ],
                steps=4,
            ),
            skeleton.flank(side, 0.2, 1.0),
        )
    figure.canvas.fill(join(sides[-1], sides[1][::-1]), skin, TORSO_SKIN, volume=0.35, roundness=0.02)
    wide = (0.0285 if skeleton.body.female else 0.0345) * k
    jaw = skeleton.head + point(0, 0.2 * skeleton.body.head * k)
    base = skeleton.centre(0.03)
    neck = join(
        spline(
            [
                jaw - point(wide * 0.95, 0),
                (jaw + base) / 2 - point(wide * 0.93, 0),
                figure.neck_side(-1) - point(0.006 * k, 0),
            ],
            steps=5,
        ),
        [base + point(0, 0.015 * k)],
        spline(
            [
                figure.neck_side(1) + point(0.006 * k, 0),
                (jaw + base) / 2 + point(wide * 0.93, 0),
                jaw + point(wide * 0.95, 0),
            ],
            steps=5,
        ),
    )
    figure.canvas.fill(neck, skin, TORSO_SKIN, volume=0.4, melt=(base, 0.045 * k))
    if not figure.back:
        bone = mix(skin, rgb("5a2a1a"), 0.35)
        for side in (-1, 1):
            line = spline(
                [
                    base + point(side * 0.012, 0.004) * k,
                    base + point(side * 0.035, -0.001) * k,
                    figure.shoulder_line(side, 0.7) + point(0, 0.012) * k,
                ]
            )
            figure.canvas.stroke(line, bone, 0.0022, 0.45, within=[TORSO_SKIN])


def draw_bare_leg(figure: Figure, side: int) -> None:
    """Draw the skin of one leg, hip to ankle."""
    skeleton = figure.skeleton
    tube = skeleton.leg(side)
    label = LEG[skeleton.name_of_side(side)]
    figure.canvas.fill(tube.outline(0.05, 1.06), figure.look.skin, label, volume=0.45, shadow=0.25)
    knee = skeleton.joint(side, "knee")
    crease = mix(figure.look.skin, rgb("5a2a1a"), 0.5)
    k = figure.unit
    if not figure.back:
        for down, bend in ((-0.012, -0.003), (0.017, 0.005)):
            arc = spline(around(knee, k, [(-0.011, down), (0, down + bend), (0.011, down)]))
            figure.canvas.stroke(arc, crease, 0.0022, 0.28, within=[label])


def draw_bare_arm(figure: Figure, side: int) -> None:
    """Draw the skin of one arm with its hand (none if it is in a pocket)."""
    skeleton, k = figure.skeleton, figure.unit
    name = skeleton.name_of_side(side)
    tube = skeleton.arm(side)
    melt = (skeleton.joint(side, "shoulder"), 0.04 * k)
    figure.canvas.fill(
        tube.outline(0.0, 1.0, round_start=True), figure.look.skin, ARM[name], volume=0.42, shadow=0.3, melt=melt
    )
    if skeleton.arms[name] != "pocket":
        draw_hand(figure, side, tube)


def draw_hand(figure: Figure, side: int, arm: Tube) -> None:
    """Draw a relaxed hand: palm with fingers together, thumb towards the body, and lines between the fingers."""
    skeleton = figure.skeleton
    name = skeleton.name_of_side(side)
    k = figure.unit * (0.93 if skeleton.body.female else 1.05)
    wrist, ahead = arm.at(1.0), arm.direction(0.97)
    pose = skeleton.arms[name]
    inward = left_of(ahead) * side  # towards the body for a hanging arm
    if pose == "hip":
        ahead = unit(ahead * 0.3 + point(0, 0.7))  # the fingers lie down along the hip
        inward = left_of(ahead) * side * -1
    if pose == "raised":
        inward = -left_of(ahead) * side
    fan = 0.010 if pose == "raised" else 0.0
    label = ARM[name]

    def place(along: float, across: float) -> Points:
        return wrist + (ahead * along + inward * across) * k

    outline = spline(
        [
            place(-0.006, -0.0095),
            place(0.016, -0.0125),
            place(0.036, -0.0125 - fan * 0.6),
            place(0.056, -0.0085 - fan),
            place(0.066, -0.001),
            place(0.064, 0.006 + fan * 0.5),
            place(0.044, 0.0115 + fan * 0.4),
            place(0.020, 0.0125),
            place(-0.004, 0.0095),
        ],
        steps=5,
    )
    thumb = Tube(
        [place(0.006, 0.007), place(0.022, 0.0155), place(0.038, 0.0165)],
        [(0, 0.0052 * k), (0.6, 0.0046 * k), (1, 0.0032 * k)],
    )
    skin, crease = figure.look.skin, mix(figure.look.skin, rgb("5a2a1a"), 0.55)
    figure.canvas.fill(outline, skin, label, volume=0.3, shadow=0.25, roundness=0.008, melt=(wrist, 0.018 * k))
    for across in (-0.0058, 0.0003, 0.0062):
        figure.canvas.stroke(
            np.stack([place(0.036, across * 1.1), place(0.061, across * (0.8 + fan * 40))]),
            crease,
            0.0018,
            0.5,
            within=[label],
        )
    figure.canvas.fill(
        thumb.outline(0, 1, round_end=True),
        skin,
        label,
        volume=0.3,
        shadow=0.2,
        roundness=0.006,
        melt=(place(0.008, 0.006), 0.014 * k),
    )
