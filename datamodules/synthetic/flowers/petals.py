"""Petals: outline, colours and pattern of one petal, as a stamp."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from datamodules.synthetic.canvas.palette import rgb
from datamodules.synthetic.canvas.stamps import Plane, Stamp, make_stamp, stamp_planes

VARIANTS = 2  # stamps per petal, so that neighbours differ


@dataclass(frozen=True)
class Petal:
    """Appearance of a petal; lengths are shares of the petal's.

    Attributes:
        base, main, tip: colours (six hexadecimal digits) at its base, middle and tip.
        widest: position of its widest part.
        point: shape of the tip: 1 straight to a point, 2 round, 3 and more blunt.
        claw: width at the base, as a share of the widest.
        notch: depth of the notch at the tip.
        teeth: depth of three teeth at the tip.
        frill: waviness of the edge.
        veins: strength of the veins; negative for light ones.
        stripe: colour of a stripe along the middle, "" for none.
        rim: colour of the edge, "" for none.
        blotch: colour of a blotch at the base, "" for none; `blotch_end` is its length.
        spots: colour of spots on the lower half, "" for none.
        crease: depth of the furrow along the middle.
        heart: depth of a heart-shaped base.
    """

    base: str
    main: str
    tip: str
    widest: float = 0.6
    point: float = 2.0
    claw: float = 0.35
    notch: float = 0.0
    teeth: float = 0.0
    frill: float = 0.0
    veins: float = 0.12
    stripe: str = ""
    rim: str = ""
    blotch: str = ""
    blotch_end: float = 0.3
    spots: str = ""
    crease: float = 0.12
    heart: float = 0.0

    def half_width(self, v: Plane) -> Plane:
        """Return the half-width at v in [0, 1], at most 1."""
        v = np.clip(v, 0, 1)
        rise = np.clip(v / self.widest, 0, 1)
        lower = self.claw + (1 - self.claw) * np.sin(rise * np.pi / 2) ** 1.2
        beyond = np.clip((v - self.widest) / (1 - self.widest), 0, 1)
        upper = np.maximum(1 - beyond**self.point, 0) ** (1 / self.point)
        return np.asarray(np.where(v < self.widest, lower, upper), np.float32)


@cache
def petal_stamp(petal: Petal, variant: int) -> Stamp:
    """Return the stamp of a petal; its variants differ in crumples, spots and waves."""
    rng = np.random.default_rng([variant, 77])
    phase = rng.uniform(0, 2 * np.pi, 6).astype(np.float32)
    dots = np.stack([rng.uniform(-0.7, 0.7, 26), rng.uniform(0.08, 0.72, 26), rng.uniform(0.6, 1.2, 26)], axis=1)

    def paint(u: Plane, v: Plane) -> tuple[Plane, Plane]:
        wave = petal.frill * np.sin(v * 26 + phase[0] + 0.8 * np.sign(u))
        width = np.maximum(petal.half_width(v) * (1 + wave), 1e-3)
        end = _end(petal, u, phase)
        sides, ends = width - np.abs(u), (end - v) * 2.2
        depth = np.minimum(np.minimum(sides, ends), (v + 0.03 - petal.heart * np.exp(-((u / 0.3) ** 2))) * 3)
        place = np.clip(u / width, -1, 1)
        colour = _colours(petal, u, v, place, depth)
        if petal.spots:
            for across, along, size in dots:
                far = np.hypot((u - across * petal.half_width(np.full(1, along, np.float32))) * 0.55, v - along)
                cover = np.clip(1.6 - far / (0.019 * size), 0, 1)[..., None]
                colour = colour + cover * (rgb(petal.spots) - colour)
        return stamp_planes(colour * _relief(petal, u, v, place, depth, phase)[..., None], depth * 20)

    return make_stamp(paint)


def _end(petal: Petal, u: Plane, phase: Plane) -> Plane:
    """Return the position of the petal's end at u."""
    end = np.ones_like(u)
    if petal.notch:
        end = end - petal.notch * np.exp(-((u / 0.24) ** 2))
    if petal.teeth:
        end = end - petal.teeth * (0.5 - 0.5 * np.cos(3 * np.pi * u))
    if petal.frill:
        end = end - petal.frill * (0.5 + 0.5 * np.sin(u * 17 + phase[1]))
    return end


def _colours(petal: Petal, u: Plane, v: Plane, place: Plane, depth: Plane) -> Plane:
    base, main, tip = (rgb(code) for code in (petal.base, petal.main, petal.tip))
    low = np.clip(1 - v / 0.42, 0, 1)[..., None] ** 1.3
    high = np.clip((v - 0.45) / 0.55, 0, 1)[..., None]
    colour = main + low * (base - main) + high * (tip - main)
    fan = np.cos((np.arctan2(u, v + 0.35) * 30) + 0.6 * np.sin(v * 9))
    lines = np.clip(fan - 0.2, 0, 1) * petal.veins * np.clip(1.25 - v, 0, 1)
    colour = colour * (1 - lines)[..., None]
    if petal.stripe:
        narrow = np.exp(-((place / (0.30 - 0.12 * np.clip(v, 0, 1))) ** 2)) * np.clip(1.08 - v, 0, 1) ** 0.4
        colour = colour + (narrow * 0.9)[..., None] * (rgb(petal.stripe) - colour)
    if petal.rim:
        edge = np.clip(1.25 - depth / 0.16, 0, 1)[..., None]
        colour = colour + edge * (rgb(petal.rim) - colour)
    if petal.blotch:
        ragged = petal.blotch_end * (1 + 0.18 * np.cos(place * 9)) * (1 - 0.35 * place**2)
        cover = np.clip((ragged - v) / 0.06 + 0.5, 0, 1)[..., None]
        colour = colour + cover * (rgb(petal.blotch) - colour)
    return np.asarray(colour, np.float32)


def _relief(petal: Petal, u: Plane, v: Plane, place: Plane, depth: Plane, phase: Plane) -> Plane:
    """Return a factor of the colours: darker between petals and along the furrow, lighter beside it."""
    shade = 1.02 - 0.30 * np.exp(-(((v + 0.02) / 0.16) ** 2))
    shade -= petal.crease * np.exp(-((place / 0.10) ** 2)) * np.clip(1.1 - v, 0, 1)
    shade += 0.06 * np.exp(-(((np.abs(place) - 0.4) / 0.25) ** 2))
    shade -= 0.12 * np.abs(place) ** 4
    shade += 0.035 * np.sin(u * 7 + v * 5 + phase[2]) + 0.035 * np.sin(u * 4 - v * 11 + phase[3])
    shade += petal.frill * 1.6 * np.sin(v * 24 + phase[0]) * np.abs(place)
    shade -= 0.20 * np.clip(1 - depth / 0.05, 0, 1)  # a fine dark line between petals
    return np.asarray(shade, np.float32)
