"""Hair: first behind the body, then around the face."""

from __future__ import annotations

import numpy as np

from datamodules.synthetic.canvas.curves import Points, ellipse, join, spline
from datamodules.synthetic.canvas.palette import brightness, mix, rgb
from datamodules.synthetic.people.figure import HAIR, Figure
from datamodules.synthetic.people.head import Head

LENGTHS = {"long": 1.35, "wavy": 1.15, "bob": 0.56}


def draw_hair_behind(figure: Figure) -> None:
    """Draw long hair behind the neck and shoulders, a bun or a ponytail (front views)."""
    head, cut = Head(figure), figure.look.haircut
    dark = mix(figure.look.hair, rgb("0c0806"), 0.35)
    if cut in LENGTHS:
        figure.canvas.fill(_curtain(head, LENGTHS[cut], cut == "wavy"), dark, HAIR, volume=0.3, roundness=0.02)
    elif cut == "curly" and figure.skeleton.body.female:
        figure.canvas.fill(
            _cloud(head, 0.0, 0.1, 0.56, 0.56), mix(figure.look.hair, dark, 0.3), HAIR, volume=0.45, roundness=0.02
        )
    elif cut == "bun" and figure.outfit.hat is None:
        bun = ellipse(head.at(-head.shift * 0.5, -0.60), 0.17 * head.size, 0.15 * head.size)
        figure.canvas.fill(bun, figure.look.hair, HAIR, volume=0.5)
    elif cut == "ponytail":
        tail = head.run(
            [(0.1, -0.2), (0.42, -0.05), (0.5, 0.3), (0.42, 0.72), (0.34, 0.9), (0.3, 0.5), (0.2, 0.2)], closed=True
        )
        figure.canvas.fill(tail, dark, HAIR, volume=0.4)


def draw_hair(figure: Figure) -> None:
    """Draw hair over the skull, with strands and a highlight."""
    if figure.back:
        _draw_from_behind(figure)
        return
    head, look = Head(figure), figure.look
    cut = look.haircut
    outline = _cap(head, cut)
    thin = cut == "buzz"
    figure.canvas.fill(
        outline, figure.look.hair, HAIR, volume=0.42, edge=0.25, shadow=0.0 if thin else 0.35, roundness=0.016
    )
    if cut in ("long", "wavy"):
        for side in (-1, 1):
            _draw_lock(head, side, LENGTHS[cut] * (0.9 + 0.5 * look.parting * side), cut == "wavy")
    if not thin:
        _draw_strands(head, cut)


def _cap(head: Head, cut: str) -> Points:
    """Return the outline from one ear over the skull to the other, and back along the hairline."""
    part, look = head.figure.look.parting, head.figure.look
    grow = {"buzz": 0.015, "short": 0.04, "pixie": 0.05, "curly": 0.10, "swept": 0.06}.get(cut, 0.045)
    low = {
        "long": 0.30,
        "wavy": 0.30,
        "bob": 0.50,
        "pixie": 0.12,
        "curly": 0.34 if head.figure.skeleton.body.female else 0.02,
        "bun": 0.04,
        "ponytail": 0.04,
    }.get(cut, 0.0)
    side = 0.335 + grow * 0.8
    lean = -head.shift * 0.25
    outer = [
        (-side - 0.02 * (low > 0.25), low),
        (-side - 0.015, -0.08),
        (-0.30 - grow, -0.32),
        (-0.17 - grow * 0.5, -0.48 - grow),
        (0, -0.515 - grow),
        (0.17 + grow * 0.5, -0.48 - grow),
        (0.30 + grow, -0.32),
        (side + 0.015, -0.08),
        (side + 0.02 * (low > 0.25), low),
    ]
    inside = 0.255 if low > 0.25 else 0.285
    s = head.shift * 0.55
    if cut in ("long", "wavy", "bob", "bun", "ponytail"):
        peak = part * (0.4 if cut in ("bun", "ponytail") else 1.0)
        inner = [
            (inside + 0.03 + s * 0.8, low),
            (inside + s * 0.8, 0.0),
            (0.225 + s * 0.5, -0.17),
            (peak + 0.08 + s, -0.31),
            (peak + s, -0.345),
            (peak - 0.08 + s, -0.31),
            (-0.225 + s * 0.5, -0.17),
            (-inside + s * 0.8, 0.0),
            (-inside - 0.03 + s * 0.8, low),
        ]
    elif cut == "pixie":
        d = 1 if part > 0 else -1
        inner = [
            (0.30, low),
            (0.27, -0.05),
            (0.2 + s, -0.2 + 0.05 * d),
            (0.05 + s, -0.22),
            (-0.12 + s, -0.2 - 0.03 * d),
            (-0.24, -0.12),
            (-0.28, -0.02),
            (-0.30, low),
        ]
    elif cut == "swept":
        inner = [
            (0.315, low),
            (0.29, -0.14),
            (0.25 + s, -0.27),
            (0.1 + s, -0.33),
            (-0.1 + s, -0.33),
            (-0.25 + s, -0.27),
            (-0.29, -0.14),
            (-0.315, low),
        ]
    elif cut == "parted":
        d = 1 if part > 0 else -1
        inner = [
            (0.315, low),
            (0.285, -0.15),
            (0.2 + s, -0.27 - 0.02 * d),
            (0.0 + s, -0.275),
            (-0.18 + s, -0.27 + 0.02 * d),
            (-0.285, -0.15),
            (-0.315, low),
        ]
    else:
        inner = [
            (0.315, low),
            (0.285, -0.14),
            (0.21 + s, -0.255),
            (0.07 + s, -0.285),
            (-0.07 + s, -0.285),
            (-0.21 + s, -0.255),
            (-0.285, -0.14),
            (-0.315, low),
        ]
    top = spline([head.at(x + lean, y) for x, y in outer], steps=5)
    if cut == "curly":
        top = _frizz(head, top, look.parting)
    top = _under_hat(head, top)
    return join(top, spline([head.at(*p) for p in inner], steps=4))


