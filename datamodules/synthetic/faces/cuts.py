"""Haircuts: shapes of the hair behind and in front of the face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from datamodules.synthetic.canvas.curves import Points, ellipse, join, point, spline
from datamodules.synthetic.canvas.palette import mix, rgb
from datamodules.synthetic.faces.head import Head
from datamodules.synthetic.faces.skin import DEPTH, Face
from datamodules.synthetic.faces.strands import Hair

#: Places on the head by (degrees, y); see Head.around.
Line = Sequence[tuple[float, float]]
#: Lower end of long hair.
LENGTHS = {"long": 2.1, "wavy": 1.75, "bob": 0.80, "fringe": 1.02}
#: Cuts that cover the ears.
OVER_EARS = (*LENGTHS, "shaggy")

# From the sideburn round the ear to the nape.
_BEHIND: Line = [(70, 0.12), (80, 0.12), (84, -0.06), (96, -0.12), (106, 0.02), (112, 0.30), (114, 0.60)]
# Asymmetric hairlines, from the side to which the hair is combed to the side of the parting.
_PARTED: Line = [
    (-66, -0.05), (-58, -0.30), (-30, -0.42), (-4, -0.53), (22, -0.66), (38, -0.62), (54, -0.44), (62, -0.24),
    (66, -0.05),
]  # fmt: skip
_PIXIE: Line = [(-66, -0.02), (-50, -0.20), (-20, -0.38), (12, -0.47), (38, -0.40), (58, -0.16), (68, 0.10)]
_SHAGGY: Line = [
    (-70, 0.60), (-66, 0.30), (-62, 0.05), (-45, -0.22), (-22, -0.30), (0, -0.42), (18, -0.30), (44, -0.22), (60, 0.10),
    (66, 0.30), (70, 0.60),
]  # fmt: skip
# From the middle to the right.
_CROPPED: Line = [
    (0, -0.50), (10, -0.45), (20, -0.52), (32, -0.46), (46, -0.50), (56, -0.38), (62, -0.22), (66, -0.05),
]  # fmt: skip
_FRINGE: Line = [(0, -0.22), (22, -0.21), (42, -0.16), (55, -0.06), (62, 0.15), (63, 0.45)]


@dataclass(frozen=True)
class Shell:
    """Distance of hair from the skull.

    Attributes:
        grow: thickness at the sides. top: additional thickness on the skull.
        peak: position across the skull of its maximum, and its height.
        bumpy: unevenness.
        low: its lower end.
        short: it becomes thinner towards the ears.
    """

    grow: float
    top: float
    peak: tuple[float, float] = (0.0, 0.0)
    bumpy: float = 0.0
    low: float = 0.55
    short: bool = True

    def edge(self, head: Head) -> Points:
        """Return its outer edge in the image, from the left over the skull to the right."""
        volume = head.who.volume
        slim = np.interp(head.y, (-0.45, -0.12, 0.25), (1.0, 0.6, 0.0) if self.short else (1.0, 1.0, 0.85))
        wobble = np.random.default_rng([head.who.marks, 2]).uniform(-1, 1, (2, len(head.y)))
        left, right = (
            head.contour(self.grow * volume * slim * (1 + self.bumpy * wobble[side]), self.top * volume)[side]
            for side in (0, 1)
        )
        keep = head.y <= self.low
        outer = join(left[keep][::-1], right[keep])
        across = (outer[:, 0] - self.peak[0] + 0.35 * head.turn[1]) / 0.38
        outer[:, 1] -= self.peak[1] * volume * np.exp(-across * across) * (outer[:, 1] < -0.3)
        return spline(outer[::2], steps=3) if self.bumpy else outer


def draw_hair_behind(hair: Hair, neck: float) -> None:
    """Draw hair that hangs behind the neck, or is tied up.

    Args:
        hair: its painter.
        neck: x position of the neck's middle.
    """
    cut = hair.head.who.cut
    dark = mix(hair.head.who.hair, rgb("0a0605"), 0.42)
    if cut in LENGTHS:
        hair.paint(_curtain(hair.head, neck), colour=dark, wave=0.05 * (cut == "wavy"), depth=0.85)
    elif cut == "curly" and hair.head.who.female:
        ends = [(0.98, 0.80), (0.80, 1.12), (0.45, 1.28), (0.0, 1.20), (-0.45, 1.28), (-0.80, 1.12), (-0.98, 0.80)]
        outer = Shell(0.34, 0.10, bumpy=0.22, short=False).edge(hair.head)
        outline = join(outer, spline([(neck + x, y) for x, y in ends], steps=4))
        hair.paint(outline, colour=dark, curly=True, soft=0.03, depth=0.9)
    elif cut == "shaggy":
        outer = Shell(0.10, 0.02, low=0.6, short=False).edge(hair.head)
        hair.paint(join(outer, [(neck + 0.55, 1.0), (neck - 0.55, 1.0)]), colour=dark)
    elif cut == "bun":
        hair.paint(_bun(hair.head), wave=0.02)
    elif cut == "ponytail":
        hair.paint(_tail(hair.head), colour=dark, wave=0.03)


def _curtain(head: Head, neck: float) -> Points:
    """Return long hair behind the neck."""
    low, outer = LENGTHS[head.who.cut], Shell(0.13, 0.03, low=0.35, short=False).edge(head)
    flare = 0.10 if head.who.cut == "wavy" else 0.0
    spread, middle = 0.9 + 0.1 * head.who.volume, neck * 0.6
    half = [(0.84 + flare, 0.55), (0.88 + flare, min(low, 1.3) - 0.12), (0.76, low - 0.05)]
    ends = [(middle + x * spread, y) for x, y in half] + [(middle - x * spread, y) for x, y in half[::-1]]
    return spline(join(outer[::2], ends), closed=True, steps=3)


def _bun(head: Head) -> Points:
    middle = head.around([(0, -1.0)])[0] + point(-0.5 * head.turn[1], -0.13)
    return ellipse(middle, 0.30 * head.who.volume, 0.26 * head.who.volume, count=20)


def _tail(head: Head) -> Points:
    side, shift = (1.0 if head.who.parting > 0 else -1.0), -0.45 * head.turn[1]
    tail = [(0.35, -0.55), (0.85, -0.45), (1.02, 0.1), (0.98, 0.8), (0.72, 1.5), (0.62, 0.8), (0.55, 0.2)]
    return spline([(side * x + shift, y) for x, y in tail], closed=True, steps=4)


def draw_hair(face: Face, hair: Hair) -> None:
    """Draw hair over the skull and around the face."""
    who = face.head.who
    if who.cut == "bald":
        return
    outline = (_long if who.cut in LENGTHS else _FRONTS[who.cut])(face.head)
    _cast(face, outline)
    thin = who.cut == "buzz"
    hair.paint(
        outline,
        colour=mix(who.hair, who.skin, 0.22) if thin else None,
        curly=who.cut in ("curly", "afro"),
        wave={"wavy": 0.05, "shaggy": 0.03}.get(who.cut, 0.0),
        opacity=0.80 if thin else 1.0,
        soft=0.05 if thin else 0.016,
    )
    if who.cut in ("parted", "long", "wavy", "bob"):
        _part(face)


def _mirror(half: Line) -> Line:
    """Return the line from the right end to the left one, given from the middle outwards."""
    return [*half[::-1], *[(-a, y) for a, y in half if a != 0]]


def _comb(head: Head, line: Line) -> Line:
    """Return a line between both sides, oriented by the side of the parting, from right to left."""
    return line[::-1] if head.who.parting > 0 else [(-a, y) for a, y in line]


def _hairline(head: Head, shift: float = 0.0) -> Line:
    """Return the regular hairline, from right to left."""
    top = head.who.hairline + shift
    return _mirror([(0, top), (20, top + 0.01), (40, top + 0.06), (54, -0.42), (62, -0.24), (66, -0.05)])


def _cap(head: Head, shell: Shell, line: Line) -> Points:
    """Return hair above the ears, with its hairline from right to left."""
    inner = [*_BEHIND[::-1], *line, *[(-a, y) for a, y in _BEHIND]]
    return join(shell.edge(head), spline(head.around(inner, 0.008), steps=4))


def _side_parting(head: Head) -> Points:
    away = -0.28 if head.who.parting > 0 else 0.28
    return _cap(head, Shell(0.075, 0.09, peak=(away, 0.10)), _comb(head, _PARTED))


def _receding(head: Head) -> Points:
    top = head.who.hairline
    half = [
        (0, top + 0.02),
        (12, top - 0.01),
        (26, top - 0.12),
        (42, top - 0.12),
        (55, -0.47),
        (63, -0.26),
        (67, -0.05),
    ]
    return _cap(head, Shell(0.04, 0.035), _mirror(half))


def _shaggy(head: Head) -> Points:
    outer = Shell(0.13, 0.09, bumpy=0.12, low=0.62, short=False).edge(head)
    return join(outer, spline(head.around(_comb(head, _SHAGGY), 0.03), steps=4))


def _curly(head: Head) -> Points:
    line = [(0, head.who.hairline + 0.10), (22, head.who.hairline + 0.09), (44, -0.42), (58, -0.24), (64, 0.0)]
    if head.who.cut == "afro":
        return _cap(head, Shell(0.42, 0.22, bumpy=0.16, low=0.40, short=False), _mirror(line))
    if not head.who.female:
        return _cap(head, Shell(0.15, 0.14, bumpy=0.16, low=0.40), _mirror(line))
    outer = Shell(0.36, 0.16, bumpy=0.22, low=0.70, short=False).edge(head)
    return join(outer, spline(head.around(_mirror([*line, (67, 0.30), (70, 0.55)]), 0.05), steps=4))


_FRONTS: dict[str, Callable[[Head], Points]] = {
    "crop": lambda head: _cap(head, Shell(0.05, 0.08, peak=(0.0, 0.05), bumpy=0.05), _mirror(_CROPPED)),
    "parted": _side_parting,
    "swept": lambda head: _cap(head, Shell(0.05, 0.10, peak=(0.0, 0.17)), _hairline(head, -0.03)),
    "buzz": lambda head: _cap(head, Shell(0.012, 0.015), _hairline(head)),
    "receding": _receding,
    "pixie": lambda head: _cap(head, Shell(0.10, 0.07), _comb(head, _PIXIE)),
    "shaggy": _shaggy,
    "curly": _curly,
    "afro": _curly,
    "bun": lambda head: _cap(head, Shell(0.045, 0.03), _hairline(head, -0.02)),
    "ponytail": lambda head: _cap(head, Shell(0.045, 0.03), _hairline(head, -0.02)),
}


def _long(head: Head) -> Points:
    """Return hair down both sides of the face."""
    cut, low, shift = head.who.cut, LENGTHS[head.who.cut], 0.30 * head.turn[1]
    if cut == "fringe":
        inner = _mirror(_FRINGE)
    else:
        p, peak = head.who.parting * 26, head.who.hairline
        right = [(p + 5, peak), (p + 18, peak + 0.13), (max(p + 30, 46), -0.36), (58, -0.10), (63, 0.18), (63, 0.48)]
        left = [(p - 5, peak), (p - 18, peak + 0.13), (min(p - 30, -46), -0.36), (-58, -0.10), (-63, 0.18), (-63, 0.48)]
        inner = [*right[::-1], *left]
    out, into = (0.90, 0.56) if cut in ("long", "wavy") else (0.84, 0.50)
    lock = [
        (shift * 0.4 + out + 0.04, (0.6 + low) / 2),
        (shift * 0.3 + out * 0.93, low),
        (shift * 0.3 + into, low - 0.03),
        (shift * 0.6 + into + 0.05, (0.7 + low) / 2),
    ]
    other = [(0.75 * shift - x, y) for x, y in lock[::-1]]
    outer = Shell(0.14, 0.07, low=0.45, short=False).edge(head)
    return spline(join(outer[::2], lock, head.around(inner, 0.02), other), closed=True, steps=3)


def _cast(face: Face, outline: Points) -> None:
    """Draw the shadow of the hair on forehead and cheeks."""
    across, up, _ = face.lamp.towards
    patch = face.sheet.patch(outline + point(-0.05 * across, 0.035 - 0.025 * up), soft=0.07, clip=face.clip)
    if patch is not None:
        face.sheet.shade(patch, 0.26 + 0.22 * face.lamp.contrast)


def _part(face: Face) -> None:
    """Draw the line of the parting."""
    who = face.head.who
    p = who.parting * (40 if who.cut == "parted" else 26)
    line = spline(face.head.around([(p, who.hairline + 0.01), (p * 1.02, -0.78), (p, -0.93)], 0.04), steps=5)
    colour = mix(who.skin, DEPTH, 0.35) * face.lamp.on((0, -0.5, 0.8))
    face.sheet.stroke(line, (0.03, 0.016, 0.004), colour, 0.55, soft=0.012)
