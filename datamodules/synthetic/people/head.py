"""The head without hair: ears, face, features, sunglasses."""

from __future__ import annotations

from datamodules.synthetic.canvas.canvas import Colour
from datamodules.synthetic.canvas.curves import Points, ellipse, join, spline
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.people.figure import FACE, SUNGLASSES, TORSO_SKIN, Figure
from datamodules.synthetic.people.skeleton import face_shift, head_point

_SHADE = rgb("4a1f14")


class Head:
    """Coordinates of a head: `at(across, down)` in head heights, (0, -0.5) the top of the skull, (0, 0.5) the chin."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.size = figure.skeleton.body.head * figure.unit
        self.shift = face_shift(figure.skeleton)

    def at(self, across: float, down: float) -> Points:
        """Return a point on the head, in the frame of the skull."""
        return head_point(self.figure.skeleton, across, down)

    def on_face(self, across: float, down: float) -> Points:
        """Return a point on the face, whose middle line is shifted by the yaw."""
        return self.at(across * (1 - 0.35 * abs(self.shift)) + self.shift, down)

    def run(self, points: list[tuple[float, float]], steps: int = 5, closed: bool = False) -> Points:
        """Return a smooth line through points of the skull."""
        return spline([self.at(*p) for p in points], steps=steps, closed=closed)


def draw_head(figure: Figure) -> None:
    """Draw ears and face; from behind only the ears and the back of the neck, under the hair."""
    head = Head(figure)
    canvas, skin, jaw = figure.canvas, figure.look.skin, figure.look.jaw
    for side in (-1, 1):
        ear = ellipse(head.at(side * 0.335 - 0.25 * head.shift, 0.07), 0.045 * head.size, 0.095 * head.size, side * 8)
        canvas.fill(ear, skin, FACE, volume=0.3, roundness=0.006, edge=0.5)
    lean = head.shift * 0.35
    wide = 0.97 if figure.skeleton.body.female else 1.03
    half = [
        (0.0, -0.5),
        (0.2, -0.47),
        (0.315, -0.3),
        (0.34, -0.05),
        (0.325, 0.13),
        (0.275 * jaw, 0.30),
        (0.175 * jaw, 0.435),
        (0.07 * jaw, 0.495),
        (0.0, 0.5),
    ]
    right = [head.at(x * wide + lean * (0.4 + y), y) for x, y in half]
    left = [head.at(-x * wide + lean * (0.4 + y), y) for x, y in half]
    outline = spline(join(right, left[-2:0:-1]), closed=True, steps=4)
    canvas.fill(outline, skin, TORSO_SKIN if figure.back else FACE, volume=0.36, roundness=0.022, edge=0.3, shadow=0.55)
    if figure.back:
        return
    _draw_cheeks(head)
    if figure.look.beard:
        _draw_beard(head)
    for side in (-1, 1):
        _draw_eye(head, side)
        _draw_brow(head, side)
    _draw_nose(head)
    _draw_mouth(head)
    if figure.outfit.sunglasses:
        _draw_sunglasses(head)


def _draw_cheeks(head: Head) -> None:
    figure = head.figure
    blush = mix(figure.look.skin, rgb("d0564a"), 0.5)
    for side in (-1, 1):
        for grow, opacity in ((1.0, 0.10), (0.65, 0.12)):
            cheek = ellipse(head.on_face(side * 0.19, 0.16), 0.085 * grow * head.size, 0.065 * grow * head.size)
            figure.canvas.fill(cheek, blush, volume=0, edge=0, within=[FACE], opacity=opacity)


def _draw_eye(head: Head, side: int) -> None:
    canvas, look = head.figure.canvas, head.figure.look
    x, wide, tall = side * 0.145, 0.074, 0.041 if head.figure.skeleton.body.female else 0.032
    lid = mix(look.skin, _SHADE, 0.35)
    canvas.fill(
        ellipse(head.on_face(x, -0.012), 0.085 * head.size, 0.05 * head.size),
        lid,
        volume=0,
        edge=0,
        within=[FACE],
        opacity=0.2,
    )
    upper = [(x - wide, 0.008), (x - wide * 0.3, -tall), (x + wide * 0.4, -tall * 0.9), (x + wide, 0.0)]
    lower = [(x + wide * 0.4, tall * 0.75), (x - wide * 0.3, tall * 0.75)]
    if side < 0:
        upper, lower = [(2 * x - a, b) for a, b in upper[::-1]], [(2 * x - a, b) for a, b in lower[::-1]]
    top = spline([head.on_face(*p) for p in upper], steps=4)
    bottom = spline([head.on_face(*p) for p in [upper[-1], *lower, upper[0]]], steps=4)
    canvas.fill(join(top, bottom), rgb("f4efe9"), volume=0, edge=0.15, within=[FACE])
    canvas.fill(
        ellipse(head.on_face(x, -0.002), 0.034 * head.size, 0.036 * head.size),
        look.iris,
        volume=0,
        edge=0,
        within=[FACE],
    )
    canvas.fill(
        ellipse(head.on_face(x, -0.002), 0.014 * head.size, 0.016 * head.size),
        rgb("120d0b"),
        volume=0,
        edge=0,
        within=[FACE],
    )
    canvas.fill(
        ellipse(head.on_face(x - 0.013, -0.016), 0.008 * head.size, 0.008 * head.size),
        rgb("ffffff"),
        volume=0,
        edge=0,
        within=[FACE],
    )
    lash = 0.0034 if head.figure.skeleton.body.female else 0.0022
    canvas.stroke(top, mix(look.hair, rgb("120d0b"), 0.8), lash, 0.6, within=[FACE])


def _draw_brow(head: Head, side: int) -> None:
    female = head.figure.skeleton.body.female
    colour = mix(head.figure.look.hair, _SHADE, 0.35)
    high = -0.105 if female else -0.09
    line = spline(
        [
            head.on_face(side * 0.07, high + 0.012),
            head.on_face(side * 0.14, high - 0.012),
            head.on_face(side * 0.225, high + 0.014),
        ]
    )
    head.figure.canvas.stroke(line, colour, 0.0032 if female else 0.0046, 0.75, within=[FACE])


def _draw_nose(head: Head) -> None:
    canvas, skin = head.figure.canvas, head.figure.look.skin
    dark, bright = mix(skin, _SHADE, 0.42), mix(skin, rgb("fff6ea"), 0.45)
    nose = head.shift * 0.25
    ridge = spline(
        [head.on_face(0.035 + nose * 0.5, -0.02), head.on_face(0.03 + nose, 0.09), head.on_face(0.055 + nose, 0.165)]
    )
    canvas.stroke(ridge, dark, 0.004, 0.28, within=[FACE])
    canvas.stroke(
        spline([head.on_face(-0.004, 0.0), head.on_face(-0.006 + nose, 0.14)]), bright, 0.004, 0.4, within=[FACE]
    )
    base = spline(
        [
            head.on_face(-0.055 + nose, 0.165),
            head.on_face(-0.02 + nose, 0.19),
            head.on_face(0.02 + nose, 0.19),
            head.on_face(0.055 + nose, 0.165),
        ]
    )
    canvas.stroke(base, dark, 0.0032, 0.65, within=[FACE])


def _draw_mouth(head: Head) -> None:
    canvas, look = head.figure.canvas, head.figure.look
    wide = 0.115 if head.figure.skeleton.body.female else 0.105
    full = 1.0 if head.figure.skeleton.body.female else 0.7
    corner = [(-wide, 0.286), (wide, 0.286)]
    upper = [(-0.04, 0.298 - 0.028 * full), (0.0, 0.298 - 0.018 * full), (0.04, 0.298 - 0.028 * full)]
    lower = [(0.055, 0.305 + 0.034 * full), (0.0, 0.305 + 0.042 * full), (-0.055, 0.305 + 0.034 * full)]
    outline = spline([head.on_face(*p) for p in [corner[0], *upper, corner[1], *lower]], closed=True, steps=4)
    canvas.fill(outline, look.lips, volume=0.2, edge=0.1, roundness=0.004, within=[FACE])
    middle = spline(
        [head.on_face(-wide, 0.284), head.on_face(-0.04, 0.304), head.on_face(0.04, 0.304), head.on_face(wide, 0.284)]
    )
    canvas.stroke(middle, mix(look.lips, rgb("3a0f12"), 0.6), 0.0028, 0.8, within=[FACE])
    chin = spline([head.on_face(-0.05, 0.385), head.on_face(0, 0.395), head.on_face(0.05, 0.385)])
    canvas.stroke(chin, mix(look.skin, _SHADE, 0.4), 0.004, 0.25, within=[FACE])


def _draw_beard(head: Head) -> None:
    figure = head.figure
    around: list[tuple[float, float]] = [
        (-0.34, 0.05),
        (-0.33, 0.2),
        (-0.26, 0.36),
        (-0.12, 0.5),
        (0, 0.53),
        (0.12, 0.5),
        (0.26, 0.36),
        (0.33, 0.2),
        (0.34, 0.05),
    ]
    inner: list[tuple[float, float]] = [
        (0.27, 0.1),
        (0.2, 0.23),
        (0.1, 0.235),
        (0, 0.225),
        (-0.1, 0.235),
        (-0.2, 0.23),
        (-0.27, 0.1),
    ]
    lean = head.shift * 0.4
    outline = join(head.run([(x + lean, y) for x, y in around]), spline([head.on_face(*p) for p in inner]))
    figure.canvas.fill(outline, figure.look.hair, volume=0, edge=0, within=[FACE], opacity=figure.look.beard)


def _draw_sunglasses(head: Head) -> None:
    canvas = head.figure.canvas
    lens: Colour = rgb("231c1c")
    for side in (-1, 1):
        x = side * 0.15
        points = [(x - 0.115, -0.05), (x, -0.062), (x + 0.115, -0.05), (x + 0.1, 0.05), (x, 0.085), (x - 0.1, 0.05)]
        outline = spline([head.on_face(*p) for p in points], closed=True, steps=4)
        canvas.fill(outline, lens, SUNGLASSES, volume=0.5, edge=0.3, roundness=0.01)
        glint = spline([head.on_face(x - 0.06, 0.02), head.on_face(x - 0.01, -0.035)])
        canvas.stroke(glint, rgb("8fa3b5"), 0.004, 0.6, within=[SUNGLASSES])
    canvas.fill(
        spline(
            [
                head.on_face(-0.05, -0.035),
                head.on_face(0.05, -0.035),
                head.on_face(0.05, -0.015),
                head.on_face(-0.05, -0.015),
            ],
            closed=True,
        ),
        lens,
        SUNGLASSES,
        volume=0,
        edge=0,
    )