def _frizz(head: Head, line: Points, phase: float) -> Points:
    """Return the line with a curly edge."""
    bump = 0.028 * head.size * np.abs(np.sin(np.arange(len(line)) * 0.62 + phase * 20))[:, None]
    out = line - head.at(0, 0)
    return line + out / np.maximum(np.hypot(out[:, 0], out[:, 1])[:, None], 1e-9) * bump


def _cloud(head: Head, x: float, y: float, wide: float, tall: float) -> Points:
    return _under_hat(head, _frizz(head, ellipse(head.at(x, y), wide * head.size, tall * head.size, count=60), 0.1))


def _under_hat(head: Head, outline: Points) -> Points:
    """Return the outline limited to the inside of the hat's crown, if there is one."""
    if head.figure.outfit.hat is None:
        return outline
    middle, brim, top = head.at(0, 0)[0], head.at(0, -0.22)[1], head.at(0, -0.40)[1]
    across = outline[:, 0] - middle
    narrow = np.where(outline[:, 1] < brim, np.clip(across, -0.32 * head.size, 0.32 * head.size), across)
    return np.stack([middle + narrow, np.maximum(outline[:, 1], top)], axis=1)


def _curtain(head: Head, length: float, wavy: bool) -> Points:
    """Return the mass of hair behind the neck."""
    wide = 0.44 if length < 0.8 else 0.47
    down = np.linspace(-0.3, length, 12)
    bulge = wide * np.array([0.75, 0.86, 0.93, 0.98, 1.0, 1.0, 1.02, 1.03, 1.03, 1.02, 0.98, 0.86])
    if wavy:
        bulge += 0.035 * np.sin(down * 11)
    lean = -head.shift * 0.3
    left = [head.at(-float(b) + lean, float(d)) for b, d in zip(bulge, down, strict=True)]
    right = [head.at(float(b) + lean, float(d)) for b, d in zip(bulge, down, strict=True)]
    hem = spline([left[-1], head.at(-0.2 + lean, length + 0.05), head.at(0.2 + lean, length + 0.05), right[-1]])
    crown = spline([right[0], head.at(0.15, -0.5), head.at(-0.15, -0.5), left[0]])
    return join(spline(left, steps=3), hem, spline(right[::-1], steps=3), crown)


def _draw_lock(head: Head, side: int, length: float, wavy: bool) -> None:
    canvas, colour = head.figure.canvas, head.figure.look.hair
    melt = (head.at(side * 0.33, -0.05), 0.42 * head.size)
    canvas.fill(_lock(head, side, length, wavy), colour, HAIR, volume=0.4, edge=0.2, shadow=0.35, melt=melt)
    wave, lean = (0.03 if wavy else 0.0), -head.shift * 0.3
    for i, x in enumerate((0.32, 0.36, 0.41)):
        line = [(x - 0.01, 0.1), (x + wave, 0.5), (x + 0.01 - wave, 0.8), (x, length - 0.08)]
        shade = mix(colour, rgb("fff1d8"), 0.28) if i == 1 else mix(colour, rgb("0c0806"), 0.4)
        canvas.stroke(head.run([(side * a + lean, b) for a, b in line]), shade, 0.0022, 0.38, within=[HAIR])


def _lock(head: Head, side: int, length: float, wavy: bool) -> Points:
    """Return a lock in front of one shoulder."""
    lean = -head.shift * 0.3
    wave = 0.03 if wavy else 0.0
    outer = [
        (0.375, -0.1),
        (0.42, 0.2),
        (0.465 + wave, 0.5),
        (0.485 - wave, 0.8),
        (0.46 + wave, length - 0.12),
        (0.37, length),
    ]
    inner = [(0.29, length - 0.12), (0.25 - wave, 0.8), (0.27 + wave, 0.5), (0.285, 0.2), (0.28, -0.1)]
    turned = head.shift * 0.45  # the face comes forward on the side that it turns to
    points = [(side * x + lean, y) for x, y in outer] + [(side * x + turned, y) for x, y in inner]
    return head.run(points, closed=True)


def _draw_strands(head: Head, cut: str) -> None:
    figure, part = head.figure, head.figure.look.parting
    bright = mix(figure.look.hair, rgb("fff1d8"), 0.32 if brightness(figure.look.hair) < 0.5 else 0.5)
    dark = mix(figure.look.hair, rgb("0c0806"), 0.45)
    ends = {"long": 0.5, "wavy": 0.5, "bob": 0.45}.get(cut, -0.08)
    for x in (-0.36, -0.29, -0.2, 0.2, 0.29, 0.36):
        side = 1 if x > 0 else -1
        line = spline(
            [
                head.at(part * 0.8 + 0.15 * x, -0.50),
                head.at(x * 0.85, -0.36),
                head.at(side * (abs(x) * 0.25 + 0.27), -0.1),
                head.at(side * (abs(x) * 0.3 + 0.25), ends),
            ]
        )
        colour = bright if side < 0 and abs(x) != 0.29 else dark
        figure.canvas.stroke(line, colour, 0.0022, 0.4, within=[HAIR])
    shine = spline([head.at(-0.3, -0.28), head.at(-0.2, -0.4), head.at(-0.05, -0.455)])
    figure.canvas.stroke(shine, bright, 0.010, 0.22, within=[HAIR])


def _draw_from_behind(figure: Figure) -> None:
    head, cut = Head(figure), figure.look.haircut
    colour = figure.look.hair
    female = figure.skeleton.body.female
    if cut in LENGTHS:
        figure.canvas.fill(
            _curtain(head, LENGTHS[cut], cut == "wavy"), colour, HAIR, volume=0.45, roundness=0.03, shadow=0.4
        )
        low = LENGTHS[cut]
    elif cut == "curly" and female:
        figure.canvas.fill(_cloud(head, 0.0, 0.05, 0.54, 0.56), colour, HAIR, volume=0.45, shadow=0.3)
        low = 0.5
    else:
        low = 0.34 if female else 0.27
        grow = 0.02 if cut == "buzz" else 0.045
        points = [
            (-0.355, 0.02),
            (-0.35 - grow * 0.5, -0.15),
            (-0.29 - grow, -0.34),
            (-0.15, -0.48 - grow),
            (0, -0.51 - grow),
            (0.15, -0.48 - grow),
            (0.29 + grow, -0.34),
            (0.35 + grow * 0.5, -0.15),
            (0.355, 0.02),
            (0.29, 0.17),
            (0.2, low),
            (0, low + 0.03),
            (-0.2, low),
            (-0.29, 0.17),
        ]
        figure.canvas.fill(head.run(points, closed=True), colour, HAIR, volume=0.45, roundness=0.02, shadow=0.2)
        if cut == "bun":
            figure.canvas.fill(
                ellipse(head.at(0, -0.42), 0.18 * head.size, 0.16 * head.size), colour, HAIR, volume=0.5, shadow=0.5
            )
        if cut == "ponytail":
            tail = head.run(
                [
                    (-0.07, -0.25),
                    (-0.14, 0.1),
                    (-0.15, 0.5),
                    (-0.06, 0.95),
                    (0.0, 1.05),
                    (0.08, 0.9),
                    (0.15, 0.5),
                    (0.13, 0.1),
                    (0.07, -0.25),
                ],
                closed=True,
            )
            figure.canvas.fill(tail, colour, HAIR, volume=0.5, shadow=0.5)
    bright = mix(colour, rgb("fff1d8"), 0.3)
    dark = mix(colour, rgb("0c0806"), 0.45)
    opacity = 0.35 if cut in LENGTHS else 0.16
    for i, x in enumerate(np.linspace(-0.3, 0.3, 7)):
        line = spline([head.at(x * 0.3, -0.5), head.at(x * 0.9, -0.25), head.at(x * 1.05, 0.1), head.at(x, low)])
        figure.canvas.stroke(line, dark if i % 2 else bright, 0.0024, opacity, within=[HAIR])
